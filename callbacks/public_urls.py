from django.urls import path

from callbacks import public_views

urlpatterns = [
    path("callback/<str:token>/", public_views.mine, name="mine"),
]
