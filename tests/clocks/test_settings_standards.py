"""The pages about promises, used as an administrator uses them."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Role
from clocks.models import Standard
from tests.factories import UserFactory

# A Monday morning.
NOW = datetime(2026, 12, 14, 10, tzinfo=UTC)
PROMISE = "/settings/standards/contact.telephone/"
NEW = f"{PROMISE}new/"


@pytest.fixture(autouse=True)
def _on_a_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ada(policy, as_person):
    """The administrator, signed in."""
    cache.clear()
    return as_person(UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone"))


def typed(**changes):
    given = {
        "amount": "3",
        "unit": "working_days",
        "receipt": "next_opening",
        "cut_off": "",
        "warn_working_days": "1",
        "effective_from_day": "15",
        "effective_from_month": "12",
        "effective_from_year": "2026",
    }
    return given | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response) -> dict[str, str]:
    """What the second press sends: every hidden input of the page."""
    inputs = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.content.decode()
    )
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


def errors(response) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def test_the_page_says_every_promise_in_words(ada):
    page = text(ada.get("/settings/standards/"))

    assert "Telephone call Within 5 working days" in page
    assert "E-mail Within 10 working days" in page
    assert "Messages from families and schools" in page


def test_the_first_press_shows_three_examples_and_changes_nothing(ada):
    page = ada.post(NEW, typed())

    assert "Received Tuesday 15 December 2026 at 10am, an ordinary morning" in text(page)
    assert (
        "Date before the change Tuesday 22 December 2026 at 5:30pm "
        "Date after the change Friday 18 December 2026 at 4:30pm" in text(page)
    )
    # Friday 4:45pm is after closing: day 0 is Monday 21.
    assert "Received Friday 18 December 2026 at 4:45pm, late on a Friday" in text(page)
    assert (
        "Date before the change Wednesday 30 December 2026 at 5:30pm "
        "Date after the change Thursday 24 December 2026 at 5:30pm" in text(page)
    )
    assert "Received Thursday 24 December 2026 at 3pm, before Christmas Day" in text(page)
    assert "Saturday 26 December 2026: Weekend" in text(page)
    assert Standard.objects.filter(code="contact.telephone").count() == 1


def test_the_second_press_makes_the_change(ada):
    preview = ada.post(NEW, typed())
    done = ada.post(NEW, hidden(preview) | {"confirm": "yes"}, follow=True)

    assert done.redirect_chain == [(PROMISE, 302)]
    assert "Telephone call: within 3 working days from Tuesday 15 December 2026." in text(done)
    made = Standard.objects.in_force("contact.telephone", date(2026, 12, 15))
    assert (made.amount, made.warn_working_days) == (3, 1)
    assert "Within 3 working days from Tuesday 15 December 2026" in text(
        ada.get("/settings/standards/")
    )


def test_a_second_press_that_comes_twice_is_harmless(ada):
    sent = hidden(ada.post(NEW, typed())) | {"confirm": "yes"}

    for _ in range(2):
        assert ada.post(NEW, sent).status_code == 302
    assert Standard.objects.filter(code="contact.telephone").count() == 2


def test_the_figures_can_be_changed_again_from_the_preview(ada):
    sent = hidden(ada.post(NEW, typed())) | {"edit": "yes"}
    page = ada.post(NEW, sent)

    assert b'value="3"' in page.content
    assert "There is a problem" not in text(page)
    assert Standard.objects.filter(code="contact.telephone").count() == 1


def test_a_change_made_by_somebody_else_meanwhile_is_said(ada):
    sent = hidden(ada.post(NEW, typed(effective_from_day="20"))) | {"confirm": "yes"}
    Standard.objects.create(
        code="contact.telephone",
        name="Telephone call",
        amount=7,
        effective_from=date(2026, 12, 16),
    )

    page = ada.post(NEW, sent)

    assert errors(page) == {
        "__all__": ["Somebody else has changed this promise meanwhile. Check the dates again."]
    }
    assert not Standard.objects.filter(amount=3).exists()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"amount": ""}, "amount", "Enter how many"),
        ({"amount": "0"}, "amount", "How many must be 1 or more"),
        ({"amount": "-3"}, "amount", "How many must be 1 or more"),
        ({"amount": "five"}, "amount", "How many must be a whole number, like 5"),
        ({"amount": "2.5"}, "amount", "How many must be a whole number, like 5"),
        ({"amount": "9" * 30}, "amount", "How many must be about a year or less"),
        ({"amount": "251"}, "amount", "The amount must be 250 working days or less"),
        ({"unit": "fortnights"}, "unit", "Select what is counted from the list"),
        ({"unit": ""}, "unit", "Select what is counted"),
        ({"receipt": "whenever"}, "receipt", "Select what counts as the day it came from the list"),
        ({"receipt": "cut_off"}, "cut_off", "Enter the cut-off time"),
        (
            {"cut_off": "3pm"},
            "cut_off",
            "Leave the cut-off time empty, or select the cut-off rule",
        ),
        (
            {"receipt": "cut_off", "cut_off": "4:45"},
            "cut_off",
            "Cut-off time must include am or pm, like 4:45pm",
        ),
        (
            {"warn_working_days": "21"},
            "warn_working_days",
            "Working days before must be between 0 and 20",
        ),
        ({"effective_from_day": ""}, "effective_from", "First day must include a day"),
        ({"effective_from_month": "13"}, "effective_from", "First day must be a real date"),
        (
            {"effective_from_day": "13"},
            "effective_from",
            "The first day must be today or later: promises already made stay as they are",
        ),
        (
            {"effective_from_year": "2029"},
            "effective_from",
            "The first day must be by Sunday 31 December 2028: bank holidays after that are not "
            "known yet",
        ),
        (
            {"unit": "elapsed_hours", "beginning_with_day": "on"},
            "beginning_with_day",
            "Counting the day itself as day 1 goes with days, weeks and months, not with hours",
        ),
    ],
)
def test_bad_input_is_refused_at_its_field(ada, changes, field, message):
    for press in ({}, {"confirm": "yes", "instead_of": "1"}):
        page = ada.post(NEW, typed(**changes) | press)

        assert errors(page) == {field: [message]}
        assert text(page).count(message) == 2  # in the summary and at the field
    assert Standard.objects.filter(code="contact.telephone").count() == 1


@pytest.mark.parametrize("token", ["", "x", "-1", "9" * 40, "\u0663"])
def test_a_broken_second_press_changes_nothing(ada, token):
    page = ada.post(NEW, typed() | {"confirm": "yes", "instead_of": token})

    assert "Somebody else" in errors(page)["__all__"][0]
    assert Standard.objects.filter(code="contact.telephone").count() == 1


def test_an_example_beyond_the_known_holidays_says_so(ada):
    page = ada.post(NEW, typed(effective_from_day="22", effective_from_year="2028", amount="6"))

    assert "No date: bank holidays are not known that late" in text(page)


def test_a_cut_off_is_said_with_its_time(ada):
    page = ada.post(NEW, typed(receipt="cut_off", cut_off="3pm", roll_to_working_day="on"))

    assert (
        "After 3pm counts from the next working day Moves to the next working day "
        "Reminder 1 working day before" in text(page)
    )


def test_a_change_to_come_is_withdrawn_after_one_question(ada):
    ada.post(NEW, hidden(ada.post(NEW, typed())) | {"confirm": "yes"})
    page = ada.get(f"{PROMISE}2026-12-15/withdraw/")
    assert "Withdraw this change?" in text(page)

    done = ada.post(f"{PROMISE}2026-12-15/withdraw/", follow=True)

    assert "The change from Tuesday 15 December 2026 is withdrawn." in text(done)
    assert re.search(
        r"Within 3 working days from Tuesday 15 December 2026, withdrawn .+ by Ada Stone",
        text(done),
    )
    assert Standard.objects.filter(code="contact.telephone").count() == 1
    # Once more is harmless.
    assert ada.post(f"{PROMISE}2026-12-15/withdraw/").status_code == 302


def test_what_has_begun_cannot_be_withdrawn(ada):
    address = f"{PROMISE}2014-09-01/withdraw/"

    assert ada.get(address).url == PROMISE
    assert "has begun, so it stays on record" in text(ada.post(address, follow=True))
    assert Standard.objects.filter(code="contact.telephone").count() == 1


def test_the_history_says_which_version_is_in_force(ada):
    for amount, first_day in ((3, date(2026, 12, 1)), (2, date(2027, 1, 4))):
        Standard.objects.create(
            code="contact.telephone",
            name="Telephone call",
            amount=amount,
            effective_from=first_day,
        )

    page = text(ada.get(PROMISE))

    assert re.search(r"Monday 4 January 2027 Within 2 working days .*?To come", page)
    assert re.search(r"Tuesday 1 December 2026 Within 3 working days .*?In force", page)
    assert re.search(r"Monday 1 September 2014 Within 5 working days .*?Past", page)
    assert page.count("Withdraw the change") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/settings/standards/contact.pigeon/",
        "/settings/standards/contact.pigeon/new/",
        "/settings/standards/contact.pigeon/2026-12-15/withdraw/",
        f"{PROMISE}2026-02-30/withdraw/",
        "/settings/standards/%00/",
    ],
)
def test_a_promise_that_is_not_there_is_404(ada, path):
    assert ada.get(path).status_code == 404
    assert ada.post(path, typed()).status_code in {404, 405}


def test_the_page_takes_the_same_queries_however_many_versions(ada, django_assert_num_queries):
    for months in (0, 8):
        for month in range(1, 1 + months):
            Standard.objects.create(
                code="contact.email",
                name="E-mail",
                amount=month,
                effective_from=date(2027, month, 1),
            )
        with django_assert_num_queries(4):
            ada.get("/settings/standards/")


def test_the_menu_leads_administrators_to_the_settings(ada):
    assert b'href="/settings/"' in ada.get("/").content


def test_the_back_office_shows_the_policy_and_changes_nothing(policy, as_person):
    """Or a date could move without anybody being told."""
    client = as_person(UserFactory(role=Role.ADMINISTRATOR, is_superuser=True))
    for model in ("standard", "openingperiod", "closure", "bankholiday"):
        assert client.get(f"/back-office/clocks/{model}/").status_code == 200
        assert client.get(f"/back-office/clocks/{model}/add/").status_code == 403


def test_nobody_else_can_send_a_change(policy, as_person):
    for role in set(Role) - {Role.ADMINISTRATOR}:
        client = as_person(UserFactory(role=role))
        assert client.post(NEW, typed()).status_code == 404
        assert client.post(f"{PROMISE}2026-12-15/withdraw/").status_code == 404
