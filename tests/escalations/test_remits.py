"""Administrators keep the public directory: several schools at a time, each line by itself."""

import pytest
from django.core.cache import cache

from accounts.models import Role
from cases.models import Area
from escalations.models import Remit
from tests.callbacks.test_desk_pages import errors
from tests.escalations.test_directory import at
from tests.factories import EstablishmentFactory, UserFactory

NEW = "/settings/directory/new/"


@pytest.fixture
def area(db) -> Area:
    cache.clear()
    return Area.objects.create(code="WX1", name="Thornley and around")


@pytest.fixture
def schools(area):
    names = ("Ash School", "Birch School", "Cedar School")
    return [EstablishmentFactory.create(name=name, area=area) for name in names]


@pytest.fixture
def admin(as_person, db):
    return as_person(UserFactory.create(role=Role.ADMINISTRATOR))


@pytest.mark.rule("H96")
def test_one_coordinator_gets_several_schools_in_one_go(schools, cora, admin):
    lines = "\n".join(["", *(f" {one.urn}, " for one in schools), str(schools[0].urn)])
    asked = {"person": cora.pk, "urn": lines, "phase": "primary", "part": "Surnames A to K"}
    for _ in range(2):
        response = admin.post(NEW, asked, follow=True)
        assert "3 places: the public directory says so from now on." in response.content.decode()

    assert [(one.person, one.establishment, one.part) for one in Remit.objects.order_by("pk")] == [
        (cora, school, "Surnames A to K") for school in schools
    ]


def test_every_line_that_is_wrong_is_named_and_nothing_is_lost_or_added(schools, cora, admin):
    lines = [str(schools[0].urn), "12", "", "Ash School", f"{schools[1].urn} {schools[2].urn}"]
    response = admin.post(NEW, {"person": cora.pk, "urn": "\r\n".join(lines), "part": "A to K"})

    assert errors(response) == (
        "Line 2, 12: No school, college or setting has this URN "
        "Line 4, Ash School: The URN must be six or seven figures "
        f"Line 5, {schools[1].urn} {schools[2].urn}: The URN must be six or seven figures"
    )
    page = response.content.decode()
    for line in filter(None, lines):
        assert line in page
    assert 'value="A to K"' in page
    assert Remit.objects.count() == 0


def test_more_than_anybody_reads_through_is_refused(schools, cora, admin):
    response = admin.post(NEW, {"person": cora.pk, "urn": "\n".join(["1"] * 201)})

    assert errors(response) == "Give 200 schools or fewer at a time"


def test_all_of_them_or_none_when_a_rule_is_broken(schools, area, cora, admin):
    urns = "\n".join(str(one.urn) for one in schools)
    response = admin.post(NEW, {"person": cora.pk, "urn": urns, "area": area.pk})

    assert errors(response) == "Give a school or an area, not both"
    assert Remit.objects.count() == 0


@pytest.mark.usefixtures("policy")
@pytest.mark.rule("H96")
def test_the_number_of_the_team_is_given_once_for_all_its_coordinators(schools, cora, north, lena):
    bella = UserFactory.create(full_name="Bella Stone", team=north)
    for person, part in ((cora, "Surnames A to K"), (bella, "Surnames L to Z")):
        type(person).objects.filter(pk=person.pk).update(phone="", phone_confirmed_on=None)
        Remit.objects.create(person=person, establishment=schools[0], part=part)

    words = at(schools[0]).partition("If that does not help")[0]

    assert words.count(north.duty_line) == 1
    assert f"Phone the team: {north.duty_line}. Ask for your EHC coordinator." in words
    assert "If nobody picks up" not in words
