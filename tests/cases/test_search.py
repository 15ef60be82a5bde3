"""Finding a child by what a caller can tell."""

from datetime import date

import pytest

from accounts.models import Role
from cases.models import Case, LocalId, NamedStaff, Person, RelatedPerson
from cases.search import find_cases
from cases.search_words import postcode_pattern, read
from tests.factories import CaseFactory, ContactFactory, PersonFactory, UserFactory
from tests.plans import plans

TODAY = date(2026, 11, 4)


@pytest.fixture
def manager(db):
    """Sees the whole service."""
    return UserFactory(role=Role.SENIOR_MANAGER, team=None)


def find(text, user, limit=20, **options):
    cases = find_cases(text, user=user, on=TODAY, limit=limit, **options)
    return [case.reference for case in cases]


@pytest.fixture
def family(policy, cora):
    """Four children with little in common, and what is known of them."""
    children = {
        "EHC-000001": PersonFactory(
            given_name="Amara",
            family_name="Okafor-O’Neill",
            known_as="Mimi",
            local_id="L42",
            upn="A999000000001",
            date_of_birth=date(2014, 2, 3),
            postcode="WX1 2AB",
        ),
        "EHC-000002": PersonFactory(
            given_name="Łukasz",
            family_name="Zając",
            date_of_birth=date(2010, 9, 1),
            postcode="WX12 9ZZ",
        ),
        "EHC-000003": PersonFactory(
            given_name="Muhammad",
            family_name="Hussain",
            date_of_birth=date(2010, 8, 31),
        ),
        "EHC-000004": PersonFactory(
            given_name="Mary-Jane",
            family_name="McDonald",
            date_of_birth=date(2012, 3, 5),
        ),
    }
    for reference, person in children.items():
        CaseFactory(
            reference=reference,
            person=person,
            owner=cora,
            establishment__name="St. Mary’s School" if person.upn else "Hazelwood Academy",
        )
    LocalId.objects.create(person=children["EHC-000002"], system="Social care", value="SC/77")
    around = {"relation": RelatedPerson.Relation.MOTHER, "started_on": date(2020, 1, 1)}
    mother = RelatedPerson(person=children["EHC-000003"], name="M", postcode="WX7 7QQ", **around)
    mother.save()
    RelatedPerson.objects.create(
        person=children["EHC-000004"],
        name="F",
        postcode="WX8 8QQ",
        **around,
        ended_on=date(2026, 1, 1),
    )
    case = children["EHC-000004"].case
    ContactFactory(reference="CON-000009", case=case)


@pytest.mark.rule("H23")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("amara", ["EHC-000001"]),
        ("okaf", ["EHC-000001"]),
        ("kafo", ["EHC-000001"]),
        ("Okafor Amara", ["EHC-000001"]),
        ("Okafor, Amara", ["EHC-000001"]),
        ("o'n", ["EHC-000001"]),
        ("oneill", ["EHC-000001"]),
        ("o’neill", ["EHC-000001"]),
        ("okaforoneill", ["EHC-000001"]),
        ("Mimi", ["EHC-000001"]),
        ("Amarra Okafour", ["EHC-000001"]),
        ("Okafour", ["EHC-000001"]),
        ("amra", ["EHC-000001"]),
        ("lukasz zajac", ["EHC-000002"]),
        ("ŁUKASZ", ["EHC-000002"]),
        ("Lucasz", ["EHC-000002"]),
        ("Mohammed Hussein", ["EHC-000003"]),
        ("mohamed", ["EHC-000003"]),
        ("maryjane", ["EHC-000004"]),
        ("jane mc donald", ["EHC-000004"]),
        ("macdonald", ["EHC-000004"]),
        ("3/2/2014", ["EHC-000001"]),
        ("03/02/14", ["EHC-000001"]),
        ("3.2.2014", ["EHC-000001"]),
        ("3-2-2014", ["EHC-000001"]),
        ("2014-02-03", ["EHC-000001"]),
        ("3 Feb 2014", ["EHC-000001"]),
        ("3rd of february 2014", ["EHC-000001"]),
        ("3 2 2014", ["EHC-000001"]),
        ("03022014", ["EHC-000001"]),
        ("okafor 03/02/14", ["EHC-000001"]),
        ("okafour 3/2/2014", ["EHC-000001"]),
        ("okafor 4/2/2014", []),
        ("31/02/2014", []),
        ("ehc-000001", ["EHC-000001"]),
        ("EHC000001", ["EHC-000001"]),
        ("ehc 1", ["EHC-000001"]),
        ("con 9", ["EHC-000004"]),
        ("CON-000009", ["EHC-000004"]),
        ("CON-000010", []),
        ("a999000000001", ["EHC-000001"]),
        ("l42", ["EHC-000001"]),
        ("SC/77", ["EHC-000002"]),
        ("wx12ab", ["EHC-000001"]),
        ("WX1 2AB", ["EHC-000001"]),
        ("wx1", ["EHC-000001"]),
        ("WX1 2", ["EHC-000001"]),
        ("wx12", ["EHC-000002"]),
        ("wx7 7qq", ["EHC-000003"]),
        ("wx8 8qq", []),
        ("okafor st marys", ["EHC-000001"]),
        ("hazelwood lukasz", ["EHC-000002"]),
        ("hazelwod lukas", ["EHC-000002"]),
        ("okafor hazelwood", []),
        ("hazelwood", ["EHC-000003", "EHC-000004", "EHC-000002"]),
        ("hazelwood year 11", ["EHC-000002"]),
        ("lukasz year 11", ["EHC-000002"]),
        ("lukasz y10", []),
        ("muhammad 2010", ["EHC-000003"]),
        ("muhammad 2011", []),
        ("amara smith", []),
        ("amara zzyzx", []),
    ],
)
def test_a_child_is_found_by(family, manager, text, found):
    assert find(text, manager) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "a b",
        "%",
        "_",
        "\\",
        "%%%",
        "___",
        "'",
        "' OR 1=1 --",
        ".,;:",
        "\0",
        "am\0ara\0",
        "1\0",
        "😀",
        "😀 amara" * 20,
        "x" * 200,
        "1" * 200,
        "EHC-" + "9" * 100,
        "a " * 100,
        "99/99/9999",
        "00000000",
        "year 99",
        "year 5",
        "0/0/0000",
        "\u0661/\u0662/\u0662\u0660\u0661\u0664",
        "²",
        "2014",
        "عائشة",
        "李",
    ],
)
def test_rubbish_finds_nobody_and_breaks_nothing(family, manager, text):
    assert find(text, manager) in ([], ["EHC-000001"])


def test_whole_words_come_before_beginnings_parts_and_likeness(manager, cora):
    names = "Ben Hannaford, Hanna Ash, Ann Zeal, Johannah Ash, Anne Quill"
    for number, name in enumerate(names.split(", ")):
        given, family = name.split()
        person = PersonFactory(given_name=given, family_name=family)
        CaseFactory(reference=f"EHC-{number}", person=person, owner=cora)

    assert find("ann", manager) == ["EHC-2", "EHC-4", "EHC-1", "EHC-3", "EHC-0"]
    assert find("hanna", manager) == ["EHC-1", "EHC-0", "EHC-3"]


def test_a_name_as_typed_comes_before_one_like_it(manager, cora):
    for number, given in enumerate(["Muhammad", "Mohammed", "Mohamed"]):
        person = PersonFactory(given_name=given, family_name="Khan")
        CaseFactory(reference=f"EHC-00000{number}", person=person, owner=cora)

    assert find("mohammed khan", manager) == ["EHC-000001", "EHC-000002", "EHC-000000"]


def test_somebody_taught_out_of_the_cohort_is_found_in_the_year_they_are_taught_in(manager, cora):
    person = PersonFactory(date_of_birth=date(2014, 2, 3), year_offset=-1)
    CaseFactory(reference="EHC-000001", person=person, owner=cora)

    assert person.year_group(TODAY) == "Year 7 (out of cohort)"
    assert find("okafor year 7", manager) == ["EHC-000001"]
    assert find("okafor year 8", manager) == []


# --- Who may find whom ---------------------------------------------------------------------


def test_an_outsider_finds_nobody_by_anything(family, oscar):
    for text in ("amara", "EHC-000001", "a999000000001", "wx1 2ab", "con 9", "hazelwood"):
        assert find(text, oscar) == []


@pytest.mark.rule("H22")
def test_an_adviser_narrows_by_a_school_but_does_not_list_its_children(family, asif):
    assert find("okafor st marys", asif) == ["EHC-000001"]
    assert find("hazelwood", asif) == []


@pytest.mark.rule("H22")
@pytest.mark.parametrize("text", ["year 5", "2016", "h"])
def test_an_adviser_does_not_list_a_school_by_what_many_children_share(manager, asif, text):
    person = PersonFactory(given_name="Hana", date_of_birth=date(2016, 10, 3))
    CaseFactory(reference="EHC-000001", person=person, establishment__name="Thornley School")

    assert find(f"thornley {text}", asif) == []
    assert find(f"thornley {text}", manager) == ["EHC-000001"]


def test_a_restricted_case_is_found_by_its_owner_and_named_staff_only(manager, asif, cora):
    case = CaseFactory(reference="EHC-000001", owner=cora, restricted=True, restricted_reason="x")
    named = UserFactory(role=Role.AUDITOR)
    NamedStaff.objects.create(case=case, user=named)

    for text in ("okafor", "EHC-000001", "okafour", "3/2/2014"):
        assert [find(text, user) for user in (manager, asif)] == [[], []]
        assert [find(text, user) for user in (cora, named)] == [["EHC-000001"]] * 2


# --- Two records of one child -----------------------------------------------------------------


@pytest.fixture
def merged(cora, oscar):
    """EHC-000002, of another team and under another name, was merged into EHC-000001."""
    kept = CaseFactory(reference="EHC-000001", owner=cora)
    former = PersonFactory(given_name="Amara", family_name="Eze", upn="A999000000002")
    return CaseFactory(reference="EHC-000002", person=former, owner=oscar, merged_into=kept)


@pytest.mark.parametrize(
    "text", ["amara", "eze", "eze amara", "EHC-000002", "A999000000002", "EHC-000001", "ezze"]
)
def test_a_merged_record_leads_to_the_kept_case_once(merged, cora, asif, text):
    assert [find(text, user) for user in (cora, asif)] == [["EHC-000001"]] * 2


def test_a_merged_record_finds_nothing_for_who_may_not_see_the_kept_case(merged, oscar):
    assert find("EHC-000002", oscar) == []


def test_a_merged_record_that_is_restricted_does_not_tell_which_case_it_became(
    merged, cora, manager
):
    merged.restricted, merged.restricted_reason = True, "Adopted"
    merged.save()

    assert [find(text, manager) for text in ("eze", "EHC-000002")] == [[], []]
    assert find("eze", merged.owner) == []
    assert find("amara okafor", cora) == ["EHC-000001"]


# --- While somebody types ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EHC-0000", []),
        ("EHC-00000", []),
        ("ehc 1", []),
        ("EHC-000001", ["EHC-000001"]),
        ("3/2/20", []),
        ("3/2/14", []),
        ("3/2/2014", ["EHC-000001"]),
        ("3 feb 20", []),
        ("okaf", ["EHC-000001"]),
        ("Amarra Okafour", ["EHC-000001"]),
    ],
)
def test_while_typing_only_what_can_be_whole_finds_a_record(family, manager, text, found):
    assert find(text, manager, typing=True) == found


# --- Words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("WX12AB", ("WX12AB", 6)),
        ("wx1", ("WX1", 6)),
        ("WX1 2", ("WX12", 6)),
        ("WX1 2A", ("WX12A", 6)),
        ("W1A", ("W1A", 6)),
        ("WX12", ("WX12", 7)),
        ("A999000000001", None),
        ("EHC-000001", None),
    ],
)
def test_a_postcode_is_read_from_all_or_part_of_it(code, pattern):
    assert postcode_pattern(code) == pattern


def test_no_more_words_are_looked_for_than_the_database_takes_lightly():
    assert len(read("word " * 40).names) == 8


# --- What it costs ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["okafor", "okafor thornley", "okafour thornly", "3/2/2014"])
def test_a_search_takes_the_same_queries_for_one_case_and_for_three(
    manager, cora, django_assert_num_queries, text
):
    queries = {"okafor": 12, "okafor thornley": 16, "okafour thornly": 12, "3/2/2014": 6}[text]
    CaseFactory(owner=cora)
    with django_assert_num_queries(queries):
        assert len(find(text, manager)) == 1
    CaseFactory.create_batch(2, owner=cora)
    with django_assert_num_queries(queries):
        assert len(find(text, manager)) == 3


@pytest.mark.parametrize(
    ("text", "index"),
    [("okafor", "person_names_trigram"), ("ok", "person_names_trigram"), ("WX1 2AB", "postcode")],
)
def test_a_search_is_answered_from_an_index(manager, cora, text, index):
    CaseFactory(owner=cora)
    strangers = Person.objects.bulk_create(
        PersonFactory.build(given_name=f"Given{n}", family_name=f"Family{n}", postcode=f"WX9 9{n}")
        for n in range(1000)
    )
    Case.objects.bulk_create(
        CaseFactory.build(person=person, owner=cora, team=cora.team, establishment=None)
        for person in strangers
    )
    with plans(without="indexscan") as found:
        find(text, manager)
    assert index in next(plan for sql, plan in found.items() if 'AS "rank"' in sql)
