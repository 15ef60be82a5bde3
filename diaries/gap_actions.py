"""Telling a team's lead of days on which somebody is missing on the duty line (H39)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from accounts.models import Team
from clocks.calendars import LONDON, calendar_for_display
from clocks.wording import day_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.duty import DutyDay, duty_days
from notices.actions import Message, tell
from notices.models import Notice

# Today, when it is a working day, and those that follow.
WORKING_DAYS = 5


@transaction.atomic
def tell_of_gaps(*, now: datetime) -> int:
    """Tell each team's lead, in their summary, of gaps in the next five working days (H39).

    Once for each team and day, however often it is run: a gap that opens again is on the rota
    and on the lead's first page. Returns how many messages were handed over; none where the
    holidays are not known.
    """
    return tell(_messages(now), now=now)


def gaps_ahead(
    teams: list[Team], today: date, calendar: WorkingCalendar | None
) -> dict[int, list[DutyDay]]:
    """The gaps of the next five working days, by team id; two queries."""
    last = _last_day(today, calendar)
    if last is None:
        return {team.pk: [] for team in teams}
    found = duty_days(teams, today, last, calendar)
    return {team: [day for day in days if day.gap] for team, days in found.items()}


def _last_day(today: date, calendar: WorkingCalendar | None) -> date | None:
    if calendar is None:
        return None
    try:
        ahead = WORKING_DAYS - 1 if calendar.is_working_day(today) else WORKING_DAYS
        return calendar.add_working_days(today, ahead)
    except BeyondCalendar:
        return None


def _messages(now: datetime) -> Iterator[Message]:
    led = list(Team.objects.filter(lead__is_active=True).select_related("lead"))
    gaps = gaps_ahead(led, now.astimezone(LONDON).date(), calendar_for_display())
    for team in led:
        for day in gaps[team.pk]:
            yield _message(team, day)


def _message(team: Team, day: DutyDay) -> Message:
    return Message(
        key=f"duty-gap:{team.pk}:{day.day}",
        kind=Notice.Kind.WARNING,
        subject=f"Duty line of {team}: {day_in_words(day.day)}",
        body=f"{day.gap} on {day_in_words(day.day)}. Each working day needs somebody of business "
        "support and somebody who holds cases.",
        path=reverse("diaries:duty_day", args=[team.pk, day.day]),
        recipient=team.lead,
        address=team.lead.email if team.lead else "",
        in_summary=True,
    )
