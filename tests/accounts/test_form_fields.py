from datetime import date, time

import pytest
from django.core.exceptions import ValidationError

from accounts.form_fields import DateField, TimeField


def received(**kwargs):
    return DateField(called="the date received", **kwargs)


def wrong(field, typed):
    """What the field says, and which boxes it says it about."""
    with pytest.raises(ValidationError) as caught:
        field.clean(typed)
    error = caught.value.error_list[0]
    return error.messages[0], (error.params or {}).get("boxes")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["4", "9", "2026"], date(2026, 9, 4)),
        (["04", "09", "2026"], date(2026, 9, 4)),
        ([" 29 ", "2", "2028"], date(2028, 2, 29)),
        (["4", "Sep", "2026"], date(2026, 9, 4)),
        (["4", "september", "2026"], date(2026, 9, 4)),
        (date(2026, 9, 4), date(2026, 9, 4)),
        (["٣", "٢", "٢٠١٤"], date(2014, 2, 3)),
        (["۳", "۲", "۲۰۱۴"], date(2014, 2, 3)),
        (["\u200f٣\u200e", " २ ", "२०१४"], date(2014, 2, 3)),
    ],
)
def test_date_is_read(typed, meant):
    assert received().clean(typed) == meant


def test_date_left_empty_when_it_may_be():
    assert received(required=False).clean(["", " ", ""]) is None


@pytest.mark.parametrize(
    ("typed", "message", "boxes"),
    [
        (["", "", ""], "Enter the date received", None),
        (["4", "9", ""], "Date received must include a year", ("year",)),
        (["", "9", "2026"], "Date received must include a day", ("day",)),
        (["4", "", ""], "Date received must include a month and year", ("month", "year")),
        (["4", "9", "26"], "Year must include 4 numbers", ("year",)),
        (["32", "9", "2026"], "Date received must be a real date", ("day",)),
        (["4", "13", "2026"], "Date received must be a real date", ("month",)),
        (["x", "nine", "2026"], "Date received must be a real date", ("day", "month")),
        (["31", "9", "2026"], "Date received must be a real date", ("day", "month", "year")),
        (["29", "2", "2027"], "Date received must be a real date", ("day", "month", "year")),
        (["1", "1", "0000"], "Date received must be a real date", ("day", "month", "year")),
        (["9" * 5000, "1", "2026"], "Date received must be a real date", ("day",)),
        (["²", "1", "2026"], "Date received must be a real date", ("day",)),
    ],
)
def test_date_that_is_wrong_says_how_and_where(typed, message, boxes):
    assert wrong(received(), typed) == (message, boxes)


def test_date_takes_its_own_messages():
    field = received(error_messages={"required": "When did they ring?"})

    assert wrong(field, ["", "", ""])[0] == "When did they ring?"


def test_date_shown_again_is_in_its_boxes():
    assert received().widget.decompress(date(2026, 9, 4)) == ["4", "9", "2026"]


def at(**kwargs):
    return TimeField(called="the time received", **kwargs)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("4:45pm", time(16, 45)),
        ("4.45 PM", time(16, 45)),
        ("4pm", time(16)),
        ("4 p.m.", time(16)),
        ("04:45am", time(4, 45)),
        ("12am", time(0)),
        ("12:30pm", time(12, 30)),
        ("16:45", time(16, 45)),
        ("1645", time(16, 45)),
        ("09:05", time(9, 5)),
        ("midday", time(12)),
        ("Midnight", time(0)),
        (time(16, 45), time(16, 45)),
    ],
)
def test_time_is_read(typed, meant):
    assert at().clean(typed) == meant


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter the time received"),
        ("4:45", "Time received must include am or pm, like 4:45pm"),
        ("13pm", "Time received must be a time, like 4:45pm or 16:45"),
        ("24:00", "Time received must be a time, like 4:45pm or 16:45"),
        ("4:60pm", "Time received must be a time, like 4:45pm or 16:45"),
        ("soon", "Time received must be a time, like 4:45pm or 16:45"),
    ],
)
def test_time_that_is_wrong_says_how(typed, message):
    assert wrong(at(), typed) == (message, None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(time(16, 45), "4:45pm"), (time(0, 5), "12:05am"), (time(12), "12:00pm"), ("4:6", "4:6")],
)
def test_time_is_shown_as_people_write_it(value, shown):
    assert at().prepare_value(value) == shown


def test_time_left_empty_when_it_may_be():
    assert at(required=False).clean("  ") is None
