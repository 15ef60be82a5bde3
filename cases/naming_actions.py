"""Who is named on a case: by hand when it is restricted, and for as long as somebody owes.

What was named only because somebody owed something is taken back; what people chose stays.
"""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from cases.models import Case, Contact, FormalMatter, LeadProfessional, NamedStaff
from cases.owing import owing_above
from clocks.models import OPEN_STATES


def name_whoever_owes(case: Case) -> None:
    """Who owes an open promise about a restricted case may see it."""
    for user in whoever_owes([case]):
        NamedStaff.objects.get_or_create(case=case, user=user, defaults={"while_owing": True})


def name_unless_visible(case: Case, user: User, *, instead_of: User | None = None) -> None:
    """Whoever owes something about a child sees the case, a colleague of another team too.

    ``instead_of`` is who had it until now, when stop_naming follows for them.
    """
    hold_names(case, user, *([instead_of] if instead_of else []))
    if not Case.objects.visible_to(user).filter(pk=case.pk).exists():
        NamedStaff.objects.get_or_create(case=case, user=user, defaults={"while_owing": True})


def stop_naming(case: Case, user: User) -> None:
    """``user`` gave on what they had: unless they owe more, or were chosen, they see it no longer.

    Their own team's case they see all the same. The name is held before we look: whoever gives
    them something else about this child at the same time waits, and names them again.
    """
    if not any(row.while_owing for row in hold_names(case, user)):
        return
    records = list(Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk)))
    if user not in whoever_owes(records):
        NamedStaff.objects.filter(case__in=records, user=user, while_owing=True).delete()


def whoever_owes(records: list[Case]) -> set[User]:
    """Who owns, leads or owes something open on ``records`` of one child, here or above."""
    owing = Contact.objects.filter(case__in=records)
    open_ = [
        owing.filter(clock__state__in=OPEN_STATES).values("clock__owner"),
        owing.filter(filing_clock__state__in=OPEN_STATES).values("filing_clock__owner"),
        FormalMatter.objects.filter(contact__case__in=records, clock__state__in=OPEN_STATES).values(
            "clock__owner"
        ),
        LeadProfessional.objects.filter(case__in=records, ended_at=None).values("user"),
        Case.objects.filter(pk__in=[record.pk for record in records]).values("owner"),
        owing_above(records),
    ]
    return set(_any_of(open_).filter(is_active=True))


def _any_of(ids: list[Any]) -> "QuerySet[User]":
    condition = Q()
    for found in ids:
        condition |= Q(pk__in=found)
    return User.objects.filter(condition)


def hold_names(case: Case, *users: User) -> list[NamedStaff]:
    """The names of these on the case, held in one order: hand-overs crosswise do not lock up."""
    rows = NamedStaff.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(case=case, user__in=users).order_by("pk"))
