from django.urls import path

from notices import text_views

app_name = "texts"
urlpatterns = [
    path("texts/", text_views.texts, name="texts"),
    path("texts/<str:code>/", text_views.text, name="text"),
    path("texts/<str:code>/change/", text_views.change, name="change_text"),
    path("links/", text_views.links, name="links"),
    path("links/<str:code>/", text_views.change_one_link, name="change_link"),
]
