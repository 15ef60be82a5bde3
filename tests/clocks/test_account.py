"""The account of a promise: why its date, and what happened to it, for staff and for families."""

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

import pytest

from clocks import actions, pause_actions
from clocks.account import account_of
from clocks.calendars import LONDON, council_calendar
from clocks.family_words import family_words
from clocks.models import BankHoliday, Clock, ClockEvent, Closure, Standard
from clocks.moving import move_to_calendar
from tests.factories import UserFactory

RECEIVED = datetime(2026, 5, 1, 15, 45, tzinfo=UTC)  # Friday 4:45pm, after closing
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type, misc]


def started(cora, code="contact.telephone", received_at=RECEIVED, now=None) -> Clock:
    return actions.start(
        code=code,
        owner=cora,
        team=cora.team,
        about="Telephone call from a parent or carer",
        path="/",
        received_at=received_at,
        by=cora,
        now=now or received_at,
    )


def paused(clock: Clock, by, since: datetime, until: datetime, reason="school closed") -> Clock:
    pause_actions.pause(clock=clock, since=since, reason=reason, by=by, now=since)
    return pause_actions.resume(clock=clock, at=until, by=by, now=until)


def lines(account) -> list[str]:
    return [f"{step.day:%a %-d %b}: {step.reason}" for step in account.steps]


@pytest.mark.rule("H29")
def test_each_day_has_its_reason(policy, cora):
    Closure.objects.create(
        name="Office closed", first_day=date(2026, 5, 8), last_day=date(2026, 5, 8)
    )
    account = account_of(started(cora), council_calendar())

    assert account.complete
    assert account.counted_from == london(2026, 5, 5, 9)
    assert lines(account) == [
        "Fri 1 May: Received after closing time",
        "Sat 2 May: Weekend",
        "Sun 3 May: Weekend",
        "Mon 4 May: Early May bank holiday",
        "Tue 5 May: Counts as received when the service opens",
        "Wed 6 May: Working day 1",
        "Thu 7 May: Working day 2",
        "Fri 8 May: Office closed",
        "Sat 9 May: Weekend",
        "Sun 10 May: Weekend",
        "Mon 11 May: Working day 3",
        "Tue 12 May: Working day 4",
        "Wed 13 May: Working day 5: answer due by 5:30pm",
    ]


@pytest.mark.rule("H58")
def test_pauses_are_told_and_the_count_still_ends_on_the_date(policy, cora):
    clock = paused(started(cora), cora, london(2026, 5, 6, 10), london(2026, 5, 8, 9))

    account = account_of(clock, council_calendar())

    assert account.complete
    assert lines(account)[5:9] == [
        "Wed 6 May: Paused: school closed",
        "Thu 7 May: Paused: school closed",
        "Fri 8 May: Working day 1",
        "Sat 9 May: Weekend",
    ]
    assert account.steps[-1].day == clock.due_at.astimezone(LONDON).date() == date(2026, 5, 14)
    assert [astuple(pause) for pause in account.pauses] == [
        (london(2026, 5, 6, 10), london(2026, 5, 8, 9), "school closed", 2)
    ]


def test_a_pause_that_lasts_is_told_without_a_guess(policy, cora):
    clock = started(cora)
    since = london(2026, 5, 6, 10)
    clock = pause_actions.pause(clock=clock, since=since, reason="ill", by=cora, now=since)

    account = account_of(clock, council_calendar())

    assert account.paused_since == london(2026, 5, 6, 10)
    assert astuple(account.pauses[0])[1:] == (None, "ill", None)
    assert account.steps[-1].day == date(2026, 5, 12)
    assert "The date is Tuesday 12 May 2026 for now." in family_words(account, "C", NOW)[-1]


@pytest.mark.rule("H58")
def test_holding_replies_are_told_once_each_and_there_is_no_count(policy, cora):
    clock = paused(started(cora), cora, london(2026, 5, 6, 10), london(2026, 5, 8, 9))
    for until in (date(2026, 5, 20), date(2026, 6, 3)):
        clock = actions.promise(
            clock=clock,
            until=until,
            reason="the panel meets later",
            by=cora,
            now=london(2026, 5, 12, 10),
        )

    account = account_of(clock, council_calendar())

    assert (account.promised, account.complete, account.steps) == (True, True, ())
    assert [
        (event.due_before.date(), event.due_after.date(), event.reason)
        for event in account.promises
        if event.due_before and event.due_after
    ] == [
        (date(2026, 5, 14), date(2026, 5, 20), "the panel meets later"),
        (date(2026, 5, 20), date(2026, 6, 3), "the panel meets later"),
    ]
    assert [event.kind for event in account.events] == [
        "started",
        "paused",
        "resumed",
        "promised",
        "promised",
    ]


def test_passing_on_and_back_dated_pauses_are_told_in_the_order_in_which_they_happened(
    policy, cora, lena
):
    clock = started(cora)
    actions.reassign(clock=clock, to=lena, reason="leave", by=cora, now=london(2026, 5, 7, 9))
    clock = pause_actions.pause(
        clock=clock,
        since=london(2026, 5, 6, 10),
        reason="written late",
        by=lena,
        now=london(2026, 5, 8, 9),
    )

    account = account_of(clock, council_calendar())

    assert [(event.kind, event.by, event.written_later) for event in account.events] == [
        ("started", "Cora Hill", False),
        ("paused", "Lena Marsh", True),
        ("reassigned", "Cora Hill", False),
    ]
    [passed] = account.reassignments
    assert (passed.owner_before, passed.owner_after) == ("Cora Hill", "Lena Marsh")


def test_a_changed_calendar_gives_no_count_until_the_date_is_moved(policy, cora):
    clock = started(cora)
    BankHoliday.objects.create(day=date(2026, 5, 7), name="Extra holiday", year_id=2026)
    stale = account_of(clock, council_calendar())
    assert (stale.complete, stale.steps) == (False, ())

    move_to_calendar(by=cora, now=london(2026, 5, 5, 10), reason="New holiday")
    clock.refresh_from_db()

    account = account_of(clock, council_calendar())
    assert account.complete
    assert "Thu 7 May: Extra holiday" in lines(account)
    [move] = account.moves
    assert move.due_before == london(2026, 5, 12, 17, 30)
    assert move.due_after == london(2026, 5, 13, 17, 30)


def test_without_a_loaded_calendar_the_account_is_given_without_a_count(policy, cora):
    clock = started(cora)

    account = account_of(clock, None)

    assert (account.complete, account.counted_from, account.act_by) == (False, None, None)
    assert account.wording == "within 5 working days"


@pytest.mark.rule("H106")
def test_hours_say_by_when_to_act(policy, cora):
    Standard.objects.create(
        code="desk",
        name="First response",
        amount=48,
        unit="elapsed_hours",
        receipt="same_day",
        effective_from=date(2026, 1, 1),
    )
    clock = started(cora, code="desk", received_at=london(2026, 5, 1, 12))

    account = account_of(clock, council_calendar())

    assert account.due_at == london(2026, 5, 3, 12)
    assert account.act_by == london(2026, 5, 1, 16, 30)
    assert lines(account)[-1] == "Sun 3 May: Every hour counts: answer due by midday"


def test_families_hear_the_time_where_hours_were_promised_and_why_a_last_day_moved(policy, cora):
    for code, amount, unit, roll in (
        ("desk", 48, "elapsed_hours", False),
        ("draft", 15, "calendar_days", True),
    ):
        Standard.objects.create(
            code=code,
            name=code,
            amount=amount,
            unit=unit,
            receipt="same_day",
            roll_to_working_day=roll,
            effective_from=date(2026, 1, 1),
        )
    at = london(2026, 5, 1, 12)

    def words(code: str) -> list[str]:
        account = account_of(started(cora, code=code, received_at=at), council_calendar())
        return family_words(account, "C", at)[2:]

    assert words("desk") == [
        "We answer within 48 hours.",
        "You will hear from us by Sunday 3 May 2026 at midday. "
        "You do not need to do anything until then.",
    ]
    assert words("draft") == [
        "We answer within 15 days.",
        "The last day was one on which our office is closed, so we took the next.",
        "You will hear from us by Monday 18 May 2026. You do not need to do anything until then.",
    ]


def test_days_say_nothing_of_acting_by(policy, cora):
    assert account_of(started(cora), council_calendar()).act_by is None


SECRET = "Ngozi is in hospital"


@pytest.mark.rule("H22")
def test_families_hear_no_names_of_staff_and_nothing_that_staff_typed(policy, cora, lena):
    clock = paused(started(cora), cora, london(2026, 5, 6, 10), london(2026, 5, 8, 9), SECRET)
    clock = actions.reassign(
        clock=clock, to=lena, reason=SECRET, by=cora, now=london(2026, 5, 8, 9)
    )
    ClockEvent.objects.create(
        clock=clock,
        kind=ClockEvent.Kind.WARNED,
        happened_at=NOW,
        recorded_at=NOW,
    )
    before_promise = account_of(clock, council_calendar()).for_families()
    promised = actions.promise(
        clock=clock, until=date(2026, 6, 3), reason=SECRET, by=lena, now=london(2026, 5, 12, 10)
    )
    after_promise = account_of(promised, council_calendar()).for_families()

    for account in (before_promise, after_promise):
        told = repr(account) + " ".join(family_words(account, "CON-000042", NOW))
        assert SECRET not in told
        assert "Cora" not in told
        assert "Lena" not in told
        assert ClockEvent.Kind.WARNED not in [event.kind for event in account.events]
    assert "Wed 6 May: Paused" in lines(before_promise)
    assert SECRET in repr(account_of(clock, council_calendar()))


@pytest.mark.rule("H29")
def test_families_hear_the_whole_story_in_plain_words(policy, cora, lena):
    clock = paused(started(cora), cora, london(2026, 5, 6, 10), london(2026, 5, 8, 9))
    clock = actions.reassign(
        clock=clock, to=lena, reason="leave", by=cora, now=london(2026, 5, 8, 9)
    )

    account = account_of(clock, council_calendar()).for_families()

    assert family_words(account, "CON-000042", london(2026, 5, 8, 10)) == [
        "Your reference is CON-000042.",
        "You contacted us on Friday 1 May 2026 at 4:45pm.",
        "We count from Tuesday 5 May 2026, when our office next opened.",
        "We answer within 5 working days.",
        "Weekends do not count.",
        "We did not count Monday 4 May 2026 (Early May bank holiday).",
        "We paused the count from Wednesday 6 May 2026 to Friday 8 May 2026.",
        "On Friday 8 May 2026 another member of our staff took this on. The date stayed.",
        "You will hear from us by Thursday 14 May 2026. You do not need to do anything until then.",
    ]


def test_families_hear_of_a_new_date_and_of_how_it_ended(policy, cora):
    clock = started(cora)
    clock = actions.promise(
        clock=clock, until=date(2026, 6, 3), reason="r", by=cora, now=london(2026, 5, 12, 10)
    )

    def words(now: datetime) -> list[str]:
        return family_words(account_of(clock, council_calendar()).for_families(), "C", now)

    assert words(NOW)[3:] == [
        "We answer within 5 working days.",
        "That made it Tuesday 12 May 2026 at first.",
        "On Tuesday 12 May 2026 we promised you a new date: Wednesday 3 June 2026.",
        "You will hear from us by Wednesday 3 June 2026. "
        "You do not need to do anything until then.",
    ]
    assert words(london(2026, 6, 4, 9))[-1] == (
        "You should have had our answer by Wednesday 3 June 2026. We are sorry that you have not."
    )
    clock = actions.meet(clock=clock, at=london(2026, 6, 4, 9), by=cora, now=london(2026, 6, 4, 9))
    assert words(london(2026, 6, 5, 9))[-1] == (
        "We answered on Thursday 4 June 2026, after the date of Wednesday 3 June 2026."
    )


@pytest.mark.parametrize("promises", [0, 1, 3])
def test_however_many_events_and_promises_it_is_one_query(
    policy, cora, django_assert_num_queries, promises
):
    clock = started(cora)
    for week in range(promises):
        at = london(2026, 5, 6, 9) + timedelta(weeks=week)
        clock = actions.reassign(clock=clock, to=UserFactory(), reason="r", by=cora, now=at)
        clock = actions.promise(
            clock=clock, until=at.date() + timedelta(days=7), reason="r", by=cora, now=at
        )
    clock = Clock.objects.select_related("standard").get(pk=clock.pk)
    calendar = council_calendar()

    with django_assert_num_queries(1):
        account = account_of(clock, calendar)

    assert len(account.promises) == len(account.reassignments) == promises
