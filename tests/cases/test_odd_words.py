"""Odd words in every field and address of the contact log: refused or taken, never an error."""

import pytest

from cases.models import Contact
from tests.cases.contact_pages import LOG, call, page
from tests.cases.contacts import log
from tests.factories import CaseFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


ACTS = {
    "answer": ["answer", "note"],
    "reply": ["text", "submission", "also_to", "asked"],
    "hold": ["until_day", "until_month", "until_year", "reason", "told_how", "instead_of"],
    "pass_on": ["to", "reason", "told_how", "instead_of"],
    "urgency": ["decision", "why", "note"],
    "formal": ["category"],
    "file": ["case", "reason", "sure"],
    "join": ["matter"],
    "note": ["text", "submission"],
    "close": ["text"],
    "strike": ["text"],
}
ODD = ["\x00", "x" * 30_000, "\U0001f600", "", "\u202e", "99999999999999999999999", "-1", "\u0663"]


@pytest.mark.parametrize("act", ACTS)
def test_odd_words_in_every_field_are_refused_or_taken_and_never_an_error(
    contact, as_person, cora, act
):
    client = as_person(cora)

    answers = [
        client.post(page(contact, act), dict.fromkeys(ACTS[act], odd)).status_code for odd in ODD
    ]

    assert set(answers) <= {200, 302}
    assert 200 in answers


@pytest.mark.parametrize("address", [LOG, "/cases/EHC-000042/sent/", "/contacts/new/"])
def test_odd_words_in_every_field_of_logging_log_nothing(case, as_person, cora, address):
    client = as_person(cora)
    names = [*call(), "sender_person", "sender_phone", "sender_email", "category", "line", "chases"]
    names += ["urgent_reason", "addressed_to", "told_child", "with_whom"]

    answers = {client.post(address, dict.fromkeys(names, odd)).status_code for odd in ODD}

    assert answers == {200}
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=%00", "?show=%00", "?line=99999999999999999999", "?line=%D9%A3"]
)
def test_odd_addresses_show_the_page_all_the_same(contact, as_person, lena, query):
    client = as_person(lena)

    for address in ("/cases/EHC-000042/", "/tray/", LOG, "/contacts/new/", page(contact)):
        assert client.get(address + query).status_code == 200, address
