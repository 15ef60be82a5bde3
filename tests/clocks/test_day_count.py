"""The day-by-day count with pauses: literal accounts, and properties over every unit."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clocks import pauses as arithmetic
from clocks.day_count import Pause, PausedStep, count
from clocks.working_time import BeyondCalendar, Receipt, Rule, Unit
from tests.clocks.test_working_time import COUNCIL

LONDON = ZoneInfo("Europe/London")
FIVE = Rule(amount=5)


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type, misc]


def due_after(rule: Rule, received_at: datetime, pauses: list[Pause]) -> datetime:
    """The date as clocks.pause_actions.resume moves it: pause by pause."""
    due_at = COUNCIL.due(received_at, rule)
    for pause in pauses:
        length = arithmetic.length(COUNCIL, rule, pause.since, pause.until)
        due_at = arithmetic.moved(COUNCIL, rule, due_at, length)
    return due_at


def lines(rule: Rule, received_at: datetime, pauses: list[Pause]) -> list[str]:
    steps = count(COUNCIL, rule, received_at, due_after(rule, received_at, pauses), pauses)
    return [f"{step.day:%a %-d}: {step.reason}" for step in steps]


def test_paused_working_days_are_put_off_and_weekends_stay_weekends():
    pause = Pause(london(2026, 11, 5, 11), london(2026, 11, 10, 9), "waiting for the school")

    assert lines(FIVE, london(2026, 11, 2, 10), [pause]) == [
        "Mon 2: Received",
        "Tue 3: Working day 1",
        "Wed 4: Working day 2",
        "Thu 5: Paused: waiting for the school",
        "Fri 6: Paused: waiting for the school",
        "Sat 7: Weekend",
        "Sun 8: Weekend",
        "Mon 9: Paused: waiting for the school",
        "Tue 10: Working day 3",
        "Wed 11: Working day 4",
        "Thu 12: Working day 5",
    ]


def test_a_pause_from_the_day_of_receipt_puts_off_the_beginning():
    pause = Pause(london(2026, 11, 2, 11), london(2026, 11, 4, 9), "")

    assert lines(Rule(amount=1), london(2026, 11, 2, 10), [pause]) == [
        "Mon 2: Paused",
        "Tue 3: Paused",
        "Wed 4: The count begins",
        "Thu 5: Working day 1",
    ]


def test_a_pause_within_one_day_puts_nothing_off():
    pause = Pause(london(2026, 11, 3, 11), london(2026, 11, 3, 15), "")

    assert lines(FIVE, london(2026, 11, 2, 10), [pause]) == lines(FIVE, london(2026, 11, 2, 10), [])


def test_calendar_days_are_paused_at_weekends_too():
    rule = Rule(amount=3, unit=Unit.CALENDAR_DAYS)
    pause = Pause(london(2026, 11, 6, 11), london(2026, 11, 8, 12), "")

    assert lines(rule, london(2026, 11, 4, 10), [pause]) == [
        "Wed 4: Received",
        "Thu 5: Day 1",
        "Fri 6: Paused",
        "Sat 7: Paused",
        "Sun 8: Day 2",
        "Mon 9: Day 3",
    ]


def test_real_hours_are_lost_to_a_pause_over_the_clock_change():
    rule = Rule(amount=48, unit=Unit.ELAPSED_HOURS)
    # Sunday 25 October 2026 has 25 hours.
    pause = Pause(london(2026, 10, 24, 0), london(2026, 10, 26, 10), "")

    assert due_after(rule, london(2026, 10, 23, 10), [pause]) == london(2026, 10, 27, 20)
    assert lines(rule, london(2026, 10, 23, 10), [pause]) == [
        "Fri 23: Received: hours count from then",
        "Sat 24: Paused",
        "Sun 25: Paused",
        "Mon 26: Hours counted, except while paused",
        "Tue 27: Every hour counts",
    ]


def test_opening_hours_are_lost_to_a_pause():
    rule = Rule(amount=8, unit=Unit.WORKING_HOURS)
    pause = Pause(london(2026, 11, 6, 9), london(2026, 11, 9, 12), "")

    assert lines(rule, london(2026, 11, 5, 16), [pause]) == [
        "Thu 5: Received: hours count from then",
        "Fri 6: Paused",
        "Sat 7: Weekend",
        "Sun 8: Weekend",
        "Mon 9: Hours counted, except while paused",
        "Tue 10: Opening hours counted",
    ]


@pytest.mark.parametrize(
    ("rule", "moved"),
    [
        (FIVE, timedelta(days=1)),
        (FIVE, timedelta(days=-1)),
        (FIVE, timedelta(days=5)),
        (Rule(amount=5, unit=Unit.CALENDAR_DAYS), timedelta(days=7)),
        (Rule(amount=3, unit=Unit.CALENDAR_DAYS, roll_to_working_day=True), timedelta(days=4)),
        (Rule(amount=48, unit=Unit.ELAPSED_HOURS), timedelta(minutes=1)),
        (Rule(amount=48, unit=Unit.WORKING_HOURS), timedelta(minutes=-1)),
    ],
)
def test_no_count_is_given_that_does_not_end_on_the_date_promised(rule, moved):
    received_at = london(2026, 11, 2, 10)
    pause = Pause(london(2026, 11, 3, 11), london(2026, 11, 3, 11), "")
    due_at = COUNCIL.due(received_at, rule) + moved

    assert count(COUNCIL, rule, received_at, due_at) == []
    assert count(COUNCIL, rule, received_at, due_at, [pause]) == []


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=LONDON, microsecond=0)
)
rules = st.builds(
    Rule,
    amount=st.integers(1, 12),
    unit=st.sampled_from(Unit),
    receipt=st.sampled_from([Receipt.NEXT_OPENING, Receipt.SAME_DAY]),
    beginning_with_day=st.booleans(),
    roll_to_working_day=st.booleans(),
)


@st.composite
def paused_clocks(draw, rules=rules):
    """A rule, a receipt, and pauses in order that begin before the date as it then stands."""
    rule, received_at = draw(rules), draw(moments)
    pauses: list[Pause] = []
    since = COUNCIL.counted_from(received_at, rule)
    for _ in range(draw(st.integers(0, 3))):
        due_at = due_after(rule, received_at, pauses)
        left = int((due_at - since).total_seconds())
        if left <= 0:
            break
        since += timedelta(seconds=draw(st.integers(0, left)))
        until = since + timedelta(minutes=draw(st.integers(0, 20_000)))
        pauses.append(Pause(since, until, "waiting"))
        since = until
    return rule, received_at, pauses


@given(paused_clocks())
def test_a_count_runs_without_gaps_and_ends_on_the_due_day(clock):
    rule, received_at, pauses = clock
    due_at = due_after(rule, received_at, pauses)

    steps = count(COUNCIL, rule, received_at, due_at, pauses)

    for step, following in pairwise(steps):
        assert following.day == step.day + timedelta(days=1)
    if steps:
        assert steps[-1].day == due_at.astimezone(LONDON).date()
        assert steps[0].day == received_at.date()
    if not rule.roll_to_working_day:
        assert steps, "every pause within the count can be accounted for"


@given(paused_clocks(rules.filter(lambda rule: rule.unit is Unit.WORKING_DAYS)))
def test_the_working_days_counted_are_those_of_the_standard(clock):
    rule, received_at, pauses = clock
    due_at = due_after(rule, received_at, pauses)

    steps = count(COUNCIL, rule, received_at, due_at, pauses)

    counted = [step.day for step in steps if step.counted]
    assert len(counted) == rule.amount
    assert all(COUNCIL.is_working_day(day) for day in counted)
    assert [step.number for step in steps if step.counted] == list(range(1, rule.amount + 1))
    for step in steps:
        within = any(
            pause.since.date() <= step.day < pause.until.astimezone(LONDON).date()
            for pause in pauses
        )
        assert isinstance(step, PausedStep) == (within and COUNCIL.is_working_day(step.day))


def test_nothing_is_counted_beyond_the_loaded_calendar():
    with pytest.raises(BeyondCalendar):
        count(COUNCIL, FIVE, london(2028, 12, 29, 10), london(2029, 1, 5, 17))
