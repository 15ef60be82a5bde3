"""Celery's door to enforcement. A task that never runs loses nothing: the rows wait."""

from celery import shared_task
from django.utils import timezone

from clocks.enforcement import tick
from clocks.telling import staff_may_be_mailed
from notices.actions import deliver_due


@shared_task
def enforce() -> dict[str, int]:
    done = tick(now=timezone.now())
    return {"breached": done.breached, "warned": done.warned}


@shared_task
def deliver_to_staff() -> int:
    """E-mails to staff leave in opening hours only (H60); until then their rows wait."""
    return deliver_due(staff=True) if staff_may_be_mailed(timezone.now()) else 0
