from django.urls import path

from escalations import follow_views

urlpatterns = [
    path("concern/<str:token>/", follow_views.follow, name="follow"),
]
