"""Short ways to a case's owner and the next one, for the tests about allocation."""

from datetime import UTC, date, datetime

from accounts.models import Team, User
from cases.allocation_actions import allocate_case
from cases.models import Involvement, RelatedPerson

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
SINCE = date(2026, 9, 1)
DUE_AT = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)


def owned(case) -> Involvement:
    return Involvement.objects.create(
        case=case, worker=case.owner, role="owner", team=case.team, started_on=SINCE
    )


def allocate(case, to, by, **changes):
    given = {"team": case.team, "reason": "Cora has left the area.", "on": TODAY, "now": NOW}
    return allocate_case(case=case, to=to, by=by, **given | changes)


def ownership(case) -> list[tuple[User, Team, date, date | None]]:
    """The owner's involvements in order; checked against the owner that the case itself names."""
    case.refresh_from_db()
    found = list(Involvement.objects.filter(case=case, role="owner").order_by("pk"))
    running = [one for one in found if one.ended_on is None]
    assert [(one.worker, one.team) for one in running] == [(case.owner, case.team)]
    return [(one.worker, one.team, one.started_on, one.ended_on) for one in found]


def related(case, name="Ngozi Okafor", **changes) -> RelatedPerson:
    given = {
        "relation": "mother",
        "email": f"{name.split()[0].lower()}@example.org",
        "receives_letters": True,
        "started_on": SINCE,
    }
    return RelatedPerson.objects.create(person=case.person, name=name, **given | changes)
