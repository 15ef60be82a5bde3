"""Each breach is recorded once and told once, however many enforce it and whoever is killed."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from clocks import actions
from clocks.enforcement import Tick, breach_batch, tick, warn_batch
from clocks.models import CalendarYear, Clock, ClockEvent, EnforcementTick, OpeningPeriod
from clocks.policy_actions import load_policy
from clocks.tasks import deliver_to_staff
from clocks.telling import staff_may_be_mailed
from notices.models import Notice
from tests.factories import ClockFactory, UserFactory
from tests.plans import indexes, plans

DUE = datetime(2026, 11, 17, 17, 30, tzinfo=UTC)
MINUTE_AFTER = DUE + timedelta(minutes=1)


@pytest.mark.rule("H17")
def test_a_tick_after_the_date_records_the_breach_and_tells_owner_and_lead(policy, cora, lena):
    clock = ClockFactory(owner=cora, due_at=DUE)

    assert tick(now=MINUTE_AFTER) == Tick(breached=1, warned=0)

    clock.refresh_from_db()
    assert (clock.state, clock.breached_at) == (Clock.State.RUNNING, MINUTE_AFTER)
    assert list(clock.events.values_list("kind", "happened_at", "recorded_at")) == [
        ("breached", DUE, MINUTE_AFTER)
    ]
    told = Notice.objects.order_by("recipient__full_name")
    assert list(told.values_list("recipient", "kind")) == [
        (cora.pk, "breach"),
        (lena.pk, "breach"),
    ]
    due = "An answer was due by Tuesday 17 November 2026 at 5:30pm"
    assert [notice.body.splitlines() for notice in told] == [
        [f"{due}: {clock.about}.", f"{whose} to answer, and stays open until it is."]
        for whose in ("It is yours", "It is Cora Hill’s")
    ]


def test_a_second_tick_finds_nothing_to_do(policy, cora):
    ClockFactory(owner=cora, due_at=DUE)
    tick(now=MINUTE_AFTER)

    assert tick(now=MINUTE_AFTER + timedelta(minutes=1)) == Tick(0, 0)
    assert ClockEvent.objects.count() == 1


def test_the_moment_due_is_still_in_time(policy, cora):
    ClockFactory(owner=cora, due_at=DUE)

    assert tick(now=DUE) == Tick(0, 0)


@pytest.mark.parametrize("state", [Clock.State.MET, Clock.State.CANCELLED, Clock.State.PAUSED])
def test_only_running_clocks_breach(policy, cora, state):
    paused = state == Clock.State.PAUSED
    ClockFactory(
        owner=cora,
        due_at=DUE,
        state=state,
        stopped_at=None if paused else DUE,
        pause_began_at=DUE if paused else None,
    )

    assert tick(now=MINUTE_AFTER) == Tick(0, 0)


def test_a_lead_who_owns_the_clock_is_told_once(policy, lena):
    ClockFactory(owner=lena, due_at=DUE)

    tick(now=MINUTE_AFTER)

    assert Notice.objects.count() == 1


@pytest.mark.rule("H60")
@pytest.mark.parametrize(
    ("now", "sent"),
    [
        (datetime(2026, 11, 20, 16, 31, tzinfo=UTC), 0),  # Friday, a minute after closing
        (datetime(2026, 11, 21, 11, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 23, 8, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), 2),
    ],
)
def test_staff_are_mailed_in_opening_hours_only(policy, cora, lena, mailoutbox, now, sent):
    ClockFactory(owner=cora, due_at=datetime(2026, 11, 20, 16, 30, tzinfo=UTC))
    tick(now=datetime(2026, 11, 20, 16, 31, tzinfo=UTC))

    with time_machine.travel(now, tick=False):
        assert deliver_to_staff() == sent

    assert len(mailoutbox) == sent


def test_staff_are_mailed_at_any_hour_when_holidays_have_run_out(db, cora, lena, policy):
    CalendarYear.objects.all().delete()

    assert staff_may_be_mailed(datetime(2026, 11, 21, 11, 0, tzinfo=UTC))


LINE = ["deputy", "manager", "any manager", "officer", "administrator"]


@pytest.mark.rule("H17")
@pytest.mark.parametrize("left", range(len(LINE)))
def test_when_owner_and_lead_have_left_those_above_hear(policy, cora, lena, north, left):
    make = UserFactory.create
    people = {
        "deputy": make(role=Role.TEAM_LEAD, team=north),
        "manager": make(role=Role.SENIOR_MANAGER, team=None),
        "any manager": make(role=Role.SENIOR_MANAGER, team=None),
        "officer": make(role=Role.RESOLUTION_OFFICER, team=None),
        "administrator": make(role=Role.ADMINISTRATOR, team=None),
    }
    north.manager = people["manager"]
    north.save()
    ClockFactory(owner=cora, due_at=DUE, warn_at=DUE - timedelta(days=2))
    gone = [cora, lena, *(people[name] for name in LINE[:left])]
    User.objects.filter(pk__in=[person.pk for person in gone]).update(is_active=False)
    # The resolution team and the administrators are the end of the line together.
    hear = LINE[left:] if left >= 3 else [LINE[left]]

    tick(now=DUE - timedelta(days=1))
    tick(now=MINUTE_AFTER)

    breached = Notice.objects.filter(kind="breach").order_by("recipient")
    assert [notice.recipient for notice in breached] == [people[name] for name in hear]
    assert {notice.address for notice in breached} == {people[name].email for name in hear}
    assert "It is Cora Hill’s to answer" in breached[0].body
    warned = Notice.objects.get(kind="warning")
    assert warned.recipient == people[hear[0]]


def test_a_thousand_without_anybody_ask_for_those_above_once_a_team(policy, cora, lena):
    UserFactory(role=Role.ADMINISTRATOR, team=None)
    User.objects.filter(pk__in=[cora.pk, lena.pk]).update(is_active=False)

    def breach(number: int) -> int:
        for _ in range(number):
            ClockFactory(owner=cora, due_at=DUE)
        with CaptureQueriesContext(connection) as asked:
            assert breach_batch(now=MINUTE_AFTER) == number
        return len(asked)

    assert breach(1) == breach(30)


def test_the_late_answer_of_a_team_whose_lead_left_is_heard_above(policy, cora, lena, north):
    north.manager = UserFactory.create(role=Role.SENIOR_MANAGER, team=None)
    north.save()
    User.objects.filter(pk=lena.pk).update(is_active=False)
    clock = ClockFactory(owner=cora, due_at=DUE)
    actions.meet(clock=clock, at=MINUTE_AFTER, by=cora, now=MINUTE_AFTER)
    assert [notice.recipient for notice in Notice.objects.all()] == [north.manager]


@pytest.mark.parametrize("leaver", ["cora", "lena"])
def test_a_leaver_is_told_nothing_and_the_other_hears(policy, cora, lena, leaver):
    ClockFactory(owner=cora, due_at=DUE, warn_at=DUE - timedelta(days=2))
    left, stays = (cora, lena) if leaver == "cora" else (lena, cora)
    left.is_active = False
    left.save()

    tick(now=DUE - timedelta(days=1))
    tick(now=MINUTE_AFTER)

    assert set(Notice.objects.values_list("recipient", "kind")) == {
        (stays.pk, "warning"),
        (stays.pk, "breach"),
    }


def test_hours_that_overlap_stop_no_enforcement(policy, cora):
    OpeningPeriod.objects.create(weekday=0, opens=time(12), closes=time(13))
    ClockFactory(owner=cora, due_at=DUE)

    assert tick(now=MINUTE_AFTER) == Tick(breached=1, warned=0)


def test_the_reminder_goes_to_the_owner_alone_and_once(policy, cora):
    warn_at = datetime(2026, 11, 13, 9, tzinfo=UTC)
    ClockFactory(owner=cora, due_at=DUE, warn_at=warn_at)

    assert tick(now=warn_at) == Tick(breached=0, warned=1)
    assert tick(now=warn_at + timedelta(minutes=1)) == Tick(0, 0)
    notices = Notice.objects.for_person(cora)
    assert list(notices.values_list("kind", "subject")) == [
        ("warning", "Due soon: Telephone call from a parent or carer")
    ]
    assert Notice.objects.exclude(recipient=cora).count() == 0


@pytest.mark.rule("H60")
def test_reminders_leave_in_one_summary_at_the_start_of_the_working_day(policy, cora, mailoutbox):
    due = datetime(2026, 11, 17, 17, 30, tzinfo=UTC)
    for _ in range(3):
        ClockFactory(owner=cora, due_at=due, warn_at=datetime(2026, 11, 13, 9, tzinfo=UTC))
    for now in (
        datetime(2026, 11, 13, 9, 0, tzinfo=UTC),  # two working days before
        datetime(2026, 11, 13, 9, 1, tzinfo=UTC),
        datetime(2026, 11, 17, 8, 59, tzinfo=UTC),
        datetime(2026, 11, 17, 9, 0, tzinfo=UTC),  # the morning it is due
        datetime(2026, 11, 17, 9, 1, tzinfo=UTC),
    ):
        tick(now=now)
        with time_machine.travel(now, tick=False):
            deliver_to_staff()

    assert [mail.subject for mail in mailoutbox] == [
        "Friday 13 November 2026: 3 to look at",
        "Tuesday 17 November 2026: 3 to look at",
    ]
    assert mailoutbox[0].body.count("An answer is due by Tuesday 17 November 2026 at 5:30pm") == 3
    assert Notice.objects.for_person(cora).count() == 6


def test_a_missed_day_is_caught_up_in_one_tick(policy, cora):
    for hour in range(24):
        ClockFactory(owner=cora, due_at=DUE + timedelta(hours=hour))

    done = tick(now=DUE + timedelta(hours=30), batch=5)

    assert done == Tick(breached=24, warned=0)


def test_a_tick_goes_on_when_bank_holidays_have_run_out(policy, cora):
    ClockFactory(owner=cora, due_at=DUE)
    CalendarYear.objects.all().delete()

    assert tick(now=MINUTE_AFTER) == Tick(breached=1, warned=0)


def test_the_newest_tick_is_noted_whichever_ends_last(policy):
    tick(now=DUE)
    tick(now=MINUTE_AFTER)
    tick(now=DUE)

    assert [row.ran_at for row in EnforcementTick.objects.all()] == [MINUTE_AFTER]


def test_the_command_enforces_without_celery(policy, cora, capsys):
    ClockFactory(owner=cora, due_at=datetime(2026, 1, 5, 17, 30, tzinfo=UTC))

    call_command("enforce")

    assert capsys.readouterr().out == "1 dates passed, 0 reminders.\n"


def test_a_batch_takes_the_same_queries_for_one_clock_and_for_three(
    policy, cora, django_assert_num_queries
):
    for count in (1, 3):
        for _ in range(count):
            ClockFactory(owner=cora, due_at=DUE)
        # Claim with mark and events, people, notices, between savepoints.
        with django_assert_num_queries(5):
            assert breach_batch(now=MINUTE_AFTER) == count


def test_the_claims_read_their_partial_indexes(policy, cora):
    later = DUE + timedelta(days=9)
    ClockFactory.create_batch(30, owner=cora, due_at=DUE - timedelta(days=1), breached_at=DUE)
    ClockFactory.create_batch(30, owner=cora, due_at=later, warn_at=later)
    with plans() as found:
        breach_batch(now=DUE)
        warn_batch(now=DUE)
    breaches, warnings = (plan for sql, plan in found.items() if "SKIP LOCKED" in sql)
    assert "clock_to_breach" in indexes(breaches)
    assert "Seq Scan" not in breaches
    assert "clock_to_warn" in indexes(warnings)


@pytest.mark.django_db(transaction=True)
def test_eight_enforcers_at_once_breach_each_clock_exactly_once(cora, lena):
    load_policy(now=DUE)
    for number in range(400):
        ClockFactory(owner=cora, due_at=DUE - timedelta(minutes=number))
    together = threading.Barrier(8)
    totals = []

    def enforce() -> None:
        together.wait()
        totals.append(tick(now=MINUTE_AFTER, batch=25).breached)
        connections.close_all()

    threads = [threading.Thread(target=enforce) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(totals) == 400
    assert ClockEvent.objects.filter(kind="breached").count() == 400
    assert Notice.objects.filter(recipient=cora).count() == 400
    assert Notice.objects.filter(recipient=lena).count() == 400


@pytest.mark.django_db(transaction=True)
def test_answering_while_enforcing_leaves_met_or_breached_then_met(cora):
    load_policy(now=DUE)
    clocks = [ClockFactory(owner=cora, due_at=DUE) for _ in range(40)]
    together = threading.Barrier(2)

    def enforce() -> None:
        together.wait()
        while Clock.objects.to_breach(MINUTE_AFTER).exists():
            tick(now=MINUTE_AFTER, batch=3)
        connections.close_all()

    thread = threading.Thread(target=enforce)
    thread.start()
    together.wait()
    for clock in clocks:
        actions.meet(clock=clock, at=MINUTE_AFTER, by=cora, now=MINUTE_AFTER)
    thread.join()

    for clock in clocks:
        assert list(clock.events.values_list("kind", flat=True)) == ["breached", "met"]


KILLED_ENFORCER = """
import django, os, signal, sys
from datetime import datetime, UTC
django.setup()
from django.db import transaction
from clocks.enforcement import breach_batch
now = datetime(2026, 11, 17, 17, 31, tzinfo=UTC)
with transaction.atomic():
    assert breach_batch(now=now) == 50
    print("claimed", flush=True)
    sys.stdin.read()
"""


@pytest.mark.django_db(transaction=True)
def test_an_enforcer_killed_in_the_middle_loses_and_doubles_nothing(cora):
    load_policy(now=DUE)
    for _ in range(50):
        ClockFactory(owner=cora, due_at=DUE)
    environment = {
        "DATABASE_URL": _address_of_this_database(),
        "DJANGO_SETTINGS_MODULE": "send_portal.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_ENFORCER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "claimed\n"
        # While it holds them, nobody else can take them.
        assert tick(now=MINUTE_AFTER) == Tick(0, 0)
        victim.send_signal(signal.SIGKILL)

    breached = 0
    for _ in range(100):
        breached += tick(now=MINUTE_AFTER).breached
        if breached == 50:
            break
        threading.Event().wait(0.1)

    assert breached == 50
    assert ClockEvent.objects.filter(kind="breached").count() == 50


def _address_of_this_database() -> str:
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def test_an_idle_tick_takes_few_queries(policy, cora, django_assert_num_queries):
    tick(now=DUE - timedelta(minutes=1))
    # One empty claim of each kind between savepoints (3 + 3), no summary, the tick's row.
    with django_assert_num_queries(8):
        tick(now=DUE)
