"""Who answers a team's duty line, and on which days nobody does (H39). Read-only."""

from collections.abc import Iterable
from datetime import date

from accounts.models import Absence, User
from diaries.busy import works_on
from diaries.models import DutyShift


def on_duty(team_ids: Iterable[int], day: date) -> dict[int, list[User]]:
    """Who answers each team's line on the London date ``day``, by team id and name (H27, H39).

    Left out is whoever is away that day, has left, moved to another team, or does not work on
    that weekday. Two queries.
    """
    shifts = DutyShift.objects.filter(team__in=list(team_ids), day=day)
    away = set(Absence.objects.on(day).values_list("person", flat=True))
    answering: dict[int, list[User]] = {}
    for shift in shifts.select_related("person").order_by("person__full_name", "person"):
        if shift.person_id not in away and counts(shift):
            answering.setdefault(shift.team_id, []).append(shift.person)
    return answering


def counts(shift: DutyShift) -> bool:
    """True when the shift's person still works in that team on that weekday."""
    person = shift.person
    return person.is_active and person.team_id == shift.team_id and works_on(person, shift.day)
