"""A caseload is loaded: new rows, and what has changed in known ones."""

from datetime import date

import pghistory.models
import pytest
from django.db import connection

from accounts.models import Role, Team
from cases.models import Case, Establishment, Involvement
from clocks.models import Clock
from tests.cases.caseload_files import (
    UPN,
    counts,
    faults,
    history,
    load,
    owned_as_involved,
    row,
    without,
)
from tests.factories import (
    CaseFactory,
    ContactFactory,
    EstablishmentFactory,
    PersonFactory,
    TeamFactory,
    UserFactory,
)

# --- Creating ---------------------------------------------------------------------------------


def test_new_row_makes_a_person_and_a_case(north, cora):
    school = EstablishmentFactory()
    imported = load(
        row(
            known_as="Ro",
            sex="Male",
            upn=UPN.lower(),
            postcode="zz993wz",
            owner_email="CORA@wexmoor.example.org",
            establishment_urn=school.urn,
            primary_need="Hearing impairment",
            plan_issued_on="14/06/2019",
            next_step="Annual review",
            next_step_on="2027-03-01",
        )
    )
    assert faults(imported) == []
    assert counts(imported) == (1, 0, 0, 0)
    case = Case.objects.select_related("person").get()
    assert case.reference == f"EHC-{case.pk:06d}"
    assert (case.status, case.owner, case.team, case.establishment) == (
        Case.Status.PLAN,
        cora,
        north,
        school,
    )
    assert (case.primary_need, case.plan_issued_on) == ("Hearing impairment", date(2019, 6, 14))
    assert (case.next_step, case.next_step_on) == ("Annual review", date(2027, 3, 1))
    person = case.person
    assert (person.given_name, person.known_as, person.family_name) == ("Rowan", "Ro", "Ashdown")
    assert (person.sex, person.upn, person.postcode) == ("M", UPN, "ZZ99 3WZ")
    assert person.date_of_birth == date(2014, 2, 28)
    assert history() == []


def test_person_without_a_case_gets_one(north):
    person = PersonFactory(local_id="P1", given_name="Rowan", family_name="Ashdown")
    assert counts(load(row())) == (1, 0, 0, 0)
    assert Case.objects.get().person == person


def test_team_comes_from_the_owner(north, cora):
    load(
        without(row(owner_email=cora.email), "team"),
        without(row("P2", owner_email=cora.email), "team"),
    )
    load(row("P3", owner_email=cora.email, team=""))
    assert [case.team for case in Case.objects.all()] == [north] * 3


def test_new_row_without_any_team(north):
    UserFactory(email="head@example.org", role=Role.SENIOR_MANAGER, team=None)
    imported = load(
        row(owner_email="head@example.org", team=""), row("P2", owner_email="", team="")
    )
    assert faults(imported) == [
        "Line 2, team: this cannot be empty unless the case has an owner who belongs to a team.",
        "Line 3, team: this cannot be empty unless the case has an owner who belongs to a team.",
    ]


def test_missing_teams_are_made_when_asked(north):
    imported = load(
        row(), row("P2", team="East team"), row("P3", team="EAST TEAM"), create_teams=True
    )
    assert (imported.teams, counts(imported)) == (["East team"], (3, 0, 0, 0))
    assert set(Team.objects.values_list("name", flat=True)) == {"North team", "East team"}


def test_missing_establishment_is_made_from_its_description(north):
    described = {
        "establishment_urn": "990001",
        "establishment_name": "Larkmead School",
        "establishment_kind": "Special school",
    }
    imported = load(row(**described), row("P2", **described))
    assert (imported.establishments, counts(imported)) == (1, (2, 0, 0, 0))
    school = Establishment.objects.get()
    assert (school.urn, school.name, school.kind) == (990001, "Larkmead School", "special")
    assert {case.establishment for case in Case.objects.all()} == {school}


def test_establishment_may_be_described_on_a_later_row(north):
    described = {"establishment_name": "Larkmead School", "establishment_kind": "primary"}
    imported = load(
        row(establishment_urn="990001", **dict.fromkeys(described, "")),
        row("P2", establishment_urn="990001", **described),
    )
    assert (faults(imported), imported.establishments) == ([], 1)


def test_known_establishment_is_left_as_it_is(north):
    school = EstablishmentFactory(name="Thornley School", kind="primary")
    load(
        row(
            establishment_urn=school.urn,
            establishment_name="Another name",
            establishment_kind="college",
        )
    )
    school.refresh_from_db()
    assert (school.name, school.kind) == ("Thornley School", "primary")


# --- Changing ---------------------------------------------------------------------------------


def test_only_what_changed_is_written_and_kept_in_history(north):
    load(row(next_step="Annual review"), row("P2", next_step=""))
    imported = load(row(next_step="Annual review"), row("P2", next_step="Phase transfer"))
    assert (counts(imported), dict(imported.changes)) == ((0, 1, 1, 0), {"next_step": 1})
    assert history() == [("cases.Case", "update")]
    event = pghistory.models.Events.objects.get()
    assert event.pgh_obj_id == str(Case.objects.get(person__local_id="P2").pk)
    assert event.pgh_context == {"source": "import_cases", "file": "test.csv", "user": None}


def test_history_names_who_asked(north, lena):
    load(row())
    load(row(given_name="Robin"), by=lena)
    event = pghistory.models.Events.objects.get()
    assert (event.pgh_obj_model, event.pgh_context["user"]) == ("cases.Person", lena.pk)


def test_unchanged_file_writes_nothing(north):
    rows = [row(f"P{number}", next_step="Annual review") for number in range(3)]
    load(*rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM cases_case")
        before = cursor.fetchone()
        assert counts(load(*rows)) == (0, 0, 3, 0)
        cursor.execute("SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM cases_case")
        assert cursor.fetchone() == before
    assert history() == []


def test_absent_column_leaves_the_field_and_empty_cell_clears_it(north, cora):
    school = EstablishmentFactory()
    full = row(
        known_as="Ro",
        owner_email=cora.email,
        establishment_urn=school.urn,
        next_step="Annual review",
        next_step_on="2027-03-01",
    )
    load(full)
    load(row())
    case = Case.objects.select_related("person").get()
    assert (case.person.known_as, case.owner, case.establishment) == ("Ro", cora, school)
    assert (case.next_step, case.next_step_on) == ("Annual review", date(2027, 3, 1))
    names = ("known_as", "owner_email", "establishment_urn", "next_step", "next_step_on")
    load(full | dict.fromkeys(names, ""))
    case = Case.objects.select_related("person").get()
    assert (case.person.known_as, case.owner, case.establishment) == ("", None, None)
    assert (case.next_step, case.next_step_on) == ("", None)


def test_case_stays_in_its_team_when_neither_team_nor_owner_is_given(north, cora):
    load(row(owner_email=cora.email))
    assert faults(load(without(row(owner_email=""), "team"))) == []
    case = Case.objects.get()
    assert (case.owner, case.team) == (None, north)


def test_contradiction_with_what_the_case_has_already(north):
    load(
        row(next_step="Annual review", next_step_on="2027-03-01"),
        row("P2", next_step="", next_step_on=""),
    )
    assert faults(load(row(next_step=""), row("P2", next_step=""))) == [
        "Line 2, next_step_on: there is a date but no next step."
    ]
    assert faults(load(row("P2", next_step_on="2027-03-01"))) == [
        "Line 2, next_step_on: there is a date but no next step."
    ]


def test_birth_moved_past_the_plan_already_issued(north):
    load(row(plan_issued_on="2019-06-14"))
    assert faults(load(row(date_of_birth="2019-06-15"))) == [
        "Line 2, plan_issued_on: the plan was issued on 14/06/2019, before the birth on 15/06/2019."
    ]


def test_running_promise_stays_with_who_made_it(north, cora, policy):
    case = CaseFactory(owner=cora, team=north)
    person = case.person
    contact = ContactFactory(case=case)
    other = UserFactory(email="other@example.org", team=north)
    imported = load(
        row(
            person.local_id,
            given_name=person.given_name,
            family_name=person.family_name,
            date_of_birth=person.date_of_birth.isoformat(),
            owner_email="other@example.org",
        )
    )
    assert dict(imported.changes) == {"owner": 1}
    case.refresh_from_db()
    assert case.owner == other
    assert Clock.objects.get(pk=contact.clock.pk).owner == cora


@pytest.mark.rule("H37")
def test_an_owner_comes_with_the_involvement_that_says_so(north, cora):
    load(row(owner_email=cora.email), row("P2", owner_email=""))

    [involvement] = Involvement.objects.all()
    assert (involvement.case.owner, involvement.worker, involvement.team) == (cora, cora, north)
    assert (involvement.started_on, involvement.ended_on) == (date(2026, 12, 8), None)
    assert owned_as_involved() == []


@pytest.mark.rule("H37")
def test_another_owner_begins_on_the_day_the_first_one_ends(north, cora):
    other = UserFactory(email="other@example.org", team=north)
    load(row(owner_email=cora.email))
    Involvement.objects.update(started_on=date(2026, 9, 1))

    load(row(owner_email=other.email))
    load(row(owner_email=other.email, next_step="Annual review"))

    assert list(
        Involvement.objects.order_by("id").values_list("worker", "started_on", "ended_on")
    ) == [
        (cora.pk, date(2026, 9, 1), date(2026, 12, 8)),
        (other.pk, date(2026, 12, 8), None),
    ]
    assert owned_as_involved() == []


@pytest.mark.rule("H37")
@pytest.mark.rule("E21")
def test_another_team_begins_another_involvement_of_the_same_owner(north, cora):
    south = TeamFactory(name="South team")
    load(row(owner_email=cora.email))

    load(row(owner_email=cora.email, team="South team"))

    involvements = Involvement.objects.order_by("id")
    assert [(one.worker, one.team) for one in involvements] == [(cora, north), (cora, south)]
    assert owned_as_involved() == []


@pytest.mark.rule("H37")
def test_an_owner_taken_away_leaves_an_ended_involvement_and_a_case_in_the_list(north, cora):
    load(row(owner_email=cora.email))
    load(row(owner_email=""))

    assert Involvement.objects.get().ended_on == date(2026, 12, 8)
    assert [case.owner for case in Case.objects.without_owner()] == [None]
    assert owned_as_involved() == []


def test_an_involvement_that_begins_after_the_import_leaves_no_gap_and_no_overlap(north, cora):
    other = UserFactory(email="other@example.org", team=north)
    load(row(owner_email=cora.email))
    Involvement.objects.update(started_on=date(2026, 12, 10))

    load(row(owner_email=other.email))

    assert list(
        Involvement.objects.order_by("id").values_list("worker", "started_on", "ended_on")
    ) == [
        (cora.pk, date(2026, 12, 10), date(2026, 12, 10)),
        (other.pk, date(2026, 12, 10), None),
    ]
