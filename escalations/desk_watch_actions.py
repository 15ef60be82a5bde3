"""Reminders for the resolution desk: little time left, and no time left (H106)."""

from datetime import datetime

from django.db import transaction

from accounts.models import Absence, Role, User
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import Clock
from clocks.telling import up_the_line
from clocks.working_time import WorkingCalendar
from escalations.desk_words import (
    reminders_due,
    staff_are_there,
    working_left,
    working_left_in_words,
)
from escalations.models import DeskEntry
from escalations.resolution_messages import late_messages, warning_messages
from notices.actions import Message, tell


@transaction.atomic
def watch_desk(*, now: datetime) -> int:
    """Remind whoever has something on the desk; returns how many entries were told about.

    24 and 4 working hours before the date the officer hears, each once, while the service is open
    (H60); of a promise in elapsed hours the 24 are elapsed too. After it the senior managers
    hear, once. After an outage only the last of them is told, for the others say less than it
    does; what was missed at night waits for the opening. Several workers at once take
    different entries; one that dies leaves its own.
    """
    waiting = DeskEntry.objects.open().to_respond().filter(managers_told_at=None)
    running = waiting.filter(clock__state=Clock.State.RUNNING)
    entries = list(
        running.select_related("clock__team__manager").select_for_update(
            skip_locked=True, of=("self",)
        )
    )
    calendar = calendar_for_display() if entries else None
    return sum(_remind(entry, now, calendar) for entry in entries)


def _remind(entry: DeskEntry, now: datetime, calendar: WorkingCalendar | None) -> bool:
    clock = entry.clock
    if now > clock.due_at:
        entry.managers_told_at = now
        _tell(entry, late_messages(entry), now)
        return True
    if not staff_are_there(now, calendar):
        return False
    first, second = reminders_due(clock, now, calendar)
    late = second and entry.warned_late_at is None
    early = first and entry.warned_early_at is None
    if not (late or early):
        return False
    entry.warned_early_at = entry.warned_early_at or now
    if late:
        entry.warned_late_at = now
    left = working_left(now, clock.due_at, calendar)
    part, words = "late" if late else "early", working_left_in_words(left)
    people = _who_hears(entry, now)
    _tell(entry, warning_messages(entry, people, part, words, calendar, now), now)
    return True


def _tell(entry: DeskEntry, messages: list[Message], now: datetime) -> None:
    entry.save(update_fields=["warned_early_at", "warned_late_at", "managers_told_at"])
    tell(messages, now=now)


def _who_hears(entry: DeskEntry, now: datetime) -> list[User]:
    """The officer, and who covers for them today; the whole team when the officer has left."""
    officer = entry.clock.owner
    if not officer.is_active:
        team = User.objects.filter(is_active=True, role=Role.RESOLUTION_OFFICER)
        return list(team) or up_the_line(entry.clock.team)
    today = now.astimezone(LONDON).date()
    away = Absence.objects.on(today).filter(person=officer).select_related("cover").first()
    return [officer, away.cover] if away and away.cover else [officer]
