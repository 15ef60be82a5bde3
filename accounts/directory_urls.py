"""The directory of staff, and what is kept about each of them."""

from django.urls import path

from accounts import directory_views, profile_views

urlpatterns = [
    path("", directory_views.people, name="people"),
    path("me/", profile_views.my_details, name="my_details"),
    path("me/number-right/", profile_views.number_right, name="number_right"),
    path("numbers/", profile_views.numbers, name="numbers"),
    path("<int:pk>/", directory_views.person, name="person"),
    path("<int:pk>/change/", profile_views.change_details, name="change_details"),
]
