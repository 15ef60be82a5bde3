"""A month's messages in figures: how many came, how they were answered (H46-H64).

Aggregates only: no child, no sender and no message is read.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cases.models import Contact, ContactQuerySet
from clocks.calendars import LONDON
from clocks.models import OPEN_STATES, Clock

Link = Contact.Link
Urgency = Contact.Urgency
State = Clock.State

# What was struck through is counted as that and as nothing else.
KEPT = Q(struck_at=None)
MATTER = KEPT & Q(link=Link.NONE)
ANSWERED = MATTER & Q(clock__state=State.MET)
CLAIMED = KEPT & Q(urgent_claimed=True)

# Contacts of the month that had another owner before, whichever of their promises had. A query
# of its own: inside the figures PostgreSQL looks its rows through for every contact.
PASSED_ON = """
    WITH RECURSIVE came AS (
        SELECT contact.id AS contact_id, clock.id AS clock_id, clock.previous_id
        FROM cases_contact contact
        JOIN clocks_clock clock ON clock.id = contact.clock_id
        WHERE contact.direction = 'in'
        AND contact.received_at >= %s AND contact.received_at < %s
    ), earlier AS (
        SELECT contact_id, previous_id AS clock_id FROM came WHERE previous_id IS NOT NULL
      UNION ALL
        SELECT earlier.contact_id, clock.previous_id
        FROM earlier JOIN clocks_clock clock ON clock.id = earlier.clock_id
        WHERE clock.previous_id IS NOT NULL
    )
    SELECT DISTINCT promise.contact_id
    FROM (
        SELECT contact_id, clock_id FROM came UNION ALL SELECT contact_id, clock_id FROM earlier
    ) AS promise
    JOIN clocks_clockevent event ON event.clock_id = promise.clock_id
    WHERE event.kind = 'reassigned'
"""

# Name of a figure, its words, and whether it is a part of the one above.
FIGURES = [
    ("came_in", "Came in", False),
    ("matters", "matters of their own", True),
    ("chasers", "chasers before the date", True),
    ("follow_ups", "follow-ups after the date", True),
    ("added", "taken further, or added to one that was there", True),
    ("in_time", "Answered in time", False),
    ("late", "Answered late", False),
    ("still_open", "Still open", False),
    ("past_date", "past the date now", True),
    ("closed", "Closed without an answer", False),
    ("at_once", "Answered in full, without a holding reply", False),
    ("held_first", "Answered after a holding reply", False),
    ("passed_on", "Passed on to somebody else", False),
    ("claimed", "Said to be urgent", False),
    ("accepted", "accepted", True),
    ("declined", "declined", True),
    ("undecided", "not decided yet", True),
    ("struck", "Struck through as a mistake", False),
]


@dataclass(frozen=True)
class Period:
    """Whole days in London, ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From this moment (aware) up to, not including, that one."""
        return _midnight(self.first), _midnight(_day_after(self.last))


def month_of(day: date) -> Period:
    """The calendar month of ``day``."""
    first = day.replace(day=1)
    return Period(first, _day_before(_next_month(first)))


def month_before(day: date) -> Period:
    return month_of(_day_before(day.replace(day=1)))


def came_in(period: Period) -> ContactQuerySet:
    """What came in from outside during ``period``."""
    since, until = period.moments
    return Contact.objects.filter(
        direction=Contact.Direction.IN,
        internal=False,
        received_at__gte=since,
        received_at__lt=until,
    )


def of_team(contacts: ContactQuerySet, team_id: int) -> ContactQuerySet:
    """What one team answers; a chaser counts where its original is answered."""
    return contacts.alias(answering_team=_answering_team()).filter(answering_team=team_id)


def figures_by_team(
    contacts: ContactQuerySet, period: Period, now: datetime
) -> list[dict[str, Any]]:
    """The figures a team, by its id; ``now`` (aware) says what is past its date."""
    counts = {name: Count("pk", filter=rows) for name, rows in _rows(period, now).items()}
    teams: Any = contacts.annotate(answering_team=_answering_team()).values("answering_team")
    return list(teams.annotate(**counts).order_by("answering_team"))


def _answering_team() -> Coalesce:
    # Not a join: the originals are looked up for chasers alone.
    original = Contact.objects.filter(pk=OuterRef("original"))
    answered_there = Subquery(original.values("clock__team")[:1])
    # What belongs to something we sent, which promises nothing, counts with its case's team.
    return Coalesce("clock__team", answered_there, "case__team", output_field=BigIntegerField())


def by_channel(contacts: ContactQuerySet) -> list[tuple[str, int]]:
    """How many came by each channel that was used, in the order of the channels."""
    counted = contacts.filter(KEPT).order_by().values_list("channel").annotate(Count("pk"))
    found = dict(counted)
    return [(label, found[code]) for code, label in Contact.Channel.choices if code in found]


def totals(teams: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(team[name] for team in teams) for name, _, _ in FIGURES}


def _rows(period: Period, now: datetime) -> dict[str, Q]:
    """Which contacts each figure counts."""
    return {
        "came_in": KEPT,
        "matters": MATTER,
        "chasers": KEPT & Q(link=Link.CHASER),
        "follow_ups": KEPT & Q(link=Link.FOLLOW_UP),
        "added": KEPT & ~Q(link__in=[Link.NONE, Link.CHASER, Link.FOLLOW_UP]),
        "in_time": ANSWERED & Q(clock__stopped_at__lte=F("clock__due_at")),
        "late": ANSWERED & Q(clock__stopped_at__gt=F("clock__due_at")),
        "still_open": MATTER & Q(clock__state__in=OPEN_STATES),
        "past_date": MATTER & Q(clock__state=State.RUNNING, clock__due_at__lt=now),
        "closed": MATTER & Q(clock__state=State.CANCELLED),
        "at_once": ANSWERED & Q(clock__previous=None),
        "held_first": ANSWERED & Q(clock__previous__isnull=False),
        "passed_on": MATTER & Q(pk__in=_passed_on(period)),
        "claimed": CLAIMED,
        "accepted": CLAIMED & Q(urgency=Urgency.ACCEPTED),
        "declined": CLAIMED & Q(urgency=Urgency.DECLINED),
        "undecided": CLAIMED & Q(urgency=Urgency.NONE),
        "struck": Q(struck_at__isnull=False),
    }


def _passed_on(period: Period) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(PASSED_ON, period.moments)
        return [pk for (pk,) in cursor.fetchall()]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
