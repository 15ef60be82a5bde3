"""What the resolution desk shows: rows, states and the check in words. Reading only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words
from clocks.working_time import WorkingCalendar
from escalations.desk_words import act_by, left_in_words
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
    """One entry in the words of the page. ``act_by`` is None when it is the date itself."""

    entry: DeskEntry
    left: str
    late: bool
    act_by: datetime | None
    check: str
    state: str


def row_of(entry: DeskEntry, now: datetime, calendar: WorkingCalendar | None) -> Row:
    """``now`` is aware; the entry comes from DeskEntry.objects.open()."""
    waits = entry.responded_at is None
    return Row(
        entry=entry,
        left=left_in_words(entry.clock, now, calendar) if waits else "",
        late=waits and entry.clock.due_at < now,
        act_by=act_by(entry.clock, calendar) if waits else None,
        check=check_of(entry),
        state=state_of(entry),
    )


def rows_of(
    entries: Iterable[DeskEntry], now: datetime, calendar: WorkingCalendar | None
) -> list[Row]:
    return [row_of(entry, now, calendar) for entry in entries]


def check_of(entry: DeskEntry) -> str:
    """ "followed to step 1" by the records, or as somebody confirmed it (H108)."""
    if entry.confirmed is None:
        return f"{check_in_words(entry.computed)}, by the records"
    return f"{check_in_words(entry.confirmed)}, confirmed"


def state_of(entry: DeskEntry) -> str:
    """What has been done about it, and who has it."""
    if entry.responded_at:
        return f"First response given {_day(entry.responded_at)} by {entry.responded_by}"
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
        late=Count("pk", filter=waits & Q(clock__due_at__lt=now)),
        after=Count("pk", filter=~waits),
    )


# --- The check ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """One step of the protocol: whether it was followed, and what the records say of it."""

    number: int
    name: str
    done: bool
    words: str
    rung: Rung | None = None


def check_rows(matter: Contact, escalation: Escalation | None, now: datetime) -> list[Checked]:
    """The four steps: which were done, when, on which contact (H108). ``now`` is aware."""
    return [_checked(rung) for rung in rungs_of(matter, steps_of(escalation), now)]


def _checked(rung: Rung) -> Checked:
    name = NAMES[rung.step]
    if rung.clock is None:
        return Checked(rung.step, name, done=False, words="Nobody was asked on this step.")
    return Checked(rung.step, name, done=rung.is_over, words=_found(rung, rung.clock), rung=rung)


def _found(rung: Rung, clock: Clock) -> str:
    if rung.state == State.LATE:
        return f"No answer by {_day(clock.due_at)}."
    if rung.state == State.WAITING:
        next_one = ", and the next step was open at once" if rung.is_passed else ""
        return f"{clock.owner} is to answer by {_day(clock.due_at)}{next_one}."
    return f"{ended(rung)}."


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LONDON).date())
