"""Callback slots, booked calls and the call desk in figures, week by week (H24, H28 to H36).

Aggregates only: no child, no caller and no note is read. A week is Monday to Sunday in London.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncWeek

from accounts.models import Team, User
from callbacks.hours import Week, weeks_of_each
from callbacks.models import Attempt, Booking, DeskCall, Ring, Slot, SlotPolicy
from clocks.calendars import LONDON
from clocks.working_time import WorkingCalendar
from reports.messages import Period

WEEK, ONE_DAY = timedelta(days=7), timedelta(days=1)
State, Breach, Outcome = Booking.State, Booking.Breach, DeskCall.Outcome

# Name of a figure, its words, and whether it is a part of the one above.
FIGURES = [
    ("offered", "Slots offered", False),
    ("booked", "Calls booked", False),
    ("honoured", "reached", True),
    ("no_answer", "rung, and nobody answered", True),
    ("missed", "missed by us", True),
    ("moved", "moved to another time", True),
    ("cancelled", "called off", True),
    ("to_come", "still to come", True),
    ("outside", "Booked after the standard: no slot in time", False),
    ("colleague", "Booked with a colleague: no slot of the owner’s in time", False),
    ("no_slot", "No slot at all to offer", False),
    ("rings", "Tries to reach a caller", False),
]
DESK_FIGURES = [
    ("calls", "Calls taken", False),
    *((outcome.value, outcome.label.lower(), True) for outcome in Outcome if outcome.value),
    ("unfinished", "not finished", True),
    *((f"gate_{gate.value}", f"Gate: {gate.label}", False) for gate in DeskCall.Gate),
    *(
        (f"{party.value}_{result.value}", f"{party.label}: {result.label.lower()}", False)
        for party in Attempt.Party
        for result in Attempt.Result
    ),
]


def week_of(day: date) -> Period:
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + WEEK - ONE_DAY)


def weeks_until(day: date, number: int) -> list[Period]:
    """``number`` weeks, the one of ``day`` last."""
    last = week_of(day).first
    return [week_of(last - WEEK * back) for back in reversed(range(number))]


# --- Slots and booked calls ------------------------------------------------------------------


def slot_figures(weeks: list[Period], team: Team | None) -> dict[str, list[int]]:
    """Each of FIGURES for each of ``weeks``, of one team's people or of everybody. Four queries.

    A call belongs to the week for which it was booked.
    """
    start, end = weeks[0].moments[0], weeks[-1].moments[1]
    slots = Slot.objects.offered().within(start, end).filter(_of(team, "owner"))
    calls = Booking.objects.filter(_of(team, "owner"), starts_at__gte=start, starts_at__lt=end)
    desk = DeskCall.objects.filter(
        _of_case(team), no_slot=True, started_at__gte=start, started_at__lt=end
    )
    rings = Ring.objects.filter(_of(team, "booking__owner"), at__gte=start, at__lt=end)
    found = _by_week(slots, "period__startswith", {"offered": Count("pk")})
    _merge(found, _by_week(calls, "starts_at", _CALLS))
    _merge(found, _by_week(desk, "started_at", {"no_slot": Count("pk")}))
    _merge(found, _by_week(rings, "at", {"rings": Count("pk")}))
    return _columns(found, weeks, [name for name, _, _ in FIGURES])


_CALLS = {
    "booked": Count("pk"),
    "honoured": Count("pk", filter=Q(state=State.REACHED, missed_at=None)),
    "no_answer": Count("pk", filter=Q(state=State.NO_ANSWER, missed_at=None)),
    # Reached after all is missed all the same.
    "missed": Count("pk", filter=Q(missed_at__isnull=False)),
    "moved": Count("pk", filter=Q(state=State.MOVED, missed_at=None)),
    "cancelled": Count("pk", filter=Q(state=State.CANCELLED, missed_at=None)),
    "to_come": Count("pk", filter=Q(state=State.BOOKED)),
    "outside": Count("pk", filter=Q(breach=Breach.OUTSIDE)),
    "colleague": Count("pk", filter=Q(breach=Breach.COLLEAGUE)),
}


# --- The desk --------------------------------------------------------------------------------


def desk_figures(weeks: list[Period], team: Team | None) -> dict[str, list[int]]:
    """Each of DESK_FIGURES for each of ``weeks``; of a team: calls about its cases. Two queries."""
    start, end = weeks[0].moments[0], weeks[-1].moments[1]
    calls = DeskCall.objects.filter(_of_case(team), started_at__gte=start, started_at__lt=end)
    counts = {"calls": Count("pk"), "unfinished": Count("pk", filter=Q(outcome=""))}
    counts |= {
        outcome.value: Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome if outcome
    }
    counts |= {f"gate_{gate.value}": Count("pk", filter=Q(gate=gate)) for gate in DeskCall.Gate}
    tries = {
        f"{party.value}_{result.value}": Count("pk", filter=Q(party=party, result=result))
        for party in Attempt.Party
        for result in Attempt.Result
    }
    attempts = Attempt.objects.filter(_of_case(team, "call__"), at__gte=start, at__lt=end)
    found = _by_week(calls, "started_at", counts)
    _merge(found, _by_week(attempts, "at", tries))
    return _columns(found, weeks, [name for name, _, _ in DESK_FIGURES])


def resolved_at_once(figures: dict[str, list[int]]) -> list[str]:
    """First-contact resolution a week, "62%": answered or sent on, of all finished calls (H24)."""
    shares = []
    for calls, unfinished, *settled in zip(
        figures["calls"],
        figures["unfinished"],
        figures[Outcome.ANSWERED.value],
        figures[Outcome.SIGNPOSTED.value],
        strict=True,
    ):
        finished = calls - unfinished
        shares.append(f"{round(100 * sum(settled) / finished)}%" if finished else "–")
    return shares


# --- Hours kept ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keeper:
    person: User
    weeks: list[Week]

    @property
    def is_short(self) -> bool:
        return any(week.is_short for week in self.weeks)


def hours_kept(
    people: Collection[User], weeks: list[Period], calendar: WorkingCalendar
) -> list[Keeper]:
    """Whether each keeps the hours of the settings, those who do not first (H35). Six queries.

    ``weeks`` follow one another. Those to come are there too, so that it can be mended before
    it hurts.
    """
    policy, monday = SlotPolicy.current(), weeks[0].first
    kept = weeks_of_each(people, policy, monday, len(weeks), calendar)
    keepers = [Keeper(person, kept[person.pk]) for person in people]
    return sorted(keepers, key=lambda keeper: (not keeper.is_short, keeper.person.full_name))


# --- Counting by week ------------------------------------------------------------------------


def _of(team: Team | None, field: str) -> Q:
    return Q(**{f"{field}__team": team}) if team else Q()


def _of_case(team: Team | None, before: str = "") -> Q:
    return Q(**{f"{before}case__team": team}) if team else Q()


def _week(field: str) -> TruncWeek:
    return TruncWeek(F(field), tzinfo=LONDON)


def _by_week(
    rows: QuerySet[Any], field: str, counts: dict[str, Count]
) -> dict[date, dict[str, int]]:
    counted = rows.annotate(week=_week(field)).values("week").annotate(**counts).order_by()
    return {row.pop("week").date(): row for row in counted}


def _merge(found: dict[date, dict[str, int]], more: dict[date, dict[str, int]]) -> None:
    for week, counts in more.items():
        found[week] = found.get(week, {}) | counts


def _columns(
    found: dict[date, dict[str, int]], weeks: list[Period], names: list[str]
) -> dict[str, list[int]]:
    return {name: [found.get(week.first, {}).get(name, 0) for week in weeks] for name in names}
