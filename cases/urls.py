from django.urls import path

from cases import views

app_name = "cases"
urlpatterns = [
    path("cases/", views.search, name="search"),
    path("cases/<str:reference>/", views.case, name="case"),
    path("cases/<str:reference>/contacts/new/", views.log_contact, name="log_contact"),
    path("contacts/<str:reference>/", views.contact, name="contact"),
    path("contacts/<str:reference>/answer/", views.answer, name="answer"),
]
