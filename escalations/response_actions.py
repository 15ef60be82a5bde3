"""What the sender hears of the resolution team, and the end: the first response, and settling.

Rows are held in the order of escalations.resolution_actions.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.answer_actions import held, keep_words
from cases.models import Contact
from clocks import actions as clock_actions
from clocks.wording import moment_in_words
from escalations.ladder_state import hears_answers, latest_escalation
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.resolution_actions import (
    held_entry,
    note_on_record,
    refuse_resolved,
    refuse_role,
    written_once,
)
from escalations.resolution_messages import late_messages, responded_words, settled_message
from escalations.step_actions import answer_step, close
from notices.actions import Message, tell


@transaction.atomic
def respond(
    *, entry: DeskEntry, how: DeskEntry.Answer, text: str, by: User, now: datetime
) -> DeskEntry:
    """The first response: it meets the 48 hours; the matter stays open (H106).

    By e-mail ``text`` is sent, by telephone it is the note of the call; either way it is on the
    record. Twice is once. Raises RuleBroken (``may_not_answer``, ``note_missing``, ``responded``,
    and by e-mail ``no_address``, ``may_not_be_written_to``).
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer.", "may_not_answer")
    if not text.strip():
        raise RuleBroken("Write what you told them.", "note_missing", field="text")
    matter = held(entry.contact)
    locked = held_entry(entry)
    if (locked.responded_by, locked.response) == (by, text.strip()):
        return locked
    _refuse_responded(locked)
    said = keep_words(
        contact=matter,
        text=text,
        channel=CHANNELS[how],
        submission=written_once(locked, "response"),
        by=by,
        now=now,
    )
    _keep_response(locked, how, text, by, now)
    tell([responded_words(locked, said, by)] if how == DeskEntry.Answer.EMAIL else [], now=now)
    return locked


CHANNELS = {
    DeskEntry.Answer.TELEPHONE: Contact.Channel.TELEPHONE,
    DeskEntry.Answer.EMAIL: Contact.Channel.EMAIL,
}


@transaction.atomic
def answer_and_respond(
    *, step: EscalationStep, text: str, by: User, now: datetime
) -> EscalationStep:
    """Answer a step; when the sender still waits for the first response, this is it (H106).

    Raises RuleBroken as :func:`escalations.step_actions.answer_step` does.
    """
    answered = answer_step(step=step, text=text, by=by, now=now)
    mailed = hears_answers(answered.contact) is not None
    how = DeskEntry.Answer.EMAIL if mailed else DeskEntry.Answer.TELEPHONE
    # Of this concern, which may have been taken further after its matter was passed on.
    concern = answered.escalation
    of_it = Q(escalation=concern) | Q(contact=concern.matter_id)
    for entry in DeskEntry.objects.filter(of_it, resolved_at=None):
        locked = held_entry(entry)
        if locked.responded_at is None:
            _keep_response(locked, how, text, by, now)
    return answered


def _keep_response(
    entry: DeskEntry, how: DeskEntry.Answer, text: str, by: User, now: datetime
) -> None:
    clock_actions.meet(clock=entry.clock, at=now, by=by, now=now, how=how.label)
    entry.responded_how, entry.response = how, text.strip()
    entry.responded_at, entry.responded_by = now, by
    if now > entry.clock.due_at and entry.managers_told_at is None:
        # Late, and before anybody has looked: the managers hear of it all the same.
        entry.managers_told_at = now
        tell(late_messages(entry), now=now)
    entry.save(
        update_fields=[
            "responded_how",
            "response",
            "responded_at",
            "responded_by",
            "managers_told_at",
        ]
    )


@transaction.atomic
def resolve(*, entry: DeskEntry, outcome: str, by: User, now: datetime) -> DeskEntry:
    """The matter is settled: it leaves the desk, and its concern is closed. Not before the
    first response, unless it was struck through as a mistake meanwhile.

    What the case owner owes by the matter's own date ends with the concern; while nobody has
    taken it further, it stays owed. Raises RuleBroken
    (``not_on_desk``, ``outcome_missing``, ``not_responded``, ``resolved``).
    """
    refuse_role(by)
    if not outcome.strip():
        raise RuleBroken("Write how it was settled.", "outcome_missing", field="text")
    matter = entry.contact.original_id or entry.contact_id
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=matter)
    concern = latest_escalation(entry.contact)
    locked = held_entry(entry)
    if (locked.resolved_by, locked.outcome) == (by, outcome.strip()):
        return locked
    refuse_resolved(locked)
    if locked.responded_at is None:
        _end_unresponded(locked, by, now)
    locked.outcome, locked.resolved_at, locked.resolved_by = outcome.strip(), now, by
    messages = _close_concern(locked, concern, by, now)
    locked.save(update_fields=["outcome", "resolved_at", "resolved_by", "escalation"])
    note_on_record(
        locked, "resolved", f"The resolution team settled this: {outcome.strip()}", by, now
    )
    tell(messages, now=now)
    return locked


def _end_unresponded(entry: DeskEntry, by: User, now: datetime) -> None:
    """What was struck through as a mistake needs no first response, and could get none."""
    if entry.contact.struck_at is None:
        raise RuleBroken("Give the first response before you settle it.", "not_responded")
    if entry.clock.is_open:
        reason = "The contact was struck through as a mistake"
        clock_actions.cancel(clock=entry.clock, reason=reason, by=by, now=now)


def _close_concern(
    entry: DeskEntry, concern: Escalation | None, by: User, now: datetime
) -> list[Message]:
    """Close it with the same outcome, of which its handlers hear; and who supported hears too.

    Also one that the sender took further only after the matter was passed on.
    """
    if concern is None or not concern.is_open:
        return []
    entry.escalation = close(escalation=concern, outcome=entry.outcome, by=by, now=now)
    supported = {person for person in (concern.partner, entry.kept_with) if person}
    told = sorted(supported - {by}, key=lambda person: person.pk)
    return [settled_message(entry, person, by) for person in told if person.is_active]


def _refuse_responded(entry: DeskEntry) -> None:
    if entry.responded_by and entry.responded_at:
        raise RuleBroken(
            f"{entry.responded_by} gave the first response on "
            f"{moment_in_words(entry.responded_at)}. Your words are still below: you can add them "
            "to the record as a note.",
            "responded",
        )
