from django.urls import path

from reports import (
    calls_views,
    copied_views,
    formal_views,
    messages_views,
    themes_views,
    views,
)

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("worklist/", views.worklist, name="worklist"),
    path("formal-matters/", formal_views.formal_matters, name="formal_matters"),
    path("copies/", copied_views.copies, name="copies"),
    path("reports/messages/", messages_views.messages, name="messages"),
    path("reports/calls/", calls_views.calls, name="calls"),
    path("reports/themes/", themes_views.themes, name="themes"),
    path("system/", views.system, name="system"),
]
