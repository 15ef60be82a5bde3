from datetime import date

import pytest

from cases.models import Contact, RelatedPerson
from mailroom.matching import Found, find
from mailroom.parsing import parse
from notices.actions import message_id
from tests.factories import (
    CaseFactory,
    ContactFactory,
    EstablishmentFactory,
    PersonFactory,
    RelatedPersonFactory,
)
from tests.mailroom.writing import NGOZI, written

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 2)
Sender = Contact.Sender


@pytest.fixture
def amara(cora):
    """Amara's case, with her mother Ngozi around her."""
    case = CaseFactory.create(reference="EHC-000123", owner=cora)
    RelatedPersonFactory.create(person=case.person, email=NGOZI)
    return case


@pytest.fixture
def tobi(cora):
    """The case of another child at another school."""
    person = PersonFactory.create(given_name="Tobi", family_name="Pine", upn="A123456789012")
    return CaseFactory.create(reference="EHC-000124", owner=cora, person=person)


def found(raw: bytes) -> Found:
    return find(parse(raw), TODAY)


def stranger(subject: str, text: str = "Hello", **headers: str) -> Found:
    return found(written(text, subject=subject, sender="s@example.org", **headers))


# --- References -----------------------------------------------------------------------------------


@pytest.mark.rule("H67")
@pytest.mark.parametrize("subject", ["Re: EHC-000123", "[ehc 123] taxi", "AW: EHC000123, again"])
def test_reference_in_the_subject_names_the_case_whoever_writes(amara, subject):
    assert stranger(subject) == Found(
        case=amara, thread=None, sender=Sender.OTHER, person=None, establishment=None
    )


def test_reference_of_a_contact_names_its_case_and_the_thread(policy, amara):
    contact = ContactFactory.create(case=amara, reference="CON-000007")

    answer = stranger("Re: We have your message [CON-000007]")

    assert (answer.case, answer.thread) == (amara, contact)


def test_two_references_to_two_children_name_none(amara, tobi):
    assert stranger("EHC-000123 and EHC-000124").case is None
    assert found(written(subject="EHC-000123 and EHC-000124")).case is None


def test_reference_in_the_text_alone_proves_nothing(amara):
    assert stranger("Hello", "They wrote EHC-000123 on it").case is None


def test_merged_case_stands_for_the_one_that_was_kept(amara, tobi):
    tobi.merged_into = amara
    tobi.save(update_fields=["merged_into"])

    assert stranger("EHC-000124").case == amara
    assert stranger("EHC-000123 or EHC-000124").case == amara


# --- Threads --------------------------------------------------------------------------------------


def test_reply_to_a_stored_message_continues_it(policy, amara):
    contact = ContactFactory.create(case=amara, message_id="<one@example.org>")

    by_reply = stranger("Taxi", In_Reply_To="<one@example.org>")
    by_references = stranger("Taxi", References="<zero@example.org> <one@example.org>")

    assert (by_reply.case, by_reply.thread) == (amara, contact)
    assert by_references == by_reply


@pytest.mark.parametrize("part", ["acknowledgement", "reply:ngozi@example.org"])
def test_reply_to_what_we_wrote_continues_its_contact(policy, amara, part):
    contact = ContactFactory.create(case=amara)
    ours = message_id(f"contact:{contact.pk}:{part}")

    answer = stranger("Re: We have your message", In_Reply_To=ours)

    assert (answer.case, answer.thread) == (amara, contact)


def test_message_id_of_another_host_is_not_ours(policy, amara):
    contact = ContactFactory.create(case=amara)
    foreign = f"<contact.{contact.pk}.acknowledgement@elsewhere.example.org>"

    assert stranger("Hello", In_Reply_To=foreign).case is None


def test_reference_and_thread_that_disagree_name_none(policy, amara, tobi):
    ContactFactory.create(case=tobi, message_id="<two@example.org>")

    answer = stranger("EHC-000123", In_Reply_To="<two@example.org>")

    assert (answer.case, answer.thread) == (None, None)


def test_thread_of_a_message_without_a_case_is_continued_there(policy):
    contact = ContactFactory.create()
    contact.case = None
    contact.save(update_fields=["case"])

    answer = stranger(
        f"Re: [CON-{contact.reference[4:]}]",
        In_Reply_To=message_id(f"contact:{contact.pk}:acknowledgement"),
    )

    assert (answer.case, answer.thread) == (None, contact)


# --- Known addresses ------------------------------------------------------------------------------


def test_known_address_of_one_child_names_the_case(amara):
    answer = found(written(sender="NGOZI@Example.org"))

    assert (answer.case, answer.sender, answer.person) == (
        amara,
        Sender.PARENT,
        RelatedPerson.objects.get(),
    )


def test_address_of_somebody_no_longer_around_is_not_known(amara):
    RelatedPerson.objects.update(ended_on=TODAY)

    assert found(written()).case is None


@pytest.fixture
def siblings(amara, tobi):
    RelatedPersonFactory.create(person=tobi.person, email=NGOZI)
    return amara, tobi


@pytest.mark.parametrize(
    ("text", "child"),
    [
        ("When does the taxi come?", None),
        ("Amara's taxi did not come.", 0),
        ("It is about tobi", 1),
        ("Amara and Tobi both need a taxi.", None),
        ("His number is A123456789012.", 1),
        ("Tobias needs a taxi.", None),
    ],
)
def test_of_several_children_only_one_that_is_named_is_taken(siblings, text, child):
    answer = found(written(text))

    assert answer.case == (None if child is None else siblings[child])
    assert answer.sender == Sender.PARENT
    assert answer.person == (
        None if child is None else RelatedPerson.objects.get(person=siblings[child].person)
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Amara Okafor has been absent", True),
        ("amara\n okafor", True),
        ("Amara has been absent", False),
        ("Amara Okaforson", False),
        ("Tobi Pine at another school", False),
    ],
)
def test_school_has_to_name_its_pupil_in_full(amara, tobi, words, named):
    amara.establishment.email = "office@school.example.org"
    amara.establishment.save()

    answer = found(written(words, sender="office@school.example.org", subject="Attendance"))

    assert answer.case == (amara if named else None)
    assert (answer.sender, answer.establishment) == (Sender.ESTABLISHMENT, amara.establishment)


def test_two_pupils_of_one_name_are_not_guessed(amara):
    amara.establishment.email = "office@school.example.org"
    amara.establishment.save()
    CaseFactory.create(establishment=amara.establishment)

    answer = found(written("Amara Okafor", sender="office@school.example.org"))

    assert answer.case is None


def test_address_of_two_schools_names_neither(amara):
    for establishment in (amara.establishment, EstablishmentFactory.create()):
        establishment.email = "trust@example.org"
        establishment.save()

    answer = found(written("Amara Okafor", sender="trust@example.org"))

    assert (answer.case, answer.sender, answer.establishment) == (
        amara,
        Sender.ESTABLISHMENT,
        None,
    )


@pytest.mark.parametrize(
    ("relation", "sender"),
    [
        (RelatedPerson.Relation.SELF, Sender.YOUNG_PERSON),
        (RelatedPerson.Relation.FOSTER_CARER, Sender.PARENT),
        (RelatedPerson.Relation.SOCIAL_WORKER, Sender.PROFESSIONAL),
    ],
)
def test_relation_says_what_kind_of_sender_it_is(amara, relation, sender):
    RelatedPerson.objects.update(relation=relation)

    assert found(written()).sender == sender


def test_message_without_a_sender_is_from_somebody(amara):
    assert found(b"Subject: hello\n\nAmara Okafor\n").sender == Sender.OTHER
