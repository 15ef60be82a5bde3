"""The diary of whoever rings families back, as its pages show it (H19, H35, H36, H44, H124)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Absence, AccessEntry, Role
from callbacks.booking_actions import Caller
from callbacks.models import Booking, Pattern, Ring, SlotPolicy
from callbacks.outcome_actions import mark_missed, not_reached, reached
from callbacks.slot_actions import renew_slots
from cases.answer_actions import answer_contact
from cases.models import Contact, NamedStaff
from diaries.models import Block
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.cases.contacts import email, log
from tests.diaries.making import at, block, protect, shift
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 3)
DAY = "/callbacks/?day=2026-11-03"
WEEK = "/callbacks/week/?day=2026-11-03"
RESTRICTED = {"restricted": True, "restricted_reason": "A parent works here"}
# The call of Tuesday 2pm is missed by then.
AFTER = datetime(2026, 11, 3, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000007")


@pytest.fixture
def call(case):
    return booked(case)


@pytest.fixture
def mira():
    """A senior manager."""
    return UserFactory(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)


def text(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def at_(moment: datetime):
    return time_machine.travel(moment, tick=False)


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
        "Amara Okafor , EHC-000007",
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
    assert [(entry.kind, entry.records) for entry in entries] == [("listed", ["EHC-000007"])] * 2


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


# --- After the call ---------------------------------------------------------------------------


def post(client, call, act, **typed):
    given = {"submission": uuid4()} | typed
    return client.post(f"/callbacks/{call.pk}/{act}/", given)


@pytest.mark.rule("H36")
def test_missed_calls_stay_on_top_until_they_are_rung(call, cora, as_person):
    with at_(AFTER + timedelta(days=7)):
        client = as_person(cora)
        mark_missed(now=AFTER)
        words = text(client.get("/callbacks/"))
        assert "Still to ring" in words
        assert "Missed on Tuesday 3 November 2026 at 2pm: ring now" in words

        post(client, call, "reached", note="Sorry.")
        assert "Still to ring" not in text(client.get("/callbacks/"))


@pytest.mark.rule("H36")
def test_no_answer_in_one_click_counts_up_to_writing(call, cora, as_person):
    with time_machine.travel(AFTER, tick=False) as clock:
        client = as_person(cora)
        for number in (1, 2):
            assert f"No answer (try {number} of 3)" in text(client.get(DAY))
            post(client, call, "no-answer")
            clock.shift(timedelta(minutes=30))
            assert "Write to them" not in text(client.get(DAY))
        page = client.post(f"/callbacks/{call.pk}/no-answer/", {"submission": uuid4()}, follow=True)
        assert "Nobody answered 3 times: please write to Ngozi Okafor now." in text(page)
        assert "Write to them" in text(page)

        reply = reverse("cases:reply", args=[call.contact.reference])
        assert f'href="{reply}"' in client.get(f"/callbacks/{call.pk}/written/").content.decode()
        post(client, call, "written", answer="letter", note="Sent today.")
    contact = Contact.objects.get(pk=call.contact_id)
    assert (contact.answer, contact.answer_note) == ("letter", "Sent today.")


@pytest.mark.rule("H36")
def test_after_a_letter_the_page_says_so_and_offers_nothing_more(call, cora, as_person):
    SlotPolicy(attempts_before_writing=1).save()
    with at_(AFTER):
        client = as_person(cora)
        post(client, call, "no-answer")
        post(client, call, "written", answer="letter", note="Sent today.")
        pages = [text(client.get(address)) for address in (DAY, f"/callbacks/{call.pk}/")]

    for words in pages:
        assert "Answered by letter on Tuesday 3 November 2026 at 3pm after 1 try." in words
        for gone in ("Ring again", "of 1", "Reached", "Call off", "Move", "ring all the same"):
            assert gone not in words


@pytest.mark.rule("H36")
def test_no_answer_is_offered_from_the_time_agreed_on(call, cora, as_person):
    page = post(as_person(cora), call, "no-answer", note="Rang too early")
    assert "It can be written down from then on." in text(page)
    assert 'value="Rang too early"' in page.content.decode()
    for address in (DAY, f"/callbacks/{call.pk}/"):
        with at_(call.starts_at - timedelta(minutes=1)):
            before = text(as_person(cora).get(address))
        with at_(call.starts_at):
            then = text(as_person(cora).get(address))
        assert "No answer" not in before
        assert "Reached" in before
        assert "No answer (try 1 of 3)" in then


def test_after_a_call_one_is_back_on_the_day_that_one_came_from(call, cora, as_person):
    with at_(AFTER + timedelta(days=2)):
        client = as_person(cora)
        mark_missed(now=AFTER)
        today = "/callbacks/?day=2026-11-05"
        link = f"/callbacks/{call.pk}/reached/?day=2026-11-05"
        assert f'href="{link}"' in client.get("/callbacks/").content.decode()
        on_the_way = client.get(f"/callbacks/{call.pk}/?day=2026-11-05").content.decode()
        assert f'href="{link}"' in on_the_way
        assert f'href="{today}"' in on_the_way

        form = {"submission": uuid4(), "note": ""}
        tried = client.post(f"/callbacks/{call.pk}/no-answer/?day=2026-11-04", form)
        assert tried.url == "/callbacks/?day=2026-11-04"
        # From elsewhere: not to a day that is over.
        assert post(client, call, "reached", note="Sorry.").url == today


@pytest.mark.rule("H36")
def test_writing_before_enough_tries_is_refused_and_the_words_are_kept(call, cora, as_person):
    page = post(as_person(cora), call, "written", answer="letter", note="Sent today.")

    assert "Ring 3 times before you write instead." in text(page)
    assert "Sent today.</textarea>" in page.content.decode()
    assert Contact.objects.get(pk=call.contact_id).is_open


def test_no_e_mail_is_offered_before_enough_tries_or_without_an_address(case, cora, as_person):
    SlotPolicy(attempts_before_writing=1).save()
    call = booked(case, contact=rang(case, sender_email=""))
    client = as_person(cora)
    reply = reverse("cases:reply", args=[call.contact.reference])

    assert reply not in client.get(f"/callbacks/{call.pk}/written/").content.decode()
    not_reached(booking=call, note="", submission=uuid4(), by=cora, now=AFTER)
    assert reply not in client.get(f"/callbacks/{call.pk}/written/").content.decode()
    Contact.objects.filter(pk=call.contact_id).update(sender_email="ngozi@example.org")
    assert reply in client.get(f"/callbacks/{call.pk}/written/").content.decode()


def test_a_double_click_on_no_answer_is_one_try(call, cora, as_person):
    with at_(AFTER):
        client, form = as_person(cora), uuid4()
        for _ in range(2):
            assert post(client, call, "no-answer", submission=form).status_code == 302

    assert Ring.objects.count() == 1


@pytest.mark.rule("H44")
def test_reached_without_a_note_is_an_error_and_changes_nothing(call, cora, as_person):
    page = post(as_person(cora), call, "reached", note=" ")

    assert "There is a problem" in text(page)
    call.refresh_from_db()
    assert call.state == "booked"


@pytest.mark.rule("H44")
def test_the_second_of_two_people_keeps_their_words(call, cora, lena, as_person):
    reached(booking=call, note="Settled.", submission=uuid4(), by=lena, now=NOW)

    page = post(as_person(cora), call, "reached", note="I rang them, too.")

    words = text(page)
    assert "This call is over: reached." in words
    assert "Add what I wrote as a note" in words
    assert page.content.decode().count("I rang them, too.") == 2
    assert Ring.objects.count() == 1


def test_what_was_answered_in_another_way_is_said_and_can_be_called_off(
    call, cora, lena, as_person
):
    answer_contact(
        contact=call.contact, answer=Contact.Answer.EMAIL, note="Sent.", by=lena, now=NOW
    )
    client = as_person(cora)

    words = text(client.get(DAY))
    said = "Lena Marsh answered it on Monday 2 November 2026 at 10am, by e-mail."
    assert f"{said} Call this call off" in words
    form = client.get(f"/callbacks/{call.pk}/call-off/")
    assert 'value="Your question has been answered."' in form.content.decode()
    assert post(client, call, "call-off", reason="Answered by e-mail.").status_code == 302
    call.refresh_from_db()
    assert (call.state, call.ended_how) == ("cancelled", "us")


def test_without_an_address_somebody_has_to_say_how_the_caller_was_told(case, cora, as_person):
    call = booked(case, caller=Caller(name="Ngozi Okafor", phone="07700 900123"))
    client = as_person(cora)

    page = post(client, call, "call-off", reason="Ill today", told_how="")
    assert "Say how you have told them." in text(page)
    assert "Ill today" in page.content.decode()
    assert post(client, call, "call-off", reason="Ill", told_how="by telephone").status_code == 302
    call.refresh_from_db()
    assert call.note == "Ill (told by telephone)"


@pytest.mark.rule("H36")
def test_a_call_moves_to_ones_own_time_or_to_a_colleague(call, cora, lena, as_person):
    hours(lena, weekday=2)
    client = as_person(cora)

    page = client.get(f"/callbacks/{call.pk}/move/")
    words = text(page)
    assert "Tuesday 3 November 2026 at 2:30pm Tuesday" in words
    assert "Wednesday 4 November 2026 at 2pm, with Lena Marsh" in words

    form, theirs = uuid4(), slots(lena)[0]
    for _ in range(2):
        moved = post(client, call, "move", slot=theirs.pk, reason="Ill", submission=form)
        assert moved.status_code == 302
    call.refresh_from_db()
    assert (call.state, call.followed_by.owner) == ("moved", lena)
    assert Booking.objects.count() == 2


def test_a_time_that_was_just_taken_is_said_and_the_reason_stays(call, case, cora, as_person):
    taken = slots(cora)[0]
    booked(case, taken)

    page = post(as_person(cora), call, "move", slot=taken.pk, reason="A hearing")

    assert "That time has just been taken." in text(page)
    assert 'value="A hearing"' in page.content.decode()
    call.refresh_from_db()
    assert call.state == "booked"


@pytest.mark.parametrize("slot", ["", "999999", "x"])
def test_no_slot_is_an_error(call, cora, as_person, slot):
    page = post(as_person(cora), call, "move", slot=slot, reason="A hearing")

    assert "Select" in text(page)
    assert Booking.objects.count() == 1


def test_the_page_of_a_call_lists_every_try(call, cora, as_person):
    not_reached(booking=call, note="Left a message.", submission=uuid4(), by=cora, now=AFTER)

    words = text(as_person(cora).get(f"/callbacks/{call.pk}/"))
    assert "Tuesday 3 November 2026 at 3pm, Cora Hill: no answer. Left a message." in words
    assert AccessEntry.objects.filter(user=cora, detail=f"call {call.pk}").count() == 1


def test_the_contact_leads_to_its_call(call, cora, asif, as_person):
    link = f'href="/callbacks/{call.pk}/"'
    address = reverse("cases:contact", args=[call.contact.reference])

    assert link in as_person(cora).get(address).content.decode()
    assert link not in as_person(asif).get(address).content.decode()


def test_an_outsider_posts_nothing(call, oscar, as_person):
    client = as_person(oscar)

    for act in ("reached", "no-answer", "move", "call-off", "written"):
        assert post(client, call, act, note="x", reason="x").status_code == 404
    assert Booking.objects.get().state == "booked"


# --- Hours ------------------------------------------------------------------------------------


@pytest.mark.rule("H35")
def test_hours_say_how_many_slots_they_give_and_what_leave_takes(case, cora, as_person):
    Absence.objects.create(person=cora, first_day=date(2026, 11, 10), last_day=date(2026, 11, 10))
    renew_slots(person=cora, now=NOW)
    booked(case)

    words = text(as_person(cora).get("/callbacks/hours/"))
    assert "These hours give 4 slots of 30 minutes a week. The least is 4." in words
    assert "Tuesday 2pm to 4pm Since Monday 2 November 2026" in words
    assert "2 November (this week) 4. The least is 4. 1" in words
    assert "9 November 0. The least is 4. 1 day off or on duty. Too few 0" in words
    assert "16 November 4. The least is 4. 0" in words


@pytest.mark.rule("H35")
def test_too_few_hours_are_said(policy, cora, as_person):
    hours(cora, ends=time(15))

    assert "Too few These hours give 2 slots" in text(as_person(cora).get("/callbacks/hours/"))


@pytest.mark.rule("H35")
def test_hours_are_added_by_the_person_and_by_their_lead(policy, cora, lena, as_person):
    typed = {
        "weekday": "1",
        "starts": "2pm",
        "ends": "4pm",
        "first_day_day": "3",
        "first_day_month": "11",
        "first_day_year": "2026",
    }
    as_person(cora).post("/callbacks/hours/new/", typed)
    as_person(lena).post(f"/callbacks/hours/new/?person={cora.pk}", typed | {"weekday": "3"})

    assert list(Pattern.objects.values_list("person", "weekday", "starts")) == [
        (cora.pk, 1, time(14)),
        (cora.pk, 3, time(14)),
    ]
    page = as_person(cora).post("/callbacks/hours/new/", typed | {"ends": "5pm"})
    assert "already keeps Tuesday 2pm to 4pm" in text(page)
    assert 'value="5pm"' in page.content.decode()


@pytest.mark.rule("H124")
def test_stopping_hours_says_what_stays_booked(call, cora, as_person):
    pattern = Pattern.objects.get()
    client = as_person(cora)

    page = client.get(f"/callbacks/hours/{pattern.pk}/stop/")
    assert "Calls booked in these hours stay: Tuesday 3 November 2026." in text(page)
    client.post(
        f"/callbacks/hours/{pattern.pk}/stop/",
        {"first_day_day": "2", "first_day_month": "11", "first_day_year": "2026"},
    )
    call.refresh_from_db()
    assert (Pattern.objects.count(), call.state, slots(cora)) == (0, "booked", [])


# --- Meetings ---------------------------------------------------------------------------------


MEETING = {
    "kind": "meeting",
    "title": "Team meeting",
    "day_day": "3",
    "day_month": "11",
    "day_year": "2026",
    "starts": "2pm",
    "ends": "3pm",
}


@pytest.mark.rule("H19")
def test_a_meeting_goes_into_the_diary_and_out_again(case, cora, as_person):
    client = as_person(cora)
    client.post("/callbacks/blocks/new/", MEETING)

    made = Block.objects.get()
    assert (made.title, made.period.lower) == ("Team meeting", at(TUESDAY, 14))
    assert [slot.starts_at for slot in slots(cora)[:2]] == [at(TUESDAY, 15), at(TUESDAY, 15, 30)]

    address = f"/callbacks/blocks/{made.pk}/withdraw/"
    assert client.get(address).status_code == 405
    assert client.post(address).url == "/callbacks/?day=2026-11-03"
    assert client.post(address).status_code == 302
    assert slots(cora)[0].starts_at == at(TUESDAY, 14)


@pytest.mark.rule("H124")
def test_a_meeting_over_a_call_is_refused_with_the_way_to_move_it(call, cora, as_person):
    page = as_person(cora).post("/callbacks/blocks/new/", MEETING)

    words, html = text(page), page.content.decode()
    assert "A call is booked for Tuesday 3 November 2026 at 2pm. Move it first" in words
    assert f'href="/callbacks/{call.pk}/move/"' in html
    assert 'value="Team meeting"' in html
    assert not Block.objects.exists()


def test_a_call_that_one_may_not_see_is_refused_without_a_way_to_it(policy, cora, lena, as_person):
    hours(cora)
    call = booked(CaseFactory(owner=cora, team=cora.team, **RESTRICTED))

    page = as_person(lena).post(f"/callbacks/blocks/new/?person={cora.pk}", MEETING)

    assert "A call is booked for Tuesday 3 November 2026 at 2pm." in text(page)
    assert f"/callbacks/{call.pk}/" not in page.content.decode()
    assert not Block.objects.exists()


def test_nobody_else_takes_a_meeting_out(case, cora, oscar, lena, as_person):
    made = block(cora, at(TUESDAY, 14), at(TUESDAY, 15))
    address = f"/callbacks/blocks/{made.pk}/withdraw/"

    assert as_person(oscar).post(address).status_code == 404
    assert Block.objects.in_force().count() == 1
    assert as_person(lena).post(address).url == f"/callbacks/?person={cora.pk}&day=2026-11-03"
    assert Block.objects.in_force().count() == 0


# --- Booking from a contact -------------------------------------------------------------------


@pytest.mark.rule("H28")
def test_staff_book_a_call_with_what_the_contact_knows(case, cora, lena, as_person):
    matter = rang(case, sender_phone="07700 900456", sender_email="ngozi@example.org")
    address = reverse("callbacks:book", args=[matter.reference])
    client = as_person(lena)

    html = client.get(address).content.decode()
    for known in ("Ngozi Okafor", "07700 900456", "ngozi@example.org"):
        assert f'value="{known}"' in html
    typed = {
        "slot": slots(cora)[0].pk,
        "caller_name": "Ngozi Okafor",
        "caller_phone": "07700 900456",
        "caller_email": "",
        "best_time": "After lunch",
        "submission": uuid4(),
    }
    for _ in range(2):
        assert client.post(address, typed).url == reverse("cases:contact", args=[matter.reference])
    booking = Booking.objects.get()
    assert (booking.owner, booking.booked_by, booking.best_time) == (cora, lena, "After lunch")

    # One is booked: the page leads back and says so.
    page = client.get(address, follow=True)
    assert "Cora Hill rings about this on Tuesday 3 November 2026 at 2pm already." in text(page)


@pytest.mark.rule("H28")
def test_a_slot_taken_meanwhile_is_said_and_nothing_typed_is_lost(case, cora, as_person):
    taken = slots(cora)[0]
    booked(case, taken)
    matter = rang(case)

    page = as_person(cora).post(
        reverse("callbacks:book", args=[matter.reference]),
        {
            "slot": taken.pk,
            "caller_name": "Grandmother",
            "caller_phone": "07700 900456",
            "submission": uuid4(),
        },
    )
    assert "That time has just been taken." in text(page)
    assert 'value="Grandmother"' in page.content.decode()
    assert f'value="{slots(cora)[0].pk}"' in page.content.decode()


def test_no_call_is_booked_about_what_is_answered_or_with_whom_we_must_not_talk_to(
    case, cora, as_person
):
    answered = rang(case)
    answer_contact(
        contact=answered, answer=Contact.Answer.TELEPHONE, note="Told.", by=cora, now=NOW
    )
    barred = rang(
        case,
        sender_person=RelatedPersonFactory(
            person=case.person, no_contact=True, receives_letters=False
        ),
    )
    client = as_person(cora)

    for matter, said in [(answered, "no call is owed"), (barred, "must not be contacted")]:
        page = client.get(reverse("callbacks:book", args=[matter.reference]), follow=True)
        assert said in text(page)
    assert "Book a call" not in text(client.get(f"/contacts/{answered.reference}/"))
    assert "Book a call" in text(client.get(f"/contacts/{barred.reference}/"))


def test_without_hours_nobody_can_be_booked_and_it_is_said(policy, cora, as_person):
    matter = rang(CaseFactory(owner=cora, team=cora.team))

    words = text(as_person(cora).get(reverse("callbacks:book", args=[matter.reference])))
    assert "Nobody who may ring about this has a free slot." in words


# --- Settings and the home page ---------------------------------------------------------------


FIGURES = {
    "slot_minutes": "20",
    "minimum_minutes": "100",
    "minimum_minutes_managers": "60",
    "horizon_days": "28",
    "grace_minutes": "0",
    "attempts_before_writing": "2",
}


@pytest.fixture
def ada():
    return UserFactory(role=Role.ADMINISTRATOR, team=None)


@pytest.mark.rule("H35")
def test_an_administrator_changes_the_figures(policy, ada, as_person):
    client = as_person(ada)
    assert "Callback slots" in text(client.get("/settings/"))

    assert client.post("/settings/callbacks/", FIGURES).url == "/settings/"
    kept = SlotPolicy.current()
    assert {name: str(getattr(kept, name)) for name in FIGURES} == FIGURES


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"slot_minutes": "4"}, "The length of a call must be between 5 and 120"),
        ({"slot_minutes": "x"}, "The length of a call must be a whole number"),
        ({"grace_minutes": "-1"}, "must be between 0 and 240"),
        ({"attempts_before_writing": ""}, "Enter the number of tries"),
    ],
)
def test_figures_without_sense_are_refused(policy, ada, as_person, changed, said):
    page = as_person(ada).post("/settings/callbacks/", FIGURES | changed)

    assert said in text(page)
    assert SlotPolicy.current().slot_minutes == 30


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
