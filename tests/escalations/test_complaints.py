"""A complaint and its two stages: the Code's dates, who answers, and nothing twice (H103, T21)."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.decision_actions import recognise_formal
from cases.models import Case, Contact
from clocks.actions import meet
from clocks.models import Clock
from clocks.policy_actions import load_policy
from escalations.complaint_actions import acknowledge, answer_stage, open_complaint, put_off
from escalations.models import Complaint, ComplaintStage, Escalation, Finding, Learning, Theme
from escalations.stage_two_actions import ask_for_stage_two, end_complaint, hand_over
from escalations.step_actions import close
from notices.models import Notice
from tests.escalations.complaining import (
    AGAIN,
    ANSWERED_AT,
    DUE_ONE,
    NOW,
    WORDS,
    answer,
    asked_again,
    complained,
    looked_at,
    mother_of,
    opened,
    settled,
    transport,
)
from tests.escalations.making import further, managed, matter
from tests.factories import CaseFactory, UserFactory

Stage = Complaint.Stage


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def complaint(case, cora):
    return opened(case, cora)


def refused(act, **given) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    return broken.value


def mails(part: str) -> list[Notice]:
    found = Notice.objects.filter(address="ngozi@example.org", key__contains=f"complaint:{part}:")
    return list(found)


# --- Stage 1 --------------------------------------------------------------------------------


def test_a_complaint_opens_on_its_own_acknowledgement(complaint, cora):
    assert complaint.stage == Stage.RECEIVED
    assert complaint.clock.standard.code == "formal.complaint"
    # Five working days after Tuesday 3 November.
    assert complaint.clock.due_at == datetime(2026, 11, 10, 17, 30, tzinfo=UTC)
    assert complaint.stages.get().asked_at == complaint.matter.contact.received_at
    assert open_complaint(matter=complaint.matter, by=cora, now=NOW) == complaint
    assert Complaint.objects.count() == 1


def test_a_message_that_becomes_a_complaint_can_be_opened_too(case, cora):
    contact = matter(case)
    found = recognise_formal(contact=contact, category=Contact.Category.COMPLAINT, by=cora, now=NOW)

    assert open_complaint(matter=found, by=cora, now=NOW).matter == found


def test_what_is_no_complaint_is_not_opened(case, cora):
    contact = matter(case)
    found = recognise_formal(contact=contact, category=Contact.Category.MEDIATION, by=cora, now=NOW)

    assert refused(open_complaint, matter=found, by=cora, now=NOW).code == "not_a_complaint"


@pytest.mark.rule("H103")
def test_acknowledging_meets_the_five_days_and_starts_ten_from_then(complaint, cora, lena):
    stage = acknowledge(complaint=complaint, number=1, to=lena, by=cora, now=NOW)

    complaint.refresh_from_db()
    assert complaint.stage == Stage.ONE
    assert Clock.objects.get(pk=stage.acknowledgement_id).state == Clock.State.MET
    assert (complaint.clock.received_at, complaint.clock.due_at) == (NOW, DUE_ONE)
    assert (complaint.clock.owner, complaint.clock.standard.code) == (lena, "complaint.stage_1")
    [mail] = mails("acknowledged")
    assert "Lena Marsh now looks at your complaint. This is stage 1" in mail.body
    assert "You will have our answer by Wednesday 18 November 2026." in mail.body
    assert "The SEND Tribunal" in mail.body
    assert "Amara" not in mail.body
    [told] = Notice.objects.filter(recipient=lena, key__startswith="complaint:answer:")
    assert told.subject == f"For you: Complaint, stage 1, {complaint.matter.contact.reference}"


def test_a_second_click_acknowledges_once_and_a_second_person_is_told(complaint, cora, lena):
    first = acknowledge(complaint=complaint, number=1, to=lena, by=cora, now=NOW)

    again = acknowledge(complaint=complaint, number=1, to=lena, by=cora, now=NOW)
    broken = refused(acknowledge, complaint=complaint, number=1, to=cora, by=lena, now=NOW)

    assert again.clock == first.clock
    assert broken.code == "acknowledged"
    assert "Cora Hill acknowledged this stage on Wednesday 4 November 2026" in broken.message
    assert len(mails("acknowledged")) == 1


def test_acknowledged_although_its_clock_was_met_elsewhere(complaint, cora):
    clock = complaint.clock
    meet(clock=clock, at=NOW, by=cora, now=NOW, how="Rang her")

    looked_at(complaint, cora, cora)

    assert complaint.clock.due_at == DUE_ONE


@pytest.mark.parametrize("role", [Role.CSC_ADVISER, Role.AUDITOR, Role.BUSINESS_SUPPORT])
def test_only_who_holds_cases_looks_into_one(complaint, cora, role):
    given = {"complaint": complaint, "number": 1, "now": NOW}
    person = UserFactory(role=role)

    assert refused(acknowledge, to=person, by=cora, **given).code == "may_not_own"


def test_who_looks_into_a_restricted_case_may_see_it(complaint, cora, oscar):
    case = complaint.matter.contact.case
    Case.objects.filter(pk=case.pk).update(restricted=True, restricted_reason="Threats")

    looked_at(complaint, oscar, cora)

    assert Complaint.objects.visible_to(oscar).get() == complaint


def test_without_an_address_staff_say_how_they_told(case, cora):
    complaint = opened(case, cora, sender_email="", channel=Contact.Channel.LETTER)
    given = {"complaint": complaint, "number": 1, "to": cora, "by": cora, "now": NOW}

    assert refused(acknowledge, **given).code == "tell_sender"
    stage = acknowledge(**given, told_how="by telephone")

    event = stage.acknowledgement.events.get(kind="met")
    assert event.reason == "Acknowledged (told by telephone)"


def test_an_answer_comes_after_the_acknowledgement(complaint, cora):
    given = {"complaint": complaint, "number": 1, "by": cora, "now": NOW}

    assert refused(answer_stage, answered=answer(), **given).code == "wrong_stage"
    assert refused(put_off, until=date(2026, 11, 20), reason="x", **given).code == "wrong_stage"
    assert refused(acknowledge, to=cora, **given | {"number": 2}).code == "wrong_stage"


@pytest.mark.rule("S31")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": " "}, "note_missing"),
        ({"finding": Finding.NONE}, "finding_missing"),
        ({"themes": []}, "theme_missing"),
    ],
)
def test_an_answer_has_words_a_finding_and_a_theme(complaint, cora, changes, code):
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "number": 1, "by": cora, "now": ANSWERED_AT}

    assert refused(answer_stage, answered=answer(**changes), **given).code == code
    assert Complaint.objects.get().stage == Stage.ONE


@pytest.mark.rule("H103")
def test_stage_1_is_answered_in_words_and_with_the_way_to_stage_2(complaint, cora):
    settled(complaint, cora)

    stage = complaint.stages.get()
    assert (complaint.stage, complaint.clock) == (Stage.ONE_ANSWERED, None)
    assert (stage.clock.state, stage.clock.stopped_at) == (Clock.State.MET, ANSWERED_AT)
    assert (stage.finding, stage.answer, stage.answered_by) == ("upheld", WORDS, cora)
    [mail] = mails("answer")
    assert WORDS in mail.body
    assert "We uphold your complaint." in mail.body
    assert "This is called stage 2." in mail.body
    [learning] = Learning.objects.all()
    assert (learning.theme.words, learning.source) == ("Transport", "complaint")
    assert learning.on == date(2026, 11, 16)
    # Sent by e-mail, it answered the message too.
    assert complaint.matter.contact.clock.events.filter(kind="met").exists()


def test_an_answer_sent_twice_is_one_and_another_is_refused_with_words_kept(complaint, cora, lena):
    settled(complaint, cora)
    given = {"complaint": complaint, "number": 1, "now": ANSWERED_AT}

    answer_stage(answered=answer(), by=cora, **given)
    broken = refused(answer_stage, answered=answer(text="Other"), by=lena, **given)

    assert broken.code == "already_answered"
    assert "Cora Hill answered this stage on Monday 16 November 2026" in broken.message
    assert len(mails("answer")) == 1
    assert Learning.objects.count() == 1


# --- More time ------------------------------------------------------------------------------


def test_the_answer_is_put_off_within_ten_working_days_and_the_sender_is_told(complaint, cora):
    looked_at(complaint, cora, cora)
    latest = date(2026, 12, 2)
    given = {"complaint": complaint, "number": 1, "reason": "The firm has not answered."}
    given |= {"by": cora, "now": ANSWERED_AT}

    too_long = refused(put_off, until=date(2026, 12, 3), **given)
    stage = put_off(until=latest, **given)
    again = put_off(until=latest, **given)

    assert too_long.code == "too_long"
    assert "until Wednesday 2 December 2026 at most" in too_long.message
    assert stage.clock == again.clock
    complaint.refresh_from_db()
    assert complaint.clock.due_at == datetime(2026, 12, 2, 17, 30, tzinfo=UTC)
    assert complaint.clock.promises_in_a_row == 1
    [mail] = mails("date")
    assert "by Wednesday 18 November 2026" in mail.body
    assert "by Wednesday 2 December 2026" in mail.body
    assert "The firm has not answered." in mail.body


def test_put_off_twice_it_still_ends_ten_days_after_the_first_date(complaint, cora):
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "number": 1, "reason": "x", "by": cora, "now": ANSWERED_AT}
    put_off(until=date(2026, 11, 27), **given)

    assert refused(put_off, until=date(2026, 12, 3), **given).code == "too_long"
    put_off(until=date(2026, 12, 2), **given)
    assert refused(put_off, until=date(2026, 11, 30), **given).code == "date_sooner"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"until": None}, "date_missing"),
        ({"until": date(2026, 11, 21)}, "not_working_day"),
        ({"until": date(2026, 11, 18)}, "date_sooner"),
        ({"instead_of": 1}, "promised_meanwhile"),
    ],
)
def test_more_time_needs_a_reason_and_a_later_working_day(complaint, cora, changes, code):
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "number": 1, "until": date(2026, 11, 20), "reason": "x"}
    given |= {"by": cora, "now": ANSWERED_AT}

    assert refused(put_off, **given | changes).code == code
    assert Clock.objects.filter(standard__code="complaint.stage_1").count() == 1


# --- Stage 2 --------------------------------------------------------------------------------


@pytest.mark.rule("H103")
def test_stage_2_is_acknowledged_in_five_days_and_answered_in_twenty_from_then(
    complaint, cora, lena, maya
):
    asked_again(settled(complaint, cora), cora)

    assert (complaint.stage, complaint.clock.owner) == (Stage.TWO_RECEIVED, maya)
    # Five working days after Tuesday 24 November.
    assert complaint.clock.due_at == datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
    [mail] = mails("again")
    assert "By Tuesday 1 December 2026" in mail.body

    at = datetime(2026, 11, 26, 10, tzinfo=UTC)
    acknowledge(complaint=complaint, number=2, to=lena, by=maya, now=at)
    complaint.refresh_from_db()
    # Twenty working days after Thursday 26 November: Christmas is not counted.
    assert complaint.clock.due_at == datetime(2026, 12, 24, 17, 30, tzinfo=UTC)

    answer_stage(
        complaint=complaint,
        number=2,
        answered=answer(finding=Finding.PARTLY, text="We looked again."),
        by=lena,
        now=datetime(2026, 12, 10, 10, tzinfo=UTC),
    )
    complaint.refresh_from_db()
    assert (complaint.stage, complaint.clock) == (Stage.TWO_ANSWERED, None)
    final = Notice.objects.get(subject__startswith="Our last answer to your complaint")
    assert "Local Government and Social Care Ombudsman" in final.body
    assert "within 12 months" in final.body


def test_nobody_answers_stage_2_who_answered_stage_1(complaint, cora, lena, maya):
    asked_again(settled(complaint, cora), lena)
    given = {"complaint": complaint, "number": 2, "now": AGAIN}

    assert refused(acknowledge, to=cora, by=maya, **given).code == "about_themselves"
    acknowledge(to=lena, by=maya, **given)
    assert refused(answer_stage, answered=answer(), by=cora, **given).code == "about_themselves"
    passing = {"complaint": complaint, "to": cora, "reason": "x", "by": lena, "now": AGAIN}
    assert refused(hand_over, **passing).code == "about_themselves"
    assert Complaint.objects.get().clock.owner == lena


def test_the_manager_who_answered_stage_1_is_passed_over(complaint, maya):
    rosa = UserFactory(role=Role.RESOLUTION_OFFICER, team=None)

    asked_again(settled(complaint, maya), maya)

    assert complaint.clock.owner == rosa


def test_stage_2_asked_twice_is_once_and_counts_from_the_day_they_asked(complaint, cora, maya):
    settled(complaint, cora)
    asked_again(complaint, cora, asked_on=date(2026, 11, 20))
    asked_again(complaint, cora)

    assert complaint.stages.count() == 2
    # Five working days after Friday 20 November.
    assert complaint.clock.due_at == datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    given = {"complaint": complaint, "by": cora, "now": AGAIN, "asked_on": AGAIN.date()}
    assert refused(ask_for_stage_two, why="Other words", **given).code == "asked_already"


@pytest.mark.parametrize("day", [date(2026, 11, 15), date(2026, 11, 25)])
def test_stage_2_is_asked_for_after_the_answer_and_not_in_the_future(complaint, cora, maya, day):
    settled(complaint, cora)
    given = {"complaint": complaint, "why": "x", "by": cora, "now": AGAIN}

    assert refused(ask_for_stage_two, asked_on=day, **given).code == "odd_day"
    assert complaint.stages.count() == 1


def test_stage_2_does_not_come_before_stage_1_is_answered(complaint, cora, maya):
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "why": "x", "by": cora, "now": AGAIN}

    broken = refused(ask_for_stage_two, asked_on=AGAIN.date(), **given)

    assert broken.code == "wrong_stage"
    assert "stage 1" in broken.message


# --- Passing on, taking back, and the ladder beside it ----------------------------------------


@pytest.mark.rule("H59")
def test_passed_on_the_date_stays_and_the_sender_is_told(complaint, cora, lena):
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "to": lena, "reason": "On leave", "by": cora, "now": NOW}

    hand_over(**given)
    hand_over(**given)

    complaint.refresh_from_db()
    assert (complaint.clock.owner, complaint.clock.due_at) == (lena, DUE_ONE)
    [mail] = mails("passed")
    assert "Lena Marsh now looks at your complaint" in mail.body


def test_taken_back_it_ends_with_a_theme_and_nothing_is_deleted(complaint, cora):
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "reason": "It is settled.", "by": cora, "now": ANSWERED_AT}

    assert refused(end_complaint, themes=[], **given).code == "theme_missing"
    end_complaint(themes=[transport()], **given)
    end_complaint(themes=[transport()], **given)

    complaint.refresh_from_db()
    assert (complaint.stage, complaint.outcome) == (Stage.ENDED, "It is settled.")
    assert complaint.stages.get().clock.state == Clock.State.CANCELLED
    assert len(mails("ended")) == 1


@pytest.mark.rule("H103")
def test_the_ladder_neither_opens_nor_shuts_a_complaint(case, cora, lena):
    concern = further(matter(case)).escalation
    complaint = looked_at(opened(case, cora), cora, cora)

    close(escalation=concern, outcome="Settled.", by=lena, now=ANSWERED_AT)
    assert Complaint.objects.get().stage == Stage.ONE
    settled_one = answer_stage(
        complaint=complaint, number=1, answered=answer(), by=cora, now=ANSWERED_AT
    )
    assert settled_one.answered_at == ANSWERED_AT
    assert Escalation.objects.count() == 1


@pytest.mark.rule("H103")
def test_a_concern_goes_on_beside_a_complaint_about_the_same_matter(case, cora):
    mother_of(case)
    about = matter(case)
    concern = further(about).escalation
    recognised = recognise_formal(
        contact=about, category=Contact.Category.COMPLAINT, by=cora, now=ANSWERED_AT
    )
    complaint = open_complaint(matter=recognised, by=cora, now=ANSWERED_AT)
    acknowledge(complaint=complaint, number=1, to=cora, by=cora, now=ANSWERED_AT)
    answer_stage(complaint=complaint, number=1, answered=answer(), by=cora, now=ANSWERED_AT)

    concern.refresh_from_db()
    assert concern.is_open
    assert concern.steps.get().answered_at is None


# --- At the same moment ---------------------------------------------------------------------


@pytest.fixture
def shipped(transactional_db):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))


def at_once(*acts) -> list[str]:
    """Each in a thread of its own, all let go together; what came of each."""
    together, outcomes = threading.Barrier(len(acts)), {}

    def attempt(number, act) -> None:
        together.wait()
        try:
            act()
            outcomes[number] = "done"
        except RuleBroken as broken:
            outcomes[number] = broken.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt, args=given) for given in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes[number] for number in range(len(acts)))


def test_of_two_who_open_acknowledge_and_answer_at_once_one_is_told(shipped, cora, lena):
    found = complained(CaseFactory(owner=cora))
    assert at_once(
        lambda: open_complaint(matter=found, by=cora, now=NOW),
        lambda: open_complaint(matter=found, by=lena, now=NOW),
    ) == ["done", "done"]
    complaint = Complaint.objects.get()

    assert at_once(
        lambda: acknowledge(complaint=complaint, number=1, to=lena, by=cora, now=NOW),
        lambda: acknowledge(complaint=complaint, number=1, to=cora, by=lena, now=NOW),
    ) == ["acknowledged", "done"]
    one, other = answer(text="One"), answer(text="Other")
    given = {"complaint": complaint, "number": 1, "now": ANSWERED_AT}
    assert at_once(
        lambda: answer_stage(answered=one, by=cora, **given),
        lambda: answer_stage(answered=other, by=lena, **given),
    ) == ["already_answered", "done"]

    assert ComplaintStage.objects.count() == 1
    assert Learning.objects.count() == 1
    assert Theme.objects.filter(words="Transport").count() == 1
    assert len(mails("answer")) == 1
