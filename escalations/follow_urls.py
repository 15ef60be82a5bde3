from django.urls import path

from escalations import follow_views

urlpatterns = [
    path("concern/<str:token>/", follow_views.follow, name="follow"),
    path("concern/<str:token>/say/", follow_views.say, name="follow_say"),
    path("concern/<str:token>/new-link/", follow_views.new_link, name="follow_new_link"),
]
