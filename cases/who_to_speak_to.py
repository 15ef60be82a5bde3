"""Who looks after a case, since when, and how to reach them: for the pages of a case (H4, E3).

Everybody named is a link to the directory, so that owner, team lead and senior manager are two
clicks away from any case. Nobody is left out because of a missing number: it is said plainly.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from accounts.models import Absence, Role, User
from cases.allocation_actions import may_allocate
from cases.involvement_actions import MAY_KEEP
from cases.models import Case, Involvement, LeadProfessional, LeadTelling
from clocks.calendars import LONDON
from clocks.working_time import WorkingCalendar
from diaries.availability import Availability, takes_calls
from notices.models import Notice


@dataclass
class Reachable:
    """One line: what somebody is to the case. Without a ``person``, ``nobody`` says so."""

    label: str
    person: User | None
    nobody: str = "None yet"
    since: date | None = None
    away: Absence | None = None
    # Whether they take calls now, said of the owner alone (H40, H41).
    calls: Availability | None = None


@dataclass(frozen=True)
class SpeakTo:
    """What templates/cases/_who_to_speak_to.html shows."""

    case: Case
    people: list[Reachable]
    # Since when the case is with this team and with this service, when that is known.
    team_since: date | None
    service_since: date | None
    # Who answers while the owner cannot; None when the owner does, or nobody.
    stands_in: User | None
    may_allocate: bool
    may_see_work: bool


def who_to_speak_to(
    case: Case, user: User, now: datetime, calendar: WorkingCalendar | None
) -> SpeakTo:
    """The people of ``case`` (with_people), as ``user`` may see them at ``now`` (aware).

    Eight queries, however long the case has been with us; three where nobody owns it.
    """
    today = now.astimezone(LONDON).date()
    owned = _ownerships(case)
    lead = LeadProfessional.objects.in_force().filter(case=case).select_related("user").first()
    people = [
        Reachable(
            "Case owner",
            case.owner,
            since=_since(owned, "worker_id", case.owner_id),
            calls=_takes_calls(case.owner, now, calendar),
        ),
        Reachable("Team lead", case.team.lead),
        Reachable("Senior manager", case.team.manager),
    ]
    if lead:
        named = lead.in_force_at.astimezone(LONDON).date() if lead.in_force_at else None
        people.insert(0, Reachable("Lead professional", lead.user, since=named))
    _note_absences(people, today)
    owner_answers = case.owner is not None and case.owner.can_own
    return SpeakTo(
        case=case,
        people=people,
        team_since=_since(owned, "team_id", case.team_id),
        service_since=_since_service(owned, case),
        stands_in=None if owner_answers else case.responsible,
        may_allocate=may_allocate(case, user),
        may_see_work=sees_work(user),
    )


# Said already, in more words, beside the name and the number.
SAID_BESIDE = {"left", "leave", "no_number"}


def _takes_calls(
    owner: User | None, now: datetime, calendar: WorkingCalendar | None
) -> Availability | None:
    """Whether the owner takes calls at ``now``; five queries (H40, H41)."""
    if owner is None:
        return None
    found = takes_calls([owner], now, calendar)[owner.pk]
    return None if found.code in SAID_BESIDE else found


def sees_work(user: User) -> bool:
    """Advisers see who to speak to, not the reasons that staff write (H22)."""
    return user.role != Role.CSC_ADVISER


def _ownerships(case: Case) -> list[Involvement]:
    """The owner's involvements, newest first."""
    owners = Involvement.objects.filter(case=case, role=Involvement.Role.OWNER)
    return list(owners.select_related("team").order_by("-started_on", "-pk"))


def _since(owned: list[Involvement], name: str, value: int | None) -> date | None:
    """The first day of the unbroken run, up to now, in which ``name`` was ``value``."""
    return _run(owned, lambda one: getattr(one, name) == value)


def _since_service(owned: list[Involvement], case: Case) -> date | None:
    return _run(owned, lambda one: one.team.service == case.team.service)


def _run(owned: list[Involvement], same: Any) -> date | None:
    begun: date | None = None
    for one in owned:
        unbroken = one.ended_on is None if begun is None else one.ended_on == begun
        if not (unbroken and same(one)):
            break
        begun = one.started_on
    return begun


def _note_absences(people: list[Reachable], today: date) -> None:
    """Who is away today, and who covers; one query."""
    keys = {row.person.pk for row in people if row.person}
    away = Absence.objects.on(today).filter(person__in=keys).select_related("cover")
    by_person = {absence.person_id: absence for absence in away}
    for row in people:
        row.away = by_person.get(row.person.pk) if row.person else None


# --- Everybody who works on it --------------------------------------------------------------


@dataclass(frozen=True)
class AtWork:
    """What templates/cases/_involvements.html shows."""

    case: Case
    current: list[Involvement]
    ended: list[Involvement]
    may_keep: bool


def at_work(case: Case, user: User, today: date) -> AtWork:
    """Who works on the case on local date ``today`` or will, and who did. One query."""
    everybody = list(
        Involvement.objects.filter(case=case)
        .select_related("worker", "team")
        .order_by("-started_on", "-pk")
    )
    current = [one for one in everybody if one.ended_on is None or one.ended_on > today]
    return AtWork(
        case=case,
        current=current,
        ended=[one for one in everybody if one not in current],
        may_keep=user.role in MAY_KEEP,
    )


# --- The lead professional ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Somebody to be told of a proposal, and what has become of it (aware ``told_at``)."""

    pk: int
    name: str
    told_at: datetime | None
    told_by: User | None
    by_mail: bool
    to_staff: bool
    # The e-mail was given up: somebody has to tell them.
    failed: bool


@dataclass
class Leading:
    """What templates/cases/_lead_professional.html shows."""

    case: Case
    in_force: LeadProfessional | None = None
    proposed: LeadProfessional | None = None
    # The people to be told of the proposal.
    tellings: list[Telling] = field(default_factory=list)
    may_decide: bool = False
    may_tick: bool = False


def leading(case: Case, user: User) -> Leading:
    """The lead professional of the case and the one proposed: at most three queries."""
    found = Leading(case=case, may_decide=may_allocate(case, user), may_tick=user.role in MAY_KEEP)
    for lead in LeadProfessional.objects.filter(case=case, ended_at=None).select_related(
        "user", "named_by"
    ):
        if lead.in_force_at:
            found.in_force = lead
        else:
            found.proposed = lead
    if found.proposed:
        found.tellings = _with_state(found.proposed)
    return found


def _with_state(lead: LeadProfessional) -> list[Telling]:
    """The people to be told, with what became of their e-mails."""
    rows = list(lead.tellings.select_related("told_by"))
    keys = [row.notice_key for row in rows if row.notice_key]
    notices = {notice.key: notice for notice in Notice.objects.filter(key__in=keys)}
    return [_telling(row, notices.get(row.notice_key)) for row in rows]


def _telling(row: LeadTelling, notice: Notice | None) -> Telling:
    return Telling(
        pk=row.pk,
        name=row.name,
        told_at=row.told_at or (notice.sent_at if notice else None),
        told_by=row.told_by,
        by_mail=notice is not None,
        to_staff=notice is not None and notice.recipient_id is not None,
        failed=notice is not None and notice.mail == Notice.Mail.FAILED,
    )
