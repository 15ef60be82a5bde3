"""The call desk, and the directory of other services."""

from django.urls import path

from callbacks import desk_views as views
from callbacks import signpost_views as signposts

# The converter of references is made there.
from cases import urls as cases_urls  # noqa: F401

urlpatterns = [
    path("desk/unknown/", views.unknown, name="unknown"),
    path("desk/calls/<int:pk>/", views.finished, name="finished"),
    path("desk/<reference:reference>/", views.desk, name="desk"),
    path("desk/<reference:reference>/attempt/", views.attempt, name="attempt"),
    path("desk/<reference:reference>/rang-off/", views.rang_off, name="rang_off"),
    path("settings/signposts/", signposts.signposts, name="signposts"),
    path("settings/signposts/new/", signposts.new_signpost, name="new_signpost"),
    path("settings/signposts/<int:pk>/", signposts.change_signpost, name="change_signpost"),
    path("settings/signposts/<int:pk>/use/", signposts.use_signpost, name="use_signpost"),
    path("settings/signposts/<int:pk>/move/", signposts.move_signpost, name="move_signpost"),
]
