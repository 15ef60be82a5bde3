"""What comes about a concern by another way than the form reaches whoever works on it (H49).

E-mails and calls are put with their matter below, where nothing is known of concerns: the case
owner hears of them there, and whoever handles the step hears of them here.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from cases.models import CHASING, Contact
from clocks.models import OPEN_STATES
from escalations.models import EscalationStep
from escalations.staff_messages import more_messages
from notices.actions import tell
from notices.models import Notice

# A worker that was away for longer has other troubles.
LATELY = timedelta(days=30)


@transaction.atomic
def tell_of_chasers(*, now: datetime) -> int:
    """Tell the handler of every open step what was sent about its matter since it was taken.

    ``now`` is aware. Each is told once, however often and by how many this is called. Returns
    how many were told of.
    """
    found = 0
    for step in _steps_chased(now):
        for contact in _untold(step):
            tell(more_messages(contact, step), now=now)
            found += 1
    return found


def _steps_chased(now: datetime) -> QuerySet[EscalationStep]:
    """Open steps about whose matter something came since they were taken, and was not told of.

    One query: it is asked every minute, and nearly always there is nothing.
    """
    came = Contact.objects.filter(
        original=OuterRef("escalation__matter"),
        link__in=sorted(CHASING),
        struck_at=None,
        logged_at__gt=OuterRef("taken_at"),
        logged_at__gte=now - LATELY,
    )
    untold = came.exclude(_is_told(OuterRef(OuterRef("clock__owner"))))
    open_steps = EscalationStep.objects.filter(clock__state__in=OPEN_STATES)
    return open_steps.filter(Exists(untold)).select_related("clock__owner", "escalation__matter")


def _untold(step: EscalationStep) -> QuerySet[Contact]:
    came = step.escalation.matter.linked.filter(
        link__in=sorted(CHASING), struck_at=None, logged_at__gt=step.taken_at
    )
    untold = came.exclude(_is_told(Value(step.clock.owner_id)))
    return untold.select_related("original__clock__owner").order_by("logged_at")


def _is_told(owner: Value | OuterRef) -> Exists:
    """Whether ``owner`` (an id) has the notice of more_messages about a contact."""
    key = Concat(
        Value("contact:"),
        Cast(OuterRef("pk"), CharField()),
        Value(":more:"),
        Cast(owner, CharField()),
        output_field=CharField(),
    )
    return Exists(Notice.objects.filter(key=key))
