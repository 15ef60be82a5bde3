"""Every address of the API, under /api/."""

from django.urls import path, re_path

import cases.urls  # noqa: F401 (it registers the converter of references)
from cases import api as cases_api
from send_portal.api import SchemaView, nothing_here

app_name = "api"
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("contacts/<reference:reference>/", cases_api.contact, name="contact"),
    re_path(r"^", nothing_here, name="nothing_here"),
]
