"""Concerns of the demonstration authority: every step, the resolution desk, complaints, themes."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import F

from accounts.models import Role, User
from clocks.models import Clock
from escalations.models import (
    Agreement,
    Complaint,
    DeskEntry,
    Escalation,
    EscalationStep,
    Learning,
    Submission,
    ThemeAction,
    ThemesDiscussed,
)
from escalations.resolution_actions import check_in_words
from notices.models import Notice
from send_portal.demo.staff import WELL_KNOWN

pytestmark = pytest.mark.usefixtures("in_council")

ENDS = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
TODAY = date(2026, 12, 7)


def known(role: Role) -> User:
    return User.objects.get(email=WELL_KNOWN[role])


def open_steps(role: Role) -> Counter[int]:
    """By number, those that the well-known person with ``role`` has still to answer."""
    owed = EscalationStep.objects.owed_by(known(role).pk)
    return Counter(owed.filter(escalation__closed_at=None).values_list("number", flat=True))


def test_a_few_dozen_forms_found_their_child_and_their_matter() -> None:
    sent = Submission.objects.all()
    assert 25 <= sent.count() <= 60
    assert not sent.exclude(state="done").exists()
    assert not sent.filter(contact__case=None).exists()
    assert not sent.exclude(contact__sender_person__name=F("contact__sender_name")).exists()


@pytest.mark.rule("H95")
def test_forms_inside_the_window_are_kept_with_the_matter() -> None:
    kept = Submission.objects.filter(kind="wait")
    assert kept.count() == 3
    assert not kept.exclude(contact__original__clock__due_at__gt=ENDS).exists()
    owner = known(Role.COORDINATOR)
    assert kept.filter(contact__original__clock__owner=owner).exists()


@pytest.mark.rule("H97")
def test_each_step_waits_for_a_well_known_person_and_was_answered_before() -> None:
    assert open_steps(Role.TEAM_LEAD)[2] >= 4
    assert open_steps(Role.SENIOR_MANAGER) == {3: 1}
    assert open_steps(Role.RESOLUTION_OFFICER) == {4: 1}
    answered = EscalationStep.objects.exclude(answered_at=None)
    assert set(answered.values_list("number", flat=True)) == {2, 3, 4}
    grounds = set(EscalationStep.objects.values_list("ground", flat=True))
    assert grounds == {"no_answer", "not_satisfied", "urgent", "outside"}


@pytest.mark.rule("H97")
def test_no_step_was_taken_before_its_time() -> None:
    for step in EscalationStep.objects.filter(ground="no_answer"):
        matter = step.escalation.matter
        before = step.escalation.steps.filter(number=step.number - 1).first()
        due_at = before.clock.due_at if before else matter.promise.due_at
        assert step.taken_at.date() > due_at.date()


@pytest.mark.rule("H5")
def test_nobody_handles_a_step_about_themselves() -> None:
    for step in EscalationStep.objects.prefetch_related("clock", "escalation__matter__clock"):
        assert step.handler != step.escalation.matter.promise.owner


@pytest.mark.rule("H100")
def test_a_step_that_was_left_out_went_to_the_team_lead() -> None:
    left_out = EscalationStep.objects.filter(followed=False, asked=3)
    assert list(left_out.values_list("number", "clock__owner__email")) == [
        (2, WELL_KNOWN[Role.TEAM_LEAD]),
        (2, WELL_KNOWN[Role.TEAM_LEAD]),
    ]


@pytest.mark.rule("H102")
def test_concerns_are_settled_by_senders_and_by_staff() -> None:
    closed = Escalation.objects.exclude(closed_at=None)
    assert closed.filter(closed_by=None).count() == 2
    assert closed.exclude(closed_by=None).count() == 2


@pytest.mark.rule("H106")
def test_the_desk_has_one_with_three_hours_left_and_late_ones() -> None:
    waiting = DeskEntry.objects.open().to_respond()
    assert set(waiting.values_list("clock__owner__email", flat=True)) == {
        WELL_KNOWN[Role.RESOLUTION_OFFICER]
    }
    left = sorted(entry.clock.due_at - ENDS for entry in waiting)
    assert sum(abs(each - timedelta(hours=3)) < timedelta(minutes=1) for each in left) == 1
    late = waiting.filter(clock__due_at__lt=ENDS)
    assert late.count() >= 1
    assert not late.filter(managers_told_at=None).exists()


@pytest.mark.rule("H109")
def test_the_desk_has_sent_on_kept_responded_and_settled() -> None:
    entries = DeskEntry.objects.all()
    [sent] = entries.exclude(sent_at=None)
    assert sent.sent_to is not None
    assert sent.sent_to.handler == known(Role.TEAM_LEAD)
    [kept] = entries.exclude(kept_with=None)
    assert kept.contact.case is not None
    assert kept.kept_with == kept.contact.case.owner
    assert kept.contact.promise.owner == kept.accountable == kept.clock.owner
    assert entries.filter(resolved_at=None).exclude(responded_at=None).count() == 3
    [settled] = entries.exclude(resolved_at=None)
    assert (check_in_words(settled.computed), settled.confirmed) == ("not followed", 1)
    assert sorted(entry.passes.count() for entry in entries)[-2:] == [1, 2]


@pytest.mark.rule("H103")
@pytest.mark.rule("H126")
def test_complaints_stand_at_both_stages_with_agreements() -> None:
    stages = Complaint.objects.order_by("stage").values_list("stage", "clock__owner__email")
    assert list(stages) == [
        ("one", WELL_KNOWN[Role.TEAM_LEAD]),
        ("one_answered", None),
        ("two", WELL_KNOWN[Role.SENIOR_MANAGER]),
    ]
    assert Agreement.objects.filter(ended_at=None).count() == 2
    assert not Agreement.objects.filter(next_on__lt=TODAY).exists()


@pytest.mark.rule("S31")
@pytest.mark.rule("S32")
def test_themes_of_three_months_with_actions_of_which_one_is_overdue() -> None:
    months = {on.replace(day=1) for on in Learning.objects.values_list("on", flat=True)}
    assert {date(2026, 10, 1), date(2026, 11, 1)} <= months
    assert len(months) >= 3
    assert set(Learning.objects.values_list("source", flat=True)) == set(Learning.Source.values)
    actions = ThemeAction.objects.all()
    assert actions.filter(done_on=None, due_on__lt=TODAY).count() == 1
    assert actions.filter(done_on=None, due_on__gte=TODAY).count() == 1
    assert actions.exclude(done_on=None).count() == 1
    assert ThemesDiscussed.objects.get().team.lead == known(Role.TEAM_LEAD)


def test_nothing_of_it_happens_after_the_end_or_waits_to_be_mailed() -> None:
    assert not EscalationStep.objects.filter(taken_at__gt=ENDS).exists()
    assert not EscalationStep.objects.filter(answered_at__gt=ENDS).exists()
    assert not DeskEntry.objects.filter(passed_at__gt=ENDS).exists()
    assert not DeskEntry.objects.filter(responded_at__gt=ENDS).exists()
    assert not Submission.objects.filter(done_at__gt=ENDS).exists()
    assert not Notice.objects.filter(mail="pending").exists()


def test_no_promise_of_a_settled_concern_is_left_open() -> None:
    settled = EscalationStep.objects.exclude(escalation__closed_at=None)
    assert not settled.filter(clock__state=Clock.State.RUNNING).exists()
