"""Who is away, who covers, and whether those who cover are there themselves (H62). Read-only."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from accounts.absence_forms import may_be_entered_by
from accounts.actions import ABSENCE_KEEPERS
from accounts.models import Absence, AbsenceQuerySet, User
from callbacks.stranded import with_calls
from clocks.wording import day_in_words


@dataclass(frozen=True)
class Listed:
    """One absence on the list; ``cover_away`` are days on which whoever covers is away too.

    Whoever ``keeps`` it may end it; they, the lead and whoever covers move its calls (``moves``).
    """

    absence: Absence
    keeps: bool
    moves: bool
    cover_away: list[str] = field(default_factory=list)


def listed_for(user: User, today: date) -> list[Listed]:
    """Absences of ``today`` and later that ``user`` may know of: of their team, of those for whom
    they cover, and all that they may enter. A fixed number of queries."""
    kept = may_be_entered_by(user)
    known = Q(person__in=kept) | Q(cover=user) | Q(person=user)
    if user.team_id is not None:
        known |= Q(person__team=user.team_id, person__is_active=True)
    found = with_calls(Absence.objects.filter(known, last_day__gte=today))
    absences = list(found.select_related("person__team", "cover"))
    keeps = set(kept.values_list("pk", flat=True))
    away = covers_away(absences)
    return [
        Listed(
            absence=one,
            keeps=one.person_id in keeps,
            moves=one.person_id in keeps or one.cover_id == user.pk or _leads(user, one.person),
            cover_away=[days_in_words(theirs) for theirs in away[one.pk]],
        )
        for one in absences
    ]


def whose_absences(user: User) -> str:
    """Whose absences the list of ``user`` has, in words."""
    if user.role in ABSENCE_KEEPERS:
        return "everybody"
    team = f"your team, {user.team}, and" if user.team else "yourself and"
    return f"{team} those whose answers you look after"


def covers_away(absences: Collection[Absence]) -> dict[int, list[Absence]]:
    """Leave of whoever covers that meets the days of each absence, by its id. One query."""
    covers = {one.cover_id for one in absences if one.cover_id}
    theirs = list(Absence.objects.filter(person__in=covers).select_related("person", "cover__team"))
    return {
        one.pk: [other for other in theirs if other.person_id == one.cover_id and _meet(one, other)]
        for one in absences
    }


def covered_meanwhile(absence: Absence) -> AbsenceQuerySet:
    """Absences, on these days, of those whose answers whoever is away looks after."""
    return Absence.objects.filter(
        cover=absence.person_id,
        first_day__lte=absence.last_day,
        last_day__gte=absence.first_day,
    ).select_related("person")


def days_in_words(absence: Absence) -> str:
    """ "on Tuesday 3 November 2026" or "from Tuesday … to Wednesday …"."""
    first, last = day_in_words(absence.first_day), day_in_words(absence.last_day)
    return f"on {first}" if first == last else f"from {first} to {last}"


def instead_of(theirs: Absence, absence: Absence) -> str:
    """Who covers for the cover of ``absence`` on the days of ``theirs``; or nothing."""
    cover = theirs.cover
    return f" {cover} covers for {theirs.person}." if cover and cover != absence.person else ""


def _meet(one: Absence, other: Absence) -> bool:
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def _leads(user: User, person: User) -> bool:
    return person.team is not None and person.team.lead_id == user.pk
