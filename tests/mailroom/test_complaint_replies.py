"""Families answer our letters about a complaint: whom it may be about does not read it first."""

import pytest

from cases.decision_actions import recognise_formal
from cases.models import Contact, Recipient
from notices.models import Notice
from tests.mailroom.writing import NGOZI, NOW, bring, later, written

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H103")]


@pytest.fixture
def complaint(amara, cora) -> Contact:
    """Amara's mother has complained; the case is Cora's."""
    contact = bring(written(Message_ID="<one@example.org>")).contact
    assert contact
    category = Contact.Category.COMPLAINT
    return recognise_formal(contact=contact, category=category, by=cora, now=NOW).contact


def answered(complaint: Contact, **headers: str) -> Contact:
    subject = f"Re: We have your complaint: {complaint.reference}"
    contact = bring(written("Ring me, please.", subject=subject, **headers), at=later(60)).contact
    assert contact
    return contact


def test_an_answer_to_a_letter_about_a_complaint_goes_to_the_lead(complaint, lena):
    answer = answered(complaint)

    assert (answer.clock.owner, answer.case) == (lena, complaint.case)
    mail = Notice.objects.filter(address=NGOZI, key=f"contact:{answer.pk}:acknowledgement").get()
    assert "Lena Marsh in the North team will answer you." in mail.body
    assert "Cora" not in mail.body


def test_whom_it_names_has_it_for_information(complaint, cora, lena):
    answer = answered(complaint, Cc=cora.email)

    assert answer.clock.owner == lena
    assert answer.recipients.get(user=cora).kind == Recipient.Kind.COPY


def test_what_is_about_something_else_goes_where_it_always_went(complaint, cora):
    other = bring(written(subject="Holidays"), at=later(60)).contact

    assert other.clock.owner == cora
