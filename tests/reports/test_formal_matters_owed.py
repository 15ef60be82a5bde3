"""Formal matters owed: above the list on a first page, and in full on a page of their own."""

import re
from datetime import timedelta

import pytest
import time_machine

from accounts.models import Absence, AccessEntry, Role
from cases.models import Contact, NamedStaff
from clocks.models import Clock
from tests.factories import UserFactory
from tests.reports.promises import LATER, NOW, RESTRICTED, TOMORROW, formal, text

REQUEST = Contact.Category.ASSESSMENT_REQUEST


@pytest.fixture(autouse=True)
def _thursday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(policy):
    return UserFactory(role=Role.SENIOR_MANAGER)


def matters(response) -> list[str]:
    """The formal matters of a page, by the words of their category."""
    return re.findall(r'/contacts/[^"]+/">(Asks for[^<]+|Complaint)</a>', response.content.decode())


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
