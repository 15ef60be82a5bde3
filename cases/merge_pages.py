"""Two records side by side, and what a case page says of restriction and merging."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Role, User
from cases.actions import MAY_ANSWER
from cases.models import Case, CaseMerge, Contact, RelatedPerson
from cases.restriction_actions import MAY_RESTRICT, named_staff
from clocks.models import OPEN_STATES
from clocks.wording import day_in_words


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing of both records."""

    label: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


PERSON: list[tuple[str, Callable[[Case], Any]]] = [
    ("First names", lambda case: case.person.given_name),
    ("Family name", lambda case: case.person.family_name),
    ("Known as", lambda case: case.person.known_as),
    ("Date of birth", lambda case: day_in_words(case.person.date_of_birth)),
    ("UPN", lambda case: case.person.upn),
    ("Local id", lambda case: case.person.local_id),
    ("Address", lambda case: ", ".join(case.person.address.splitlines())),
    ("Postcode", lambda case: case.person.postcode),
    ("Status", lambda case: case.get_status_display()),
    ("Case owner", lambda case: case.owner),
    ("Team", lambda case: case.team),
    ("School or college", lambda case: case.establishment),
    ("Primary need", lambda case: case.primary_need),
    ("Plan issued", lambda case: case.plan_issued_on and day_in_words(case.plan_issued_on)),
    ("Next step", lambda case: case.next_step),
    ("Restricted", lambda case: "Yes" if case.restricted else "No"),
]


def side_by_side(first: Case, second: Case) -> list[Line]:
    """Both records, line by line. Two queries, however much they hold."""
    lines = [
        Line(label=label, first=_said(read(first)), second=_said(read(second)))
        for label, read in PERSON
    ]
    contacts = _counted(Contact.objects.values("case"), "case", first.pk, second.pk)
    people = _counted(
        RelatedPerson.objects.filter(ended_on=None).values("person"),
        "person",
        first.person_id,
        second.person_id,
    )
    for label, counts in (
        ("Contacts", [row["every"] for row in contacts]),
        ("Still to answer", [row["still"] for row in contacts]),
        ("People around the child", [row["every"] for row in people]),
    ):
        lines.append(Line(label=label, first=str(counts[0]), second=str(counts[1])))
    return lines


def _said(value: Any) -> str:
    return str(value or "Not recorded")


def _counted(rows: Any, name: str, *keys: int) -> list[dict[str, int]]:
    """How many rows each key has; of contacts also how many are still to be answered."""
    still = Count("pk", filter=Q(clock__state__in=OPEN_STATES)) if name == "case" else Count("pk")
    found = rows.filter(**{f"{name}__in": keys}).annotate(every=Count("pk"), still=still)
    by_key = {row[name]: row for row in found.order_by()}
    nothing = {"every": 0, "still": 0}
    return [by_key.get(key, nothing) for key in keys]


def merged_records(case: Case) -> "QuerySet[CaseMerge]":
    """The records that are merged into ``case`` now, for templates/cases/_merged.html."""
    merges = CaseMerge.objects.filter(kept=case, undone_at=None)
    return merges.select_related("merged", "merged_by")


def record_notes(case: Case, user: User) -> dict[str, Any]:
    """What templates/cases/_restricted.html and _merged.html show on a case page.

    ``case`` is the kept one. Advisers learn that, not why (H22). Two queries at most.
    """
    return {
        "restriction": _restriction(case) if case.restricted else None,
        "merges": list(merged_records(case)),
        "may_restrict": user.role in MAY_RESTRICT,
        "may_change_record": user.role in MAY_ANSWER,
        "sees_reasons": user.role != Role.CSC_ADVISER,
    }


def _restriction(case: Case) -> dict[str, Any]:
    return {"reason": case.restricted_reason, "staff": named_staff(case)}
