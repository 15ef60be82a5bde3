"""The directory of staff."""

from django.urls import path

from accounts import directory_views

urlpatterns = [
    path("", directory_views.people, name="people"),
    path("<int:pk>/", directory_views.person, name="person"),
]
