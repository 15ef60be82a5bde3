"""Who works on a case, and the lists of cases nobody looks after. Mounted by cases.urls."""

from django.urls import path

from cases import allocation_views, lead_views, list_views

CASE = "cases/<reference:reference>/"
LEAD = f"{CASE}lead-professional/"

urlpatterns = [
    path("cases/without-owner/", list_views.without_owner, name="without_owner"),
    path("cases/silent/", list_views.silent, name="silent"),
    path(f"{CASE}allocate/", allocation_views.allocate, name="allocate"),
    path(f"{CASE}involvements/", allocation_views.involvements, name="involvements"),
    path(f"{CASE}involvements/<int:pk>/end/", allocation_views.end_part, name="end_involvement"),
    path(LEAD, lead_views.lead, name="lead"),
    path(f"{LEAD}name/", lead_views.name, name="name_lead"),
    path(f"{LEAD}told/<int:pk>/", lead_views.told, name="lead_told"),
    path(f"{LEAD}<int:pk>/end/", lead_views.end, name="end_lead"),
]
