"""Changing what is recorded of a child and of the case. Its owner and team: allocation."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, Q

from accounts.errors import RuleBroken
from accounts.models import User
from cases.ages import rights_begin
from cases.caseload import contradictions
from cases.caseload_columns import OLDEST_YEARS, Wrong, read_upn
from cases.edits import Values, collisions, own_changes
from cases.models import Case, LocalId, Person
from cases.people_actions import collision, refuse_merged, refuse_role
from clocks.calendars import LONDON

PERSON_FIELDS = (
    "given_name",
    "family_name",
    "known_as",
    "date_of_birth",
    "upn",
    "year_offset",
    "care",
    "area",
    "flags",
    "address",
    "postcode",
)
CASE_FIELDS = (
    "status",
    "establishment",
    "primary_need",
    "plan_issued_on",
    "next_step",
    "next_step_on",
)


def details_of(case: Case) -> dict[str, Any]:
    """What ``change_details`` can change; ``local_ids`` are written "System: id"."""
    person = {name: getattr(case.person, name) for name in PERSON_FIELDS}
    own = {name: getattr(case, name) for name in CASE_FIELDS}
    return person | own | {"local_ids": _local_ids(case.person)}


@transaction.atomic
def change_details(
    *,
    case: Case,
    shown: Values,
    wanted: Values,
    by: User,
    now: datetime,
    sure_of_birth: bool = False,
) -> Case:
    """Write what ``by`` changed since the page was opened with ``shown`` (cases.edits).

    ``wanted`` has the names of ``details_of``; the London date of ``now`` (aware) is the one
    that no birth may pass. Raises ChangedMeanwhile, when somebody else changed the same fields
    to other values, and RuleBroken (``may_not_change``, ``merged``, ``future``, ``too_old``,
    ``bad_upn``, ``upn_taken``, ``contradiction``, ``local_id_taken``, and ``rights_move`` unless
    ``sure_of_birth``: a slip in a date of birth must not change who decides and is written to).
    """
    refuse_role(by)
    # People before cases, in the order in which an import locks them.
    person = Person.objects.select_for_update(no_key=True).get(pk=case.person_id)
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    locked.person = person
    refuse_merged(locked)
    current = details_of(locked)
    mine = own_changes(shown=shown, wanted=wanted, current=current)
    if now_there := collisions(shown=shown, mine=mine, current=current):
        raise collision(locked if next(iter(now_there)) in CASE_FIELDS else person, now_there)
    _refuse(mine, current | mine, now.astimezone(LONDON).date())
    _refuse_taken_upn(locked, mine, by)
    if not sure_of_birth:
        _refuse_moved_rights(person, mine, now.astimezone(LONDON).date())
    _save(person, mine, PERSON_FIELDS)
    _save(locked, mine, CASE_FIELDS)
    if "local_ids" in mine:
        _save_local_ids(person, mine["local_ids"])
    return locked


def _local_ids(person: Person) -> list[str]:
    return [f"{row.system}: {row.value}" for row in LocalId.objects.filter(person=person)]


def _refuse(mine: Mapping[str, Any], whole: Mapping[str, Any], today: date) -> None:
    """What cannot be, of the changed fields; and what cannot be together, of all."""
    born = mine.get("date_of_birth")
    if born and born > today:
        raise RuleBroken("Date of birth must be in the past.", "future", field="date_of_birth")
    if born and born.year < today.year - OLDEST_YEARS:
        raise RuleBroken(
            f"Date of birth must be less than {OLDEST_YEARS} years ago.",
            "too_old",
            field="date_of_birth",
        )
    if (issued := mine.get("plan_issued_on")) and issued > today:
        raise RuleBroken(
            "The day the plan was issued must be today or in the past.",
            "future",
            field="plan_issued_on",
        )
    if upn := mine.get("upn"):
        try:
            read_upn(upn)
        except Wrong as wrong:
            raise RuleBroken(wrong.reason, "bad_upn", field="upn") from None
    if wrong_together := contradictions(whole):
        field, reason = wrong_together[0]
        raise RuleBroken(reason[:1].upper() + reason[1:], "contradiction", field=field)


def _refuse_moved_rights(person: Person, mine: Mapping[str, Any], today: date) -> None:
    """Asked once, when the new date of birth begins or takes back a young person's rights."""
    born = mine.get("date_of_birth")
    if born is None or (rights_begin(born) <= today) == person.has_rights(today):
        return
    what = "makes them a young person who decides" if rights_begin(born) <= today else "takes back"
    rest = "for themselves" if rights_begin(born) <= today else "their right to decide"
    raise RuleBroken(
        f"This date of birth {what} {rest}, and changes who is written to. If it is right, press "
        "the button again.",
        "rights_move",
        field="date_of_birth",
    )


def _refuse_taken_upn(case: Case, mine: Mapping[str, Any], by: User) -> None:
    """One UPN is one child: the other record is named only to those who may see it."""
    if not mine.get("upn"):
        return
    others = Case.objects.filter(person__upn=mine["upn"]).exclude(
        Q(pk=case.pk) | Q(merged_into=case)
    )
    if not others.exists():
        return
    seen = Case.objects.visible_to(by).filter(pk__in=others).first()
    advice = (
        f"{seen} has this UPN. If it is the same child, merge the two records."
        if seen
        else "Another record has this UPN. Check it, or ask your team lead."
    )
    raise RuleBroken(advice, "upn_taken", field="upn")


def _save(row: Model, mine: Mapping[str, Any], names: tuple[str, ...]) -> None:
    changed = [name for name in names if name in mine]
    for name in changed:
        setattr(row, name, mine[name])
    if changed:
        row.save(update_fields=changed)


def _save_local_ids(person: Person, wanted: list[str]) -> None:
    had = set(_local_ids(person))
    for row in LocalId.objects.filter(person=person):
        if str(f"{row.system}: {row.value}") not in wanted:
            row.delete()
    try:
        with transaction.atomic():
            LocalId.objects.bulk_create(
                LocalId(person=person, system=system, value=value)
                for said in wanted
                if said not in had
                for system, _, value in [said.partition(": ")]
            )
    except IntegrityError as error:
        # The database keeps one id for one child, also when two people enter it at once.
        raise RuleBroken(
            "Another record has one of these ids already. Check them.",
            "local_id_taken",
            field="local_ids",
        ) from error
