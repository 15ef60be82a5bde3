"""Form fields that ask and complain in the words of the GOV.UK Design System.

They live in the lowest layer because every app's forms use them.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst

BOXES = ("day", "month", "year")

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TWELVE_HOUR = re.compile(r"(1[0-2]|0?[1-9])(?:[:.]([0-5][0-9]))?\s*([ap])\.?m\.?", re.IGNORECASE)
TWENTY_FOUR_HOUR = re.compile(r"([01][0-9]|2[0-3])[:.]?([0-5][0-9])")
MORNING_OR_AFTERNOON = re.compile(r"[1-9][:.][0-5][0-9]")
NAMED_TIMES = {"midday": time(12), "noon": time(12), "midnight": time(0)}


class DateBoxes(forms.MultiWidget):
    """Three text boxes for day, month and year, posted as ``<name>_day`` and so on."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({box: forms.TextInput() for box in BOXES}, attrs)

    def decompress(self, value: date | None) -> list[str]:
        return [str(value.day), str(value.month), str(value.year)] if value else ["", "", ""]


class DateField(forms.Field):
    """A calendar date typed into three boxes; cleans to a ``datetime.date``.

    ``called`` is the date's name inside a sentence, such as "the date received"; the error
    messages are built from it. A ``ValidationError`` about some of the boxes names them in
    ``params["boxes"]``, so that the error summary can lead to the first of them.
    """

    widget = DateBoxes

    def __init__(
        self, *, called: str, error_messages: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        name = _sentence_start(called)
        messages = {
            "required": f"Enter {called}",
            "incomplete": f"{name} must include %(missing)s",
            "invalid": f"{name} must be a real date",
            "invalid_year": "Year must include 4 numbers",
        }
        super().__init__(error_messages=messages | (error_messages or {}), **kwargs)

    def to_python(self, value: Any) -> date | None:
        """Read the boxes, in the digits of any script. The month may be a number or its English
        name."""
        if value is None or isinstance(value, date):
            return value
        typed = {box: _plain(text or "") for box, text in zip(BOXES, value, strict=True)}
        if not any(typed.values()):
            return None
        if missing := [box for box in BOXES if not typed[box]]:
            raise self._error("incomplete", missing)
        if not re.fullmatch(r"\d{4}", typed["year"]):
            raise self._error("invalid_year", ["year"])
        return self._real_date(typed)

    def _real_date(self, typed: dict[str, str]) -> date:
        day, month = _number(typed["day"]), _month_number(typed["month"])
        try:
            return date(int(typed["year"]), month, day)
        except ValueError:
            raise self._error("invalid", _impossible_boxes(day, month)) from None

    def _error(self, code: str, boxes: Sequence[str]) -> ValidationError:
        params = {"boxes": tuple(boxes), "missing": "a " + " and ".join(boxes)}
        return ValidationError(self.error_messages[code], code=code, params=params)


class TimeField(forms.Field):
    """A time of day typed as "4:45pm" or "16:45"; cleans to a ``datetime.time`` without a zone.

    "4:45" alone is refused: a clock must not start twelve hours wrong because of a guess.
    ``called`` is the time's name inside a sentence, such as "the time received".
    """

    def __init__(
        self, *, called: str, error_messages: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        name = _sentence_start(called)
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "govuk-input--width-5"}))
        messages = {
            "required": f"Enter {called}",
            "invalid": f"{name} must be a time, like 4:45pm or 16:45",
            "ambiguous": f"{name} must include am or pm, like 4:45pm",
        }
        super().__init__(error_messages=messages | (error_messages or {}), **kwargs)

    def to_python(self, value: Any) -> time | None:
        if value is None or isinstance(value, time):
            return value
        typed = value.strip().lower()
        if not typed:
            return None
        if (found := _read_time(typed)) is not None:
            return found
        code = "ambiguous" if MORNING_OR_AFTERNOON.fullmatch(typed) else "invalid"
        raise ValidationError(self.error_messages[code], code=code)

    def prepare_value(self, value: Any) -> Any:
        """Show a time as people write it: "4:45pm"."""
        if not isinstance(value, time):
            return value
        return f"{value.hour % 12 or 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"


def _plain(typed: str) -> str:
    """Without the marks that keyboards of scripts from right to left put beside digits."""
    return "".join(letter for letter in typed if unicodedata.category(letter) != "Cf").strip()


def _sentence_start(called: str) -> str:
    return capfirst(called.removeprefix("the "))


def _month_number(typed: str) -> int:
    """1 to 12, or 0 when it is no month."""
    start = typed[:3].lower()
    if start in MONTHS:
        return MONTHS.index(start) + 1
    return _number(typed) if _number(typed) <= 12 else 0


def _number(typed: str) -> int:
    """A number of one or two digits, or 0."""
    return int(typed) if typed.isdecimal() and len(typed) <= 2 else 0


def _impossible_boxes(day: int, month: int) -> list[str]:
    """The boxes that cannot be right; all three when only their combination is wrong."""
    wrong = []
    if not 1 <= day <= 31:
        wrong.append("day")
    if not month:
        wrong.append("month")
    return wrong or list(BOXES)


def _read_time(typed: str) -> time | None:
    if typed in NAMED_TIMES:
        return NAMED_TIMES[typed]
    if match := TWELVE_HOUR.fullmatch(typed):
        hour, minute, half = match.groups()
        return time(int(hour) % 12 + (12 if half == "p" else 0), int(minute or 0))
    if match := TWENTY_FOUR_HOUR.fullmatch(typed):
        return time(int(match[1]), int(match[2]))
    return None
