from django.urls import include, path

from callbacks import stranded_views

app_name = "callbacks"
urlpatterns = [
    path("", include("callbacks.desk_urls")),
    path("", include("callbacks.diary_urls")),
    path("", include("callbacks.public_urls")),
    path("callbacks/stranded/", stranded_views.everybody, name="stranded"),
    path("callbacks/stranded/<int:pk>/", stranded_views.of_one, name="stranded_of"),
]
