"""The reminders of the 48 hours come while somebody is there, before it is too late (H60, H106)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from clocks.models import Clock, Standard
from escalations.desk import row_of
from escalations.desk_watch_actions import watch_desk
from escalations.desk_words import early_warning, end_in_words, reminders_due, warned_by_the_pass
from escalations.models import DeskEntry
from notices.models import Notice
from tests.escalations.making import case_of, managed, matter, on_desk
from tests.escalations.making import officer as new_officer

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H106"), pytest.mark.rule("H60")]
LONDON = ZoneInfo("Europe/London")
STEP = timedelta(minutes=30)


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return new_officer()


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """In the winter of 2026, when London is on UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def reminded(rosa) -> list[datetime]:
    found = Notice.objects.filter(recipient=rosa, kind=Notice.Kind.WARNING, key__startswith="desk:")
    return list(found.order_by("created_at").values_list("created_at", flat=True))


# Open from 9am to 5:30pm, on Fridays until 4:30pm.
@pytest.mark.parametrize(
    ("passed", "due", "first", "second"),
    [
        # Monday 10am: a day before, and with four working hours left.
        pytest.param(
            at(11, 2, 10), at(11, 4, 10), at(11, 3, 10), at(11, 3, 14, 30), id="Monday at 10am"
        ),
        # Thursday 10am, due on Saturday: both on Friday, which ends at half past four.
        pytest.param(
            at(11, 5, 10), at(11, 7, 10), at(11, 6, 10), at(11, 6, 12, 30), id="Thursday at 10am"
        ),
        # Friday 9am, due on Sunday: a day before is Saturday, so only the second says something.
        pytest.param(at(11, 6, 9), at(11, 8, 9), None, at(11, 6, 12, 30), id="Friday at 9am"),
        # Friday 4pm: half an hour is left, and the news of the pass says so.
        pytest.param(at(11, 6, 16), at(11, 8, 16), None, None, id="Friday at 4pm"),
        # Tuesday 8pm, after closing: on Wednesday an hour before closing, not when all have gone.
        pytest.param(
            at(11, 3, 20), at(11, 5, 20), at(11, 4, 16, 30), at(11, 5, 13, 30), id="after closing"
        ),
        # A form at five past midnight.
        pytest.param(
            at(11, 3, 0, 5), at(11, 5, 0, 5), at(11, 3, 16, 30), at(11, 4, 13, 30), id="midnight"
        ),
        # Four working hours before 1pm is the closing time of the day before: told
        # at the opening, and no later.
        pytest.param(at(11, 2, 13), at(11, 4, 13), at(11, 3, 13), at(11, 4, 9), id="opening"),
        # Christmas Eve is a Thursday; until Tuesday 29 December nobody is there.
        pytest.param(
            at(12, 24, 10), at(12, 26, 10), None, at(12, 24, 13, 30), id="Christmas Eve at 10am"
        ),
        pytest.param(at(12, 24, 15), at(12, 26, 15), None, None, id="Christmas Eve at 3pm"),
        # The day before Christmas Eve, due on Christmas Day.
        pytest.param(
            at(12, 23, 10), at(12, 25, 10), at(12, 24, 10), at(12, 24, 13, 30), id="23 December"
        ),
    ],
)
def test_when_the_officer_is_reminded(maya, rosa, cora, passed, due, first, second):
    entry = on_desk(matter(case_of(cora)), maya, passed)
    assert entry.clock.due_at == due

    now = passed.replace(minute=passed.minute // 30 * 30)
    while now < due:
        watch_desk(now=now)
        now += STEP

    assert reminded(rosa) == [moment for moment in (first, second) if moment]


def test_at_no_moment_of_a_pass_is_a_reminder_out_of_hours_or_after_the_date(calendar):
    standard = Standard(code="r", amount=48, unit="elapsed_hours")
    passed, wrong = datetime(2026, 12, 14, 0, 15, tzinfo=LONDON), []
    while passed < datetime(2027, 1, 5, tzinfo=LONDON):
        start = passed.astimezone(UTC)
        clock = Clock(standard=standard, started_at=start, due_at=start + timedelta(hours=48))
        first = early_warning(clock, calendar)
        if first and not (calendar.is_open(first) and start < first < clock.due_at):
            wrong.append((passed, first))
        passed += timedelta(hours=1)

    assert wrong == []


def test_what_was_missed_at_night_waits_for_the_opening(maya, rosa, cora):
    """The workers stood still on Tuesday afternoon, and begin again at midnight."""
    on_desk(matter(case_of(cora)), maya, at(11, 2, 10))

    assert watch_desk(now=at(11, 4, 0)) == 0
    assert watch_desk(now=at(11, 4, 8, 59)) == 0
    assert watch_desk(now=at(11, 4, 9)) == 1
    assert reminded(rosa) == [at(11, 4, 9)]


def test_when_no_holidays_are_loaded_a_reminder_does_not_wait(maya, rosa, cora, calendar):
    entry = on_desk(matter(case_of(cora)), maya, at(11, 2, 10))

    assert reminders_due(entry.clock, at(11, 3, 23), None) == (True, False)
    assert warned_by_the_pass(entry.clock, at(11, 2, 10), None)["warned_early_at"] is None


# --- On a Sunday ----------------------------------------------------------------------------


@pytest.fixture
def over_the_weekend(maya, rosa, cora) -> DeskEntry:
    """Passed on Friday 6 November at 4pm: due on Sunday at 4pm."""
    return on_desk(matter(case_of(cora)), maya, at(11, 6, 16))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at(11, 6, 16, 30), "The 48 hours end on Sunday 8 November 2026 at 4pm"),
        (at(11, 7, 10), "The 48 hours end tomorrow at 4pm"),
        (at(11, 8, 10), "The 48 hours end today at 4pm"),
    ],
)
def test_what_is_left_is_said_when_the_last_working_moment_is_past(
    over_the_weekend, calendar, now, said
):
    row = row_of(over_the_weekend, now, calendar)

    assert end_in_words(over_the_weekend.clock, now) == said
    assert row.act_by is None
    assert row.no_time == (
        f"The last working moment, Friday 6 November 2026 at 4:30pm, is past. {said}."
    )


def test_before_that_moment_the_page_says_by_when_to_act(over_the_weekend, calendar):
    row = row_of(over_the_weekend, at(11, 6, 16, 29), calendar)

    assert (row.act_by, row.no_time) == (at(11, 6, 16, 30), "")


def test_late_it_says_only_how_late(over_the_weekend, calendar):
    row = row_of(over_the_weekend, at(11, 8, 18), calendar)

    assert (row.left, row.act_by, row.no_time) == ("2 hours late", None, "")


def test_both_pages_say_it(over_the_weekend, rosa, as_person):
    client = as_person(rosa)
    reference = over_the_weekend.contact.reference
    with time_machine.travel(at(11, 8, 10), tick=False):
        for address in ("/resolution/", f"/resolution/{reference}/"):
            page = client.get(address).content.decode()
            assert "The 48 hours end today at 4pm." in page
            assert "Act by" not in page


def test_the_news_of_a_pass_at_night_names_no_moment_that_is_past(maya, rosa, cora):
    on_desk(matter(case_of(cora)), maya, at(11, 6, 20))

    [news] = Notice.objects.filter(recipient=rosa)
    assert "due by Sunday 8 November 2026 at 8pm. No working time is left." in news.body


def test_other_standards_say_their_own_length(over_the_weekend):
    standard = Standard.objects.create(
        code="resolution.initial_response",
        name="First response",
        amount=1,
        unit="calendar_days",
        effective_from=date(2026, 11, 1),
    )
    over_the_weekend.clock.standard = standard

    assert end_in_words(over_the_weekend.clock, at(11, 8, 10)) == "The 1 day ends today at 4pm"
