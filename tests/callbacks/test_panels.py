"""Booked calls on the pages of a case and of a contact."""

import pytest
import time_machine

from tests.callbacks.cast import NOW, booked, hours
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(policy, cora):
    with time_machine.travel(NOW, tick=False):
        hours(cora)
        yield booked(CaseFactory(reference="EHC-000042", owner=cora, team=cora.team))


def test_a_booked_call_stands_on_the_case_and_on_the_contact(call, as_person, cora):
    client = as_person(cora)

    for path in ("/cases/EHC-000042/", f"/contacts/{call.contact.reference}/"):
        page = client.get(path).content.decode()
        assert f'href="/callbacks/{call.pk}/">Tuesday 3 November 2026 at 2pm</a>' in page
        assert ": Cora Hill rings Ngozi Okafor" in page


@pytest.mark.rule("H22")
def test_an_adviser_sees_the_call_but_no_notes_or_addresses(call, as_person, asif):
    type(call).objects.update(note="She was upset.")

    page = as_person(asif).get(f"/contacts/{call.contact.reference}/").content.decode()

    assert "Cora Hill rings Ngozi Okafor" in page
    assert "She was upset" not in page
    assert "ngozi@example.org" not in page


def test_the_pages_of_a_case_without_calls_have_no_heading_for_them(policy, as_person, cora):
    CaseFactory(reference="EHC-000043", owner=cora, team=cora.team)

    assert "Booked calls" not in as_person(cora).get("/cases/EHC-000043/").content.decode()
