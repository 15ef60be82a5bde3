from django.urls import path

from escalations import desk_list_views, desk_views, passing_views

urlpatterns = [
    path("resolution/", desk_list_views.desk, name="resolution_desk"),
    path("resolution/<reference:reference>/", desk_views.desk_entry, name="desk_entry"),
    path("resolution/<reference:reference>/check/", desk_views.check, name="desk_check"),
    path("resolution/<reference:reference>/send/", desk_views.send, name="desk_send"),
    path("resolution/<reference:reference>/keep/", desk_views.keep, name="desk_keep"),
    path(
        "resolution/<reference:reference>/respond/",
        desk_views.first_response,
        name="desk_respond",
    ),
    path("resolution/<reference:reference>/give/", desk_views.give, name="desk_give"),
    path("resolution/<reference:reference>/settle/", desk_views.settle, name="desk_settle"),
    path(
        "contacts/<reference:reference>/pass-to-resolution/",
        passing_views.pass_on,
        name="pass_to_resolution",
    ),
    path("contacts/<reference:reference>/words-to-say/", passing_views.passed, name="passed"),
]
