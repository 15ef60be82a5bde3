"""A formal matter turns out to be no complaint: its stage ends with it, and what was agreed."""

from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.models import Contact, FormalMatter
from clocks import actions as clock_actions
from escalations.agreement_actions import end_agreement
from escalations.complaint_messages import agreement_of, withdrawn_message, withdrawn_words
from escalations.models import Agreement, Complaint
from notices.actions import tell


@transaction.atomic
def end_stage_of(matter: FormalMatter, reason: str, by: User, now: datetime) -> bool:
    """End what is open of the complaint that ``matter`` is, if it is one; whoever has it hears.

    So does the family, once: on whose word, that nothing else ends, and what they can do (H103).
    The caller holds the contact and the matter; the complaint and its clock come after them.
    True when it was not over. Raises RuleBroken (``answered``).
    """
    if matter.category != Contact.Category.COMPLAINT or matter.withdrawn:
        return False
    found = Complaint.objects.filter(matter=matter).only("pk").first()
    agreement = None
    if found:
        Complaint.objects.select_for_update(of=("self",)).only("pk").get(pk=found.pk)
        complaint = Complaint.objects.select_related("clock__owner").get(pk=found.pk)
        _refuse_answered(complaint)
        if complaint.is_over:
            return False
        agreement = agreement_of(complaint)
        _end(complaint, matter, reason.strip(), by, now)
    _tell_everybody(matter, agreement, by, now)
    return found is not None


def _end(complaint: Complaint, matter: FormalMatter, reason: str, by: User, now: datetime) -> None:
    clock = complaint.clock
    complaint.clock, complaint.outcome = None, reason
    complaint.save(update_fields=["clock", "outcome"])
    end_agreement(complaint=complaint, now=now)
    if clock and clock.is_open and clock.pk != matter.clock_id:
        clock_actions.cancel(clock=clock, reason=reason, by=by, now=now)
        tell([] if clock.owner == by else [withdrawn_message(clock, by)], now=now)


def _tell_everybody(
    matter: FormalMatter, agreement: Agreement | None, by: User, now: datetime
) -> None:
    """Whoever was to acknowledge it, and the family."""
    clock = matter.clock
    waits = clock.is_open and clock.owner != by
    tell([withdrawn_message(clock, by)] if waits else [], now=now)
    tell(withdrawn_words(matter, agreement, by, now), now=now)


def _refuse_answered(complaint: Complaint) -> None:
    if complaint.stages.exclude(answered_at=None).exists():
        raise RuleBroken(
            "Its first stage was answered as a complaint. If the sender takes it back, write that "
            "down on the complaint’s own page.",
            "answered",
        )
