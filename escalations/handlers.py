"""Who handles a step: found from the case owner's team, never chosen (H97, H99, H101)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, Team, User
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import OPEN_STATES
from escalations.ladder import Step


def handler_for(step: Step, matter: Contact, involved: Iterable[User], now: datetime) -> User:
    """Who handles ``step`` of the concern about ``matter``, on the day of ``now`` (aware).

    Nobody handles a step about themselves: ``involved`` are those who answered, or did not, on
    the steps before. Then, or when there is nobody, it is the next one up. Leave means cover.
    Raises RuleBroken (``nobody_responsible``).
    """
    about = {person.pk for person in involved}
    for number in range(step, Step.RESOLUTION + 1):
        for person in _of_step(Step(number), matter):
            if person.pk not in about and (able := _or_cover(person, about, now)):
                return able
    raise RuleBroken(
        "Nobody can take this further: no team lead, senior manager or resolution officer is "
        "named. Ask an administrator to name one.",
        "nobody_responsible",
    )


def _of_step(step: Step, matter: Contact) -> list[User]:
    team = _team(matter)
    if step == Step.RESOLUTION:
        return _resolution_team()
    person = team.lead if step == Step.TEAM_LEAD else team.manager
    return [person] if person else []


def _team(matter: Contact) -> Team:
    pk = matter.case.team_id if matter.case else matter.promise.team_id
    return Team.objects.select_related("lead__team", "manager__team").get(pk=pk)


def _resolution_team() -> list[User]:
    """Officers with the fewest open promises first."""
    officers = User.objects.filter(is_active=True, role=Role.RESOLUTION_OFFICER)
    still_open = Count("clocks", filter=Q(clocks__state__in=OPEN_STATES))
    return list(officers.annotate(still_open=still_open).order_by("still_open", "pk"))


def _or_cover(person: User, about: set[int], now: datetime) -> User | None:
    """``person``, or who covers for them today; None when neither can."""
    if not person.is_active:
        return None
    today = now.astimezone(LONDON).date()
    away = Absence.objects.on(today).filter(person=person).select_related("cover__team").first()
    if away is None:
        return person
    cover = away.cover
    # Away without cover it stays theirs: the date is enforced, and the next one up is told.
    if cover is None or not cover.is_active:
        return person
    return None if cover.pk in about else cover
