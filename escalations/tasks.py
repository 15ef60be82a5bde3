"""Celery's door to forms and the resolution desk. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from escalations.desk_watch_actions import watch_desk
from escalations.submission_actions import work_through_due


@shared_task
def work_through_forms() -> int:
    """Forms that families and schools have sent."""
    return work_through_due()


@shared_task
def watch_resolution_desk() -> int:
    """Reminders before the 48 hours are over, and after."""
    return watch_desk(now=timezone.now())
