from datetime import UTC, date, datetime, time

import pytest

from clocks.wording import (
    day_in_words,
    due_in_words,
    hours_in_words,
    moment_in_words,
    time_in_words,
)


def test_a_day_is_written_out():
    assert day_in_words(date(2026, 12, 8)) == "Tuesday 8 December 2026"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 12, 8, 16, 45, tzinfo=UTC), "4:45pm"),
        (datetime(2026, 12, 8, 9, 0, tzinfo=UTC), "9am"),
        (datetime(2026, 12, 8, 12, 0, tzinfo=UTC), "midday"),
        (datetime(2026, 12, 8, 0, 0, tzinfo=UTC), "midnight"),
        (datetime(2026, 12, 8, 0, 5, tzinfo=UTC), "12:05am"),
        (datetime(2026, 7, 8, 16, 30, tzinfo=UTC), "5:30pm"),  # British Summer Time
    ],
)
def test_a_time_is_read_on_the_london_clock(at, words):
    assert time_in_words(at) == words


def test_a_moment_late_on_a_summer_evening_is_the_next_day_in_london():
    at = datetime(2026, 7, 7, 23, 30, tzinfo=UTC)

    assert moment_in_words(at) == "Wednesday 8 July 2026 at 12:30am"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 12, 3, 10, tzinfo=UTC), "Due Tuesday 8 December, in 3 working days"),
        (datetime(2026, 12, 5, 10, tzinfo=UTC), "Due Tuesday 8 December, in 2 working days"),
        (datetime(2026, 12, 7, 10, tzinfo=UTC), "Due Tuesday 8 December, in 1 working day"),
        (datetime(2026, 12, 8, 17, 30, tzinfo=UTC), "Due today by 5:30pm"),
        (datetime(2026, 12, 8, 17, 31, tzinfo=UTC), "Late: was due today by 5:30pm"),
        (datetime(2026, 12, 9, 9, 0, tzinfo=UTC), "1 working day late"),
        (datetime(2026, 12, 10, 9, 0, tzinfo=UTC), "2 working days late"),
        (datetime(2026, 12, 12, 9, 0, tzinfo=UTC), "3 working days late"),
        (datetime(2027, 1, 5, 9, 0, tzinfo=UTC), "17 working days late"),
    ],
)
def test_a_deadline_in_plain_words(calendar, now, words):
    assert due_in_words(datetime(2026, 12, 8, 17, 30, tzinfo=UTC), now, calendar) == words


def test_a_deadline_of_next_year_names_the_year(calendar):
    due = datetime(2027, 1, 4, 17, 30, tzinfo=UTC)
    now = datetime(2026, 12, 31, 10, tzinfo=UTC)

    assert due_in_words(due, now, calendar) == "Due Monday 4 January 2027, in 1 working day"


def test_a_deadline_passed_on_friday_is_not_a_working_day_late_on_saturday(calendar):
    due = datetime(2026, 12, 4, 16, 30, tzinfo=UTC)
    now = datetime(2026, 12, 5, 10, tzinfo=UTC)

    assert due_in_words(due, now, calendar) == "Late: was due Friday 4 December"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (
            {
                **{key: [(time(9), time(17, 30))] for key in range(4)},
                4: [(time(9), time(16, 30))],
            },
            "Monday to Thursday from 9am to 5:30pm, and Friday from 9am to 4:30pm",
        ),
        ({key: [(time(9), time(12))] for key in [0, 2]}, "Monday and Wednesday from 9am to midday"),
        (
            {0: [(time(9), time(12)), (time(13), time(17))]},
            "Monday from 9am to midday and from 1pm to 5pm",
        ),
        ({}, ""),
    ],
)
def test_opening_hours_are_read_out(hours, words):
    assert hours_in_words(hours) == words
