"""Adding, changing and ending the people around a child. Nobody is ever deleted."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.edits import ChangedMeanwhile, Values, collisions, own_changes
from cases.history import last_change
from cases.models import Case, Person, RelatedPerson
from clocks.calendars import LONDON
from clocks.wording import day_in_words


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is recorded of one person around a child: the columns of RelatedPerson."""

    name: str
    relation: str
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    parental_responsibility: bool = False
    receives_letters: bool = False
    sees_address: bool = False
    no_contact: bool = False
    court_order: str = ""
    court_order_ends: date | None = None
    preferred_channel: str = ""
    preferred_format: str = ""
    language: str = ""
    needs_interpreter: bool = False
    acts_because: str = ""
    acts_since: date | None = None
    started_on: date


def details_of(related: RelatedPerson) -> dict[str, Any]:
    return {part.name: getattr(related, part.name) for part in fields(Details)}


@transaction.atomic
def add_related(*, case: Case, details: Details, by: User, now: datetime) -> RelatedPerson:
    """Write down somebody around the child of ``case``; ``now`` (aware) says which day it is.

    The same person added twice, as by a second click, is one. Raises RuleBroken
    (``may_not_change``, ``merged`` and those of the details: see ``_refuse``).
    """
    refuse_role(by)
    # Two clicks at once: the second waits here, then finds what the first wrote.
    child = Person.objects.select_for_update(no_key=True).get(pk=case.person_id)
    refuse_merged(case)
    values = {part.name: getattr(details, part.name) for part in fields(Details)}
    same = RelatedPerson.objects.filter(person=child, ended_on=None, **values)
    if existing := same.first():
        return existing
    _refuse(values, _day(now))
    _refuse_second_self(child, values)
    return RelatedPerson.objects.create(person=child, **values)


@transaction.atomic
def change_related(
    *, related: RelatedPerson, shown: Values, details: Details, by: User, now: datetime
) -> RelatedPerson:
    """Write what ``by`` changed since the page was opened with ``shown`` (cases.edits).

    Raises ChangedMeanwhile, when somebody else changed the same fields to other values, and
    RuleBroken (``may_not_change`` and those of the details).
    """
    refuse_role(by)
    child = Person.objects.select_for_update(no_key=True).get(pk=related.person_id)
    locked = RelatedPerson.objects.select_for_update(of=("self",)).get(pk=related.pk)
    current = details_of(locked)
    wanted = {part.name: getattr(details, part.name) for part in fields(Details)}
    mine = own_changes(shown=shown, wanted=wanted, current=current)
    if now_there := collisions(shown=shown, mine=mine, current=current):
        raise collision(locked, now_there)
    _refuse(current | mine, _day(now))
    if locked.ended_on is None:
        _refuse_second_self(child, current | mine, besides=locked)
    for name, value in mine.items():
        setattr(locked, name, value)
    if mine:
        locked.save(update_fields=list(mine))
    return locked


@transaction.atomic
def end_related(
    *, related: RelatedPerson, ended_on: date, by: User, now: datetime
) -> RelatedPerson:
    """From ``ended_on`` on, a local date, they are no longer around the child.

    Raises RuleBroken (``may_not_change``, ``already_ended``, ``before_start``).
    """
    refuse_role(by)
    locked = RelatedPerson.objects.select_for_update(of=("self",)).get(pk=related.pk)
    if locked.ended_on == ended_on:
        return locked
    if locked.ended_on:
        raise RuleBroken(
            f"Somebody has ended this already, from {day_in_words(locked.ended_on)}.",
            "already_ended",
            field="ended_on",
        )
    if ended_on < locked.started_on:
        raise RuleBroken(
            f"The day must be {day_in_words(locked.started_on)} or later: they are recorded "
            "since then.",
            "before_start",
            field="ended_on",
        )
    locked.ended_on = ended_on
    locked.save(update_fields=["ended_on"])
    return locked


@transaction.atomic
def resume_related(*, related: RelatedPerson, by: User, now: datetime) -> RelatedPerson:
    """Take an end back that was entered by mistake; the history keeps both.

    Raises RuleBroken (``may_not_change``, ``self_twice``).
    """
    refuse_role(by)
    child = Person.objects.select_for_update(no_key=True).get(pk=related.person_id)
    locked = RelatedPerson.objects.select_for_update(of=("self",)).get(pk=related.pk)
    _refuse_second_self(child, details_of(locked), besides=locked)
    locked.ended_on = None
    locked.save(update_fields=["ended_on"])
    return locked


def refuse_role(by: User) -> None:
    """Who answers for children keeps their records; advisers and auditors read."""
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not change records.", "may_not_change")


def refuse_merged(case: Case) -> None:
    """A record merged into another is left as it is, so that it can be taken apart again."""
    kept = Case.objects.filter(merged=case.pk).first()
    if kept:
        raise RuleBroken(
            f"{case.reference} has been merged into {kept.reference} since you opened this page. "
            f"Copy what you typed and make the change on {kept.reference}.",
            "merged",
        )


def collision(row: Case | Person | RelatedPerson, now_there: dict[str, Any]) -> ChangedMeanwhile:
    """What the second of two people is told; the page keeps what they typed."""
    field = next(iter(now_there))
    called, value, who = last_change(row, field)
    return ChangedMeanwhile(
        f"{who} changed the {called} after you opened this page: it is now {value}. What you "
        "typed is still below. Save again to use it instead.",
        field=field,
        now=now_there,
    )


def _refuse(values: dict[str, Any], today: date) -> None:
    """Raises RuleBroken (``letters_without_contact``, ``future``, ``acts_since_missing``)."""
    if values["no_contact"] and values["receives_letters"]:
        raise RuleBroken(
            "Somebody who must not be contacted cannot receive letters.",
            "letters_without_contact",
            field="receives_letters",
        )
    if values["acts_because"] and not values["acts_since"]:
        raise RuleBroken(
            "Enter the day since when they act for the young person.",
            "acts_since_missing",
            field="acts_since",
        )
    for name in ("started_on", "acts_since"):
        if values[name] and values[name] > today:
            raise RuleBroken("This day must be today or in the past.", "future", field=name)


def _refuse_second_self(
    child: Person, values: dict[str, Any], besides: RelatedPerson | None = None
) -> None:
    if values["relation"] != RelatedPerson.Relation.SELF:
        return
    selves = RelatedPerson.objects.filter(
        person=child, relation=RelatedPerson.Relation.SELF, ended_on=None
    )
    if besides:
        selves = selves.exclude(pk=besides.pk)
    if selves.exists():
        raise RuleBroken(
            "The young person is on the list already. Change that entry instead.",
            "self_twice",
            field="relation",
        )


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()
