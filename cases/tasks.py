"""Celery's door to what cases do by the day. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from cases.conduct_actions import tell_of_plans
from cases.greeting_actions import ask_for_recordings as ask_for_greetings
from cases.lead_actions import put_in_force
from cases.profile_messages import ask_to_confirm
from cases.undelivered_actions import tell_of_undelivered


@shared_task
def tell_of_contact_plans() -> int:
    """Reviews that have come and plans that have lapsed; told once, so any hour will do (H66)."""
    return tell_of_plans(now=timezone.now())


@shared_task
def put_leads_in_force() -> int:
    """Lead professionals of whom everybody concerned has been told take effect (H89)."""
    return put_in_force(now=timezone.now())


@shared_task
def tell_of_undelivered_mail() -> int:
    """E-mails about contacts that did not arrive become the task of whoever answers."""
    return tell_of_undelivered(now=timezone.now())


@shared_task
def ask_for_recordings() -> int:
    """Greetings whose figures have changed are to be recorded again; told once a change (H42)."""
    return ask_for_greetings(now=timezone.now())


@shared_task
def ask_for_numbers() -> int:
    """Contact numbers that nobody vouches for any more; told once, so any hour will do (H34)."""
    return ask_to_confirm(now=timezone.now())
