"""Celery's door to sessions. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from accounts.session_actions import delete_ended_sessions


@shared_task
def delete_sessions() -> int:
    """Of those who have gone."""
    return delete_ended_sessions(now=timezone.now())
