"""How long a promise runs and how that is counted: pure Python, no Django."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class BeyondCalendar(ValueError):
    """The answer lies outside the days whose holidays are loaded."""


class CalendarError(ValueError):
    """The calendar cannot be built: ``field`` names the part that is wrong."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class Unit(StrEnum):
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"
    ELAPSED_HOURS = "elapsed_hours"
    CALENDAR_DAYS = "calendar_days"
    WEEKS = "weeks"
    CALENDAR_MONTHS = "calendar_months"


class Receipt(StrEnum):
    """Which day is day 0."""

    NEXT_OPENING = "next_opening"  # out of hours counts as received at the next opening
    SAME_DAY = "same_day"  # the date on the message is day 0, working day or not
    CUT_OFF = "cut_off"  # after the cut-off time, or on a non-working day: the next working day


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How long, counted how. ``amount`` is in ``unit``; ``cut_off`` is local time."""

    amount: int
    unit: Unit = Unit.WORKING_DAYS
    receipt: Receipt = Receipt.NEXT_OPENING
    cut_off: time | None = None
    # "Beginning with the day": the day itself is day 1 (regulations 13(1)(a), 22(2)(c)).
    beginning_with_day: bool = False
    roll_to_working_day: bool = False

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise CalendarError("The amount must be 1 or more.", "amount")
        if (self.receipt is Receipt.CUT_OFF) != (self.cut_off is not None):
            raise CalendarError("A cut-off time goes with the cut-off rule.", "cut_off")


@dataclass(frozen=True)
class Step:
    """One day of the account. ``number`` is 0 on the day of receipt, None when not counted."""

    day: date
    number: int | None
    reason: str

    @property
    def counted(self) -> bool:
        return bool(self.number)
