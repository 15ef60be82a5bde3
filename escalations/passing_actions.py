"""The pass to the resolution desk: one click, the 48 hours, what is linked to it (H104 to H107).

Rows are held in the order of escalations.resolution_actions.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, MAY_LOG, kept
from cases.answer_actions import held
from cases.contact_messages import writes_to
from cases.models import Contact
from clocks import actions as clock_actions
from clocks.calendars import calendar_for_display
from escalations.desk_links import linked_by_itself, may_be_linked
from escalations.desk_words import (
    WARN_EARLY,
    warned_by_the_pass,
    working_left,
    working_left_in_words,
)
from escalations.handlers import case_of, desk_officer, team_of
from escalations.ladder import done_until
from escalations.ladder_state import involved, latest_escalation, open_escalation, steps_taken
from escalations.models import DeskEntry, DeskPass
from escalations.resolution_actions import desk_path, held_entry
from escalations.resolution_messages import desk_message, passed_again_message, passed_words
from escalations.step_actions import let_handle
from notices.actions import Message, tell


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

    The 48 hours run from the pass, or from the arrival of the public's form (H106); the matter's
    own date stays. ``in_name_of`` is the head of service or director it was addressed to. The
    same matter passed again, one that is ``same_as`` what the same sender has on the desk, and
    what they write again about the same case, is linked and not doubled, unless ``by`` says that
    it is ``separate``; what was resolved comes back with a new clock. ``by`` is None for the
    public form, which words its own response: ``respond`` is False then. Raises RuleBroken
    (``may_not_pass``, ``name_missing``, ``not_a_matter``, ``other_sender``,
    ``nobody_responsible``).
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
    # Two clicks, or two people in one director's name: the row of the entry is held. Passes from
    # before it was settled and began anew are another round.
    same = entry.passes.filter(contact=passed.contact, at__gte=entry.passed_at)
    if same.filter(in_name_of__iexact=name).exists():
        return entry
    passed.entry = entry
    passed.save(force_insert=True)
    tell([passed_again_message(entry, passed)], now=passed.at)
    return entry


def _put_on_desk(matter: Contact, passed: DeskPass) -> DeskEntry:
    """The entry with its clock, the check and the log of the pass (H106 to H108)."""
    by, now = passed.by, passed.at
    escalation = open_escalation(matter)
    officer = desk_officer(matter, involved(matter, escalation), now)
    let_handle(case_of(matter), officer)
    clock = clock_actions.start(
        code="resolution.initial_response",
        owner=officer,
        team=team_of(matter),
        about=f"First response of the resolution team, {matter.reference}",
        path=desk_path(matter),
        # A form may have waited; its sender was told a date when they sent it (0021).
        received_at=passed.contact.received_at if by is None else now,
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
    "kept_with": None,
    "kept_at": None,
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
