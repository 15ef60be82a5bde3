"""Absences, and the calls that are booked with whoever is away."""

from django.urls import path

from callbacks import absence_views as views

urlpatterns = [
    path("absences/", views.absences, name="absences"),
    path("absences/new/", views.enter, name="enter_absence"),
    path("absences/<int:pk>/end/", views.end, name="end_absence"),
    path("absences/<int:pk>/calls/", views.calls, name="absence_calls"),
]
