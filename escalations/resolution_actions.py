"""The resolution desk: what is passed to it, the check, and what it does (H104 to H110).

Rows are held in one order: the matter, its concern, the entry, then a clock.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.actions import MAY_ANSWER, MAY_LOG, kept, let_see
from cases.answer_actions import add_note, held, refuse_closed
from cases.contact_messages import writes_to
from cases.models import Contact
from clocks import actions as clock_actions
from clocks.calendars import calendar_for_display
from clocks.wording import moment_in_words
from escalations.desk_links import linked_by_itself, may_be_linked
from escalations.desk_words import (
    WARN_EARLY,
    warned_by_the_pass,
    working_left,
    working_left_in_words,
)
from escalations.handlers import handler_for
from escalations.ladder import Addressee, Ground, Kind, Placement, Step, done_until
from escalations.ladder_state import (
    involved,
    latest_escalation,
    open_escalation,
    steps_taken,
)
from escalations.models import DeskEntry, DeskPass, EscalationStep
from escalations.resolution_messages import (
    desk_message,
    kept_message,
    passed_again_message,
    passed_words,
    sent_on_message,
)
from escalations.sender_messages import taken_words
from escalations.staff_messages import informed_messages
from escalations.step_actions import let_handle, opened, start_step
from notices.actions import Message, tell

ON_THE_DESK = frozenset({Role.RESOLUTION_OFFICER, Role.SENIOR_MANAGER})
# What an entry writes on the record follows from the entry: a second click writes it once.
DESK = UUID("3a0b7f52-6d0e-5c1f-9a44-1f6f0f9a2c11")


@transaction.atomic
def pass_to_desk(
    *,
    contact: Contact,
    in_name_of: str,
    by: User | None,
    now: datetime,
    telephone: bool = False,
    same_as: DeskEntry | None = None,
    separate: bool = False,
    respond: bool = True,
) -> DeskEntry:
    """One click: the resolution team has it, and the standard response is sent once (H104, H105).

    The 48 hours run from the pass (H106); the matter's own date stays. ``in_name_of`` is the head
    of service or director it was addressed to. The same matter passed again, one that is
    ``same_as`` what the same sender has on the desk, and what they write again about the same
    case, is linked and not doubled, unless ``by`` says that it is ``separate``; what was resolved
    comes back with a new clock. ``by`` is None for the public form, which words its own response:
    ``respond`` is False then. Raises RuleBroken (``may_not_pass``, ``name_missing``,
    ``not_a_matter``, ``other_sender``, ``nobody_responsible``).
    """
    # An adviser takes down a concern that goes to the desk; only others answer for somebody.
    if by and by.role not in (MAY_ANSWER if respond else MAY_LOG):
        raise RuleBroken("Your role does not pass contacts on.", "may_not_pass")
    if not in_name_of.strip():
        raise RuleBroken("Say in whose name.", "name_missing", field="in_name_of")
    if contact.case:
        # Two messages of one sender about one case come one after the other.
        kept(contact.case)
    matter = held(contact)
    passed = DeskPass(contact=contact, in_name_of=in_name_of.strip(), by=by, at=now)
    if existing := _on_the_desk(matter, same_as, separate):
        return _pass_again(existing, passed)
    entry = _put_on_desk(matter, passed)
    messages = [_news(entry, passed, now)]
    if respond and writes_to(contact):
        messages.append(passed_words(entry, passed, telephone=telephone))
    tell(messages, now=now)
    return entry


def _on_the_desk(matter: Contact, same_as: DeskEntry | None, separate: bool) -> DeskEntry | None:
    """The entry that it is linked to: its own while that is open, or the sender's other one."""
    own = DeskEntry.objects.filter(contact=matter, resolved_at=None).first()
    if own:
        return held_entry(own)
    found = same_as or (None if separate else linked_by_itself(matter))
    if found is None:
        return None
    other = held_entry(found)
    if not may_be_linked(other, matter):
        if same_as is None:
            # Settled while we waited for its row.
            return None
        raise RuleBroken(
            f"{other.contact.reference} is somebody else’s, about another child, or settled. Pass "
            "this on for itself.",
            "other_sender",
        )
    return other


def _pass_again(entry: DeskEntry, passed: DeskPass) -> DeskEntry:
    """Logged and told to the officer; no second clock, no second standard response."""
    name = passed.in_name_of
    # Two clicks, or two people in one director's name: the row of the entry is held.
    if entry.passes.filter(contact=passed.contact, in_name_of__iexact=name).exists():
        return entry
    passed.entry = entry
    passed.save(force_insert=True)
    tell([passed_again_message(entry, passed)], now=passed.at)
    return entry


def _put_on_desk(matter: Contact, passed: DeskPass) -> DeskEntry:
    """The entry with its clock, the check and the log of the pass (H106 to H108)."""
    by, now = passed.by, passed.at
    escalation = open_escalation(matter)
    officer = handler_for(Step.RESOLUTION, matter, involved(matter, escalation), now)
    let_handle(matter.case, officer)
    clock = clock_actions.start(
        code="resolution.initial_response",
        owner=officer,
        team=matter.case.team if matter.case else matter.promise.team,
        about=f"First response of the resolution team, {matter.reference}",
        path=desk_path(matter),
        received_at=now,
        by=by,
        now=now,
    )
    fields = {
        "escalation": escalation,
        "passed_at": now,
        "passed_by": by,
        "in_name_of": passed.in_name_of,
        "clock": clock,
        "computed": computed_check(matter, now),
        **warned_by_the_pass(clock, now, calendar_for_display()),
    }
    # One that was resolved begins anew; how it was before is in its history.
    entry, _ = DeskEntry.objects.update_or_create(contact=matter, defaults=_ANEW | fields)
    passed.entry = entry
    passed.save(force_insert=True)
    return entry


_ANEW: dict[str, Any] = {
    "managers_told_at": None,
    "confirmed": None,
    "confirmed_reason": "",
    "confirmed_at": None,
    "confirmed_by": None,
    "sent_at": None,
    "sent_to": None,
    "responded_how": "",
    "response": "",
    "responded_at": None,
    "responded_by": None,
    "outcome": "",
    "resolved_at": None,
    "resolved_by": None,
}


def computed_check(matter: Contact, now: datetime) -> int:
    """Up to which step the records say that the ladder was followed (H108)."""
    taken = steps_taken(matter, latest_escalation(matter), satisfied=True)
    return done_until(taken, now)


def _news(entry: DeskEntry, passed: DeskPass, now: datetime) -> Message:
    calendar = calendar_for_display()
    left = working_left(now, entry.clock.due_at, calendar)
    little = f" {working_left_in_words(left)}." if left <= WARN_EARLY else ""
    return desk_message(entry, passed, calendar, little)


# --- The check, and where it goes -----------------------------------------------------------


@transaction.atomic
def confirm_check(
    *, entry: DeskEntry, until: int, reason: str, by: User, now: datetime
) -> DeskEntry:
    """Say up to which step the ladder was followed; other than computed it needs a reason (H108).

    Raises RuleBroken (``not_on_desk``, ``reason_missing``, ``no_such_step``, ``sent_already``,
    ``resolved``).
    """
    refuse_role(by)
    if not 0 <= until <= Step.RESOLUTION:
        raise RuleBroken("There are four steps.", "no_such_step", field="until")
    locked = held_entry(entry)
    if (locked.confirmed, locked.confirmed_reason) == (until, reason.strip()):
        return locked
    refuse_resolved(locked)
    _refuse_sent(locked)
    if until != locked.computed and not reason.strip():
        raise RuleBroken(
            "The records say something else: say why.", "reason_missing", field="reason"
        )
    locked.confirmed, locked.confirmed_reason = until, reason.strip()
    locked.confirmed_at, locked.confirmed_by = now, by
    locked.save(update_fields=["confirmed", "confirmed_reason", "confirmed_at", "confirmed_by"])
    return locked


@transaction.atomic
def send_on(*, entry: DeskEntry, by: User, now: datetime) -> EscalationStep | None:
    """To the step after the last that was followed, whose handler is told (H109).

    Back to the case owner when nobody was asked before: then there is no step to make. The
    escalation point is written on the record, and the sender is told who has it. Sent twice it
    is sent once. Raises RuleBroken (``not_on_desk``, ``not_checked``, ``resolved``,
    ``nobody_responsible``, ``already_answered``, ``all_answered``).
    """
    refuse_role(by)
    matter = held(entry.contact)
    locked = held_entry(entry)
    if locked.sent_at:
        return locked.sent_to
    refuse_resolved(locked)
    if locked.confirmed is None:
        raise RuleBroken("Check first which steps were followed.", "not_checked")
    number = next_step(locked)
    messages: list[Message] = []
    if number == Step.CASE_OWNER:
        refuse_closed(matter)
    else:
        locked.escalation = open_escalation(matter) or opened(matter, now)
        locked.sent_to, messages = _step_of(locked, matter, number, by, now)
    locked.sent_at = now
    locked.save(update_fields=["sent_at", "sent_to", "escalation"])
    note_on_record(locked, "sent", _sent_in_words(locked, matter, number), by, now)
    tell([sent_on_message(locked, locked.sent_to), *messages], now=now)
    return locked.sent_to


def next_step(entry: DeskEntry) -> Step:
    """The step after the last that was followed, as confirmed or else by the records (H109)."""
    done = entry.computed if entry.confirmed is None else entry.confirmed
    open_concern = {"escalation__matter": entry.contact_id, "escalation__closed_at": None}
    answered = EscalationStep.objects.filter(**open_concern).exclude(answered_at=None)
    over = set(answered.values_list("number", flat=True))
    # Whoever has answered already owes nothing more: then it is the one after them.
    return next((step for step in Step if step > done and step not in over), Step.RESOLUTION)


def _step_of(
    entry: DeskEntry, matter: Contact, number: Step, by: User, now: datetime
) -> tuple[EscalationStep, list[Message]]:
    """The step of that number, made now unless it was taken already; and who else hears of it."""
    escalation = entry.escalation
    if escalation is None:
        raise ValueError("A step belongs to a concern.")
    if made := escalation.steps.select_related("clock__owner").filter(number=number).first():
        if made.answered_at:
            raise RuleBroken(
                "Every step has been answered. Keep it here, with the case owner.", "all_answered"
            )
        return made, []
    followed = entry.confirmed == Step.SENIOR_MANAGER
    step = start_step(
        escalation=escalation,
        number=number,
        ground=Ground.OUTSIDE,
        contact=matter,
        handler=_handler(entry, matter, number, now),
        followed=followed,
        asked=Addressee.ABOVE,
        by=by,
        now=now,
    )
    placement = Placement(Kind.STEP, number, Ground.OUTSIDE, followed)
    return step, [*informed_messages(step, by), *taken_words(step, placement)]


def _handler(entry: DeskEntry, matter: Contact, number: Step, now: datetime) -> User:
    """Found, never chosen; on the resolution team's own step whoever has it on the desk."""
    about = involved(matter, entry.escalation)
    officer = entry.clock.owner
    if number == Step.RESOLUTION and officer.is_active and officer not in about:
        return officer
    return handler_for(number, matter, about, now)


def _sent_in_words(entry: DeskEntry, matter: Contact, number: Step) -> str:
    clock = entry.sent_to.clock if entry.sent_to else matter.promise
    why = f" {entry.confirmed_reason}" if entry.confirmed_reason else ""
    return (
        f"The resolution team checked the steps: {check_in_words(entry.confirmed or 0)}.{why}\n"
        f"Escalation point: step {int(number)}, {clock.owner}. The answer is due by "
        f"{moment_in_words(clock.due_at)}."
    )


def check_in_words(until: int) -> str:
    """ "followed to step 2", or "not followed" (H108)."""
    return f"followed to step {until}" if until else "not followed"


@transaction.atomic
def keep_jointly(*, entry: DeskEntry, partner: User, by: User, now: datetime) -> DeskEntry:
    """The desk stays accountable, ``partner`` supports: two names, one clock (H110).

    Raises RuleBroken (``not_on_desk``, ``may_not_own``, ``resolved``, ``sent_already``).
    """
    refuse_role(by)
    matter = held(entry.contact)
    locked = held_entry(entry)
    if not partner.can_own or partner == locked.clock.owner:
        raise RuleBroken(f"{partner} cannot support this.", "may_not_own", field="partner")
    refuse_resolved(locked)
    _refuse_sent(locked)
    escalation = open_escalation(matter) or opened(matter, now)
    if escalation.partner == partner and locked.escalation == escalation:
        return locked
    escalation.partner, locked.escalation = partner, escalation
    escalation.save(update_fields=["partner"])
    locked.save(update_fields=["escalation"])
    if matter.case:
        let_see(matter.case, partner)
    words = (
        f"The resolution team keeps this with the case owner. {locked.clock.owner} is accountable, "
        f"{partner} supports."
    )
    note_on_record(locked, f"kept:{partner.pk}", words, by, now)
    tell([] if partner == by else [kept_message(locked, partner)], now=now)
    return locked


# --- What is there --------------------------------------------------------------------------


def held_entry(entry: DeskEntry) -> DeskEntry:
    """The entry as it stands now, held."""
    DeskEntry.objects.select_for_update(of=("self",)).only("pk").get(pk=entry.pk)
    joined = ("contact__case__person", "contact__clock__owner", "clock__owner", "clock__standard")
    people = ("escalation__partner", "sent_to__clock__owner", "responded_by", "resolved_by")
    team = ("clock__team__manager",)
    return DeskEntry.objects.select_related(*joined, *people, *team).get(pk=entry.pk)


def desk_path(contact: Contact) -> str:
    return reverse("escalations:desk_entry", args=[contact.reference])


def written_once(entry: DeskEntry, part: str) -> UUID:
    return uuid5(DESK, f"{entry.pk}:{entry.clock_id}:{part}")


def note_on_record(entry: DeskEntry, part: str, words: str, by: User, now: datetime) -> None:
    """On the case's timeline, among ourselves (H109)."""
    add_note(
        contact=entry.contact, text=words, submission=written_once(entry, part), by=by, now=now
    )


def refuse_role(by: User) -> None:
    if by.role not in ON_THE_DESK:
        raise RuleBroken("This is the resolution team’s.", "not_on_desk")


def _refuse_sent(entry: DeskEntry) -> None:
    if entry.sent_at:
        who = entry.sent_to.clock.owner if entry.sent_to else "the case owner"
        raise RuleBroken(f"It was sent to {who} already.", "sent_already")


def refuse_resolved(entry: DeskEntry) -> None:
    if entry.resolved_by and entry.resolved_at:
        raise RuleBroken(
            f"{entry.resolved_by} settled this on {moment_in_words(entry.resolved_at)}. Your words "
            "are still below: you can add them to the record as a note.",
            "resolved",
        )
