"""Dates and deadlines in plain words, in every template."""

from datetime import date, datetime, time

from django import template

from clocks import wording
from clocks.calendars import LONDON
from clocks.working_time import WorkingCalendar

register = template.Library()


@register.filter
def day(value: date | datetime) -> str:
    """Tuesday 8 December 2026."""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return wording.day_in_words(value)


@register.filter
def moment(value: datetime) -> str:
    """Tuesday 8 December 2026 at 4:45pm."""
    return wording.moment_in_words(value)


@register.filter
def clock(value: time) -> str:
    """4:45pm, of a time of day."""
    return wording.clock_in_words(value)


@register.simple_tag
def due(value: datetime, now: datetime, calendar: WorkingCalendar | None) -> str:
    """Due Tuesday 8 December, in 3 working days."""
    return wording.due_in_words(value, now, calendar)
