"""A month's messages in figures: every figure is the number of rows it says it counts."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest
import time_machine

from accounts.models import AccessEntry, Role
from cases.actions import log_contact
from cases.answer_actions import answer_contact, promise_contact
from cases.decision_actions import close_without_answer, decide_urgency, strike_through
from cases.matter_actions import join_to, pass_on
from cases.models import Contact, UrgentReason
from clocks.models import OPEN_STATES, Clock, ClockEvent
from reports.messages import (
    FIGURES,
    by_channel,
    came_in,
    figures_by_team,
    month_before,
    month_of,
    of_team,
    totals,
)
from tests.cases.contacts import email
from tests.factories import CaseFactory, ContactFactory, UserFactory
from tests.reports.promises import chaser

# Monday 30 November 2026, 3 in the afternoon.
NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
NOVEMBER = month_of(date(2026, 11, 30))
# Friday 6 November 2026: an answer by e-mail is due two working weeks later.
CAME = datetime(2026, 11, 6, 10, tzinfo=UTC)
IN_TIME = datetime(2026, 11, 10, 11, tzinfo=UTC)
LATE = datetime(2026, 11, 27, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _end_of_november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora)


@pytest.fixture
def colleague(case, north):
    return UserFactory(team=north)


def came(case, at: datetime = CAME, **given) -> Contact:
    changes = {key: given.pop(key) for key in ("chases",) if key in given}
    received = email(received_at=at, **{"subject": "", **given})
    return log_contact(case=case, received=received, submission=uuid4(), by=None, now=at, **changes)


def answered(contact: Contact, at: datetime) -> Contact:
    owner = contact.promise.owner
    return answer_contact(
        contact=contact, answer=Contact.Answer.EMAIL, note="Told them", by=owner, now=at
    )


def held(contact: Contact, until: date = date(2026, 11, 24), at: datetime = IN_TIME) -> Contact:
    owner = contact.promise.owner
    return promise_contact(
        contact=contact, until=until, reason="The school was asked", by=owner, now=at
    )


def figures(period=NOVEMBER) -> dict[str, int]:
    return totals(figures_by_team(came_in(period), period, NOW))


def only(**counted: int) -> dict[str, int]:
    """Every figure not named is nought."""
    return {name: 0 for name, _, _ in FIGURES} | counted


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def row(page: str, words: str) -> list[int]:
    """The numbers behind ``words`` in the page's text."""
    found = re.search(rf"{re.escape(words)}((?: \d+)+) ", page)
    return [int(number) for number in found[1].split()] if found else []


# --- Each figure ----------------------------------------------------------------------------


def test_a_message_still_to_be_answered_is_open(case):
    came(case, at=NOW - timedelta(hours=2))

    assert figures() == only(came_in=1, matters=1, still_open=1)


def test_one_past_its_date_is_open_and_late(case):
    came(case)

    assert figures() == only(came_in=1, matters=1, still_open=1, past_date=1)


@pytest.mark.rule("H57")
def test_answers_are_in_time_or_late(case):
    answered(came(case), IN_TIME)
    answered(came(case), LATE)

    assert figures() == only(came_in=2, matters=2, in_time=1, late=1, at_once=2)


@pytest.mark.rule("H58")
def test_after_a_holding_reply_the_date_promised_counts(case):
    answered(held(came(case)), datetime(2026, 11, 24, 12, tzinfo=UTC))
    answered(held(came(case)), datetime(2026, 11, 25, 12, tzinfo=UTC))

    assert figures() == only(came_in=2, matters=2, in_time=1, late=1, held_first=2)


@pytest.mark.rule("H48")
def test_chasers_and_follow_ups_are_counted_apart(case):
    contact = came(case)
    came(case, IN_TIME, chases=contact)
    came(case, IN_TIME + timedelta(hours=1), chases=contact)
    came(case, LATE, chases=contact)
    answered(contact, LATE)

    assert figures() == only(came_in=4, matters=1, chasers=2, follow_ups=1, late=1, at_once=1)


def test_what_is_taken_further_is_counted_apart_and_the_parts_add_up(case):
    came(case)
    ContactFactory(case=case, received_at=CAME, original=came(case), link="further", clock=None)

    found = figures()

    assert (found["came_in"], found["matters"], found["added"]) == (3, 2, 1)


def test_a_matter_joined_to_another_is_a_chaser_and_not_closed(case, cora):
    first, second = came(case), came(case, CAME + timedelta(hours=1))
    join_to(contact=second, matter=first, by=cora, now=IN_TIME)
    answered(first, IN_TIME)

    assert figures() == only(came_in=2, matters=1, chasers=1, in_time=1, at_once=1)


def test_what_needed_no_answer_is_closed(case, cora):
    close_without_answer(contact=came(case), reason="A word of thanks", by=cora, now=IN_TIME)

    assert figures() == only(came_in=1, matters=1, closed=1)


@pytest.mark.rule("H11")
def test_what_was_struck_through_is_counted_as_nothing_else(case, cora):
    contact = answered(came(case, subject="URGENT"), IN_TIME)
    strike_through(contact=contact, reason="Of another child", by=cora, now=IN_TIME)

    assert figures() == only(struck=1)


@pytest.mark.rule("H59")
def test_a_matter_passed_on_counts_once_also_before_a_holding_reply(case, cora, colleague):
    twice = came(case)
    twice = pass_on(contact=twice, to=colleague, reason="Knows the school", by=cora, now=IN_TIME)
    twice = pass_on(contact=twice, to=cora, reason="Back from leave", by=colleague, now=IN_TIME)
    twice = held(twice)
    twice = held(twice, until=date(2026, 11, 27))
    answered(twice, IN_TIME)
    answered(came(case), IN_TIME)

    assert figures() == only(came_in=2, matters=2, in_time=2, at_once=1, held_first=1, passed_on=1)


@pytest.mark.rule("H63")
def test_claims_of_urgency_are_accepted_declined_or_not_decided(case, cora):
    claims = [came(case, subject="URGENT taxi") for _ in range(3)]
    came(case, subject="URGENT again", chases=claims[2])
    reason = UrgentReason.objects.earliest("position")
    decide = {"by": cora, "now": CAME + timedelta(hours=1)}
    decide_urgency(contact=claims[0], accepted=True, reason=reason, note="", **decide)
    decide_urgency(contact=claims[1], accepted=False, reason=None, note="Not today", **decide)
    for contact in claims:
        answered(contact, IN_TIME)

    found = figures()
    assert {name: found[name] for name in ("claimed", "accepted", "declined", "undecided")} == {
        "claimed": 4,
        "accepted": 1,
        "declined": 1,
        "undecided": 2,
    }


def test_what_went_out_and_notes_among_staff_are_not_counted(case, cora):
    answered_by = {"case": case, "clock": None, "received_at": CAME}
    ContactFactory(direction="out", sender="staff", **answered_by)
    ContactFactory(internal=True, sender="staff", **answered_by)

    assert figures() == only()


# --- The month ------------------------------------------------------------------------------


def test_a_month_is_a_calendar_month_in_london():
    assert month_of(date(2026, 10, 31)).moments == (
        datetime(2026, 9, 30, 23, tzinfo=UTC),
        datetime(2026, 11, 1, 0, tzinfo=UTC),
    )
    assert month_before(date(2027, 1, 1)) == month_of(date(2026, 12, 31))
    assert month_before(date(2028, 3, 31)).last == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (datetime(2026, 9, 30, 22, 59, 59, tzinfo=UTC), 0),
        (datetime(2026, 9, 30, 23, 0, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 11, 1, 0, 0, tzinfo=UTC), 0),
    ],
)
def test_a_message_belongs_to_the_month_in_london_in_which_it_came(case, at, counted):
    ContactFactory(case=case, received_at=at)

    assert figures(month_of(date(2026, 10, 1)))["came_in"] == counted


# --- Figures and rows -----------------------------------------------------------------------


def counted_one_by_one(contacts) -> Counter:
    """What each figure should be, from the rows themselves."""
    found = Counter({name: 0 for name, _, _ in FIGURES})
    for contact in contacts:
        found.update(_figures_of(contact))
    return found


def _figures_of(contact: Contact) -> set[str]:
    if contact.struck_at:
        return {"struck"}
    names = {"came_in"}
    if contact.urgent_claimed:
        names |= {"claimed", contact.urgency or "undecided"}
    if contact.link:
        return names | {{"chaser": "chasers", "follow_up": "follow_ups"}[contact.link]}
    return names | {"matters"} | _figures_of_matter(contact)


def _figures_of_matter(contact: Contact) -> set[str]:
    clock, names = contact.promise, set()
    if clock.state in OPEN_STATES:
        names |= {"still_open"} | ({"past_date"} if clock.due_at < NOW else set())
    elif clock.state == "cancelled":
        names |= {"closed"}
    else:
        names |= {"late" if clock.was_late else "in_time"}
        names |= {"held_first" if clock.previous else "at_once"}
    events = ClockEvent.objects.filter(clock__in=chain(clock), kind="reassigned")
    return names | ({"passed_on"} if events.exists() else set())


def chain(clock: Clock | None) -> list[Clock]:
    """The promise and those before it."""
    return [clock, *chain(clock.previous)] if clock else []


def something_happens(contact: Contact, colleague, chance: Random) -> None:
    """One of the things that happen to a contact, and often another one after it."""
    owner = contact.promise.owner
    at = contact.received_at + timedelta(hours=chance.randrange(1, 300))
    things = [
        lambda: answered(contact, at),
        lambda: answered(held(contact, date(2026, 12, 1), at), at + timedelta(minutes=1)),
        lambda: pass_on(contact=contact, to=colleague, reason="Knows them", by=owner, now=at),
        lambda: close_without_answer(contact=contact, reason="Thanks", by=owner, now=at),
        lambda: strike_through(contact=contact, reason="Mistake", by=owner, now=at),
        lambda: came(contact.case, at, chases=contact, subject="urgent"),
        lambda: held(contact, date(2026, 12, 1), at),
        lambda: None,
    ]
    chance.choice(things)()


def test_every_figure_equals_its_rows_for_each_team_and_in_all(case, colleague, oscar):
    chance = Random(4)
    elsewhere = CaseFactory(owner=oscar)
    for number in range(60):
        contact = came(
            chance.choice([case, elsewhere]),
            CAME + timedelta(hours=chance.randrange(72)),
            subject=f"{chance.choice(['Urgent ', ''])}{number}",
        )
        something_happens(contact, colleague, chance)

    rows = list(came_in(NOVEMBER).select_related("clock", "original__clock"))
    assert figures() == counted_one_by_one(rows)
    assert all(figures()[name] for name in ("in_time", "held_first", "passed_on", "struck"))
    for team in figures_by_team(came_in(NOVEMBER), NOVEMBER, NOW):
        of_this = of_team(came_in(NOVEMBER), team.pop("answering_team"))
        assert team == counted_one_by_one(of_this)
    found = figures()
    assert found["came_in"] == sum(number for _, number in by_channel(came_in(NOVEMBER)))
    parts = ("matters", "chasers", "follow_ups", "added")
    assert found["came_in"] == sum(found[name] for name in parts)
    ways = ("in_time", "late", "still_open", "closed")
    assert found["matters"] == sum(found[name] for name in ways)
    assert found["in_time"] + found["late"] == found["at_once"] + found["held_first"]


# --- The page -------------------------------------------------------------------------------


def test_a_team_lead_sees_the_teams_figures_alone(case, oscar, lena, as_person):
    answered(came(case), IN_TIME)
    came(case, NOW - timedelta(hours=1))
    came(CaseFactory(owner=oscar))

    page = text(as_person(lena).get("/reports/messages/"))

    assert "Messages in figures: North team, this month" in page
    assert "Sunday 1 November 2026 to Monday 30 November 2026" in page
    assert row(page, "E-mail") == [2]
    assert row(page, "Came in") == [2]
    assert row(page, "Answered in time") == [1]
    assert row(page, "past the date now") == [0]
    assert str(oscar.team) not in page


def test_a_manager_sees_all_together_and_each_team_by_its_name(case, cora, oscar, as_person):
    answered(came(case), IN_TIME)
    waiting = came(CaseFactory(owner=oscar))
    chaser(waiting, NOW, sender_name="Again")
    manager = UserFactory(role=Role.SENIOR_MANAGER)

    page = text(as_person(manager).get("/reports/messages/"))

    assert page.index("North team") < page.index(str(oscar.team))
    assert row(page, "Came in") == [3, 1, 2]
    assert row(page, "Answered in time") == [1, 1, 0]
    assert row(page, "chasers before the date") == [1, 0, 1]


def test_last_month_can_be_chosen_and_what_is_not_a_choice_is_this_month(case, lena, as_person):
    ContactFactory(case=case, received_at=datetime(2026, 10, 5, 9, tzinfo=UTC))
    client = as_person(lena)

    assert row(text(client.get("/reports/messages/?period=last-month")), "Came in") == [1]
    assert row(text(client.get("/reports/messages/?period=rubbish")), "Came in") == [0]
    page = client.get("/reports/messages/").content.decode()
    assert 'href="/reports/messages/?period=last-month"' in page


def test_the_page_names_no_child_and_so_notes_no_reading(case, lena, as_person):
    contact = came(case)

    page = text(as_person(lena).get("/reports/messages/"))

    assert "Okafor" not in page
    assert contact.reference not in page
    assert not AccessEntry.objects.exists()


def test_leads_and_managers_find_the_page_from_their_first_one(policy, as_person, lena):
    for person in (lena, UserFactory(role=Role.SENIOR_MANAGER)):
        assert 'href="/reports/messages/"' in as_person(person).get("/").content.decode()
    desk = UserFactory(role=Role.RESOLUTION_OFFICER)
    assert 'href="/reports/messages/"' not in as_person(desk).get("/").content.decode()


def test_it_takes_the_same_queries_for_one_team_and_for_three(
    case, as_person, django_assert_num_queries
):
    client = as_person(UserFactory(role=Role.SENIOR_MANAGER))
    for count in (1, 2):
        for _ in range(count):
            came(CaseFactory())
        with django_assert_num_queries(8):
            client.get("/reports/messages/")
