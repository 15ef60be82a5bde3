"""Who looks after the plans of a school or an area, and who is above them (H96, H98).

Read from what administrators keep (directory_models.Remit), never from cases: nobody learns here
whether there is a child or a plan. Staff only, and of them only what the council publishes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q

from accounts.models import Absence, Team, User
from accounts.profile import number_waits
from callbacks.shown_call import any_duty_line
from cases.folding import folded
from cases.models import Area, Establishment
from escalations.models import DirectoryPolicy, Remit, listed_schools

Kind = Establishment.Kind
PHASES = (Remit.Phase.EARLY_YEARS, Remit.Phase.PRIMARY, Remit.Phase.SECONDARY, Remit.Phase.LATER)
# What is taught there; elsewhere it may be any age.
TAUGHT = {
    Kind.EARLY_YEARS: PHASES[:1],
    Kind.PRIMARY: PHASES[:2],
    Kind.SECONDARY: PHASES[2:],
    Kind.COLLEGE: PHASES[3:],
}

MOST_FOUND = 20
MOST_WORDS = 8
# How much of a name has to be alike when no school has all the words.
NEAR = 0.5
# Written in two ways.
ALSO = {"saint": "st", "st": "saint"}


@dataclass(frozen=True)
class Where:
    """A place of education, or the area in which a child is who is at none."""

    area: Area | None
    school: Establishment | None = None

    @property
    def name(self) -> str:
        return self.school.name if self.school else self.area.name if self.area else ""

    @property
    def phases(self) -> Sequence[Remit.Phase]:
        return TAUGHT.get(Kind(self.school.kind), PHASES) if self.school else PHASES


@dataclass(frozen=True)
class Shown:
    """Somebody as the public may reach them; without a number they vouch for there is none."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Line:
    """One who is asked: without ``person`` it is the team. ``away`` never says why."""

    part: str = ""
    person: Shown | None = None
    away: bool = False
    cover: Shown | None = None

    @property
    def number(self) -> str:
        """Their own, or that of whoever covers for them; "" where the team is rung."""
        who = self.cover if self.away else self.person
        return who.phone if who else ""


@dataclass(frozen=True)
class OfTeam:
    """A team, who in it looks after the place, and who is asked next."""

    name: str
    duty_line: str
    coordinators: list[Line] = field(default_factory=list)
    lead: Line | None = None
    # Above the lead, for those whose coordinator the lead is.
    manager: Line | None = None

    @property
    def each_has_a_number(self) -> bool:
        """The duty line is for when nobody picks up, and not the one way to ring them."""
        return all(line.number for line in self.coordinators)


@dataclass(frozen=True)
class Known:
    """What one answer needs to know of the staff, read once."""

    today: date
    named: bool
    absences: dict[int, Absence]
    general_line: str


# --- Which place ----------------------------------------------------------------------------


def find_schools(text: str) -> list[Establishment]:
    """Places whose name or town has every word of ``text``, or that are written like it.

    One more than MOST_FOUND when there are more. Two queries at most.
    """
    words = [word for word in folded(text).split() if word != "the"][:MOST_WORDS]
    if not words:
        return []
    rows = listed_schools()
    for word in words:
        rows = rows.filter(_has(word))
    exact = list(rows.order_by("name", "pk")[: MOST_FOUND + 1])
    return exact or _written_like(" ".join(words))


def _has(word: str) -> Q:
    either = Q(folded_name__contains=f" {word}") | Q(town__icontains=word)
    return either | Q(folded_name__contains=f" {ALSO[word]} ") if word in ALSO else either


def _written_like(text: str) -> list[Establishment]:
    near = listed_schools().annotate(near=TrigramWordSimilarity(text, "folded_name"))
    return list(near.filter(near__gte=NEAR).order_by("-near", "name", "pk")[:MOST_FOUND])


def areas_with_towns() -> list[tuple[Area, str]]:
    """Every area and the towns of its schools, in words. Two queries."""
    pairs = listed_schools().exclude(town="").order_by("town").values_list("area", "town")
    towns: dict[int, list[str]] = {}
    for area, town in pairs.distinct():
        towns.setdefault(area, []).append(town)
    return [(area, ", ".join(towns.get(area.pk, []))) for area in Area.objects.order_by("name")]


# --- Who looks after it ---------------------------------------------------------------------


def remits_of(where: Where) -> list[Remit]:
    """Everything that may hold there, of people and teams that are at work. Two queries."""
    found = list(Remit.objects.about(where.area, where.school))
    teams = {team.pk for remit in found if (team := team_of(remit))}
    at_work = User.objects.filter(is_active=True, team__in=teams).order_by()
    active = set(at_work.values_list("team", flat=True).distinct())
    return [remit for remit in found if (team := team_of(remit)) and team.pk in active]


def team_of(remit: Remit) -> Team | None:
    return remit.person.team if remit.person else remit.team


def phases_to_ask(where: Where, remits: list[Remit]) -> Sequence[Remit.Phase]:
    """The phases between which somebody has to choose; none when they make no difference."""
    answers = {frozenset(map(_whose, closest(where, phase, remits))) for phase in where.phases}
    return where.phases if len(answers) > 1 else ()


def _whose(remit: Remit) -> tuple[int | None, int | None, str]:
    return remit.person_id, remit.team_id, remit.part


def closest(where: Where, phase: Remit.Phase, remits: list[Remit]) -> list[Remit]:
    """Those that say most about it: the school before the area before the whole council, and a
    phase before every age."""
    held: dict[tuple[bool, bool, bool], list[Remit]] = {}
    for remit in remits:
        if remit.phase in (phase, Remit.Phase.ANY):
            of_school, of_area = remit.establishment_id is not None, remit.area_id is not None
            held.setdefault((of_school, of_area, remit.phase == phase), []).append(remit)
    return held[max(held)] if held else []


def answer(remits: list[Remit], today: date) -> list[OfTeam]:
    """The teams of ``remits`` and whom to ask in them on local date ``today``, by name.

    Three queries, however many there are.
    """
    known = _known(remits, today)
    teams: dict[int, tuple[Team, list[Remit]]] = {}
    for remit in remits:
        if team := team_of(remit):
            teams.setdefault(team.pk, (team, []))[1].append(remit)
    shown = [_of_team(team, theirs, known) for team, theirs in teams.values()]
    return sorted(shown, key=lambda team: team.name)


def _known(remits: list[Remit], today: date) -> Known:
    teams = [team for remit in remits if (team := team_of(remit))]
    people = {pk for team in teams for pk in (team.lead_id, team.manager_id)}
    people |= {remit.person_id for remit in remits}
    ids = {pk for pk in people if pk}
    covers = Absence.objects.on(today).filter(person__in=ids).values("cover")
    away = Absence.objects.on(today).filter(Q(person__in=ids) | Q(person__in=covers))
    return Known(
        today=today,
        named=DirectoryPolicy.current().names == DirectoryPolicy.Names.PEOPLE,
        absences={absence.person_id: absence for absence in away.select_related("cover")},
        general_line=any_duty_line(),
    )


def _of_team(team: Team, remits: Iterable[Remit], known: Known) -> OfTeam:
    lines = [_line(remit.person, known, remit.part) for remit in remits]
    # Where nobody is named, what divides the work says nothing.
    lines = lines if known.named else [Line()]
    owners = {remit.person_id for remit in remits}
    lead, manager = _next(team.lead, known), None
    if lead is None or (known.named and team.lead_id in owners):
        manager = _next(team.manager, known)
    return OfTeam(
        name=team.name,
        duty_line=team.duty_line or known.general_line,
        coordinators=list(dict.fromkeys(lines)),
        lead=lead,
        manager=manager,
    )


def _next(person: User | None, known: Known) -> Line | None:
    """The lead or the manager; None when there is none who could answer."""
    return _line(person, known) if person and person.can_own else None


def _line(person: User | None, known: Known, part: str = "") -> Line:
    shown = _shown(person, known)
    if person is None or shown is None:
        return Line(part)
    away = known.absences.get(person.pk)
    if away is None:
        return Line(part, shown)
    cover = None if away.cover_id in known.absences else _shown(away.cover, known)
    # What is sent to them now waits until they are back.
    return Line(part, replace(shown, phone="", email=""), away=True, cover=cover)


def _shown(person: User | None, known: Known) -> Shown | None:
    """None for who has left, holds no cases or is not to be named."""
    if person is None or not person.can_own or person.unlisted or not known.named:
        return None
    phone = "" if number_waits(person, known.today) else person.phone
    return Shown(person.full_name, person.email, phone)
