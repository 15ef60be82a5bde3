"""The same parent, matter and case again: linked to what is on the desk, not doubled (H107)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from cases.merge_actions import merge
from escalations.models import DeskEntry
from escalations.response_actions import resolve, respond
from notices.models import Notice
from tests.escalations.making import NOW, case_of, managed, matter, officer, on_desk
from tests.escalations.senders import family, sent, service

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H107")]


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def case(maya, rosa, cora):
    return case_of(cora)


def test_other_words_of_the_same_sender_about_the_same_case_are_linked(case, maya, rosa):
    first = on_desk(matter(case), maya)
    other = matter(case, message="And the school says nothing either.", sender_name="Ngozi  OKAFOR")

    assert on_desk(other, maya) == first
    assert [one.contact for one in first.passes.all()] == [first.contact, other]
    assert other.clock.is_open
    assert Notice.objects.filter(recipient=rosa, subject__startswith="Passed on again").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"sender_email": "tom@example.org", "sender_name": "Tom Okafor"},
        # An address that two people share.
        {"sender_name": "Emeka Okafor"},
        {"sender_name": "Okafor"},
    ],
)
def test_what_somebody_else_writes_about_the_case_is_not(case, maya, changes):
    first = on_desk(matter(case), maya)
    assert on_desk(matter(case, **changes), maya) != first


def test_what_they_write_about_a_record_merged_with_it_is_linked(case, maya, cora):
    kept, merged = case_of(cora), case
    first = on_desk(matter(merged), maya)
    merge(keep=kept, other=merged, reason="One child.", by=maya, now=NOW)
    later = NOW + timedelta(hours=1)

    assert on_desk(matter(kept), maya, now=later) == first
    assert on_desk(matter(merged), maya, now=later) == first
    third = case_of(cora)
    merge(keep=kept, other=third, reason="One child.", by=maya, now=NOW)
    assert on_desk(matter(third), maya, now=later) == first


def test_what_they_write_about_another_child_is_not(case, maya, oscar):
    first = on_desk(matter(case), maya)
    assert on_desk(matter(case_of(oscar)), maya) != first


def test_what_was_settled_takes_nothing_more(case, maya, rosa):
    first = on_desk(matter(case), maya)
    respond(entry=first, how=DeskEntry.Answer.TELEPHONE, text="I rang.", by=rosa, now=NOW)
    resolve(entry=first, outcome="The taxi comes.", by=rosa, now=NOW)
    assert on_desk(matter(case), maya) != first


def test_of_no_case_it_is_linked_when_the_same_words_told_us_of_the_child(maya, rosa, lena, north):
    where = {"clock__owner": lena, "clock__team": north, "logged_by": lena}
    first = on_desk(matter(None, **where, told_child="Amara O'Kafor"), maya)
    assert on_desk(matter(None, **where, told_child="amara o’kafor "), maya) == first
    assert on_desk(matter(None, **where, told_child="Tobi Okafor"), maya) != first
    assert on_desk(matter(None, **where), maya) != first


def test_somebody_may_say_that_it_is_something_else(case, maya, as_person):
    first = on_desk(matter(case), maya)
    other = matter(case)
    address = reverse("escalations:pass_to_resolution", args=[other.reference])
    data = {"in_name_of": "Dana Price", "how": "email", "same": "separate"}
    as_person(maya).post(address, data)
    assert DeskEntry.objects.exclude(pk=first.pk).get().contact == other


@pytest.mark.rule("H104")
def test_two_forms_to_somebody_above_are_one_entry(policy, cora, north):
    service(north)
    family(cora, north)
    first = sent(NOW, asked_for="above")
    later = NOW + timedelta(hours=1)
    second = sent(later, asked_for="above", words="I have written to the director.")

    entry = DeskEntry.objects.get()
    assert (entry.contact, entry.passes.count()) == (first.contact, 2)
    assert second.contact != first.contact
    [told] = Notice.objects.filter(key=f"contact:{second.contact_id}:concern:desk:{entry.pk}")
    assert "They will look at both together." in told.body


def test_the_other_parent_has_an_entry_of_their_own(policy, cora, north):
    service(north)
    family(cora, north)
    sent(NOW, asked_for="above")
    sent(NOW, asked_for="above", name="Emeka Okafor", email="emeka@example.org")
    assert DeskEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_messages_passed_at_once_make_one_entry(case, maya, cora):
    first, second = matter(case), matter(case)
    together = threading.Barrier(2)

    def press(contact, person) -> None:
        together.wait()
        try:
            on_desk(contact, person)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=press, args=given) for given in ((first, maya), (second, cora))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entry = DeskEntry.objects.get()
    assert {one.contact for one in entry.passes.all()} == {first, second}
