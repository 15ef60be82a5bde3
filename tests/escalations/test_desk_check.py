"""The check of the protocol: what the records say, and what somebody decided (H108)."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from escalations.desk import check_of, check_rows
from escalations.models import DeskEntry
from escalations.resolution_actions import confirm_check
from tests.escalations.making import AFTER, DUE, NOW, case_of, further, managed, matter, on_desk
from tests.escalations.making import officer as new_officer

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H108")]


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return new_officer()


@pytest.fixture
def asked(maya, rosa, cora):
    return matter(case_of(cora))


@pytest.fixture
def entry(asked, maya) -> DeskEntry:
    return on_desk(asked, maya)


def page(client, reference: str, act: str = "", **post) -> str:
    address = f"/resolution/{reference}/{act}"
    with time_machine.travel(NOW, tick=False):
        answer = client.post(address, post, follow=True) if post else client.get(address)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_decided_otherwise_the_row_says_by_whom_when_and_why(entry, asked, rosa, as_person):
    said = page(as_person(rosa), asked.reference, "check/", until="2", reason="She rang twice.")

    decided = "Decided otherwise by Rosa Quill on Monday 2 November 2026 at 10am: She rang twice."
    assert "You decided otherwise than the records." in said
    assert "The check is confirmed." not in said
    assert f"1 Case owner Followed {decided} The records alone say: {asked.reference}" in said
    assert (
        f"2 Team lead Followed {decided} The records alone say: Nobody was asked on this step."
    ) in said
    assert "3 Senior manager Not followed Nobody was asked on this step." in said
    assert (
        "Followed to step 2, decided otherwise than the records by Rosa Quill on Monday 2 "
        "November 2026 at 10am: She rang twice. The records alone say: not followed."
    ) in said
    assert "confirmed" not in said
    with time_machine.travel(NOW, tick=False):
        desk = as_person(rosa).get("/resolution/").content.decode()
    assert "Protocol: followed to step 2, decided otherwise than the records." in desk


def test_confirmed_nothing_is_called_decided(entry, asked, rosa, as_person):
    said = page(as_person(rosa), asked.reference, "check/", until="0")

    assert "The check is confirmed." in said
    assert "Not followed, confirmed by Rosa Quill on Monday 2 November 2026 at 10am." in said
    assert "ecided otherwise" not in said
    assert "The records alone say" not in said


def test_decided_that_less_was_followed_the_row_says_so_too(asked, maya, rosa):
    entry = on_desk(asked, maya, AFTER)
    assert entry.computed == 1
    confirm_check(entry=entry, until=0, reason="It never arrived.", by=rosa, now=AFTER)
    entry.refresh_from_db()
    first, *others = check_rows(entry, None, AFTER)

    assert (first.done, first.words) == (False, "No answer by Monday 9 November 2026.")
    assert first.decided == (
        "Decided otherwise by Rosa Quill on Tuesday 10 November 2026 at 10am: It never arrived."
    )
    assert [one.decided for one in others] == ["", "", ""]
    assert check_of(entry) == "not followed, decided otherwise than the records"


def test_the_rows_stay_as_the_check_was_when_it_was_passed_on(entry):
    """The date passes while it is on the desk: what was computed does not change by it."""
    first, *_ = check_rows(entry, None, AFTER)

    assert (entry.computed, first.done) == (0, False)
    assert first.words == ("No answer by Monday 9 November 2026. That was after it was passed on.")


def test_a_step_that_was_taken_after_the_pass_was_not_followed_before_it(asked, maya, entry):
    step = further(asked, now=AFTER).step
    assert step
    later = DUE + timedelta(days=40)
    first, second, *_ = check_rows(entry, step.escalation, later)

    assert (first.done, second.done) == (False, False)
    assert second.words.endswith("That was after it was passed on.")
