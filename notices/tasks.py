"""Celery's door to the outbox. The rows are the queue: a task that never runs loses nothing."""

from celery import shared_task

from notices.actions import deliver_due


@shared_task
def deliver() -> int:
    """E-mails to families, schools and professionals leave at any hour."""
    return deliver_due(staff=False)
