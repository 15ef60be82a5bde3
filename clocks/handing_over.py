"""Promises that go with their case to another owner or team: every date stays (E4, H59)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Team, User
from clocks import actions
from clocks.models import Clock
from clocks.transitions import hold_calendar


@transaction.atomic
def hand_over(
    *, clocks: Iterable[Clock], to: User, team: Team, reason: str, by: User, now: datetime
) -> list[Clock]:
    """Give open promises to ``to`` in ``team``, each with its event; returns those passed on.

    What is ``to``'s already only changes its team; what was closed meanwhile stays as it is.
    ``now`` is aware. Raises RuleBroken (``reason_missing``, ``may_not_own``).
    """
    # Before any clock, in the order in which a change of the calendar takes them.
    hold_calendar()
    keys = sorted(clock.pk for clock in clocks)
    held = Clock.objects.open().filter(pk__in=keys).select_for_update(of=("self",))
    found = list(held.order_by("pk"))
    passed = [
        actions.reassign(clock=clock, to=to, reason=reason, by=by, now=now)
        for clock in found
        if clock.owner_id != to.pk
    ]
    moved = [clock.pk for clock in found]
    Clock.objects.filter(pk__in=moved).exclude(team=team).update(team=team)
    return passed
