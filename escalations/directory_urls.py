from django.urls import path

from escalations import directory_views, remit_views

urlpatterns = [
    path("find-your-coordinator/", directory_views.find, name="find"),
    path("find-your-coordinator/areas/", directory_views.areas, name="find_area"),
    path("find-your-coordinator/areas/<int:pk>/", directory_views.in_area, name="find_in_area"),
    path(
        "find-your-coordinator/schools/<int:urn>/", directory_views.at_school, name="find_at_school"
    ),
    path("settings/directory/", remit_views.remits, name="remits"),
    path("settings/directory/new/", remit_views.new_remit, name="new_remit"),
    path("settings/directory/names/", remit_views.names, name="directory_names"),
    path("settings/directory/<int:pk>/remove/", remit_views.remove_remit, name="remove_remit"),
]
