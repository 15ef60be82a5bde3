"""E-mails that quote what the public form and a concern gave out: ASK and ESC, as CON (H67)."""

from uuid import uuid4

import pytest

from cases.models import Contact
from escalations.submission_actions import store
from mailroom.matching import Found, find
from mailroom.parsing import parse
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, answers, family, sent, service
from tests.factories import CaseFactory, PersonFactory, RelatedPersonFactory
from tests.mailroom.writing import NGOZI, bring, written

STRANGER = "s@example.org"


@pytest.fixture
def case(policy, cora, lena, north):
    service(north)
    return family(cora, north)


def subject_of(subject: str, sender: str = STRANGER) -> Found:
    return find(parse(written(subject=subject, sender=sender)), NOW.date())


def taken_further():
    """Ngozi's form, and the concern that her second one became."""
    first, second = sent(), sent(LATE, last_how="email", answered="no")
    return first, second.escalation


@pytest.mark.rule("H67")
@pytest.mark.parametrize("sender", [STRANGER, NGOZI])
def test_a_form_and_a_concern_in_the_subject_are_read_as_their_message_is(case, sender):
    form, concern = taken_further()
    by_contact = subject_of(f"Re: [{form.contact.reference}]", sender)

    assert (by_contact.case, by_contact.thread) == (case, form.contact)
    assert subject_of(f"Re: {form.reference}", sender) == by_contact
    assert subject_of(f"My concern {concern.reference}", sender) == by_contact
    assert subject_of(f"{concern.reference} ({form.reference.lower()})", sender) == by_contact


@pytest.mark.rule("H67")
def test_forms_about_two_children_name_none(case, cora, north):
    person = PersonFactory.create(given_name="Tobi", family_name="Pine")
    CaseFactory.create(person=person, owner=cora, team=north)
    RelatedPersonFactory.create(person=person, email="pine@example.org", name="Peter Pine")
    pine = {"name": "Peter Pine", "email": "pine@example.org", "child_name": "Tobi Pine"}
    one, other = sent(), sent(**pine, child_born=person.date_of_birth)
    assert other.contact.case != case

    assert subject_of(f"{one.reference} and {other.reference}").case is None


@pytest.mark.parametrize(
    "subject", ["Can I ask 1 thing", "ASK 000001 thing", "esc 1", "ASK-1", "TASK-000001"]
)
def test_words_that_look_like_it_quote_nothing(case, subject):
    form = sent()
    assert subject_of(subject.replace("000001", f"{form.pk:05d}")) == subject_of("Hello")


def test_a_form_that_waits_to_be_worked_through_names_nobody_yet(case):
    kept = store(form=uuid4(), answers=answers(), now=NOW)

    assert subject_of(kept.reference) == subject_of("Hello")


@pytest.mark.rule("H48")
def test_its_sender_asks_again_about_the_same_matter(case):
    form = sent()
    bring(written(subject=f"Any news? {form.reference}"), at=LATE)

    again = Contact.objects.latest("pk")
    assert (again.case, again.original) == (case, form.contact)


@pytest.mark.rule("H67")
def test_a_stranger_starts_a_matter_of_their_own_and_learns_nothing(case, cora):
    form = sent()
    bring(written(subject=form.reference, sender=STRANGER), at=LATE, envelope_from=STRANGER)

    contact = Contact.objects.latest("pk")
    assert (contact.case, contact.original, contact.sender_person) == (case, None, None)
    written_back = Notice.objects.filter(address=STRANGER).get()
    for detail in ("Amara", "Okafor", cora.full_name, form.contact.reference):
        assert detail not in written_back.subject + written_back.body
