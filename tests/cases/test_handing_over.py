"""What a new owner takes over, with its dates, and who is told of it."""

from datetime import date

import pytest

from accounts.models import Role, User
from cases.models import Case, FormalMatter
from clocks.models import Clock, ClockEvent
from notices.models import Notice
from tests.cases.owning import DUE_AT, NOW, allocate, owned, related
from tests.factories import (
    CaseFactory,
    ClockFactory,
    ContactFactory,
    EstablishmentFactory,
    TeamFactory,
    UserFactory,
)


@pytest.fixture
def case(policy, cora):
    """A case that Cora has owned since September."""
    made = CaseFactory(reference="EHC-000042", owner=cora)
    owned(made)
    return made


# --- What goes along ------------------------------------------------------------------------


@pytest.mark.rule("E4")
@pytest.mark.rule("H59")
def test_open_promises_go_along_with_their_dates(case, dan, lena):
    contact = ContactFactory(case=case)
    clock = ClockFactory(owner=case.owner, due_at=DUE_AT)
    FormalMatter.objects.create(
        contact=contact, category="complaint", clock=clock, recognised_at=NOW
    )
    done = allocate(case, dan, lena)

    clocks = Clock.objects.order_by("pk")
    assert [(clock.owner, clock.due_at, clock.state) for clock in clocks] == [
        (dan, DUE_AT, "running"),
        (dan, DUE_AT, "running"),
    ]
    assert {clock.pk for clock in done.carried} == {clock.pk for clock in clocks}
    assert ClockEvent.objects.filter(kind="reassigned", owner_after=dan).count() == 2


@pytest.mark.rule("E4")
def test_a_transfer_to_another_service_leaves_no_promise_behind(case, lena, oscar):
    contact = ContactFactory(case=case)
    allocate(case, oscar, lena, team=oscar.team)

    clock = Clock.objects.get(pk=contact.clock.pk)
    assert (clock.owner, clock.team, clock.due_at) == (oscar, oscar.team, DUE_AT)


def test_what_a_colleague_owes_stays_with_the_colleague(case, dan, lena, oscar):
    theirs = ContactFactory(case=case, clock__owner=oscar)
    elsewhere = ContactFactory(case__owner=case.owner)
    allocate(case, dan, lena)

    assert Clock.objects.get(pk=theirs.clock.pk).owner == oscar
    assert Clock.objects.get(pk=elsewhere.clock.pk).owner == case.owner


@pytest.mark.rule("H17")
@pytest.mark.parametrize("leaves", [True, False])
def test_what_the_lead_held_for_want_of_an_owner_goes_to_the_new_one(case, cora, dan, lena, leaves):
    ContactFactory(case=case, clock__owner=lena)
    ContactFactory(case=case)
    User.objects.filter(pk=cora.pk).update(is_active=not leaves)
    allocate(case, dan, lena)

    owners = set(Clock.objects.values_list("owner", flat=True))
    assert owners == ({dan.pk} if leaves else {dan.pk, lena.pk})


def test_what_is_answered_already_is_not_touched(case, cora, dan, lena):
    ContactFactory(case=case, clock__state="met", clock__stopped_at=NOW)
    allocate(case, dan, lena)

    assert Clock.objects.get().owner == cora


@pytest.mark.rule("E4")
def test_what_belongs_to_a_merged_record_goes_along(case, cora, dan, lena):
    second = CaseFactory(owner=cora, merged_into=case)
    contact = ContactFactory(case=second)
    allocate(case, dan, lena)

    assert Clock.objects.get(pk=contact.clock.pk).owner == dan


# --- Who is told ----------------------------------------------------------------------------


def told(kind=Notice.Kind.CASE) -> list[str]:
    """Who was told, by address, in the order of the notices."""
    return list(Notice.objects.filter(kind=kind).order_by("pk").values_list("address", flat=True))


def test_old_and_new_owner_are_told_but_not_who_did_it(case, cora, dan, lena):
    ContactFactory(case=case)
    allocate(case, dan, lena)

    notices = {notice.recipient: notice for notice in Notice.objects.filter(kind="case")}
    assert set(notices) == {cora, dan}
    assert notices[dan].subject == "EHC-000042 is now yours"
    assert "1 open answer went with it. Their dates stay the same." in notices[dan].body
    assert notices[cora].subject == "EHC-000042 is now Dan Reed’s"
    assert notices[cora].path == "/cases/EHC-000042/"


def test_a_leaver_is_not_written_to_and_the_next_lead_is(case, cora, lena):
    User.objects.filter(pk=cora.pk).update(is_active=False)
    south = TeamFactory(name="South team")
    south.lead = UserFactory(role=Role.TEAM_LEAD, team=south, email="sol@example.org")
    south.save()
    new = UserFactory(team=south, email="new@example.org")
    allocate(case, new, lena, team=south)

    assert set(told()) == {"new@example.org", "sol@example.org"}


@pytest.mark.rule("E3")
@pytest.mark.rule("E4")
@pytest.mark.rule("H53")
def test_everybody_who_may_be_written_to_is_told_alone_and_without_details(case, dan, lena):
    related(case)
    related(case, "Chidi Okafor", relation="father")
    related(case, "Ada Barr", no_contact=True, receives_letters=False)
    related(case, "Uma Cole", receives_letters=False)
    related(case, "Gone Away", ended_on=date(2026, 10, 1))
    done = allocate(case, dan, lena)

    family = Notice.objects.filter(recipient=None).order_by("address")
    assert [notice.address for notice in family] == ["chidi@example.org", "ngozi@example.org"]
    for notice in family:
        words = f"{notice.subject} {notice.body}"
        assert "Dan Reed now looks after EHC-000042" in words
        assert "works in the North team, School age SEND" in words
        assert "You can ring Dan Reed on 01632 960201." in words
        assert "Amara" not in words
        assert "Okafor" not in words
    assert done.to_tell == []


@pytest.mark.rule("E4")
def test_who_has_no_address_is_named_to_be_told_otherwise(case, dan, lena):
    without = related(case, email="")

    assert allocate(case, dan, lena).to_tell == [without]


@pytest.mark.rule("E4")
@pytest.mark.parametrize(("service", "families"), [("school_age", 0), ("virtual_school", 1)])
def test_of_another_team_alone_families_hear_only_when_the_service_changes(
    case, cora, lena, service, families
):
    related(case)
    allocate(case, cora, lena, team=TeamFactory(service=service))

    assert Notice.objects.filter(recipient=None).count() == families


@pytest.mark.rule("H59")
def test_who_waits_for_an_answer_hears_who_gives_it_and_that_the_date_stays(case, dan, lena):
    related(case)
    ContactFactory(case=case, sender_email="NGOZI@example.org")
    school = EstablishmentFactory(email="office@example.org")
    Case.objects.filter(pk=case.pk).update(establishment=school)
    ContactFactory(case=case, sender="establishment", sender_email="office@example.org")
    # To an address that nothing proves nobody was named before, and nobody is now.
    ContactFactory(case=case, sender_email="unknown@example.org")
    ContactFactory(case=case, sender_email="office@example.org", clock__owner=lena)
    allocate(case, dan, lena)

    [notice] = Notice.objects.filter(kind=Notice.Kind.PASSED_ON)
    assert notice.address == "office@example.org"
    assert "Dan Reed in the North team now has your message" in notice.body
    assert "Monday 9 November 2026" in notice.body


def test_who_must_not_be_contacted_is_not_told_even_as_a_sender(case, dan, lena):
    related(case, "Ada Barr", no_contact=True, receives_letters=False)
    ContactFactory(case=case, sender_email="ada@example.org")
    allocate(case, dan, lena)

    assert not Notice.objects.filter(recipient=None).exists()
