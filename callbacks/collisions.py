"""Booked calls over which somebody was put on duty or got protected time (H39, H40, H124).

Read-only.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.urls import reverse

from accounts.models import User
from callbacks.stranded import LOOKS_AFTER, Stuck, looks_after, stuck_calls
from clocks.wording import moment_in_words
from diaries.busy import DUTY_WORDS, ONE_DAY, PROTECTED_WORDS, day_start
from diaries.collisions import Collision

MOST_NAMED = 3


def calls_without_anybody(
    people: Collection[User], first: date, last: date, by: User, now: datetime
) -> Collision | None:
    """The calls to come of ``people`` on these London days over which duty or protected time lies.

    Who rings and when, and nothing of the child: ``by`` may not be somebody who may read of it.
    """
    start, end = max(now, day_start(first)), day_start(last + ONE_DAY)
    in_the_way = (DUTY_WORDS, PROTECTED_WORDS)
    found = [one for one in stuck_calls(people, start, end) if one.why in in_the_way]
    if not found:
        return None
    may_move = by.role in LOOKS_AFTER and all(looks_after(by, one.booking.owner) for one in found)
    if may_move:
        return Collision(_words(found), "See and move them", reverse("callbacks:stranded"))
    return Collision(f"{_words(found)} The team’s lead has them on a list: please tell them.")


def _words(found: list[Stuck]) -> str:
    """ "2 booked calls cannot be made now: Cora Hill on Tuesday 3 November 2026 at 2pm, …"."""
    calls = "1 booked call" if len(found) == 1 else f"{len(found)} booked calls"
    named = [f"{one.booking.owner} on {moment_in_words(one.booking.starts_at)}" for one in found]
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return (
        f"{calls} cannot be made now: {'; '.join(named[:MOST_NAMED])}{more}. "
        "Each stays booked until somebody moves it."
    )
