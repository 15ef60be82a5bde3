"""Who else works on a case, from when to when (H37).

The part of the owner is in cases.allocation_actions.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.models import Case, Involvement
from clocks.wording import day_in_words

# Who keeps the list, and who can be on it.
MAY_KEEP = frozenset(
    {
        Role.BUSINESS_SUPPORT,
        Role.COORDINATOR,
        Role.PLACEMENT_OFFICER,
        Role.TEAM_LEAD,
        Role.SENIOR_MANAGER,
    }
)
WORKERS = MAY_KEEP | {Role.RESOLUTION_OFFICER}
OTHER_ROLES = [role for role in Involvement.Role if role != Involvement.Role.OWNER]


@transaction.atomic
def add_involvement(
    *,
    case: Case,
    worker: User,
    role: Involvement.Role,
    started_on: date,
    ended_on: date | None,
    by: User,
    now: datetime,
    reason: str = "",
) -> Involvement:
    """Write down that ``worker`` has a part in the case from ``started_on`` until ``ended_on``.

    Local dates; the last day is the first without them. The same sent twice is one. Raises
    RuleBroken (``may_not_keep``, ``merged``, ``owner_by_allocation``, ``may_not_work``,
    ``backwards``, ``overlap``).
    """
    _refuse(by, role)
    # Two people adding the same worker come one after the other.
    case = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case.pk)
    if case.merged_into_id:
        raise RuleBroken(f"{case.reference} is part of another record now.", "merged")
    if not worker.is_active or worker.role not in WORKERS:
        raise RuleBroken(f"{worker} does not work on cases.", "may_not_work", field="worker")
    if ended_on and ended_on < started_on:
        raise RuleBroken("The end must not be before the start.", "backwards", field="ended_on")
    if same := _overlapping(case, worker, role, started_on, ended_on):
        if (same.started_on, same.ended_on) == (started_on, ended_on):
            return same
        raise RuleBroken(
            f"{worker} already has this part from {day_in_words(same.started_on)}.",
            "overlap",
            field="worker",
        )
    return Involvement.objects.create(
        case=case,
        worker=worker,
        role=role,
        team=worker.team or case.team,
        started_on=started_on,
        ended_on=ended_on,
        reason=reason.strip()[:300],
    )


def _overlapping(
    case: Case, worker: User, role: Involvement.Role, started_on: date, ended_on: date | None
) -> Involvement | None:
    same = Involvement.objects.filter(case=case, worker=worker, role=role)
    same = same.filter(Q(ended_on=None) | Q(ended_on__gt=started_on))
    return (same.filter(started_on__lt=ended_on) if ended_on else same).first()


@transaction.atomic
def end_involvement(*, involvement: Involvement, on: date, by: User, now: datetime) -> Involvement:
    """End somebody's part on local date ``on``, the first day without them.

    Raises RuleBroken (``may_not_keep``, ``owner_by_allocation``, ``backwards``,
    ``already_ended``).
    """
    locked = Involvement.objects.select_for_update(of=("self",)).get(pk=involvement.pk)
    _refuse(by, Involvement.Role(locked.role))
    if on < locked.started_on:
        raise RuleBroken("The end must not be before the start.", "backwards", field="on")
    if locked.ended_on == on:
        return locked
    if locked.ended_on and locked.ended_on < on:
        raise RuleBroken(
            f"This ended on {day_in_words(locked.ended_on)} already.", "already_ended", field="on"
        )
    locked.ended_on = on
    locked.save(update_fields=["ended_on"])
    return locked


def _refuse(by: User, role: Involvement.Role) -> None:
    if by.role not in MAY_KEEP:
        raise RuleBroken("Your role does not keep involvements.", "may_not_keep")
    if role == Involvement.Role.OWNER:
        raise RuleBroken(
            "Who owns a case is changed by allocating it, so that there is never a gap.",
            "owner_by_allocation",
            field="role",
        )
