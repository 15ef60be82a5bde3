"""Kept jointly: one accountable, one supporting, one clock (H110; docs/decisions/0027)."""

import re
import threading
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence
from cases.allocation_actions import allocate_case
from cases.answer_actions import answer_contact, promise_contact
from cases.decision_actions import recognise_formal
from cases.matter_actions import file_contact, pass_on
from cases.models import Contact
from clocks.enforcement import tick
from clocks.models import Clock
from escalations.giving_actions import give_entry
from escalations.models import DeskEntry
from escalations.one_clock_actions import see_to_dates
from escalations.resolution_actions import confirm_check, keep_jointly, send_on
from escalations.response_actions import resolve, respond
from escalations.standing_in_actions import see_to_handlers
from escalations.step_actions import close
from notices.models import Notice
from tests.escalations.making import (
    AFTER,
    DUE,
    NOW,
    case_of,
    further,
    leads,
    managed,
    matter,
    on_desk,
)
from tests.escalations.making import officer as new_officer
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H110")]
TELEPHONE = DeskEntry.Answer.TELEPHONE
# Wednesday 4 November 2026, 10am in London: the 48 hours of a pass at NOW.
ENDS = datetime(2026, 11, 4, 10, tzinfo=UTC)


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


def fresh(contact: Contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


def owed_by(*people) -> dict[str, list[datetime]]:
    """The dates that each of them owes, soonest first."""
    clocks = Clock.objects.open().order_by("due_at")
    return {
        one.full_name: list(clocks.filter(owner=one).values_list("due_at", flat=True))
        for one in people
    }


def told(person) -> list[str]:
    found = Notice.objects.filter(recipient=person).order_by("pk")
    return list(found.values_list("subject", flat=True))


def mails() -> list[Notice]:
    return list(Notice.objects.filter(recipient=None).order_by("pk"))


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def seen(client, address: str, now: datetime = NOW) -> str:
    with time_machine.travel(now, tick=False):
        return words(client.get(address))


# --- One has every date ---------------------------------------------------------------------


def test_who_is_accountable_has_every_date_and_who_supports_has_none(kept, asked, rosa, cora):
    assert owed_by(rosa, cora) == {"Rosa Quill": [ENDS, DUE], "Cora Hill": []}
    passed = fresh(asked).promise.events.get(kind="reassigned")
    assert (passed.owner_before, passed.owner_after, passed.by) == (cora, rosa, rosa)
    assert passed.reason == "Kept by the resolution team, together with Cora Hill"
    # Among the promises of the team that looks after the case, whose lead hears of a breach.
    assert fresh(asked).promise.team == asked.case.team


@pytest.mark.rule("H59")
def test_the_sender_is_told_who_answers_by_the_same_date(kept, rosa, cora):
    [_, mail] = mails()
    assert "Rosa Quill in the resolution team now has your message" in mail.body
    assert "You will have your answer by Monday 9 November 2026." in mail.body
    [heard] = Notice.objects.filter(recipient=cora)
    assert "You have no date of your own for it." in heard.body
    assert "is theirs now too" in heard.body


def test_kept_twice_nothing_goes_twice(kept, rosa, cora):
    keep_jointly(entry=kept, partner=cora, by=rosa, now=NOW)

    assert len(mails()) == 2
    assert told(cora) == [f"Together with the resolution team: {kept.contact.reference}"]


def test_the_breach_of_either_date_is_of_who_is_accountable(kept, asked, rosa, cora, lena):
    tick(now=DUE + timedelta(minutes=1))

    passed = [subject for subject in told(rosa) if subject.startswith("Date passed")]
    assert len(passed) == 2
    assert not [subject for subject in told(cora) if subject.startswith("Date passed")]
    assert len([one for one in told(lena) if one.startswith("Date passed")]) == 2


def test_with_another_than_the_case_owner_the_case_owner_hears_who_answers(
    asked, maya, rosa, cora, lena
):
    leads(lena, asked.case)
    keep_jointly(entry=on_desk(asked, maya), partner=lena, by=rosa, now=NOW)

    assert owed_by(rosa, cora, lena) == {
        "Rosa Quill": [ENDS, DUE],
        "Cora Hill": [],
        "Lena Marsh": [],
    }
    [subject] = told(cora)
    assert subject.startswith("Passed on: ")
    assert told(lena) == [f"Together with the resolution team: {asked.reference}"]


def test_after_the_first_response_the_answer_has_an_owner_and_its_date(kept, asked, rosa, cora):
    respond(entry=kept, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)

    assert owed_by(rosa, cora) == {"Rosa Quill": [DUE], "Cora Hill": []}
    [entry] = DeskEntry.objects.open()
    assert (entry.next_clock.due_at, entry.accountable) == (DUE, rosa)
    assert list(DeskEntry.objects.late(DUE)) == []
    assert list(DeskEntry.objects.late(DUE + timedelta(minutes=1))) == [entry]


def test_the_sooner_date_comes_first(asked, maya, rosa, cora):
    late = on_desk(asked, maya, DUE - timedelta(hours=3))
    entry = keep_jointly(entry=late, partner=cora, by=rosa, now=DUE - timedelta(hours=3))

    assert entry.next_clock.due_at == DUE
    assert list(DeskEntry.objects.open().late(DUE + timedelta(hours=1))) == [entry]


@pytest.mark.rule("H68")
def test_a_formal_matter_keeps_its_date_and_its_owner(asked, maya, rosa, cora):
    Contact.objects.filter(pk=asked.pk).update(category=Contact.Category.COMPLAINT)
    entry = keep_jointly(entry=on_desk(asked, maya), partner=cora, by=rosa, now=NOW)

    assert owed_by(rosa, cora) == {"Rosa Quill": [ENDS], "Cora Hill": [DUE]}
    assert entry.next_clock == entry.clock


def test_what_was_answered_is_not_owed_again(asked, maya, rosa, cora):
    entry = on_desk(asked, maya)
    answer_contact(contact=asked, answer=Contact.Answer.TELEPHONE, note="Rang.", by=cora, now=NOW)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)

    assert owed_by(rosa, cora) == {"Rosa Quill": [ENDS], "Cora Hill": []}


# --- It ends --------------------------------------------------------------------------------


def test_sent_on_the_date_goes_back_to_who_had_it(kept, asked, maya, rosa, cora):
    later = NOW + timedelta(hours=1)
    confirm_check(entry=kept, until=1, reason="As she says.", by=rosa, now=later)
    step = send_on(entry=kept, by=rosa, now=later)

    assert step
    assert owed_by(cora) == {"Cora Hill": [DUE]}
    assert owed_by(rosa) == {"Rosa Quill": [ENDS]}
    assert [one for one in told(cora) if one.startswith("Passed to you")]
    assert [
        mail for mail in mails() if "Cora Hill in the North team now has your message" in mail.body
    ]


@pytest.mark.rule("H109")
def test_sent_back_to_the_case_owner_it_is_theirs_with_its_date(kept, asked, rosa, cora):
    confirm_check(entry=kept, until=0, reason="", by=rosa, now=NOW)
    send_on(entry=kept, by=rosa, now=NOW)

    assert owed_by(cora) == {"Cora Hill": [DUE]}
    assert f"From the resolution team: {asked.reference}" in told(cora)


@pytest.mark.rule("H109")
def test_who_kept_it_may_have_the_step_of_the_resolution_team(kept, rosa):
    """They had the date for a while: the concern is not about their silence."""
    confirm_check(entry=kept, until=3, reason="As she says.", by=rosa, now=NOW)
    step = send_on(entry=kept, by=rosa, now=NOW)

    assert step
    assert (step.number, step.handler) == (4, rosa)


def test_a_date_promised_meanwhile_goes_back_too(kept, asked, rosa, cora):
    until = date(2026, 11, 20)
    promise_contact(contact=asked, until=until, reason="We look.", by=rosa, now=NOW)
    confirm_check(entry=kept, until=0, reason="", by=rosa, now=NOW)
    send_on(entry=kept, by=rosa, now=NOW)

    [due] = owed_by(cora)["Cora Hill"]
    assert due.date() == until


def test_whoever_owns_the_case_by_now_gets_it_back(kept, asked, rosa, cora, lena, north):
    nadia = UserFactory.create(full_name="Nadia Frost", team=north)
    allocated = {"reason": "Leaves.", "on": NOW.date(), "by": lena, "now": NOW}
    allocate_case(case=asked.case, to=nadia, team=north, **allocated)
    assert owed_by(rosa) == {"Rosa Quill": [ENDS, DUE]}
    type(cora).objects.filter(pk=cora.pk).update(is_active=False)

    confirm_check(entry=kept, until=0, reason="", by=rosa, now=NOW)
    send_on(entry=kept, by=rosa, now=NOW)

    assert owed_by(nadia, cora) == {"Nadia Frost": [DUE], "Cora Hill": []}


def test_settled_nobody_owes_anything(kept, asked, rosa, cora):
    respond(entry=kept, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    resolve(entry=kept, outcome="It comes.", agreed="The taxi comes.", by=rosa, now=NOW)

    assert owed_by(rosa, cora) == {"Rosa Quill": [], "Cora Hill": []}
    assert "Passed to you" not in " ".join(told(cora))


@pytest.mark.rule("H68")
def test_seen_to_be_formal_meanwhile_it_goes_back_when_the_rest_is_settled(kept, asked, rosa, cora):
    recognise_formal(contact=asked, category=Contact.Category.COMPLAINT, by=rosa, now=NOW)
    respond(entry=kept, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    resolve(entry=kept, outcome="It comes.", agreed="The taxi comes.", by=rosa, now=NOW)

    assert fresh(asked).promise.owner == cora
    assert fresh(asked).promise.due_at == DUE


def test_a_concern_that_is_kept_is_settled_by_who_was_given_its_date(asked, maya, rosa, cora):
    step = further(asked).step
    assert step
    entry = keep_jointly(entry=on_desk(asked, maya, AFTER), partner=cora, by=rosa, now=AFTER)
    assert fresh(asked).promise.owner == rosa

    assert close(escalation=step.escalation, outcome="Done.", by=rosa, now=AFTER).closed_by == rosa
    assert entry.accountable == rosa


# --- It stays in one hand -------------------------------------------------------------------


def test_given_to_a_colleague_both_dates_go(kept, asked, rosa, cora):
    quinn = new_officer("Quinn Hale")
    later = NOW + timedelta(hours=1)
    for _ in range(2):
        give_entry(entry=kept, to=quinn, reason="Leave.", by=rosa, now=later)

    assert owed_by(quinn, rosa, cora) == {
        "Quinn Hale": [ENDS, DUE],
        "Rosa Quill": [],
        "Cora Hill": [],
    }
    assert "Quinn Hale in the resolution team now has your message" in mails()[-1].body


def test_after_the_first_response_the_date_can_still_be_given_to_a_colleague(
    kept, asked, rosa, cora, as_person
):
    quinn = new_officer("Quinn Hale")
    respond(entry=kept, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    client = as_person(rosa)
    address = f"/resolution/{asked.reference}/"
    assert "Give it to a colleague" in seen(client, address)
    with time_machine.travel(NOW, tick=False):
        client.post(f"{address}give/", {"to": quinn.pk, "reason": "Leave.", "owner": rosa.pk})

    assert owed_by(quinn, rosa) == {"Quinn Hale": [DUE], "Rosa Quill": []}
    assert "Quinn Hale is accountable, Cora Hill supports." in seen(client, address)


@pytest.mark.rule("H62")
def test_leave_takes_both_dates_to_the_cover_and_back(kept, asked, rosa, maya):
    quinn = new_officer("Quinn Hale")
    today = NOW.date()
    Absence.objects.create(person=rosa, cover=quinn, first_day=today, last_day=today)
    see_to_handlers(now=NOW)
    assert see_to_dates(now=NOW) == 1
    assert see_to_dates(now=NOW) == 0
    assert owed_by(quinn, rosa) == {"Quinn Hale": [ENDS, DUE], "Rosa Quill": []}

    tomorrow = NOW + timedelta(days=1)
    see_to_handlers(now=tomorrow)
    assert see_to_dates(now=tomorrow) == 1
    assert owed_by(quinn, rosa) == {"Quinn Hale": [], "Rosa Quill": [ENDS, DUE]}


def test_who_has_left_after_the_first_response_leaves_no_date_behind(kept, asked, rosa):
    quinn = new_officer("Quinn Hale")
    respond(entry=kept, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    type(rosa).objects.filter(pk=rosa.pk).update(is_active=False)

    assert see_to_dates(now=NOW) == 1
    assert owed_by(quinn) == {"Quinn Hale": [DUE]}


def test_it_is_not_passed_on_apart_from_the_desk(kept, asked, lena):
    with pytest.raises(RuleBroken) as refused:
        pass_on(contact=asked, to=lena, reason="Mine.", by=lena, now=NOW)

    assert (refused.value.code, refused.value.message) == (
        "in_hand",
        "The resolution team keeps it with Cora Hill, and Rosa Quill answers it. It is given to "
        "somebody else on the resolution desk.",
    )


@pytest.mark.rule("H67")
def test_filed_with_its_child_it_stays_with_who_is_accountable(maya, rosa, cora, lena, north):
    asked = matter(None, clock__owner=lena, clock__team=north, logged_by=lena)
    keep_jointly(entry=on_desk(asked, maya), partner=lena, by=rosa, now=NOW)

    file_contact(contact=asked, case=case_of(cora), by=lena, now=NOW)

    assert owed_by(rosa, cora, lena) == {
        "Rosa Quill": [ENDS, DUE],
        "Cora Hill": [],
        "Lena Marsh": [],
    }


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_keep_it_at_once_leave_one_owner(asked, maya, rosa, cora):
    entry = on_desk(asked, maya)

    def press() -> None:
        try:
            keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fresh(asked).promise.events.filter(kind="reassigned").count() == 1
    assert owed_by(cora) == {"Cora Hill": []}
