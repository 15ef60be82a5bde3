"""The settings pages about opening hours and bank holidays."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Role
from clocks.models import Clock, OpeningPeriod
from tests.cases.calendar_pages import (
    AFTER,
    HOLIDAY,
    HOURS,
    NOW,
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


def week(client, **changes):
    """The form of the opening hours as it is shown, with some boxes typed over."""
    form = client.get(HOURS).context["form"]
    shown = {name: form[name].value() or "" for name in form.fields}
    return {name: form.fields[name].prepare_value(value) for name, value in shown.items()} | changes


@pytest.mark.rule("H21")
def test_new_hours_move_the_time_of_day(ada, cora):
    promise(cora)

    done = confirm(ada, HOURS, week(ada, monday_closes="5pm"))

    assert "Monday 9am to 5pm" in text(done)
    assert "1 promise has moved." in text(done)
    assert Clock.objects.get().due_at == datetime(2026, 12, 21, 17, tzinfo=UTC)


def test_a_lunch_closure_is_two_periods_of_one_day(ada):
    page = ada.post(
        HOURS,
        week(
            ada,
            wednesday_closes="midday",
            wednesday_opens_again="1pm",
            wednesday_closes_again="5:30pm",
        ),
    )
    assert "No promise would move" in text(page)
    confirmed = ada.post(HOURS, hidden(page) | {"confirm": "yes"}, follow=True)

    assert "Wednesday 9am to midday and 1pm to 5:30pm" in text(confirmed)
    assert OpeningPeriod.objects.count() == 6


def test_a_shift_within_one_day_is_said_as_such(ada, cora):
    promise(cora)

    assert "Earlier the same day" in text(ada.post(HOURS, week(ada, monday_closes="5pm")))
    assert "Later the same day" in text(ada.post(HOURS, week(ada, monday_closes="6pm")))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"monday_closes": ""}, {"monday_closes": "Enter when Monday closes"}),
        ({"monday_opens": ""}, {"monday_opens": "Enter when Monday opens"}),
        ({"sunday_opens": "9am"}, {"sunday_closes": "Enter when Sunday closes"}),
        ({"friday_closes": "8am"}, {"friday_closes": "Friday must close after it opens"}),
        ({"friday_closes": "9am"}, {"friday_closes": "Friday must close after it opens"}),
        (
            {"tuesday_opens_again": "5pm", "tuesday_closes_again": "7pm"},
            {"tuesday_opens_again": "Tuesday must open again after it closes"},
        ),
        (
            {"thursday_opens": "9ish"},
            {"thursday_opens": "Time Thursday opens must be a time, like 4:45pm or 16:45"},
        ),
        (
            {"thursday_closes": "5:30"},
            {"thursday_closes": "Time Thursday closes must include am or pm, like 4:45pm"},
        ),
        (
            {
                f"{day}_{part}": ""
                for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
                for part in ("opens", "closes")
            },
            {"monday_opens": "Enter opening hours for at least one day"},
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused_at_their_box(ada, typed, expected):
    before = list(OpeningPeriod.objects.values_list())
    for press in ({}, {"confirm": "yes"}):
        page = ada.post(HOURS, week(ada, **typed) | press)

        assert errors(page) == {field: [message] for field, message in expected.items()}
    assert list(OpeningPeriod.objects.values_list()) == before


def test_two_administrators_do_not_overwrite_each_others_hours(ada):
    mine = hidden(ada.post(HOURS, week(ada, monday_closes="5pm")))
    confirm(ada, HOURS, week(ada, friday_closes="4pm"))

    page = ada.post(HOURS, mine | {"confirm": "yes"})

    assert "Somebody else has changed the opening hours meanwhile. They are now: Monday 9am" in (
        text(page)
    )
    assert "Friday 9am to 4pm" in text(ada.get("/settings/hours/"))
    # Having read that, the next press is about the hours as they are now.
    again = week(ada) | {"instead_of": page.context["form"]["instead_of"].value()}
    assert "Opening hours" in text(confirm(ada, HOURS, again | {"monday_closes": "5pm"}))
    assert "Monday 9am to 5pm" in text(ada.get("/settings/hours/"))


def test_hours_that_are_the_same_say_so(ada):
    page = ada.post(HOURS, week(ada), follow=True)

    assert "It is so already: nothing has changed." in text(page)


def test_a_bank_holiday_announced_later_moves_promises_too(ada, cora):
    promise(cora)
    typed = {"name": "Day of thanks", "day_day": "18", "day_month": "12", "day_year": "2026"}

    done = confirm(ada, HOLIDAY, typed)

    assert "Closed: Day of thanks, Friday 18 December 2026. 1 promise has moved." in text(done)
    assert Clock.objects.get().due_at == AFTER


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"name": ""}, {"name": ["Enter the name of the bank holiday"]}),
        (
            {"day_day": "25"},
            {"day": ["Friday 25 December 2026 is a bank holiday already: Christmas Day"]},
        ),
        (
            {"day_year": "2029"},
            {
                "day": [
                    "The day must be by Sunday 31 December 2028: bank holidays after that "
                    "are not known yet"
                ]
            },
        ),
    ],
)
def test_a_holiday_that_cannot_be_is_refused_at_its_field(ada, typed, expected):
    given = {"name": "Thanks", "day_day": "18", "day_month": "12", "day_year": "2026"}

    assert errors(ada.post(HOLIDAY, given | typed)) == expected


def test_the_holidays_of_this_year_and_later_are_listed(ada):
    page = text(ada.get("/settings/bank-holidays/"))

    assert "Known for every year from 2012 to 2028." in page
    assert "Christmas Day Friday 25 December 2026" in page
    assert "2025" not in page
