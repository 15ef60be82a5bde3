from django.urls import path

from escalations import desk_views

urlpatterns = [
    path("resolution/<reference:reference>/", desk_views.desk_entry, name="desk_entry"),
]
