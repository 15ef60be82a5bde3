from django.urls import path

from callbacks import public_views

urlpatterns = [
    path("callback/<str:token>/", public_views.mine, name="mine"),
    path("callback/<str:token>/call.ics", public_views.call_file, name="call_file"),
    path("callback/<str:token>/another-time/", public_views.another_time, name="another_time"),
    path("callback/<str:token>/not-needed/", public_views.not_needed, name="not_needed"),
]
