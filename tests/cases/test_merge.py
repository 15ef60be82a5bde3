"""Two records of one child: shown as one, nothing moved, taken apart again."""

import threading
from datetime import date

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.models import Case, CaseMerge, Contact, NamedStaff, RelatedPerson
from clocks.policy_actions import load_policy
from tests.cases.merging import LATER, NOW, WHY, merge, separate
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def kept(policy, cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


@pytest.fixture
def other(policy, cora, north):
    return CaseFactory(reference="EHC-000043", owner=UserFactory(full_name="Dee", team=north))


def everything() -> list[object]:
    """All that a merge must leave as it is, and undoing must bring back."""
    contacts = Contact.objects.order_by("pk").values_list("pk", "case", "clock", "clock__owner")
    people = RelatedPerson.objects.order_by("pk").values_list("pk", "person", "ended_on")
    cases = Case.objects.order_by("pk").values_list("pk", "owner", "team", "status")
    return [list(contacts), list(people), list(cases)]


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
