"""The people, schools and staff of the demonstration authority."""

import re
from collections import Counter
from datetime import date

import pytest
from django.db.models import F, Q

from accounts.models import Role, Team, User
from cases.caseload_columns import read_postcode, read_upn
from cases.models import Case, Contact, Establishment, Person
from send_portal.demo.places import FIRST_URN, kind_for
from send_portal.demo.shares import (
    AGES,
    PLANS,
    Placement,
    age_shares,
    all_england,
    need_shares,
    placement_shares,
    placements_by_age,
    sex_shares,
)
from send_portal.demo.staff import WELL_KNOWN

pytestmark = pytest.mark.usefixtures("in_council")

TODAY = date(2026, 12, 7)
# A drawn share of some 1,300 plans strays from the published one by this much at most.
TOLERANCE = 0.035
DRAMA = re.compile(r"01632 960\d{3}|07700 900\d{3}")


def person(role: Role) -> User:
    return User.objects.get(email=WELL_KNOWN[role])


def shares(counts: Counter) -> dict:
    total = sum(counts.values())
    return {value: number / total for value, number in counts.items()}


def furthest_from(published: dict, drawn: Counter) -> float:
    expected, found = shares(Counter(published)), shares(drawn)
    return max(abs(found.get(value, 0) - share) for value, share in expected.items())


def age_on(day: date, birth: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


# --- Published proportions --------------------------------------------------------------------


def test_plans_are_a_tenth_of_the_published_number() -> None:
    once = Case.objects.filter(merged_into=None)
    assert Counter(once.values_list("status", flat=True)) == {
        Case.Status.PLAN: 1292,
        Case.Status.REQUEST: 39,
        Case.Status.ASSESSMENT: 92,
        Case.Status.CEASED: 65,
    }


def test_england_is_every_authority_as_published() -> None:
    sizes = all_england()
    assert len(sizes) == 153
    assert sum(size.plans for size in sizes) == 638_745


def test_ages_follow_the_published_shares() -> None:
    births = Person.objects.filter(case__status="plan").values_list("date_of_birth", flat=True)
    assert furthest_from(age_shares(PLANS), Counter(age_on(TODAY, day) for day in births)) < (
        TOLERANCE
    )


def test_sexes_follow_the_published_shares() -> None:
    sexes = Counter(Person.objects.filter(case__status="plan").values_list("sex", flat=True))
    assert furthest_from(sex_shares(PLANS), sexes) < TOLERANCE


def test_needs_follow_the_published_shares() -> None:
    needs = Counter(Case.objects.filter(status="plan").values_list("primary_need", flat=True))
    assert furthest_from(need_shares(), needs) < TOLERANCE


def test_placements_follow_the_published_shares() -> None:
    published = placement_shares()
    expected = {
        "school": published[Placement.MAINSTREAM],
        "special": published[Placement.SPECIAL],
        "college": published[Placement.COLLEGE],
    }
    expected["elsewhere"] = sum(published.values()) - sum(expected.values())
    name = {"primary": "school", "secondary": "school", "special": "special", "college": "college"}
    kinds = Case.objects.filter(status="plan").values_list("establishment__kind", flat=True)
    assert furthest_from(expected, Counter(name.get(kind, "elsewhere") for kind in kinds)) < (
        TOLERANCE
    )


def test_placements_by_age_keep_both_published_totals() -> None:
    table = placements_by_age()
    for age, number in age_shares(PLANS).items():
        assert sum(table[age].values()) == pytest.approx(number, rel=1e-3)
    for placement, number in placement_shares().items():
        assert sum(row[placement] for row in table.values()) == pytest.approx(number, rel=1e-3)


def test_everybody_learns_where_their_age_does() -> None:
    possible = {
        (kind_for(placement, age), age)
        for placement, (youngest, oldest) in AGES.items()
        for age in range(youngest, oldest + 1)
    }
    rows = Case.objects.values_list("establishment__kind", "person__date_of_birth")
    assert {(kind, age_on(TODAY, birth)) for kind, birth in rows} <= possible


# --- Nobody real ------------------------------------------------------------------------------


def test_telephone_numbers_are_all_of_the_drama_ranges() -> None:
    numbers = [
        *User.objects.exclude(phone="").values_list("phone", flat=True),
        *Team.objects.values_list("duty_line", flat=True),
        *Establishment.objects.values_list("phone", flat=True),
        *Contact.objects.exclude(sender_phone="").values_list("sender_phone", flat=True),
    ]
    assert len(numbers) > 2000
    assert [number for number in numbers if not DRAMA.fullmatch(number)] == []


def test_addresses_are_all_of_the_example_domain() -> None:
    assert not User.objects.exclude(email__endswith="@wexmoor.example.org").exists()
    assert not Establishment.objects.exclude(email__endswith="@example.org").exists()
    families = Contact.objects.exclude(sender_email="")
    assert families.exists()
    assert not families.exclude(sender_email__endswith="@example.org").exists()
    assert not Contact.objects.filter(message__contains="@").exists()


def test_urns_are_outside_the_live_range() -> None:
    urns = list(Establishment.objects.order_by("urn").values_list("urn", flat=True))
    assert urns == list(range(FIRST_URN, FIRST_URN + len(urns)))
    assert FIRST_URN > 999_999


def test_upns_are_valid_and_of_no_authority() -> None:
    upns = list(Person.objects.exclude(upn="").values_list("upn", flat=True))
    assert len(upns) == len(set(upns)) > 1000
    assert [read_upn(upn) for upn in upns] == upns
    assert {upn[1:4] for upn in upns} == {"999"}


def test_postcodes_are_of_no_postcode_area() -> None:
    postcodes = set(Person.objects.values_list("postcode", flat=True))
    assert {read_postcode(postcode) for postcode in postcodes} == postcodes
    assert {postcode[:2] for postcode in postcodes} == {"WX"}
    assert all(postcode[2].isdigit() for postcode in postcodes)


@pytest.mark.parametrize("sign", ["'", "-", "é", "ł", " "])
def test_names_have_apostrophes_hyphens_and_accents(sign: str) -> None:
    assert Person.objects.filter(
        Q(given_name__contains=sign) | Q(family_name__contains=sign)
    ).exists()


def test_some_are_known_by_another_name() -> None:
    assert 30 < Person.objects.exclude(known_as="").count() < 200


# --- Staff ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_role_has_one_well_known_sign_in(role: Role, settings) -> None:
    known = person(role)
    assert known.role == role
    assert known.check_password(settings.DEMO_PASSWORD)


def test_only_the_administrator_may_use_the_back_office() -> None:
    powerful = User.objects.filter(is_superuser=True)
    assert list(powerful) == [person(Role.ADMINISTRATOR)]


def test_well_known_coordinator_has_a_full_caseload_in_the_well_known_leads_team() -> None:
    coordinator = person(Role.COORDINATOR)
    assert coordinator.team is not None
    assert coordinator.team.lead == person(Role.TEAM_LEAD)
    assert {person(Role.BUSINESS_SUPPORT).team, person(Role.PLACEMENT_OFFICER).team} == {
        coordinator.team
    }
    assert 170 <= coordinator.owned_cases.count() <= 230


def test_every_team_has_a_lead_of_its_own_and_every_case_an_answerable_person() -> None:
    assert Team.objects.count() == 2
    assert not Team.objects.exclude(lead__team=F("pk"), lead__role=Role.TEAM_LEAD).exists()
    assert not Case.objects.exclude(Q(owner=None) | Q(owner__team=F("team"))).exists()
