"""The search page: what is shown, what is looked up while somebody types, what is logged."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import AccessEntry, Role
from cases.search_views import MOST_WHILE_TYPING, SEARCHES_KEPT
from notices.models import Link
from tests.factories import CaseFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(cora):
    return CaseFactory(
        reference="EHC-000042",
        owner=cora,
        establishment__name="Thornley Grange School",
        person__given_name="Oluwaseun",
        person__known_as="Seun",
        person__postcode="wx1 2ab",
        person__date_of_birth=date(2014, 2, 3),
    )


def type_in(client, text, page="/cases/"):
    """What htmx sends while somebody types."""
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    return client.post("/cases/", {"q": text}, headers=headers)


def search(client, text):
    return client.post("/cases/", {"q": text}, follow=True)


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def looked_up() -> list[tuple[list[str], str]]:
    entries = AccessEntry.objects.filter(kind=AccessEntry.Kind.SEARCH).order_by("id")
    return list(entries.values_list("records", "detail"))


@pytest.mark.rule("H23")
def test_a_result_tells_two_children_apart(case, as_person, cora):
    page = words(search(as_person(cora), "okafor"))

    assert "Seun Okafor EHC-000042" in page
    assert (
        "In full: Oluwaseun Okafor. Born 3 February 2014, Year 8. Lives in WX1. "
        "Thornley Grange School. Has an EHC plan. Case owner: Cora Hill, 01632 960200."
    ) in page
    assert "2ab" not in page.lower()


@pytest.mark.rule("H22")
def test_an_adviser_is_not_shown_the_school_by_which_they_narrow(case, as_person, asif):
    page = search(as_person(asif), "okafor thornley")

    assert "1 found" in words(page)
    assert "Thornley Grange" not in words(page)


def test_while_typing_only_the_results_are_sent_and_the_address_leads_back_to_them(
    case, as_person, cora
):
    client = as_person(cora)
    response = type_in(client, "okaf")

    assert "<html" not in response.content.decode()
    assert "Seun Okafor" in words(response)
    address = response["HX-Replace-Url"]
    assert re.fullmatch(r"/cases/\?search=[\w-]{8}", address)
    assert "1 found" in words(client.get(address))
    again = type_in(client, "okafor", page=address)
    assert again["HX-Replace-Url"] == address


def test_typing_on_many_pages_keeps_no_more_searches_than_a_session_holds(case, as_person, cora):
    client = as_person(cora)
    for _ in range(SEARCHES_KEPT + 5):
        type_in(client, "okafor")

    assert len(client.session["searches"]) == SEARCHES_KEPT


@pytest.mark.parametrize("text", ["", "ok", "  o  ", "x" * 201, "ok\0afor"])
def test_while_typing_what_is_too_short_or_wrong_looks_nothing_up(case, as_person, cora, text):
    response = type_in(as_person(cora), text)

    assert response.status_code == 200
    assert words(response).strip() == ""
    assert looked_up() == []


def test_while_typing_fewer_are_shown(as_person, cora):
    CaseFactory.create_batch(MOST_WHILE_TYPING + 1, owner=cora)

    page = words(type_in(as_person(cora), "okafor"))
    assert f"The first {MOST_WHILE_TYPING} found" in page
    assert page.count("Log a contact") == MOST_WHILE_TYPING


@pytest.mark.rule("H23")
def test_every_record_shown_while_typing_is_logged_but_not_once_per_key(case, as_person, cora):
    CaseFactory(reference="EHC-000043", owner=cora, person__family_name="Okafor-Hill")
    client = as_person(cora)
    for text in ("oka", "okafor", "okafor hill", "okafor"):
        type_in(client, text)
    assert looked_up() == [(["EHC-000042", "EHC-000043"], "oka")]

    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        type_in(client, "okafor hill")
    assert looked_up()[1:] == [(["EHC-000043"], "okafor hill")]


def test_what_one_person_was_shown_is_logged_for_the_next_person_too(case, as_person, cora, lena):
    type_in(as_person(cora), "okafor")
    type_in(as_person(lena), "okafor")

    assert list(AccessEntry.objects.order_by("id").values_list("user", "records")) == [
        (cora.pk, ["EHC-000042"]),
        (lena.pk, ["EHC-000042"]),
    ]


def test_a_record_that_narrowing_adds_is_logged(case, as_person, cora):
    CaseFactory(reference="EHC-000043", owner=cora, person__family_name="Adeyemi")
    client = as_person(cora)
    type_in(client, "okafor")
    type_in(client, "adeyemi")

    assert looked_up() == [(["EHC-000042"], "okafor"), (["EHC-000043"], "adeyemi")]


@pytest.mark.rule("H23")
def test_pressing_search_is_always_logged(case, as_person, cora):
    client = as_person(cora)
    type_in(client, "okafor")
    search(client, "okafor")
    search(client, "nobody")

    assert looked_up() == [
        (["EHC-000042"], "okafor"),
        (["EHC-000042"], "okafor"),
        ([], "nobody"),
    ]


@pytest.mark.rule("H23")
@pytest.mark.rule("H25")
def test_who_finds_nobody_is_shown_where_else_to_turn(as_person, asif):
    Link.objects.create(code="sendiass", label="Wexmoor SENDIASS", url="https://s.example.org")
    page = search(as_person(asif), "nobody").content.decode()

    assert "No case found. You could try:" in page
    assert 'href="https://s.example.org">Wexmoor SENDIASS' in page
    assert ">Local Offer</a>" in page
    assert 'href="/contacts/new/">log it without a case' in page
    assert "Another team may have this one" not in page


def test_a_link_that_the_council_has_emptied_is_not_shown(as_person, asif):
    Link.objects.create(code="sendiass", label="SENDIASS", url="")

    assert "SENDIASS" not in search(as_person(asif), "nobody").content.decode()


@pytest.mark.parametrize(
    ("role", "logs", "of_a_team"),
    [(Role.AUDITOR, False, False), (Role.COORDINATOR, True, True), (Role.CSC_ADVISER, True, False)],
)
def test_who_finds_nobody_is_offered_what_their_role_may_do(
    as_person, north, role, logs, of_a_team
):
    page = search(as_person(UserFactory(role=role, team=north)), "nobody").content.decode()

    assert ("log it without a case" in page) is logs
    assert ("Another team may have this one" in page) is of_a_team


def test_asking_for_the_head_of_the_page_is_allowed(as_person, cora):
    assert as_person(cora).head("/cases/").status_code == 200


def test_the_field_is_not_remembered_by_the_browser_and_needs_no_script_on_the_page(
    as_person, cora
):
    page = as_person(cora).get("/cases/").content.decode()

    assert re.search(r'<input[^>]*name="q"[^>]*autocomplete="off"', page)
    assert re.search(r'<input[^>]*hx-post="/cases/"', page)
    assert 'id="found-count" role="status" aria-live="polite"' in page
