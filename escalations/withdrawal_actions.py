"""A formal matter turns out to be no complaint: its stage ends with it, and what was agreed."""

from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.models import FormalMatter
from clocks import actions as clock_actions
from escalations.agreement_actions import end_agreement
from escalations.complaint_messages import withdrawn_message
from escalations.models import Complaint
from notices.actions import tell


@transaction.atomic
def end_stage_of(matter: FormalMatter, reason: str, by: User, now: datetime) -> bool:
    """End what is open of the complaint that ``matter`` is, if it is one; whoever has it hears.

    The caller holds the contact and the matter; the complaint and its clock come after them.
    True when it was not over. Raises RuleBroken (``answered``).
    """
    found = Complaint.objects.filter(matter=matter).only("pk").first()
    if found is None:
        return False
    Complaint.objects.select_for_update(of=("self",)).only("pk").get(pk=found.pk)
    complaint = Complaint.objects.select_related("clock__owner").get(pk=found.pk)
    _refuse_answered(complaint)
    if complaint.is_over:
        return False
    clock = complaint.clock
    complaint.clock, complaint.outcome = None, reason.strip()
    complaint.save(update_fields=["clock", "outcome"])
    end_agreement(complaint=complaint, now=now)
    if clock and clock.is_open and clock.pk != matter.clock_id:
        clock_actions.cancel(clock=clock, reason=reason.strip(), by=by, now=now)
        tell([] if clock.owner == by else [withdrawn_message(clock, by)], now=now)
    return True


def _refuse_answered(complaint: Complaint) -> None:
    if complaint.stages.exclude(answered_at=None).exists():
        raise RuleBroken(
            "Its first stage was answered as a complaint. If the sender takes it back, write that "
            "down on the complaint’s own page.",
            "answered",
        )
