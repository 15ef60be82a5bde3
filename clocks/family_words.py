"""Why this date, in words to read out to a family or to paste: no names of staff, no details."""

from datetime import date, datetime

from clocks.account import Account
from clocks.calendars import LONDON
from clocks.day_count import HOURS
from clocks.models import Clock, ClockEvent
from clocks.wording import day_in_words, moment_in_words
from clocks.working_time import Step

Kind = ClockEvent.Kind
WEEKEND = "Weekend"
NAMELESS = (WEEKEND, "Paused", "Received after", "Not a working day")


def family_words(account: Account, reference: str, now: datetime) -> list[str]:
    """Short sentences, in the order in which one would say them, as things stand at ``now``."""
    return [
        f"Your reference is {reference}.",
        *_received(account),
        *_counted(account),
        *_paused(account),
        *_changed(account),
        _ending(account, now),
    ]


def _received(account: Account) -> list[str]:
    words = [f"You contacted us on {moment_in_words(account.received_at)}."]
    start = account.counted_from
    if any(event.kind == Kind.HASTENED for event in account.events):
        # Counted from the day it was made urgent, which is told among what changed.
        return words
    if start and _day(start) != _day(account.received_at):
        words.append(f"We count from {_on(start)}, when our office next opened.")
    return words


def _counted(account: Account) -> list[str]:
    first = account.promises[0].due_before if account.promises else None
    words = [f"We answer {account.wording}."]
    if first:
        return [*words, f"That made it {_on(first)} at first."]
    left_out = _left_out(account.steps)
    if any(step.reason == WEEKEND for step in left_out):
        words.append("Weekends do not count.")
    if named := [f"{day_in_words(step.day)} ({step.reason})" for step in _named(left_out)]:
        words.append(f"We did not count {_listed(named)}.")
    if account.steps and account.steps[-1].number is None:
        words.append("The last day was one on which our office is closed, so we took the next.")
    return words


def _left_out(steps: tuple[Step, ...]) -> list[Step]:
    """The days between that were not counted, without those after the last that was."""
    last = max((step.day for step in steps if step.counted), default=None)
    return [step for step in steps if last and step.number is None and step.day < last]


def _named(steps: list[Step]) -> list[Step]:
    """Those left out for a reason with a name of its own: a holiday, a closure."""
    return [step for step in steps if not step.reason.startswith(NAMELESS)]


def _paused(account: Account) -> list[str]:
    return [
        f"We paused the count from {_on(pause.since)} to {_on(pause.until)}."
        if pause.until
        else f"We paused the count on {_on(pause.since)}, and it has not gone on yet."
        for pause in account.pauses
    ]


def _changed(account: Account) -> list[str]:
    words = []
    for event in account.events:
        on = _on(event.happened_at)
        if event.kind == Kind.PROMISED and event.due_after:
            words.append(f"On {on} we promised you a new date: {_on(event.due_after)}.")
        if event.kind == Kind.HASTENED and event.due_after:
            words.append(
                f"On {on} we agreed that it is urgent. The date is {_on(event.due_after)}."
            )
        if event.kind == Kind.MOVED and event.due_after:
            words.append(
                f"On {on} the days on which our office is open changed, and so did the date: "
                f"{_on(event.due_after)}."
            )
        if event.kind == Kind.REASSIGNED:
            words.append(f"On {on} another member of our staff took this on. The date stayed.")
    return words


def _ending(account: Account, now: datetime) -> str:
    due = _due(account)
    if account.state == Clock.State.CANCELLED:
        return "We closed this without an answer being needed."
    if account.stopped_at:
        late = f", after the date of {due}" if account.stopped_at > account.due_at else ""
        return f"We answered on {_on(account.stopped_at)}{late}."
    if account.state == Clock.State.PAUSED:
        return f"The date is {due} for now. It will be later once the count goes on."
    if account.due_at < now:
        return f"You should have had our answer by {due}. We are sorry that you have not."
    return f"You will hear from us by {due}. You do not need to do anything until then."


def _due(account: Account) -> str:
    """The day, and the time too where hours were promised."""
    in_hours = account.unit in HOURS and not account.promised
    return moment_in_words(account.due_at) if in_hours else _on(account.due_at)


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _on(at: datetime) -> str:
    return day_in_words(_day(at))


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
