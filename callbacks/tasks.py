"""Celery's door to slots and booked calls. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from callbacks.outcome_actions import mark_missed
from callbacks.slot_actions import renew_everybody


@shared_task
def mark_missed_calls() -> int:
    """Booked calls whose time is over without a word (H36)."""
    return mark_missed(now=timezone.now())


@shared_task
def renew_slots() -> int:
    """Slots up to the horizon, without what fills diaries by now (H28)."""
    return renew_everybody(now=timezone.now())
