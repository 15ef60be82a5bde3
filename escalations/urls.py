from django.urls import include, path

app_name = "escalations"
urlpatterns = [
    path("", include("escalations.form_urls")),
    path("", include("escalations.directory_urls")),
    path("", include("escalations.follow_urls")),
    path("", include("escalations.failed_urls")),
    path("", include("escalations.ladder_urls")),
    path("", include("escalations.desk_urls")),
    path("", include("escalations.complaint_urls")),
]
