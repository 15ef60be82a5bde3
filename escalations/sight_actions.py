"""Whoever has something about a child may see that child, wherever they or the child go (0026).

They are named when they get it; but people change teams and cases too, and nothing below tells us.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import TEAM_ROLES, User
from cases.models import Case, NamedStaff
from clocks.models import OPEN_STATES
from escalations.models import Complaint, DeskEntry, EscalationStep
from escalations.owing import owing_of_concerns
from escalations.step_actions import let_handle

Row = TypeVar("Row", bound=Model)


def let_everybody_see() -> int:
    """Name those on the case who have an open step, entry or stage and would not see it.

    Returns how many there were. Asked again, nothing is left to do.
    """
    steps = EscalationStep.objects.filter(escalation__closed_at=None)
    entries = DeskEntry.objects.filter(resolved_at=None)
    found = {
        *_out_of_sight(steps, "escalation__matter__case"),
        *_out_of_sight(entries, "contact__case"),
        *_out_of_sight(Complaint.objects.owed(), "matter__contact__case"),
    }
    for case, handler in found:
        _let_see(case, handler)
    return len(found)


def _out_of_sight(rows: "QuerySet[Row]", case: str) -> Iterable[tuple[int, int]]:
    """Case and handler, by id, where they are of another team and not named. One query."""
    kept = f"{case}__merged_into"
    named = NamedStaff.objects.filter(case=OuterRef("kept"), user=OuterRef("clock__owner"))
    of_teams = rows.order_by().filter(
        clock__state__in=OPEN_STATES,
        clock__owner__is_active=True,
        clock__owner__role__in=sorted(TEAM_ROLES),
    )
    joined = of_teams.annotate(
        kept=Coalesce(kept, case),
        looked_after_by=Coalesce(f"{kept}__team", f"{case}__team"),
        owned_by=Coalesce(f"{kept}__owner", f"{case}__owner"),
    )
    unseen = joined.filter(~Q(clock__owner__team=F("looked_after_by")), kept__isnull=False)
    unseen = unseen.exclude(clock__owner=F("owned_by")).exclude(Exists(named))
    return unseen.values_list("kept", "clock__owner")


@transaction.atomic
def _let_see(case: int, handler: int) -> None:
    # Whoever has it no longer, since we looked, is not named: their name would stay.
    kept = Case.objects.select_for_update(of=("self",)).get(pk=case)
    owing = owing_of_concerns([kept, *Case.objects.filter(merged_into=kept)])
    if handler in owing:
        let_handle(kept, User.objects.get(pk=handler))
