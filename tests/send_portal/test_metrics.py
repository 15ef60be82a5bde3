"""What Prometheus is told, and who else is not."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from clocks.enforcement import tick
from clocks.models import Clock
from escalations.models import Submission
from escalations.submission_actions import store
from mailroom.actions import store_mail
from mailroom.models import IncomingMail
from notices.models import Notice
from send_portal.metrics import GAUGES, figures
from tests.escalations.senders import answers
from tests.factories import ClockFactory, ContactFactory
from tests.plans import indexes, plans

# Thursday 3 December 2026, 10 in the morning.
NOW = datetime(2026, 12, 3, 10, tzinfo=UTC)
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def ask(client, settings):
    """The page as somebody with these words in the Authorization header gets it."""
    settings.METRICS_TOKEN = TOKEN

    def get(authorization: str):
        with time_machine.travel(NOW, tick=False):
            return client.get("/metrics", headers={"authorization": authorization})

    return get


def test_there_is_no_such_page_without_a_token_in_the_settings(client, settings):
    settings.METRICS_TOKEN = ""

    for authorization in ["", "Bearer", "Bearer "]:
        response = client.get("/metrics", headers={"authorization": authorization})
        assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize(
    "authorization",
    ["", TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer é"],
)
def test_without_the_right_token_nothing_is_told(ask, authorization):
    response = ask(authorization)

    assert (response.status_code, response.content) == (401, b"")


def test_being_signed_in_opens_nothing(ask, as_person, cora):
    as_person(cora)

    assert ask("").status_code == 401


def test_nothing_is_posted_there(ask, client):
    assert client.post("/metrics").status_code == 405


def test_the_figures_are_prometheus_text(policy, ask):
    tick(now=NOW - timedelta(seconds=42))

    response = ask(f"Bearer {TOKEN}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert lines[:3] == [
        "# HELP send_portal_tick_age_seconds "
        "Seconds since enforcement last ran; infinite when it never has.",
        "# TYPE send_portal_tick_age_seconds gauge",
        "send_portal_tick_age_seconds 42.0",
    ]
    assert [line.split()[0] for line in lines[2::3]] == [f"send_portal_{name}" for name in GAUGES]


def test_a_portal_that_never_enforced_is_infinitely_late(db, ask):
    assert "\nsend_portal_tick_age_seconds +Inf\n" in ask(f"Bearer {TOKEN}").content.decode()


def test_machines_ask_by_address_and_without_tls(policy, client, settings):
    settings.METRICS_TOKEN = TOKEN
    settings.SECURE_SSL_REDIRECT = True
    bearer = {"authorization": f"Bearer {TOKEN}", "host": "10.1.2.3:8000"}

    assert client.get("/metrics", headers=bearer).status_code == 200


def test_each_figure_counts_its_own(policy, cora):
    tick(now=NOW - timedelta(minutes=1))
    for due_at, breached_at, state in [
        (NOW - timedelta(seconds=90), None, "running"),
        (NOW - timedelta(seconds=30), None, "running"),
        (NOW - timedelta(days=9), NOW - timedelta(days=9), "running"),
        (NOW + timedelta(days=1), None, "running"),
    ]:
        ClockFactory(owner=cora, due_at=due_at, breached_at=breached_at, state=state)
    ClockFactory(
        owner=cora, due_at=NOW - timedelta(1), state="paused", pause_began_at=NOW - timedelta(2)
    )
    ClockFactory(owner=cora, due_at=NOW - timedelta(1), state="met", stopped_at=NOW)
    for number, (mail, recipient) in enumerate(
        [("waiting", cora), ("waiting", cora), ("waiting", None), ("failed", None), ("sent", cora)]
    ):
        a_notice(f"n{number}", mail, recipient)
    for _ in range(3):
        came_in = store_mail(raw=b"", envelope_from="", envelope_to=[], now=NOW)
    IncomingMail.objects.filter(pk=came_in.pk).update(state="failed", next_try_at=None)

    for _ in range(3):
        sent = store(form=uuid4(), answers=answers(), now=NOW)
    Submission.objects.filter(pk=sent.pk).update(state="failed", next_try_at=None)

    assert figures(NOW) == {
        "tick_age_seconds": 60,
        "enforcement_backlog": 2,
        "enforcement_lag_seconds": 90,
        "clocks_open": 5,
        "clocks_late": 3,  # not the paused one
        "staff_mail_waiting": 2,
        "other_mail_waiting": 1,
        "mail_failed": 1,
        "incoming_mail_waiting": 2,
        "incoming_mail_failed": 1,
        "forms_waiting": 2,
        "forms_failed": 1,
    }


def a_notice(key: str, mail: str, recipient) -> Notice:
    return Notice.objects.create(
        key=key,
        kind=Notice.Kind.BREACH,
        recipient=recipient,
        address="someone@example.org",
        subject="Date passed",
        body="b",
        created_at=NOW,
        mail=mail,
        next_try_at=NOW,
    )


def test_something_logged_long_after_its_date_waits_only_since_it_was_logged(policy, cora):
    logged = NOW - timedelta(seconds=5)
    ClockFactory(owner=cora, due_at=NOW - timedelta(days=30), started_at=logged)

    assert Clock.objects.backlog(NOW).lag(NOW) == timedelta(seconds=5)


def test_nothing_waiting_is_no_lag(policy):
    assert Clock.objects.backlog(NOW).lag(NOW) == timedelta()


def test_the_figures_take_the_same_queries_for_one_clock_and_for_three(
    policy, cora, django_assert_num_queries
):
    for count in (1, 2):
        for _ in range(count):
            ClockFactory(owner=cora, due_at=NOW)
        with django_assert_num_queries(10):
            figures(NOW)


def test_every_figure_reads_a_partial_index(policy, cora):
    """Among many that are done with: of a few rows every index is as good."""
    many_done_with(cora)
    with plans() as found:
        figures(NOW)

    assert [indexes(plan) for plan in found.values()] == [
        {"clocks_enforcementtick_pkey"},
        {"clock_to_breach"},
        {"clock_owed"},
        {"notice_to_deliver_staff"},
        {"notice_to_deliver"},
        {"notice_failed"},
        {"incoming_mail_due"},
        {"incoming_mail_failed"},
        {"submission_waiting"},
        {"submission_failed"},
    ]
    assert "Seq Scan" not in " ".join(found.values())


def many_done_with(cora) -> None:
    """Late clocks that are recorded as late, messages sent, e-mails and forms filed."""
    contact = ContactFactory.create(case__owner=cora)
    Clock.objects.bulk_create(
        ClockFactory.build(
            owner=cora,
            team=cora.team,
            standard=contact.promise.standard,
            due_at=NOW - timedelta(days=9),
            breached_at=NOW - timedelta(days=9),
        )
        for _ in range(1000)
    )
    for number in range(200):
        a_notice(f"n{number}", "sent", cora)
        store_mail(raw=b"", envelope_from="", envelope_to=[], now=NOW)
        store(form=uuid4(), answers=answers(), now=NOW)
    done = {"contact": contact, "next_try_at": None}
    IncomingMail.objects.update(state="filed", filed_at=NOW, **done)
    Submission.objects.update(state="done", done_at=NOW, **done)
