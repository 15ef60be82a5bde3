"""The call desk as an adviser sees it, and what the forms do with what is typed."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Absence, AccessEntry, Role
from callbacks.models import Attempt, Booking, DeskCall, Signpost, Slot
from callbacks.signpost_actions import DEFAULT_SIGNPOSTS, load_signposts
from cases.answer_actions import answer_contact
from cases.models import Contact, FormalMatter
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, ClockFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "Our social worker says the plan is wrong"
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def case(policy, cora):
    hours(cora)
    load_signposts()
    return CaseFactory(
        reference="EHC-000042",
        owner=cora,
        team=cora.team,
        person__postcode="ZZ99 3WZ",
        next_step="Annual review",
        next_step_on=datetime(2026, 12, 8, tzinfo=UTC).date(),
    )


@pytest.fixture
def mother(case):
    return RelatedPersonFactory(person=case.person, phone="07700 900123", email="ngozi@example.org")


@pytest.fixture
def desk(case, mother, as_person, asif):
    """The adviser at the desk of that case."""
    return Desk(as_person(asif), mother)


class Desk:
    url = "/desk/EHC-000042/"

    def __init__(self, client, mother):
        self.client, self.mother = client, mother

    def page(self):
        return text(self.client.get(self.url))

    def attempt(self, party="coordinator", result="no_answer", **more):
        posted = {"attempt": f"{party}.{result}", **more}
        return self.client.post(f"{self.url}attempt/", posted)

    def try_both(self):
        self.attempt()
        self.attempt("duty_line")

    def end(self, outcome, **more):
        given = {
            "caller": self.mother.pk,
            "asked": "When does the taxi start?",
            "reminded": "on",
            "submission": uuid4(),
            "outcome": outcome,
        }
        posted = {name: value for name, value in (given | more).items() if value is not None}
        return self.client.post(self.url, posted, follow=True)


def text(response):
    """The words of the page in one line, as they are read."""
    main = response.content.decode().partition("<main")[2]
    identity = response.content.decode().partition("moj-identity-bar")[2].partition("<main")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", identity + main).split())


def errors(response):
    found = re.findall(r'error-summary__list">(.*?)</ul>', response.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(found)).split())


# --- What is shown ----------------------------------------------------------------------------


@pytest.mark.rule("H22")
@pytest.mark.rule("H23")
@pytest.mark.rule("H24")
def test_one_screen_says_who_the_child_is_who_answers_and_what_comes_next(desk, case):
    page = desk.page()

    for words in (
        "Amara Okafor",
        "3 February 2014",
        "Year 8",
        "Lives in: ZZ99",
        "Has a current EHC plan",
        "Cora Hill , 01632 960200",
        "Takes calls now",
        "Open until 5:30pm",
        "North team , 01632 960100",
        "Annual review due by Tuesday 8 December 2026",
        "You may put them through",
        "First: ring Cora Hill on 01632 960200.",
    ):
        assert words in page, words


@pytest.mark.rule("H24")
def test_the_next_dates_are_those_that_the_case_owner_sees(desk, case, cora):
    on_the_case = text(desk.client.get("/cases/EHC-000042/"))
    dates = re.search(r"Next dates (.*?) The child or young person", on_the_case).group(1)

    assert dates in desk.page()


@pytest.mark.rule("H22")
@pytest.mark.rule("H31")
def test_no_subject_no_words_no_note_and_no_school_are_on_it(desk, case):
    case.primary_need = "ASD"
    case.save()
    matter = log(case, email(received_at=YESTERDAY, subject=SECRET, message=SECRET))
    Contact.objects.filter(pk=matter.pk).update(urgency_note=SECRET)
    booking = booked(case)
    Booking.objects.filter(pk=booking.pk).update(note=SECRET)

    page = desk.page()

    assert "E-mail from Ngozi Okafor" in page
    assert "Cora Hill will answer you by Monday 16 November 2026" in page
    for hidden in (SECRET, str(case.establishment), "ASD", "ngozi@example.org", "07700 900123 "):
        assert hidden not in page


@pytest.mark.rule("H32")
def test_the_gate_is_said_in_words_for_each_thing_that_is_owed(desk, case):
    log(case, email(received_at=YESTERDAY))
    assert "Do not put them through: tell them the date" in desk.page()

    Contact.objects.all().update(received_at=YESTERDAY - timedelta(days=40))
    clock = Contact.objects.get().clock
    type(clock).objects.update(due_at=YESTERDAY)
    page = desk.page()
    assert "Do not put them through" not in page
    assert "You may put them through" in page
    assert "You should have heard by Sunday 1 November 2026" in page


@pytest.mark.rule("H31")
def test_formal_matters_stand_there_with_a_date_of_their_own(desk, case, cora):
    contact = log(case, email(received_at=YESTERDAY, category=Contact.Category.COMPLAINT))

    assert f"Complaint, {contact.reference}" in desk.page()
    assert FormalMatter.objects.count() == 1


@pytest.mark.rule("H40")
@pytest.mark.rule("H26")
def test_who_is_on_leave_need_not_be_tried(desk, cora):
    day = NOW.date()
    Absence.objects.create(person=cora, first_day=day, last_day=day)

    page = desk.page()
    assert "Takes no calls now" in page
    assert "Cora Hill need not be tried. Now: ring the duty line on 01632 960100." in page


@pytest.mark.rule("H34")
def test_a_missing_number_is_said(desk, cora):
    cora.phone = ""
    cora.save()

    assert "No contact number is recorded" in desk.page()


def test_who_must_not_be_contacted_is_said_first(desk, case):
    RelatedPersonFactory(
        person=case.person, name="Emeka Okafor", no_contact=True, receives_letters=False
    )

    assert "Do not contact Emeka Okafor (mother)." in desk.page()


@pytest.mark.rule("H23")
def test_every_look_is_in_the_access_log(desk, asif):
    desk.page()
    desk.attempt()

    entries = AccessEntry.objects.filter(user=asif, kind=AccessEntry.Kind.READ)
    assert [entry.records for entry in entries] == [["EHC-000042"]] * 2


@pytest.mark.parametrize("owed", [1, 3])
def test_the_number_of_queries_does_not_grow(desk, case, cora, django_assert_num_queries, owed):
    for number in range(owed):
        RelatedPersonFactory(person=case.person, name=f"Aunt {number}")
        log(case, email(received_at=YESTERDAY, subject=f"Question {number}"))
        ClockFactory(owner=cora, due_at=NOW)
    desk.try_both()
    desk.page()

    with django_assert_num_queries(43):
        desk.page()


# --- Trying -----------------------------------------------------------------------------------


@pytest.mark.rule("H26")
@pytest.mark.rule("H27")
def test_a_try_leads_back_to_the_page_with_nothing_lost(desk):
    response = desk.attempt(asked="About the taxi", caller=desk.mother.pk, best_time="after 3")
    assert (response.status_code, response.url) == (302, desk.url)

    page = desk.client.get(desk.url)
    assert "About the taxi</textarea>" in page.content.decode()
    assert 'value="after 3"' in page.content.decode()
    assert "Cora Hill, 01632 960200: no answer" in text(page)
    assert "Now: ring the duty line on 01632 960100." in text(page)
    # Kept for that one page only.
    assert "About the taxi" not in desk.client.get(desk.url).content.decode()


@pytest.mark.rule("H26")
def test_with_htmx_only_the_panel_comes_back(desk):
    response = desk.client.post(
        f"{desk.url}attempt/",
        {"attempt": "coordinator.answered", "tried": "0"},
        headers={"HX-Request": "true"},
    )
    panel = response.content.decode()

    assert panel.lstrip().startswith("<section")
    assert "<form" not in panel
    assert 'data-portal-choose="outcome=transferred"' in panel
    assert "autofocus" in panel
    assert "Put the caller through, then end the call below." in panel


@pytest.mark.rule("H26")
def test_after_they_took_the_call_put_through_is_ticked(desk):
    desk.attempt(result="answered", outcome="message")

    page = desk.client.get(desk.url).content.decode()
    assert re.search(r'value="transferred" checked', page)


def test_a_reason_is_asked_for_in_words(desk):
    desk.attempt(result="skipped")

    assert "Say why it is not tried." in desk.page()
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize("posted", ["", "nobody.answered", "coordinator.asleep", "x" * 3000])
def test_a_button_that_is_none_changes_nothing(desk, posted):
    assert desk.client.post(f"{desk.url}attempt/", {"attempt": posted}).status_code == 302
    assert DeskCall.objects.count() == 0


# --- The end ----------------------------------------------------------------------------------


@pytest.mark.rule("H28")
@pytest.mark.rule("H30")
def test_a_slot_is_booked_and_the_sentence_to_say_is_shown(desk, cora):
    desk.try_both()
    slot = slots(cora)[0]
    response = desk.end("booked", slot=slot.pk, confirm="on")

    booking = Booking.objects.get()
    assert (booking.slot, booking.caller_phone, booking.caller_email) == (
        slot,
        "07700 900123",
        "ngozi@example.org",
    )
    page = text(response)
    assert booking.contact.reference in page
    assert (
        "“Cora Hill will ring you on Tuesday 3 November 2026 at 2pm, on the number that ends in "
        "123. You do not need to ring before then." in page
    )
    assert re.search(r'<input type="text" name="q"[^>]* autofocus', response.content.decode())
    assert Notice.objects.filter(address="ngozi@example.org").count() == 1


@pytest.mark.rule("H38")
def test_no_confirmation_goes_where_none_is_wanted(desk):
    desk.end("message")

    assert Contact.objects.get().sender_email == ""
    assert Notice.objects.filter(address="ngozi@example.org").count() == 0


@pytest.mark.rule("H28")
def test_a_time_just_taken_gives_the_next_three_and_keeps_what_was_typed(desk, case, cora):
    desk.try_both()
    slot = slots(cora)[0]
    booked(CaseFactory(owner=cora, team=cora.team), slot)
    response = desk.end("booked", slot=slot.pk, asked="About the taxi", best_time="after 3")

    assert errors(response) == "That time has just been taken. Here are the next three."
    page = response.content.decode()
    assert "About the taxi</textarea>" in page
    assert 'value="after 3"' in page
    assert len(re.findall(r'name="slot"', page)) == 3
    assert f'value="{slot.pk}"' not in page
    assert DeskCall.objects.get().ended_at is None


@pytest.mark.rule("H29")
def test_without_any_time_a_message_is_offered_and_the_lead_hears_of_it(desk, lena):
    Slot.objects.update(withdrawn_at=NOW)
    desk.try_both()
    page = desk.client.get(desk.url)
    assert "There is no time to offer for a callback." in text(page)
    assert 'value="booked"' not in page.content.decode()

    assert "The team’s lead has been told." in text(desk.end("message"))
    assert DeskCall.objects.get().no_slot is True
    assert Notice.objects.filter(recipient=lena, kind="callback").count() == 1


@pytest.mark.rule("H29")
def test_a_time_after_the_standard_needs_a_reason(desk, cora):
    # Nothing is left within five working days.
    late = NOW + timedelta(days=8)
    Slot.objects.filter(period__startswith__lt=late).update(withdrawn_at=NOW)
    desk.try_both()
    assert "Nobody has a time by Monday 9 November 2026." in desk.page()

    slot = slots(cora)[0]
    response = desk.end("booked", slot=slot.pk)
    assert errors(response) == "Say why no earlier time was possible"
    desk.end("booked", slot=slot.pk, reason="Everybody is at a tribunal")
    assert Booking.objects.get().breach == "outside"


@pytest.mark.rule("H29")
def test_a_colleagues_time_is_said_to_be_one(desk, case, cora, lena):
    Slot.objects.update(withdrawn_at=NOW)
    hours(lena, weekday=2)

    page = desk.page()
    assert "Cora Hill has no time by Monday 9 November 2026, so a colleague rings." in page
    assert "Lena Marsh rings" in page


@pytest.mark.rule("H30")
@pytest.mark.rule("H32")
def test_who_waits_is_told_the_date_of_the_screen(desk, case):
    matter = log(case, email(received_at=YESTERDAY, sender_person=desk.mother))
    response = desk.end("waiting", matter=matter.reference, reminded=None)
    assert errors(response) == "Tell them that they need not ring before that day, and tick it"

    page = text(desk.end("waiting", matter=matter.reference))
    assert "Cora Hill will answer you by Monday 16 November 2026." in page
    assert "The adviser" not in page
    call = DeskCall.objects.get()
    assert (call.outcome, call.reminded, call.matter) == ("waiting", True, matter)


@pytest.mark.rule("H32")
def test_what_changed_while_the_page_was_open_is_said(desk, case, cora):
    matter = log(case, email(received_at=YESTERDAY, sender_person=desk.mother))
    other = log(case, email(received_at=YESTERDAY, sender_person=desk.mother, subject="Other"))
    gates = f'{{"{matter.reference}": "wait", "{other.reference}": "overdue"}}'
    answer_contact(contact=matter, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    response = desk.end("waiting", matter=matter.reference, gates=gates, asked="The taxi")

    assert errors(response) == (
        f"{matter.reference} is no longer open. If they still need something, select “Something "
        "new”"
    )
    assert f"{matter.reference} has been answered or closed." in text(response)
    assert f"{other.reference}: there is a new date, or a call is booked." in text(response)
    assert "The taxi</textarea>" in response.content.decode()


@pytest.mark.rule("H32")
def test_the_last_thing_owed_answered_meanwhile_does_not_become_something_new(desk, case, cora):
    matter = log(case, email(received_at=YESTERDAY, sender_person=desk.mother))
    answer_contact(contact=matter, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    response = desk.end("message", matter=matter.reference)

    assert "is no longer open" in errors(response)
    assert "Something new" in text(response)
    assert Contact.objects.count() == 1


@pytest.mark.rule("H32")
def test_the_gate_is_asked_again_when_the_button_is_pressed(desk, case):
    matter = log(case, email(received_at=YESTERDAY, sender_person=desk.mother))
    desk.attempt(result="answered")
    response = desk.end("transferred", matter=matter.reference)

    assert errors(response) == "They cannot be put through now: tell them the date."


def test_another_caller_is_explained_at_the_question(desk, case):
    matter = log(case, email(received_at=YESTERDAY, sender_name="Emeka Okafor", sender_email=""))
    response = desk.end("waiting", matter=matter.reference)

    assert "is from Emeka Okafor" in errors(response)
    assert 'href="#id_matter"' in response.content.decode()


@pytest.mark.rule("H38")
def test_everything_missing_is_said_at_once(desk):
    response = desk.client.post(
        desk.url, {"outcome": "message", "caller": "other", "submission": uuid4()}
    )

    assert errors(response) == (
        "Enter the caller’s name Select what they are to the child Enter the number to ring "
        "Enter what they ask Tell them that they need not ring before that day, and tick it"
    )


@pytest.mark.rule("H48")
def test_what_a_colleague_wrote_down_of_the_same_caller_is_shown_and_not_doubled(
    desk, as_person, case
):
    other = Desk(as_person(UserFactory(role=Role.CSC_ADVISER, team=None)), desk.mother)
    opened = {"gates": "{}", "submission": uuid4()}
    other.end("message")
    matter = Contact.objects.get()
    response = desk.end("message", **opened)
    assert errors(response) == "Select what it is about, or “Something new”"
    assert f"{matter.reference} has come in or been written down." in text(response)

    desk.end("message", **opened | {"matter": matter.reference})
    assert [one.original for one in Contact.objects.order_by("pk")] == [None, matter]


@pytest.mark.rule("H48")
def test_something_new_is_asked_about_again_when_something_came_in_meanwhile(desk, case):
    first = log(case, email(received_at=YESTERDAY, sender_person=desk.mother))
    opened = {"gates": f'{{"{first.reference}": "wait"}}', "submission": uuid4(), "matter": "new"}
    second = log(case, email(received_at=NOW, sender_person=desk.mother, subject="Another"))
    response = desk.end("message", **opened)
    assert errors(response) == f"{second.reference} is new. Select it, or “Something new” again"

    found = re.search(r'name="gates" value="([^"]+)"', response.content.decode())
    desk.end("message", **opened | {"gates": unescape(found.group(1))})
    assert DeskCall.objects.get().outcome == "message"


def test_a_second_click_leads_where_the_first_did(desk, cora):
    desk.try_both()
    posted = {"slot": slots(cora)[0].pk, "submission": uuid4()}
    first, second = desk.end("booked", **posted), desk.end("booked", **posted)

    assert first.redirect_chain == second.redirect_chain
    assert (Booking.objects.count(), Contact.objects.count()) == (1, 1)


def test_the_form_used_again_with_other_words_says_so_and_can_be_sent(desk):
    submission = uuid4()
    desk.end("message", submission=submission)
    other = {"asked": "Something else", "matter": "new"}
    response = desk.end("message", submission=submission, **other)

    assert "This form has ended a call already." in errors(response)
    again = re.search(r'name="submission" value="([^"]+)"', response.content.decode())
    desk.end("message", submission=again.group(1), **other)
    assert DeskCall.objects.count() == 2


def test_an_ended_session_loses_no_word(desk):
    desk.client.logout()
    response = desk.end("message", asked="About the taxi", tried="0", gates="{}", end="yes")

    assert response.status_code == 403
    page = text(response)
    assert 'value="About the taxi"' in response.content.decode()
    assert "What do they ask?" in page
    for technical in ("Tried", "Gates", "Caller", "Outcome", "End", "{}", "Ngozi"):
        assert technical not in page


@pytest.mark.rule("H22")
def test_somebody_elses_call_does_not_exist(desk, as_person, lena):
    desk.end("message")

    url = reverse("callbacks:finished", args=[DeskCall.objects.get().pk])
    assert as_person(lena).get(url).status_code == 404


def test_the_caller_who_rang_off_closes_the_call_and_a_slip_loses_no_word(desk):
    desk.attempt()
    assert "The caller has rung off" in desk.page()
    response = desk.client.post(f"{desk.url}rang-off/", {"asked": "About the taxi"})

    assert response.url == reverse("cases:search")
    assert DeskCall.objects.get().outcome == "rang_off"
    page = desk.client.get(desk.url).content.decode()
    assert "The caller has rung off" not in page
    assert "About the taxi</textarea>" in page


def test_the_words_of_an_earlier_caller_do_not_come_back(desk, moment):
    desk.client.post(f"{desk.url}rang-off/", {"asked": "About the taxi"})
    moment.shift(timedelta(minutes=11))

    assert "About the taxi" not in desk.client.get(desk.url).content.decode()


@pytest.mark.rule("H38")
def test_who_answers_reads_what_the_caller_was_told(desk, case, as_person, cora):
    matter = log(case, email(received_at=YESTERDAY, sender_person=desk.mother))
    desk.end("waiting", matter=matter.reference)

    page = text(as_person(cora).get(f"/contacts/{matter.reference}/"))
    assert "Monday 2 November 2026 at 10am, Asif Rahman: told when they will hear." in page
    assert "“We have your e-mail of Sunday 1 November 2026." in page
    assert "They were told that they need not ring before then." in page


def test_what_is_posted_for_a_record_merged_meanwhile_goes_on_at_the_kept_one(desk, case, asif):
    merged = CaseFactory(reference="EHC-000043", owner=case.owner)
    DeskCall.objects.create(case=merged, adviser=asif, started_at=NOW)
    type(merged).objects.filter(pk=merged.pk).update(merged_into=case)
    assert "The caller has rung off" in desk.page()
    tried = desk.client.post("/desk/EHC-000043/attempt/", {"attempt": "coordinator.no_answer"})
    assert tried.url == desk.url
    posted = {"caller": desk.mother.pk, "outcome": "message", "submission": uuid4()}
    page = desk.client.post("/desk/EHC-000043/", posted)
    assert "Enter what they ask" in errors(page)
    assert f'action="{desk.url}"' in page.content.decode()
    desk.client.post("/desk/EHC-000043/", {**posted, "asked": "The taxi", "reminded": "on"})

    call = DeskCall.objects.get()
    assert (call.outcome, call.case, call.contact.case) == ("message", case, case)
    assert "Not finished" not in text(desk.client.get("/"))


def test_a_record_merged_into_another_leads_to_the_desk_of_that_one(desk, case):
    CaseFactory(reference="EHC-000043", owner=case.owner, merged_into=case)

    assert desk.client.get("/desk/EHC-000043/").url == desk.url


# --- The way there ----------------------------------------------------------------------------


def found(client, words):
    return client.post("/cases/", {"q": words}, follow=True).content.decode()


@pytest.mark.rule("H23")
def test_what_an_adviser_finds_leads_to_the_desk(desk):
    page = found(desk.client, "okafor")

    assert page.count('href="/desk/EHC-000042/"') == 2
    assert "Take this call" in page


def test_what_a_coordinator_finds_leads_to_the_case_and_to_the_desk(desk, as_person, cora):
    page = found(as_person(cora), "okafor")

    assert page.count('href="/desk/EHC-000042/"') == 1
    assert 'href="/cases/EHC-000042/"' in page


def test_a_call_that_is_not_finished_waits_on_the_advisers_first_page(desk, asif):
    desk.attempt()
    page = text(desk.client.get("/"))

    assert "Amara Okafor, EHC-000042, begun on Monday 2 November 2026 at 10am" in page
    desk.end("message")
    assert "Not finished" not in text(desk.client.get("/"))


# --- A child whom nobody finds ----------------------------------------------------------------


@pytest.mark.rule("H23")
def test_nobody_found_leads_to_a_form_without_a_child(desk):
    assert 'href="/desk/unknown/"' in found(desk.client, "qwghlm")


UNKNOWN = {
    "caller_name": "Ngozi Okafor",
    "relation": "parent",
    "asked": "How do I get a plan?",
}


@pytest.mark.rule("H23")
@pytest.mark.rule("H25")
def test_a_caller_about_an_unknown_child_is_sent_on(desk):
    page = text(desk.client.get("/desk/unknown/"))
    assert "01632 960401" in page
    sendiass = Signpost.objects.get(name="SENDIASS")
    posted = {**UNKNOWN, "outcome": "signposted", "signpost": sendiass.pk, "submission": uuid4()}
    first = desk.client.post("/desk/unknown/", posted, follow=True)
    second = desk.client.post("/desk/unknown/", posted, follow=True)

    assert "SENDIASS can help you with this: 01632 960401" in text(first)
    assert first.redirect_chain == second.redirect_chain
    assert DeskCall.objects.count() == 1


@pytest.mark.rule("H23")
def test_a_message_about_an_unknown_child_goes_to_the_tray(desk, lena):
    lena.team.takes_unfiled = True
    lena.team.save()
    posted = {**UNKNOWN, "outcome": "message", "submission": uuid4()}
    response = desk.client.post("/desk/unknown/", posted)
    assert errors(response) == (
        "Enter what you know about the child Enter the number to ring "
        "Tell them that they need not ring before that day, and tick it"
    )

    more = {"caller_phone": "07700 900123", "told_child": "Zoe, about 7", "reminded": "on"}
    desk.client.post("/desk/unknown/", posted | more)
    assert Contact.objects.unfiled().get().told_child == "Zoe, about 7"


def test_loading_the_policy_loads_the_services(db):
    call_command("load_policy")

    assert list(Signpost.objects.values_list("name", flat=True)) == list(DEFAULT_SIGNPOSTS)
    assert load_signposts() == 0
