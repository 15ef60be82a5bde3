"""The pages about the people around a child, used as a coordinator and an adviser use them."""

import json
import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import AccessEntry
from cases.models import RelatedPerson
from tests.factories import CaseFactory, RelatedPersonFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
PEOPLE = "/cases/EHC-000042/people/"
NEW = f"{PEOPLE}new/"


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


def form(**changes):
    given = {
        "name": "Ngozi Okafor",
        "relation": "mother",
        "receives_letters": "on",
        "started_on_day": "1",
        "started_on_month": "11",
        "started_on_year": "2026",
        "shown": '{"started_on": "2026-11-04"}',
    }
    return given | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def as_opened(client, path: str) -> dict[str, str]:
    """The form as the browser has it when the page opens."""
    page = client.get(path)
    opened = page.context["form"]
    posted: dict[str, str] = {}
    for field in opened:
        value = field.value()
        if isinstance(value, date):
            posted |= {
                f"{field.name}_{box}": str(getattr(value, box)) for box in ("day", "month", "year")
            }
        elif value is True:
            posted[field.name] = "on"
        elif value not in (None, False):
            posted[field.name] = value
    if "shown" in opened.fields:
        posted["shown"] = json.dumps(opened["shown"].initial)
    return posted | {"submit": "Save"}


def test_a_coordinator_adds_somebody_and_sees_them(case, as_person, cora):
    response = as_person(cora).post(
        NEW, form(phone="07700 900111", preferred_channel="telephone"), follow=True
    )

    assert response.redirect_chain == [(PEOPLE, 302)]
    page = text(response)
    assert "Ngozi Okafor is added." in page
    assert "Letters and messages Yes" in page
    assert "Prefers telephone" in page
    assert "Amara makes their own decisions from Friday 28 June 2030." in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Enter the name"),
        ({"name": "x" * 121}, "Name must be 120 characters or less"),
        ({"relation": ""}, "Select what they are to the child or young person"),
        ({"email": "ngozi"}, "Enter an e-mail address in the correct format"),
        ({"postcode": "Mill Lane"}, "Enter a full UK postcode"),
        ({"started_on_month": "13"}, "must be a real date"),
        ({"started_on_day": "5"}, "This day must be today or in the past."),
        ({"no_contact": "on"}, "Somebody who must not be contacted cannot receive letters."),
        ({"acts_because": "agreed"}, "Enter the day since when they act"),
        ({"shown": ""}, "This form is not whole."),
        ({"shown": "[1]"}, "This form is not whole."),
        ({"shown": "{"}, "This form is not whole."),
        ({"address": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_a_form_filled_in_wrongly_says_so_and_keeps_what_was_typed(
    case, as_person, cora, changes, message
):
    response = as_person(cora).post(NEW, form(court_order="No letters.", **changes))

    assert response.status_code == 200
    assert "<title>Error: " in response.content.decode()
    assert message in text(response)
    assert "No letters." in response.content.decode()
    assert not RelatedPerson.objects.exists()


def test_two_people_change_one_number_and_the_second_loses_no_text(case, as_person, cora, lena):
    related = RelatedPersonFactory(person=case.person, address="1 Mill Lane\nWexmoor")
    path = f"{PEOPLE}{related.pk}/"
    coras = as_opened(as_person(cora), path) | {"phone": "07700 900222", "language": "Igbo"}
    lenas = as_opened(as_person(lena), path) | {"phone": "07700 900111", "name": "Ngozi O"}
    assert as_person(lena).post(path, lenas).status_code == 302

    client = as_person(cora)
    told = client.post(path, coras)

    assert (
        "Lena Marsh changed the telephone number after you opened this page: "
        "it is now “07700 900111”." in text(told)
    )
    assert 'value="07700 900222"' in told.content.decode()
    again = coras | {"shown": told.context["form"]["shown"].value()}
    assert client.post(path, again).status_code == 302
    related.refresh_from_db()
    # Both changes are there: the number as Cora put it knowingly, the name as Lena did.
    assert (related.phone, related.language, related.name) == ("07700 900222", "Igbo", "Ngozi O")
    assert related.address == "1 Mill Lane\nWexmoor"


def test_the_page_says_what_changed_and_who_changed_it(case, as_person, cora):
    related = RelatedPersonFactory(person=case.person)
    client = as_person(cora)
    path = f"{PEOPLE}{related.pk}/"
    client.post(path, as_opened(client, path) | {"relation": "carer", "sees_address": "on"})

    page = text(client.get(path))
    assert "Relation: Carer instead of Mother" in page
    assert "May see the child’s address: yes instead of no" in page
    assert "Cora Hill" in page.partition("What changed")[2]


def test_somebody_is_ended_and_put_back(case, as_person, cora):
    related = RelatedPersonFactory(person=case.person)
    client = as_person(cora)
    path = f"{PEOPLE}{related.pk}/end/"

    ended = client.post(path, as_opened(client, path), follow=True)
    assert "No longer around the child" in text(ended)
    assert "from Monday 3 February 2014 until Wednesday 4 November 2026" in text(ended)

    back = client.post(path, {"resume": "yes"}, follow=True)
    assert "Ngozi Okafor is on the list again." in text(back)
    assert "No longer around the child" not in text(back)


def test_an_end_before_the_beginning_is_explained(case, as_person, cora):
    related = RelatedPersonFactory(person=case.person, started_on=date(2026, 11, 4))
    client = as_person(cora)
    path = f"{PEOPLE}{related.pk}/end/"

    response = client.post(path, as_opened(client, path) | {"ended_on_day": "3"})

    assert "The day must be Wednesday 4 November 2026 or later" in text(response)


@pytest.mark.rule("H22")
def test_an_adviser_reads_whom_not_to_contact_and_no_address(case, as_person, asif, cora):
    RelatedPersonFactory(
        person=case.person,
        name="Ian Okafor",
        receives_letters=False,
        no_contact=True,
        address="1 Mill Lane",
        phone="07700 900111",
        court_order="No contact of any kind.",
    )
    for person, sees in ((asif, False), (cora, True)):
        page = text(as_person(person).get(PEOPLE))
        assert "Warning Do not contact Ian Okafor (mother)." in page
        for secret in ("1 Mill Lane", "07700 900111", "No contact of any kind", "Add somebody"):
            assert (secret in page) is sees


def test_somebody_around_another_child_does_not_exist_here(case, as_person, cora):
    other = RelatedPersonFactory()
    client = as_person(cora)

    for path in (f"{PEOPLE}{other.pk}/", f"{PEOPLE}{other.pk}/end/"):
        assert client.get(path).status_code == 404
        assert client.post(path, form(submit="Save")).status_code == 404


@pytest.mark.rule("H11")
def test_every_read_of_the_people_is_written_down(case, as_person, cora):
    related = RelatedPersonFactory(person=case.person)
    client = as_person(cora)
    for path in (PEOPLE, NEW, f"{PEOPLE}{related.pk}/", f"{PEOPLE}{related.pk}/end/"):
        client.get(path)

    entries = AccessEntry.objects.about("EHC-000042").order_by("pk")
    assert [entry.detail for entry in entries] == ["people", "", "people", "people"]


def test_the_pages_of_a_merged_record_lead_to_the_kept_one(case, as_person, cora):
    merged = CaseFactory(reference="EHC-000043", owner=cora, merged_into=case)
    RelatedPersonFactory(person=merged.person, name="Ada Okafor")
    client = as_person(cora)

    response = client.get("/cases/EHC-000043/people/", follow=True)
    assert response.redirect_chain == [(PEOPLE, 302)]
    assert "Ada Okafor Mother, from EHC-000043" in text(response)

    # What is typed while somebody merges the record is not lost.
    posted = client.post("/cases/EHC-000043/people/new/", form(name="Ben Okafor"))
    assert "EHC-000043 has been merged into EHC-000042 since you opened this page" in text(posted)
    assert "Ben Okafor" in posted.content.decode()


def test_the_page_asks_as_many_queries_for_three_people_as_for_one(
    case, as_person, cora, django_assert_max_num_queries
):
    client = as_person(cora)
    client.get(PEOPLE)
    counts = []
    for _ in range(2):
        RelatedPersonFactory(person=case.person)
        with django_assert_max_num_queries(30) as queries:
            client.get(PEOPLE)
        counts.append(len(queries))
        RelatedPersonFactory(person=case.person, no_contact=True, receives_letters=False)

    assert counts[0] == counts[1]
