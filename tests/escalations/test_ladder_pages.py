"""Concerns as staff see them: lists, the ladder, what is done with a step, taking one further."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine

from accounts.errors import RuleBroken
from accounts.models import Absence, AccessEntry, Role
from cases.answer_actions import answer_contact
from cases.models import Contact, NamedStaff
from clocks.models import Clock, ClockEvent
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.pass_back_actions import pass_back
from escalations.resolution_actions import confirm_check, send_on
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.escalations.making import AFTER, NOW, case_of, further, managed, matter, officer, on_desk
from tests.factories import RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_tuesday():
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def asked(maya, rosa, cora):
    return matter(case_of(cora, reference="EHC-000042"))


@pytest.fixture
def step(asked, lena) -> EscalationStep:
    """Nobody answered by the date: Lena has it on step 2."""
    taken = further(asked).step
    assert taken
    assert taken.handler == lena
    return taken


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def page(step, act="") -> str:
    return f"/concerns/{step.escalation.reference}/{act}"


def told(person) -> list[str]:
    found = Notice.objects.filter(recipient=person).order_by("pk")
    return list(found.values_list("subject", flat=True))


def mails() -> list[Notice]:
    return list(Notice.objects.filter(recipient=None).order_by("pk"))


# --- The page -------------------------------------------------------------------------------


@pytest.mark.rule("H102")
def test_the_ladder_shows_each_step_with_ground_handler_date_and_what_was_said(
    step, asked, as_person, lena
):
    answer_step(step=step, text="It starts on Monday.", by=lena, now=AFTER)
    further(asked, satisfied=False, now=AFTER + timedelta(hours=1))

    said = words(as_person(lena).get(page(step)))

    assert "Step 1: Case owner Cora Hill answers by Monday 9 November 2026" in said
    assert "1 working day late Step 1" in said
    assert "Step 2: Team lead Lena Marsh had it until Tuesday 24 November 2026" in said
    assert "No answer by the date, Tuesday 10 November 2026, with CON-" in said
    assert "Answered Tuesday 10 November 2026 by Lena Marsh, in time" in said
    assert "It starts on Monday." in said
    assert "Step 3: Senior manager Maya Stone answers by Tuesday 24 November 2026" in said
    assert "The answer did not settle it" in said
    assert "Nobody has answered me." in said
    assert AccessEntry.objects.filter(records=["EHC-000042"], kind="read").exists()


@pytest.mark.rule("H100")
def test_a_step_that_was_left_out_is_marked(asked, as_person, maya, rosa):
    entry = on_desk(asked, maya, AFTER)
    confirm_check(entry=entry, until=2, reason="She says so.", by=rosa, now=AFTER)
    step = send_on(entry=entry, by=rosa, now=AFTER)

    said = words(as_person(maya).get(page(step)))

    assert "Not followed Step 2: Team lead Not followed: nobody was asked on this step." in said
    assert "They asked for: resolution team or somebody above." in said


@pytest.mark.rule("H22")
def test_advisers_see_step_handler_and_date_only(step, as_person, asif, lena):
    answer_step(step=step, text="It starts on Monday.", by=lena, now=AFTER)
    close(escalation=step.escalation, outcome="The taxi comes.", by=lena, now=AFTER)

    said = words(as_person(asif).get(page(step)))

    assert "Step 2: Team lead Lena Marsh had it until" in said
    for hidden in ("It starts on Monday", "The taxi comes", "No answer by the date", "nobody has"):
        assert hidden.lower() not in said.lower()
    assert "Answer this step" not in said


def test_the_page_takes_the_same_queries_for_one_step_and_for_three(
    step, asked, as_person, lena, maya, rosa, django_assert_num_queries
):
    client = as_person(maya)
    with django_assert_num_queries(QUERIES):
        client.get(page(step))
    answer_step(step=step, text="a", by=lena, now=AFTER)
    third = further(asked, satisfied=False).step
    answer_step(step=third, text="b", by=maya, now=AFTER)
    further(asked, satisfied=False)

    with django_assert_num_queries(QUERIES):
        client.get(page(step))


QUERIES = 19


# --- The lists ------------------------------------------------------------------------------


def test_each_role_has_its_own_list_and_the_home_page_shows_it(
    step, as_person, lena, cora, maya, oscar, north
):
    for person in (lena, maya, UserFactory(role=Role.BUSINESS_SUPPORT, team=north)):
        assert step.escalation.reference in words(as_person(person).get("/concerns/"))
        assert step.escalation.reference in words(as_person(person).get("/"))
    for person in (oscar, UserFactory(role=Role.TEAM_LEAD)):
        assert "No concern is waiting for an answer." in words(as_person(person).get("/concerns/"))
    assert "No concern is waiting" in words(as_person(cora).get("/concerns/"))
    assert step.escalation.reference in words(as_person(cora).get("/concerns/?whose=team"))


@pytest.mark.rule("H62")
def test_concerns_of_a_colleague_away_are_the_covers(step, as_person, lena, cora):
    Absence.objects.create(
        person=lena, cover=cora, first_day=date(2026, 11, 10), last_day=date(2026, 11, 12)
    )

    for address in ("/concerns/", "/"):
        assert step.escalation.reference in words(as_person(cora).get(address))


def test_restricted_cases_are_for_their_owner_and_named_staff(step, asked, as_person, lena, maya):
    type(asked.case).objects.filter(pk=asked.case_id).update(
        restricted=True, restricted_reason="A parent works here"
    )

    assert "No concern is waiting" in words(as_person(maya).get("/concerns/"))
    assert as_person(maya).get(page(step)).status_code == 404
    NamedStaff.objects.create(case=asked.case, user=maya)
    assert step.escalation.reference in words(as_person(maya).get("/concerns/"))


def test_the_list_pages_by_key_in_the_same_queries(
    asked, as_person, lena, django_assert_num_queries
):
    client = as_person(lena)
    further(asked)
    counts = []
    for number in range(3):
        with django_assert_num_queries(LIST_QUERIES):
            said = client.get("/concerns/").content.decode()
        counts.append(said.count("portal-owed__item"))
        for _ in range(number + 1):
            further(matter(case_of(asked.case.owner)))
    assert counts == [1, 2, 4]


LIST_QUERIES = 11


# --- What is done with a step ---------------------------------------------------------------


@pytest.mark.rule("H102")
def test_the_handler_answers_and_the_sender_reads_it(step, as_person, lena):
    client = as_person(lena)
    assert "is asked whether" not in words(client.get(page(step, "answer/")))

    for _ in range(2):
        response = client.post(
            page(step, "answer/"), {"text": "It starts on Monday.", "step": step.pk}
        )

    assert response.url == page(step)
    step.refresh_from_db()
    assert (step.answer, step.answered_by, step.clock.state) == (
        "It starts on Monday.",
        lena,
        "met",
    )
    [mail] = [mail for mail in mails() if "It starts on Monday." in mail.body]
    assert mail.address == "ngozi@example.org"


def test_nobody_answers_about_themselves(step, as_person, cora):
    refused = as_person(cora).post(page(step, "answer/"), {"text": "I did.", "step": step.pk})

    assert "The concern is about your own answer" in words(refused)
    assert "I did." in refused.content.decode()
    step.refresh_from_db()
    assert step.answered_at is None


@pytest.mark.rule("H8")
def test_the_second_of_two_is_told_and_keeps_the_words(step, as_person, lena, maya):
    answer_step(step=step, text="It starts on Monday.", by=lena, now=AFTER)

    refused = as_person(maya).post(page(step, "answer/"), {"text": "My words.", "step": step.pk})

    said = words(refused)
    assert "Lena Marsh has answered this step" in said
    assert "Add what I wrote as a note" in said
    assert 'name="text" value="My words."' in refused.content.decode()


def test_an_answer_meant_for_a_step_that_is_over_never_goes_to_the_next(
    step, asked, as_person, lena, maya
):
    answer_step(step=step, text="a", by=lena, now=AFTER)
    third = further(asked, satisfied=False).step

    as_person(maya).post(page(step, "answer/"), {"text": "b", "step": step.pk})
    assert as_person(maya).post(page(step, "answer/"), {"text": "b", "step": 0}).status_code == 404

    third.refresh_from_db()
    assert third.answered_at is None


@pytest.mark.rule("H18")
def test_a_new_date_is_promised_once_and_the_sender_is_told(step, as_person, lena, maya):
    data = {
        "until_day": "30",
        "until_month": "11",
        "until_year": "2026",
        "reason": "The school answers next week.",
        "step": step.pk,
        "instead_of": step.clock_id,
    }
    client = as_person(lena)
    for _ in range(2):
        assert client.post(page(step, "new-date/"), data).status_code == 302

    step.refresh_from_db()
    assert step.clock.due_at == datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    assert step.clock.promises_in_a_row == 1
    [mail] = [mail for mail in mails() if "The school answers next week." in mail.body]
    assert "We will now answer you by Monday 30 November 2026." in mail.body

    late = as_person(maya).post(page(step, "new-date/"), data | {"until_day": "27"})
    assert "has been promised meanwhile" in words(late)


@pytest.mark.rule("H5")
def test_a_step_is_passed_back_to_the_case_owner_who_then_answers(
    step, asked, as_person, lena, cora
):
    mother = RelatedPersonFactory(person=asked.case.person, email="ngozi@example.org")
    Contact.objects.filter(pk=step.contact_id).update(sender_person=mother)
    client = as_person(lena)
    assert "Pass it back to the case owner" in words(client.get(page(step)))
    data = {"reason": "Cora has the letter.", "step": step.pk}
    for _ in range(2):
        assert client.post(page(step, "back/"), data).status_code == 302

    step.refresh_from_db()
    step.escalation.refresh_from_db()
    assert (step.handler, step.escalation.partner) == (cora, lena)
    event = ClockEvent.objects.get(clock=step.clock, kind="reassigned")
    assert (event.reason, event.due_before) == ("Cora has the letter.", None)
    assert [subject for subject in told(cora) if subject.startswith("Passed to you")]
    [mail] = [mail for mail in mails() if "Cora Hill now has your concern." in mail.body]
    assert "Lena Marsh sees that you hear from us." in mail.body
    asked.refresh_from_db()
    assert (asked.promise.owner, asked.case.owner) == (cora, cora)

    answered = answer_step(step=step, text="On Monday.", by=cora, now=AFTER)
    assert answered.answered_by == cora


@pytest.mark.rule("H5")
def test_what_did_not_settle_it_is_not_passed_back_to_who_said_it(asked, as_person, lena, cora):
    answer_contact(contact=asked, answer=Contact.Answer.TELEPHONE, note="No.", by=cora, now=NOW)
    step = further(asked, satisfied=False).step
    assert step

    with pytest.raises(RuleBroken) as refused:
        pass_back(step=step, reason="x", by=lena, now=AFTER)
    assert refused.value.code == "about_themselves"
    assert "Pass it back" not in words(as_person(lena).get(page(step)))


def test_a_note_and_an_outcome(step, asked, as_person, lena, cora):
    client = as_person(lena)
    client.post(page(step, "note/"), {"text": "Ring after four.", "submission": str(uuid4())})
    assert "Ring after four." in words(client.get(page(step)))

    for _ in range(2):
        said = {"text": "The taxi comes.", "agreed": "Lena rang you: the taxi comes."}
        client.post(page(step, "close/"), said)

    escalation = Escalation.objects.get()
    assert (escalation.outcome, escalation.closed_by) == ("The taxi comes.", lena)
    step.refresh_from_db()
    assert step.clock.state == "cancelled"
    said = words(client.get(page(step)))
    assert "Settled on Tuesday 10 November 2026 at 10am, by Lena Marsh: The taxi comes." in said
    assert "Answer this step" not in said
    asked.refresh_from_db()
    assert not asked.is_open


# --- Taking it further ----------------------------------------------------------------------


def call(**changes):
    return {
        "channel": "telephone",
        "addressee": "",
        "message": "Nobody has rung me.",
        "sender_name": "Ngozi Okafor",
        "sender_phone": "",
        "sender_email": "ngozi@example.org",
        "received_on_day": "10",
        "received_on_month": "11",
        "received_on_year": "2026",
        "received_time": "9:30am",
        "submission": "00000000-0000-4000-8000-00000000000a",
    } | changes


@pytest.mark.rule("H97")
def test_an_adviser_takes_a_callers_concern_further(asked, as_person, asif, lena):
    client = as_person(asif)
    contact = f"/contacts/{asked.reference}/"
    assert "The sender takes this further" in words(client.get(contact))

    for _ in range(2):
        response = client.post(f"{contact}further/", call(), follow=True)

    step = EscalationStep.objects.get()
    assert (step.handler, step.contact.logged_by, step.contact.channel) == (
        lena,
        asif,
        "telephone",
    )
    assert "Lena Marsh has it now. Tell them: an answer comes by Tuesday 24 November 2026." in (
        words(response)
    )


@pytest.mark.rule("H95")
def test_inside_the_window_the_caller_is_told_the_date_and_when_the_next_step_opens(
    asked, as_person, asif
):
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        response = as_person(asif).post(
            f"/contacts/{asked.reference}/further/", call(received_on_day="3"), follow=True
        )

    assert (
        "Tell them: an answer comes by Monday 9 November 2026, and the next step opens on "
        "Tuesday 10 November 2026."
    ) in words(response)
    assert not Escalation.objects.exists()


@pytest.mark.rule("H104")
def test_a_caller_who_asks_for_the_director_goes_to_the_resolution_team(
    asked, as_person, asif, rosa
):
    response = as_person(asif).post(
        f"/contacts/{asked.reference}/further/", call(addressee="above"), follow=True
    )

    assert (
        "The resolution team has it. Tell them: they will be in touch within 48 hours, by "
        "Thursday 12 November 2026 at 10am."
    ) in words(response)
    assert DeskEntry.objects.get().clock.owner == rosa


@pytest.mark.rule("H100")
@pytest.mark.parametrize("answered", [True, False])
def test_a_caller_who_asks_for_somebody_above_is_told_kindly(asked, as_person, asif, answered):
    given = call(addressee="resolution")
    if answered:
        answer_contact(
            contact=asked, answer=Contact.Answer.EMAIL, note="No.", by=asked.case.owner, now=NOW
        )
        given = call(addressee="senior_manager", satisfied="no")
    response = as_person(asif).post(f"/contacts/{asked.reference}/further/", given, follow=True)

    assert "Read out: “You asked for" in words(response)
    assert "The team lead looks at it first. They know the plan" in words(response)


def test_whether_the_answer_settled_it_is_asked_only_when_there_was_one(
    asked, as_person, cora, maya
):
    address = f"/contacts/{asked.reference}/further/"
    assert "Did our answer settle it?" not in words(as_person(cora).get(address))
    answer_contact(contact=asked, answer=Contact.Answer.EMAIL, note="No.", by=cora, now=NOW)

    assert "Did our answer settle it?" in words(as_person(cora).get(address))
    refused = as_person(cora).post(address, call())
    assert "Select whether our answer settled it" in words(refused)
    as_person(cora).post(address, call(satisfied="no"))
    assert EscalationStep.objects.get().ground == "not_satisfied"


def test_it_is_asked_of_a_later_step_too_and_never_taken_for_a_yes(
    step, asked, as_person, asif, lena, maya
):
    """Nobody wrote down an answer to the first contact; step 2 was answered."""
    answer_step(step=step, text="We cannot.", by=lena, now=AFTER)
    address = f"/contacts/{asked.reference}/further/"

    assert "Did our answer settle it?" in words(as_person(asif).get(address))
    refused = as_person(asif).post(address, call())
    assert "Select whether our answer settled it" in words(refused)
    as_person(asif).post(address, call(satisfied="no"))

    assert step.escalation.steps.get(number=3).handler == maya


def test_formal_matters_and_what_we_sent_are_on_no_ladder(asked, as_person, cora):
    Contact.objects.filter(pk=asked.pk).update(category="complaint")

    assert as_person(cora).get(f"/contacts/{asked.reference}/further/").status_code == 404
    assert "takes this further" not in words(as_person(cora).get(f"/contacts/{asked.reference}/"))


# --- Panels ---------------------------------------------------------------------------------


@pytest.mark.rule("H102")
def test_the_pages_of_a_case_and_a_contact_show_where_it_is(step, asked, as_person, lena, asif):
    line = (
        f"{step.escalation.reference} , step 2 (team lead): Lena Marsh answers by Tuesday 24 "
        "November 2026"
    )
    for person in (lena, asif):
        for address in ("/cases/EHC-000042/", f"/contacts/{asked.reference}/"):
            assert line in words(as_person(person).get(address))


def test_a_settled_concern_leaves_the_case_and_stays_on_the_contact(step, asked, as_person, lena):
    close(escalation=step.escalation, outcome="Done.", by=lena, now=AFTER)

    reference = step.escalation.reference
    assert reference not in words(as_person(lena).get("/cases/EHC-000042/"))
    assert f"{reference} , step 2 (team lead): settled" in words(
        as_person(lena).get(f"/contacts/{asked.reference}/")
    )


def test_no_clock_is_left_running_by_what_was_settled(step, lena):
    close(escalation=step.escalation, outcome="Done.", by=lena, now=AFTER)

    assert not Clock.objects.open().filter(about__startswith="Concern").exists()
