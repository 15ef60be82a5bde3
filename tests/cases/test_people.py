"""Who may be written to about a child, and keeping the people around one."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases import people_actions
from cases.edits import ChangedMeanwhile, all_plain
from cases.models import RelatedPerson
from cases.people_actions import Details, details_of
from cases.people_around import people_around
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
BEFORE = date(2030, 6, 27)
FRIDAY = date(2030, 6, 28)  # on which the rights of somebody born on 3 February 2014 begin
Relation = RelatedPerson.Relation


@pytest.fixture
def case(cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


def details(**changes: Any) -> Details:
    given: dict[str, Any] = {
        "name": "Ngozi Okafor",
        "relation": Relation.MOTHER,
        "receives_letters": True,
        "started_on": date(2026, 11, 1),
    }
    return Details(**given | changes)


def add(case, by, **changes):
    return people_actions.add_related(case=case, details=details(**changes), by=by, now=NOW)


def change(related, by, shown, **changes):
    wanted = Details(**details_of(related) | changes)
    return people_actions.change_related(
        related=related, shown=all_plain(shown), details=wanted, by=by, now=NOW
    )


# --- Who is written to ------------------------------------------------------------------------

LETTERS: dict[str, Any] = {"receives_letters": True}
AGREED: dict[str, Any] = LETTERS | {"acts_because": "agreed", "acts_since": FRIDAY}
CAPACITY: dict[str, Any] = LETTERS | {"acts_because": "capacity", "acts_since": FRIDAY}


@pytest.mark.parametrize(
    ("relation", "fields", "before", "after"),
    [
        (Relation.MOTHER, {}, True, False),
        (Relation.FATHER, {"receives_letters": False}, False, False),
        (Relation.MOTHER, AGREED, True, True),
        (Relation.FOSTER_CARER, CAPACITY, True, True),
        (Relation.MOTHER, AGREED | {"receives_letters": False}, False, False),
        (Relation.FATHER, {"no_contact": True, "receives_letters": False}, False, False),
        (
            Relation.FATHER,
            CAPACITY | {"no_contact": True, "receives_letters": False},
            False,
            False,
        ),
        (Relation.SELF, {}, False, True),
        (Relation.SELF, {"receives_letters": False}, False, True),
        (Relation.SELF, {"no_contact": True, "receives_letters": False}, False, False),
        (Relation.SOCIAL_WORKER, {}, True, False),
        (Relation.SOCIAL_WORKER, {"receives_letters": False}, False, False),
        (Relation.ADVOCATE, AGREED, True, True),
        (Relation.MOTHER, {"ended_on": BEFORE}, False, False),
        (Relation.MOTHER, {"ended_on": FRIDAY}, True, False),
        (Relation.MOTHER, AGREED | {"ended_on": FRIDAY}, True, False),
        (Relation.SELF, {"ended_on": FRIDAY}, False, False),
    ],
)
def test_addressees_on_the_day_before_rights_begin_and_on_the_day(
    case, relation, fields, before, after
):
    related = RelatedPersonFactory(person=case.person, relation=relation, **fields)

    assert RelatedPerson.objects.addressees(case, BEFORE) == ([related] if before else [])
    assert RelatedPerson.objects.addressees(case, FRIDAY) == ([related] if after else [])


@pytest.mark.parametrize(
    ("born", "on", "written_to"),
    [
        (date(2014, 8, 31), date(2030, 6, 27), "mother"),
        (date(2014, 8, 31), date(2030, 6, 28), "self"),
        (date(2014, 9, 1), date(2030, 6, 28), "mother"),
        (date(2014, 9, 1), date(2031, 6, 26), "mother"),
        (date(2014, 9, 1), date(2031, 6, 27), "self"),
        (date(2012, 2, 29), date(2028, 6, 29), "mother"),
        (date(2012, 2, 29), date(2028, 6, 30), "self"),
    ],
)
def test_letters_move_to_the_young_person_on_the_boundary_day(cora, born, on, written_to):
    case = CaseFactory(owner=cora, person__date_of_birth=born)
    for relation in (Relation.MOTHER, Relation.SELF):
        RelatedPersonFactory(person=case.person, relation=relation)

    addressed = RelatedPerson.objects.addressees(case, on)

    assert [related.relation for related in addressed] == [written_to]


def test_addressees_are_of_this_child_only_and_one_query(case, django_assert_num_queries):
    RelatedPersonFactory()
    RelatedPersonFactory(person=case.person, name="Ben")
    RelatedPersonFactory(person=case.person, name="Ada")

    with django_assert_num_queries(1):
        addressed = RelatedPerson.objects.addressees(case, BEFORE)

    assert [related.name for related in addressed] == ["Ada", "Ben"]


def test_addressees_of_a_kept_record_include_those_of_the_merged_one(case, cora):
    other = CaseFactory(owner=cora, merged_into=case, person__date_of_birth=date(2010, 1, 1))
    related = RelatedPersonFactory(person=other.person)

    # The merged record has a mistyped date of birth: the kept record's counts.
    assert RelatedPerson.objects.addressees(case, BEFORE) == [related]
    assert RelatedPerson.objects.addressees(case, FRIDAY) == []


def test_known_senders_are_current_people_who_can_be_recognised(case):
    by_phone = RelatedPersonFactory(person=case.person, name="Ada", phone="07700 900111")
    by_email = RelatedPersonFactory(person=case.person, name="Ben", email="ben@example.org")
    RelatedPersonFactory(person=case.person, name="Cy")
    RelatedPersonFactory(
        person=case.person, name="Di", phone="07700 900112", ended_on=date(2026, 11, 4)
    )

    senders = RelatedPerson.objects.known_senders(case, date(2026, 11, 4))

    assert list(senders) == [by_phone, by_email]


# --- Keeping the list -------------------------------------------------------------------------


def test_adding_somebody_keeps_every_field(case, cora):
    given = details(
        phone="07700 900111",
        email="ngozi@example.org",
        address="1 Mill Lane",
        postcode="ZZ99 3WZ",
        parental_responsibility=True,
        sees_address=True,
        court_order="No letters to the father.",
        court_order_ends=date(2027, 1, 1),
        preferred_channel="email",
        preferred_format="large_print",
        language="Igbo",
        needs_interpreter=True,
        acts_because="agreed",
        acts_since=date(2026, 11, 1),
    )
    added = people_actions.add_related(case=case, details=given, by=cora, now=NOW)
    added.refresh_from_db()

    assert Details(**details_of(added)) == given
    assert added.person == case.person


def test_adding_the_same_person_twice_is_one_person(case, cora):
    assert add(case, cora) == add(case, cora)
    assert RelatedPerson.objects.count() == 1


@pytest.mark.parametrize("role", [Role.CSC_ADVISER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_people_are_not_kept_by_those_who_only_read(case, role):
    with pytest.raises(RuleBroken) as broken:
        add(case, UserFactory(role=role))

    assert broken.value.code == "may_not_change"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"no_contact": True}, "letters_without_contact", "receives_letters"),
        ({"acts_because": "agreed"}, "acts_since_missing", "acts_since"),
        ({"started_on": date(2026, 11, 5)}, "future", "started_on"),
        ({"acts_because": "agreed", "acts_since": date(2026, 11, 5)}, "future", "acts_since"),
    ],
)
def test_adding_what_cannot_be_is_refused(case, cora, changes, code, field):
    with pytest.raises(RuleBroken) as broken:
        add(case, cora, **changes)

    assert (broken.value.code, broken.value.field) == (code, field)
    assert not RelatedPerson.objects.exists()


def test_the_young_person_stands_on_the_list_once(case, cora):
    add(case, cora, relation=Relation.SELF, name="Amara Okafor")

    with pytest.raises(RuleBroken) as broken:
        add(case, cora, relation=Relation.SELF, name="A Okafor")

    assert (broken.value.code, broken.value.field) == ("self_twice", "relation")


def test_changing_writes_only_what_was_changed(case, cora):
    related = add(case, cora)
    shown = details_of(related)
    # Somebody else notes the number in the meantime.
    RelatedPerson.objects.filter(pk=related.pk).update(phone="07700 900111")

    change(related, cora, shown, language="Igbo")

    related.refresh_from_db()
    assert (related.language, related.phone) == ("Igbo", "07700 900111")


def test_two_changes_of_one_field_tell_the_second_and_write_nothing_of_theirs(case, cora):
    related = add(case, cora)
    shown = details_of(related)
    RelatedPerson.objects.filter(pk=related.pk).update(phone="07700 900111")

    with pytest.raises(ChangedMeanwhile, match="it is now “07700 900111”") as broken:
        change(related, cora, shown, phone="07700 900222", language="Igbo")

    assert (broken.value.field, broken.value.now) == ("phone", {"phone": "07700 900111"})
    related.refresh_from_db()
    assert (related.phone, related.language) == ("07700 900111", "")


def test_two_equal_changes_are_one(case, cora):
    related = add(case, cora)
    shown = details_of(related)
    change(related, cora, shown, phone="07700 900111")

    assert change(related, cora, shown, phone="07700 900111").phone == "07700 900111"
    assert related.events.count() == 1


def test_an_end_is_dated_and_can_be_taken_back(case, cora):
    related = add(case, cora)

    ended = people_actions.end_related(related=related, ended_on=NOW.date(), by=cora, now=NOW)
    assert not RelatedPerson.objects.current(NOW.date()).exists()
    again = people_actions.end_related(related=related, ended_on=NOW.date(), by=cora, now=NOW)
    assert again == ended
    with pytest.raises(RuleBroken) as broken:
        people_actions.end_related(related=related, ended_on=BEFORE, by=cora, now=NOW)
    assert broken.value.code == "already_ended"

    people_actions.resume_related(related=related, by=cora, now=NOW)
    assert list(RelatedPerson.objects.current(NOW.date())) == [related]


def test_an_end_before_the_beginning_is_refused(case, cora):
    with pytest.raises(RuleBroken) as broken:
        people_actions.end_related(
            related=add(case, cora), ended_on=date(2026, 10, 31), by=cora, now=NOW
        )

    assert (broken.value.code, broken.value.field) == ("before_start", "ended_on")


def test_the_young_person_cannot_come_back_beside_a_second_entry(case, cora):
    first = add(case, cora, relation=Relation.SELF, name="Amara")
    people_actions.end_related(related=first, ended_on=NOW.date(), by=cora, now=NOW)
    add(case, cora, relation=Relation.SELF, name="Amara Okafor")

    with pytest.raises(RuleBroken) as broken:
        people_actions.resume_related(related=first, by=cora, now=NOW)

    assert broken.value.code == "self_twice"


@pytest.mark.django_db(transaction=True)
def test_two_people_changing_one_number_at_once_leave_one_told(case, cora, lena):
    related = add(case, cora)
    shown = details_of(related)
    together = threading.Barrier(2)
    outcomes = []

    def press(person, number) -> None:
        together.wait()
        try:
            change(related, person, shown, phone=number)
            outcomes.append("saved")
        except RuleBroken as broken:
            outcomes.append(broken.code)
        connections.close_all()

    presses = [(cora, "07700 900111"), (lena, "07700 900222")]
    threads = [threading.Thread(target=press, args=pressed) for pressed in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["changed_meanwhile", "saved"]


# --- What a page shows ------------------------------------------------------------------------


def test_people_around_warns_first_and_says_who_is_no_longer_written_to(case, cora):
    RelatedPersonFactory(person=case.person)
    RelatedPersonFactory(
        person=case.person,
        name="Ian Okafor",
        relation=Relation.FATHER,
        receives_letters=False,
        no_contact=True,
        court_order="No contact of any kind.",
        court_order_ends=date(2030, 6, 28),
    )

    around = people_around(case, cora, FRIDAY)

    assert [warning.text for warning in around.warnings] == [
        "Do not contact Ian Okafor (father).",
        "A court order concerns Ian Okafor (father), until Friday 28 June 2030.",
    ]
    assert [row.letters for row in around.people] == [
        "No: they must not be contacted",
        "No longer, since the young person’s rights began on Friday 28 June 2030",
    ]
    assert around.nobody_to_write_to


def test_a_court_order_that_has_ended_is_no_warning(case, cora):
    RelatedPersonFactory(person=case.person, court_order="Old.", court_order_ends=BEFORE)

    around = people_around(case, cora, FRIDAY)

    assert around.warnings == []
    facts = {fact["key"]: fact["value"] for fact in around.people[0].facts}
    assert facts["Court order"] == "Old. (ended on Thursday 27 June 2030)"


@pytest.mark.rule("H22")
def test_people_around_keeps_addresses_and_orders_from_advisers(case, asif):
    RelatedPersonFactory(
        person=case.person,
        phone="07700 900111",
        email="ngozi@example.org",
        address="1 Mill Lane",
        postcode="ZZ99 3WZ",
        court_order="No contact of any kind.",
        preferred_channel="email",
    )

    around = people_around(case, asif, FRIDAY)

    assert around.warnings == []
    assert around.people[0].facts == [{"key": "How to reach them", "value": "Prefers e-mail"}]
    assert around.people[0].reach == "Prefers e-mail"


def test_people_around_is_one_query_for_one_and_for_three(case, cora, django_assert_num_queries):
    for _ in range(2):
        RelatedPersonFactory(person=case.person)
        with django_assert_num_queries(1):
            people_around(case, cora, FRIDAY)
        RelatedPersonFactory(person=case.person, ended_on=FRIDAY)
