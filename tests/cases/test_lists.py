"""Cases that nobody looks after and cases that have gone silent: nobody is forgotten."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import Absence, AccessEntry, Role, User
from cases.models import Case, LeadProfessional, NamedStaff
from cases.silence import silence, silent_before
from clocks.models import Standard, UnitChoice
from tests.factories import CaseFactory, ContactFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
LISTS = ["/cases/without-owner/", "/cases/silent/"]


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def mira(db) -> User:
    """A senior manager."""
    return UserFactory.create(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def listed(response) -> list[str]:
    return re.findall(r'href="/cases/(EHC-[^/"]+)/"', response.content.decode())


def contact(case, *, days_ago: int, **changes):
    at = NOW - timedelta(days=days_ago)
    return ContactFactory(case=case, received_at=at, **changes)


# --- Without an owner -----------------------------------------------------------------------


@pytest.mark.rule("H37")
def test_open_cases_of_nobody_of_leavers_and_of_those_who_hold_none_are_listed(
    as_person, north, lena, cora
):
    left = UserFactory(full_name="Gone Away", team=north, is_active=False)
    moved_on = UserFactory(full_name="Other Work", team=north, role=Role.BUSINESS_SUPPORT)
    CaseFactory(reference="EHC-000001", owner=None, team=north)
    CaseFactory(reference="EHC-000002", owner=left)
    CaseFactory(reference="EHC-000003", owner=moved_on)
    kept = CaseFactory(reference="EHC-000004", owner=cora)
    CaseFactory(reference="EHC-000005", owner=None, team=north, status=Case.Status.CEASED)
    CaseFactory(reference="EHC-000006", owner=None, team=north, merged_into=kept)

    page = as_person(lena).get("/cases/without-owner/")

    assert listed(page) == ["EHC-000001", "EHC-000002", "EHC-000003"]
    said = text(page)
    assert "The owner was Gone Away, who has left." in said
    assert "The owner was Other Work, who no longer holds cases." in said
    assert 'href="/cases/EHC-000001/allocate/"' in page.content.decode()


@pytest.mark.rule("H37")
def test_a_lead_sees_the_team_and_a_manager_the_whole_service(as_person, north, lena, mira):
    CaseFactory(reference="EHC-000001", owner=None, team=north)
    CaseFactory(reference="EHC-000002", owner=None, team=TeamFactory())
    support = UserFactory(role=Role.BUSINESS_SUPPORT, team=north)

    for person, references in (
        (lena, ["EHC-000001"]),
        (support, ["EHC-000001"]),
        (mira, ["EHC-000001", "EHC-000002"]),
    ):
        assert listed(as_person(person).get("/cases/without-owner/")) == references
    assert "/allocate/" not in as_person(support).get("/cases/without-owner/").content.decode()


@pytest.mark.parametrize("path", LISTS)
def test_a_restricted_case_is_listed_for_its_named_staff_only(policy, as_person, north, lena, path):
    case = CaseFactory(
        reference="EHC-000001",
        owner=None,
        team=north,
        restricted=True,
        restricted_reason="Somebody known to us.",
    )
    client = as_person(lena)

    assert listed(client.get(path)) == []
    NamedStaff.objects.create(case=case, user=lena)
    assert listed(client.get(path)) == ["EHC-000001"]


@pytest.mark.rule("H91")
def test_lead_professionals_who_are_not_there_are_listed_with_who_covers(
    as_person, cora, lena, oscar
):
    for number, user in enumerate([cora, oscar], start=1):
        LeadProfessional.objects.create(
            case=CaseFactory(reference=f"EHC-00000{number}", owner=lena),
            user=user,
            reason="r",
            named_at=NOW,
            named_by=lena,
            in_force_at=NOW,
        )
    client = as_person(lena)
    assert "Lead professionals who are not there" not in text(client.get(LISTS[0]))

    User.objects.filter(pk=cora.pk).update(is_active=False)
    Absence.objects.create(person=oscar, first_day=TODAY, last_day=date(2026, 11, 6), cover=lena)

    said = text(client.get("/cases/without-owner/"))
    assert "Cora Hill has left: messages go to the case owner." in said
    assert "Oscar Pine is away until Friday 6 November 2026; Lena Marsh looks after" in said


# --- Silent ---------------------------------------------------------------------------------


@pytest.mark.rule("S5")
@pytest.mark.parametrize(("days", "silent"), [(89, False), (90, True)])
def test_a_case_is_listed_from_the_ninetieth_day_without_contact(
    policy, as_person, cora, lena, days, silent
):
    case = CaseFactory(reference="EHC-000001", owner=cora)
    contact(case, days_ago=days)
    contact(case, days_ago=200)

    page = as_person(lena).get("/cases/silent/")
    assert listed(page) == (["EHC-000001"] if silent else [])
    if silent:
        assert "Last contact on Thursday 6 August 2026." in text(page)


@pytest.mark.rule("S5")
@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"direction": "out", "sender": "staff"}, True),
        ({"sender": "establishment"}, True),
        ({"internal": True, "channel": "note"}, False),
        ({"struck_reason": "Another child."}, False),
    ],
)
def test_what_was_said_in_either_direction_counts_and_notes_do_not(
    policy, as_person, cora, lena, changes, counts
):
    if "struck_reason" in changes:
        changes |= {"struck_at": NOW, "struck_by": cora}
    contact(CaseFactory(reference="EHC-000001", owner=cora), days_ago=1, **changes)

    assert listed(as_person(lena).get("/cases/silent/")) == ([] if counts else ["EHC-000001"])


@pytest.mark.rule("S5")
def test_what_was_said_of_a_merged_record_counts_for_the_kept_one(policy, as_person, cora, lena):
    kept = CaseFactory(reference="EHC-000001", owner=cora)
    contact(CaseFactory(owner=cora, merged_into=kept), days_ago=1)

    assert listed(as_person(lena).get("/cases/silent/")) == []


@pytest.mark.rule("S5")
def test_a_case_without_any_contact_is_silent_and_a_ceased_one_is_not(
    policy, as_person, cora, lena
):
    CaseFactory(reference="EHC-000001", owner=cora)
    CaseFactory(reference="EHC-000002", owner=cora, status=Case.Status.CEASED)

    page = as_person(lena).get("/cases/silent/")
    assert listed(page) == ["EHC-000001"]
    assert "for 90 days" in text(page)
    assert "No contact is recorded." in text(page)


def test_before_a_policy_is_loaded_nothing_is_called_silent(as_person, cora, lena):
    CaseFactory(owner=cora)

    page = as_person(lena).get("/cases/silent/")
    assert listed(page) == []
    assert "No limit has been set." in text(page)


@pytest.mark.parametrize(
    ("amount", "unit", "since"),
    [
        (90, UnitChoice.CALENDAR_DAYS, datetime(2026, 8, 6, 23, tzinfo=UTC)),
        (2, UnitChoice.WEEKS, datetime(2026, 10, 21, 23, tzinfo=UTC)),
        (2, UnitChoice.CALENDAR_MONTHS, datetime(2026, 9, 4, 23, tzinfo=UTC)),
        # Tuesday 3 November is the first of them, Wednesday 28 October the fifth.
        (5, UnitChoice.WORKING_DAYS, datetime(2026, 10, 29, tzinfo=UTC)),
        (48, UnitChoice.ELAPSED_HOURS, datetime(2026, 11, 2, 10, tzinfo=UTC)),
    ],
)
def test_the_limit_may_be_in_any_unit(policy, amount, unit, since):
    standard = Standard(code="case.silence", amount=amount, unit=unit)

    assert silent_before(standard, NOW) == since


def test_months_end_on_the_last_day_when_the_month_is_shorter(policy):
    standard = Standard(code="case.silence", amount=1, unit=UnitChoice.CALENDAR_MONTHS)

    # A month before 31 March is 28 February, so nothing since 1 March is silent.
    assert silent_before(standard, datetime(2026, 3, 31, 12, tzinfo=UTC)) == datetime(
        2026, 3, 1, tzinfo=UTC
    )


def test_a_new_version_of_the_limit_holds_from_its_day(policy):
    Standard.objects.create(
        code="case.silence",
        name="Case without contact is listed",
        amount=30,
        unit=UnitChoice.CALENDAR_DAYS,
        effective_from=date(2026, 11, 5),
    )
    assert silence(TODAY).amount == 90
    assert silence(date(2026, 11, 5)).amount == 30


# --- Both -----------------------------------------------------------------------------------


@pytest.mark.rule("H11")
@pytest.mark.parametrize("path", LISTS)
def test_what_a_list_shows_is_written_down(policy, as_person, north, lena, path):
    CaseFactory(reference="EHC-000001", owner=None, team=north)
    as_person(lena).get(path)

    [entry] = AccessEntry.objects.all()
    assert (entry.kind, entry.records, entry.detail) == ("listed", ["EHC-000001"], "lists")


@pytest.mark.parametrize("path", LISTS)
def test_a_long_list_pages_by_key(policy, as_person, north, lena, path):
    cases = [CaseFactory(owner=None, team=north) for _ in range(53)]
    client = as_person(lena)

    first = client.get(path)
    following = re.search(r'href="(\?after=\d+)"', first.content.decode())
    assert following
    second = client.get(path + following[1])

    assert listed(first) + listed(second) == [case.reference for case in cases]
    assert "Back to the first" in text(second)
    assert client.get(f"{path}?after=rubbish").status_code == 200


@pytest.mark.parametrize(("path", "queries"), [(LISTS[0], 8), (LISTS[1], 7)])
def test_a_list_takes_the_same_queries_for_one_row_and_for_three(
    policy, as_person, north, lena, django_assert_num_queries, path, queries
):
    client = as_person(lena)
    for _ in range(2):
        CaseFactory(owner=None, team=north)
        case = CaseFactory(owner=None, team=north)
        LeadProfessional.objects.create(
            case=case,
            user=UserFactory(is_active=False),
            reason="r",
            named_at=NOW,
            named_by=lena,
        )
        with django_assert_num_queries(queries):
            client.get(path)


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.TEAM_LEAD, True),
        (Role.SENIOR_MANAGER, True),
        (Role.BUSINESS_SUPPORT, True),
        (Role.RESOLUTION_OFFICER, False),
    ],
)
def test_the_home_page_counts_both_and_leads_to_them(policy, as_person, north, role, sees):
    CaseFactory(owner=None, team=north)
    CaseFactory(owner=UserFactory(team=north))

    home = as_person(UserFactory(role=role, team=north)).get("/")

    assert ("Cases without an owner: 1" in text(home)) is sees
    assert ("Silent cases: 2" in text(home)) is sees
    assert all((f'href="{path}"' in home.content.decode()) is sees for path in LISTS)


def test_very_many_are_not_counted_to_the_end(policy, as_person, north, lena):
    for _ in range(101):
        CaseFactory(owner=None, team=north)

    assert "Cases without an owner: more than 100" in text(as_person(lena).get("/"))
