"""Celery's door to enforcement. A task that never runs loses nothing: the rows wait."""

from celery import shared_task
from django.utils import timezone

from clocks.enforcement import tick


@shared_task
def enforce() -> dict[str, int]:
    done = tick(now=timezone.now())
    return {"breached": done.breached, "warned": done.warned}
