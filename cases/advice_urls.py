"""Mounted by cases.urls, in its namespace."""

from django.urls import path

from cases import advice_views

urlpatterns = [
    path("advice-line/", advice_views.advice_line, name="advice_line"),
    path("advice-line/new/", advice_views.new_advice, name="new_advice"),
]
