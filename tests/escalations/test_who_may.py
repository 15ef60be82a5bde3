"""Who may do what at the resolution desk and with a step: every address, asked by everybody."""

from datetime import date, timedelta
from html import unescape

import pytest
import time_machine

from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from cases.answer_actions import answer_contact
from escalations.models import DeskEntry
from escalations.resolution_actions import keep_jointly
from escalations.response_actions import answer_and_respond, respond
from escalations.step_actions import close, promise_step
from tests.escalations.making import AFTER, case_of, further, managed, matter, officer, on_desk
from tests.factories import TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H5")]

DESK = {"rosa", "otto", "maya", "manda"}
# Whoever has the step, who covers for them, and senior managers.
LINE = {"lena", "colin", "maya", "manda"}

# What of the desk or of the step, and who gets a page for it: everybody else is told 404.
MAY = {
    "/resolution/CON/respond/": DESK,
    "/resolution/CON/check/": DESK,
    "/resolution/CON/keep/": DESK,
    "/resolution/CON/give/": DESK,
    "/concerns/ESC/answer/": LINE,
    "/concerns/ESC/new-date/": LINE,
    "/concerns/ESC/back/": LINE,
    "/concerns/ESC/give/": LINE,
    "/concerns/ESC/close/": LINE | {"rosa", "otto"},
}


@pytest.fixture(autouse=True)
def _after_the_date():
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def people(maya, rosa, cora, lena, asif, north):
    """Somebody of every role in the team of the case and in another, and who covers for Lena."""
    south = TeamFactory.create(name="South team")
    found = {"maya": maya, "rosa": rosa, "cora": cora, "lena": lena, "asif": asif}
    found["otto"] = officer("Otto Vane")
    found["manda"] = UserFactory.create(role=Role.SENIOR_MANAGER, team=None)
    for role in ("coordinator", "business_support", "placement_officer", "team_lead"):
        found[f"north {role}"] = UserFactory.create(role=role, team=north)
        found[f"south {role}"] = UserFactory.create(role=role, team=south)
    for role in ("auditor", "administrator"):
        found[role] = UserFactory.create(role=role, team=None)
    found["colin"] = UserFactory.create(full_name="Colin Frost", team=north)
    return found


@pytest.fixture
def asked(people, cora):
    return matter(case_of(cora))


@pytest.fixture
def step(asked, people, lena):
    """Step 2, which is Lena's: her leave began after she had it, and Colin stands in."""
    step = further(asked).step
    assert step
    assert step.handler == lena
    today = date(2026, 11, 10)
    Absence.objects.create(person=lena, cover=people["colin"], first_day=today, last_day=today)
    return step


@pytest.fixture
def entry(step, asked, rosa) -> DeskEntry:
    found = on_desk(asked, rosa, AFTER)
    assert found.clock.owner == rosa
    return found


@pytest.mark.parametrize("address", MAY)
def test_a_form_of_a_step_or_of_the_desk_opens_for_those_who_may_fill_it_in(
    entry, step, asked, people, as_person, address
):
    path = address.replace("CON", asked.reference).replace("ESC", step.escalation.reference)
    # Another lead of the handler’s team is above them as well.
    expected = MAY[address] | ({"north team_lead"} if "concerns" in address else set())

    opened = {who for who, one in people.items() if as_person(one).get(path).status_code == 200}

    assert opened == expected


@pytest.mark.parametrize("act", ["respond", "check", "keep", "give", "settle", "send"])
def test_nobody_else_changes_anything_at_the_desk_by_hand(entry, asked, people, as_person, act):
    posted = {
        "how": "telephone",
        "text": "I rang them.",
        "agreed": "I rang them.",
        "until": "1",
        "reason": "They say so.",
        "partner": str(people["cora"].pk),
        "to": str(people["otto"].pk),
    }
    before = DeskEntry.objects.values().get()

    for who, one in people.items():
        if who not in DESK:
            said = as_person(one).post(f"/resolution/{asked.reference}/{act}/", posted)
            assert said.status_code == 404 or "I rang them." in said.content.decode()

    assert DeskEntry.objects.values().get() == before
    assert entry.clock.__class__.objects.get(pk=entry.clock_id).is_open


@pytest.mark.rule("H106")
def test_a_coordinator_who_has_nothing_to_do_with_it_gives_no_first_response(entry, people):
    with pytest.raises(RuleBroken) as refused:
        respond(
            entry=entry,
            how=DeskEntry.Answer.TELEPHONE,
            text="I rang them.",
            by=people["north coordinator"],
            now=AFTER,
        )

    assert refused.value.code == "may_not_answer"
    assert str(refused.value.message) == (
        "Rosa Quill of the resolution team gives the first response."
    )


@pytest.mark.rule("H110")
def test_who_supports_the_resolution_team_may_give_the_first_response(
    entry, asked, people, cora, as_person
):
    address = f"/resolution/{asked.reference}/respond/"
    assert as_person(cora).get(address).status_code == 404
    keep_jointly(entry=entry, partner=cora, by=people["rosa"], now=AFTER)

    assert as_person(cora).get(address).status_code == 200
    as_person(cora).post(address, {"how": "telephone", "text": "I rang them."})

    entry.refresh_from_db()
    assert entry.responded_by == cora


def test_who_covers_for_the_accountable_officer_may_give_it_too(entry, asked, people, as_person):
    cover, day = people["north coordinator"], date(2026, 11, 10)
    Absence.objects.create(person=people["rosa"], cover=cover, first_day=day, last_day=day)

    assert as_person(cover).get(f"/resolution/{asked.reference}/respond/").status_code == 200


@pytest.mark.parametrize(
    "act",
    [
        lambda step, by: answer_and_respond(step=step, text="Soon.", by=by, now=AFTER),
        lambda step, by: promise_step(
            step=step,
            until=(AFTER + timedelta(days=20)).date(),
            reason="We need it.",
            by=by,
            now=AFTER,
        ),
        lambda step, by: close(escalation=step.escalation, outcome="Done.", by=by, now=AFTER),
    ],
    ids=["answer", "new date", "close"],
)
@pytest.mark.parametrize("who", ["north coordinator", "south team_lead", "north business_support"])
def test_only_the_handler_their_cover_and_those_above_act_on_a_step(step, people, act, who):
    with pytest.raises(RuleBroken) as refused:
        act(step, people[who])

    assert refused.value.code == "may_not_answer"
    step.clock.refresh_from_db()
    assert step.clock.is_open


def test_who_covers_for_the_handler_answers_the_step(step, people):
    answered = answer_and_respond(step=step, text="On Monday.", by=people["colin"], now=AFTER)

    assert answered.answered_by == people["colin"]


def test_the_step_of_a_senior_manager_is_not_offered_to_a_coordinator(
    step, people, as_person, maya
):
    type(step.clock).objects.filter(pk=step.clock_id).update(owner=maya)
    page = f"/concerns/{step.escalation.reference}/"

    offered = {
        who
        for who in ("maya", "manda", "lena", "cora", "north coordinator", "rosa")
        if "Answer this step" in as_person(people[who]).get(page).content.decode()
    }

    assert offered == {"maya", "manda"}


@pytest.mark.rule("H8")
def test_words_written_before_somebody_else_got_it_are_not_lost(step, people, as_person, maya):
    """Lena opened the form; meanwhile the step went to somebody who is not hers to answer for."""
    type(step.clock).objects.filter(pk=step.clock_id).update(owner=maya)

    refused = as_person(people["lena"]).post(
        f"/concerns/{step.escalation.reference}/answer/", {"step": step.pk, "text": "On Monday."}
    )

    said = refused.content.decode()
    assert "Maya Stone, who covers for them, their lead or a senior manager does this." in said
    assert said.count("On Monday.") == 2
    assert "Add what I wrote as a note" in said


@pytest.mark.parametrize("act", ["answer", "new-date", "close"])
def test_one_whom_it_is_about_is_told_before_they_write(step, people, cora, as_person, act):
    concern = f"/concerns/{step.escalation.reference}/"
    client = as_person(cora)
    page = client.get(concern).content.decode()
    assert "Answer this step" not in page
    assert "Close the concern" not in page

    opened = client.get(f"{concern}{act}/", follow=True)

    assert opened.redirect_chain == [(concern, 302)]
    assert "The concern is about your own answer: somebody else answers this step." in (
        opened.content.decode()
    )


def test_passing_back_to_whose_answer_did_not_help_is_refused_before_the_form(
    asked, cora, lena, as_person
):
    answer_contact(contact=asked, answer=asked.Answer.EMAIL, note="Soon.", by=cora, now=AFTER)
    step = further(asked, now=AFTER + timedelta(hours=1), satisfied=False).step
    concern = f"/concerns/{step.escalation.reference}/"

    opened = as_person(lena).get(f"{concern}back/", follow=True)

    assert opened.redirect_chain == [(concern, 302)]
    said = unescape(opened.content.decode())
    assert "Cora Hill’s own answer did not settle it: somebody else answers this step." in said
