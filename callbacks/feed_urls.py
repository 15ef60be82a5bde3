"""The secret address of one's calendar, and the page about it."""

from django.urls import path

from callbacks import feed_views as views

app_name = "feed"

urlpatterns = [
    path("", views.mine, name="mine"),
    path("stop/", views.stop, name="stop"),
    path("<str:secret>.ics", views.read, name="read"),
]
