"""What the sender of a complaint reads first, with no name: it may be about them (H103)."""

from datetime import datetime

from accounts.models import Role
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words

LEADING = frozenset({Role.TEAM_LEAD, Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER})


def complaint_line(clock: Clock) -> str:
    """Who has a complaint, by what they are: ``clock`` is that of its acknowledgement."""
    leads = clock.owner_id == clock.team.lead_id or clock.owner.role in LEADING
    return f"{'A manager' if leads else 'Our team'} has your complaint."


def complaint_by(clock: Clock, at: datetime) -> str:
    """By when they hear who looks at it; sorry when that was before ``at`` (aware)."""
    day = day_in_words(clock.due_at.astimezone(LONDON).date())
    if clock.due_at < at:
        return f"We should have told you by {day} who looks at it. We are sorry that we have not."
    return f"By {day} we will tell you who looks at it, and when you will have our answer."
