import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.errors import RuleBroken
from accounts.models import Role
from cases import actions, answer_actions
from cases.models import Contact
from cases.received import Received
from clocks.models import Clock
from clocks.moving import Move
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.factories import CaseFactory, RelatedPersonFactory, TeamFactory, UserFactory

# Friday 1 May 2026, 16:45 in London: after closing, before a bank-holiday Monday.
RECEIVED_AT = datetime(2026, 5, 1, 15, 45, tzinfo=UTC)
NOW = datetime(2026, 5, 1, 15, 50, tzinfo=UTC)
HALF_AN_HOUR, ONE_DAY = timedelta(minutes=30), timedelta(days=1)
SUBMISSION = UUID("00000000-0000-4000-8000-000000000001")


def received(**changes: Any) -> Received:
    given: dict[str, Any] = {
        "channel": Contact.Channel.TELEPHONE,
        "sender": Contact.Sender.PARENT,
        "sender_name": "Ngozi Okafor",
        "message": "When is the annual review?",
        "received_at": RECEIVED_AT,
    }
    return Received(**given | changes)


def log(case, by, **changes):
    given = {"case": case, "received": received(), "submission": SUBMISSION, "by": by, "now": NOW}
    return actions.log_contact(**given | changes)


@pytest.mark.rule("H17")
@pytest.mark.rule("H29")
def test_logging_a_call_starts_the_case_owners_clock(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif)

    assert contact.reference == f"CON-{contact.pk:06d}"
    assert (contact.clock.owner, contact.clock.team) == (cora, cora.team)
    assert contact.clock.due_at == datetime(2026, 5, 12, 16, 30, tzinfo=UTC)
    assert contact.logged_by == asif


@pytest.mark.rule("H46")
def test_logging_an_email_promises_ten_working_days(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif, received=received(channel=Contact.Channel.EMAIL))

    assert contact.clock.due_at == datetime(2026, 5, 19, 16, 30, tzinfo=UTC)


def test_logging_tells_the_owner_without_the_childs_name(policy, cora, asif):
    log(CaseFactory(owner=cora), asif)

    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (cora, Notice.Kind.NEW_WORK)
    assert "Tuesday 12 May 2026" in notice.body
    assert "Okafor" not in notice.subject + notice.body


def test_logging_ones_own_contact_tells_nobody(policy, cora):
    log(CaseFactory(owner=cora), cora)

    assert not Notice.objects.exists()


@pytest.mark.rule("H14")
@pytest.mark.rule("H53")
def test_logging_acknowledges_with_the_date_the_clock_has(policy, cora, asif):
    case = CaseFactory(owner=cora)
    RelatedPersonFactory(person=case.person, email="ngozi@example.org")
    contact = log(case, asif, received=received(sender_email="ngozi@example.org"))

    notice = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT)
    assert notice.address == "ngozi@example.org"
    assert contact.reference in notice.body
    # Received after closing: the count began later, so "within 5 working days" is left out.
    assert "We will answer you by Tuesday 12 May 2026. " in notice.body
    assert "Amara" not in notice.subject + notice.body
    assert "Okafor" not in notice.subject + notice.body


@pytest.mark.rule("H53")
def test_an_acknowledgement_in_hours_gives_the_standard_in_words(policy, cora, asif):
    in_hours = received(
        sender_email="ngozi@example.org", received_at=datetime(2026, 5, 1, 9, tzinfo=UTC)
    )
    log(CaseFactory(owner=cora), asif, received=in_hours)

    body = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT).body
    assert "by Monday 11 May 2026, within 5 working days of receiving your message." in body


def test_logging_after_the_date_promises_no_day_that_has_passed(policy, cora, asif):
    log(
        CaseFactory(owner=cora),
        asif,
        received=received(sender_email="ngozi@example.org"),
        now=datetime(2026, 5, 13, 9, tzinfo=UTC),
    )

    body = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT).body
    assert "You should have had our answer by Tuesday 12 May 2026. We are sorry" in body
    assert "We will answer you by" not in body


def test_the_same_form_with_a_corrected_time_is_not_dropped(policy, cora, asif):
    case = CaseFactory(owner=cora)
    log(case, asif)
    earlier = received(received_at=datetime(2026, 4, 30, 9, tzinfo=UTC))

    with pytest.raises(RuleBroken) as broken:
        log(case, asif, received=earlier)

    assert broken.value.code == "submission_used"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CSC_ADVISER])
def test_logging_for_an_owner_who_no_longer_holds_cases_falls_to_the_lead(
    policy, cora, lena, asif, role
):
    cora.role = role
    cora.save()

    assert log(CaseFactory(owner=cora), asif).clock.owner == lena


@pytest.mark.rule("H17")
def test_logging_without_a_case_owner_falls_to_the_team_lead(policy, north, lena, asif):
    contact = log(CaseFactory(owner=None, team=north), asif)

    assert contact.clock.owner == lena


def test_logging_for_an_owner_who_left_falls_to_the_team_lead(policy, cora, lena, asif):
    cora.is_active = False
    cora.save()

    assert log(CaseFactory(owner=cora), asif).clock.owner == lena


def test_logging_with_nobody_responsible_is_refused(policy, asif):
    with pytest.raises(RuleBroken) as broken:
        log(CaseFactory(owner=None, team=TeamFactory(lead=None)), asif)

    assert broken.value.code == "nobody_responsible"
    assert not Contact.objects.exists()


def test_logging_a_moment_in_the_future_writes_nothing(policy, cora, asif):
    later = datetime(2026, 5, 1, 15, 51, tzinfo=UTC)

    with pytest.raises(RuleBroken) as broken:
        log(CaseFactory(owner=cora), asif, received=received(received_at=later))

    assert broken.value.code == "future"
    assert not Contact.objects.exists()
    assert not Clock.objects.exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_logging_is_not_for_those_who_only_watch(policy, cora, role):
    with pytest.raises(RuleBroken) as broken:
        log(CaseFactory(owner=cora), UserFactory(role=role))

    assert broken.value.code == "may_not_log"


def test_a_second_click_finds_the_first_contact(policy, cora, asif):
    case = CaseFactory(owner=cora)

    assert log(case, asif) == log(case, asif)
    assert Contact.objects.count() == 1


def test_the_same_form_with_other_words_is_not_lost(policy, cora, asif):
    case = CaseFactory(owner=cora)
    first = log(case, asif)

    with pytest.raises(RuleBroken, match=first.reference) as broken:
        log(case, asif, received=received(message="And the taxi did not come."))

    assert broken.value.code == "submission_used"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_contact(cora, asif):
    load_policy(now=NOW)
    case = CaseFactory(owner=cora)
    together = threading.Barrier(4)
    references = []

    def click() -> None:
        together.wait()
        references.append(log(case, asif).reference)
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(references)) == 1
    assert len(references) == 4
    assert Contact.objects.count() == Clock.objects.count() == 1


def answer(contact, by, **changes):
    given = {
        "contact": contact,
        "answer": Contact.Answer.TELEPHONE,
        "note": "Rang: the review is on 3 June.",
        "by": by,
        "now": datetime(2026, 5, 6, 10, tzinfo=UTC),
    }
    return answer_actions.answer_contact(**given | changes)


@pytest.mark.rule("H57")
def test_a_telephone_answer_meets_an_emails_clock(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif, received=received(channel=Contact.Channel.EMAIL))

    answered = answer(contact, cora)

    assert (answered.answered_by, answered.answer) == (cora, Contact.Answer.TELEPHONE)
    clock = Clock.objects.get()
    assert (clock.state, clock.stopped_at) == (Clock.State.MET, answered.answered_at)
    assert clock.events.get(kind="met").reason == "By telephone"


@pytest.mark.rule("H44")
@pytest.mark.parametrize("note", ["", "   \n"])
def test_an_answer_needs_a_note(policy, cora, asif, note):
    contact = log(CaseFactory(owner=cora), asif)

    with pytest.raises(RuleBroken) as broken:
        answer(contact, cora, note=note)

    assert (broken.value.code, broken.value.field) == ("note_missing", "note")


def test_the_database_refuses_an_answer_without_a_note(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif)

    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(
            answered_at=NOW, answered_by=cora, answer=Contact.Answer.EMAIL
        )


def test_a_second_answer_is_told_who_came_first(policy, cora, lena, asif):
    contact = log(CaseFactory(owner=cora), asif)
    answer(contact, lena)

    with pytest.raises(RuleBroken, match="Lena Marsh answered this on") as broken:
        answer(contact, cora, note="I wrote to them.")

    assert broken.value.code == "already_answered"
    assert Contact.objects.get().answered_by == lena


def test_the_same_answer_clicked_twice_is_one_answer(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif)

    assert answer(contact, cora).answered_at == answer(contact, cora).answered_at
    assert Clock.objects.get().events.filter(kind="met").count() == 1


@pytest.mark.rule("H22")
def test_an_adviser_does_not_answer(policy, cora, asif):
    with pytest.raises(RuleBroken) as broken:
        answer(log(CaseFactory(owner=cora), asif), asif)

    assert broken.value.code == "may_not_answer"


@pytest.mark.rule("H11")
def test_a_changed_answer_leaves_its_history(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif)
    answer(contact, cora)
    Contact.objects.filter(pk=contact.pk).update(answer_note="Changed behind the action's back")

    notes = contact.events.order_by("pgh_id").values_list("answer_note", flat=True)
    assert list(notes) == ["", "Rang: the review is on 3 June."]


@pytest.mark.django_db(transaction=True)
def test_two_people_answering_at_once_leave_one_answer_and_one_told(cora, lena, asif):
    load_policy(now=NOW)
    contact = log(CaseFactory(owner=cora), asif, submission=uuid4())
    together = threading.Barrier(2)
    outcomes = []

    def reply(person) -> None:
        together.wait()
        try:
            answer(contact, person, note=f"{person} rang.")
            outcomes.append("answered")
        except RuleBroken as broken:
            outcomes.append(broken.code)
        connections.close_all()

    threads = [threading.Thread(target=reply, args=[person]) for person in (cora, lena)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["already_answered", "answered"]


@pytest.mark.rule("H58")
def test_a_holding_reply_keeps_the_contact_open_until_it_is_answered(policy, cora, asif):
    contact = log(CaseFactory(owner=cora), asif)
    now = datetime(2026, 5, 6, 10, tzinfo=UTC)

    held = answer_actions.promise_contact(
        contact=contact,
        until=date(2026, 5, 20),
        reason="Waiting",
        told_how="by telephone",
        by=cora,
        now=now,
    )

    assert held.clock.due_at == datetime(2026, 5, 20, 16, 30, tzinfo=UTC)
    assert list(Contact.objects.owed_by(cora.pk)) == [contact]
    answered = answer(held, cora, now=datetime(2026, 5, 18, 10, tzinfo=UTC))
    assert Clock.objects.get(pk=answered.clock_id).state == "met"
    assert not Contact.objects.owed_by(cora.pk).exists()


def test_families_hear_of_a_moved_date_only_when_the_day_is_another(policy, cora, asif):
    contact = log(
        CaseFactory(owner=cora), asif, received=received(sender_email="ngozi@example.org")
    )
    due = contact.clock.due_at
    hour, day = (Move(contact.clock, due, due + late) for late in (HALF_AN_HOUR, ONE_DAY))

    assert actions.tell_moved(moves=[hour], now=NOW) == 0
    assert actions.tell_moved(moves=[day], now=NOW) == 1
    body = Notice.objects.get(kind=Notice.Kind.MOVED).body
    assert "by Tuesday 12 May 2026" in body
    assert "Wednesday 13 May 2026" in body
