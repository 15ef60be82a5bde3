from django.urls import path

from escalations import ladder_views

urlpatterns = [
    path("concerns/<reference:reference>/", ladder_views.escalation, name="escalation"),
]
