"""What first pages show besides contacts: chasers, urgency, what advisers logged, the tray."""

import re
from datetime import timedelta

import pytest
import time_machine

from accounts.models import Role
from cases.models import Contact
from clocks.models import Clock
from tests.factories import UserFactory
from tests.reports.promises import LATER, NOW, RESTRICTED, TOMORROW, chaser, owed, text, unfiled


@pytest.fixture(autouse=True)
def _thursday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(policy):
    return UserFactory(role=Role.SENIOR_MANAGER)


def callers(response) -> list[str]:
    return re.findall(r"(\w+) Caller", text(response))


# --- Chasers --------------------------------------------------------------------------------


@pytest.mark.rule("H48")
def test_a_contact_that_was_chased_stays_one_row_and_says_so(policy, as_person, cora):
    contact = owed(cora, LATER, sender_name="First Caller")
    chaser(contact, NOW - timedelta(hours=2), sender_name="Second Caller", seen_at=NOW)
    chaser(contact, NOW - timedelta(hours=1), sender_name="Third Caller", seen_at=NOW)

    page = as_person(cora).get("/")

    assert callers(page) == ["First"]
    assert "Asked again 2 times" in text(page)
    assert "1 open in all" in text(page)


@pytest.mark.rule("H49")
def test_a_chaser_nobody_has_read_is_said_to_be_unread(policy, as_person, cora):
    contact = owed(cora, LATER)
    chaser(contact, NOW - timedelta(hours=2), seen_at=NOW)
    chaser(contact, NOW - timedelta(hours=1))

    assert "Asked again, not read yet" in text(as_person(cora).get("/"))


def test_what_was_asked_once_and_a_chaser_struck_through_carry_no_tag(policy, as_person, cora):
    owed(cora, LATER)
    struck = chaser(owed(cora, LATER), NOW - timedelta(hours=1))
    Contact.objects.filter(pk=struck.pk).update(
        struck_at=NOW, struck_by=cora, struck_reason="Of another child"
    )

    assert 'tag--grey">Asked again' not in as_person(cora).get("/").content.decode()
    assert 'tag--yellow">Asked again' not in as_person(cora).get("/").content.decode()


@pytest.mark.rule("H48")
def test_a_follow_up_after_the_date_shows_on_the_late_row(policy, as_person, cora, lena):
    contact = owed(cora, NOW - timedelta(days=1), sender_name="First Caller")
    chaser(contact, NOW - timedelta(hours=1), link=Contact.Link.FOLLOW_UP, seen_at=NOW)

    for person in (cora, lena):
        page = as_person(person).get("/")
        assert callers(page) == ["First"]
        assert "Asked again once" in text(page)
        assert "portal-owed__item--late" in page.content.decode()


def test_chasers_are_counted_in_the_same_queries_for_one_row_and_for_three(
    policy, as_person, cora, django_assert_num_queries
):
    client = as_person(cora)
    number = 0
    for count in (1, 2):
        for _ in range(count):
            number += 1
            contact = owed(cora, LATER + timedelta(minutes=number))
            for _ in range(number):
                chaser(contact, NOW - timedelta(hours=1), seen_at=NOW)
        with django_assert_num_queries(18):
            page = text(client.get("/worklist/"))
        asked = ["once", "2 times", "3 times"][:number]
        assert re.findall(r"Asked again (once|\d times)", page) == asked


# --- Narrowing ------------------------------------------------------------------------------


@pytest.mark.rule("H63")
def test_the_worklist_can_be_narrowed_to_what_is_said_to_be_urgent(policy, as_person, cora):
    decided = {"urgent_claimed": True, "urgency_at": NOW, "urgency_note": "Said on the phone"}
    owed(cora, LATER, sender_name="Plain Caller")
    owed(cora, LATER, sender_name="Claiming Caller", urgent_claimed=True)
    owed(cora, LATER, sender_name="Urgent Caller", urgency="accepted", **decided)
    owed(cora, LATER, sender_name="Declined Caller", urgency="declined", **decided)
    again = owed(cora, LATER, sender_name="Again Caller")
    chaser(again, NOW, urgent_claimed=True)
    hastened = owed(cora, LATER, sender_name="Hastened Caller")
    chaser(hastened, NOW, urgency="accepted", **decided)
    client = as_person(cora)

    assert callers(client.get("/?urgency=claimed")) == ["Claiming", "Again"]
    assert callers(client.get("/?urgency=accepted")) == ["Urgent", "Hastened"]
    assert callers(client.get("/?asked=again")) == ["Again", "Hastened"]
    assert callers(client.get("/?asked=again&urgency=claimed")) == ["Again"]


def test_what_is_not_a_choice_narrows_nothing(policy, as_person, cora):
    owed(cora, LATER, sender_name="First Caller")
    owed(cora, LATER, sender_name="Second Caller", urgent_claimed=True)

    page = as_person(cora).get("/?urgency=rubbish&asked=never&channel=pigeon")

    assert callers(page) == ["First", "Second"]
    assert "Selected filters" not in text(page)


@pytest.mark.rule("H63")
def test_a_claim_made_in_a_chaser_is_tagged_on_the_matters_row(policy, as_person, cora):
    chaser(owed(cora, LATER), NOW, urgent_claimed=True)

    assert 'tag--yellow">Said to be urgent</strong>' in as_person(cora).get("/").content.decode()


def test_a_choice_of_urgency_can_be_taken_back_and_is_kept_from_page_to_page(
    policy, as_person, cora
):
    for minute in range(51):
        owed(cora, LATER + timedelta(minutes=minute), urgent_claimed=True)

    page = as_person(cora).get("/worklist/?urgency=claimed&asked=").content.decode()

    assert "Urgency: Said to be urgent, not decided yet</a>" in page
    assert re.search(r'href="/worklist/\?urgency=claimed&amp;after=', page)


# --- The adviser's own list -----------------------------------------------------------------


def test_an_adviser_sees_what_they_logged_also_chasers_and_calls_without_a_case(
    policy, as_person, asif, cora
):
    contact = owed(cora, LATER)
    chaser(contact, NOW, logged_by=asif)
    unfiled(cora, TOMORROW, logged_by=asif, told_child="A boy called Tom")

    page = text(as_person(asif).get("/"))

    assert "Due Tuesday 8 December, in 3 working days (Cora Hill)" in page
    assert ", A boy called Tom, telephone call" in page


def test_a_case_restricted_later_leaves_the_advisers_list(policy, as_person, asif, cora):
    owed(cora, LATER, logged_by=asif, **RESTRICTED)

    assert "You have not logged a contact yet." in text(as_person(asif).get("/"))


# --- The tray -------------------------------------------------------------------------------


@pytest.mark.rule("H67")
def test_every_page_says_how_many_messages_wait_to_be_filed(policy, as_person, cora, lena, oscar):
    unfiled(lena, TOMORROW)
    unfiled(lena, NOW - timedelta(days=1))

    for person, number in ((lena, 2), (cora, 2), (oscar, 0)):
        page = text(as_person(person).get("/notices/"))
        assert f"To be filed {number} " in page


def test_roles_that_do_not_file_have_no_such_entry(policy, as_person, asif, lena):
    unfiled(lena, TOMORROW)

    for person in (asif, UserFactory(role=Role.ADMINISTRATOR)):
        assert "To be filed" not in text(as_person(person).get("/notices/"))


@pytest.mark.rule("H67")
def test_messages_not_filed_in_time_are_red_and_counted_for_leads_and_managers(
    policy, as_person, lena, cora, manager
):
    unfiled(lena, TOMORROW)
    late = unfiled(lena, NOW - timedelta(days=1), told_child="A girl called Ada")

    for person in (lena, manager):
        assert "1 message not filed with a child in time" in text(as_person(person).get("/"))
    assert "not filed with a child in time" not in text(as_person(cora).get("/"))
    tray = as_person(lena).get("/tray/").content.decode()
    assert tray.count("portal-owed__item--late") == 1
    assert tray.index("A girl called Ada") < tray.index("No subject")
    assert late.reference in tray


def test_a_message_filed_or_struck_through_waits_no_longer(policy, as_person, lena, cora):
    filed, struck = unfiled(lena, TOMORROW), unfiled(lena, TOMORROW)
    case = owed(cora, LATER).case
    Contact.objects.filter(pk=filed.pk).update(case=case)
    Clock.objects.filter(pk=filed.filing_clock_id).update(state="met", stopped_at=NOW)
    Contact.objects.filter(pk=struck.pk).update(
        struck_at=NOW, struck_by=lena, struck_reason="Advertisement"
    )
    Clock.objects.filter(pk=struck.filing_clock_id).update(state="cancelled", stopped_at=NOW)

    assert "To be filed 0 " in text(as_person(lena).get("/notices/"))
    assert "Everything is filed." in text(as_person(lena).get("/tray/"))


def test_the_tray_takes_the_same_queries_for_one_and_for_three(
    policy, as_person, lena, django_assert_num_queries
):
    client = as_person(lena)
    for count in (1, 2):
        for _ in range(count):
            unfiled(lena, TOMORROW)
        with django_assert_num_queries(10):
            client.get("/tray/")
