"""The public form from its first page to its last: nobody is turned away."""

import re
from datetime import date
from threading import Barrier, Thread

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.models import UrgentReason
from escalations.answers import Answers
from escalations.form_drafts import KEY
from escalations.models import Submission
from escalations.submission_actions import work_through_due
from tests.escalations.form_steps import (
    FORMAL,
    NOW,
    PARENT,
    START,
    answers_of,
    begin,
    check,
    fill,
    form_of,
    last_page,
    page,
    press,
    read,
    send,
    sent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_sent_too_often(policy, north):
    cache.clear()


# --- From the first page to the last --------------------------------------------------------


@pytest.mark.rule("H92")
def test_a_parent_answers_page_by_page_and_gets_a_reference(client):
    form = fill(client)
    checked = read(client, check(form))
    assert "The taxi does not come." in checked
    assert "3 February 2014" in checked
    assert checked.count("You left this out") == 4
    assert not Submission.objects.exists()

    send(client, form)

    submission = Submission.objects.get()
    assert answers_of(submission) == Answers(
        about="school",
        who="parent",
        name="Ngozi Okafor",
        child_name="Amara Okafor",
        child_born=date(2014, 2, 3),
        child_school="Thornley School",
        last_how="email",
        last_on=date(2026, 11, 3),
        answered="no",
        words="The taxi does not come.",
        wanted="A taxi every day.",
        email="ngozi@example.org",
    )
    assert re.fullmatch(r"ASK-\d{6}", submission.reference)
    assert submission.reference in last_page(client, form)
    assert (submission.form, submission.received_at, submission.state) == (form, NOW, "waiting")


@pytest.mark.rule("H93")
def test_a_statutory_question_goes_straight_on(client):
    form = form_of(begin(client))

    to = press(client, page(form, "about"), {"topic": "statutory"}).url
    assert to == page(form, "process")
    assert press(client, to, {"process": "question"}).url == page(form, "who")


@pytest.mark.rule("H92")
@pytest.mark.parametrize("topic", ["school", "support", "placement"])
def test_the_first_place_is_offered_and_one_can_always_go_on(client, topic):
    form = form_of(begin(client))

    to = press(client, page(form, "about"), {"topic": topic}).url
    html = read(client, to)

    assert to == page(form, "first-place")
    for words in ("SENCO", "https://local-offer.example.org", "https://sendiass.example.org"):
        assert words in html
    assert "Continue" in html
    assert press(client, to, {}).url == page(form, "who")


@pytest.mark.rule("H68")
@pytest.mark.rule("H103")
@pytest.mark.parametrize(
    ("about", "category", "said"),
    [
        ({"topic": "complaint"}, "complaint", "You can complain at any time"),
        ({"topic": "safety"}, "safeguarding", "ring 999 now. Do not wait for us."),
        ({"topic": "assessment"}, "assessment_request", "You can ask for this yourself."),
        ({"topic": "data"}, "subject_access", "You have a right to see what we hold."),
    ],
)
def test_a_formal_matter_is_recorded_and_never_turned_away(client, about, category, said):
    form = form_of(begin(client))
    to = press(client, page(form, "about"), about).url
    assert said in read(client, to)

    submission = sent(client, FORMAL, about=about)

    assert answers_of(submission).formal == category
    work_through_due(clock=lambda: NOW)
    submission.refresh_from_db()
    assert (submission.state, submission.contact.category) == ("done", category)


@pytest.mark.rule("H68")
@pytest.mark.parametrize(
    "process", ["representation", "reassessment_request", "mediation", "tribunal"]
)
def test_a_formal_step_of_a_plan_is_recorded_too(client, process):
    submission = sent(client, FORMAL, about={"topic": "statutory"}, process={"process": process})

    assert answers_of(submission).formal == process
    work_through_due(clock=lambda: NOW)
    submission.refresh_from_db()
    assert submission.contact.category == process


def test_who_asks_for_an_assessment_or_their_data_gives_no_reason(client):
    for topic in ("assessment", "data"):
        submission = sent(client, FORMAL, about={"topic": topic}, words={})
        assert answers_of(submission).words.startswith("I ask ")


def test_a_school_is_asked_its_own_questions(client):
    school = {"organisation": "Thornley School", "relation": "SENCO"}
    child = {key: value for key, value in PARENT["child"].items() if key != "child_school"}

    submission = sent(client, who={"sender": "establishment"}, role=school, child=child)

    told = answers_of(submission)
    assert (told.who, told.organisation, told.relation) == ("establishment", *school.values())
    assert told.child_school == "Thornley School"
    assert "Who they are:\nSENCO, Thornley School" in told.message


def test_a_professional_says_for_whom_they_work(client):
    work = {"organisation": "Wexmoor NHS", "relation": "Therapist"}

    told = answers_of(sent(client, who={"sender": "professional"}, role=work))

    assert (told.who, told.organisation, told.relation) == ("professional", *work.values())


def test_a_councillor_or_mp_is_out_of_the_ladder(client):
    submission = sent(client, who={"sender": "councillor"}, role={"organisation": "Wexmoor East"})

    told = answers_of(submission)
    assert (told.who, told.asked_for) == ("other", "above")
    assert "resolution team" in last_page(client, submission.form)


def test_a_young_person_is_asked_for_their_name_once(client):
    about_me = {key: value for key, value in PARENT["child"].items() if key != "child_name"}

    told = answers_of(sent(client, who={"sender": "young_person"}, child=about_me))

    assert (told.who, told.name, told.child_name) == ("young_person", *["Ngozi Okafor"] * 2)


def test_the_way_to_be_reached_and_what_makes_it_easier_are_told(client):
    reach, where = {"reach": "letter"}, {"address": "1 High Street\r\nWexmoor"}
    easier = {"format_wanted": "Large print", "language": "Polish"}

    told = answers_of(sent(client, reach=reach, where=where, easier=easier))

    assert (told.reach, told.email, told.phone) == ("letter", "", "")
    assert "By letter:\n1 High Street\nWexmoor" in told.message
    assert "Large print" in told.message
    assert "Polish" in told.message


def test_an_urgent_reason_is_one_of_the_councils_list(client):
    UrgentReason.objects.create(code="old", words="Not used", active=False)
    form = fill(client, urgent={"urgent": "exclusion"})

    assert press(client, page(form, "urgent"), {"urgent": "old"}).status_code == 200
    send(client, form)

    assert answers_of(Submission.objects.get()).urgent == "exclusion"


# --- Back, change, refresh, tabs ------------------------------------------------------------


def test_back_links_lead_through_the_pages_that_were_asked(client):
    form = fill(client)
    address, seen = check(form), []
    while address != START:
        html = read(client, address)
        [address] = re.findall(r'<a href="([^"]*)" class="govuk-back-link"', html)
        seen.append(address)

    assert seen == [*(page(form, name) for name in reversed(PARENT)), START]


def test_answers_survive_a_refresh_and_a_new_tab(client):
    form = fill(client)

    for _ in range(2):
        assert 'value="Ngozi Okafor"' in read(client, page(form, "name"))
        assert "The taxi does not come.</textarea>" in read(client, page(form, "words"))
    assert 'value="2014"' in read(client, page(form, "child"))
    assert 'name="topic" type="radio" value="school" checked' in read(client, page(form, "about"))


def test_a_change_leads_back_to_the_answers(client):
    form = fill(client)
    assert page(form, "name") in read(client, check(form))

    to = press(client, page(form, "name"), {"name": "Ngozi O’Kafor"}).url

    assert to == check(form)
    send(client, form)
    assert answers_of(Submission.objects.get()).name == "Ngozi O’Kafor"


def test_a_change_that_opens_other_questions_asks_them_and_forgets_what_does_not_count(client):
    form = fill(client)

    to = press(client, page(form, "about"), {"topic": "complaint"}).url
    assert to == page(form, "what-happens")
    assert press(client, check(form), {}).url == to
    to = press(client, to, {}).url
    assert to == page(form, "words")
    assert press(client, to, PARENT["words"]).url == check(form)
    send(client, form)

    told = answers_of(Submission.objects.get())
    assert (told.formal, told.answered, told.last_on) == ("complaint", "never", None)


def test_a_page_whose_turn_has_not_come_leads_to_the_one_that_is_due(client):
    form = form_of(begin(client))

    for address in (page(form, "reach"), check(form), page(form, "process")):
        with time_machine.travel(NOW, tick=False):
            assert client.get(address).url == page(form, "about")


def test_two_tabs_with_two_children_never_mix(client):
    one = fill(client)
    two = fill(client, child=PARENT["child"] | {"child_name": "Bilal Okafor"})

    for form in (one, two):
        send(client, form)

    names = [answers_of(row).child_name for row in Submission.objects.order_by("id")]
    assert names == ["Amara Okafor", "Bilal Okafor"]


def test_what_was_begun_can_be_finished_or_deleted_from_the_first_page(client):
    form = form_of(begin(client))
    press(client, page(form, "about"), {"topic": "school"})
    html = read(client, START)
    assert page(form, "first-place") in html

    delete = reverse("escalations:form_delete", args=[form])
    assert "Delete your answers?" in read(client, delete)
    assert page(form, "first-place") in read(client, delete)
    press(client, delete, {})

    assert "not finished" not in read(client, START)
    assert "not here any more" in read(client, page(form, "about"))


# --- Sent once ------------------------------------------------------------------------------


def test_a_second_press_and_a_second_tab_send_nothing_more(client):
    form = fill(client)

    first, second = send(client, form), send(client, form)

    assert first.url == second.url
    assert Submission.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_submission(client):
    form = fill(client)
    together, addresses = Barrier(2), []

    def press_send() -> None:
        other = Client()
        other.cookies = client.cookies
        together.wait()
        addresses.append(other.post(check(form))["Location"])
        connection.close()

    with time_machine.travel(NOW, tick=False):
        pressed = [Thread(target=press_send) for _ in range(2)]
        for one in pressed:
            one.start()
        for one in pressed:
            one.join()

    assert addresses == [reverse("escalations:form_sent", args=[form])] * 2
    assert Submission.objects.get().reference in last_page(client, form)


def test_back_after_sending_says_that_it_is_sent(client):
    form = sent(client).form

    for address in (check(form), page(form, "words"), page(form, "about")):
        assert "You do not need to send it again." in read(client, address)
    assert Submission.objects.count() == 1


def test_nothing_typed_stays_in_the_session_once_it_is_sent(client):
    sent(client)

    with time_machine.travel(NOW, tick=False):
        kept = str(client.session[KEY])
    assert "ASK-" in kept
    hidden = ["Ngozi", "Amara", "Okafor", "2014", "Thornley", "taxi", "ngozi@"]
    assert [word for word in hidden if word in kept] == []


def test_addresses_and_cookies_hold_nothing_personal(client):
    form = fill(client)
    html = read(client, check(form))

    told = " ".join(re.findall(r'href="([^"]*)"', html)) + str(client.cookies)
    assert [word for word in ("Ngozi", "Amara", "2014", "taxi", "ngozi") if word in told] == []
    assert set(client.cookies) == {"csrftoken", "sessionid"}
