"""What administrators keep for the public directory: who looks after what, and who is named."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import Team, User
from cases.models import Area, Establishment
from escalations.models import DirectoryPolicy, Remit

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line of the list, as somebody gives it: a person or a team, and one place or none."""

    person: User | None = None
    team: Team | None = None
    establishment: Establishment | None = None
    area: Area | None = None
    phase: str = ""
    part: str = ""


@transaction.atomic
def add_remits(*, told: Sequence[Told], by: User) -> list[Remit]:
    """Say who looks after several places, all of them or none; each as :func:`add_remit`."""
    return [add_remit(told=one, by=by) for one in told]


@transaction.atomic
def add_remit(*, told: Told, by: User) -> Remit:
    """Say who looks after a place (H96); the same line sent twice is one.

    Raises RuleBroken (``may_not_change``, ``nobody``, ``two``, ``cannot_own``, ``no_team``,
    ``two_places``).
    """
    only_administrators(by)
    _refuse_who(told)
    if told.establishment and told.area:
        raise RuleBroken("Give a school or an area, not both", "two_places", field="area")
    # Two administrators at once: the unique constraint lets one in, the other gets that row.
    remit, added = Remit.objects.get_or_create(
        person=told.person,
        team=told.team,
        establishment=told.establishment,
        area=told.area,
        phase=told.phase,
        part=" ".join(told.part.split()),
    )
    if added:
        log.info("remit_added", remit=remit.pk, by=by.pk)
    return remit


def _refuse_who(told: Told) -> None:
    if told.person is None and told.team is None:
        raise RuleBroken("Select a person or a team", "nobody", field="person")
    if told.person and told.team:
        raise RuleBroken("Select a person or a team, not both", "two", field="team")
    if told.person and not told.person.can_own:
        raise RuleBroken(f"{told.person} cannot own a case", "cannot_own", field="person")
    if told.person and told.person.team_id is None:
        raise RuleBroken(f"{told.person} is in no team", "no_team", field="person")


@transaction.atomic
def remove_remit(*, remit: int, by: User) -> bool:
    """Take the line with id ``remit`` away; False when it is gone already.

    The database keeps what it said. Raises RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    removed, _ = Remit.objects.filter(pk=remit).delete()
    if removed:
        log.info("remit_removed", remit=remit, by=by.pk)
    return bool(removed)


@transaction.atomic
def name_in_directory(*, names: str, by: User) -> DirectoryPolicy:
    """Whether the public reads names or teams only, from now on.

    Raises RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    policy, _ = DirectoryPolicy.objects.update_or_create(pk=1, defaults={"names": names})
    log.info("directory_names", names=names, by=by.pk)
    return policy
