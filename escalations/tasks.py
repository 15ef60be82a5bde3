"""Celery's door to forms and the resolution desk. A task that never runs loses nothing."""

from celery import shared_task
from django.utils import timezone

from escalations.agreement_actions import tell_of_agreements as tell_agreed
from escalations.chaser_actions import tell_of_chasers as tell_chased
from escalations.desk_watch_actions import watch_desk
from escalations.filing_actions import follow_filing as follow
from escalations.one_clock_actions import see_to_dates
from escalations.standing_in_actions import see_to_handlers as see_to
from escalations.submission_actions import work_through_due


@shared_task
def work_through_forms() -> int:
    """Forms that families and schools have sent."""
    return work_through_due()


@shared_task
def follow_filing() -> int:
    """Concerns, and what is on the desk, go with their matter to its case (H67)."""
    return follow(now=timezone.now())


@shared_task
def tell_of_chasers() -> int:
    """What came about concerns by other ways than the form (H49)."""
    return tell_chased(now=timezone.now())


@shared_task
def watch_resolution_desk() -> int:
    """Reminders before the 48 hours are over, and after."""
    return watch_desk(now=timezone.now())


@shared_task
def tell_of_agreements() -> int:
    """Whom to ring today as agreed, and what to look at again; each told once (H126)."""
    return tell_agreed(now=timezone.now())


@shared_task
def see_to_handlers() -> int:
    """Leave that begins or ends, and people who left: somebody has what is owed (H62, H91)."""
    now = timezone.now()
    return see_to(now=now) + see_to_dates(now=now)
