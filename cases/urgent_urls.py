from django.urls import path

from cases import urgent_views

app_name = "urgent"
urlpatterns = [
    path("urgent-reasons/", urgent_views.reasons, name="reasons"),
    path("urgent-reasons/new/", urgent_views.new_reason, name="new_reason"),
    path("urgent-reasons/<int:pk>/", urgent_views.reword, name="reword"),
    path("urgent-reasons/<int:pk>/use/", urgent_views.use, name="use"),
    path("urgent-reasons/<int:pk>/move/", urgent_views.move, name="move"),
]
