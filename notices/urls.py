from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("read-all/", views.read_all, name="read_all"),
    path("mail/", views.mail, name="demonstration_mail"),
    path("<int:pk>/", views.open_notice, name="open"),
    path("<int:pk>/retry/", views.retry, name="retry"),
]
