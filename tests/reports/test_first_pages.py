"""What first pages show besides contacts: formal matters, chasers, urgency, copies, the tray."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Absence, AccessEntry, Role
from cases.models import Contact, NamedStaff
from clocks.models import Clock
from tests.factories import UserFactory
from tests.reports.promises import chaser, copied, formal, owed, unfiled

# Thursday 3 December 2026, 10 in the morning.
NOW = datetime(2026, 12, 3, 10, tzinfo=UTC)
TOMORROW = datetime(2026, 12, 4, 17, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 8, 17, 30, tzinfo=UTC)
RESTRICTED = {"case__restricted": True, "case__restricted_reason": "A parent works here"}
REQUEST = Contact.Category.ASSESSMENT_REQUEST


@pytest.fixture(autouse=True)
def _thursday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(policy):
    return UserFactory(role=Role.SENIOR_MANAGER)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def matters(response) -> list[str]:
    """The formal matters of a page, by the words of their category."""
    return re.findall(r'/contacts/[^"]+/">(Asks for[^<]+|Complaint)</a>', response.content.decode())


def callers(response) -> list[str]:
    return re.findall(r"(\w+) Caller", text(response))


# --- Formal matters -------------------------------------------------------------------------


@pytest.mark.rule("H68")
def test_formal_matters_owed_are_above_the_list_soonest_first(policy, as_person, cora):
    formal(cora, LATER)
    request = formal(cora, TOMORROW, REQUEST, case__person__given_name="Zofia")

    page = as_person(cora).get("/")

    assert matters(page) == ["Asks for an EHC needs assessment", "Complaint"]
    words = text(page)
    assert words.index("Formal matters") < words.index("Soonest first")
    assert "Zofia Okafor , received" in words
    assert "Due Friday 4 December, in 1 working day" in words
    assert "Cora Hill answers" in words
    assert f'href="/contacts/{request.contact.reference}/"' in page.content.decode()


def test_a_formal_matter_stays_there_when_its_message_is_answered(policy, as_person, cora):
    matter = formal(cora, TOMORROW)
    Clock.objects.filter(pk=matter.contact.clock_id).update(state="met", stopped_at=NOW)

    page = as_person(cora).get("/")

    assert matters(page) == ["Complaint"]
    assert "You owe no answers." in text(page)


def test_a_formal_matter_that_has_ended_is_not_listed(policy, as_person, cora):
    matter = formal(cora, TOMORROW)
    Clock.objects.filter(pk=matter.clock_id).update(state="met", stopped_at=NOW)

    assert matters(as_person(cora).get("/")) == []
    assert "No formal matter is open." in text(as_person(cora).get("/formal-matters/"))


def test_a_late_formal_matter_is_marked(policy, as_person, cora):
    formal(cora, NOW - timedelta(days=2))

    page = as_person(cora).get("/formal-matters/").content.decode()

    assert '<strong class="govuk-tag govuk-tag--red">2 working days late</strong>' in page


@pytest.mark.rule("H62")
def test_formal_matters_of_a_colleague_away_are_shown_to_the_cover(policy, as_person, cora, north):
    away = UserFactory(team=north)
    formal(away, TOMORROW)
    assert matters(as_person(cora).get("/")) == []

    Absence.objects.create(person=away, cover=cora, first_day=NOW.date(), last_day=NOW.date())

    assert matters(as_person(cora).get("/")) == ["Complaint"]
    assert matters(as_person(cora).get("/formal-matters/")) == ["Complaint"]


def test_each_role_sees_its_own_its_teams_or_the_services(
    policy, as_person, cora, lena, oscar, manager
):
    formal(cora, TOMORROW)
    formal(oscar, LATER, REQUEST)
    support = UserFactory(role=Role.BUSINESS_SUPPORT, team=lena.team)

    for person in (cora, lena, support):
        assert matters(as_person(person).get("/")) == ["Complaint"]
        assert matters(as_person(person).get("/formal-matters/")) == ["Complaint"]
    both = ["Complaint", "Asks for an EHC needs assessment"]
    assert matters(as_person(manager).get("/")) == both
    assert matters(as_person(manager).get("/formal-matters/")) == both


def test_a_list_that_is_not_open_to_a_role_is_its_own_instead(policy, as_person, cora, oscar):
    formal(cora, TOMORROW)
    formal(oscar, LATER, REQUEST)

    assert matters(as_person(cora).get("/formal-matters/?whose=service")) == ["Complaint"]
    assert matters(as_person(cora).get("/formal-matters/?whose=rubbish")) == ["Complaint"]


def test_the_team_lead_can_ask_for_what_is_theirs_alone(policy, as_person, cora, lena):
    formal(cora, TOMORROW)
    formal(lena, LATER, REQUEST)
    client = as_person(lena)

    assert len(matters(client.get("/formal-matters/"))) == 2
    mine = client.get("/formal-matters/?whose=mine")
    assert matters(mine) == ["Asks for an EHC needs assessment"]
    assert "Formal matters the team owes" in text(mine)


def test_a_formal_matter_of_a_restricted_case_is_for_its_owner_and_named_staff(
    policy, as_person, cora, lena, manager
):
    matter = formal(cora, TOMORROW, **RESTRICTED)

    assert matters(as_person(cora).get("/")) == ["Complaint"]
    for person in (lena, manager):
        assert matters(as_person(person).get("/")) == []
        assert matters(as_person(person).get("/formal-matters/")) == []

    NamedStaff.objects.create(case=matter.contact.case, user=lena)
    assert matters(as_person(lena).get("/")) == ["Complaint"]


def test_ten_formal_matters_are_shown_and_the_rest_is_a_link_away(policy, as_person, cora):
    for day in range(10):
        formal(cora, LATER + timedelta(days=day))
    assert "All formal matters" not in text(as_person(cora).get("/"))

    formal(cora, TOMORROW, REQUEST)
    page = as_person(cora).get("/")

    assert len(matters(page)) == 10
    assert matters(page)[0] == "Asks for an EHC needs assessment"
    assert 'href="/formal-matters/?whose=mine"' in page.content.decode()


def test_all_formal_matters_are_paged_by_key(policy, as_person, cora):
    for minute in range(53):
        formal(cora, LATER + timedelta(minutes=minute // 2), sender_name=f"Caller {minute:02d}")
    client = as_person(cora)

    first = client.get("/formal-matters/")
    following = re.search(r'href="(/formal-matters/\?[^"]*after=[^"]+)"', first.content.decode())
    assert following
    second = client.get(following[1].replace("&amp;", "&"))

    assert "whose=mine" in following[1]
    references = [
        reference
        for page in (first, second)
        for reference in re.findall(r'/contacts/(CON-\w+)/">Complaint', page.content.decode())
    ]
    expected = Contact.objects.order_by("clock__due_at", "formal_matters__clock_id")
    assert references == list(expected.values_list("reference", flat=True))
    assert "Back to the soonest" in text(second)


def test_further_pages_of_a_worklist_are_the_list_alone(policy, as_person, cora):
    formal(cora, TOMORROW)

    assert matters(as_person(cora).get("/?after=2026-01-01T00:00:00%2B00:00~1")) == []


def test_a_formal_matter_shown_is_written_down(policy, as_person, cora):
    matter = formal(cora, TOMORROW)

    as_person(cora).get("/formal-matters/")

    entry = AccessEntry.objects.get(detail="formal matters")
    assert (entry.user, entry.records) == (cora, [matter.contact.case.reference])


def test_formal_matters_take_the_same_queries_for_one_and_for_three(
    policy, as_person, cora, django_assert_num_queries
):
    client = as_person(cora)
    for count in (1, 2):
        for _ in range(count):
            formal(cora, TOMORROW)
        with django_assert_num_queries(11):
            assert len(matters(client.get("/formal-matters/"))) in {1, 3}


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
        with django_assert_num_queries(17):
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


# --- Copies ---------------------------------------------------------------------------------


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
