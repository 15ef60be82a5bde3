"""Sign-in and sign-out. Of allauth only these pages are open: nobody registers."""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("sign-in/inactive/", views.account_inactive, name="account_inactive"),
    path("password/", views.password_change, name="account_change_password"),
    path("sign-in/again/", views.reauthenticate, name="account_reauthenticate"),
]
