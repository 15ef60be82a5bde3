"""The pages on which two records are compared, merged and separated."""

import re
from datetime import date

import pytest
from django.template.loader import render_to_string

from accounts.models import AccessEntry
from cases.merge_pages import record_notes, side_by_side
from cases.models import Case, CaseMerge
from tests.cases.merging import WHY, merge
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


MERGE = "/cases/EHC-000042/merge/"
COMPARE = f"{MERGE}?other=EHC-000043"
SEPARATE = "/cases/EHC-000043/separate/"


@pytest.fixture
def kept(policy, cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


@pytest.fixture
def other(policy, cora, north):
    return CaseFactory(reference="EHC-000043", owner=UserFactory(full_name="Dee", team=north))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_coordinator_finds_compares_and_merges_two_records(kept, other, as_person, cora):
    other.person.upn = "T999901222001"
    other.person.save()
    ContactFactory(case=other)
    client = as_person(cora)

    assert "You will see both side by side" in text(client.get(MERGE))
    page = text(client.get(f"{MERGE}?other=ehc-000043"))
    assert "UPN Not recorded T999901222001 Differs" in page
    assert "Family name Okafor Okafor Same" in page
    assert "Still to answer 0 1 Differs" in page
    assert "dates of birth differ" not in page

    merged = client.post(COMPARE, {"keep": "EHC-000042", "reason": WHY})

    assert (merged.status_code, merged.url) == (302, "/cases/EHC-000042/")
    other.refresh_from_db()
    assert other.merged_into == kept
    assert client.get("/cases/EHC-000043/people/").url == "/cases/EHC-000042/people/"
    assert client.get("/cases/EHC-000043/merge/").url == MERGE

    apart = client.post(SEPARATE, {"reason": "Twins"})
    assert (apart.status_code, apart.url) == (302, "/cases/EHC-000043/")
    other.refresh_from_db()
    assert other.merged_into is None


def test_the_other_record_may_be_the_one_that_stays(kept, other, as_person, cora):
    as_person(cora).post(COMPARE, {"keep": "EHC-000043", "reason": WHY})

    kept.refresh_from_db()
    assert kept.merged_into == other


def test_different_dates_of_birth_ask_for_a_tick_on_the_page(kept, other, as_person, cora):
    other.person.date_of_birth = date(2014, 3, 2)
    other.person.save()
    client = as_person(cora)
    posted = {"keep": "EHC-000042", "reason": WHY}
    assert "The dates of birth differ, but it is the same child" in text(client.get(COMPARE))

    told = client.post(COMPARE, posted)
    assert "Tick the box if it is the same child all the same." in text(told)
    assert WHY in told.content.decode()

    assert client.post(COMPARE, posted | {"same_child": "on"}).status_code == 302


@pytest.mark.parametrize(
    ("path", "posted", "message"),
    [
        (f"{MERGE}?other=", None, "Enter the reference of the other record"),
        (f"{MERGE}?other=EHC-999999", None, "There is no case with this reference"),
        (COMPARE, {"reason": WHY}, "Select which record stays"),
        (COMPARE, {"reason": WHY, "keep": "EHC-000001"}, "Select which record stays"),
        (COMPARE, {"keep": "EHC-000042"}, "Enter the reason"),
        (
            f"{MERGE}?other=EHC-000042",
            {"keep": "EHC-000042", "reason": WHY},
            "Choose another record: this is the same one.",
        ),
    ],
)
def test_a_merge_filled_in_wrongly_says_so_and_merges_nothing(
    kept, other, as_person, cora, path, posted, message
):
    client = as_person(cora)
    page = client.get(path) if posted is None else client.post(path, posted)

    assert message in text(page)
    assert not CaseMerge.objects.exists()


def test_somebody_who_merges_second_is_told_and_keeps_the_reason(
    kept, other, as_person, cora, lena
):
    merge(kept, other, lena)

    page = as_person(cora).post(COMPARE, {"keep": "EHC-000042", "reason": "I found this too"})

    assert "Lena Marsh merged EHC-000043 into EHC-000042 on Wednesday" in text(page)
    assert "I found this too" in page.content.decode()


def test_a_record_of_another_team_cannot_be_looked_at_by_merging(kept, as_person, cora):
    CaseFactory(reference="EHC-000045")

    page = as_person(cora).get(f"{MERGE}?other=EHC-000045")

    assert "There is no case with this reference that you may see" in text(page)


def test_separating_asks_for_a_reason_and_exists_only_for_merged_records(
    kept, other, as_person, cora
):
    client = as_person(cora)
    assert client.get(SEPARATE).status_code == 404
    merge(kept, other, cora)

    assert "EHC-000043 is merged into EHC-000042." in text(client.get(SEPARATE))
    assert "Enter the reason" in text(client.post(SEPARATE, {"reason": ""}))


@pytest.mark.rule("H11")
def test_comparing_two_records_is_written_down_for_both(kept, other, as_person, cora):
    as_person(cora).get(COMPARE)

    assert AccessEntry.objects.get().records == ["EHC-000042", "EHC-000043"]


def test_side_by_side_counts_in_two_queries(kept, other, django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(2):
            lines = side_by_side(
                Case(pk=kept.pk, person=kept.person, owner=kept.owner, team=kept.team),
                Case(pk=other.pk, person=other.person, owner=other.owner, team=other.team),
            )
        ContactFactory.create_batch(3, case=other)
        RelatedPersonFactory(person=kept.person)

    assert lines[-1].label == "People around the child"


def test_the_case_page_names_the_merged_record_and_offers_to_take_it_out(
    kept, other, cora, asif, lena, django_assert_num_queries
):
    merge(kept, other, lena)

    for user, sees in ((cora, True), (asif, False)):
        with django_assert_num_queries(1):
            notes = record_notes(kept, user)
        page = render_to_string("cases/_merged.html", notes)
        assert "EHC-000043 is merged into this record, by Lena Marsh" in page
        assert (WHY in page) is sees
        assert (SEPARATE in page) is sees
