"""What somebody was copied in on for information: who answers it and by when."""

import re
from datetime import timedelta

import pytest
import time_machine

from cases.models import Contact
from clocks.models import Clock
from tests.reports.promises import LATER, NOW, RESTRICTED, TOMORROW, chaser, copied, owed, text


@pytest.fixture(autouse=True)
def _thursday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.rule("H55")
def test_copies_are_listed_newest_first_with_who_answers_and_by_when(policy, as_person, cora, lena):
    first, second = owed(cora, LATER), owed(cora, TOMORROW)
    copied(lena, second)
    copied(lena, first)

    page = text(as_person(lena).get("/copies/"))

    assert re.findall(r"CON-\w+", page) == [second.reference, first.reference]
    assert "Cora Hill answers by Tuesday 8 December 2026" in page
    assert "There is nothing you have to do." in page
    assert Clock.objects.filter(owner=lena).count() == 0


def test_a_copy_of_a_chaser_names_who_answers_its_original(policy, as_person, cora, lena):
    copied(lena, chaser(owed(cora, LATER), NOW))

    assert "Cora Hill answers by Tuesday 8 December" in text(as_person(lena).get("/copies/"))


def test_a_copy_that_was_answered_says_when(policy, as_person, cora, lena):
    contact = owed(cora, LATER)
    copied(lena, contact)
    Clock.objects.filter(pk=contact.clock_id).update(state="met", stopped_at=NOW)

    assert "Answered Thursday 3 December 2026" in text(as_person(lena).get("/copies/"))


def test_who_is_only_named_or_somebody_else_has_no_copy(policy, as_person, cora, lena):
    contact = owed(cora, LATER)
    recipient = copied(cora, contact)
    recipient.kind = "to"
    recipient.save(update_fields=["kind"])

    for person in (cora, lena):
        assert "You have not been copied into anything." in text(as_person(person).get("/copies/"))


def test_copies_of_restricted_cases_and_of_mistakes_are_left_out(policy, as_person, cora, lena):
    copied(lena, owed(cora, LATER, **RESTRICTED))
    struck = owed(cora, LATER)
    copied(lena, struck)
    Contact.objects.filter(pk=struck.pk).update(
        struck_at=NOW, struck_by=cora, struck_reason="Of another child"
    )

    assert "You have not been copied into anything." in text(as_person(lena).get("/copies/"))


def test_being_copied_in_opens_no_case_of_another_team(policy, as_person, cora, oscar):
    contact = owed(cora, LATER, sender_name="Ngozi Okafor")
    copied(oscar, contact)

    response = as_person(oscar).get("/copies/")

    page = text(response)
    assert "A case of North team" in page
    assert "Okafor" not in page
    assert f"/contacts/{contact.reference}/" not in response.content.decode()
    assert as_person(oscar).get(f"/contacts/{contact.reference}/").status_code == 404


def test_the_worklist_says_how_many_copies_came_lately(policy, as_person, cora, lena):
    assert "(none in the last 7 days)" in text(as_person(lena).get("/worklist/"))

    copied(lena, owed(cora, LATER))
    copied(lena, owed(cora, LATER - timedelta(days=30)))

    page = as_person(lena).get("/worklist/")
    assert "Copied to you for information (1 in the last 7 days)" in text(page)
    assert 'href="/copies/"' in page.content.decode()


def test_copies_are_paged_by_key(policy, as_person, cora, lena):
    contacts = [owed(cora, LATER) for _ in range(52)]
    for contact in contacts:
        copied(lena, contact)
    client = as_person(lena)

    first = client.get("/copies/").content.decode()
    following = re.search(r'href="(/copies/\?after=\d+)"', first)
    assert following
    second = client.get(following[1]).content.decode()

    shown = [ref for page in (first, second) for ref in re.findall(r">(CON-\w+)<", page)]
    assert shown == [contact.reference for contact in reversed(contacts)]


def test_copies_take_the_same_queries_for_one_and_for_three(
    policy, as_person, cora, lena, django_assert_num_queries
):
    client = as_person(lena)
    for count in (1, 2):
        for _ in range(count):
            copied(lena, owed(cora, LATER))
            copied(lena, chaser(owed(cora, LATER), NOW))
        with django_assert_num_queries(7):
            client.get("/copies/")
