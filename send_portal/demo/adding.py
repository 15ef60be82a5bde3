"""Diaries and concerns for a demonstration that was loaded before there were any."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random

from django.db import connection, transaction

from accounts.models import Role, Team, User
from callbacks.models import Pattern
from clocks.calendars import council_calendar
from clocks.enforcement import breach_batch, warn_batch
from diaries.models import Block, DutyShift, ProtectedTime
from escalations.models import Complaint, DeskEntry, Escalation, Learning, Submission, ThemeAction
from notices.models import Notice
from send_portal.demo.agenda import Agenda
from send_portal.demo.concerns import Concerns, has_somebody
from send_portal.demo.copying import advance_sequence, first_free_id
from send_portal.demo.diaries import MODELS, Diaries
from send_portal.demo.diary import working_days
from send_portal.demo.later import Happening, Later
from send_portal.demo.staff import DOMAIN, WELL_KNOWN, Office, Staff
from send_portal.demo.upcoming import Upcoming

KEPT_BY_HAND = (Pattern, ProtectedTime, Block, DutyShift)
TAKEN_FURTHER = (Submission, Escalation, DeskEntry, Complaint, Learning, ThemeAction)


@transaction.atomic
def add_diaries(*, seed: int, now: datetime) -> bool:
    """Give the demonstration's staff diaries and slots, and its coordinator calls to make.

    False, and nothing is written, when the staff are not the demonstration's or somebody has
    begun to keep diaries: what people entered is never mixed with inventions.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Pattern._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    staff = _staff()
    if staff is None or any(model._default_manager.exists() for model in KEPT_BY_HAND):
        return False
    rng = Random(f"{seed}:diaries")  # noqa: S311 (invented data, nothing secret)
    diaries = Diaries(rng, staff, calendar=council_calendar(), ends=now)
    diaries.store()
    agenda = Agenda(diaries)
    agenda.store()
    for model in MODELS:
        advance_sequence(model)
    _fill_her_day(Upcoming(rng, staff.well_known_coordinator, ends=now, now=now))
    return True


def _fill_her_day(upcoming: Upcoming) -> None:
    with _nothing_mailed():
        upcoming.book(upcoming.now)


@contextmanager
def _nothing_mailed() -> Iterator[None]:
    """What is invented is in people's notices and goes to no mailbox."""
    first, waiting = first_free_id(Notice), len(connection.run_on_commit)
    yield
    del connection.run_on_commit[waiting:]
    Notice.objects.filter(pk__gte=first).update(mail=Notice.Mail.NONE, next_try_at=None)


@transaction.atomic
def add_concerns(*, seed: int, now: datetime) -> bool:
    """Let the demonstration's families take concerns further in the weeks before ``now`` (aware).

    False, and nothing is written, when the staff are not the demonstration's, when nobody is
    there to handle a step, or when there is a concern, a complaint or a lesson already.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Submission._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    staff = _staff()
    if staff is None or not has_somebody(staff):
        return False
    if any(model._default_manager.exists() for model in TAKEN_FURTHER):
        return False
    # What is due by now is not of our making: it is told as ever.
    _enforce(now)
    with _nothing_mailed():
        _play_concerns(Random(f"{seed}:concerns"), staff, now)  # noqa: S311 (invented data)
    return True


def _play_concerns(rng: Random, staff: Staff, now: datetime) -> None:
    later = Later()

    def then(at: datetime, happening: Happening) -> None:
        def after_what_was_due(moment: datetime) -> None:
            _enforce(moment)
            happening(moment)

        later.add(at, after_what_was_due)

    days = working_days(council_calendar(), now)
    Concerns(rng, staff, days=days, ends=now, now=now, then=then).plan(set())
    later.until(now)


def _enforce(now: datetime) -> None:
    while breach_batch(now=now):
        pass
    while warn_batch(now=now):
        pass


def _staff() -> Staff | None:
    """Those who work for the demonstration now, the well-known coordinator first."""
    people = User.objects.filter(is_active=True, email__endswith=f"@{DOMAIN}").order_by("pk")
    by_id = {person.pk: person for person in people.select_related("team")}
    found = [_office(team, list(by_id.values())) for team in Team.objects.select_related("lead")]
    offices = [office for office in found if office]
    known = WELL_KNOWN[Role.COORDINATOR]
    offices.sort(
        key=lambda office: (all(p.email != known for p in office.coordinators), office.team.pk)
    )
    if not offices:
        return None
    offices[0].coordinators.sort(key=lambda person: (person.email != known, person.pk))
    staff = Staff(offices, [[] for _ in offices], by_id)
    return staff if staff.well_known_coordinator.email == known else None


def _office(team: Team, people: list[User]) -> Office | None:
    """The team as the demonstration knows it; None for one that lacks somebody."""
    theirs = [person for person in people if person.team_id == team.pk]

    def of(role: Role) -> list[User]:
        return [person for person in theirs if person.role == role]

    coordinators, support = of(Role.COORDINATOR), of(Role.BUSINESS_SUPPORT)
    officers = of(Role.PLACEMENT_OFFICER)
    if not (team.lead and coordinators and support and officers):
        return None
    return Office(team, team.lead, officers[0], support, coordinators)
