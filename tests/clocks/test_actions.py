from datetime import UTC, datetime

import pytest
from django.db import InternalError, transaction

from accounts.errors import RuleBroken
from clocks import actions
from clocks.enforcement import tick
from clocks.models import Clock, ClockEvent
from notices.models import Notice
from tests.factories import ClockFactory

RECEIVED = datetime(2026, 5, 1, 15, 45, tzinfo=UTC)  # Friday 16:45 in London
NOW = datetime(2026, 5, 1, 15, 50, tzinfo=UTC)


def start(cora, **changes):
    given = {
        "code": "contact.telephone",
        "owner": cora,
        "team": cora.team,
        "about": "Telephone call from a parent or carer, CON-000001",
        "path": "/contacts/CON-000001/",
        "received_at": RECEIVED,
        "by": cora,
        "now": NOW,
    }
    return actions.start(**given | changes)


@pytest.mark.rule("H17")
@pytest.mark.rule("H29")
def test_starting_gives_owner_date_and_reminder(policy, cora):
    clock = start(cora)

    assert (clock.owner, clock.team, clock.state) == (cora, cora.team, Clock.State.RUNNING)
    # Received after closing before a bank-holiday Monday: day 0 is Tuesday 5 May.
    assert clock.due_at == datetime(2026, 5, 12, 16, 30, tzinfo=UTC)
    assert clock.warn_at == datetime(2026, 5, 8, 8, 0, tzinfo=UTC)
    assert list(clock.events.values_list("kind", "happened_at", "recorded_at", "by")) == [
        ("started", RECEIVED, NOW, cora.pk)
    ]


@pytest.mark.rule("H46")
def test_starting_for_an_email_gives_ten_working_days(policy, cora):
    clock = start(cora, code="contact.email")

    assert clock.due_at == datetime(2026, 5, 19, 16, 30, tzinfo=UTC)


def test_starting_in_the_future_is_refused(policy, cora):
    with pytest.raises(RuleBroken) as broken:
        start(cora, received_at=datetime(2026, 5, 1, 15, 51, tzinfo=UTC))

    assert (broken.value.code, broken.value.field) == ("future", "received_at")
    assert not Clock.objects.exists()


@pytest.mark.parametrize(
    ("now", "warn_at"),
    [
        (datetime(2026, 5, 11, 9, tzinfo=UTC), datetime(2026, 5, 12, 8, tzinfo=UTC)),
        (datetime(2026, 5, 12, 9, tzinfo=UTC), None),
    ],
)
def test_starting_after_a_reminder_would_be_past_leaves_those_to_come(policy, cora, now, warn_at):
    assert start(cora, now=now).warn_at == warn_at


def test_meeting_in_time_stops_the_clock(policy, cora):
    at = datetime(2026, 5, 12, 16, 30, tzinfo=UTC)

    clock = actions.meet(clock=start(cora), at=at, by=cora, now=at, how="By telephone")

    assert (clock.state, clock.stopped_at, clock.breached_at) == (Clock.State.MET, at, None)
    assert not clock.was_late
    assert list(clock.events.values_list("kind", flat=True)) == ["started", "met"]


def test_meeting_after_the_date_but_before_enforcement_records_the_breach(policy, cora):
    at = datetime(2026, 5, 12, 16, 30, 1, tzinfo=UTC)

    clock = actions.meet(clock=start(cora), at=at, by=cora, now=at)

    assert clock.was_late
    assert list(clock.events.values_list("kind", "happened_at")) == [
        ("started", RECEIVED),
        ("breached", clock.due_at),
        ("met", at),
    ]


def test_meeting_late_before_enforcement_tells_the_lead_and_only_once(policy, cora, lena):
    at = datetime(2026, 5, 12, 16, 31, tzinfo=UTC)

    actions.meet(clock=start(cora), at=at, by=cora, now=at)
    tick(now=at)

    [notice] = Notice.objects.all()
    assert (notice.recipient, notice.kind) == (lena, "breach")
    assert notice.subject.startswith("Answered after its date: ")


def test_meeting_twice_is_refused(policy, cora):
    clock = actions.meet(clock=start(cora), at=NOW, by=cora, now=NOW)

    with pytest.raises(RuleBroken) as broken:
        actions.meet(clock=clock, at=NOW, by=cora, now=NOW)

    assert broken.value.code == "not_open"
    assert clock.events.filter(kind="met").count() == 1


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2026, 5, 1, 15, 51, tzinfo=UTC), "future"),
        (datetime(2026, 5, 1, 15, 44, tzinfo=UTC), "before_receipt"),
    ],
)
def test_meeting_at_an_impossible_moment_is_refused(policy, cora, at, code):
    with pytest.raises(RuleBroken) as broken:
        actions.meet(clock=start(cora), at=at, by=cora, now=NOW)

    assert broken.value.code == code


@pytest.mark.rule("H11")
def test_events_cannot_be_changed_or_deleted(policy, cora):
    start(cora)

    for tamper in (
        lambda: ClockEvent.objects.update(kind="met"),
        lambda: ClockEvent.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            tamper()


def test_a_closed_clock_without_its_moment_is_refused_by_the_database(policy):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError), transaction.atomic():
        ClockFactory(due_at=NOW, state=Clock.State.MET)
