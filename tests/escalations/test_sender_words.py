"""What senders read about their own concern: every reference, kind words, the link or why none."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from cases.models import Contact
from escalations.follow_page import followed
from escalations.links import NO_LINK
from escalations.step_actions import promise_step
from notices.models import Link, Notice
from tests.escalations.form_steps import PARENT, fill, last_page, page, press, read
from tests.escalations.form_steps import sent as sent_by_hand
from tests.escalations.making import case_of, further, managed, matter
from tests.escalations.senders import LATE, NOW, family, sent, service, told

SOON = datetime(2026, 11, 5, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora, lena, north):
    service(north)
    return family(cora, north)


def same(*references: str) -> str:
    return f"You may have written down {' or '.join(references)}: it is the same concern."


# --- References -----------------------------------------------------------------------------


@pytest.mark.rule("H102")
def test_the_first_mail_names_the_one_reference_of_the_last_page(case):
    first = sent()
    body = told(first.contact, "first").body

    assert f"Your reference is {first.reference}." in body
    assert "written down" not in body


def test_a_form_that_goes_straight_up_names_the_reference_of_the_last_page_too(case):
    form = sent(asked_for="senior_manager")
    body = told(form.contact, "step").body

    assert form.escalation
    assert f"Your reference is {form.escalation.reference}. {same(form.reference)}" in body


def test_later_mails_name_the_first_reference_and_that_of_the_new_form(case):
    first, late = sent(), sent(LATE, last_how="email", answered="no")

    assert late.escalation
    body = told(late.contact, "step").body
    assert f"{late.escalation.reference}. {same(first.reference, late.reference)}" in body


def test_inside_the_window_the_mail_names_the_first_reference(case):
    first, again = sent(), sent(SOON, last_how="email", answered="no")

    body = told(again.contact, "wait").body
    assert f"Your reference is {again.reference}. {same(first.reference)}" in body


def test_what_came_by_e_mail_is_named_by_the_reference_of_its_acknowledgement(policy, cora, north):
    managed(north)
    about = matter(case_of(cora))
    step = further(about).step

    assert step
    assert same(about.reference) in told(step.contact, "step").body


@pytest.mark.rule("H102")
def test_the_follow_page_names_the_reference_that_they_wrote_down(case, client):
    first, late = sent(), sent(LATE, last_how="email", answered="no")
    assert late.contact
    shown = followed(late.contact, LATE)
    assert shown.reference == str(late.escalation)
    assert shown.also_line == same(first.reference, late.reference)
    assert followed(first.contact, LATE).also_line == same(first.reference)


def test_a_formal_matter_names_the_reference_of_the_last_page(case):
    form = sent(formal="complaint")
    [mail] = Notice.objects.filter(address="ngozi@example.org")

    assert f"You may have written down {form.reference}: it is the same message." in mail.body
    assert form.contact
    assert f"Your reference is {form.contact.reference}." in mail.body


def test_somebody_elses_reference_is_named_to_nobody(case):
    theirs = sent(name="Emeka Okafor", email="emeka@example.org")
    mine = sent(SOON, last_how="email", answered="no", quoted=theirs.reference)

    for mail in Notice.objects.filter(address="ngozi@example.org"):
        assert theirs.reference not in mail.body
    assert mine.contact
    assert Notice.objects.filter(address="ngozi@example.org").exists()


# --- Kind words -----------------------------------------------------------------------------


@pytest.mark.rule("H95")
@pytest.mark.rule("H100")
def test_who_asks_for_a_senior_manager_inside_the_window_reads_why_somebody_else_is_first(case):
    sent()
    again = sent(SOON, last_how="email", answered="no", asked_for="senior_manager")

    body = told(again.contact, "wait").body
    assert (
        "You asked for a senior manager. Somebody who knows the plan looks at it first, so you "
        "hear sooner. You have lost nothing by asking."
    ) in body


@pytest.mark.rule("H95")
def test_who_asks_for_nobody_or_for_whoever_has_it_reads_no_such_words(case):
    sent()
    again = sent(SOON, last_how="email", answered="no")
    assert "You asked for" not in told(again.contact, "wait").body

    sent(LATE, last_how="email", answered="no")
    more = sent(LATE, last_how="email", answered="no", asked_for="team_lead")
    assert "You asked for" not in told(more.contact, "wait").body


@pytest.mark.rule("H95")
def test_the_day_after_the_date_may_be_a_saturday_when_only_the_form_is_open(case):
    # Sent on a Friday: due on Friday 20 November.
    first = sent(datetime(2026, 11, 6, 10, tzinfo=UTC))

    assert (
        "go to the next person from Saturday 21 November 2026. Our form is open on every day."
    ) in told(first.contact, "first").body


# --- The link -------------------------------------------------------------------------------


def test_without_a_date_of_birth_the_mail_says_why_there_is_no_link(case):
    without = sent(child_born=None, child_name="Nobody We Know", email="s@example.org")
    assert NO_LINK in told(without.contact, "first").body

    assert NO_LINK not in told(sent().contact, "first").body


def test_the_page_says_what_the_date_of_birth_is_for(policy, client):
    form = fill(client)
    assert "With the date of birth we can send you a link" in read(client, page(form, "child"))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_date_of_birth_in_the_future_is_never_taken(policy, client, times):
    form = fill(client)
    future = PARENT["child"] | {"child_born_year": "2035", "sure": "2035-02-03"}

    for _ in range(times):
        response = press(client, page(form, "child"), future)
        assert response.status_code == 200
    html = response.content.decode()
    assert "The date of birth must be today or in the past" in html
    assert 'value="2035"' in html


# --- A child may not be safe ----------------------------------------------------------------


@pytest.mark.rule("H68")
def test_who_reports_that_a_child_is_not_safe_is_told_whom_to_ring_now(case):
    Link.objects.create(code="children_services", label="Safe line", url="https://safe.example.org")
    form = sent(formal="safeguarding", about="safety")
    [mail] = Notice.objects.filter(address="ngozi@example.org")

    assert "We look at this first. Somebody will look into what you told us by Tuesday" in mail.body
    assert "If somebody is in danger now, ring 999. Do not wait for us." in mail.body
    assert "Safe line: https://safe.example.org" in mail.body
    assert f"You may have written down {form.reference}" in mail.body
    for everyday in ("do not need to", "no need to write again", "Local Offer", "urgent"):
        assert everyday not in mail.body


@pytest.mark.rule("H68")
def test_at_night_the_report_says_when_it_is_seen(case):
    night = datetime(2026, 11, 7, 23, tzinfo=UTC)
    sent(night, formal="safeguarding", about="safety")

    assert "Our office is closed now." in Notice.objects.get(address="ngozi@example.org").body


def test_the_last_page_and_the_page_before_lead_to_childrens_services(policy, client):
    safety = PARENT | {"about": {"topic": "safety"}, "what-happens": {}}
    form = sent_by_hand(client, safety).form

    assert "Children’s services (opens in a new tab)" in last_page(client, form)


@pytest.mark.rule("H68")
def test_staff_who_log_it_are_given_the_words_to_say(case, as_person, asif):
    given = {
        "channel": "telephone",
        "sender": "parent",
        "sender_name": "Ngozi Okafor",
        "category": Contact.Category.SAFEGUARDING.value,
        "message": "The child next door is not safe.",
        "received_on_day": "2",
        "received_on_month": "11",
        "received_on_year": "2026",
        "received_time": "9:30am",
        "submission": str(uuid4()),
    }
    with time_machine.travel(NOW, tick=False):
        page = as_person(asif).post(
            reverse("cases:log_contact", args=[case.reference]), given, follow=True
        )
    html = page.content.decode()

    assert "If somebody is in danger now, ring 999. Do not wait for us." in html


# --- A new date -----------------------------------------------------------------------------


@pytest.mark.rule("H103")
def test_a_new_date_names_everything_they_can_do_meanwhile(case, lena):
    late = sent(LATE, last_how="email", answered="no") if sent() else None
    assert late
    step = late.escalation.steps.get()
    promise_step(step=step, until=date(2026, 12, 9), reason="We wait.", by=step.handler, now=LATE)

    body = told(late.contact, "date").body
    for place in ("SENDIASS", "How to complain", "Ombudsman", "ring 999"):
        assert place in body
