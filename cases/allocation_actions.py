"""Who owns a case: allocated, transferred between teams and services, without a gap (H37, E3, E4).

``Case.owner`` and the owner's running involvement always say the same. A hand-over ends the one
involvement and begins the next on the same day; what is owed goes with it, and no date moves.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from accounts.errors import RuleBroken
from accounts.models import CASE_HOLDING_ROLES, Role, Team, User
from cases.actions import let_see
from cases.allocation_messages import messages_about
from cases.models import Case, Contact, FormalMatter, Involvement, RelatedPerson
from clocks.calendars import LONDON
from clocks.handing_over import hand_over
from clocks.models import Clock, ClockQuerySet
from clocks.wording import day_in_words
from notices.actions import tell


@dataclass(frozen=True, kw_only=True)
class Allocated:
    """What an allocation came to; ``to_tell`` are people who have no e-mail address."""

    case: Case
    involvement: Involvement
    carried: list[Clock]
    to_tell: list[RelatedPerson]


def may_allocate(case: Case, user: User) -> bool:
    """True for the leads of the case's team and for senior managers."""
    leads = user.role == Role.TEAM_LEAD and user.team_id == case.team_id
    return leads or case.team.lead_id == user.pk or user.role == Role.SENIOR_MANAGER


def open_promises(case: Case) -> ClockQuerySet:
    """Every open promise about the case and the records merged into it, soonest first."""
    of_case = Q(case=case) | Q(case__merged_into=case)
    contacts = Contact.objects.filter(of_case, clock__isnull=False)
    matters = FormalMatter.objects.filter(contact__in=Contact.objects.filter(of_case))
    about = Q(pk__in=contacts.values("clock")) | Q(pk__in=matters.values("clock"))
    return Clock.objects.open().filter(about).order_by("due_at", "pk")


def carried_with(case: Case) -> ClockQuerySet:
    """The open promises that go with the case: those of whoever answers for it.

    While the owner has left, or there is none, that is the team's lead as well (H17).
    """
    return open_promises(case).filter(_goes_along(case))


def staying_behind(case: Case) -> ClockQuerySet:
    """The open promises that stay with the colleagues who made them."""
    return open_promises(case).exclude(_goes_along(case))


def _goes_along(case: Case) -> Q:
    """What the holders owe, and what somebody owes who has left or can own nothing any more.

    What the resolution team keeps jointly with the case owner stays with them (H110).
    """
    may_have = sorted({*CASE_HOLDING_ROLES, Role.RESOLUTION_OFFICER})
    can_own = Q(owner__is_active=True, owner__role__in=may_have)
    return Q(owner__in=_holders(case)) | ~can_own


def _holders(case: Case) -> list[int]:
    lead = case.team.lead_id if case.responsible != case.owner else None
    return [pk for pk in (case.owner_id, lead) if pk]


def running_ownership(case: Case) -> Involvement | None:
    """The owner's involvement that has not ended."""
    owners = Involvement.objects.filter(case=case, role=Involvement.Role.OWNER, ended_on=None)
    return owners.select_related("worker", "team").first()


@transaction.atomic
def allocate_case(
    *,
    case: Case,
    to: User | None,
    team: Team,
    reason: str,
    on: date,
    by: User,
    now: datetime,
    instead_of: int | None = None,
) -> Allocated:
    """Give the case to ``to`` in ``team`` from local date ``on``, today or earlier (H37, E4).

    Without ``to`` the team's lead holds it. Open promises of whoever answered for the case go
    along with their dates; old and new owner are told, and, when the person or the service is
    another, the family and the senders of what is open. ``instead_of`` is the id of the owner's
    involvement that ``by`` saw (0: there was none); the same allocation sent twice is one.

    Raises RuleBroken (``may_not_allocate``, ``merged``, ``reason_missing``, ``may_not_own``,
    ``nobody_to_hold``, ``future``, ``before_start``, ``changed_meanwhile``, ``no_change``).
    """
    case = _held(case)
    to = to or _lead_of(team)
    current = running_ownership(case)
    _refuse_who(case, to, by)
    if done := _second_click(case, current, to, team, instead_of):
        return Allocated(case=case, involvement=done, carried=[], to_tell=[])
    _refuse_stale(case, current, to, team, instead_of)
    _refuse_reason_and_day(case, current, reason, on, now)
    carried = list(carried_with(case))
    old_owner, old_team = case.owner, case.team
    started = _follow(case, current, to, team, on, reason.strip())
    if team.lead and team.lead.is_active:
        # Who stands in for the owner has to see a restricted case too.
        let_see(case, team.lead)
    passed = hand_over(clocks=carried, to=to, team=team, reason=reason, by=by, now=now)
    known = old_owner == to and old_team.service == team.service
    told = messages_about(
        started, before=(old_owner, old_team), passed=passed, outside=not known, by=by, now=now
    )
    tell(told.messages, now=now)
    return Allocated(case=case, involvement=started, carried=carried, to_tell=told.without_address)


def _held(case: Case) -> Case:
    """The case as it stands now, held: two people come one after the other, and a new contact
    finds the owner of before or of after."""
    # Held first and read afterwards (docs/decisions/0014).
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    return Case.objects.select_related("person", "owner", "team__lead").get(pk=case.pk)


def _lead_of(team: Team) -> User:
    if team.lead and team.lead.can_own:
        return team.lead
    raise RuleBroken(
        f"{team} has no lead who could hold it. Choose a person.", "nobody_to_hold", field="to"
    )


def _refuse_who(case: Case, to: User, by: User) -> None:
    if not may_allocate(case, by):
        raise RuleBroken(
            f"{case.reference} is allocated by the lead of {case.team} or a senior manager.",
            "may_not_allocate",
        )
    if case.merged_into_id:
        raise RuleBroken(f"{case.reference} is part of another record now.", "merged")
    if not to.can_own:
        raise RuleBroken(f"{to} cannot own a case.", "may_not_own", field="to")


def _second_click(
    case: Case, current: Involvement | None, to: User, team: Team, instead_of: int | None
) -> Involvement | None:
    """The involvement that runs, when the form was sent before and did exactly this."""
    as_asked = (case.owner_id, case.team_id) == (to.pk, team.pk)
    if current and instead_of not in (None, current.pk) and as_asked:
        return current
    return None


def _refuse_stale(
    case: Case, current: Involvement | None, to: User, team: Team, instead_of: int | None
) -> None:
    if instead_of is not None and instead_of != (current.pk if current else 0):
        raise RuleBroken(
            f"Meanwhile {case.reference} was allocated to {case.owner or 'nobody'} in "
            f"{case.team}. To change that, press the button again.",
            "changed_meanwhile",
        )
    if current and (case.owner_id, case.team_id) == (to.pk, team.pk):
        raise RuleBroken(f"{to} in {team} has it already.", "no_change", field="to")


def _refuse_reason_and_day(
    case: Case, current: Involvement | None, reason: str, on: date, now: datetime
) -> None:
    if not reason.strip():
        raise RuleBroken(
            "Give a reason: it is kept with the case.", "reason_missing", field="reason"
        )
    if on > now.astimezone(LONDON).date():
        raise RuleBroken("The day must be today or in the past.", "future", field="on")
    earliest = current.started_on if current else _last_end(case)
    if on < earliest:
        raise RuleBroken(
            f"The day must be {day_in_words(earliest)} or later: before it there is an owner.",
            "before_start",
            field="on",
        )


def _last_end(case: Case) -> date:
    """The day on which the last owner's involvement ended; the day of birth when there was none."""
    owners = Involvement.objects.filter(case=case, role=Involvement.Role.OWNER)
    ended = owners.order_by("-ended_on").values_list("ended_on", flat=True).first()
    return ended or case.person.date_of_birth


def _follow(
    case: Case, current: Involvement | None, to: User, team: Team, on: date, reason: str
) -> Involvement:
    """End the one involvement and begin the next on the same day, and say so on the case."""
    if current:
        current.ended_on = on
        current.save(update_fields=["ended_on"])
    case.owner, case.team = to, team
    case.save(update_fields=["owner", "team"])
    return Involvement.objects.create(
        case=case,
        worker=to,
        role=Involvement.Role.OWNER,
        team=team,
        started_on=on,
        reason=reason[:300],
    )
