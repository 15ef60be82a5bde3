"""The day and the week of whoever rings families back (H19, H36)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import User
from callbacks.calls import Call
from callbacks.diary import (
    SEES_DIARY,
    Day,
    chosen,
    diary_of,
    left_to_ring,
    looked_after,
    people_for,
)
from callbacks.models import Booking
from clocks.calendars import LONDON, calendar_for_display
from diaries.actions import may_change_diary
from diaries.busy import ONE_DAY

WEEK = timedelta(days=7)
# How far a diary is turned, before and after today.
FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Whose:
    """Whose diary a page shows to whom, and on which day; ``people`` are all it can show."""

    person: User
    user: User
    people: list[User]
    day: date
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    @property
    def is_own(self) -> bool:
        return self.person == self.user

    def path(self, name: str, day: date | None = None) -> str:
        """The address of another page of the same diary."""
        return diary_path(name, None if self.is_own else self.person, day)


def diary_path(name: str, person: User | None = None, day: date | None = None) -> str:
    """The address of a page of ``person``'s diary, one's own for None."""
    asked = {"person": person.pk if person else None, "day": day}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return reverse(name) + (f"?{query}" if query else "")


def whose(request: HttpRequest) -> Whose:
    """The person and the day that the address asks for; 404 for whom one may not see."""
    user, now = signed_in(request), timezone.now()
    people = list(people_for(user, now))
    person = chosen(people, request.GET.get("person", ""), user)
    if person is None:
        raise Http404
    today = now.astimezone(LONDON).date()
    return Whose(person, user, people, day_asked(request.GET.get("day", ""), today), now)


def day_asked(asked: str, today: date) -> date:
    """The day asked for, or today: nobody plans for another century."""
    with suppress(ValueError):
        day = date.fromisoformat(asked)
        return day if abs(day - today) < FARTHEST else today
    return today


@require_safe
@for_roles(*SEES_DIARY)
def day(request: HttpRequest) -> HttpResponse:
    """One day as a list: what was missed first, then everything in order of time."""
    shown = whose(request)
    left = left_to_ring(shown.person, shown.user, shown.now)
    [found] = diary_of(
        shown.person,
        shown.user,
        first=shown.day,
        last=shown.day,
        now=shown.now,
        calendar=calendar_for_display(),
        before=True,
    )
    _note(shown, [*left, *found.calls])
    return render(
        request,
        "callbacks/day.html",
        {
            "shown": shown,
            "found": found,
            "left": left,
            "left_ids": {call.booking.pk for call in left},
            "looked_after": looked_after(shown.user, shown.now) if shown.is_own else {},
            "may_change": may_change_diary(shown.person, shown.user),
            "now": shown.now,
            # What becomes of a call leads back to this day.
            "came": f"?day={shown.day}",
            "today_url": shown.path("callbacks:day"),
            "before": shown.path("callbacks:day", shown.day - ONE_DAY),
            "after": shown.path("callbacks:day", shown.day + ONE_DAY),
            **_around(shown),
        },
    )


@require_safe
@for_roles(*SEES_DIARY)
def week(request: HttpRequest) -> HttpResponse:
    """Monday to Friday beside one another; Saturday and Sunday only with something on."""
    shown = whose(request)
    monday = shown.day - timedelta(days=shown.day.weekday())
    days = diary_of(
        shown.person,
        shown.user,
        first=monday,
        last=monday + WEEK - ONE_DAY,
        now=shown.now,
        calendar=calendar_for_display(),
    )
    _note(shown, [call for found in days for call in found.calls])
    return render(
        request,
        "callbacks/week.html",
        {
            "shown": shown,
            "days": [(found, shown.path("callbacks:day", found.day)) for found in _worth(days)],
            "monday": monday,
            "sunday": monday + WEEK - ONE_DAY,
            "may_change": may_change_diary(shown.person, shown.user),
            "today_url": shown.path("callbacks:week"),
            "before": shown.path("callbacks:week", monday - WEEK),
            "after": shown.path("callbacks:week", monday + WEEK),
            **_around(shown),
        },
    )


def _worth(days: Iterable[Day]) -> list[Day]:
    """Without an empty weekend."""
    return [
        found
        for found in days
        if found.day.weekday() < 5 or any(row.kind != "not_working" for row in found.rows)
    ]


def _around(shown: Whose) -> dict[str, str]:
    """The ways from a page of a diary to the others."""
    return {
        "day_url": shown.path("callbacks:day", shown.day),
        "week_url": shown.path("callbacks:week", shown.day),
        "hours_url": shown.path("callbacks:hours"),
        "block_url": shown.path("callbacks:new_block", shown.day),
    }


def _note(shown: Whose, calls: Iterable[Call]) -> None:
    note_calls([call.booking for call in calls], shown.user, shown.now)


def note_calls(bookings: Iterable[Booking], user: User, now: datetime) -> None:
    """Write down whose calls a list showed: under their cases."""
    note_listed(records=map(record_of, bookings), by=user, now=now, detail="booked calls")


def record_of(booking: Booking) -> str:
    case = booking.contact.case
    return case.reference if case else booking.contact.reference
