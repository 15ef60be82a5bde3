"""Writes of the accounts app."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from accounts.models import Absence, AccessEntry, Role, User

# Who may enter absences of the whole service; a team lead enters those of the team.
ABSENCE_KEEPERS = frozenset({Role.SENIOR_MANAGER, Role.ADMINISTRATOR})
# What somebody types within this time is one search, narrowed.
SAME_SEARCH = timedelta(seconds=30)


def enter_absence(
    *, person: User, first_day: date, last_day: date, cover: User | None, by: User
) -> Absence:
    """Write down that ``person`` is away, both days included, and who covers (H62).

    Everybody may enter their own. Raises RuleBroken (``may_not_enter``, ``backwards``,
    ``cover_self``, ``cover_cannot``, ``overlap``).
    """
    if not may_enter_absence(person, by):
        raise RuleBroken("You can enter absences of your own team only.", "may_not_enter")
    if last_day < first_day:
        raise RuleBroken(
            "The last day must not be before the first.", "backwards", field="last_day"
        )
    if cover == person:
        raise RuleBroken("Somebody else has to cover.", "cover_self", field="cover")
    if cover and not may_cover(person, cover):
        raise RuleBroken(f"{cover} does not answer contacts.", "cover_cannot", field="cover")
    try:
        with transaction.atomic():
            return Absence.objects.create(
                person=person, first_day=first_day, last_day=last_day, cover=cover
            )
    except IntegrityError as error:
        # The database refuses overlapping absences, also when two people enter them at once.
        raise RuleBroken(
            f"{person} is already away on some of these days.", "overlap", field="first_day"
        ) from error


def may_cover(person: User, cover: User) -> bool:
    """Somebody who holds cases; of a resolution officer another officer too."""
    officers = person.role == cover.role == Role.RESOLUTION_OFFICER
    return cover.is_active and (cover.holds_cases or officers)


def may_enter_absence(person: User, by: User) -> bool:
    leads = by.role == Role.TEAM_LEAD and by.team_id is not None and by.team_id == person.team_id
    return by == person or leads or by.role in ABSENCE_KEEPERS


def end_absence(*, absence: Absence, last_day: date, by: User) -> None:
    """Bring an absence to an end on ``last_day`` (or take it back, when that is before it began).

    Raises RuleBroken (``may_not_enter``, ``longer``).
    """
    if not may_enter_absence(absence.person, by):
        raise RuleBroken("You can change absences of your own team only.", "may_not_enter")
    if last_day > absence.last_day:
        raise RuleBroken("This would make it longer: enter a new absence.", "longer")
    if last_day < absence.first_day:
        absence.delete()
        return
    absence.last_day = last_day
    absence.save(update_fields=["last_day"])


def note_read(*, record: str, by: User, now: datetime, detail: str = "") -> None:
    """Write down that ``by`` read ``record`` (a reference), or a part of it, at ``now`` (aware)."""
    _note(AccessEntry.Kind.READ, [record], by, now, detail)


def note_listed(*, records: Iterable[str], by: User, now: datetime, detail: str = "") -> None:
    """Write down that a list showed ``records`` (references) to ``by``; nothing for none."""
    if shown := sorted(set(records)):
        _note(AccessEntry.Kind.LISTED, shown, by, now, detail)


def note_search(*, text: str, found: Iterable[str], by: User, now: datetime) -> None:
    """Write down that ``by`` searched for ``text`` and was shown ``found`` (H23)."""
    _note(AccessEntry.Kind.SEARCH, sorted(found), by, now, text)


def note_search_while_typing(*, text: str, found: Iterable[str], by: User, now: datetime) -> None:
    """The same for results shown while ``by`` types, when a row per key would say little.

    Written down are the records that none of this person's searches of the last half minute
    showed: everything shown is in the log, once.
    """
    before = AccessEntry.objects.shown_by_searches(by, since=now - SAME_SEARCH)
    if new := set(found) - before:
        _note(AccessEntry.Kind.SEARCH, sorted(new), by, now, text)


def _note(kind: AccessEntry.Kind, records: list[str], by: User, now: datetime, detail: str) -> None:
    AccessEntry.objects.create(at=now, user=by, kind=kind, records=records, detail=detail[:200])
