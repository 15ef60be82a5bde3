"""The back office: staff and teams, by administrators, who cannot promote themselves."""

import re

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction

from accounts.models import Role, Team, User
from tests.factories import PASSWORD, TeamFactory, UserFactory

USERS = "/back-office/accounts/user/"
TEAMS = "/back-office/accounts/team/"


@pytest.fixture
def ada(db):
    """The administrator."""
    return UserFactory.create(
        email="ada@wexmoor.example.org",
        full_name="Ada Stone",
        role=Role.ADMINISTRATOR,
        team=None,
        is_superuser=True,
    )


@pytest.fixture
def office(as_person, ada):
    """The administrator's browser."""
    return as_person(ada)


def errors(response) -> list[str]:
    return [
        message
        for messages in response.context["adminform"].form.errors.values()
        for message in messages
    ]


def person(user: User, **changes) -> dict[str, object]:
    """What the form for a member of staff sends."""
    sent = {
        "full_name": user.full_name,
        "email": user.email,
        "role": user.role,
        "team": user.team_id or "",
        "phone": user.phone,
        "is_active": "on",
    }
    return sent | changes


def team(**changes) -> dict[str, object]:
    """What the form for a team sends."""
    return {"name": "North team", "service": Team.Service.SCHOOL_AGE} | changes


# --- Addresses ------------------------------------------------------------------------------


def test_who_was_entered_with_capitals_can_sign_in(office, client, north):
    new = {
        "full_name": "Nora Vale",
        "email": "Nora.Vale@Wexmoor.Example.org",
        "role": Role.COORDINATOR,
        "team": north.pk,
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert office.post(f"{USERS}add/", new).status_code == 302
    client.logout()

    nora = User.objects.get(full_name="Nora Vale")
    assert nora.email == "nora.vale@wexmoor.example.org"
    signed_in = client.post(
        "/account/sign-in/", {"login": "Nora.Vale@Wexmoor.Example.org", "password": PASSWORD}
    )
    assert (signed_in.status_code, signed_in.url) == (302, "/")


def test_an_address_corrected_with_capitals_is_kept_in_lower_case(office, cora):
    office.post(f"{USERS}{cora.pk}/change/", person(cora, email="Cora.Hill@wexmoor.example.org"))

    cora.refresh_from_db()
    assert cora.email == "cora.hill@wexmoor.example.org"


def test_one_address_in_other_letters_is_still_one_address(office, cora, lena):
    response = office.post(
        f"{USERS}{cora.pk}/change/", person(cora, email="LENA@wexmoor.example.org")
    )

    assert errors(response) == ["User with this E-mail address already exists."]


def test_managers_make_lower_case_addresses(db):
    assert User.objects.create_user("Nora@Example.org").email == "nora@example.org"
    assert User.objects.create_superuser("ADA@Example.org").email == "ada@example.org"


def test_the_database_refuses_capitals_whatever_the_door(cora):
    doors = [
        lambda: User.objects.create(email="Nora@example.org"),
        lambda: User.objects.bulk_create([User(email="Nora@example.org")]),
        lambda: User.objects.filter(pk=cora.pk).update(email="Cora@example.org"),
    ]
    for door in doors:
        with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
            door()


# --- Leads ----------------------------------------------------------------------------------


@pytest.mark.rule("H17")
@pytest.mark.parametrize("role", Role)
def test_a_team_is_led_by_somebody_who_can_answer(office, north, role):
    new = UserFactory(role=role, team=north)

    response = office.post(f"{TEAMS}{north.pk}/change/", team(lead=new.pk))

    holds_cases = role in {
        Role.COORDINATOR,
        Role.PLACEMENT_OFFICER,
        Role.TEAM_LEAD,
        Role.SENIOR_MANAGER,
    }
    assert response.status_code == (302 if holds_cases else 200)
    assert (Team.objects.get().lead == new) is holds_cases


@pytest.mark.rule("H4")
@pytest.mark.parametrize("role", Role)
def test_above_the_lead_of_a_team_is_a_senior_manager(office, north, role):
    new = UserFactory(role=role, team=north)

    response = office.post(f"{TEAMS}{north.pk}/change/", team(manager=new.pk))

    manages = role == Role.SENIOR_MANAGER
    assert response.status_code == (302 if manages else 200)
    assert (Team.objects.get().manager == new) is manages


@pytest.mark.rule("E3")
def test_a_team_belongs_to_a_service(office, north):
    office.post(f"{TEAMS}{north.pk}/change/", team(service=Team.Service.VIRTUAL_SCHOOL))

    assert Team.objects.get().get_service_display() == "Virtual School"


@pytest.mark.rule("H67")
def test_one_team_takes_what_belongs_to_no_case(office, north):
    south = TeamFactory(name="South team")
    office.post(f"{TEAMS}{north.pk}/change/", team(takes_unfiled="on"))

    second = office.post(f"{TEAMS}{south.pk}/change/", team(name="South team", takes_unfiled="on"))

    assert errors(second) == ["North team takes it already. Take it from them first."]
    assert list(Team.objects.filter(takes_unfiled=True)) == [north]


# --- What an administrator may --------------------------------------------------------------


def test_an_administrator_gives_another_the_back_office(office, cora):
    office.post(
        f"{USERS}{cora.pk}/change/", person(cora, role=Role.ADMINISTRATOR, is_superuser="on")
    )

    cora.refresh_from_db()
    assert (cora.role, cora.is_staff) == (Role.ADMINISTRATOR, True)


def test_nobody_changes_their_own_role_team_or_rights(office, ada, north):
    change = person(ada, full_name="Ada Flint", role=Role.AUDITOR, team=north.pk)
    del change["is_active"]  # and the back office is not ticked either

    assert office.post(f"{USERS}{ada.pk}/change/", change).status_code == 302

    ada.refresh_from_db()
    assert ada.full_name == "Ada Flint"
    assert (ada.role, ada.team, ada.is_active, ada.is_superuser) == (
        Role.ADMINISTRATOR,
        None,
        True,
        True,
    )


def test_who_may_use_the_back_office_may_use_all_of_it(office):
    page = office.get("/back-office/").content.decode()
    links = set(re.findall(r'href="(/back-office/\w+/\w+/)"', page))

    assert links
    assert {office.get(link).status_code for link in links} == {200}


def test_without_that_right_an_administrator_is_kept_out(as_person, db):
    client = as_person(UserFactory(role=Role.ADMINISTRATOR))

    assert client.get("/back-office/", follow=True).status_code == 403
    assert client.get(USERS, follow=True).status_code == 403


def test_reads_groups_and_sign_in_addresses_are_not_in_the_back_office(office):
    shown = {model._meta.label for model in admin.site._registry}

    assert shown & {"accounts.AccessEntry", "auth.Group", "account.EmailAddress"} == set()
    assert office.get("/back-office/accounts/accessentry/").status_code == 404
