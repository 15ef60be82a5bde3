from django.urls import include, path

app_name = "callbacks"
urlpatterns = [
    path("", include("callbacks.desk_urls")),
    path("", include("callbacks.diary_urls")),
    path("", include("callbacks.public_urls")),
]
