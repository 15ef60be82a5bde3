"""Whose telephone number it is, however it is written."""

from datetime import date

import pytest

from cases.barred_numbers import barred_with, numbers_in
from cases.contact_messages import must_not_be_contacted
from cases.models import RelatedPerson
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
DANS = "07700 900555"


@pytest.mark.parametrize(
    "written",
    [
        "07700900555",
        "+44 7700 900555",
        "0044 (0)7700-900555",
        "07700 900555 ext 12",
        "01632 960100 / 07700 900555",
        "home 01632 960100, mobile 07700.900555",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written):
    assert numbers_in(DANS) <= numbers_in(written)


@pytest.mark.parametrize("written", ["", "none", "ext 12", "555", "07700 900556"])
def test_what_is_no_number_or_another_leads_to_nobody(written):
    assert not numbers_in(DANS) & numbers_in(written)


def person(name, **given):
    return RelatedPerson(name=name, phone=DANS, **given)


def test_a_number_of_one_leads_to_them_and_one_of_two_says_that_it_is_shared():
    dan, ngozi = person("Dan", no_contact=True), person("Ngozi")

    assert barred_with([ngozi], DANS) is None
    assert not barred_with([dan], DANS).shared
    assert (barred_with([ngozi, dan], DANS).person, barred_with([ngozi, dan], DANS).shared) == (
        dan,
        True,
    )


def test_who_has_left_and_the_same_person_in_another_record_share_nothing():
    dan = person("Dan Okafor", no_contact=True)
    gone = person("Ngozi", ended_on=date(2026, 1, 1))
    assert not barred_with([dan, gone, person("dan  okafor")], DANS).shared


@pytest.mark.rule("H18")
def test_a_sender_nobody_knows_is_known_by_their_number(policy, cora):
    case = CaseFactory.create(owner=cora)
    contact = log(case, email(sender_name="Sam", sender_email="", sender_phone="+447700900555"))
    assert not must_not_be_contacted(contact)

    barred = {"phone": DANS, "no_contact": True, "receives_letters": False}
    RelatedPersonFactory.create(person=case.person, name="Dan", **barred)
    assert must_not_be_contacted(contact)

    RelatedPersonFactory.create(person=case.person, name="Ngozi", phone=DANS)
    assert not must_not_be_contacted(contact)


@pytest.mark.rule("H18")
def test_who_was_chosen_is_not_taken_for_somebody_else_by_a_number(policy, cora):
    case = CaseFactory.create(owner=cora)
    mother = RelatedPersonFactory.create(person=case.person, phone="07700 900123")
    barred = {"phone": DANS, "no_contact": True, "receives_letters": False}
    RelatedPersonFactory.create(person=case.person, name="Dan", **barred)

    assert not must_not_be_contacted(log(case, email(sender_person=mother, sender_phone=DANS)))
