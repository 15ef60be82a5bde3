"""Restricting a case to named staff, and lifting that again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.errors import RuleBroken
from accounts.models import CASE_READERS, Role, User
from cases.edits import ChangedMeanwhile, Values, collisions, own_changes, plain
from cases.models import Case, Contact, NamedStaff
from cases.naming_actions import name_unless_visible, whoever_owes
from cases.people_actions import refuse_merged

MAY_RESTRICT = frozenset({Role.TEAM_LEAD, Role.SENIOR_MANAGER})


def named_staff(case: Case) -> list[User]:
    """Who is named on ``case``, by name. One query."""
    return list(User.objects.filter(named_on__case=case))


def restriction_of(case: Case) -> dict[str, Any]:
    """What ``restrict`` can change."""
    if not case.restricted:
        return {"reason": "", "staff": []}
    return {"reason": case.restricted_reason, "staff": named_staff(case)}


@transaction.atomic
def restrict(
    *, case: Case, shown: Values, reason: str, staff: Iterable[User], by: User, now: datetime
) -> list[User]:
    """Let only ``staff`` see the case and the records merged into it; returns who may.

    The owner, everybody who owes something on it, the lead professional and ``by`` are always
    among them: a promise is never hidden from whoever has to keep it, and somebody is left who
    can lift it. Restricting a restricted case changes the reason and the names; ``shown`` is
    what the page was opened with (cases.edits). Raises ChangedMeanwhile and RuleBroken
    (``may_not_restrict``, ``reason_missing``, ``merged``, ``cannot_be_named``).
    """
    _refuse(by, reason)
    records = _locked(case)
    kept = next(record for record in records if record.pk == case.pk)
    chosen = set(staff)
    _refuse_names(chosen)
    current = restriction_of(kept)
    _refuse_lifted(kept, shown)
    wanted = {"reason": reason.strip(), "staff": list(chosen)}
    mine = own_changes(shown=shown, wanted=wanted, current=current)
    if now_there := collisions(shown=shown, mine=mine, current=current):
        raise _collision(current, now_there)
    # A form that changed only the reason keeps the names that somebody else added meanwhile.
    names = set(mine.get("staff", current["staff"])) | whoever_owes(records) | {by}
    for record in records:
        _name_only(record, names, by_hand={*mine.get("staff", []), by})
        record.restricted = True
        record.restricted_reason = mine.get("reason", kept.restricted_reason)
    _save(records)
    return sorted(names, key=str)


@transaction.atomic
def lift(*, case: Case, reason: str, by: User, now: datetime) -> Case:
    """Let everybody see the case again who could without a restriction.

    Whoever owes something on it and would not see it so stays named. The reason stays with the
    case, and its history. Raises RuleBroken (``may_not_restrict``,
    ``reason_missing``, ``merged``, ``not_restricted``).
    """
    _refuse(by, reason)
    records = _locked(case)
    kept = next(record for record in records if record.pk == case.pk)
    if not kept.restricted:
        raise RuleBroken("This case is not restricted any more.", "not_restricted")
    for record in records:
        NamedStaff.objects.filter(case=record).delete()
        record.restricted = False
        record.restricted_reason = reason.strip()
    _save(records)
    for user in whoever_owes(records):
        name_unless_visible(kept, user)
    return kept


def _refuse(by: User, reason: str) -> None:
    if by.role not in MAY_RESTRICT:
        raise RuleBroken("Team leads and senior managers restrict cases.", "may_not_restrict")
    if not reason.strip():
        raise RuleBroken("Enter the reason.", "reason_missing", field="reason")


def _refuse_lifted(kept: Case, shown: Values) -> None:
    """A page opened on a restricted case must not restrict it again unawares."""
    if shown.get("reason") and not kept.restricted:
        raise ChangedMeanwhile(
            f"Somebody lifted the restriction after you opened this page: “"
            f"{kept.restricted_reason}”. Save again to restrict the case anew.",
            field="reason",
            now={"reason": "", "staff": []},
        )


def _refuse_names(chosen: set[User]) -> None:
    for user in chosen:
        if not user.is_active or user.role not in CASE_READERS:
            raise RuleBroken(
                f"{user} does not work with cases and cannot be named.",
                "cannot_be_named",
                field="staff",
            )


def _locked(case: Case) -> list[Case]:
    """The case and those merged into it, locked in the order in which merging locks them.

    Logging a contact waits here too: nobody gets a promise unseen while the names are written.
    What goes to another meanwhile holds its contact, not the case: so those are held as well.
    """
    records = list(
        Case.objects.select_for_update(of=("self",), no_key=True)
        .filter(Q(pk=case.pk) | Q(merged_into=case.pk))
        .order_by("pk")
    )
    refuse_merged(case)
    now_there = Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk)).values_list(
        "pk", flat=True
    )
    if set(now_there) != {record.pk for record in records}:
        raise RuleBroken(
            "A record was merged into this one, or taken out, just now. Press the button again.",
            "changed_just_now",
        )
    contacts = Contact.objects.select_for_update(of=("self",), no_key=True)
    list(contacts.filter(case__in=records).order_by("pk").values_list("pk"))
    return records


def _name_only(record: Case, names: set[User], by_hand: set[User]) -> None:
    """Rows that stay are left alone, so that the history shows who came and who went.

    Whoever was chosen ``by_hand`` stays when they owe nothing more (naming_actions.stop_naming).
    """
    rows = NamedStaff.objects.filter(case=record)
    had = set(rows.values_list("user", flat=True))
    rows.exclude(user__in=names).delete()
    rows.filter(user__in=by_hand, while_owing=True).update(while_owing=False)
    NamedStaff.objects.bulk_create(
        NamedStaff(case=record, user=user, while_owing=user not in by_hand)
        for user in names
        if user.pk not in had
    )


def _save(records: list[Case]) -> None:
    for record in records:
        record.save(update_fields=["restricted", "restricted_reason"])


def _collision(current: dict[str, Any], now_there: dict[str, Any]) -> ChangedMeanwhile:
    field = next(iter(now_there))
    value = current["reason"] if field == "reason" else ", ".join(map(str, current["staff"]))
    called = {"reason": "the reason", "staff": "who may see it"}[field]
    return ChangedMeanwhile(
        f"Somebody else changed {called} after you opened this page: it is now “{value}”. What "
        "you typed is still below. Save again to use it instead.",
        field=field,
        now={name: plain(current[name]) for name in now_there},
    )
