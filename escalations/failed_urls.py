from django.urls import path

from escalations import failed_views

urlpatterns = [
    path("concerns/forms/<int:pk>/again/", failed_views.form_again, name="form_again"),
]
