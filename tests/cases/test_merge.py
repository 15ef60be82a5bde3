"""Two records of one child: shown as one, nothing moved, taken apart again."""

import re
import threading
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connections
from django.template.loader import render_to_string

from accounts.errors import RuleBroken
from accounts.models import AccessEntry, Role
from cases import merge_actions
from cases.merge_pages import record_notes, side_by_side
from cases.models import Case, CaseMerge, Contact, NamedStaff, RelatedPerson
from clocks.policy_actions import load_policy
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
LATER = datetime(2026, 11, 5, 10, tzinfo=UTC)
MERGE = "/cases/EHC-000042/merge/"
COMPARE = f"{MERGE}?other=EHC-000043"
SEPARATE = "/cases/EHC-000043/separate/"
WHY = "Same UPN and mother"


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kept(policy, cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


@pytest.fixture
def other(policy, cora, north):
    return CaseFactory(reference="EHC-000043", owner=UserFactory(full_name="Dee", team=north))


def merge(keep, other, by, **changes):
    given = {"keep": keep, "other": other, "reason": WHY, "by": by, "now": NOW}
    return merge_actions.merge(**given | changes)


def separate(merged, by, **changes):
    given = {"merged": merged, "reason": "Twins", "by": by, "now": LATER}
    return merge_actions.separate(**given | changes)


def everything() -> list[object]:
    """All that a merge must leave as it is, and undoing must bring back."""
    contacts = Contact.objects.order_by("pk").values_list("pk", "case", "clock", "clock__owner")
    people = RelatedPerson.objects.order_by("pk").values_list("pk", "person", "ended_on")
    cases = Case.objects.order_by("pk").values_list("pk", "owner", "team", "status")
    return [list(contacts), list(people), list(cases)]


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Merging ----------------------------------------------------------------------------------


def test_merging_moves_nothing_and_separating_restores_all(kept, other, cora):
    contact = ContactFactory(case=other)
    RelatedPersonFactory(person=other.person)
    before = everything()

    done = merge(kept, other, cora)

    other.refresh_from_db()
    assert other.merged_into == kept
    assert (done.kept, done.merged, done.reason, done.merged_by, done.merged_at) == (
        kept,
        other,
        WHY,
        cora,
        NOW,
    )
    assert everything() == before
    assert contact.clock.owner == other.owner
    assert list(Case.objects.open()) == [kept]

    undone = separate(other, cora)

    other.refresh_from_db()
    assert other.merged_into is None
    assert everything() == before
    assert (undone.pk, undone.undone_by, undone.undone_at, undone.undone_reason) == (
        done.pk,
        cora,
        LATER,
        "Twins",
    )


def test_whoever_sees_the_kept_record_sees_the_contacts_of_the_merged_one(kept, cora):
    elsewhere = ContactFactory()
    assert not Contact.objects.visible_to(cora).exists()

    merge(kept, elsewhere.case, UserFactory(role=Role.SENIOR_MANAGER))

    assert list(Contact.objects.visible_to(cora)) == [elsewhere]


@pytest.mark.parametrize("role", [Role.CSC_ADVISER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_merging_is_not_for_those_who_only_read(kept, other, role):
    user = UserFactory(role=role)
    for act in (lambda: merge(kept, other, user), lambda: separate(other, user)):
        with pytest.raises(RuleBroken) as broken:
            act()
        assert broken.value.code == "may_not_change"


def test_a_record_is_not_merged_into_itself(kept, cora):
    with pytest.raises(RuleBroken) as broken:
        merge(kept, kept, cora)

    assert broken.value.code == "itself"


def test_merging_and_separating_need_a_reason(kept, other, cora):
    with pytest.raises(RuleBroken) as broken:
        merge(kept, other, cora, reason=" ")
    assert (broken.value.code, broken.value.field) == ("reason_missing", "reason")
    merge(kept, other, cora)
    with pytest.raises(RuleBroken) as broken:
        separate(other, cora, reason="")
    assert broken.value.code == "reason_missing"


def test_different_dates_of_birth_need_somebodys_word(kept, other, cora):
    other.person.date_of_birth = date(2014, 3, 2)
    other.person.save()

    with pytest.raises(RuleBroken) as broken:
        merge(kept, other, cora)
    assert (broken.value.code, broken.value.field) == ("birth_differs", "same_child")

    assert merge(kept, other, cora, same_child=True).merged == other


def test_the_same_merge_clicked_twice_is_one(kept, other, cora):
    assert merge(kept, other, cora) == merge(kept, other, cora)
    assert CaseMerge.objects.count() == 1


@pytest.mark.parametrize("swapped", [False, True])
def test_what_somebody_else_has_merged_is_told_with_name_and_time(kept, other, cora, lena, swapped):
    merge(kept, other, lena)
    pair = (other, kept) if swapped else (kept, other)

    with pytest.raises(RuleBroken) as broken:
        merge(*pair, cora)

    assert broken.value.code == "already_merged"
    assert broken.value.message == (
        "Lena Marsh merged EHC-000043 into EHC-000042 on Wednesday 4 November 2026 at 10am."
    )


def test_records_are_merged_one_level_deep(kept, other, cora):
    third = CaseFactory(reference="EHC-000044", owner=cora)
    merge(kept, other, cora)

    with pytest.raises(RuleBroken) as broken:
        merge(other, third, cora)
    assert broken.value.code == "already_merged"
    with pytest.raises(RuleBroken) as broken:
        merge(third, kept, cora)
    assert (broken.value.code, broken.value.field) == ("others_inside", "keep")

    # A kept record may take in another.
    assert merge(kept, third, cora).kept == kept


def test_records_open_to_different_staff_are_not_merged(kept, other, cora, lena):
    other.restricted, other.restricted_reason = True, "Threats"
    other.save()
    NamedStaff.objects.create(case=other, user=cora)

    for keep, second in ((kept, other), (other, kept)):
        with pytest.raises(RuleBroken) as broken:
            merge(keep, second, cora)
        assert broken.value.code == "restricted_differs"

    kept.restricted, kept.restricted_reason = True, "Threats"
    kept.save()
    for user in (lena, cora):
        NamedStaff.objects.create(case=kept, user=user)
    with pytest.raises(RuleBroken) as broken:
        merge(kept, other, cora)
    assert broken.value.code == "restricted_differs"

    NamedStaff.objects.create(case=other, user=lena)
    assert merge(kept, other, cora).merged == other


# --- Taking apart -----------------------------------------------------------------------------


def test_separating_clicked_twice_is_one_and_somebody_else_is_told(kept, other, cora, lena):
    merge(kept, other, cora)
    undone = separate(other, cora)

    assert separate(other, cora) == undone
    with pytest.raises(RuleBroken) as broken:
        separate(other, lena)
    assert broken.value.message == (
        "Cora Hill took EHC-000043 out of EHC-000042 on Thursday 5 November 2026 at 10am."
    )


def test_separating_what_was_never_merged_is_refused(other, cora):
    with pytest.raises(RuleBroken) as broken:
        separate(other, cora)

    assert broken.value.code == "not_merged"


def test_a_record_can_be_merged_again_the_other_way_round(kept, other, cora):
    merge(kept, other, cora)
    separate(other, cora)

    merge(other, kept, cora)

    kept.refresh_from_db()
    assert kept.merged_into == other
    assert CaseMerge.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_people_merging_from_both_sides_leave_one_merge_and_one_told(cora, lena):
    load_policy(now=NOW)
    first, second = CaseFactory(owner=cora), CaseFactory(owner=cora)
    together = threading.Barrier(2)
    outcomes = []

    def press(keep, other, person) -> None:
        together.wait()
        try:
            merge(keep, other, person)
            outcomes.append("merged")
        except RuleBroken as broken:
            outcomes.append(broken.code)
        connections.close_all()

    presses = [(first, second, cora), (second, first, lena)]
    threads = [threading.Thread(target=press, args=pressed) for pressed in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["already_merged", "merged"]
    assert CaseMerge.objects.count() == 1
    assert Case.objects.filter(merged_into=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_chain_cannot_arise_from_two_merges_at_once(cora, lena):
    load_policy(now=NOW)
    first, middle, last = (CaseFactory(owner=cora) for _ in range(3))
    together = threading.Barrier(2)
    outcomes = []

    def press(keep, other, person) -> None:
        together.wait()
        try:
            merge(keep, other, person)
            outcomes.append("merged")
        except RuleBroken as broken:
            outcomes.append(broken.code)
        connections.close_all()

    presses = [(middle, first, cora), (last, middle, lena)]
    threads = [threading.Thread(target=press, args=pressed) for pressed in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "merged" in outcomes
    assert len(outcomes) == 2
    assert set(outcomes) <= {"merged", "already_merged", "others_inside"}
    assert not Case.objects.filter(merged_into__merged_into__isnull=False).exists()


# --- The pages --------------------------------------------------------------------------------


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
