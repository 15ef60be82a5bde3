"""What is typed in the public form and cannot be: asked again kindly, and never a trap."""

from datetime import date

import pytest
import time_machine
from django.core.cache import cache

from accounts.profile import can_be_rung
from escalations.form_drafts import KEY
from tests.escalations.form_steps import (
    NOW,
    PARENT,
    answers_of,
    begin,
    check,
    fill,
    form_of,
    page,
    press,
    read,
    sent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H92")]

BY_PHONE = {"reach": {"reach": "phone"}}
NO_NUMBER = "Enter one telephone number, like 01632 960100 or 07700 900100."


@pytest.fixture(autouse=True)
def _nobody_has_sent_too_often(policy, north):
    cache.clear()


def asked(client, name: str, typed: dict[str, str]) -> str:
    """What the page ``name`` says to ``typed``, when all before it is answered."""
    form = fill(client, PARENT | BY_PHONE | {"where": {"phone": "07700 900123"}})
    return press(client, page(form, name), typed).content.decode()


def arabic(typed: str) -> str:
    """The same in the digits of Arabic."""
    return "".join(chr(0x660 + int(one)) if one.isdecimal() else one for one in typed)


# --- The number to ring ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        "07700 900123",
        "(01632) 960 100",
        "01632 960100 ext. 12",
        "01632-960-100 x4",
        "+44 (0)7700 900123",
        "0044 7700 900123",
        "+48 22 555 01 23",
        "00 353 1 555 0123",
        "+1 212 555 0100",
        "18001 01632 960100",
    ],
)
def test_a_number_that_can_be_rung_is_taken(number):
    assert can_be_rung(number)


@pytest.mark.parametrize(
    "number",
    [
        "banana",
        "",
        "12",
        "960100",
        "077009001234567",
        "+0 123456789",
        "my mother’s",
        "07700 900123 or 07700 900124",
        "+48",
        "+44 123",
        "09012 345678",
    ],
)
def test_what_nobody_could_ring_is_not(number):
    assert not can_be_rung(number)


def test_the_form_asks_again_for_a_number_that_is_none_and_keeps_what_was_typed(client):
    html = asked(client, "where", {"phone": "banana"})
    assert NO_NUMBER in html
    assert 'value="banana"' in html
    assert "There is a problem" in html


def test_a_number_in_the_digits_of_another_script_is_one(client):
    kept = sent(client, **BY_PHONE, where={"phone": "\u200f" + arabic("07700 900123")})
    assert answers_of(kept).phone == "07700 900123"


# --- Days -----------------------------------------------------------------------------------


def test_days_in_the_digits_of_another_script_are_days(client):
    child = PARENT["child"] | {
        "child_born_day": arabic("3"),
        "child_born_month": arabic("2"),
        "child_born_year": arabic("2014"),
    }
    when = {name: arabic(typed) for name, typed in PARENT["when"].items()}
    told = answers_of(sent(client, child=child, when=when))
    assert (told.child_born, told.last_on) == (date(2014, 2, 3), date(2026, 11, 3))


def test_nobody_has_told_us_of_a_child_who_was_not_born(client):
    old = {"last_on_day": "10", "last_on_month": "11", "last_on_year": "2000"}
    html = asked(client, "when", old)
    assert "You told us that the date of birth is 3 February 2014." in html
    assert "If you are not sure, leave it out." in html
    assert 'value="2000"' in html


def test_on_the_day_of_birth_somebody_may_have_told_us(client):
    born = {"last_on_day": "3", "last_on_month": "2", "last_on_year": "2014"}
    assert answers_of(sent(client, when=born)).last_on == date(2014, 2, 3)


def test_left_out_it_is_no_trap(client):
    assert answers_of(sent(client, when={})).last_on is None


def test_a_new_date_of_birth_asks_for_the_other_day_again(client):
    form = fill(client)
    later = PARENT["child"] | {"child_born_day": "4", "child_born_month": "11"}
    later["child_born_year"] = "2026"

    assert press(client, page(form, "child"), later).url == page(form, "when")
    assert press(client, check(form), {}).url == page(form, "when")
    assert 'value="2026"' in read(client, page(form, "when"))
    assert press(client, page(form, "when"), {}).url == check(form)


def test_nothing_is_asked_again_while_it_fits(client):
    form = form_of(begin(client, NOW))
    for name in ("about", "first-place", "who", "name", "child", "before", "when"):
        press(client, page(form, name), PARENT[name])
    assert press(client, page(form, "child"), PARENT["child"]).url == page(form, "answered")


# --- Asked again ----------------------------------------------------------------------------


def test_what_is_wrong_is_shown_at_the_pages_own_address_so_that_back_sends_nothing(client):
    form = fill(client)
    address = page(form, "words")
    with time_machine.travel(NOW, tick=False):
        response = client.post(address, {"words": "", "wanted": "A taxi & a lift."})
        assert (response.status_code, response["Location"]) == (302, address)
        shown = [client.get(address).content.decode() for _ in range(2)]
    for html in shown:
        assert "There is a problem" in html
        assert "A taxi &amp; a lift.</textarea>" in html
    press(client, address, {"words": "It does not come.", "wanted": ""})
    assert "There is a problem" not in read(client, address)


def test_what_is_wrong_on_one_page_is_not_shown_on_another_nor_after_sending(client):
    form = fill(client)
    press(client, page(form, "name"), {"name": ""})
    assert "There is a problem" not in read(client, page(form, "words"))
    assert press(client, check(form), {}).status_code == 302
    with time_machine.travel(NOW, tick=False):
        [draft] = client.session[KEY].values()
    assert draft["wrong"] == {}


def test_what_nobody_types_is_shown_at_once_and_not_kept(client):
    form = fill(client)
    with time_machine.travel(NOW, tick=False):
        response = client.post(page(form, "words"), {"words": "x" * 60_000})
    assert response.status_code == 200
    assert "must be 10,000 characters or less" in response.content.decode()
    assert "x" * 60_000 in response.content.decode()
