"""The public directory: who looks after a school, who leads their team, and nothing of a child."""

from datetime import UTC, date, datetime

import pytest
import textstat
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from accounts.profile_actions import Details, change_details
from cases.models import Area, Establishment
from clocks.models import Standard
from escalations import directory
from escalations.directory import Where
from escalations.models import DirectoryPolicy, Remit
from escalations.remit_actions import Told, add_remit, name_in_directory, remove_remit
from tests.escalations.test_form_words import RIGHTS, sentences, words_of
from tests.factories import CaseFactory, EstablishmentFactory, TeamFactory, UserFactory

# Thursday 5 November 2026, 10am in London.
NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
TODAY = date(2026, 11, 5)
FIND = "/find-your-coordinator/"

pytestmark = pytest.mark.usefixtures("policy", "_at_ten")


@pytest.fixture
def _at_ten():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def area(db) -> Area:
    return Area.objects.create(code="WX1", name="Thornley and around")


@pytest.fixture
def school(area) -> Establishment:
    return EstablishmentFactory.create(name="St Mary’s School", town="Thornley", area=area)


@pytest.fixture
def cora(cora):
    return _with_number(cora, "01632 960201")


@pytest.fixture
def lena(lena, north):
    return _with_number(lena, "01632 960202")


@pytest.fixture
def maya(north):
    """The senior manager above the north team."""
    maya = UserFactory.create(full_name="Maya Quill", role=Role.SENIOR_MANAGER, team=None)
    north.manager = maya
    north.save()
    return maya


@pytest.fixture
def adam(db):
    return UserFactory.create(role=Role.ADMINISTRATOR)


def _with_number(person, number):
    person.phone, person.phone_confirmed_on = number, TODAY
    person.save()
    return person


def colleague(team, name="Bella Stone"):
    return _with_number(UserFactory.create(full_name=name, team=team), "01632 960203")


def give(person=None, **more) -> Remit:
    return Remit.objects.create(person=person, **more)


def read(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200
    return response.content.decode()


def at(school, year="") -> str:
    """The words of the answer for ``school``, in one line."""
    path = reverse("escalations:find_at_school", args=[school.urn])
    return " ".join(words_of(read(f"{path}?year={year}" if year else path)).split())


def away(person, cover=None):
    return Absence.objects.create(person=person, first_day=TODAY, last_day=TODAY, cover=cover)


# --- Who it is ------------------------------------------------------------------------------


@pytest.mark.rule("H96", "H98")
def test_a_school_gives_name_number_mailbox_duty_line_and_the_lead(school, cora, lena):
    give(cora, area=school.area)

    words = at(school)

    assert "Cora Hill Phone: 01632 960201 E-mail: cora@wexmoor.example.org" in words
    assert "If nobody picks up, ring the duty line of the team: 01632 960100. We are open" in words
    assert "Lena Marsh, team lead Phone: 01632 960202 E-mail: lena@wexmoor.example.org" in words


@pytest.mark.rule("H96")
def test_school_and_phase_give_the_right_officer(school, area, cora, north):
    school.kind = Establishment.Kind.SPECIAL
    school.save()
    give(cora, area=area, phase=Remit.Phase.PRIMARY)
    give(colleague(north), area=area, phase=Remit.Phase.SECONDARY)

    asked = at(school)

    assert "Which school year is the child or young person in?" in asked
    assert "Cora" not in asked
    assert "Cora Hill" in at(school, "primary")
    assert "Bella" not in at(school, "primary")
    assert "Bella Stone" in at(school, "secondary")
    assert "Year 7 to Year 11" in at(school, "secondary")
    assert "We have no name for this place here. Ring us on" in at(school, "later")


def test_ages_that_make_no_difference_are_not_asked_for(school, area, cora):
    for phase in (Remit.Phase.EARLY_YEARS, Remit.Phase.PRIMARY):
        give(cora, area=area, phase=phase)

    assert "Cora Hill" in at(school)


@pytest.mark.rule("H96")
@pytest.mark.parametrize("year", ["", "&year=13", "&year=primary%00"])
def test_no_year_is_asked_again_with_the_mistake_named(school, area, cora, year):
    school.kind = Establishment.Kind.SPECIAL
    school.save()
    give(cora, area=area, phase=Remit.Phase.PRIMARY)

    html = read(f"{reverse('escalations:find_at_school', args=[school.urn])}?find=Continue{year}")

    assert "There is a problem" in html
    assert "Select a school year" in html


@pytest.mark.rule("H96")
@pytest.mark.parametrize(
    ("held", "found"),
    [
        ([{}], 0),
        ([{}, {"area": True}], 1),
        ([{"area": True}, {"establishment": True}, {}], 1),
        ([{"area": True}, {"area": True, "phase": "primary"}], 1),
        ([{"establishment": True}, {"area": True, "phase": "primary"}], 0),
        ([{}, {"phase": "later"}], 0),
    ],
)
def test_what_says_most_about_the_place_holds(school, area, cora, held, found):
    place = {"area": area, "establishment": school}
    rows = [
        give(cora, **{key: place[key] if value is True else value for key, value in one.items()})
        for one in held
    ]
    where = Where(area, school)

    closest = directory.closest(where, Remit.Phase.PRIMARY, directory.remits_of(where))

    assert closest == [rows[found]]


@pytest.mark.rule("H96")
def test_several_are_listed_with_what_each_looks_after(school, cora, north):
    give(colleague(north), establishment=school, part="Surnames L to Z")
    give(cora, establishment=school, part="Surnames A to K")

    words = at(school)

    first, second = "Surnames A to K: Cora Hill", "Surnames L to Z: Bella Stone"
    assert -1 < words.index(first) < words.index(second)


def test_another_areas_coordinator_is_not_named(school, cora):
    give(cora, area=Area.objects.create(code="WX2", name="Elsewhere"))

    assert "Cora" not in at(school)


@pytest.mark.rule("H96")
def test_an_area_answers_for_a_child_at_no_school(school, area, cora):
    give(cora, area=area)

    listed = read(f"{FIND}areas/")
    answer = read(reverse("escalations:find_in_area", args=[area.pk]))

    assert "Thornley and around" in listed
    assert "Cora Hill" in answer


# --- Leave, leavers, numbers, safety --------------------------------------------------------


def test_who_is_away_is_covered_and_nobody_is_told_why(school, cora, north):
    give(cora, area=school.area)
    away(cora, colleague(north))

    words = at(school)

    assert "Cora Hill is away just now. Please ask Bella Stone. Phone: 01632 960203" in words
    assert "01632 960201" not in words
    assert "leave" not in words.casefold()


@pytest.mark.parametrize("cover", ["nobody", "away too", "left"])
def test_without_a_cover_at_work_it_is_the_duty_line(school, cora, north, cover):
    bella = colleague(north)
    give(cora, area=school.area)
    away(cora, None if cover == "nobody" else bella)
    if cover == "away too":
        away(bella)
    if cover == "left":
        bella.is_active = False
        bella.save()

    words = at(school)

    assert "Cora Hill is away just now. Phone the team: 01632 960100" in words
    assert "Bella" not in words
    assert "cora@" not in words


@pytest.mark.parametrize("confirmed", [None, date(2026, 5, 4)])
def test_a_number_nobody_vouches_for_is_not_given(school, cora, confirmed):
    give(cora, area=school.area)
    cora.phone_confirmed_on = confirmed
    cora.save()

    words = at(school)

    assert "01632 960201" not in words
    assert "E-mail: cora@wexmoor.example.org Phone the team: 01632 960100" in words


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.CSC_ADVISER}])
def test_who_left_or_holds_no_cases_is_not_named(school, cora, change):
    give(cora, area=school.area)
    type(cora).objects.filter(pk=cora.pk).update(**change)

    words = at(school)

    assert "Cora" not in words
    assert "cora@" not in words
    assert "North team A coordinator in this team Phone the team: 01632 960100" in words


def test_a_team_where_nobody_works_any_more_is_not_shown(school, north, lena):
    give(team=TeamFactory.create(name="Old team", duty_line="01632 960999"), area=school.area)
    give(team=north)

    words = at(school)

    assert "Old team" not in words
    assert "960999" not in words
    assert "North team" in words


@pytest.mark.rule("H96")
def test_who_is_left_out_for_safety_is_nowhere(school, cora, lena):
    give(cora, area=school.area, part="Surnames A to K")
    details = Details(phone=cora.phone, fte=cora.fte, working_days=cora.working_days)
    shown = details
    hidden = Details(**{**vars(details), "unlisted": True})
    for person in (cora, lena):
        change_details(person=person, details=hidden, shown=shown, by=_leader(), now=NOW)

    words = at(school)

    for secret in ("Cora", "cora@", "960201", "Lena", "lena@"):
        assert secret not in words
    assert "Surnames A to K: A coordinator in this team Phone the team: 01632 960100" in words
    assert "Team lead Phone the team: 01632 960100. Ask for the team lead." in words


def _leader():
    return UserFactory.create(role=Role.SENIOR_MANAGER)


def test_a_council_that_names_teams_only_names_nobody(school, cora, lena, north, adam):
    give(cora, establishment=school, part="Surnames A to K")
    give(colleague(north), establishment=school, part="Surnames L to Z")
    name_in_directory(names=DirectoryPolicy.Names.TEAMS, by=adam)

    words = at(school)

    for secret in ("Cora", "Bella", "Lena", "@", "Surnames", "960201"):
        assert secret not in words
    assert words.count("A coordinator in this team") == 1
    assert "01632 960100" in words


# --- The lead -------------------------------------------------------------------------------


@pytest.mark.rule("H98")
def test_the_leads_own_families_are_told_of_the_senior_manager(school, lena, maya):
    give(lena, area=school.area)

    words = at(school)

    assert "Lena Marsh, team lead" in words
    assert "Is the team lead your coordinator? Then ask the senior manager." in words
    assert "Maya Quill, senior manager" in words


@pytest.mark.rule("H98")
def test_a_team_without_a_lead_names_the_senior_manager(school, cora, lena, maya):
    give(cora, area=school.area)
    lena.is_active = False
    lena.save()

    words = at(school)

    assert "Lena" not in words
    assert "This team has no lead just now. Ask the senior manager. Maya Quill" in words


@pytest.mark.rule("H98")
def test_a_lead_who_is_away_is_covered(school, cora, lena, north):
    give(cora, area=school.area)
    away(lena, colleague(north))

    assert "Lena Marsh is away just now. Please ask Bella Stone." in at(school)


@pytest.mark.rule("H95", "H103")
def test_the_ladder_is_told_with_todays_promise_and_no_right_waits_for_it(school, cora):
    give(cora, area=school.area)
    Standard.objects.filter(code="contact.email").update(amount=7)

    words = at(school)

    assert "Ask your coordinator first. You should have an answer within 7 working days." in words
    assert "Is it urgent? Do not wait." in words
    assert "You can complain or appeal at any time. You do not have to ask anybody first." in words


# --- Nothing of a child ---------------------------------------------------------------------


@pytest.mark.rule("H96")
def test_cases_change_nothing(school, area, cora, oscar):
    give(cora, area=area)
    before = (at(school), read(f"{FIND}?name=mary"), read(f"{FIND}areas/"))

    CaseFactory.create(establishment=school, owner=oscar)

    assert (at(school), read(f"{FIND}?name=mary"), read(f"{FIND}areas/")) == before


@pytest.mark.rule("H96")
def test_a_place_known_only_from_a_child_is_not_listed(school, area, cora):
    far = EstablishmentFactory.create(name="Far Away School", town="Farport")
    own = EstablishmentFactory.create(name="Tuition for one", kind="other", area=area, town="Ash")
    CaseFactory.create(establishment=far)

    for place, word in ((far, "far"), (own, "tuition")):
        assert place.name not in read(f"{FIND}?name={word}")
        address = reverse("escalations:find_at_school", args=[place.urn])
        assert Client().get(address).status_code == 404
    listed = read(f"{FIND}areas/")
    assert ("Farport" in listed, "Ash<" in listed) == (False, False)

    give(cora, establishment=far)
    assert "Cora Hill" in at(far)


# --- Finding a school -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["st marys", "Saint Mary's", "MARY", "mary thornley", "thornley", "st mry school", "the mary"],
)
def test_a_school_is_found_by_what_people_type(school, area, typed):
    EstablishmentFactory.create(name="Oakfield College", area=area, town="Ashby")

    assert directory.find_schools(typed) == [school]


@pytest.mark.parametrize("typed", ["zzzz", "%", "'; drop", "the", "…"])
def test_what_is_no_name_finds_nothing_and_says_so(school, typed):
    words = words_of(read(f"{FIND}?name={typed}"))

    assert "We found no school with this name" in words


@pytest.mark.parametrize("typed", ["", "%20", "%00", "x" * 81])
def test_a_name_is_asked_for_again(school, typed):
    assert "There is a problem" in read(f"{FIND}?name={typed}")


def test_more_schools_than_a_page_are_said_to_be_more(area):
    for number in range(21):
        EstablishmentFactory.create(name=f"Oak {number:02d}", area=area)

    html = read(f"{FIND}?name=oak")

    assert html.count("find-your-coordinator/schools/") == 20
    assert "There are more than 20." in html


# --- Every page -----------------------------------------------------------------------------


@pytest.fixture
def pages(school, area, cora, lena, maya, north) -> dict[str, str]:
    give(cora, area=area, phase="primary")
    give(lena, area=area, phase="later")
    special = EstablishmentFactory.create(name="Oak School", kind="special", area=area)
    of_special = reverse("escalations:find_at_school", args=[special.urn])
    away(cora, colleague(north))
    nobody = Area.objects.create(code="WX2", name="Ashby and around")
    return {
        "start": read(FIND),
        "found": read(f"{FIND}?name=thornley"),
        "none": read(f"{FIND}?name=zzzz"),
        "areas": read(f"{FIND}areas/"),
        "year": read(of_special),
        "covered": read(f"{of_special}?year=primary"),
        "lead": read(f"{of_special}?year=later"),
        "nobody": read(reverse("escalations:find_in_area", args=[nobody.pk])),
    }


@pytest.mark.rule("H15")
def test_a_child_of_nine_can_read_every_page(pages):
    hard = {}
    for name, html in pages.items():
        prose = sentences(html)
        grades = (
            textstat.automated_readability_index(prose),
            textstat.coleman_liau_index(prose),
            textstat.words_per_sentence(prose),
        )
        if grades[0] >= 4 or grades[1] >= 6 or grades[2] >= 12:
            hard[name] = (*grades, prose)

    assert hard == {}


@pytest.mark.rule("H103")
def test_where_to_turn_is_on_every_page(pages):
    wanted = [*RIGHTS, "If a child is in danger, ring 999"]

    assert [
        (name, link) for name, html in pages.items() for link in wanted if link not in html
    ] == []


def test_every_page_has_one_heading_and_no_way_to_the_sign_in_page(pages):
    for name, html in pages.items():
        assert html.count("<h1") == 1, name
        assert "sign-in" not in html, name
        assert "csrfmiddlewaretoken" not in html, name


def test_no_browser_keeps_a_page_and_no_search_engine_finds_it(school):
    for address in (FIND, f"{FIND}areas/", f"{FIND}schools/{school.urn}/"):
        response = Client().get(address)
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response.cookies == {}


def test_staff_who_are_signed_in_read_what_everybody_reads(school, cora, as_person):
    give(cora, area=school.area)
    path = reverse("escalations:find_at_school", args=[school.urn])

    assert words_of(as_person(cora).get(path).content.decode()) == words_of(read(path))


@pytest.mark.parametrize("path", ["schools/1/", "schools/99999999999999999999/", "areas/99/"])
def test_an_address_that_is_nobodys_is_not_there(area, path):
    assert Client().get(FIND + path).status_code == 404


def test_only_reading(school):
    assert Client().post(FIND).status_code == 405


def test_nobody_copies_the_whole_directory(school, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"directory": "2/10m/ip"}

    answers = [Client().get(f"{FIND}schools/{school.urn}/").status_code for _ in range(3)]

    assert answers == [200, 200, 429]


@pytest.mark.parametrize("number", [1, 3])
def test_many_coordinators_cost_as_much_as_one(school, north, number, django_assert_num_queries):
    for turn in range(number):
        team = TeamFactory.create() if turn else north
        give(colleague(team, f"Person of turn {turn}"), establishment=school)
    where = Where(school.area, school)

    with django_assert_num_queries(5):
        teams = directory.answer(directory.remits_of(where), TODAY)

    assert len(teams) == number


@pytest.mark.parametrize("number", [1, 3])
def test_many_schools_and_areas_cost_as_much_as_one(number, django_assert_num_queries):
    for turn in range(number):
        area = Area.objects.create(code=f"A{turn}", name=f"Area {turn}")
        EstablishmentFactory.create(name=f"Oak {turn}", town=f"Town {turn}", area=area)

    with django_assert_num_queries(1):
        assert len(directory.find_schools("oak")) == number
    with django_assert_num_queries(2):
        assert len(directory.areas_with_towns()) == number


@pytest.mark.rule("H96", "H98")
@pytest.mark.parametrize("path", ["/concern/new/", "/account/sign-in/"])
def test_the_way_to_it_is_on_the_first_pages(client, path):
    assert f'href="{FIND}"' in client.get(path).content.decode()


# --- Settings -------------------------------------------------------------------------------


def test_an_administrator_adds_a_line_once_and_takes_it_away(school, cora, adam, as_person):
    client = as_person(adam)
    asked = {"person": cora.pk, "urn": school.urn, "phase": "", "part": " Surnames  A to K "}
    for _ in range(2):
        assert client.post("/settings/directory/new/", asked).status_code == 302
    remit = Remit.objects.get()
    assert (remit.person, remit.establishment, remit.part) == (cora, school, "Surnames A to K")
    assert "Surnames A to K" in client.get("/settings/directory/").content.decode()

    for _ in range(2):
        client.post(f"/settings/directory/{remit.pk}/remove/")
    assert Remit.objects.count() == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"phase": ""}, "Select a person or a team"),
        ({"person": "cora", "team": "north"}, "Select a person or a team, not both"),
        ({"person": "cora", "urn": "school", "area": "area"}, "Give a school or an area, not both"),
        ({"person": "cora", "urn": "12"}, "No school, college or setting has this URN"),
        ({"person": "cora", "urn": "9" * 20}, "The URN must be six or seven figures"),
        ({"person": "cora", "part": "x" * 81}, "Use 80 characters or less"),
    ],
)
def test_a_line_that_cannot_be_is_refused(school, area, cora, north, adam, as_person, asked, said):
    known = {"cora": cora.pk, "north": north.pk, "school": school.urn, "area": area.pk}

    response = as_person(adam).post(
        "/settings/directory/new/", {key: known.get(value, value) for key, value in asked.items()}
    )

    assert said in response.content.decode()
    assert Remit.objects.count() == 0


def test_only_administrators_keep_the_directory(cora, lena):
    for act in (
        lambda: add_remit(told=Told(person=cora), by=lena),
        lambda: remove_remit(remit=1, by=lena),
        lambda: name_in_directory(names="teams", by=lena),
    ):
        with pytest.raises(RuleBroken) as broken:
            act()
        assert broken.value.code == "may_not_change"


def test_who_is_in_no_team_or_holds_no_cases_looks_after_nothing(maya, asif, adam):
    for person, code in ((maya, "no_team"), (asif, "cannot_own")):
        with pytest.raises(RuleBroken) as broken:
            add_remit(told=Told(person=person), by=adam)
        assert broken.value.code == code


def test_the_database_knows_what_a_line_is(cora, north, school, area):
    give(cora)
    for wrong in (
        {},
        {"person": cora, "team": north},
        {"person": cora, "establishment": school, "area": area},
        {"person": cora},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Remit.objects.create(**wrong)


def test_whom_it_names_is_one_choice(adam, as_person):
    assert DirectoryPolicy.current().names == "people"

    for _ in range(2):
        as_person(adam).post("/settings/directory/names/", {"names": "teams"})

    assert [policy.names for policy in DirectoryPolicy.objects.all()] == ["teams"]
    assert (
        "Teams and their duty lines only"
        in as_person(adam).get("/settings/directory/").content.decode()
    )


def test_leaving_somebody_out_is_ticked_on_their_details(cora, lena, as_person):
    client, path = as_person(lena), reverse("change_details", args=[cora.pk])
    shown = {"shown_phone": cora.phone, "shown_fte": "1.00", "shown_days": "01234"}
    asked = shown | {"phone": cora.phone, "fte": "1", "working_days": [0, 1, 2, 3, 4]}

    client.post(path, asked | {"unlisted": "on"})
    cora.refresh_from_db()
    assert cora.unlisted
    assert (
        "Left out: families read only the team"
        in client.get(reverse("person", args=[cora.pk])).content.decode()
    )

    client.post(path, asked | {"shown_unlisted": "True"})
    cora.refresh_from_db()
    assert not cora.unlisted
