"""Who owns a case: one owner at a time without a gap, and what is owed goes along unchanged."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from cases.allocation_actions import allocate_case
from cases.involvement_actions import add_involvement, end_involvement
from cases.models import Case, FormalMatter, Involvement, RelatedPerson
from clocks.models import Clock, ClockEvent
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.factories import CaseFactory, ClockFactory, ContactFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
SINCE = date(2026, 9, 1)
DUE_AT = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    """A case that Cora has owned since September."""
    made = CaseFactory(reference="EHC-000042", owner=cora)
    owned(made)
    return made


@pytest.fixture
def dan(north) -> User:
    """Another coordinator of the north team."""
    return UserFactory.create(full_name="Dan Reed", team=north, phone="01632 960201")


@pytest.fixture
def mira(db) -> User:
    """A senior manager."""
    return UserFactory.create(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)


def owned(case) -> Involvement:
    return Involvement.objects.create(
        case=case, worker=case.owner, role="owner", team=case.team, started_on=SINCE
    )


def allocate(case, to, by, **changes):
    given = {"team": case.team, "reason": "Cora has left the area.", "on": TODAY, "now": NOW}
    return allocate_case(case=case, to=to, by=by, **given | changes)


def ownership(case) -> list[tuple[User, Team, date, date | None]]:
    """The owner's involvements in order; checked against the owner that the case itself names."""
    case.refresh_from_db()
    found = list(Involvement.objects.filter(case=case, role="owner").order_by("pk"))
    running = [one for one in found if one.ended_on is None]
    assert [(one.worker, one.team) for one in running] == [(case.owner, case.team)]
    return [(one.worker, one.team, one.started_on, one.ended_on) for one in found]


def related(case, name="Ngozi Okafor", **changes) -> RelatedPerson:
    given = {
        "relation": "mother",
        "email": f"{name.split()[0].lower()}@example.org",
        "receives_letters": True,
        "started_on": SINCE,
    }
    return RelatedPerson.objects.create(person=case.person, name=name, **given | changes)


def refused(code: str, case, to, by, **changes) -> str:
    with pytest.raises(RuleBroken) as broken:
        allocate(case, to, by, **changes)
    assert broken.value.code == code
    return broken.value.message


# --- One owner, no gap ----------------------------------------------------------------------


@pytest.mark.rule("H37")
def test_the_next_owner_begins_on_the_day_the_last_one_ends(case, cora, dan, lena, north):
    done = allocate(case, dan, lena)

    assert ownership(case) == [(cora, north, SINCE, TODAY), (dan, north, TODAY, None)]
    assert done.involvement.reason == "Cora has left the area."


@pytest.mark.rule("H37")
def test_a_hand_over_on_an_earlier_day_leaves_neither_gap_nor_overlap(case, cora, dan, lena, north):
    allocate(case, dan, lena, on=date(2026, 10, 1))

    assert ownership(case) == [
        (cora, north, SINCE, date(2026, 10, 1)),
        (dan, north, date(2026, 10, 1), None),
    ]


@pytest.mark.rule("H37")
def test_two_hand_overs_on_one_day_are_possible(case, cora, dan, lena, north):
    allocate(case, dan, lena)
    allocate(case, lena, lena)

    assert ownership(case) == [
        (cora, north, SINCE, TODAY),
        (dan, north, TODAY, TODAY),
        (lena, north, TODAY, None),
    ]


@pytest.mark.rule("H37")
def test_the_database_refuses_two_owners_at_once(case, dan, north):
    with pytest.raises(IntegrityError), transaction.atomic():
        Involvement.objects.create(
            case=case, worker=dan, role="owner", team=north, started_on=TODAY
        )


def test_a_first_owner_ends_nothing(policy, cora, dan, lena, north):
    case = CaseFactory(owner=None, team=north)
    allocate(case, dan, lena)

    assert ownership(case) == [(dan, north, TODAY, None)]


@pytest.mark.rule("E4")
def test_a_transfer_without_a_person_goes_to_the_lead_of_the_other_team(case, cora, lena):
    south = TeamFactory(name="South team")
    south.lead = UserFactory(full_name="Sol Grey", role=Role.TEAM_LEAD, team=south)
    south.save()
    allocate(case, None, lena, team=south)

    assert ownership(case)[-1] == (south.lead, south, TODAY, None)


@pytest.mark.rule("E21")
def test_the_same_owner_in_another_team_is_another_involvement(case, cora, lena, north):
    south = TeamFactory(name="South team")
    contact = ContactFactory(case=case)
    allocate(case, cora, lena, team=south)

    assert ownership(case) == [(cora, north, SINCE, TODAY), (cora, south, TODAY, None)]
    clock = Clock.objects.get(pk=contact.clock.pk)
    assert (clock.owner, clock.team, clock.due_at) == (cora, south, DUE_AT)


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
    ContactFactory(case=case, sender="establishment", sender_email="office@example.org")
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


# --- What is refused ------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_leads_of_the_team_and_senior_managers_allocate(case, dan, north, role):
    by = UserFactory(role=role, team=north)
    if role in {Role.TEAM_LEAD, Role.SENIOR_MANAGER}:
        allocate(case, dan, by)
        assert ownership(case)[-1][0] == dan
    else:
        refused("may_not_allocate", case, dan, by)


def test_the_lead_of_another_team_does_not_allocate(case, dan):
    refused("may_not_allocate", case, dan, UserFactory(role=Role.TEAM_LEAD))


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.AUDITOR}])
def test_a_case_is_not_given_to_a_leaver_or_to_who_holds_none(case, dan, lena, change):
    User.objects.filter(pk=dan.pk).update(**change)
    dan.refresh_from_db()

    refused("may_not_own", case, dan, lena)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "  "}, "reason_missing"),
        ({"on": date(2026, 11, 5)}, "future"),
        ({"on": date(2026, 8, 31)}, "before_start"),
    ],
)
def test_a_reason_and_a_possible_day_are_needed(case, dan, lena, changes, code):
    refused(code, case, dan, lena, **changes)
    assert Notice.objects.count() == 0


def test_a_gap_after_an_ended_ownership_is_closed_no_earlier_than_it_ended(case, dan, lena):
    Involvement.objects.update(ended_on=date(2026, 10, 1))
    Case.objects.update(owner=None)

    refused("before_start", case, dan, lena, on=date(2026, 9, 30))
    allocate(case, dan, lena, on=date(2026, 10, 1))
    assert ownership(case)[-1][2:] == (date(2026, 10, 1), None)


def test_a_team_whose_lead_has_left_holds_nothing(case, lena):
    refused("nobody_to_hold", case, None, lena, team=TeamFactory())


def test_what_is_so_already_is_said(case, cora, lena):
    assert refused("no_change", case, cora, lena) == "Cora Hill in North team has it already."


def test_a_record_merged_into_another_is_not_allocated(case, cora, dan, lena):
    refused("merged", CaseFactory(owner=cora, merged_into=case), dan, lena)


# --- Two at once ----------------------------------------------------------------------------


def test_the_second_click_does_nothing_more(case, dan, lena):
    seen = Involvement.objects.get().pk
    first = allocate(case, dan, lena, instead_of=seen)
    again = allocate(case, dan, lena, instead_of=seen)

    assert again.involvement == first.involvement
    assert Involvement.objects.count() == 2


def test_the_second_of_two_people_is_told_what_the_first_did(case, dan, lena, mira):
    seen = Involvement.objects.get().pk
    allocate(case, dan, lena, instead_of=seen)

    said = refused("changed_meanwhile", case, lena, mira, instead_of=seen)
    assert said.startswith("Meanwhile EHC-000042 was allocated to Dan Reed in North team.")
    assert ownership(case)[-1][0] == dan


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_told(dan, lena, mira, cora):
    load_policy(now=NOW)
    case = CaseFactory(owner=cora)
    seen = owned(case).pk
    together = threading.Barrier(2)
    came: list[str] = []

    def give(to, by) -> None:
        together.wait(timeout=10)
        try:
            allocate(case, to, by, instead_of=seen)
            came.append("done")
        except RuleBroken as broken:
            came.append(broken.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=give, args=pair) for pair in [(dan, lena), (lena, mira)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(came) == ["changed_meanwhile", "done"]
    assert len(ownership(case)) == 2


@pytest.mark.parametrize("people", [1, 3])
def test_queries_do_not_grow_with_the_people_told(
    case, dan, lena, people, django_assert_num_queries
):
    for number in range(people):
        related(case, f"Person{number} Okafor")
    with django_assert_num_queries(18):
        allocate(case, dan, lena)


# --- Other involvements ---------------------------------------------------------------------


def add(case, worker, by, **changes) -> Involvement:
    given: dict[str, Any] = {
        "role": Involvement.Role.PLACEMENT,
        "started_on": TODAY,
        "ended_on": None,
        "now": NOW,
    }
    return add_involvement(case=case, worker=worker, by=by, **given | changes)


@pytest.mark.rule("H37")
def test_several_people_work_on_a_case_at_once(case, cora, dan, oscar, north):
    add(case, dan, cora)
    add(case, oscar, cora, role=Involvement.Role.OTHER)

    current = Involvement.objects.filter(case=case).current(TODAY).order_by("pk")
    assert [(one.worker, one.role, one.team) for one in current] == [
        (cora, "owner", north),
        (dan, "placement", north),
        (oscar, "other", oscar.team),
    ]


def test_the_same_part_twice_is_one_and_another_time_of_it_is_refused(case, cora, dan):
    first = add(case, dan, cora)

    assert add(case, dan, cora) == first
    with pytest.raises(RuleBroken, match="already has this part from Wednesday 4 November 2026"):
        add(case, dan, cora, started_on=date(2026, 11, 9))


@pytest.mark.rule("H37")
def test_an_involvement_ends_and_another_may_follow(case, cora, dan):
    first = add(case, dan, cora, started_on=SINCE)
    end_involvement(involvement=first, on=TODAY, by=cora, now=NOW)

    assert not Involvement.objects.filter(worker=dan).current(TODAY).exists()
    assert add(case, dan, cora).pk != first.pk


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": Involvement.Role.OWNER}, "owner_by_allocation"),
        ({"ended_on": date(2026, 11, 3)}, "backwards"),
        ({"by_role": Role.AUDITOR}, "may_not_keep"),
        ({"by_role": Role.CSC_ADVISER}, "may_not_keep"),
        ({"worker_role": Role.ADMINISTRATOR}, "may_not_work"),
    ],
)
def test_an_involvement_that_cannot_be_is_refused(case, north, changes, code):
    by = UserFactory(role=changes.pop("by_role", Role.COORDINATOR), team=north)
    worker = UserFactory(role=changes.pop("worker_role", Role.COORDINATOR))
    with pytest.raises(RuleBroken) as broken:
        add(case, worker, by, **changes)

    assert broken.value.code == code


def test_an_owner_is_not_ended_without_a_next_one(case, cora):
    with pytest.raises(RuleBroken) as broken:
        end_involvement(involvement=Involvement.objects.get(), on=TODAY, by=cora, now=NOW)

    assert broken.value.code == "owner_by_allocation"


def test_what_ended_earlier_is_not_ended_later(case, cora, dan):
    first = add(case, dan, cora, started_on=SINCE, ended_on=date(2026, 10, 1))
    with pytest.raises(RuleBroken, match="ended on Thursday 1 October 2026 already"):
        end_involvement(involvement=first, on=TODAY, by=cora, now=NOW)
