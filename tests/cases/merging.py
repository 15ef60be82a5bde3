"""Short ways to merge two records and to separate them, for the tests about it."""

from datetime import UTC, datetime

from cases import merge_actions

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
LATER = datetime(2026, 11, 5, 10, tzinfo=UTC)
WHY = "Same UPN and mother"


def merge(keep, other, by, **changes):
    given = {"keep": keep, "other": other, "reason": WHY, "by": by, "now": NOW}
    return merge_actions.merge(**given | changes)


def separate(merged, by, **changes):
    given = {"merged": merged, "reason": "Twins", "by": by, "now": LATER}
    return merge_actions.separate(**given | changes)
