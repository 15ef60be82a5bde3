"""A step, or what is on the desk, given to a colleague: the date stays (H59, H102)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from cases.models import Case, Contact
from clocks.models import ClockEvent
from escalations.giving_actions import give_entry, give_step
from escalations.models import DeskEntry, EscalationStep
from escalations.response_actions import respond
from escalations.stage_two_actions import hand_over
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.escalations.complaining import looked_at, opened
from tests.escalations.making import AFTER, NOW, case_of, further, managed, matter, officer, on_desk
from tests.factories import RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def noor(db):
    """Leads another team."""
    return UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch")


@pytest.fixture
def step(policy, cora, maya, rosa) -> EscalationStep:
    """Step 2, which is Lena's."""
    taken = further(matter(case_of(cora))).step
    assert taken
    return taken


def given(step, to, by, **changes):
    fields = {"reason": "I am leaving.", "now": AFTER, "told_how": ""}
    return give_step(step=step, to=to, by=by, **fields | changes)


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(RuleBroken) as broken:
        act(*args, **kwargs)
    return broken.value.code


@pytest.mark.rule("H102")
@pytest.mark.rule("H59")
def test_a_step_goes_to_a_colleague_with_its_date(step, lena, noor, north):
    due_at = step.clock.due_at
    after = given(step, noor, lena)

    assert (after.handler, after.clock.due_at, after.clock.team) == (noor, due_at, north)
    [event] = ClockEvent.objects.filter(clock=step.clock, kind="reassigned")
    assert (event.owner_before, event.owner_after, event.reason) == (lena, noor, "I am leaving.")
    assert Notice.objects.filter(recipient=noor, subject__startswith="Passed to you").count() == 1


def test_a_colleague_of_another_team_can_open_it(step, lena, noor):
    given(step, noor, lena)
    assert Case.objects.visible_to(noor).filter(pk=step.escalation.case_id).exists()


def test_it_is_on_their_first_page_though_the_team_is_another(step, lena, noor, as_person):
    given(step, noor, lena)
    assert step.escalation.reference in as_person(noor).get("/").content.decode()


def test_the_sender_is_told_who_has_it(step, lena, noor):
    mother = RelatedPersonFactory(person=step.contact.case.person, email="ngozi@example.org")
    Contact.objects.filter(pk=step.contact_id).update(sender_person=mother)
    given(step, noor, lena)
    [told] = Notice.objects.filter(key__contains=f":concern:given:{step.pk}:")
    assert "Noor Finch stands in for the team lead." in told.body
    assert "The date stays the same." in told.body


def test_a_stranger_is_told_no_name(step, lena, noor):
    Contact.objects.update(sender_email="sam@example.net")
    given(step, noor, lena)
    assert not Notice.objects.filter(body__contains="Noor Finch", recipient=None).exists()


def test_twice_is_once_and_whoever_had_it_hears_of_it(step, lena, noor, maya):
    given(step, noor, maya)
    given(step, noor, maya)
    assert ClockEvent.objects.filter(clock=step.clock, kind="reassigned").count() == 1
    assert Notice.objects.filter(recipient=lena, subject__startswith="With somebody").count() == 1


@pytest.mark.parametrize("who", ["owner", "lead_of_owner", "manager", "cover"])
def test_who_may_give_it(step, lena, noor, maya, north, who):
    cover = UserFactory.create(full_name="Dan Reed")
    Absence.objects.create(person=lena, first_day=AFTER.date(), last_day=AFTER.date(), cover=cover)
    deputy = UserFactory.create(role=Role.TEAM_LEAD, team=north)
    by = {"owner": lena, "lead_of_owner": deputy, "manager": maya, "cover": cover}[who]
    assert given(step, noor, by).handler == noor


@pytest.mark.parametrize("who", ["cora", "noor", "rosa"])
def test_nobody_else_gives_it(step, request, noor, who):
    assert code_of(given, step, noor, request.getfixturevalue(who)) == "may_not_give"


def test_on_the_resolution_teams_step_its_officers_may(policy, cora, lena, maya, rosa):
    about = matter(case_of(cora))
    taken = further(about).step
    moment = AFTER
    while taken.number < 4:
        answer_step(step=taken, text="It is as it is.", by=taken.handler, now=moment)
        moment += timedelta(hours=1)
        taken = further(about, now=moment, satisfied=False).step
    second, third = officer("Iris Holt"), officer("Ben Frost")
    assert taken.handler == rosa
    assert given(taken, third, second, now=moment).handler == third


@pytest.mark.rule("H5")
def test_never_to_somebody_it_is_about(step, lena, cora):
    cora.role = Role.TEAM_LEAD
    cora.save()
    assert code_of(given, step, cora, lena) == "about_themselves"


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER])
def test_only_to_those_whose_role_fits(step, lena, noor, role):
    other = UserFactory.create(role=role, team=None)
    assert code_of(given, step, other, lena) == "may_not_own"


def test_without_another_lead_to_the_next_one_up(step, lena, maya):
    assert given(step, maya, lena).handler == maya


def test_a_reason_is_asked_for(step, lena, noor):
    assert code_of(given, step, noor, lena, reason=" ") == "reason_missing"


def test_nothing_that_is_over_is_given(step, lena, noor):
    answer_step(step=step, text="It starts on Monday.", by=lena, now=AFTER)
    assert code_of(given, step, noor, lena) == "step_answered"
    close(escalation=step.escalation, outcome="Settled.", by=None, now=AFTER)
    assert code_of(given, step, noor, lena) == "closed"


def test_the_second_of_two_people_is_told_of_the_first(step, lena, noor, maya):
    other = UserFactory.create(role=Role.TEAM_LEAD)
    given(step, noor, lena)
    assert code_of(given, step, other, maya, instead_of=lena.pk) == "passed_meanwhile"
    assert given(step, other, maya, instead_of=noor.pk).handler == other


def test_without_an_address_staff_tell_the_sender(policy, cora, maya, rosa, lena, noor):
    taken = further(matter(case_of(cora), sender_email="")).step
    assert code_of(given, taken, noor, lena) == "tell_sender"
    assert given(taken, noor, lena, told_how="by telephone").handler == noor


@pytest.mark.django_db(transaction=True)
def test_given_by_two_at_once_it_goes_one_way(step, lena, noor, maya):
    other = UserFactory.create(role=Role.TEAM_LEAD, full_name="Gil Rowe")
    together, codes = threading.Barrier(2), []

    def press(to, by) -> None:
        together.wait()
        try:
            given(step, to, by, instead_of=lena.pk)
        except RuleBroken as broken:
            codes.append(broken.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=one) for one in ((noor, lena), (other, maya))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes in (["passed_meanwhile"], ["may_not_give"])
    assert ClockEvent.objects.filter(clock=step.clock, kind="reassigned").count() == 1


# --- The desk -------------------------------------------------------------------------------


@pytest.fixture
def entry(policy, cora, lena, maya, rosa):
    return on_desk(matter(case_of(cora)), lena)


@pytest.mark.rule("H106")
def test_an_officer_gives_an_entry_to_another(entry, rosa):
    iris, due_at = officer("Iris Holt"), entry.clock.due_at
    after = give_entry(entry=entry, to=iris, reason="I am away.", by=rosa, now=NOW)
    assert (after.clock.owner, after.clock.due_at) == (iris, due_at)
    assert Notice.objects.filter(recipient=iris, subject__startswith="Passed to you").exists()


def test_an_entry_is_given_by_the_team_and_to_officers(entry, cora, lena, rosa, maya):
    iris = officer("Iris Holt")
    give = {"entry": entry, "reason": "Away.", "now": NOW}
    assert code_of(give_entry, **give, to=iris, by=cora) == "may_not_give"
    assert code_of(give_entry, **give, to=lena, by=rosa) == "may_not_own"
    assert code_of(give_entry, **give, to=cora, by=rosa) == "about_themselves"
    assert code_of(give_entry, **give, to=iris, by=iris, instead_of=lena.pk) == "passed_meanwhile"


def test_an_entry_is_not_given_to_one_whom_a_later_step_is_about(entry, rosa):
    """The sender took it further only after it was passed on."""
    step = further(entry.contact).step
    assert step
    give = {"entry": entry, "reason": "Away.", "now": AFTER}
    assert code_of(give_entry, **give, to=step.handler, by=rosa) == "about_themselves"


def test_once_responded_it_is_the_whole_teams(entry, rosa):
    respond(entry=entry, how=DeskEntry.Answer.TELEPHONE, text="I rang.", by=rosa, now=NOW)
    given = {"entry": entry, "reason": "Away.", "now": NOW, "by": rosa}
    assert code_of(give_entry, **given, to=officer("Iris Holt")) == "responded"


# --- Complaints -----------------------------------------------------------------------------


@pytest.mark.rule("H59")
def test_a_complaint_goes_to_a_resolution_officer_too(policy, cora, lena, maya, rosa):
    complaint = looked_at(opened(case_of(cora), lena), lena, lena)
    passed = hand_over(
        complaint=complaint, to=rosa, reason="Knows it.", by=lena, now=AFTER, told_how="by phone"
    )
    passed.refresh_from_db()
    assert passed.clock.owner == rosa


# --- The pages ------------------------------------------------------------------------------


def test_the_page_offers_those_whose_role_fits(step, lena, noor, as_person):
    page = as_person(lena)
    concern = page.get(reverse("escalations:escalation", args=[step.escalation.reference]))
    address = reverse("escalations:give_step", args=[step.escalation.reference])
    assert address in concern.content.decode()
    offered = page.get(address).context["form"].fields["to"].queryset
    assert list(offered) == [noor]


def test_it_is_given_on_the_page(step, lena, noor, as_person):
    address = reverse("escalations:give_step", args=[step.escalation.reference])
    data = {"to": noor.pk, "reason": "I am away.", "step": step.pk, "instead_of": lena.pk}
    answer = as_person(lena).post(address, data)
    assert answer["Location"] == reverse("escalations:escalation", args=[step.escalation.reference])
    step.clock.refresh_from_db()
    assert step.clock.owner == noor


def test_somebody_quicker_is_named_and_the_next_press_knows(step, lena, noor, maya, as_person):
    given(step, noor, lena)
    other = UserFactory.create(role=Role.TEAM_LEAD)
    address = reverse("escalations:give_step", args=[step.escalation.reference])
    data = {"to": other.pk, "reason": "I am away.", "step": step.pk, "instead_of": lena.pk}
    page = as_person(maya).post(address, data).content.decode()
    assert "Noor Finch has it by now" in page
    assert f'name="instead_of" value="{noor.pk}"' in page


def test_an_entry_is_given_on_its_page(entry, rosa, as_person):
    iris = officer("Iris Holt")
    address = reverse("escalations:desk_give", args=[entry.contact.reference])
    page = as_person(rosa)
    assert list(page.get(address).context["form"].fields["to"].queryset) == [iris]
    page.post(address, {"to": iris.pk, "reason": "Away.", "instead_of": rosa.pk})
    entry.clock.refresh_from_db()
    assert entry.clock.owner == iris
