"""Changing the details of a child and a case: what is refused, and two people at once."""

import json
import re
import threading
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import AccessEntry, Role
from cases import record_actions
from cases.edits import ChangedMeanwhile, all_plain
from cases.models import Area, Case, LocalId
from cases.record_actions import details_of
from tests.factories import CaseFactory, EstablishmentFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
CHANGE = "/cases/EHC-000042/change/"
UPN = "T999901222001"


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(cora):
    school = EstablishmentFactory(name="Thornley Grange School", urn=900001)
    return CaseFactory(reference="EHC-000042", owner=cora, establishment=school)


def change(case, by, shown=None, sure=False, **changes):
    current = details_of(Case.objects.get(pk=case.pk))
    shown = current if shown is None else shown
    return record_actions.change_details(
        case=case,
        shown=all_plain(shown),
        wanted=shown | changes,
        by=by,
        now=NOW,
        sure_of_birth=sure,
    )


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def as_opened(client) -> dict[str, object]:
    """The form as the browser has it when the page opens."""
    opened = client.get(CHANGE).context["form"]
    posted: dict[str, object] = {"shown": json.dumps(opened["shown"].initial)}
    for field in opened:
        value = field.value()
        if isinstance(value, date):
            posted |= {
                f"{field.name}_{box}": str(getattr(value, box)) for box in ("day", "month", "year")
            }
        elif value is not None and field.name != "shown":
            posted[field.name] = value
    return posted


def test_changing_the_details_keeps_every_field(case, cora):
    area = Area.objects.create(code="N1", name="North one")
    school = EstablishmentFactory()
    wanted = {
        "given_name": "Amarachi",
        "family_name": "Okafor-Reed",
        "known_as": "Amara",
        "date_of_birth": date(2014, 3, 2),
        "upn": UPN,
        "year_offset": -1,
        "care": "ours",
        "area": area,
        "flags": ["interpreter", "separated_parents"],
        "address": "1 Mill Lane",
        "postcode": "ZZ99 3WZ",
        "status": "assessment",
        "establishment": school,
        "primary_need": "Hearing impairment",
        "plan_issued_on": date(2026, 3, 2),
        "next_step": "Annual review",
        "next_step_on": date(2027, 3, 2),
        "local_ids": ["Health: 77", "Social care: 123"],
    }
    change(case, cora, **wanted)

    assert details_of(Case.objects.get()) == wanted
    assert set(wanted) == set(details_of(case))


@pytest.mark.parametrize("role", [Role.CSC_ADVISER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_details_are_not_changed_by_those_who_only_read(case, role):
    with pytest.raises(RuleBroken) as broken:
        change(case, UserFactory(role=role), known_as="A")

    assert broken.value.code == "may_not_change"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"date_of_birth": date(2026, 11, 5)}, "future", "date_of_birth"),
        ({"date_of_birth": date(1975, 12, 31)}, "too_old", "date_of_birth"),
        ({"plan_issued_on": date(2026, 11, 5)}, "future", "plan_issued_on"),
        ({"plan_issued_on": date(2014, 2, 2)}, "contradiction", "plan_issued_on"),
        ({"next_step_on": date(2027, 1, 1)}, "contradiction", "next_step_on"),
        ({"upn": "A999901222001"}, "bad_upn", "upn"),
    ],
)
def test_details_that_cannot_be_are_refused_and_nothing_is_saved(case, cora, changes, code, field):
    with pytest.raises(RuleBroken) as broken:
        change(case, cora, known_as="Changed", **changes)

    assert (broken.value.code, broken.value.field) == (code, field)
    case.person.refresh_from_db()
    assert case.person.known_as == ""


@pytest.mark.parametrize("born", [date(2026, 11, 4), date(1976, 1, 1)])
def test_a_birth_today_or_fifty_years_ago_can_be(case, cora, born):
    change(case, cora, sure=True, date_of_birth=born)

    case.person.refresh_from_db()
    assert case.person.date_of_birth == born


def test_a_upn_of_another_record_is_refused_and_names_only_what_one_may_see(case, cora, lena):
    other = CaseFactory(reference="EHC-000045", owner=lena, person__upn=UPN)

    with pytest.raises(RuleBroken, match="EHC-000045 has this UPN"):
        change(case, cora, upn=UPN)

    other.restricted, other.restricted_reason = True, "Threats"
    other.save()
    with pytest.raises(RuleBroken, match="Another record has this UPN") as broken:
        change(case, cora, upn=UPN)
    assert "EHC-000045" not in broken.value.message


def test_a_upn_that_the_merged_record_of_the_same_child_has_can_be_used(case, cora):
    CaseFactory(owner=cora, person__upn=UPN, merged_into=case)

    change(case, cora, upn=UPN)

    case.person.refresh_from_db()
    assert case.person.upn == UPN


def test_a_local_id_of_another_child_is_refused(case, cora):
    LocalId.objects.create(person=CaseFactory().person, system="Health", value="77")
    LocalId.objects.create(person=case.person, system="Health", value="78")

    with pytest.raises(RuleBroken) as broken:
        change(case, cora, local_ids=["Health: 77"])

    assert (broken.value.code, broken.value.field) == ("local_id_taken", "local_ids")


def test_a_local_id_can_be_taken_out(case, cora):
    LocalId.objects.create(person=case.person, system="Health", value="78")

    change(case, cora, local_ids=[])

    assert not LocalId.objects.exists()


def test_changes_of_different_fields_are_both_kept(case, cora):
    shown = details_of(case)
    change(case, cora, shown, next_step="Annual review")
    change(case, cora, shown, known_as="Ama")

    now = details_of(Case.objects.get())
    assert (now["next_step"], now["known_as"]) == ("Annual review", "Ama")


def test_a_record_merged_meanwhile_is_left_alone(case, cora):
    merged = CaseFactory(owner=cora, merged_into=case)

    with pytest.raises(RuleBroken) as broken:
        change(merged, cora, known_as="Ama")

    assert broken.value.code == "merged"


@pytest.mark.django_db(transaction=True)
def test_two_people_changing_one_field_at_once_leave_one_told(case, cora, lena):
    shown = details_of(case)
    together = threading.Barrier(2)
    outcomes = []

    def press(person, need) -> None:
        together.wait()
        try:
            change(case, person, shown, primary_need=need)
            outcomes.append("saved")
        except ChangedMeanwhile as broken:
            outcomes.append(broken.field)
        connections.close_all()

    presses = [(cora, "Hearing impairment"), (lena, "Autistic spectrum disorder")]
    threads = [threading.Thread(target=press, args=pressed) for pressed in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["primary_need", "saved"]


# --- The page ---------------------------------------------------------------------------------


def test_a_coordinator_changes_the_details_on_the_page(case, as_person, cora):
    client = as_person(cora)
    posted = as_opened(client) | {"upn": "t 9999 01222001", "establishment": "grange"}

    response = client.post(CHANGE, posted, follow=True)

    assert response.redirect_chain == [("/cases/EHC-000042/", 302)]
    case.person.refresh_from_db()
    assert case.person.upn == UPN
    assert "Unique pupil number" in text(client.get(CHANGE))
    changed = text(client.get(CHANGE)).partition("What changed")[2]
    assert f"UPN: {UPN} instead of nothing" in changed
    assert "Cora Hill" in changed


def test_saving_without_a_change_writes_no_history(case, as_person, cora):
    client = as_person(cora)

    assert client.post(CHANGE, as_opened(client)).status_code == 302
    assert case.events.count() == case.person.events.count() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"given_name": ""}, "Enter their first names"),
        ({"date_of_birth_day": "30", "date_of_birth_month": "2"}, "must be a real date"),
        ({"date_of_birth_year": "2027"}, "Date of birth must be in the past."),
        ({"upn": "T999901222002"}, "its first letter does not fit the rest"),
        ({"upn": "12"}, "is not a UPN"),
        ({"postcode": "Mill Lane"}, "Enter a full UK postcode"),
        ({"year_offset": "7"}, "Select which year they are taught with"),
        ({"area": "77"}, "Select an area from the list"),
        ({"local_ids": "77"}, "Write each id as the system, a colon and the id"),
        ({"local_ids": f"{'x' * 41}: 1"}, "must be 40 characters or less each"),
        ({"establishment": "Nowhere"}, "No school or college has this name or URN."),
        ({"establishment": "Elm"}, "Type the URN of the one you mean: Elm One (900002); Elm Two"),
        ({"establishment": "900009"}, "No school or college has this name or URN."),
        ({"next_step_on_day": "1"}, "Date of the next step must include a month and year"),
    ],
)
def test_details_filled_in_wrongly_say_so_and_keep_what_was_typed(
    case, as_person, cora, changes, message
):
    EstablishmentFactory(name="Elm One", urn=900002)
    EstablishmentFactory(name="Elm Two", urn=900003)
    client = as_person(cora)

    response = client.post(CHANGE, as_opened(client) | {"primary_need": "Typed"} | changes)

    assert response.status_code == 200
    assert "<title>Error: " in response.content.decode()
    assert message in text(response)
    assert 'value="Typed"' in response.content.decode()
    case.refresh_from_db()
    assert case.primary_need == ""


@pytest.mark.parametrize("typed", ["Elm One", "900002", "Elm One (900002)", "elm one"])
def test_a_school_is_found_by_name_or_urn(case, as_person, cora, typed):
    school = EstablishmentFactory(name="Elm One", urn=900002)
    EstablishmentFactory(name="Elm One Annexe", urn=900003)
    client = as_person(cora)

    client.post(CHANGE, as_opened(client) | {"establishment": typed})

    case.refresh_from_db()
    assert case.establishment == school


def test_the_second_of_two_is_told_on_the_page_and_may_save_again(case, as_person, cora, lena):
    coras = as_opened(as_person(cora)) | {"next_step": "Meet the school", "known_as": "Ama"}
    lenas = as_opened(as_person(lena)) | {"next_step": "Annual review", "primary_need": "Hearing"}
    as_person(lena).post(CHANGE, lenas)

    client = as_person(cora)
    told = client.post(CHANGE, coras)

    assert (
        "Lena Marsh changed the next step after you opened this page: it is now “Annual review”."
    ) in text(told)
    assert 'value="Meet the school"' in told.content.decode()
    client.post(CHANGE, coras | {"shown": told.context["form"]["shown"].value()})
    now = details_of(Case.objects.get())
    assert (now["next_step"], now["primary_need"], now["known_as"]) == (
        "Meet the school",
        "Hearing",
        "Ama",
    )


@pytest.mark.rule("H11")
def test_reading_the_details_is_written_down(case, as_person, cora):
    as_person(cora).get(CHANGE)

    assert AccessEntry.objects.about("EHC-000042").get().detail == "details"


def test_the_page_asks_no_more_queries_after_many_changes(
    case, as_person, cora, django_assert_max_num_queries
):
    client = as_person(cora)
    counts = []
    for names in (["A"], ["B", "C", "D"]):
        for name in names:
            client.post(CHANGE, as_opened(client) | {"known_as": name})
        with django_assert_max_num_queries(30) as queries:
            client.get(CHANGE)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_date_of_birth_that_moves_the_rights_is_asked_about_once(case, as_person, cora):
    client = as_person(cora)
    wrong = {
        "date_of_birth_day": "3",
        "date_of_birth_month": "2",
        "date_of_birth_year": "2004",
    }

    asked = client.post(CHANGE, as_opened(client) | wrong)
    case.person.refresh_from_db()
    assert case.person.date_of_birth == date(2014, 2, 3)
    assert "makes them a young person who decides for themselves" in text(asked)
    assert 'name="sure_of_birth" value="2004-02-03"' in asked.content.decode()

    client.post(CHANGE, as_opened(client) | wrong | {"sure_of_birth": "2004-02-03"})
    case.person.refresh_from_db()
    assert case.person.date_of_birth == date(2004, 2, 3)
