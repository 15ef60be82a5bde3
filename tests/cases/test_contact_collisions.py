"""The second of two clicks, and the second of two people: nothing twice, nothing lost."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction

from accounts.errors import RuleBroken
from cases.allocation_actions import allocate_case
from cases.answer_actions import add_note, answer_contact, promise_contact, reply_by_email
from cases.decision_actions import (
    close_without_answer,
    decide_urgency,
    recognise_formal,
    strike_through,
)
from cases.matter_actions import file_contact, join_to, pass_on, split_out
from cases.models import Case, Contact, FormalMatter, UrgentReason
from cases.policy_actions import load_urgent_reasons
from cases.sent_actions import log_sent
from clocks.models import Clock
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.contacts import CAME, DUE, email, log
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


def refused(act, **given) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    return broken.value


def hold(contact, by, until=DECEMBER_1, **changes):
    given = {"contact": contact, "until": until, "reason": "Waiting for the firm", "by": by}
    return promise_contact(**given | {"now": NOW} | changes)


# --- Holding replies ------------------------------------------------------------------------


@pytest.mark.rule("H18")
@pytest.mark.rule("H58")
@pytest.mark.parametrize("shows_date", [True, False])
def test_a_holding_reply_sent_twice_by_the_same_person_is_one(contact, cora, shows_date):
    seen = {"instead_of": contact.clock.pk} if shows_date else {}

    first = hold(contact, cora, **seen)
    second = hold(contact, cora, **seen)

    assert first.clock == second.clock
    assert (second.clock.promises_in_a_row, Clock.objects.count()) == (1, 2)
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 1


@pytest.mark.rule("H18")
def test_another_day_by_the_same_person_is_a_new_promise(contact, cora):
    first = hold(contact, cora)

    second = hold(contact, cora, until=DECEMBER_8)

    assert second.clock.due_at.date() == DECEMBER_8
    assert (first.clock.pk == second.clock.pk, second.clock.promises_in_a_row) == (False, 2)
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 2


@pytest.mark.rule("H18")
@pytest.mark.parametrize("until", [DECEMBER_1, DECEMBER_8])
def test_the_second_of_two_who_hold_is_told_of_the_first_and_may_go_on(contact, cora, lena, until):
    seen = contact.clock.pk
    first = hold(contact, cora, instead_of=seen)

    broken = refused(hold, contact=contact, by=lena, until=until, instead_of=seen)

    assert broken.code == "promised_meanwhile"
    assert "Cora Hill has promised Tuesday 1 December 2026 meanwhile" in broken.message
    assert Contact.objects.get().clock == first.clock
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 1

    second = hold(contact, lena, until=DECEMBER_8, instead_of=first.clock.pk)
    assert second.clock.due_at.date() == DECEMBER_8


# --- The same form with other words ---------------------------------------------------------


@pytest.mark.rule("H44")
def test_a_note_with_other_words_from_a_used_form_is_refused_and_not_dropped(contact, cora):
    given = {"contact": contact, "submission": SUBMISSION, "by": cora, "now": NOW}
    add_note(text="One", **given)

    assert refused(add_note, text="Two, after Back", **given).code == "submission_used"
    assert Contact.objects.filter(link="note").get().message == "One"


def test_a_reply_with_other_words_from_a_used_form_is_refused(contact, cora):
    given = {"contact": contact, "submission": SUBMISSION, "by": cora, "now": NOW}
    sent = reply_by_email(text="On Monday.", **given)

    assert refused(reply_by_email, text="On Tuesday.", **given).code == "submission_used"
    assert reply_by_email(text=" On Monday. ", **given) == sent
    assert Notice.objects.filter(kind=Notice.Kind.REPLY).count() == 1


@pytest.mark.rule("H44")
@pytest.mark.parametrize(
    "changes",
    [{"note": "Two, after Back"}, {"channel": Contact.Channel.TELEPHONE, "with_whom": "Ngozi"}],
)
def test_what_we_did_with_other_words_from_a_used_form_is_refused(case, cora, changes):
    given = {
        "case": case,
        "channel": Contact.Channel.NOTE,
        "with_whom": "",
        "note": "One",
        "at": NOW,
        "submission": SUBMISSION,
        "by": cora,
        "now": NOW,
    }
    first = log_sent(**given)

    assert refused(log_sent, **given | changes).code == "submission_used"
    assert log_sent(**given) == first
    assert Contact.objects.count() == 1


# --- Answered, closed or struck meanwhile ---------------------------------------------------


def test_the_same_answer_sent_twice_is_one_and_another_is_told_of_it(contact, cora):
    given = {"contact": contact, "answer": Contact.Answer.TELEPHONE, "by": cora}
    first = answer_contact(note="I rang.", now=NOW, **given)

    again = answer_contact(note="I rang. ", now=datetime(2026, 11, 4, 10, 1, tzinfo=UTC), **given)

    assert again.answered_at == first.answered_at == NOW
    broken = refused(answer_contact, note="I rang twice.", now=NOW, **given)
    assert broken.code == "already_answered"


@pytest.mark.rule("H8")
def test_who_comes_after_a_closing_is_told_who_closed_it_and_why(contact, cora, lena):
    close_without_answer(contact=contact, reason="Thanks only", by=cora, now=NOW)
    given = {"contact": contact, "by": lena, "now": NOW}

    answered = refused(answer_contact, answer=Contact.Answer.EMAIL, note="I wrote.", **given)
    held = refused(promise_contact, until=DECEMBER_1, reason="x", **given)
    passed = refused(pass_on, to=cora, reason="x", **given)

    assert {answered.code, held.code, passed.code} == {"already_closed"}
    assert "Cora Hill closed this on Wednesday 4 November 2026 at 10am" in answered.message
    assert "Thanks only" in answered.message


@pytest.mark.rule("H64")
@pytest.mark.parametrize("accepted", [True, False])
def test_urgency_of_what_was_closed_meanwhile_promises_no_date(contact, cora, lena, accepted):
    close_without_answer(contact=contact, reason="Thanks only", by=cora, now=NOW)
    reason = UrgentReason.objects.first()
    given = {"accepted": accepted, "reason": reason, "note": "In turn", "by": lena, "now": NOW}

    assert refused(decide_urgency, contact=contact, **given).code == "already_closed"
    assert not Notice.objects.filter(kind=Notice.Kind.URGENCY).exists()
    assert Contact.objects.get().urgency == ""


def test_what_was_struck_through_meanwhile_is_not_formal_nor_split(contact, cora, lena):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)
    strike_through(contact=chaser, reason="Logged twice", by=cora, now=NOW)
    category = Contact.Category.COMPLAINT

    formal = refused(recognise_formal, contact=chaser, category=category, by=lena, now=NOW)
    split = refused(split_out, contact=chaser, by=lena, now=NOW)

    assert formal.code == split.code == "struck"
    assert Clock.objects.count() == 1


@pytest.mark.rule("H48")
def test_the_sender_is_told_each_time_it_is_joined_and_split(contact, cora):
    second = log(contact.case, email(received_at=NOW, subject="Other"))
    joined_at = [datetime(2026, 11, 4, hour, tzinfo=UTC) for hour in (11, 13)]
    split_at = [datetime(2026, 11, 4, hour, tzinfo=UTC) for hour in (12, 14)]

    for together, apart in zip(joined_at, split_at, strict=True):
        join_to(contact=second, matter=contact, by=cora, now=together)
        split_out(contact=second, by=cora, now=apart)

    keys = Notice.objects.filter(address="ngozi@example.org").values_list("key", flat=True)
    first = f"contact:{second.pk}:acknowledgement"
    assert set(keys) == {
        f"contact:{contact.pk}:acknowledgement",
        first,
        *(f"{first}:joined:{at.isoformat()}" for at in joined_at),
        *(f"{first}:split:{at.isoformat()}" for at in split_at),
    }


# --- At the same moment ---------------------------------------------------------------------


@pytest.fixture
def shipped(transactional_db):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()


def outcome_of(act: Callable[[], object]) -> str:
    try:
        act()
    except RuleBroken as broken:
        return broken.code
    return "done"


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Each in a thread of its own, all let go together; what came of each, in their order."""
    together = threading.Barrier(len(acts))
    outcomes = {}

    def attempt(number: int, act: Callable[[], object]) -> None:
        together.wait()
        try:
            outcomes[number] = outcome_of(act)
        except Exception as error:
            outcomes[number] = type(error).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt, args=given) for given in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[number] for number in range(len(acts))]


def wait_until_somebody_waits_for_us() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            # Not pg_stat_activity, which looks the same until the transaction ends.
            cursor.execute(
                "SELECT 1 FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def behind(first: Callable[[], object], second: Callable[[], object]) -> str:
    """What comes of ``second`` when it has to wait until ``first`` is committed."""
    outcomes = []

    def attempt() -> None:
        outcomes.append(outcome_of(second))
        connections.close_all()

    thread = threading.Thread(target=attempt)
    try:
        with transaction.atomic():
            first()
            thread.start()
            wait_until_somebody_waits_for_us()
    finally:
        thread.join()
    return outcomes[0]


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
