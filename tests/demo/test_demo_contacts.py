"""Eight weeks of contacts of the demonstration authority, and the clocks behind them."""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F, Q

from accounts.models import Role, User
from cases.actions import log_contact
from cases.answer_actions import answer_contact
from cases.models import Contact, FormalMatter
from cases.received import Received
from cases.references import contact_path, contact_reference
from clocks.calendars import council_calendar
from clocks.enforcement import tick
from clocks.models import Clock, ClockEvent, Standard
from clocks.promises import next_warning, work_out
from escalations.models import Submission
from notices.models import Notice
from send_portal.demo.concerns import words as concerns
from send_portal.demo.messages import Sender, topics, topics_for
from send_portal.demo.rare import words
from send_portal.demo.staff import WELL_KNOWN

pytestmark = pytest.mark.usefixtures("in_council")

TODAY = date(2026, 12, 7)
ENDS = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
# Notices are kept for a week.
SINCE = ENDS - timedelta(days=7)
# Steps, the resolution desk and complaints: nothing of them is made in bulk.
BEYOND_CONTACTS = "^(escalation|resolution|complaint)[.]"


def test_every_clock_agrees_with_the_councils_own_calendar() -> None:
    calendar = council_calendar()
    rules = {standard.pk: standard.rule for standard in Standard.objects.all()}
    clocks = list(Clock.objects.all())
    assert [
        c.pk for c in clocks if calendar.due(c.received_at, rules[c.standard_id]) != c.due_at
    ] == []


def test_open_clocks_are_what_starting_them_would_have_made() -> None:
    calendar = council_calendar()
    clocks = list(Clock.objects.open().filter(hastened_at=None).select_related("standard"))
    assert len(clocks) > 100
    for clock in clocks:
        promise = work_out(code=clock.standard.code, received_at=clock.received_at)
        assert (clock.standard_id, clock.due_at) == (promise.standard.pk, promise.due_at)
        since = clock.warned_at or clock.started_at
        assert clock.warn_at == next_warning(calendar, clock.due_at, promise.standard, since)


def test_enforcement_finds_nothing_left_to_do_at_the_end_of_the_history() -> None:
    found = tick(now=ENDS - timedelta(minutes=1))
    assert (found.breached, found.warned) == (0, 0)


def test_enforcement_records_what_falls_due_that_day() -> None:
    due_today = Clock.objects.open().filter(due_at__gt=ENDS, due_at__date=TODAY).count()
    assert due_today > 0
    assert tick(now=datetime(2026, 12, 7, 17, 31, tzinfo=UTC)).breached == due_today


def story(contact: Contact) -> tuple:
    """All that was written down about ``contact``, apart from ids and the reference."""
    clock = contact.promise

    def told(text: str) -> str:
        return text.replace(contact.reference, "REFERENCE")

    formal = FormalMatter.objects.filter(contact=contact).first()
    clocks = [clock, formal.clock] if formal else [clock]
    about = Q(key__startswith=f"contact:{contact.pk}:")
    for each in clocks:
        about |= Q(key__startswith=f"clock:{each.pk}:")
    notices = Notice.objects.filter(about, created_at__gte=SINCE).exclude(kind="callback")
    return (
        [clock_story(each, told) for each in clocks],
        columns(contact),
        [formal and (formal.category, formal.recognised_at, formal.recognised_by_id)],
        list(contact.recipients.values_list("user_id", "kind", "position")),
        notice_story(notices, told),
    )


def clock_story(clock: Clock, told: Callable[[str], str]) -> tuple:
    events = clock.events.order_by("recorded_at", "pk")
    return (
        [told(clock.about), told(clock.path), clock.owner_id, clock.team_id, clock.standard_id],
        [clock.received_at, clock.started_at, clock.due_at, clock.warn_at, clock.warned_at],
        [clock.state, clock.breached_at, clock.stopped_at, clock.is_open],
        list(events.values_list("kind", "happened_at", "recorded_at", "by_id", "reason")),
    )


def played() -> list[str]:
    """What the actions themselves have written already (send_portal.demo.rare and concerns)."""
    turns = [turn for story in concerns()["story"] for turn in story["turns"]]
    forms = Submission.objects.values_list("contact__message", flat=True)
    lists = [told for part in words().values() if isinstance(part, list) for told in part]
    one_by_one = [part for part in words().values() if isinstance(part, dict)]
    return [*forms] + [
        told[name]
        for told in [*turns, *one_by_one, *(told for told in lists if isinstance(told, dict))]
        for name in ("message", "question", "waiting_message")
        if name in told
    ]


def clocks_of_played() -> set[int]:
    """Every clock of what was played, also those that a holding reply has ended."""
    references = Contact.objects.filter(message__in=played()).values_list("reference", flat=True)
    paths = [contact_path(reference) for reference in references]
    clocks = Clock.objects.filter(Q(path__in=paths) | Q(standard__code__regex=BEYOND_CONTACTS))
    return set(clocks.values_list("pk", flat=True))


def columns(contact: Contact) -> dict[str, Any]:
    """Every column but those that say which row it is."""
    other = {"id", "reference", "submission", "clock_id", "line_id", "original_id"}
    return {
        field.attname: getattr(contact, field.attname)
        for field in Contact._meta.concrete_fields
        if field.attname not in other
    }


def notice_story(notices: Any, told: Callable[[str], str]) -> list[tuple]:
    found = notices.order_by("kind", "recipient", "created_at").values_list(
        "subject", "body", "path", "kind", "recipient_id", "in_reply_to", "created_at"
    )
    return [(*map(told, [subject, body, path]), *others) for subject, body, path, *others in found]


def received(made: Contact) -> Received:
    """What was known of ``made`` when it came in."""
    named = list(made.recipients.select_related("user__team"))
    names = [field.name for field in fields(Received)]
    plain = {name: getattr(made, name) for name in names if hasattr(made, name)}
    return Received(
        **plain
        | {
            "channel": Contact.Channel(made.channel),
            "sender": Contact.Sender(made.sender),
            "category": Contact.Category(made.category),
            "to": tuple(row.user for row in named if row.kind == "to"),
            "copied": tuple(row.user for row in named if row.kind == "copy"),
        }
    )


def moments(made: Contact) -> list[datetime]:
    """When it was answered, and when enforcement saw one of its clocks, in order."""
    of_formal = FormalMatter.objects.filter(contact=made).values("clock")
    seen = ClockEvent.objects.filter(Q(clock=made.clock) | Q(clock__in=of_formal))
    seen = seen.filter(kind__in=["warned", "breached"])
    found = set(seen.values_list("recorded_at", flat=True)) | {made.answered_at}
    return sorted(at for at in found if at)


def live_again(made: Contact) -> Contact:
    """What the actions and enforcement leave when the same things happen one by one."""
    again = log_contact(
        case=made.case,
        received=received(made),
        submission=uuid4(),
        by=made.logged_by,
        now=made.logged_at,
    )
    answered = False
    for at in moments(made):
        if made.answered_by and made.answered_at and not answered and at >= made.answered_at:
            answered = True
            answer_contact(
                contact=again,
                answer=Contact.Answer(made.answer),
                note=made.answer_note,
                by=made.answered_by,
                now=made.answered_at,
            )
        if at != made.answered_at:
            tick(now=at)
    return Contact.objects.select_related("clock").get(pk=again.pk)


@pytest.mark.parametrize(
    "which",
    [
        pytest.param(Q(clock__warned_at=None, clock__breached_at=None), id="without reminder"),
        pytest.param(~Q(clock__warned_at=None) & Q(clock__breached_at=None), id="reminded"),
        pytest.param(~Q(clock__breached_at=None), id="late"),
        pytest.param(Q(category="assessment_request"), id="formal"),
        pytest.param(Q(recipients__kind="copy"), id="copied"),
    ],
)
def test_contacts_are_as_actions_and_enforcement_would_have_left_them(which: Q) -> None:
    happened = Q(logged_at__gt=SINCE) | Q(clock__breached_at__gt=SINCE)
    recent = Contact.objects.filter(which & happened, link="", direction="in")
    # What was answered at the desk is lived through again there (test_demo_desk).
    recent = recent.exclude(desk_calls__outcome__in=["answered", "signposted"])
    recent = recent.exclude(message__in=played())
    contacts = recent.select_related("clock__owner", "case__team", "logged_by", "answered_by")
    assert len(contacts) >= 5
    for made in contacts[:80]:
        assert story(live_again(made)) == story(made)


def test_breaches_are_recorded_once_a_late_clock_and_told_to_owner_and_lead() -> None:
    late = Clock.objects.exclude(breached_at=None)
    assert late.count() > 50
    assert (
        not Clock.objects.filter(breached_at=None, due_at__lt=ENDS - timedelta(minutes=1))
        .filter(Q(stopped_at=None) | Q(stopped_at__gt=F("due_at")))
        .exists()
    )
    events = ClockEvent.objects.filter(kind="breached").order_by("clock")
    assert list(events.values_list("clock", "happened_at", "recorded_at")) == list(
        late.order_by("pk").values_list("pk", "due_at", "breached_at")
    )
    for clock in late.filter(breached_at__gt=ENDS - timedelta(days=6)).select_related("team"):
        told = Notice.objects.filter(key__startswith=f"clock:{clock.pk}:breach:")
        assert {notice.recipient_id for notice in told} == {clock.owner_id, clock.team.lead_id}


def test_events_are_in_the_order_of_what_happened() -> None:
    made = ClockEvent.objects.exclude(clock__in=clocks_of_played())
    events = made.order_by("clock", "recorded_at", "pk").values_list("clock", "kind")
    order = ["started", "warned", "breached", "met"]
    kinds: dict[int, list[str]] = {}
    for clock, kind in events:
        kinds.setdefault(clock, []).append(kind)
    assert len(kinds) == Clock.objects.exclude(pk__in=clocks_of_played()).count()
    assert {tuple(dict.fromkeys(found)) for found in kinds.values()} == {
        tuple(kind for kind in order if kind in found) for found in kinds.values()
    }


def test_nothing_happens_after_the_end_of_the_history() -> None:
    moments: dict[Any, list[str]] = {
        Contact: ["received_at", "logged_at", "answered_at"],
        Clock: ["warned_at", "breached_at", "stopped_at"],
        ClockEvent: ["happened_at", "recorded_at"],
        Notice: ["created_at", "read_at", "sent_at"],
    }
    for model, names in moments.items():
        for field in names:
            assert not model.objects.filter(**{f"{field}__gt": ENDS}).exists()


def test_no_notice_waits_to_be_mailed() -> None:
    assert not Notice.objects.exclude(mail__in=["sent", "none"]).exists()
    assert not Notice.objects.filter(recipient=None).exclude(mail="sent").exists()
    unread = Notice.objects.for_person(coordinator()).unread().count()
    assert 1 <= unread < Notice.objects.for_person(coordinator()).count() / 3


def coordinator() -> User:
    return User.objects.get(email=WELL_KNOWN[Role.COORDINATOR])


def test_well_known_coordinator_owes_late_due_and_new_answers_and_gave_some() -> None:
    owed = Contact.objects.owed_by(coordinator().pk)
    assert 15 <= owed.count() <= 40
    assert 2 <= owed.past_date(ENDS).count() <= 9
    assert owed.filter(clock__due_at__date=TODAY).exclude(clock__due_at__lt=ENDS).count() >= 2
    assert owed.filter(logged_at__gt=ENDS - timedelta(minutes=30)).count() >= 2
    met = Contact.objects.filter(clock__owner=coordinator(), clock__state="met")
    assert met.filter(clock__stopped_at__gt=F("clock__due_at")).count() > 5
    assert met.filter(clock__stopped_at__lte=F("clock__due_at")).count() > 300


def test_every_coordinator_has_a_believable_list() -> None:
    coordinators = User.objects.filter(role=Role.COORDINATOR)
    owed = [Contact.objects.owed_by(user.pk).count() for user in coordinators]
    assert len(owed) == 7
    assert min(owed) >= 12
    assert max(owed) <= 45


def test_references_follow_the_order_of_logging() -> None:
    contacts = list(Contact.objects.order_by("pk").values_list("pk", "reference", "logged_at"))
    assert [reference for _, reference, _ in contacts] == [
        contact_reference(pk) for pk, _, _ in contacts
    ]
    logged = [at for _, _, at in contacts]
    assert logged == sorted(logged)


def test_messages_are_varied_and_filled_in() -> None:
    messages = set(Contact.objects.values_list("message", flat=True))
    assert len(topics()) >= 50
    assert len(messages) > 1000
    assert [message for message in messages if re.search(r"[{}]|  | \.", message)] == []


@pytest.mark.parametrize("stage", ["plan", "assessment"])
def test_a_parent_has_something_to_say_at_every_age(stage: str) -> None:
    for age in range(2, 26):
        assert topics_for(Sender.PARENT, stage, age, False)
