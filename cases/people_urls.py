"""Addresses of the people around a child and of the record itself, inside cases.urls."""

from django.urls import path

from cases import merge_views, people_views, record_views

CASE = "cases/<reference:reference>/"

urlpatterns = [
    path(f"{CASE}people/", people_views.people, name="people"),
    path(f"{CASE}people/new/", people_views.new_person, name="new_person"),
    path(f"{CASE}people/<int:pk>/", people_views.change_person, name="change_person"),
    path(f"{CASE}people/<int:pk>/end/", people_views.end_person, name="end_person"),
    path(f"{CASE}change/", record_views.change_case, name="change_case"),
    path(f"{CASE}restrict/", record_views.restrict, name="restrict"),
    path(f"{CASE}lift-restriction/", record_views.lift_restriction, name="lift_restriction"),
    path(f"{CASE}merge/", merge_views.merge, name="merge"),
    path(f"{CASE}separate/", merge_views.separate, name="separate"),
]
