"""Celery's door to the mail room. The rows are the queue: a task that never runs loses nothing."""

from celery import shared_task

from mailroom.filing import file_due


@shared_task
def file_mail() -> int:
    return file_due()
