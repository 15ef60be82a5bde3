"""Mounted by cases.urls, in its namespace."""

from django.urls import path

from cases import greeting_views
from cases import voicemail_views as views

urlpatterns = [
    path("voicemail/", views.voicemail, name="voicemail"),
    path("voicemail/<int:pk>/listened/", views.listened, name="listened"),
    path("voicemail/<int:pk>/greeting/", greeting_views.greeting, name="greeting"),
    path("settings/voicemail/", views.lines, name="voicemail_lines"),
    path("settings/voicemail/new/", views.new_line, name="new_voicemail_line"),
    path("settings/voicemail/<int:pk>/", views.change_line, name="change_voicemail_line"),
    path("settings/voicemail/<int:pk>/use/", views.use_line, name="use_voicemail_line"),
]
