"""Celery's door to the diaries. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from diaries.gap_actions import tell_of_gaps


@shared_task
def tell_of_duty_gaps() -> int:
    """Days soon on which the duty line lacks somebody; told once, so any hour will do (H39)."""
    return tell_of_gaps(now=timezone.now())
