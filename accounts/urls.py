"""Sign-in, sign-out and absences. Of allauth only these pages are open: nobody registers."""

from allauth.account import views
from django.urls import path

from accounts import absence_views

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("sign-in/inactive/", views.account_inactive, name="account_inactive"),
    path("password/", views.password_change, name="account_change_password"),
    path("sign-in/again/", views.reauthenticate, name="account_reauthenticate"),
    path("absences/", absence_views.absences, name="absences"),
    path("absences/new/", absence_views.enter, name="enter_absence"),
    path("absences/<int:pk>/end/", absence_views.end, name="end_absence"),
]
