"""What is done with a booked call on its page: rung, moved, called off, answered (H36, H44)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AccessEntry
from callbacks.booking_actions import Caller
from callbacks.models import Booking, Ring, SlotPolicy
from callbacks.outcome_actions import mark_missed, not_reached, reached
from cases.answer_actions import answer_contact
from cases.models import Contact
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.callbacks.pages import at_, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]
DAY = "/callbacks/?day=2026-11-03"
# The call of Tuesday 2pm is missed by then.
AFTER = datetime(2026, 11, 3, 15, tzinfo=UTC)


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


@pytest.mark.rule("H44")
def test_the_note_of_a_call_says_truly_what_it_does_to_the_promise(call, cora, as_person):
    path = f"/callbacks/{call.pk}/reached/"
    with at_(AFTER):
        said = text(as_person(cora).get(path))
    assert "and keeps the date promised, Monday 9 November 2026." in said
    assert "as late" not in said

    mark_missed(now=AFTER)
    with at_(AFTER + timedelta(days=7)):
        said = text(as_person(cora).get(path))
        assert "keeps the date promised" not in said
        assert (
            "This answers their question. The answer was promised by Monday 9 November 2026: it is "
            "late, and stays on record as late. The call of Tuesday 3 November 2026 at 2pm stays "
            "on record as missed." in said
        )


def test_the_note_of_a_call_about_what_is_answered_joins_it(call, cora, as_person):
    letter = Contact.Answer.LETTER
    answer_contact(contact=call.contact, answer=letter, note="Sent.", by=cora, now=NOW)

    said = text(as_person(cora).get(f"/callbacks/{call.pk}/reached/"))

    assert "Their question is closed already: the note joins it." in said


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


@pytest.mark.rule("H29")
@pytest.mark.rule("H36")
def test_times_that_keep_the_day_promised_come_first_and_later_ones_say_so(
    call, cora, lena, as_person
):
    hours(lena, weekday=2)
    client = as_person(cora)

    words = text(client.get(f"/callbacks/{call.pk}/move/"))
    assert "Those that keep the day promised, Monday 9 November 2026, come first." in words
    own = words.index("Tuesday 3 November 2026 at 3:30pm")
    colleagues = words.index("Wednesday 4 November 2026 at 2pm, with Lena Marsh")
    heading = words.index("After the day promised, Monday 9 November 2026:")
    later = words.index("Tuesday 10 November 2026 at 2pm (after the day promised)")
    theirs = words.index(
        "Wednesday 11 November 2026 at 2pm, with Lena Marsh (after the day promised)"
    )
    assert own < colleagues < heading < later < theirs

    late = next(slot for slot in slots(cora) if slot.starts_at > NOW + timedelta(days=7))
    with at_(NOW):
        page = client.post(
            f"/callbacks/{call.pk}/move/",
            {"submission": uuid4(), "slot": late.pk, "reason": "Illness"},
            follow=True,
        )
    assert "This is after the day promised." in text(page)


@pytest.mark.rule("H29")
def test_where_every_time_is_late_it_is_said_before_the_choice(call, cora, as_person):
    Booking.objects.filter(pk=call.pk).update(promised_by=NOW)

    words = text(as_person(cora).get(f"/callbacks/{call.pk}/move/"))

    assert "All of these are after the day promised, Monday 2 November 2026." in words
    assert "come first" not in words


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
