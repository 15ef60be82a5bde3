"""Celery's door to the outbox. The rows are the queue: a task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from notices.actions import deliver_due


@shared_task
def deliver() -> int:
    return deliver_due(now=timezone.now())
