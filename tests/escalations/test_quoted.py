"""Whatever reference somebody quotes on the telephone, the search finds what it is about."""

import re

import pytest

from accounts.models import AccessEntry
from escalations.models import Escalation
from tests.escalations.making import case_of, further, managed, matter
from tests.escalations.senders import LATE, family, sent, service


@pytest.fixture
def case(policy, cora, lena, north):
    service(north)
    return family(cora, north)


@pytest.fixture
def tray(policy, lena, north):
    """Nobody knows the child, so it is with the team that takes what belongs to no case yet."""
    service(north)
    return sent(child_name="Nobody We Know", email="stranger@example.org")


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def search(client, text) -> str:
    return words(client.post("/cases/", {"q": text}, follow=True))


def typed(client, text) -> str:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/cases/"}
    return words(client.post("/cases/", {"q": text}, headers=headers))


def looked_up() -> list[list[str]]:
    entries = AccessEntry.objects.filter(kind=AccessEntry.Kind.SEARCH).order_by("id")
    return list(entries.values_list("records", flat=True))


def taken_further(case) -> Escalation:
    sent()
    escalation = sent(LATE, last_how="email", answered="no").escalation
    assert escalation
    return escalation


@pytest.mark.rule("H22")
@pytest.mark.rule("H23")
def test_the_reference_of_a_form_finds_the_case_also_while_it_is_typed(case, as_person, asif):
    form = sent()

    for found in (search(as_person(asif), form.reference), typed(as_person(asif), form.reference)):
        assert f"1 found Amara Okafor {case.reference}" in found
    assert looked_up()[0] == [case.reference]


@pytest.mark.rule("H22")
@pytest.mark.parametrize("short", [False, True])
def test_the_reference_of_a_concern_finds_the_case_however_it_is_written(
    case, as_person, asif, short
):
    reference = taken_further(case).reference
    quoted = f"esc {int(reference[4:])}" if short else reference

    assert f"1 found Amara Okafor {case.reference}" in search(as_person(asif), quoted)
    assert looked_up() == [[case.reference]]


@pytest.mark.rule("H67")
def test_what_belongs_to_no_case_yet_leads_to_the_contact(tray, as_person, lena):
    contact = tray.contact
    client = as_person(lena)

    for quoted in (tray.reference, contact.reference):
        response = client.post("/cases/", {"q": quoted}, follow=True)
        assert f'href="/contacts/{contact.reference}/"' in response.content.decode()
        assert f"1 found {contact.reference}" in words(response)
    assert f"1 found {contact.reference}" in typed(client, tray.reference)
    assert looked_up()[:2] == [[contact.reference], [contact.reference]]


@pytest.mark.rule("H22")
def test_who_may_not_see_it_is_told_the_same_as_about_one_that_there_is_not(
    tray, as_person, asif, north
):
    north.duty_line = "01632 960199"
    north.save()
    client = as_person(asif)
    ours, none = search(client, tray.reference), search(client, "ASK-999999")

    assert "No case found" in ours
    assert "is with North team, 01632 960199: ask them about this reference" in ours
    assert tray.contact.reference not in ours
    assert ours.replace(tray.reference, "") == none.replace("ASK-999999", "")
    assert "ask them about this reference" not in search(client, "nobody")
    assert looked_up() == [[], [], []]


@pytest.mark.rule("H22")
def test_a_restricted_case_is_found_by_none_of_its_references(case, as_person, asif):
    escalation, form = taken_further(case), sent(LATE, last_how="email", answered="no")
    case.restricted, case.restricted_reason = True, "A risk at home"
    case.save()

    for reference in (escalation.reference, form.reference, escalation.matter.reference):
        found = search(as_person(asif), reference)
        assert "No case found" in found
        assert case.reference not in found


def waits(form, state="waiting") -> None:
    type(form).objects.filter(pk=form.pk).update(
        state=state,
        contact=None,
        done_at=None,
        next_try_at=form.received_at if state == "waiting" else None,
    )


WE_HAVE_IT = "We have it. It came in on Monday 2 November 2026 at 10am."


@pytest.mark.rule("H22")
@pytest.mark.parametrize("find", [search, typed])
def test_a_form_that_waits_is_found_as_something_that_came_in(tray, as_person, asif, find):
    waits(tray)
    found = find(as_person(asif), tray.reference)

    assert f"1 found {tray.reference} {WE_HAVE_IT} It is being put with the right person." in found
    assert "Say: “We have what you sent on Monday 2 November 2026 at 10am." in found
    assert "No case found" not in found
    assert looked_up() == [[tray.reference]]


@pytest.mark.rule("H22")
def test_nothing_is_told_of_a_form_that_waits_but_that_it_is_here(tray, as_person, asif):
    waits(tray)
    found = search(as_person(asif), f"ask {tray.pk}")

    assert WE_HAVE_IT in found
    told = tray.answers
    for detail in (told["child_name"], told["name"], told["email"], told["phone"]):
        assert not detail or detail not in found


def test_a_form_that_nobody_could_place_is_found_with_what_to_do(tray, as_person, asif):
    waits(tray, "failed")
    found = search(as_person(asif), tray.reference)

    assert f"{WE_HAVE_IT} It could not be put with anybody by itself" in found
    assert "Write down what the caller asks as well" in found


def test_a_form_leads_to_its_case_and_no_longer_waits_once_it_is_worked_through(
    case, as_person, asif
):
    found = search(as_person(asif), sent().reference)

    assert f"1 found Amara Okafor {case.reference}" in found
    assert "We have it" not in found


def test_it_takes_the_same_queries_for_one_concern_and_for_three(
    policy, as_person, cora, lena, north, django_assert_num_queries
):
    managed(north)
    references = [further(matter(case_of(cora)), by=None).escalation.reference for _ in range(3)]
    client = as_person(cora)
    search(client, "warm")
    with django_assert_num_queries(QUERIES):
        assert "1 found" in search(client, references[0])
    with django_assert_num_queries(QUERIES):
        assert "1 found" in search(client, references[2])


QUERIES = 17
