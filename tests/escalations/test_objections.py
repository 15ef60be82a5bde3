"""Nothing that was taken further is lost from sight by what is done with its matter (H102)."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from accounts.errors import RuleBroken
from cases import objections
from cases.decision_actions import close_without_answer, strike_through
from cases.matter_actions import join_to
from cases.objections import add_objection
from escalations.ladder import Addressee
from escalations.models import Escalation
from escalations.objections import objection_of_concern
from escalations.resolution_actions import confirm_check, keep_jointly, send_on
from escalations.response_actions import resolve, respond
from escalations.step_actions import close
from tests.escalations.making import (
    AFTER,
    NOW,
    case_of,
    further,
    managed,
    matter,
    officer,
    on_desk,
)

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def case(policy, cora, lena, maya, rosa):
    return case_of(cora)


@pytest.fixture
def straight(case):
    """A matter that carries step 2 itself: it was addressed above the lead at once."""
    about = matter(case)
    taken = further(about, matter=None, addressee=Addressee.SENIOR_MANAGER, by=case.owner)
    assert taken.step
    assert taken.step.contact == taken.escalation.matter
    return taken.escalation.matter


def words_of(act, **given) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    assert broken.value.code == "in_hand"
    return broken.value.message


def test_a_matter_that_carries_a_step_is_neither_struck_nor_joined(straight, case, cora):
    concern = straight.escalations.get()
    other = matter(case)
    does = {"contact": straight, "by": cora, "now": AFTER}
    assert words_of(strike_through, **does, reason="Twice.") == (
        f"It was taken further as {concern}. Close the concern first, then strike this through."
    )
    assert words_of(join_to, **does, matter=other) == (
        f"It was taken further as {concern}: it stays a matter of its own."
    )
    straight.refresh_from_db()
    assert (straight.struck_at, straight.original) == (None, None)


def test_the_message_with_which_a_step_was_taken_is_not_struck_from_under_it(case, cora, lena):
    taken = further(matter(case)).step
    concern = taken.escalation
    does = {"contact": taken.contact, "by": cora, "now": AFTER}
    assert words_of(strike_through, **does, reason="Wrong.") == (
        f"Step 2 of {concern} was taken with it. Close the concern first, then strike this through."
    )

    close(escalation=concern, outcome="A mistake.", by=lena, now=AFTER)
    assert strike_through(**does, reason="Wrong.").struck_by == cora


def test_once_its_concern_is_settled_it_may_be_struck(straight, cora, maya):
    close(escalation=straight.escalations.get(), outcome="A mistake.", by=maya, now=AFTER)
    struck = strike_through(contact=straight, reason="Twice.", by=cora, now=AFTER)
    assert struck.struck_by == cora


def test_the_case_owner_ends_their_own_date_while_the_lead_has_the_step(straight, cora):
    close_without_answer(contact=straight, reason="The lead answers.", by=cora, now=AFTER)
    assert straight.escalations.get().is_open


@pytest.mark.rule("H110")
def test_what_is_kept_jointly_stays_open_until_the_officer_settles_it(case, cora, lena, rosa):
    about = matter(case)
    entry = on_desk(about, lena)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)
    concern = Escalation.objects.get()

    ending = {"contact": about, "reason": "Done.", "by": cora, "now": NOW}
    assert f"as {concern}. It stays open" in words_of(close_without_answer, **ending)
    with pytest.raises(RuleBroken) as broken:
        close(escalation=concern, outcome="Done.", by=cora, now=NOW)
    assert broken.value.code == "kept_on_desk"
    assert "Rosa Quill of the resolution team is accountable" in broken.value.message

    respond(entry=entry, how=entry.Answer.TELEPHONE, text="I rang.", by=cora, now=NOW)
    resolve(entry=entry, outcome="The taxi comes.", by=rosa, now=NOW)
    concern.refresh_from_db()
    assert not concern.is_open
    # The case owner's own answer was owed of it too.
    about.refresh_from_db()
    assert not about.is_open


def test_the_page_does_not_offer_to_close_what_is_kept_jointly(case, cora, lena, rosa, as_person):
    entry = on_desk(matter(case), lena)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)
    concern = Escalation.objects.get()
    address = reverse("escalations:escalation", args=[concern.reference])
    closing = reverse("escalations:close_concern", args=[concern.reference])
    assert closing not in as_person(cora).get(address).content.decode()
    assert closing in as_person(rosa).get(address).content.decode()


def test_what_is_on_the_desk_is_not_joined_to_something_else(case, cora, lena):
    about, other = matter(case), matter(case)
    on_desk(about, lena)
    does = {"contact": about, "by": cora, "now": NOW}
    assert words_of(join_to, **does, matter=other) == (
        "The resolution team has it: it stays a matter of its own."
    )
    assert words_of(close_without_answer, **does, reason="Done.") == (
        "The resolution team has it: it stays open until they settle it."
    )


def test_sent_on_from_the_desk_it_is_kept_too(case, cora, lena, rosa):
    about, other = matter(case), matter(case)
    entry = on_desk(about, lena, now=AFTER)
    confirm_check(entry=entry, until=1, reason="", by=rosa, now=AFTER)
    send_on(entry=entry, by=rosa, now=AFTER)
    does = {"contact": about, "by": cora, "now": AFTER}
    assert "stays a matter of its own" in words_of(join_to, **does, matter=other)
    assert "Close the concern first" in words_of(strike_through, **does, reason="Twice.")


def test_the_page_says_why(straight, cora, as_person):
    address = reverse("cases:strike", args=[straight.reference])
    page = as_person(cora).post(address, {"text": "Twice."}).content.decode()
    assert "Close the concern first, then strike this through." in page


def test_added_twice_it_objects_once():
    before = list(objections._objections)
    add_objection(objection_of_concern)
    assert objections._objections == before


@pytest.mark.django_db(transaction=True)
def test_struck_and_taken_further_at_once_one_of_them_comes_first(case, cora):
    about = matter(case)
    together, codes = threading.Barrier(2), []

    def act(do) -> None:
        together.wait()
        try:
            do()
        except RuleBroken as broken:
            codes.append(broken.code)
        finally:
            connection.close()

    acts = [
        lambda: strike_through(contact=about, reason="Twice.", by=cora, now=AFTER),
        lambda: further(about),
    ]
    threads = [threading.Thread(target=act, args=[one]) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    about.refresh_from_db()
    taken = Escalation.objects.filter(matter=about).exists()
    assert len(codes) == 1
    assert taken is (about.struck_at is None)
