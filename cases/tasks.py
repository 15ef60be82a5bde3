"""Celery's door to what cases do by the day. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from cases.conduct_actions import tell_of_plans


@shared_task
def tell_of_contact_plans() -> int:
    """Reviews that have come and plans that have lapsed; told once, so any hour will do (H66)."""
    return tell_of_plans(now=timezone.now())
