"""The diary of whoever rings families back: a day, a week, and who may see them (H19, H36)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Absence, AccessEntry, Role
from callbacks.booking_actions import Caller
from callbacks.outcome_actions import mark_missed, not_reached, reached
from cases.models import NamedStaff
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.callbacks.pages import at_, text
from tests.cases.contacts import email, log
from tests.diaries.making import at, block, protect, shift
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]

TUESDAY = date(2026, 11, 3)
DAY = "/callbacks/?day=2026-11-03"
WEEK = "/callbacks/week/?day=2026-11-03"
RESTRICTED = {"restricted": True, "restricted_reason": "A parent works here"}
# The call of Tuesday 2pm is missed by then.
AFTER = datetime(2026, 11, 3, 15, tzinfo=UTC)


# --- The day ----------------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_a_call_shows_whom_to_ring_where_when_and_about_what(case, cora, as_person):
    mother = RelatedPersonFactory(person=case.person)
    matter = rang(case, sender_person=mother, message="When does the taxi start?")
    caller = Caller(name="Ngozi Okafor", phone="+44 7700 900123", best_time="After lunch")
    booked(case, contact=matter, caller=caller)

    page = as_person(cora).get(DAY)

    words = text(page)
    for said in [
        "2pm to 2:30pm",
        "Ngozi Okafor (mother)",
        "Amara Okafor , EHC-000123",
        "Best time After lunch",
        "When does the taxi start?",
    ]:
        assert said in words
    assert 'href="tel:+447700900123">+44 7700 900123</a>' in page.content.decode()


@pytest.mark.rule("H36")
def test_the_last_three_contacts_stand_before_the_call(case, cora, as_person):
    for number in range(4):
        log(
            case,
            email(
                received_at=NOW - timedelta(days=10 - number),
                sender_name=f"Writer {number}",
                message=f"Question {number}",
            ),
        )
    booked(case, contact=rang(case, message="The matter itself"))

    words = text(as_person(cora).get(DAY))

    assert re.findall(r"E-mail from Writer (\d)\. Question \1", words) == ["3", "2", "1"]
    assert words.count("The matter itself") == 1


@pytest.mark.rule("H36")
def test_our_own_tries_push_nothing_out_of_the_last_contacts(case, cora, as_person):
    for number in range(3):
        log(case, email(received_at=NOW - timedelta(days=9 - number), message=f"Told {number}"))
    other = booked(case, contact=rang(case, message="Another matter"))
    call = booked(case)
    for number in range(3):
        for one in (call, other):
            at = AFTER + number * timedelta(minutes=30)
            not_reached(booking=one, note="", submission=uuid4(), by=cora, now=at)

    with at_(AFTER + timedelta(hours=2)):
        words = text(as_person(cora).get(f"/callbacks/{call.pk}/"))
    assert "nobody answered (try 3)" in words
    assert "nobody answered (try 2)" not in words
    assert words.count("Telephone call to Ngozi Okafor") == 1
    assert "Another matter" in words
    assert "Told 2" in words


def test_what_was_said_on_a_merged_record_is_there_too(case, cora, as_person):
    other = CaseFactory(owner=cora, team=cora.team, merged_into=case)
    log(other, email(received_at=NOW - timedelta(days=2), message="On the other record"))
    booked(case)

    assert "On the other record" in text(as_person(cora).get(DAY))


@pytest.mark.rule("H19")
def test_the_list_is_the_diary(case, cora, lena, north, as_person):
    booked(case, slots(cora)[1])
    block(cora, at(TUESDAY, 9), at(TUESDAY, 9, 45))
    protect(north, lena, 1, time(15), time(15, 30))
    shift(north, cora, date(2026, 11, 4))
    Absence.objects.create(person=cora, first_day=date(2026, 11, 5), last_day=date(2026, 11, 5))

    page = as_person(cora).get(DAY)
    rows = [" ".join(row.split()) for row in re.findall(r'__when">([^<]+)<', page.content.decode())]
    assert rows == [
        "9am to 9:45am",
        "2pm to 2:30pm",
        "2:30pm to 3pm",
        "3pm to 3:30pm",
        "3:30pm to 4pm",
    ]
    words = text(page)
    assert "9am to 9:45am Meeting: Complex case: A. O." in words
    assert "2pm to 2:30pm Free for a call" in words
    # The slot under it is not shown any more, although it is withdrawn only later.
    assert "3pm to 3:30pm Protected time 3:30pm to 4pm Free for a call" in words

    week = text(as_person(cora).get(WEEK))
    assert "Wednesday 4 November All day On the duty line" in week
    assert "Thursday 5 November All day On leave" in week
    assert "Saturday" not in week


def test_a_bank_holiday_is_named(policy, cora, as_person):
    assert "Christmas Day" in text(as_person(cora).get("/callbacks/?day=2026-12-25"))


def test_what_is_shown_is_written_down(call, cora, as_person):
    as_person(cora).get(DAY)
    as_person(cora).get(WEEK)

    entries = AccessEntry.objects.filter(detail="booked calls")
    assert [(entry.kind, entry.records) for entry in entries] == [("listed", ["EHC-000123"])] * 2


def test_a_day_that_is_none_is_today(policy, cora, as_person):
    for asked in ["rubbish", "9999-12-31", "2026-02-30", ""]:
        words = text(as_person(cora).get("/callbacks/", {"day": asked}))
        assert "Monday 2 November 2026 (today)" in words


@pytest.mark.parametrize("calls", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [(DAY, 30), (WEEK, 22)])
def test_a_page_costs_the_same_for_one_call_and_for_three(
    policy, cora, as_person, django_assert_num_queries, calls, address, queries
):
    hours(cora)
    hours(cora, starts=time(9), ends=time(12))
    for number, slot in enumerate(slots(cora)[: 2 * calls]):
        case = CaseFactory(owner=cora, team=cora.team)
        log(case, email(received_at=NOW - timedelta(days=3)))
        call = booked(case, slot)
        # Every other one is still to ring, on top.
        if number % 2:
            not_reached(booking=call, note="", submission=uuid4(), by=cora, now=call.starts_at)
    client = as_person(cora)

    with django_assert_num_queries(queries):
        client.get(address)


# --- Whose diary ------------------------------------------------------------------------------


def seen(client, person, address="/callbacks/") -> int:
    return client.get(address, {"person": person.pk}).status_code


def test_a_lead_sees_the_team_a_senior_everybody_and_a_colleague_nobody(
    case, cora, lena, mira, oscar, north, as_person
):
    support = UserFactory(role=Role.BUSINESS_SUPPORT, team=north)
    colleague = UserFactory(team=north)

    assert [seen(as_person(user), cora) for user in (cora, lena, support, mira)] == [200] * 4
    assert [seen(as_person(user), cora) for user in (colleague, oscar)] == [404] * 2
    assert seen(as_person(lena), oscar) == 404
    for page in ("week", "hours", "new_hours", "new_block"):
        address = reverse(f"callbacks:{page}")
        assert seen(as_person(lena), cora, address) == 200
        assert seen(as_person(colleague), cora, address) == 404


@pytest.mark.rule("H36")
def test_whoever_covers_sees_and_makes_the_calls_while_they_cover(call, cora, oscar, as_person):
    Absence.objects.create(person=cora, first_day=NOW.date(), last_day=TUESDAY, cover=oscar)
    with at_(AFTER):
        client = as_person(oscar)
        assert "You look after Cora Hill : 1 call to make today." in text(client.get("/callbacks/"))
        assert "Ngozi Okafor" in text(client.get("/callbacks/", {"person": cora.pk}))
        # They read the hours and change nothing.
        assert seen(client, cora, "/callbacks/hours/") == 200
        assert seen(client, cora, "/callbacks/hours/new/") == 404
        page = client.post(
            f"/callbacks/{call.pk}/reached/", {"note": "Settled.", "submission": uuid4()}
        )
        assert page.url == f"/callbacks/?person={cora.pk}&day=2026-11-03"
    call.refresh_from_db()
    assert (call.state, call.ended_by) == ("reached", oscar)

    with at_(AFTER + timedelta(days=1)):
        client = as_person(oscar)
        assert seen(client, cora) == 404
        assert client.get(f"/callbacks/{call.pk}/").status_code == 404


def test_calls_of_somebody_who_has_left_are_not_forgotten(call, cora, lena, as_person):
    cora.is_active = False
    cora.save()

    words = text(as_person(lena).get(f"/callbacks/?day=2026-11-03&person={cora.pk}"))
    assert "Cora Hill (has left)" in words
    assert "2pm to 2:30pm Ngozi Okafor" in words


def test_a_restricted_case_is_a_time_that_is_taken_and_no_more(policy, cora, lena, as_person):
    hours(cora)
    call = booked(CaseFactory(owner=cora, team=cora.team, **RESTRICTED))
    address = f"/callbacks/?day=2026-11-03&person={cora.pk}"

    words = text(as_person(lena).get(address))
    assert "2pm to 2:30pm A booked call about a case that you may not see" in words
    assert "Okafor" not in words
    assert as_person(lena).get(f"/callbacks/{call.pk}/").status_code == 404
    assert not AccessEntry.objects.filter(user=lena, detail="booked calls").exists()

    NamedStaff.objects.create(case=call.contact.case, user=lena)
    assert "Ngozi Okafor" in text(as_person(lena).get(address))


def test_the_words_of_a_meeting_are_for_who_keeps_the_diary(policy, cora, oscar, as_person):
    block(cora, at(TUESDAY, 9), at(TUESDAY, 10))
    Absence.objects.create(person=cora, first_day=NOW.date(), last_day=TUESDAY, cover=oscar)

    words = text(as_person(oscar).get(f"/callbacks/?day=2026-11-03&person={cora.pk}"))
    assert "9am to 10am In a meeting" in words
    assert "Complex case" not in words


# --- The first page --------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_first_page_says_which_call_is_next_and_which_was_missed(call, cora, as_person):
    words = text(as_person(cora).get("/"))
    assert "Next call: Tuesday 3 November 2026 at 2pm, Ngozi Okafor" in words
    with at_(AFTER - timedelta(hours=6)):
        client = as_person(cora)
        assert "Next call: 2pm, Ngozi Okafor about Amara Okafor" in text(client.get("/"))
    with at_(AFTER):
        mark_missed(now=AFTER)
        assert "Missed: ring now 2pm, Ngozi Okafor" in text(client.get("/"))
        reached(booking=call, note="Sorry.", submission=uuid4(), by=cora, now=AFTER)
        assert "Ngozi Okafor about" not in text(client.get("/"))


def test_the_way_to_the_calls_is_for_those_who_have_a_diary(policy, cora, asif, as_person):
    assert 'href="/callbacks/"' in as_person(cora).get("/people/").content.decode()
    assert 'href="/callbacks/"' not in as_person(asif).get("/people/").content.decode()
