"""The directory of other services, which administrators keep, and the one shipped (H25).

A service is described better, moved or taken out of use, never deleted: calls point at it.
"""

from typing import Any

import structlog
from django.db import connection, transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.models import Signpost
from cases.edits import ChangedMeanwhile, Values, collisions, own_changes

log = structlog.get_logger(__name__)

FIELDS = {
    "name": "the name",
    "for_what": "what it is for",
    "phone": "the telephone number",
    "url": "the web address",
}
# Invented numbers and addresses: each council puts its own.
DEFAULT_SIGNPOSTS = {
    "SENDIASS": (
        "Free, impartial advice and support for families about special educational needs",
        "01632 960401",
        "https://sendiass.example.org/",
    ),
    "Educational psychology service": (
        "Questions about a visit or a report of an educational psychologist",
        "01632 960402",
        "https://psychology.example.org/",
    ),
    "School transport": (
        "Taxis, buses and passes to and from school or college",
        "01632 960403",
        "https://transport.example.org/",
    ),
    "Local Offer": (
        "What there is near you for children and young people with additional needs",
        "01632 960404",
        "https://local-offer.example.org/",
    ),
}


@transaction.atomic
def load_signposts() -> int:
    """Load the shipped directory where there is none at all; returns how many were added.

    Safe to run at every start: a council that has renamed or added services keeps its own list.
    """
    if _held():
        return 0
    rows = [
        Signpost(name=name, for_what=words, phone=phone, url=url, position=position)
        for position, (name, (words, phone, url)) in enumerate(DEFAULT_SIGNPOSTS.items(), start=1)
    ]
    return len(Signpost.objects.bulk_create(rows))


@transaction.atomic
def add_signpost(*, values: Values, by: User) -> Signpost:
    """Add a service at the end of the list; the same one sent twice is one.

    ``values`` has FIELDS. Raises RuleBroken (``may_not_change``, ``name_taken``).
    """
    only_administrators(by)
    rows = _held()
    if same := _called(rows, values["name"]):
        if current(same) == dict(values):
            return same
        raise _taken(same)
    last = max((row.position for row in rows), default=0)
    signpost = Signpost.objects.create(**values, position=last + 1)
    log.info("signpost_added", signpost=signpost.pk, by=by.pk)
    return signpost


@transaction.atomic
def change_signpost(*, signpost: Signpost, values: Values, shown: Values, by: User) -> Signpost:
    """Describe a service better; ``shown`` is what the page was opened with (cases.edits).

    Calls that were sent there show the new words. Raises RuleBroken (``may_not_change``,
    ``name_taken``, ``changed_meanwhile``).
    """
    only_administrators(by)
    rows = _held()
    locked = next(row for row in rows if row.pk == signpost.pk)
    before = current(locked)
    mine = own_changes(shown=shown, wanted=values, current=before)
    if now_there := collisions(shown=shown, mine=mine, current=before):
        raise _collision(before, now_there)
    other = _called(rows, mine.get("name", ""))
    if other and other != locked:
        raise _taken(other)
    for name, value in mine.items():
        setattr(locked, name, value)
    if mine:
        locked.save(update_fields=sorted(mine))
        log.info("signpost_changed", signpost=locked.pk, fields=sorted(mine), by=by.pk)
    return locked


@transaction.atomic
def use_signpost(*, signpost: Signpost, active: bool, by: User) -> bool:
    """Take a service out of use, or use it again; False when it was so already.

    Calls that were sent there keep it. Raises RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    locked = next(row for row in _held() if row.pk == signpost.pk)
    if locked.active == active:
        return False
    locked.active = active
    locked.save(update_fields=["active"])
    log.info("signpost_used", signpost=locked.pk, active=active, by=by.pk)
    return True


@transaction.atomic
def move_signpost(*, signpost: Signpost, place: int, by: User) -> None:
    """Put a service at ``place`` of the list (0 is first); asked twice, it stands there once.

    A place beyond the end is the end. Raises RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    ordered = _held()
    moved = next(row for row in ordered if row.pk == signpost.pk)
    ordered.remove(moved)
    ordered.insert(place, moved)
    for position, row in enumerate(ordered, start=1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def current(signpost: Signpost) -> dict[str, Any]:
    """What the form shows of it."""
    return {name: getattr(signpost, name) for name in FIELDS}


def _held() -> list[Signpost]:
    """Every service in order, held until this transaction ends: changes come one by one."""
    # Rows do not keep a second administrator from adding the same one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('signposts', 0))")
    return list(Signpost.objects.select_for_update(no_key=True))


def _called(rows: list[Signpost], name: str) -> Signpost | None:
    return next((row for row in rows if row.name.casefold() == name.casefold()), None)


def _taken(other: Signpost) -> RuleBroken:
    where = "" if other.active else ", out of use"
    return RuleBroken(
        f"{other} is on the list already{where}. Change it there.", "name_taken", field="name"
    )


def _collision(before: dict[str, Any], now_there: dict[str, Any]) -> ChangedMeanwhile:
    field = next(iter(now_there))
    return ChangedMeanwhile(
        f"Somebody else changed {FIELDS[field]} after you opened this page: it is now "
        f"“{before[field]}”. What you typed is still below. Save again to use it instead.",
        field=field,
        now=now_there,
    )
