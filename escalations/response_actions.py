"""What the sender hears of the resolution team, and the end: the first response, and settling.

Rows are held in the order of escalations.resolution_actions.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.errors import RuleBroken
from accounts.models import User
from cases.answer_actions import held, keep_words
from cases.decision_actions import end_as_settled
from cases.models import Contact
from clocks import actions as clock_actions
from clocks.wording import moment_in_words
from escalations.authority import refuse_to_respond
from escalations.ladder_state import hears_answers, latest_escalation
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.one_clock_actions import give_date_back
from escalations.resolution_actions import (
    held_entry,
    note_on_record,
    refuse_resolved,
    refuse_role,
    written_once,
)
from escalations.resolution_messages import (
    late_messages,
    responded_words,
    settled_message,
    settled_words,
)
from escalations.step_actions import answer_step, close
from notices.actions import Message, tell


@transaction.atomic
def respond(
    *, entry: DeskEntry, how: DeskEntry.Answer, text: str, by: User, now: datetime
) -> DeskEntry:
    """The first response: it meets the 48 hours; the matter stays open (H106).

    By the resolution team, and whoever is accountable for it or supports. By e-mail ``text`` is
    sent, by telephone it is the note of the call; either way it is on the record. Twice is once.
    Raises RuleBroken (``may_not_answer``, ``note_missing``, ``responded``, and by e-mail
    ``no_address``, ``may_not_be_written_to``).
    """
    if not text.strip():
        raise RuleBroken("Write what you told them.", "note_missing", field="text")
    matter = held(entry.contact)
    locked = held_entry(entry)
    locked.contact = matter
    if (locked.responded_by, locked.response) == (by, text.strip()):
        return locked
    _refuse_responded(locked)
    refuse_to_respond(locked, by, now)
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
def resolve(
    *, entry: DeskEntry, outcome: str, by: User, now: datetime, agreed: str = ""
) -> DeskEntry:
    """The matter is settled: it leaves the desk, and its concern is closed. Not before the
    first response, unless it was struck through as a mistake meanwhile.

    What is owed by the matter's own date ends with it, as with a concern, unless it is formal: a
    formal matter keeps its date, and goes back to who had it. ``agreed`` is what the sender reads
    of it, once; the page asks for it while they wait for an answer. Raises RuleBroken
    (``not_on_desk``, ``outcome_missing``, ``not_responded``, ``resolved``).
    """
    refuse_role(by)
    if not outcome.strip():
        raise RuleBroken("Write how it was settled.", "outcome_missing", field="text")
    pk = entry.contact.original_id or entry.contact_id
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=pk)
    concern = latest_escalation(entry.contact)
    locked = held_entry(entry)
    if (locked.resolved_by, locked.outcome) == (by, outcome.strip()):
        return locked
    refuse_resolved(locked)
    if locked.responded_at is None:
        _end_unresponded(locked, by, now)
    locked.outcome, locked.resolved_at, locked.resolved_by = outcome.strip(), now, by
    messages = _end_what_is_open(locked, concern, agreed, by, now)
    locked.save(update_fields=["outcome", "resolved_at", "resolved_by", "escalation"])
    note_on_record(
        locked, "resolved", f"The resolution team settled this: {outcome.strip()}", by, now
    )
    tell(messages, now=now)
    return locked


def _end_unresponded(entry: DeskEntry, by: User, now: datetime) -> None:
    """What was struck through as a mistake needs no first response, and could get none."""
    if not may_be_settled(entry):
        raise RuleBroken(NOT_RESPONDED, "not_responded")
    if entry.clock.is_open:
        reason = "The contact was struck through as a mistake"
        clock_actions.cancel(clock=entry.clock, reason=reason, by=by, now=now)


NOT_RESPONDED = "Give the first response before you settle it."


def may_be_settled(entry: DeskEntry) -> bool:
    """The first response was given, or none is needed: it was struck through as a mistake."""
    return entry.responded_at is not None or entry.contact.struck_at is not None


def awaits_answer(entry: DeskEntry) -> bool:
    """Whether its sender was promised an answer that nobody has given: of a step, or of the
    matter itself. Formal matters are answered for themselves (H68). Two queries at most."""
    matter = entry.contact
    if matter.struck_at:
        return False
    steps = EscalationStep.objects.filter(escalation__matter=matter, escalation__closed_at=None)
    last = steps.select_related("clock").order_by("-number").first()
    if last and last.clock.is_open:
        return True
    # After the answer of a step they have read what we say.
    return last is None and matter.is_open and not matter.is_formal


def _end_what_is_open(
    entry: DeskEntry, concern: Escalation | None, agreed: str, by: User, now: datetime
) -> list[Message]:
    """Its concern is closed with the same outcome, of which its handlers hear; who supported
    hears too. Also one that the sender took further only after the matter was passed on."""
    matter = entry.contact
    supported = {person for person in (entry.kept_with,) if person}
    messages: list[Message] = []
    if concern and concern.is_open:
        # Who supports hears it with the handlers.
        supported = {concern.partner} - supported if concern.partner else set()
        entry.escalation = close(
            escalation=concern, outcome=entry.outcome, by=by, now=now, agreed=agreed
        )
    else:
        owner, reason = matter.promise.owner, f"Settled: {entry.outcome}"
        if end_as_settled(contact=matter, reason=reason, by=by, now=now):
            supported.add(owner)
        messages = _told_what_was_agreed(entry, agreed, by, now)
    # What is formal is owed still, by who had it before.
    matter.refresh_from_db(fields=["clock"])
    give_date_back(entry=entry, matter=matter, by=by, now=now)
    told = sorted(supported - {by}, key=lambda person: person.pk)
    return [
        *messages,
        *(settled_message(entry, person, by) for person in told if person.is_active),
    ]


def _told_what_was_agreed(entry: DeskEntry, agreed: str, by: User, now: datetime) -> list[Message]:
    """Without a concern: on the record as what we said, and by e-mail where we may write."""
    matter = entry.contact
    if matter.struck_at or not agreed.strip():
        return []
    mailed = hears_answers(matter) is not None
    said = keep_words(
        contact=matter,
        text=agreed,
        channel=Contact.Channel.EMAIL if mailed else Contact.Channel.TELEPHONE,
        submission=written_once(entry, "agreed"),
        by=by,
        now=now,
    )
    return [settled_words(entry, said, by)] if mailed else []


def _refuse_responded(entry: DeskEntry) -> None:
    if entry.responded_by and entry.responded_at:
        raise RuleBroken(
            f"{entry.responded_by} gave the first response on "
            f"{moment_in_words(entry.responded_at)}. Your words are still below: you can add them "
            "to the record as a note.",
            "responded",
        )
