"""Contact numbers and working weeks. The database keeps what they were (H34, H35)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.errors import RuleBroken
from accounts.models import EVERY_WEEKDAY, User
from accounts.profile import may_keep, read_number


@dataclass(frozen=True, kw_only=True)
class Details:
    """A number, the part of a full week (1 is full time) and the days worked (Monday is 0).

    ``unlisted``: for their safety the public directory names their team instead (H96).
    """

    phone: str
    fte: Decimal
    working_days: list[int]
    unlisted: bool = False


@transaction.atomic
def give_number(*, number: str, by: User, now: datetime) -> User:
    """``by`` gives their own number at ``now`` (aware), and vouches for it by that (H34).

    Raises RuleBroken (``number_missing`` for who holds cases, ``number_wrong``).
    """
    person = _held(by)
    person.phone = _number_for(person, number)
    person.phone_confirmed_on = timezone.localdate(now) if person.phone else None
    person.save(update_fields=["phone", "phone_confirmed_on"])
    return person


@transaction.atomic
def confirm_number(*, shown: str, by: User, now: datetime) -> User:
    """ "This number is right": ``by`` vouches at ``now`` (aware) for the number ``shown`` (H34).

    Twice on one day is once. Raises RuleBroken (``number_missing``, ``changed_meanwhile``).
    """
    person = _held(by)
    if not person.phone:
        raise RuleBroken("Enter your contact number.", "number_missing", field="phone")
    if person.phone != shown:
        raise RuleBroken(
            f"Your number has been changed to {person.phone} since you opened the page. "
            "Look at it again.",
            "changed_meanwhile",
        )
    person.phone_confirmed_on = timezone.localdate(now)
    person.save(update_fields=["phone_confirmed_on"])
    return person


@transaction.atomic
def change_details(
    *, person: User, details: Details, shown: Details, by: User, now: datetime
) -> User:
    """Change somebody's number and week at ``now`` (aware); ``shown`` is what the page showed.

    Only what differs from it is written, so that a number given meanwhile is not undone. A number
    that somebody else changed waits until its owner confirms it (H34). Raises RuleBroken
    (``may_not_keep``, ``number_missing``, ``number_wrong``, ``fte_wrong``, ``days_wrong``).
    """
    if not may_keep(person, by):
        raise RuleBroken("You can change details of your own team only.", "may_not_keep")
    locked = _held(person)
    _refuse_no_week(details)
    if details.fte != shown.fte:
        locked.fte = details.fte
    if sorted(details.working_days) != sorted(shown.working_days):
        locked.working_days = sorted(set(details.working_days))
    if details.unlisted != shown.unlisted:
        locked.unlisted = details.unlisted
    if details.phone != shown.phone:
        _renumber(locked, _number_for(locked, details.phone), by, now)
    kept = ["phone", "phone_confirmed_on", "fte", "working_days", "unlisted"]
    locked.save(update_fields=kept)
    return locked


def _renumber(person: User, number: str, by: User, now: datetime) -> None:
    if person == by:
        person.phone_confirmed_on = timezone.localdate(now) if number else None
    elif number != person.phone:
        person.phone_confirmed_on = None
    person.phone = number


def _held(person: User) -> User:
    """The row, locked: two changes at once come one after the other."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _number_for(person: User, typed: str) -> str:
    number = read_number(typed)
    if not number and person.holds_cases:
        raise RuleBroken(
            "Enter a contact number: families and colleagues ring who holds cases",
            "number_missing",
            field="phone",
        )
    return number


def _refuse_no_week(details: Details) -> None:
    if not 0 < details.fte <= 1 or details.fte != round(details.fte, 2):
        raise RuleBroken(
            "The part of a full week must be between 0.01 and 1, like 0.6",
            "fte_wrong",
            field="fte",
        )
    if not details.working_days or not set(details.working_days) <= set(EVERY_WEEKDAY):
        raise RuleBroken("Select at least one day", "days_wrong", field="working_days")
