"""The owner's involvements of imported cases: always as the cases themselves say (H37)."""

from datetime import date

from django.db.models import Value
from django.db.models.functions import Greatest

from cases.models import Case, Involvement

REASON = "Imported from the caseload file"


def follow_owners(*, new: list[Case], changed: list[Case], on: date) -> None:
    """Begin an involvement for each owner, and end the one of another owner or team.

    ``new`` cases have had no owner yet; ``changed`` ones have another owner or team than before
    the import. All of it on local date ``on``: no gap, no overlap. At most three queries.
    """
    begins = _ended(changed, on) if changed else {}
    Involvement.objects.bulk_create(
        Involvement(
            case=case,
            worker_id=case.owner_id,
            role=Involvement.Role.OWNER,
            team_id=case.team_id,
            started_on=begins.get(case.pk, on),
            reason=REASON,
        )
        for case in [*new, *changed]
        if case.owner_id
    )


def _ended(cases: list[Case], on: date) -> dict[int, date]:
    """End what runs; a case's next begins when that ends, were it after ``on``."""
    running = Involvement.objects.filter(
        case__in=cases, role=Involvement.Role.OWNER, ended_on=None
    ).order_by()
    later = dict(running.filter(started_on__gt=on).values_list("case_id", "started_on"))
    running.update(ended_on=Greatest("started_on", Value(on)))
    return later
