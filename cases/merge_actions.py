"""Making two records of one child one, and taking them apart again. No row is moved.

Whoever answers for children may merge: they find the second record while somebody waits, and
sending them to a manager would only leave two records longer. It needs a reason, shows on the
case, moves nothing, and the same people can undo it.
"""

from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.models import Case, CaseMerge, NamedStaff
from cases.naming_actions import name_whoever_owes
from cases.people_actions import refuse_role
from clocks.wording import moment_in_words


@transaction.atomic
def merge(
    *, keep: Case, other: Case, reason: str, by: User, now: datetime, same_child: bool = False
) -> CaseMerge:
    """Let ``other`` be found, and its contacts be shown, under ``keep``; ``now`` is aware.

    Contacts, promises and people stay where they are, with whom they are. The same merge
    clicked twice is one. ``same_child`` is the word of ``by`` that different dates of birth are
    a mistake. Raises RuleBroken (``may_not_change``, ``itself``, ``reason_missing``,
    ``already_merged``, ``others_inside``, ``restricted_differs``, ``birth_differs``).
    """
    refuse_role(by)
    if keep.pk == other.pk:
        raise RuleBroken("Choose another record: this is the same one.", "itself", field="other")
    _refuse_no_reason(reason)
    kept, merged = _locked(keep, other)
    if existing := _same_click(kept, merged, by):
        return existing
    _refuse_merged(kept, merged)
    _refuse_different(kept, merged, same_child)
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    return CaseMerge.objects.create(
        kept=kept, merged=merged, reason=reason.strip(), merged_at=now, merged_by=by
    )


@transaction.atomic
def separate(*, merged: Case, reason: str, by: User, now: datetime) -> CaseMerge:
    """Take ``merged`` out again: it is what it was, because nothing was moved.

    Raises RuleBroken (``may_not_change``, ``reason_missing``, ``not_merged``).
    """
    refuse_role(by)
    _refuse_no_reason(reason)
    merges = CaseMerge.objects.filter(merged=merged.pk).select_related("kept", "undone_by")
    last = merges.first()
    locked = _locked(last.kept, merged)[1] if last else merged
    # Read again behind the lock: somebody may just have taken it apart.
    last = merges.first()
    if last is None or locked.merged_into_id is None:
        if last and last.undone_by == by and last.undone_reason == reason.strip():
            return last
        raise RuleBroken(_apart_in_words(merged, last), "not_merged")
    locked.merged_into = None
    locked.save(update_fields=["merged_into"])
    if locked.restricted:
        name_whoever_owes(locked)
    last.undone_at, last.undone_by, last.undone_reason = now, by, reason.strip()
    last.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    return last


def _refuse_no_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("Enter the reason.", "reason_missing", field="reason")


def _locked(first: Case, second: Case) -> tuple[Case, Case]:
    """Both rows, always the lower id first: two merges from two sides wait for each other."""
    rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("person")
    locked = {row.pk: row for row in rows.filter(pk__in=[first.pk, second.pk]).order_by("pk")}
    return locked[first.pk], locked[second.pk]


def _same_click(kept: Case, merged: Case, by: User) -> CaseMerge | None:
    return CaseMerge.objects.filter(kept=kept, merged=merged, merged_by=by, undone_at=None).first()


def _refuse_merged(kept: Case, merged: Case) -> None:
    """One level only: a kept record is never merged itself, nor a merged one kept."""
    found = CaseMerge.objects.filter(merged__in=[kept, merged], undone_at=None)
    if done := found.select_related("kept", "merged", "merged_by").first():
        raise RuleBroken(
            f"{done.merged_by} merged {done.merged} into {done.kept} on "
            f"{moment_in_words(done.merged_at)}.",
            "already_merged",
        )
    if Case.objects.filter(merged_into=merged).exists():
        raise RuleBroken(
            f"Another record has been merged into {merged}. Keep {merged} instead, or take that "
            "one out first.",
            "others_inside",
            field="keep",
        )


def _refuse_different(kept: Case, merged: Case, same_child: bool) -> None:
    if _who_may_see(kept) != _who_may_see(merged):
        # Merging shows the contacts of both to whoever sees the kept one.
        raise RuleBroken(
            "The two records are not open to the same staff. Restrict both for the same people, "
            "or lift the restriction, before you merge them.",
            "restricted_differs",
        )
    if kept.person.date_of_birth != merged.person.date_of_birth and not same_child:
        raise RuleBroken(
            "The dates of birth differ. Tick the box if it is the same child all the same.",
            "birth_differs",
            field="same_child",
        )


def _who_may_see(case: Case) -> set[int] | None:
    if not case.restricted:
        return None
    named = NamedStaff.objects.filter(case=case).values_list("user", flat=True)
    return set(named)


def _apart_in_words(merged: Case, last: CaseMerge | None) -> str:
    if last is None or last.undone_at is None:
        return f"{merged} is not merged into another record."
    return (
        f"{last.undone_by} took {merged} out of {last.kept} on {moment_in_words(last.undone_at)}."
    )
