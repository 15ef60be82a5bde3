"""What people are told about clocks, and when staff may be told by e-mail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from accounts.models import Role, Team, User
from clocks.calendars import LONDON, council_calendar
from clocks.models import Clock, ClockEvent
from clocks.wording import day_in_words, moment_in_words
from clocks.working_time import BeyondCalendar
from notices.actions import Message
from notices.models import Notice


def staff_may_be_mailed(now: datetime) -> bool:
    """True within opening hours (H60). When holidays have run out it is always true: news of a
    broken promise must not wait for somebody to load them."""
    try:
        return council_calendar().is_open(now)
    except BeyondCalendar:
        return True


def owner_and_lead(clock: Clock) -> list[User]:
    """Who hears that a date has passed: the owner and the team's lead, if they still work here."""
    people = {person.pk: person for person in (clock.owner, clock.team.lead) if person}
    return [person for person in people.values() if person.is_active]


def up_the_line(team: Team) -> list[User]:
    """Who hears of what ``team`` owes when its owner and the team's lead have both left.

    The team's other leads, else the senior manager above it, else every senior manager, else the
    resolution team and the administrators: no broken promise is heard by nobody (H17).
    """
    staff = User.objects.filter(is_active=True).order_by("pk")
    lines = (
        staff.filter(role=Role.TEAM_LEAD, team=team),
        staff.filter(role=Role.SENIOR_MANAGER, manages=team),
        staff.filter(role=Role.SENIOR_MANAGER),
        staff.filter(role__in=[Role.RESOLUTION_OFFICER, Role.ADMINISTRATOR]),
    )
    return next((found for line in lines if (found := list(line))), [])


def _one_who_hears(clock: Clock) -> User:
    """The owner while they work here, else the team's lead, else the first up the line."""
    there = owner_and_lead(clock) or up_the_line(clock.team)
    return next(iter(there), clock.owner)


class Late(NamedTuple):
    """What is told about a clock whose date has passed; thousands may pass at one closing time.

    ``above`` are those up the line, for when neither owner nor lead works here any more.
    """

    clock_id: int
    due_at: datetime
    about: str
    path: str
    owner: User
    lead: User | None
    above: Sequence[User] = ()


def breach_messages(late: Late) -> list[Message]:
    """What the owner and the team's lead hear, once each, or when both have left those above."""
    fact = f"An answer was due by {moment_in_words(late.due_at)}: {late.about}.\n"
    there = [person for person in (late.owner, late.lead) if person and person.is_active]
    people = {person.pk: person for person in there or late.above}
    return [
        Message(
            key=f"clock:{late.clock_id}:breach:{pk}",
            kind=Notice.Kind.BREACH,
            subject=f"Date passed: {late.about}",
            body=f"{fact}{_whose(late, pk)} to answer, and stays open until it is.",
            path=late.path,
            recipient=person,
            address=person.email,
        )
        for pk, person in people.items()
    ]


def _whose(late: Late, reader: int) -> str:
    return "It is yours" if reader == late.owner.pk else f"It is {late.owner.full_name}’s"


def late_answer_message(clock: Clock, lead: User, at: datetime) -> Message:
    """What the lead hears of a breach that was recorded by the late answer itself."""
    return _message(
        clock,
        lead,
        Notice.Kind.BREACH,
        f"Answered after its date: {clock.about}",
        f"An answer was due by {moment_in_words(clock.due_at)}: {clock.about}.\n"
        f"{clock.owner.full_name}’s answer was recorded on {moment_in_words(at)}.",
    )


def warning_message(clock: Clock) -> Message:
    """What the owner hears before the date; the lead, or one above, when the owner has left.

    It goes into the day's summary: one e-mail a person, not one a clock.
    """
    person = _one_who_hears(clock)
    message = _message(
        clock,
        person,
        Notice.Kind.WARNING,
        f"Due soon: {clock.about}",
        f"An answer is due by {moment_in_words(clock.due_at)}: {clock.about}.",
    )
    # One reminder of each kind: the first, and the one on the morning it is due.
    warned_on = (clock.warn_at or clock.due_at).astimezone(LONDON).date()
    return replace(message, key=f"{message.key}:{warned_on}", in_summary=True)


def reassigned_message(clock: Clock, event: ClockEvent) -> Message:
    """What the new owner hears; the date is the one that was promised (H59)."""
    passed = f"{event.by} passed this to you" if event.by else f"{event.reason}. This is yours now"
    message = _message(
        clock,
        clock.owner,
        Notice.Kind.REASSIGNED,
        f"Passed to you: {clock.about}",
        f"{passed}: {clock.about}.\nThe date stays the same: an answer is due by "
        f"{moment_in_words(clock.due_at)}.{_promised_line(clock)}",
    )
    # When leave begins many go at once: one e-mail then.
    return replace(message, key=f"{message.key}:{event.pk}", in_summary=event.by is None)


def _promised_line(clock: Clock) -> str:
    """Who has put the date off, and when: whoever has it next did not promise it themselves."""
    if not clock.is_chosen:
        return ""
    started = clock.events.filter(kind=ClockEvent.Kind.STARTED).select_related("by").first()
    if started is None or started.by in (None, clock.owner):
        return ""
    day = day_in_words(started.recorded_at.astimezone(LONDON).date())
    return f"\n{started.by} promised that date on {day}. The record says why."


def moved_message(clock: Clock, due_before: datetime, now: datetime) -> Message:
    """What the owner, or the lead of one who left, hears when the calendar has moved a date."""
    person = _one_who_hears(clock)
    message = _message(
        clock,
        person,
        Notice.Kind.MOVED,
        f"Date moved: {clock.about}",
        f"The council’s calendar has changed. The answer to {clock.about} was due by "
        f"{moment_in_words(due_before)} and is now due by {moment_in_words(clock.due_at)}.",
    )
    return replace(message, key=f"{message.key}:{now.isoformat()}", in_summary=True)


def _message(clock: Clock, person: User, kind: Notice.Kind, subject: str, body: str) -> Message:
    return Message(
        key=f"clock:{clock.pk}:{kind}:{person.pk}",
        kind=kind,
        subject=subject,
        body=body,
        path=clock.path,
        recipient=person,
        address=person.email if person.is_active else "",
    )
