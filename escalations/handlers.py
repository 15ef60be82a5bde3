"""Who handles a step: found from the case owner's team, never chosen (H97, H99, H101)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, Team, User
from cases.actions import MAY_ANSWER
from cases.models import Case, Contact
from clocks.calendars import LONDON
from clocks.models import OPEN_STATES
from escalations.ladder import Step


def handler_for(step: Step, matter: Contact, involved: Iterable[User], now: datetime) -> User:
    """Who handles ``step`` of the concern about ``matter``, on the day of ``now`` (aware).

    Nobody handles a step about themselves: ``involved`` are those who answered, or did not, on
    the steps before. Then, or when there is nobody, it is the next one up, and at the very end
    any senior manager. Leave means cover. Raises RuleBroken (``nobody_responsible``).
    """
    if found := _first_able(_upwards(step, matter), involved, matter, now):
        return found
    raise RuleBroken(
        "Nobody can take this further: no team lead, senior manager or resolution officer is "
        "named. Ask an administrator to name one.",
        "nobody_responsible",
    )


@dataclass(frozen=True)
class Found:
    """Who has a step. ``is_concerned`` when nobody was left whom it is not about."""

    person: User
    is_concerned: bool = False


def somebody_for(
    step: Step, matter: Contact, involved: Iterable[User], answered: Iterable[User], now: datetime
) -> Found | None:
    """As :func:`handler_for`, but the public is never refused (docs/decisions/0026).

    When nobody is left whom it is not about, the least involved have it: those who have not
    ``answered`` yet, the resolution team first. None when there is nobody further to ask: an
    answer of the resolution team, or of everybody there is, ends the ladder.
    """
    if found := _first_able(_upwards(step, matter), involved, matter, now):
        return Found(found)
    answered = list(answered)
    if any(person.role == Role.RESOLUTION_OFFICER for person in answered):
        return None
    found = _first_able(_everybody(matter), answered, matter, now)
    return Found(found, is_concerned=True) if found else None


def desk_officer(matter: Contact, involved: Iterable[User], now: datetime) -> User:
    """Who has something on the resolution desk: one whom it is not about, if there is one.

    They see to it that it is answered, by somebody else where it is about them.
    """
    if found := _first_able(_upwards(Step.RESOLUTION, matter), involved, matter, now):
        return found
    return _first_able(_everybody(matter), (), matter, now) or matter.promise.owner


def _first_able(
    people: Iterable[User], involved: Iterable[User], matter: Contact, now: datetime
) -> User | None:
    """The first of ``people``, or their cover, who may see it and is none of those ``involved``."""
    about = {person.pk for person in involved}
    for person in people:
        able = None if person.pk in about else or_cover(person, about, now)
        if able and may_see(able, matter):
            return able
    return None


def may_see(person: User, matter: Contact) -> bool:
    """Whether ``person`` may open it. Whoever has it is named on its case; of no case yet, only
    those of its team and of the whole service do."""
    if matter.case_id:
        return True
    return Contact.objects.visible_to(person).filter(pk=matter.pk).exists()


def case_of(matter: Contact) -> Case | None:
    """The case that ``matter`` belongs to: the kept one, when its own was merged (H67)."""
    case = matter.case
    return case.merged_into or case if case else None


def team_of(matter: Contact) -> Team:
    """The team that looks after the case; while nobody knows the child, whose the promise is."""
    case = case_of(matter)
    pk = case.team_id if case else matter.promise.team_id
    return Team.objects.select_related("lead__team", "manager__team").get(pk=pk)


# Whose role fits a step; when nobody of it is left, the next one up.
ROLES_UPWARDS = {
    Step.TEAM_LEAD: (Role.TEAM_LEAD, Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER),
    Step.SENIOR_MANAGER: (Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER),
    Step.RESOLUTION: (Role.RESOLUTION_OFFICER, Role.SENIOR_MANAGER),
}


def colleagues_for(step: Step, about: Iterable[User]) -> list[User]:
    """To whom ``step`` may be given, by name: never one of those whom it is ``about``."""
    besides = {person.pk for person in about}
    for role in ROLES_UPWARDS[step]:
        fit = User.objects.filter(is_active=True, role=role).exclude(pk__in=besides)
        if found := list(fit.select_related("team").order_by("full_name", "pk")):
            return found
    return []


def _upwards(step: Step, matter: Contact) -> Iterator[User]:
    """Those who may be asked, in order."""
    team = team_of(matter)
    if step <= Step.TEAM_LEAD and team.lead:
        yield team.lead
    if step <= Step.SENIOR_MANAGER and team.manager:
        yield team.manager
    yield from _least_busy(Role.RESOLUTION_OFFICER)
    yield from _least_busy(Role.SENIOR_MANAGER)


def _everybody(matter: Contact) -> Iterator[User]:
    """Everybody who could have a step at all, the least involved first."""
    yield from _least_busy(Role.RESOLUTION_OFFICER)
    yield from _least_busy(Role.SENIOR_MANAGER)
    team = team_of(matter)
    yield from filter(None, (team.manager, team.lead, matter.promise.owner))


def _least_busy(role: Role) -> list[User]:
    """Everybody with ``role``, those with the fewest open promises first."""
    people = User.objects.filter(is_active=True, role=role).select_related("team")
    still_open = Count("clocks", filter=Q(clocks__state__in=OPEN_STATES))
    return list(people.annotate(still_open=still_open).order_by("still_open", "pk"))


def or_cover(person: User, about: set[int], now: datetime) -> User | None:
    """``person``, or who covers for them on the day of ``now`` (aware); None when neither can.

    ``about`` are the ids of those whom it is about: none of them covers (H62, H91).
    """
    if not _answers(person):
        return None
    today = now.astimezone(LONDON).date()
    absences = Absence.objects.on(today)
    away = absences.filter(person=person).select_related("cover__team").first()
    if away is None:
        return person
    cover = away.cover
    # Away without cover it stays theirs: the date is enforced, and the next one up is told.
    if cover is None or not _answers(cover) or absences.filter(person=cover).exists():
        return person
    return None if cover.pk in about else cover


def _answers(person: User) -> bool:
    """They work here, in a role that may say something to a sender."""
    return person.is_active and person.role in MAY_ANSWER
