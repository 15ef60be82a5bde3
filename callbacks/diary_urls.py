"""The diary of whoever rings families back, and the settings of callback slots."""

from django.urls import path

from callbacks import call_views, diary_views, hours_views, slot_views

# The converter of references is made there.
from cases import urls as cases_urls  # noqa: F401

urlpatterns = [
    path("callbacks/", diary_views.day, name="day"),
    path("callbacks/week/", diary_views.week, name="week"),
    path("callbacks/hours/", hours_views.hours, name="hours"),
    path("callbacks/hours/new/", hours_views.new_hours, name="new_hours"),
    path("callbacks/hours/<int:pk>/stop/", hours_views.stop_hours, name="stop_hours"),
    path("callbacks/blocks/new/", hours_views.new_block, name="new_block"),
    path("callbacks/blocks/<int:pk>/withdraw/", hours_views.withdraw_block, name="withdraw_block"),
    path("callbacks/<int:pk>/", call_views.call, name="call"),
    path("callbacks/<int:pk>/reached/", call_views.reached, name="call_reached"),
    path("callbacks/<int:pk>/no-answer/", call_views.no_answer, name="call_no_answer"),
    path("callbacks/<int:pk>/move/", call_views.move, name="call_move"),
    path("callbacks/<int:pk>/call-off/", call_views.call_off, name="call_off"),
    path("callbacks/<int:pk>/written/", call_views.written, name="call_written"),
    path("contacts/<reference:reference>/callback/", slot_views.book, name="book"),
    path("settings/callbacks/", slot_views.policy, name="policy"),
]
