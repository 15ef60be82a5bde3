"""What the resolution desk shows: rows, states and the check in words. Reading only."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q

from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words
from clocks.working_time import WorkingCalendar
from escalations.desk_models import past_next_date
from escalations.desk_words import act_by, end_in_words, left_in_words
from escalations.ladder import has_passed
from escalations.ladder_page import NAMES, ended
from escalations.models import DeskEntry, DeskEntryQuerySet, Escalation
from escalations.resolution_actions import check_in_words
from escalations.rungs import Rung, State, rungs_of, steps_of

# How an entry stands, as a filter: (words, what it narrows to).
STATES: dict[str, tuple[str, Q]] = {
    "check": ("To check", Q(responded_at=None, sent_at=None, kept_at=None)),
    "sent": ("Sent on", Q(responded_at=None, sent_at__isnull=False)),
    "kept": (
        "Kept with the case owner",
        Q(responded_at=None, sent_at=None, kept_at__isnull=False),
    ),
    "responded": ("First response given", Q(responded_at__isnull=False)),
}


@dataclass(frozen=True)
class Row:
    """One entry in the words of the page, with the one date that comes next.

    ``act_by`` is None when it is the date itself, or past: then ``no_time`` says so, and when the
    date is. ``answers`` is the contact's own clock when that is the one that comes next.
    """

    entry: DeskEntry
    left: str
    late: bool
    act_by: datetime | None
    no_time: str
    answers: Clock | None
    check: str
    state: str


def row_of(entry: DeskEntry, now: datetime, calendar: WorkingCalendar | None) -> Row:
    """``now`` is aware; the entry comes from DeskEntry.objects.open()."""
    clock = entry.next_clock
    first = clock == entry.clock
    owed = entry.resolved_at is None and (entry.responded_at is None or not first)
    late = owed and clock.state == Clock.State.RUNNING and clock.due_at < now
    last = act_by(clock, calendar) if owed and first and not late else None
    past = last is not None and last <= now
    return Row(
        entry=entry,
        left=left_in_words(clock, now, calendar) if owed else "",
        late=late,
        act_by=None if past else last,
        no_time=_no_time(clock, last, now) if last and past else "",
        answers=clock if owed and not first else None,
        check=check_of(entry),
        state=state_of(entry),
    )


def _no_time(clock: Clock, last: datetime, now: datetime) -> str:
    """The last working moment has gone by; what is left is outside our hours (H60, H106)."""
    return f"The last working moment, {moment_in_words(last)}, is past. {end_in_words(clock, now)}."


def rows_of(
    entries: Iterable[DeskEntry], now: datetime, calendar: WorkingCalendar | None
) -> list[Row]:
    return [row_of(entry, now, calendar) for entry in entries]


def check_of(entry: DeskEntry) -> str:
    """ "followed to step 1" by the records, or as somebody confirmed or decided it (H108)."""
    if entry.confirmed is None:
        return f"{check_in_words(entry.computed)}, by the records"
    if entry.confirmed == entry.computed:
        return f"{check_in_words(entry.confirmed)}, confirmed"
    return f"{check_in_words(entry.confirmed)}, decided otherwise than the records"


def state_of(entry: DeskEntry) -> str:
    """What has been done about it, and who has it."""
    if entry.responded_at:
        kept = f". Kept with {entry.kept_with}" if entry.kept_with else ""
        return f"First response given {_day(entry.responded_at)} by {entry.responded_by}{kept}"
    if entry.sent_at:
        owner = entry.sent_to.clock.owner if entry.sent_to else entry.contact.promise.owner
        return f"Sent to {owner}"
    if entry.kept_with:
        return f"Kept with {entry.kept_with}"
    return "To check" if entry.confirmed is None else "Checked: to be sent on or kept"


def counts_of(entries: DeskEntryQuerySet, now: datetime) -> dict[str, int]:
    """To respond to, late and open after the first response; one query (``now`` aware)."""
    waits = Q(responded_at=None)
    return entries.order_by().aggregate(
        to_respond=Count("pk", filter=waits),
        late=Count("pk", filter=past_next_date(now)),
        after=Count("pk", filter=~waits),
    )


# --- Above a form ------------------------------------------------------------------------------


def intro_of_keeping(entry: DeskEntry) -> str:
    """Who is accountable, and whose date becomes theirs (H110)."""
    contact, who = entry.contact, entry.accountable
    intro = f"{who} is accountable. The other person supports, and sees it on their own list."
    owes = contact.promise.owner
    if contact.is_open and not contact.is_formal and owes != who:
        by = moment_in_words(contact.promise.due_at)
        intro += (
            f" There is one clock: the answer that {owes} owes by {by} becomes {who}’s, with its "
            "date, and the sender is told."
        )
    return intro


def intro_of_settling(contact: Contact) -> str:
    """What ends with it, and what does not (H68, H107)."""
    intro = "It leaves the desk, and all that is owed of it ends, the answer to the contact too."
    if contact.is_formal:
        return f"{intro} It is a formal matter, which keeps its own dates."
    return intro


def said_of_check(entry: DeskEntry, until: str) -> str:
    """What the page says once ``until``, as the form sent it, is kept (H108)."""
    if until == str(entry.computed):
        return "The check is confirmed."
    return "You decided otherwise than the records. Your name, the time and the reason are kept."


# --- The check ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """One step of the protocol: whether it was followed, and what the records say of it."""

    number: int
    name: str
    done: bool
    words: str
    rung: Rung | None = None
    # Who decided otherwise than the records, when and why; the words are what the records say.
    decided: str = ""


def check_rows(entry: DeskEntry, escalation: Escalation | None, now: datetime) -> list[Checked]:
    """The four steps: which were done, when, on which contact (H108). ``now`` is aware.

    As the records had it when it was passed on, like ``entry.computed``; and where somebody
    decided otherwise, that, beside what the records alone say.
    """
    rungs, at = rungs_of(entry.contact, steps_of(escalation), now), entry.passed_at
    taken = {rung.step: rung for rung in rungs if rung.taken_at and rung.taken_at <= at}
    return [
        _decided(_checked(rung, at, next_taken=rung.step + 1 in taken), entry) for rung in rungs
    ]


def _checked(rung: Rung, at: datetime, *, next_taken: bool) -> Checked:
    name = NAMES[rung.step]
    if rung.clock is None:
        return Checked(rung.step, name, done=False, words="Nobody was asked on this step.")
    passed = rung.is_passed and next_taken
    done, words = passed or _was_over(rung, rung.clock, at), _found(rung, rung.clock)
    if rung.is_over and not done:
        words = f"{words} That was after it was passed on."
    return Checked(rung.step, name, done=done, words=words, rung=rung)


def _was_over(rung: Rung, clock: Clock, at: datetime) -> bool:
    """Whether the step was followed by ``at`` (aware), as escalations.ladder.done_until has it."""
    if not rung.is_over or (rung.taken_at and rung.taken_at > at):
        return False
    ended_at = rung.answered_at or clock.stopped_at
    return has_passed(clock.due_at, at) or (ended_at is not None and ended_at <= at)


def _decided(row: Checked, entry: DeskEntry) -> Checked:
    """What a person made of it, where that is something else (H108)."""
    if entry.confirmed in (None, entry.computed) or entry.confirmed_at is None:
        return row
    followed = row.number <= (entry.confirmed or 0)
    if followed == row.done:
        return row
    decided = (
        f"Decided otherwise by {entry.confirmed_by} on {moment_in_words(entry.confirmed_at)}: "
        f"{entry.confirmed_reason}"
    )
    return replace(row, done=followed, decided=decided)


def _found(rung: Rung, clock: Clock) -> str:
    if rung.state == State.LATE:
        return f"No answer by {_day(clock.due_at)}."
    if rung.state == State.WAITING:
        next_one = ", and the next step was open at once" if rung.is_passed else ""
        return f"{clock.owner} is to answer by {_day(clock.due_at)}{next_one}."
    return f"{ended(rung)}."


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LONDON).date())
