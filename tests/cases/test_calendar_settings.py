"""The settings pages about closures, and the promises that move with any change of the calendar."""

from datetime import UTC, date, datetime
from functools import partial
from threading import Barrier, Thread

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.calendar_actions import change_calendar
from clocks.calendar_changes import add_closure
from clocks.models import BankHoliday, CalendarYear, Clock, ClockEvent, Closure, OpeningPeriod
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.calendar_pages import (
    AFTER,
    BEFORE,
    CLOSURE,
    HOLIDAY,
    HOURS,
    NOW,
    closure,
    confirm,
    errors,
    hidden,
    promise,
    text,
)
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def _on_a_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(policy):
    cache.clear()
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone")


@pytest.fixture
def ada(administrator, as_person):
    """The administrator, signed in."""
    return as_person(administrator)


def test_the_first_press_shows_which_promises_would_move_and_moves_none(ada, cora):
    promise(cora)

    page = ada.post(CLOSURE, closure())

    assert "1 promise would move" in text(page)
    assert (
        "Telephone call from a parent or carer, CON-000042 Cora Hill "
        "Monday 21 December 2026 at 5:30pm Tuesday 22 December 2026 at 5:30pm "
        "1 working day later" in text(page)
    )
    assert not Closure.objects.exists()
    assert Clock.objects.get().due_at == BEFORE
    assert list(ClockEvent.objects.values_list("kind", flat=True)) == ["started"]
    assert not Notice.objects.filter(kind=Notice.Kind.MOVED).exists()


def test_the_second_press_moves_them_with_an_event_and_tells_owner_and_family(
    ada, administrator, cora
):
    promise(cora)

    done = confirm(ada, CLOSURE, closure())

    said = "Closed: Training day, Friday 18 December 2026"
    assert f"{said}. 1 promise has moved." in text(done)
    assert done.redirect_chain == [("/settings/closures/", 302)]
    assert Clock.objects.get().due_at == AFTER
    moved = ClockEvent.objects.get(kind="moved")
    assert (moved.reason, moved.by, moved.due_before, moved.due_after) == (
        said,
        administrator,
        BEFORE,
        AFTER,
    )
    notices = Notice.objects.filter(kind=Notice.Kind.MOVED)
    assert set(notices.values_list("address", flat=True)) == {
        "cora@wexmoor.example.org",
        "ngozi@example.org",
    }


def test_a_second_press_that_comes_twice_is_harmless(ada, cora):
    promise(cora)
    sent = hidden(ada.post(CLOSURE, closure())) | {"confirm": "yes"}

    ada.post(CLOSURE, sent)
    again = ada.post(CLOSURE, sent, follow=True)

    assert "It is so already: nothing has changed." in text(again)
    assert Closure.objects.count() == 1
    assert ClockEvent.objects.filter(kind="moved").count() == 1


def test_removing_a_closure_brings_the_dates_back(ada, cora):
    promise(cora)
    confirm(ada, CLOSURE, closure())
    address = f"/settings/closures/{Closure.objects.get().pk}/remove/"

    page = text(ada.get(address))
    assert "No longer closed: Training day, Friday 18 December 2026" in page
    assert "1 working day earlier" in page
    assert Clock.objects.get().due_at == AFTER

    done = ada.post(address, follow=True)

    assert "1 promise has moved." in text(done)
    assert Clock.objects.get().due_at == BEFORE
    assert not Closure.objects.exists()
    assert "nothing has changed" in text(ada.post(address, follow=True))


def test_a_closure_that_is_over_cannot_be_removed(ada):
    over = Closure.objects.create(
        name="Flood", first_day=date(2026, 12, 7), last_day=date(2026, 12, 8)
    )

    for ask in (ada.get, ada.post):
        page = ask(f"/settings/closures/{over.pk}/remove/", follow=True)
        assert "This closure is over. It stays on record" in text(page)
    assert Closure.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": ""}, "name", "Enter what the closure is for"),
        ({"name": "x" * 101}, "name", "What the closure is for must be 100 characters or less"),
        ({"first_day_month": ""}, "first_day", "First day closed must include a month"),
        (
            {"last_day_day": "31", "last_day_month": "11"},
            "last_day",
            "Last day closed must be a real date",
        ),
        (
            {"first_day_day": "7", "last_day_day": "8"},
            "first_day",
            "The first day must be today or later: promises on days that have passed have "
            "already been judged",
        ),
        (
            {"last_day_day": "17"},
            "last_day",
            "The last day must be the same as the first day or after it",
        ),
        ({"last_day_year": "2062"}, "last_day", "A closure must be a year or shorter"),
    ],
)
def test_a_closure_that_cannot_be_is_refused_at_its_field(ada, cora, typed, field, message):
    promise(cora)
    for press in ({}, {"confirm": "yes"}):
        page = ada.post(CLOSURE, closure() | typed | press)

        assert errors(page) == {field: [message]}
        assert text(page).count(message) == 2
    assert not Closure.objects.exists()
    assert Clock.objects.get().due_at == BEFORE


def test_what_was_typed_can_be_changed_again(ada):
    sent = hidden(ada.post(CLOSURE, closure())) | {"edit": "yes"}
    page = ada.post(CLOSURE, sent)

    assert b'value="Training day"' in page.content
    assert "There is a problem" not in text(page)


def test_the_table_shows_fifty_and_says_how_many_there_are(ada, cora):
    clock = promise(cora, sender_email="")
    Clock.objects.bulk_create(
        Clock(
            standard=clock.standard,
            owner=cora,
            team=cora.team,
            about=f"Call {number}",
            path="/",
            received_at=NOW,
            started_at=NOW,
            due_at=BEFORE,
        )
        for number in range(50)
    )

    page = text(ada.post(CLOSURE, closure()))

    assert "51 promises would move" in page
    assert "These are the first 50 of 51." in page
    assert page.count("1 working day later") == 50


def test_the_preview_takes_the_same_queries_however_many_promises(
    ada, cora, django_assert_num_queries
):
    clock = promise(cora)
    with django_assert_num_queries(29):
        ada.post(CLOSURE, closure())
    Clock.objects.bulk_create(
        Clock(
            standard=clock.standard,
            owner=UserFactory(),
            team=cora.team,
            about="Call",
            path="/",
            received_at=NOW,
            started_at=NOW,
            due_at=BEFORE,
        )
        for _ in range(3)
    )
    with django_assert_num_queries(29):
        ada.post(CLOSURE, closure())


def test_a_change_that_leaves_promises_without_a_date_is_refused(ada, cora):
    promise(cora)
    CalendarYear.objects.filter(year__gte=2027).delete()

    page = ada.post(CLOSURE, closure(day="18", last_day="31") | {"confirm": "yes"})

    assert "some promises would have no date" in errors(page)["__all__"][0]
    assert not Closure.objects.exists()


def test_when_the_change_fails_halfway_nothing_is_kept(administrator, cora):
    promise(cora)

    def fails_after_writing() -> str:
        Closure.objects.create(
            name="Half", first_day=date(2026, 12, 18), last_day=date(2026, 12, 18)
        )
        raise RuleBroken("No.", "no")

    with pytest.raises(RuleBroken):
        change_calendar(change=fails_after_writing, by=administrator, now=NOW, apply=True)
    assert not Closure.objects.exists()


def test_only_administrators_change_the_calendar(policy, cora):
    with pytest.raises(RuleBroken) as broken:
        change_calendar(change=lambda: "x", by=cora, now=NOW, apply=True)

    assert broken.value.code == "may_not_change"


def test_promises_are_counted_again_when_a_new_list_moved_a_holiday(ada, cora):
    promise(cora)
    BankHoliday.objects.create(day=date(2026, 12, 18), name="New holiday", year_id=2026)

    page = text(ada.get("/settings/recalculate/"))
    assert "1 promise would move" in page
    assert Clock.objects.get().due_at == BEFORE

    done = text(ada.post("/settings/recalculate/", follow=True))

    said = "Counted again with the calendar of Monday 14 December 2026"
    assert f"{said}. 1 promise has moved." in done
    assert Clock.objects.get().due_at == AFTER
    assert ClockEvent.objects.get(kind="moved").reason == said
    assert "No promise would move" in text(ada.get("/settings/recalculate/"))


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_change_the_calendar_one_after_the_other():
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    people = [UserFactory(role=Role.ADMINISTRATOR) for _ in range(2)]
    promise(UserFactory())
    start, moved = Barrier(2), []

    def attempt(person, day):
        change = partial(
            add_closure, name="Closed", first_day=day, last_day=day, by=person, now=NOW
        )
        start.wait()
        try:
            changed = change_calendar(change=change, by=person, now=NOW, apply=True)
            moved.append(len(changed.moves))
        finally:
            connection.close()

    days = (date(2026, 12, 16), date(2026, 12, 17))
    threads = [Thread(target=attempt, args=pair) for pair in zip(people, days, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert moved == [1, 1]
    assert Clock.objects.get().due_at == datetime(2026, 12, 23, 17, 30, tzinfo=UTC)
    events = ClockEvent.objects.filter(kind="moved").order_by("id")
    assert [event.due_after for event in events] == [
        AFTER,
        datetime(2026, 12, 23, 17, 30, tzinfo=UTC),
    ]


def test_pages_without_any_calendar_say_so(ada):
    for model in (BankHoliday, CalendarYear, OpeningPeriod):
        model.objects.all().delete()

    assert "no date can be given" in text(ada.get("/settings/bank-holidays/"))
    assert "Monday Closed" in text(ada.get("/settings/hours/"))
    assert "Load bank holidays and opening hours first" in text(ada.post(CLOSURE, closure()))


def test_nobody_else_can_send_a_change(policy, as_person):
    for role in set(Role) - {Role.ADMINISTRATOR}:
        client = as_person(UserFactory(role=role))
        for path in (CLOSURE, HOURS, HOLIDAY, "/settings/closures/1/remove/"):
            assert client.post(path, closure()).status_code == 404
