"""Two clicks, or two people, at the same moment: nothing twice, nothing lost."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from cases.allocation_actions import allocate_case
from cases.answer_actions import add_note, answer_contact, promise_contact, reply_by_email
from cases.decision_actions import recognise_formal, strike_through
from cases.matter_actions import file_contact, join_to
from cases.models import Case, Contact, FormalMatter
from cases.policy_actions import load_urgent_reasons
from cases.sent_actions import log_sent
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.contacts import CAME, DUE, email, log
from tests.cases.same_moment import at_once, behind
from tests.factories import CaseFactory, UserFactory

# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
SUBMISSION = UUID("00000000-0000-4000-8000-00000000000c")
DECEMBER_1, DECEMBER_8 = date(2026, 12, 1), date(2026, 12, 8)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


def hold(contact, by, until=DECEMBER_1, **changes):
    given = {"contact": contact, "until": until, "reason": "Waiting for the firm", "by": by}
    return promise_contact(**given | {"now": NOW} | changes)


@pytest.fixture
def shipped(transactional_db):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()


@pytest.mark.rule("H8")
def test_two_who_join_each_to_the_other_leave_one_matter(shipped, cora, lena):
    case = CaseFactory(owner=cora)
    for _ in range(3):
        one, two = log(case), log(case, email(subject="Other"))

        outcomes = at_once(
            lambda one=one, two=two: join_to(contact=one, matter=two, by=cora, now=NOW),
            lambda one=one, two=two: join_to(contact=two, matter=one, by=lena, now=NOW),
        )

        assert outcomes.count("done") == 1
        assert "OperationalError" not in outcomes
        left = Contact.objects.filter(pk__in=[one.pk, two.pk], link="").get()
        assert left.is_open
        assert left.linked.count() == 1


def test_one_note_clicked_four_times_at_once_is_one(shipped, cora):
    contact = log(CaseFactory(owner=cora))
    given = {"contact": contact, "text": "A note", "submission": SUBMISSION, "by": cora}

    outcomes = at_once(*[lambda: add_note(now=NOW, **given)] * 4)

    assert outcomes == ["done"] * 4
    assert contact.linked.count() == 1


def test_one_reply_clicked_twice_at_once_is_one_email(shipped, cora):
    contact = log(CaseFactory(owner=cora))
    given = {"contact": contact, "text": "Monday.", "submission": SUBMISSION, "by": cora}

    outcomes = at_once(*[lambda: reply_by_email(now=NOW, **given)] * 2)

    assert outcomes == ["done"] * 2
    assert Notice.objects.filter(kind=Notice.Kind.REPLY).count() == 1


def test_what_we_did_clicked_twice_at_once_is_one(shipped, cora):
    given = {
        "case": CaseFactory(owner=cora),
        "channel": Contact.Channel.NOTE,
        "with_whom": "",
        "note": "Rang the firm.",
        "at": NOW,
    }

    outcomes = at_once(*[lambda: log_sent(submission=SUBMISSION, by=cora, now=NOW, **given)] * 2)

    assert outcomes == ["done"] * 2
    assert Contact.objects.count() == 1


@pytest.mark.rule("H18")
def test_two_people_who_promise_at_once_make_one_new_date(shipped, cora, lena):
    contact = log(CaseFactory(owner=cora))
    seen = contact.clock.pk

    outcomes = at_once(
        lambda: hold(contact, cora, until=DECEMBER_1, instead_of=seen),
        lambda: hold(contact, lena, until=DECEMBER_8, instead_of=seen),
    )

    assert sorted(outcomes) == ["done", "promised_meanwhile"]
    first = DECEMBER_1 if outcomes[0] == "done" else DECEMBER_8
    assert Contact.objects.get().clock.due_at.date() == first
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 1


@pytest.mark.rule("H58")
def test_one_holding_reply_clicked_twice_at_once_is_one(shipped, cora):
    contact = log(CaseFactory(owner=cora))
    seen = contact.clock.pk

    outcomes = at_once(*[lambda: hold(contact, cora, instead_of=seen)] * 2)

    assert outcomes == ["done"] * 2
    assert Contact.objects.get().clock.promises_in_a_row == 1
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 1


@pytest.mark.rule("H68")
def test_two_who_recognise_the_same_formal_matter_at_once_start_one_clock(shipped, cora, lena):
    contact = log(CaseFactory(owner=cora))
    given = {"contact": contact, "category": Contact.Category.COMPLAINT, "now": NOW}

    outcomes = at_once(
        lambda: recognise_formal(by=cora, **given), lambda: recognise_formal(by=lena, **given)
    )

    assert sorted(outcomes) == ["done", "formal"]
    assert FormalMatter.objects.count() == 1


@pytest.mark.rule("H48")
def test_a_chaser_that_waits_for_an_answer_is_told_that_it_came(shipped, cora, asif):
    contact = log(CaseFactory(owner=cora))
    given = {"answer": Contact.Answer.EMAIL, "note": "Monday.", "by": cora, "now": NOW}

    outcome = behind(
        lambda: answer_contact(contact=contact, **given),
        lambda: log(contact.case, email(received_at=NOW), chases=contact, by=asif),
    )

    assert outcome == "answered_meanwhile"
    assert Contact.objects.count() == 1


@pytest.mark.rule("H11")
def test_a_strike_that_waits_for_a_chaser_is_refused(shipped, cora, asif):
    contact = log(CaseFactory(owner=cora))

    outcome = behind(
        lambda: log(contact.case, email(received_at=NOW), chases=contact, by=asif),
        lambda: strike_through(contact=contact, reason="Spam", by=cora, now=NOW),
    )

    assert outcome == "chased"
    assert Contact.objects.get(pk=contact.pk).is_open


@pytest.mark.rule("H17")
@pytest.mark.rule("H67")
def test_what_is_filed_while_the_case_is_handed_over_goes_to_the_new_owner(
    shipped, north, cora, lena
):
    north.takes_unfiled = True
    north.save(update_fields=["takes_unfiled"])
    case = CaseFactory(owner=cora)
    dan = UserFactory(full_name="Dan Reed", team=north)
    contact = log(None, email(told_child="A"))
    today = date(2026, 11, 4)

    outcome = behind(
        lambda: allocate_case(
            case=case, to=dan, team=north, reason="Leaves", on=today, by=lena, now=NOW
        ),
        lambda: file_contact(contact=contact, case=case, by=lena, now=NOW),
    )

    assert outcome == "done"
    assert Case.objects.get().owner == dan
    filed = Contact.objects.get()
    assert (filed.clock.owner, filed.clock.due_at) == (dan, DUE)
    assert filed.received_at == CAME


def test_a_note_is_kept_although_somebody_answers_meanwhile(shipped, cora, lena):
    contact = log(CaseFactory(owner=cora))
    given = {"answer": Contact.Answer.EMAIL, "note": "Monday.", "by": cora, "now": NOW}

    outcomes = at_once(
        lambda: answer_contact(contact=contact, **given),
        lambda: add_note(contact=contact, text="Hm", submission=uuid4(), by=lena, now=NOW),
    )

    assert outcomes == ["done", "done"]
    assert contact.linked.get().message == "Hm"
