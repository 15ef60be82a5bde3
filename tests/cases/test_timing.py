"""When a message had better wait."""

from datetime import UTC, datetime

import pytest

from cases.timing import better_later


@pytest.mark.rule("H61")
@pytest.mark.rule("H114")
@pytest.mark.parametrize(
    ("now", "opens"),
    [
        # Wednesday evening, Saturday night, Friday after closing.
        (datetime(2026, 11, 4, 20, tzinfo=UTC), datetime(2026, 11, 5, 9, tzinfo=UTC)),
        (datetime(2026, 11, 7, 23, tzinfo=UTC), datetime(2026, 11, 9, 9, tzinfo=UTC)),
        (datetime(2026, 11, 6, 16, 30, tzinfo=UTC), datetime(2026, 11, 9, 9, tzinfo=UTC)),
        # Friday at 2pm, while the service is open.
        (datetime(2026, 11, 6, 14, tzinfo=UTC), datetime(2026, 11, 9, 9, tzinfo=UTC)),
        # The Thursday before Good Friday 2026, in the morning.
        (datetime(2026, 4, 2, 9, tzinfo=UTC), datetime(2026, 4, 7, 8, tzinfo=UTC)),
        # Christmas Eve 2026: closed until Tuesday 29 December.
        (datetime(2026, 12, 24, 10, tzinfo=UTC), datetime(2026, 12, 29, 9, tzinfo=UTC)),
    ],
)
def test_it_had_better_wait_until_the_service_next_opens(calendar, now, opens):
    later = better_later(now, calendar)

    assert later is not None
    assert later.opens == opens


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 4, 10, tzinfo=UTC),
        datetime(2026, 11, 6, 13, 59, tzinfo=UTC),
        # Friday at 1:30pm in summer is 12:30 in UTC.
        datetime(2026, 6, 5, 12, 30, tzinfo=UTC),
    ],
)
def test_it_may_as_well_leave_now(calendar, now):
    assert better_later(now, calendar) is None


def test_without_a_calendar_nothing_is_hinted(db):
    assert better_later(datetime(2026, 11, 7, 23, tzinfo=UTC), None) is None


def test_beyond_the_loaded_holidays_nothing_is_hinted(calendar):
    assert better_later(datetime(2090, 11, 7, 23, tzinfo=UTC), calendar) is None
