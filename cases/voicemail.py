"""Which voicemail lines somebody looks after, and which nobody has listened to in time (H43)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from accounts.models import TEAM_ROLES, Role, User
from cases.contact_messages import Wording
from cases.greetings import Greeting, figures_at, greeting_of, with_recorded
from cases.models import VoicemailCheck, VoicemailLine
from cases.voicemail_models import VoicemailLineQuerySet
from clocks.calendars import LONDON
from clocks.models import Standard
from clocks.rules import Rule
from clocks.working_time import BeyondCalendar, WorkingCalendar

STANDARD = "voicemail.check"
SEES_EVERY_LINE = frozenset({Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER, Role.ADMINISTRATOR})
SEES_LINES = TEAM_ROLES | SEES_EVERY_LINE
# Administrators keep the list of lines; what is said on them is about children.
MAY_LISTEN = SEES_LINES - {Role.ADMINISTRATOR}


@dataclass(frozen=True)
class LineRow:
    """One line of the list: who listened last, whether that is too long ago, and its greeting."""

    line: VoicemailLine
    checked_by: str
    late: bool
    greeting: Greeting


def lines_for(user: User) -> VoicemailLineQuerySet:
    """The lines in use that ``user`` looks after: their team's, or those of every team."""
    if user.role not in SEES_LINES:
        return VoicemailLine.objects.none()
    lines = VoicemailLine.objects.in_use()
    return lines if user.role in SEES_EVERY_LINE else lines.filter(team=user.team_id)


def rows_of(lines: VoicemailLineQuerySet, now: datetime, words: Wording) -> list[LineRow]:
    """``lines`` with their last check at ``now`` (aware): late ones first, longest waiting on top.

    Three queries however many lines there are.
    """
    rule, figures, calendar = rule_in_force(now), figures_at(now, words), words.calendar
    last = VoicemailCheck.objects.filter(line=OuterRef("pk")).order_by("-at", "-id")
    checked = lines.annotate(checked_by=Subquery(last.values("by__full_name")[:1]))
    rows = [
        LineRow(
            line,
            line.checked_by or "",  # type: ignore[attr-defined]
            is_late(line, now, rule, calendar),
            greeting_of(line, line.recorded_script, figures),  # type: ignore[attr-defined]
        )
        for line in with_recorded(checked)
    ]
    return sorted(rows, key=_longest_waiting_first)


def late_lines(
    lines: Iterable[VoicemailLine], now: datetime, calendar: WorkingCalendar | None
) -> list[VoicemailLine]:
    """Those of ``lines`` that nobody has listened to in time at ``now`` (aware)."""
    rule = rule_in_force(now)
    return [line for line in lines if is_late(line, now, rule, calendar)]


def is_late(
    line: VoicemailLine, now: datetime, rule: Rule | None, calendar: WorkingCalendar | None
) -> bool:
    """True when the time to listen again has passed, counted on the council's calendar.

    A line that nobody ever listened to is late. Without a calendar or a standard no other is:
    see :func:`can_tell`.
    """
    if line.checked_at is None:
        return True
    if rule is None or calendar is None:
        return False
    try:
        return calendar.due(line.checked_at, rule) < now
    except BeyondCalendar:
        return False


def can_tell(now: datetime, calendar: WorkingCalendar | None) -> bool:
    """False when it cannot be said at ``now`` (aware) which lines are late."""
    if calendar is None or (rule := rule_in_force(now)) is None:
        return False
    try:
        calendar.due(now, rule)
    except BeyondCalendar:
        return False
    return True


def rule_in_force(now: datetime) -> Rule | None:
    """How often a line is listened to, as promised on the day of ``now`` (aware)."""
    try:
        return Standard.objects.in_force(STANDARD, now.astimezone(LONDON).date()).rule
    except Standard.DoesNotExist:
        return None


def _longest_waiting_first(row: LineRow) -> tuple[bool, float, str]:
    checked_at = row.line.checked_at
    since = checked_at.timestamp() if row.late and checked_at else 0.0
    return not row.late, since, row.line.name
