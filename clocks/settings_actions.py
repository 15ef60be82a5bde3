"""What administrators change about the promises: new versions of a standard.

Apart from actions.py because that one is about clocks and long enough. A standard is never
edited: a change is a new version with a first day, and a clock keeps the version it started
with, so nothing done here moves a promise already made.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time

import structlog
from django.db import transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from clocks.calendars import LONDON, council_calendar
from clocks.models import ReceiptChoice, Standard, UnitChoice
from clocks.rules import BeyondCalendar, CalendarError, Receipt, Rule, Unit
from clocks.wording import day_in_words

log = structlog.get_logger(__name__)

# About a year in each unit: more is a slip of the finger, and could not be counted either.
LONGEST = {
    Unit.WORKING_DAYS: 250,
    Unit.WORKING_HOURS: 2000,
    Unit.ELAPSED_HOURS: 8760,
    Unit.CALENDAR_DAYS: 366,
    Unit.WEEKS: 52,
    Unit.CALENDAR_MONTHS: 12,
}
LONGEST_WARNING = 20
HOURS = frozenset({Unit.WORKING_HOURS, Unit.ELAPSED_HOURS})


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One version of a standard as typed: ``amount`` in ``unit``, ``cut_off`` in local time."""

    amount: int
    unit: UnitChoice
    receipt: ReceiptChoice
    cut_off: time | None = None
    beginning_with_day: bool = False
    roll_to_working_day: bool = False
    warn_working_days: int = 2

    @property
    def rule(self) -> Rule:
        """The rule these figures make. Raises CalendarError, whose ``field`` is at fault."""
        return Rule(
            amount=self.amount,
            unit=Unit(self.unit),
            receipt=Receipt(self.receipt),
            cut_off=self.cut_off,
            beginning_with_day=self.beginning_with_day,
            roll_to_working_day=self.roll_to_working_day,
        )


def figures_of(standard: Standard) -> Figures:
    """The figures of a version that exists."""
    return Figures(
        amount=standard.amount,
        unit=UnitChoice(standard.unit),
        receipt=ReceiptChoice(standard.receipt),
        cut_off=standard.cut_off,
        beginning_with_day=standard.beginning_with_day,
        roll_to_working_day=standard.roll_to_working_day,
        warn_working_days=standard.warn_working_days,
    )


def refuse_bad_version(
    *, code: str, figures: Figures, effective_from: date, now: datetime
) -> Standard:
    """Every reason why ``figures`` may not hold for ``code`` from local date ``effective_from``.

    Returns the version that they would follow, which is in force on that day or earlier. Raises
    RuleBroken, whose ``field`` is the figure at fault (``amount``, ``too_long``, ``cut_off``,
    ``hours_have_no_day_one``, ``warning_too_long``, ``past``, ``beyond_calendar``,
    ``no_standard``, ``version_exists``, ``unchanged``).
    """
    _refuse_bad_figures(figures)
    _refuse_bad_day(effective_from, now)
    versions = Standard.objects.filter(code=code, effective_from__lte=effective_from)
    before = versions.order_by("-effective_from").first()
    if before is None:
        raise RuleBroken(f"There is no promise called {code}.", "no_standard")
    if before.effective_from == effective_from:
        raise RuleBroken(
            f"A change from {day_in_words(effective_from)} is there already. Choose another day"
            + (", or withdraw that one first" if effective_from > _today(now) else ""),
            "version_exists",
            field="effective_from",
        )
    if figures_of(before) == figures:
        raise RuleBroken(
            "This is what is already promised then: change at least one figure", "unchanged"
        )
    return before


@transaction.atomic
def change_standard(
    *,
    code: str,
    figures: Figures,
    effective_from: date,
    instead_of: int,
    by: User,
    now: datetime,
) -> Standard:
    """Promise ``figures`` for everything received from local date ``effective_from`` on.

    ``instead_of`` is the key of the version that the person was shown as the one before: when
    somebody else has put another there meanwhile, nothing is written. The same change sent
    twice is made once. Raises RuleBroken (``may_not_change``, ``changed_meanwhile`` and those
    of refuse_bad_version).
    """
    only_administrators(by)
    _hold(code)
    same_day = Standard.objects.filter(code=code, effective_from=effective_from).first()
    if same_day and figures_of(same_day) == figures:
        return same_day
    before = refuse_bad_version(code=code, figures=figures, effective_from=effective_from, now=now)
    if before.pk != instead_of:
        raise RuleBroken(
            "Somebody else has changed this promise meanwhile. Check the dates again.",
            "changed_meanwhile",
        )
    made = Standard.objects.create(
        code=code, name=before.name, effective_from=effective_from, **asdict(figures)
    )
    log.info("standard_changed", code=code, effective_from=str(effective_from), by=by.pk)
    return made


@transaction.atomic
def withdraw_standard(*, code: str, effective_from: date, by: User, now: datetime) -> bool:
    """Take back a version that has not begun; the database keeps what it was.

    Returns False when it is gone already. Raises RuleBroken (``may_not_change``, ``begun``).
    """
    only_administrators(by)
    _hold(code)
    version = Standard.objects.filter(code=code, effective_from=effective_from).first()
    if version is None:
        return False
    if version.effective_from <= _today(now):
        raise RuleBroken(
            "This promise has begun, so it stays on record. Make a new version instead.", "begun"
        )
    version.delete()
    log.info("standard_withdrawn", code=code, effective_from=str(effective_from), by=by.pk)
    return True


def _hold(code: str) -> None:
    """Lock every version of a promise, so that two administrators come one after the other.

    What the one before wrote is only seen by a query made after this one.
    """
    list(Standard.objects.select_for_update().filter(code=code).order_by("pk").values_list("pk"))


def _refuse_bad_figures(figures: Figures) -> None:
    try:
        unit = figures.rule.unit
    except CalendarError as error:
        raise RuleBroken(str(error), error.field, field=error.field) from error
    if figures.amount > LONGEST[unit]:
        raise RuleBroken(
            f"The amount must be {LONGEST[unit]} {figures.unit.label} or less",
            "too_long",
            field="amount",
        )
    if figures.beginning_with_day and unit in HOURS:
        raise RuleBroken(
            "Counting the day itself as day 1 goes with days, weeks and months, not with hours",
            "hours_have_no_day_one",
            field="beginning_with_day",
        )
    if not 0 <= figures.warn_working_days <= LONGEST_WARNING:
        raise RuleBroken(
            f"The reminder must be between 0 and {LONGEST_WARNING} working days before",
            "warning_too_long",
            field="warn_working_days",
        )


def _refuse_bad_day(effective_from: date, now: datetime) -> None:
    if effective_from < _today(now):
        raise RuleBroken(
            "The first day must be today or later: promises already made stay as they are",
            "past",
            field="effective_from",
        )
    try:
        last = council_calendar().last
    except BeyondCalendar as error:
        raise RuleBroken(
            "Load bank holidays and opening hours first: no date can be counted without them.",
            "beyond_calendar",
        ) from error
    if effective_from > last:
        raise RuleBroken(
            f"The first day must be by {day_in_words(last)}: bank holidays after that are not "
            "known yet",
            "beyond_calendar",
            field="effective_from",
        )


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()
