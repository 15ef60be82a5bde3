"""Staff and the sender look at the same concern at the same moment: both pages say the same.

Each story is walked through the actions; afterwards both pages are asked for over HTTP and read
back: who has each step, by which day, on which day it was answered, and which was left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.answer_actions import answer_contact
from cases.models import Case, Contact
from escalations.follow_actions import say_it_did_not_help
from escalations.follow_page import NAMES as THEIR_NAMES
from escalations.ladder import Step
from escalations.ladder_page import NAMES as OUR_NAMES
from escalations.links import token_of
from escalations.models import Escalation
from escalations.pass_back_actions import pass_back
from escalations.passing_actions import pass_to_desk
from escalations.resolution_actions import confirm_check, keep_jointly, send_on
from escalations.step_actions import answer_step, close, promise_step
from tests.escalations.senders import LATE, NOW, family, sent, service

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]

WEEK = timedelta(days=7)
DAY = r"\w+day \d+ \w+ \d{4}"


@dataclass(frozen=True)
class Told:
    """What a page says of a step. ``who`` has it, or answered; "" when nobody was asked."""

    step: int
    who: str = ""
    answered_on: str = ""
    by: str = ""


@dataclass
class Story:
    """A concern, and the last moment of its story."""

    case: Case
    matter: Contact
    now: datetime = NOW
    people: dict[str, User] = field(default_factory=dict)

    @property
    def escalation(self) -> Escalation:
        return Escalation.objects.get(matter=self.matter)


@pytest.fixture
def story(policy, cora, lena, north) -> Story:
    cache.clear()
    service(north)
    case = family(cora, north)
    matter = sent().contact
    assert matter
    officer = User.objects.get(full_name="Rosa Quill")
    maya = User.objects.get(full_name="Maya Stone")
    return Story(case, matter, people={"cora": cora, "lena": lena, "maya": maya, "rosa": officer})


def nobody_answered(story: Story) -> None:
    sent(LATE, answered="no")
    story.now = LATE


def the_lead_is_late_too(story: Story) -> None:
    nobody_answered(story)
    story.now = LATE + 4 * WEEK


def the_answer_did_not_help(story: Story) -> None:
    answer_contact(
        contact=story.matter,
        answer=Contact.Answer.EMAIL,
        note="Soon.",
        by=story.people["cora"],
        now=NOW + timedelta(days=1),
    )
    story.now = NOW + timedelta(days=2)
    sent(story.now, answered="yes", helped=False, words="No.")


def the_lead_answered(story: Story) -> None:
    the_answer_did_not_help(story)
    story.now += timedelta(days=1)
    step = story.escalation.steps.get()
    answer_step(step=step, text="On Monday.", by=story.people["lena"], now=story.now)


def the_manager_has_it(story: Story) -> None:
    the_lead_answered(story)
    story.now += timedelta(days=1)
    sent(story.now, answered="yes", helped=False, words="Still no.")


def a_new_date_was_given(story: Story) -> None:
    nobody_answered(story)
    until = (LATE + 4 * WEEK).date()
    promise_step(
        step=story.escalation.steps.get(),
        until=until,
        reason="We need until then.",
        by=story.people["lena"],
        now=LATE,
    )


def they_asked_a_director(story: Story) -> None:
    rosa = story.people["rosa"]
    entry = pass_to_desk(contact=story.matter, in_name_of="Dana Price", by=rosa, now=LATE)
    story.now = LATE
    confirm_check(entry=entry, until=2, reason="Lena answered by telephone.", by=rosa, now=LATE)
    entry.refresh_from_db()
    send_on(entry=entry, by=rosa, now=LATE)


def it_is_settled(story: Story) -> None:
    the_lead_answered(story)
    lena = story.people["lena"]
    close(escalation=story.escalation, outcome="It started.", by=lena, now=story.now)


def it_is_settled_without_an_answer(story: Story) -> None:
    nobody_answered(story)
    lena = story.people["lena"]
    close(escalation=story.escalation, outcome="They rang: it came.", by=lena, now=LATE)


def it_was_passed_back(story: Story) -> None:
    nobody_answered(story)
    step = story.escalation.steps.get()
    pass_back(step=step, reason="She has the answer.", by=story.people["lena"], now=LATE)


def it_was_not_settled_after_all(story: Story) -> None:
    it_is_settled_without_an_answer(story)
    story.now = LATE + timedelta(days=1)
    say_it_did_not_help(contact=story.matter, words="", submission=uuid4(), now=story.now)


def the_desk_keeps_it_with_the_case_owner(story: Story) -> None:
    """The officer owes what the case owner did, by the same date (H110)."""
    nobody_answered(story)
    rosa, cora = story.people["rosa"], story.people["cora"]
    entry = pass_to_desk(contact=story.matter, in_name_of="Dana Price", by=rosa, now=LATE)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=LATE)


STORIES: list[Callable[[Story], None]] = [
    nobody_answered,
    the_lead_is_late_too,
    the_answer_did_not_help,
    the_lead_answered,
    the_manager_has_it,
    a_new_date_was_given,
    they_asked_a_director,
    it_is_settled,
    it_is_settled_without_an_answer,
    it_was_passed_back,
    it_was_not_settled_after_all,
    the_desk_keeps_it_with_the_case_owner,
]


def text_of(page: str) -> str:
    """The words of the page's ladder, its list of steps."""
    [steps] = re.findall(r"<ol class=\"(?:portal-owed|govuk-list).*?</ol>", page, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", steps)).split())


def told_to_staff(as_person, person: User, story: Story) -> list[Told]:
    with time_machine.travel(story.now, tick=False):
        page = as_person(person).get(f"/concerns/{story.escalation.reference}/").content.decode()
    parts = re.split(r"Step (\d): ", text_of(page))
    return [
        _to_staff(int(number), said) for number, said in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _to_staff(number: int, said: str) -> Told:
    if "Not followed: nobody was asked" in said:
        return Told(number)
    name = re.escape(OUR_NAMES[Step(number)])
    answered = re.search(rf"Answered ({DAY}) by (.+?), (?:in time|after its date)", said)
    if answered:
        return Told(number, answered[2], answered_on=answered[1])
    has = re.search(rf"{name} (.+?) (?:answers by|had it until) ({DAY})", said)
    assert has, said
    in_time = "Ended without an answer" in said and "after its date" not in said
    return Told(number, has[1], by="" if in_time else has[2])


def told_to_the_sender(story: Story) -> list[Told]:
    client = Client()
    with time_machine.travel(story.now, tick=False):
        address = reverse("escalations:follow", args=[token_of(story.matter)])
        born = {"born_day": "3", "born_month": "2", "born_year": "2014"}
        page = client.post(address, born, follow=True).content.decode()
    names = "|".join(re.escape(name) for name in THEIR_NAMES.values())
    parts = re.split(f"({names})", text_of(page))
    numbers = {name: int(step) for step, name in THEIR_NAMES.items()}
    told = [
        _to_the_sender(numbers[name], said)
        for name, said in zip(parts[1::2], parts[2::2], strict=True)
    ]
    return [one for one in told if one]


def _to_the_sender(number: int, said: str) -> Told | None:
    """None for a step that is still ahead of them."""
    if "You went past this one" in said:
        return Told(number)
    if re.search(r"You can go here|Only if you need it", said):
        return None
    who = re.match(r": (.+?) (?:Now )?(?:Answer|No answer|Ended)", said)
    assert who, said
    answered = re.search(rf"Answered on ({DAY})", said)
    by = re.search(rf"(?:Answers you by|No answer by) ({DAY})", said)
    return Told(number, who[1], answered_on=answered[1] if answered else "", by=by[1] if by else "")


@pytest.mark.parametrize("happens", STORIES, ids=lambda one: one.__name__)
def test_both_pages_tell_the_same_story(story, as_person, happens):
    happens(story)

    for_staff = told_to_staff(as_person, story.people["lena"], story)
    for_the_sender = told_to_the_sender(story)

    assert for_the_sender == for_staff
    assert len(for_staff) > 1
    assert for_staff[-1].who


def test_the_stories_are_read_back_whole(story, as_person):
    """What is compared above is there at all: a story with an answer, a date and a gap."""
    they_asked_a_director(story)

    assert told_to_the_sender(story) == [
        Told(1, "Cora Hill", by="Monday 16 November 2026"),
        Told(2),
        Told(3, "Maya Stone", by="Tuesday 1 December 2026"),
    ]
    assert told_to_staff(as_person, story.people["rosa"], story) == told_to_the_sender(story)
