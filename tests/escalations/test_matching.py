"""Which child and which matter a form is about: certain, or nobody's."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.actions import log_contact
from cases.answer_actions import answer_contact
from cases.models import Contact
from escalations.matching import Found, find
from tests.cases.contacts import email, log
from tests.escalations.senders import LATE, NOW, answers, family, sent, service
from tests.factories import (
    CaseFactory,
    ContactFactory,
    EstablishmentFactory,
    PersonFactory,
    RelatedPersonFactory,
)
from tests.plans import write_afresh

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H94")]


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


def found(now=NOW, **changes) -> Found:
    return find(answers(**changes), now)


def answered(contact: Contact, now=NOW) -> Contact:
    owner = contact.promise.owner
    how = Contact.Answer.EMAIL
    return answer_contact(contact=contact, answer=how, note="On Monday.", by=owner, now=now)


# --- The child ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "family_name", "known_as", "typed"),
    [
        ("Amara", "Okafor", "", "amara OKAFOR"),
        ("Amara Rose", "Okafor", "", "Amara Okafor"),
        ("Amara", "Okafor", "", "Okafor, Amara Rose"),
        ("Amara", "Okafor", "Mimi", "Mimi Okafor"),
        ("Zoë", "Łukasz-Brown", "", "Zoe Lukasz"),
        ("Zoë", "Łukasz-Brown", "", "ZOË BROWN"),
        ("Niamh", "O’Brien", "", "Niamh O Brien"),
        ("Niamh", "O'Brien", "", "Niamh OBrien"),
        ("Anne Marie", "De La Cruz", "", "Annemarie Delacruz"),
        ("Li", "Ng", "", "Li Ng"),
        ("Ali", "Al Amin", "", "Ali Alamin"),
    ],
)
def test_a_name_is_found_however_it_is_written(policy, given, family_name, known_as, typed):
    person = PersonFactory(given_name=given, family_name=family_name, known_as=known_as)
    case = CaseFactory(person=person)
    assert found(child_name=typed).case == case


@pytest.mark.parametrize(
    "typed",
    ["Amara", "Okafor", "Okafor Okafor", "Ada Okafor", "Amara Obi", "", "  ", "Am Ok", "🙂", "عمر"],
)
def test_half_a_name_and_another_one_are_not_enough(case, typed):
    assert found(child_name=typed).case is None


def test_a_particle_alone_makes_no_family(policy):
    CaseFactory(person=PersonFactory(given_name="Ana", family_name="de la Cruz"))
    assert found(child_name="Ana de Souza").case is None


def test_another_birthday_or_none_is_another_child(case):
    assert found(child_born=date(2014, 3, 2)).case is None
    assert found(child_born=None).case is None


def test_of_twins_the_one_named_and_of_both_none(case):
    twin = CaseFactory(person=PersonFactory(given_name="Ada"))
    assert found(child_name="Ada Okafor").case == twin
    assert found().case == case
    assert found(child_name="Ada and Amara Okafor").case is None


def test_of_two_children_with_one_name_and_birthday_none_is_chosen(case):
    CaseFactory(person=PersonFactory())
    assert found().case is None


def test_two_records_of_one_child_that_were_merged_are_one(case):
    CaseFactory(person=PersonFactory(), merged_into=case)
    assert found().case == case


def test_somebody_without_a_case_does_not_count(case):
    PersonFactory()
    assert found().case == case


# --- The sender -----------------------------------------------------------------------------


def test_an_address_shows_who_it_is_and_a_name_does_not(case):
    assert str(found().person) == "Ngozi Okafor"
    assert str(found(email="NGOZI@Example.org").person) == "Ngozi Okafor"
    assert found(email="somebody@example.org").person is None


def test_a_number_counts_only_when_no_address_is_given(case):
    assert str(found(email="", phone="+44 7700 900123").person) == "Ngozi Okafor"
    assert found(email="somebody@example.org", phone="07700 900123").person is None


@pytest.mark.parametrize("phone", ["", "none", "123", "07700 900999"])
def test_what_is_no_number_is_nobodys(case, phone):
    RelatedPersonFactory(person=case.person, name="Ada Obi", phone="123", email="")
    assert found(email="", phone=phone).person is None


def test_of_two_with_one_address_the_one_who_signs(case):
    RelatedPersonFactory(person=case.person, name="Chidi Okafor", email="ngozi@example.org")
    assert str(found(name="Chidi  okafor").person) == "Chidi Okafor"
    assert found(name="Somebody").person is not None


def test_who_is_no_longer_around_the_child_is_a_stranger(case):
    case.person.related_people.update(ended_on=date(2026, 11, 1))
    assert found().person is None


def test_the_childs_school_is_known_by_its_own_address_only(case):
    school = {"who": "establishment", "name": "The office"}
    assert found(**school, email="OFFICE@school.example.org").establishment == case.establishment
    assert found(**school, email="head@school.example.org").establishment is None
    assert found(email="office@school.example.org").establishment is None
    other = EstablishmentFactory(email="office@other.example.org")
    assert found(**school, email=other.email).establishment is None


def test_a_young_person_writes_for_themselves(policy):
    person = PersonFactory(date_of_birth=date(2009, 5, 6), given_name="Tom", family_name="Hay")
    CaseFactory(person=person)
    me = RelatedPersonFactory(person=person, name="Tom Hay", relation="self", email="t@example.org")
    young = {"who": "young_person", "name": "Tom Hay", "child_name": "Tom Hay"}
    sender = found(**young, child_born=date(2009, 5, 6), email="t@example.org").person
    assert sender == me


# --- The matter -----------------------------------------------------------------------------


def test_what_is_open_from_the_same_person_is_meant(case):
    first = sent().contact
    assert found(answered="no").matter == first


def test_a_first_time_is_something_new_unless_it_is_word_for_word_the_same(case):
    first = sent().contact
    assert found(words="Another thing.").matter is None
    assert found().matter == first


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Emeka Okafor", "email": "emeka@example.org"},
        {"email": "stranger@example.org"},
        {"email": "stranger@example.org", "phone": "07700 900123"},
        {"email": "", "phone": "07700 900999"},
    ],
)
def test_another_parents_matter_is_never_taken_also_not_by_its_reference(case, other):
    first = sent()
    quoted = f"{first.reference} and {first.contact.reference}"
    for answer in ("no", "yes", "never"):
        taken = found(**other, answered=answer, helped=False, quoted=quoted)
        assert taken.matter is None


def test_a_call_that_staff_wrote_down_is_found_by_who_rang(case, cora):
    person = case.person.related_people.get(name="Ngozi Okafor")
    rang = email(
        channel=Contact.Channel.TELEPHONE, sender_email="", sender_person=person, received_at=NOW
    )
    call = log(case, rang, by=cora)
    assert found(answered="no").matter == call
    assert found(answered="no", email="emeka@example.org", name="Emeka Okafor").matter is None


@pytest.mark.parametrize(
    ("name", "phone", "theirs"),
    [
        ("Ngozi Okafor", "", True),
        ("Ngozi Ada Okafor", "07700 900123", True),
        ("Mrs Okafor", "07700 900123", False),
        ("Emeka Okafor", "07700 900123", False),
        ("Ngozi Okafor", "07700 900999", False),
    ],
)
def test_of_calls_from_nobody_in_particular_those_in_their_name(case, cora, name, phone, theirs):
    rang = email(
        channel=Contact.Channel.TELEPHONE,
        sender_name=name,
        sender_email="",
        sender_phone=phone,
        received_at=NOW,
    )
    call = log(case, rang, by=cora)
    assert found(answered="no").matter == (call if theirs else None)


def test_of_several_the_one_nearest_to_the_day_they_give(case):
    first = sent().contact
    second = sent(NOW + timedelta(days=7), words="The plan.").contact
    assert second != first
    assert found(LATE, answered="no").matter == second
    assert found(LATE, answered="no", last_on=date(2026, 11, 1)).matter == first
    assert found(LATE, answered="no", last_on=date(2026, 11, 9)).matter == second


def test_an_answer_that_did_not_help_is_the_last_one(case):
    first = answered(sent().contact)
    second = sent(NOW + timedelta(days=1), words="The plan.").contact
    assert found(answered="yes", helped=False).matter == first
    assert found(answered="yes", helped=False, last_on=date(2026, 11, 3)).matter == first
    answered(second, NOW + timedelta(days=2))
    assert found(answered="yes", helped=False).matter == second


def test_an_answer_that_nobody_wrote_down_is_about_what_is_open(case):
    first = sent().contact
    assert found(answered="yes", helped=False).matter == first


def test_what_was_answered_long_ago_is_something_new(case):
    first = answered(sent().contact)
    later = NOW + timedelta(days=181)
    assert found(later, answered="yes", helped=False).matter is None
    assert found(later, answered="yes", helped=False, quoted=first.reference).matter == first


def test_an_answer_on_record_that_has_not_come_is_found_by_the_day(case):
    first = answered(sent().contact)
    assert found(LATE, answered="no", last_on=date(2026, 11, 4)).matter == first
    assert found(LATE, answered="no", last_on=date(2026, 11, 9)).matter is None
    assert found(LATE, answered="no").lost


@pytest.mark.parametrize("written", ["{0}", "re: {0}, please", "con {1}", "CON{1}"])
def test_a_reference_is_read_however_it_is_written(case, written):
    first = sent().contact
    sent(NOW + timedelta(days=1), words="Another.")
    number = first.reference.removeprefix("CON-").lstrip("0")
    quoted = written.format(first.reference, number)
    assert found(answered="no", quoted=quoted).matter == first


def test_the_references_of_the_form_and_of_the_concern_lead_to_the_matter(case):
    first = sent()
    taken = sent(LATE, answered="no")
    later = sent(LATE, words="Another thing.")
    assert later.contact.original is None
    for reference in (first.reference, taken.reference, taken.escalation.reference):
        assert found(LATE, answered="no", quoted=reference).matter == first.contact


def test_two_references_that_differ_say_nothing(case):
    first = sent()
    second = sent(NOW, words="Another thing.")
    both = f"{first.reference}, {second.reference}"
    assert found(answered="never", words="Which?", quoted=both).matter is None


def test_a_reference_about_another_child_says_nothing(case, cora, north):
    sister = CaseFactory(person=PersonFactory(given_name="Ada"), owner=cora, team=north)
    RelatedPersonFactory(person=sister.person, email="ngozi@example.org")
    hers = sent(child_name="Ada Okafor").contact
    assert hers.case == sister
    assert found(answered="no", quoted=hers.reference).matter is None


def test_a_reference_and_the_birthday_make_up_for_a_misspelt_name(case):
    first = sent().contact
    misspelt = found(child_name="Ammara Okafour", answered="no", quoted=first.reference)
    assert (misspelt.case, misspelt.matter) == (case, first)
    other = found(child_name="X Y", child_born=date(2015, 1, 1), quoted=first.reference)
    assert (other.case, other.matter) == (None, None)


def test_what_waits_in_the_tray_is_found_by_the_same_words_about_the_child(case):
    first = sent(child_name="Nobody Known").contact
    assert first.case is None
    assert found(child_name="Nobody Known", answered="no").matter == first
    assert found(child_name="Nobody Known", answered="no", email="x@example.org").matter is None
    assert found(child_name="Somebody Else", answered="no").matter is None


def test_formal_matters_struck_ones_and_our_own_words_are_on_no_ladder(case, cora):
    sent(formal="complaint", words="I complain.")
    mistake = sent(words="A mistake.").contact
    Contact.objects.filter(pk=mistake.pk).update(
        struck_at=NOW, struck_by=cora, struck_reason="Twice"
    )
    assert found(answered="no").matter is None
    assert found(answered="no", quoted=mistake.reference).matter is None


def test_finding_the_matter_reads_the_rows_of_one_child(case, cora, north):
    """Every form is worked through with this, among all that anybody ever sent."""
    other = CaseFactory(
        owner=cora, team=north, person=PersonFactory(date_of_birth=date(2013, 1, 1))
    )
    make_chasers(ContactFactory(case=other), 20_000)
    with CaptureQueriesContext(connection) as caught:
        found(answered="no")
    sql = next(query["sql"] for query in caught.captured_queries if "LIMIT 50" in query["sql"])
    assert most_rows_read(sql) < 1000


def make_chasers(model: Contact, count: int) -> None:
    """That many rows of another child, written by the database itself."""
    own = {
        "id": "nextval(pg_get_serial_sequence('cases_contact', 'id'))",
        "reference": "'CON-X' || number",
        "submission": "gen_random_uuid()",
        "clock_id": "NULL",
        "original_id": str(model.pk),
        "link": "'chaser'",
    }
    names = [str(field.column) for field in Contact._meta.concrete_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_contact ({columns}) SELECT {values} FROM cases_contact, "  # noqa: S608
            f"generate_series(1, {count}) number WHERE id = {model.pk}"
        )
    write_afresh()


def most_rows_read(sql: str) -> int:
    """The most that one part of the plan read of the contacts, or read and threw away."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
    return max(rows_of((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def rows_of(node: dict) -> list[int]:
    thrown = ("Rows Removed by Filter", "Rows Removed by Join Filter")
    rows = [node.get(key, 0) for key in thrown]
    if node.get("Relation Name") == "cases_contact":
        rows.append(node["Actual Rows"])
    return rows + [row for part in node.get("Plans", []) for row in rows_of(part)]


def test_a_merged_records_matters_count_for_the_kept_one(case, cora, north):
    other = CaseFactory(person=PersonFactory(), owner=cora, team=north)
    old = log_contact(
        case=other, received=email(received_at=NOW), submission=uuid4(), by=None, now=NOW
    )
    other.merged_into = case
    other.save()
    assert found(answered="no").matter == old
