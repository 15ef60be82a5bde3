"""Kept jointly: what the desk shows of it, and what who supports sees and hears (H110)."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine

from cases.models import Contact
from escalations.models import DeskEntry
from escalations.resolution_actions import confirm_check, keep_jointly
from escalations.response_actions import answer_and_respond, resolve, respond
from notices.models import Notice
from tests.escalations.making import DUE, NOW, case_of, further, managed, matter, on_desk
from tests.escalations.making import officer as new_officer

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H110")]
TELEPHONE = DeskEntry.Answer.TELEPHONE


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return new_officer()


@pytest.fixture
def asked(maya, rosa, cora) -> Contact:
    return matter(case_of(cora))


@pytest.fixture
def kept(asked, maya, rosa, cora) -> DeskEntry:
    return keep_jointly(entry=on_desk(asked, maya), partner=cora, by=rosa, now=NOW)


def told(person) -> list[str]:
    found = Notice.objects.filter(recipient=person).order_by("pk")
    return list(found.values_list("subject", flat=True))


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def seen(client, address: str, now: datetime = NOW) -> str:
    with time_machine.travel(now, tick=False):
        return words(client.get(address))


# --- What the pages show --------------------------------------------------------------------


def test_who_supports_sees_it_on_their_list_without_a_date_of_their_own(
    kept, asked, rosa, cora, as_person
):
    said = seen(as_person(cora), "/")

    assert f"You support the resolution team {asked.sender_name} {asked.reference} , about" in said
    assert "Rosa Quill answers for it, by Wednesday 4 November 2026 at 10am." in said
    assert "Cora Hill supports and owes no date" in said
    assert "You owe no answers." in said


def test_the_desk_shows_one_date_at_a_time(kept, asked, rosa, as_person):
    client = as_person(rosa)
    address = f"/resolution/{asked.reference}/"
    assert "48 hours left" in seen(client, "/resolution/")
    said = seen(client, address)
    assert "Rosa Quill is accountable, Cora Hill supports." in said
    assert "Rosa Quill also owes the answer to the contact, by Monday 9 November 2026" in said
    respond(entry=kept, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    assert "Due Monday 9 November, in 5 working days The answer" in seen(client, "/resolution/")
    late = seen(client, "/resolution/?due=late", DUE + timedelta(days=1))
    assert "1 working day late" in late


def test_before_it_is_kept_the_page_says_whose_date_becomes_whose(asked, maya, rosa, as_person):
    on_desk(asked, maya)
    said = seen(as_person(rosa), f"/resolution/{asked.reference}/keep/")

    assert (
        "There is one clock: the answer that Cora Hill owes by Monday 9 November 2026 at 5:30pm "
        "becomes Rosa Quill’s, with its date, and the sender is told."
    ) in said


def test_the_list_of_a_supporter_takes_the_same_queries_for_one_row_and_for_three(
    maya, rosa, cora, as_person, django_assert_num_queries
):
    client = as_person(cora)
    for count in (1, 2):
        for _ in range(count):
            entry = on_desk(matter(case_of(cora)), maya)
            keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)
        with time_machine.travel(NOW, tick=False), django_assert_num_queries(SUPPORTER_QUERIES):
            client.get("/")


SUPPORTER_QUERIES = 18


def test_kept_again_the_page_offers_who_supports_by_now(kept, asked, cora, rosa, as_person):
    with time_machine.travel(NOW, tick=False):
        form = as_person(rosa).get(f"/resolution/{asked.reference}/keep/").content.decode()

    assert re.search(rf'value="{cora.pk}"[^>]*checked', form)


def test_sent_back_the_page_says_to_whom(kept, asked, rosa, cora, as_person):
    confirm_check(entry=kept, until=0, reason="", by=rosa, now=NOW)
    client = as_person(rosa)
    with time_machine.travel(NOW, tick=False):
        said = words(client.post(f"/resolution/{asked.reference}/send/", follow=True))
        for act in ("check/", "keep/"):
            assert client.get(f"/resolution/{asked.reference}/{act}").status_code == 302

    assert "Sent to Cora Hill." in said


# --- Who supports hears what they have to know ----------------------------------------------


def test_who_supports_hears_that_it_was_taken_further_answered_and_settled(
    kept, asked, rosa, cora, lena
):
    later = DUE + timedelta(days=1)
    step = further(asked, now=later).step
    assert step
    answer_and_respond(step=step, text="On Monday.", by=lena, now=later)
    # In their own step the officer was silent: somebody else of the team settles it.
    resolve(entry=kept, outcome="It comes.", by=new_officer("Quinn Hale"), now=later)

    concern = step.escalation.reference
    assert told(cora)[1:] == [
        f"Taken further: {step.clock.about}",
        f"Answered: {step.clock.about}",
        f"Settled: {concern}",
    ]


def test_who_supports_hears_that_the_sender_wrote_again(kept, asked, cora):
    """While a step is open; before that the accountable one hears of it as of any chaser."""
    further(asked, now=DUE + timedelta(days=1))
    further(asked, now=DUE + timedelta(days=1, hours=2))

    assert [one for one in told(cora) if one.startswith("More from the sender")]
