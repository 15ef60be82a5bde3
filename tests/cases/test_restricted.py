"""A restricted case exists for its owner and its named staff, and for nobody else."""

import json
import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from cases import restriction_actions
from cases.edits import ChangedMeanwhile, all_plain
from cases.merge_pages import record_notes
from cases.models import (
    Case,
    Contact,
    FormalMatter,
    LeadProfessional,
    NamedStaff,
)
from cases.restriction_actions import named_staff, restriction_of
from tests.factories import (
    CaseFactory,
    ClockFactory,
    ContactFactory,
    RelatedPersonFactory,
    UserFactory,
)

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
RESTRICT = "/cases/EHC-000042/restrict/"
LIFT = "/cases/EHC-000042/lift-restriction/"


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


def restrict(case, by, *staff, shown=None, reason="Threats"):
    shown = restriction_of(Case.objects.get(pk=case.pk)) if shown is None else shown
    return restriction_actions.restrict(
        case=case, shown=all_plain(shown), reason=reason, staff=staff, by=by, now=NOW
    )


def lift(case, by, reason="The threats have ended"):
    return restriction_actions.lift(case=case, reason=reason, by=by, now=NOW)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Who is named -----------------------------------------------------------------------------


def test_restricting_names_the_owner_whoever_owes_and_who_restricts(case, cora, lena, north):
    owing, files, decides, leads, chosen, had = (
        UserFactory(full_name=name) for name in ("Abe", "Bea", "Dee", "Eve", "Flo", "Gus")
    )
    ContactFactory(case=case, clock__owner=owing)
    ContactFactory(case=case, filing_clock=ClockFactory(owner=files, due_at=NOW))
    formal = ContactFactory(case=case)
    FormalMatter.objects.create(
        contact=formal,
        category="complaint",
        clock=ClockFactory(owner=decides, due_at=NOW),
        recognised_at=NOW,
    )
    LeadProfessional.objects.create(case=case, user=leads, reason="r", named_at=NOW, named_by=lena)
    ContactFactory(case=case, clock__owner=had, clock__state="met", clock__stopped_at=NOW)

    named = restrict(case, lena, chosen)

    assert [str(user) for user in named] == [
        "Abe",
        "Bea",
        "Cora Hill",
        "Dee",
        "Eve",
        "Flo",
        "Lena Marsh",
    ]
    assert named_staff(case) == named
    case.refresh_from_db()
    assert (case.restricted, case.restricted_reason) == (True, "Threats")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TEAM_LEAD, Role.SENIOR_MANAGER}))
def test_only_leads_and_managers_restrict_and_lift(case, role):
    for act in (restrict, lift):
        with pytest.raises(RuleBroken) as broken:
            act(case, UserFactory(role=role))
        assert broken.value.code == "may_not_restrict"


def test_restricting_and_lifting_need_a_reason(case, lena):
    for act in (restrict, lift):
        with pytest.raises(RuleBroken) as broken:
            act(case, lena, reason=" \n")
        assert (broken.value.code, broken.value.field) == ("reason_missing", "reason")


@pytest.mark.parametrize("changes", [{"role": Role.ADMINISTRATOR}, {"is_active": False}])
def test_somebody_who_works_with_no_cases_cannot_be_named(case, lena, changes):
    with pytest.raises(RuleBroken) as broken:
        restrict(case, lena, UserFactory(**changes))

    assert (broken.value.code, broken.value.field) == ("cannot_be_named", "staff")


def test_lifting_takes_the_names_away_and_keeps_the_reason(case, lena, oscar):
    restrict(case, lena, oscar)

    lift(case, lena)

    case.refresh_from_db()
    assert (case.restricted, case.restricted_reason) == (False, "The threats have ended")
    assert not NamedStaff.objects.exists()
    # Somebody of another team saw it for being named, and sees it no longer.
    assert not Case.objects.visible_to(oscar).exists()
    with pytest.raises(RuleBroken) as broken:
        lift(case, lena)
    assert broken.value.code == "not_restricted"


def test_changing_the_names_leaves_rows_that_stay(case, lena, oscar):
    restrict(case, lena, oscar)
    before = NamedStaff.objects.get(user=lena).pk

    restrict(case, lena, reason="Threats")

    assert NamedStaff.objects.get(user=lena).pk == before
    assert not NamedStaff.objects.filter(user=oscar).exists()


def test_restricting_covers_the_records_merged_into_it(case, cora, lena, oscar):
    merged = CaseFactory(owner=cora, merged_into=case)
    contact = ContactFactory(case=merged)
    restrict(case, lena)
    outsider = UserFactory(role=Role.SENIOR_MANAGER)
    assert not Contact.objects.visible_to(outsider).filter(pk=contact.pk).exists()
    assert Contact.objects.visible_to(lena).filter(pk=contact.pk).exists()

    lift(case, lena)
    assert Contact.objects.visible_to(outsider).filter(pk=contact.pk).exists()


def test_two_people_changing_the_names_at_once_tell_the_second(case, lena, cora, oscar):
    restrict(case, lena)
    shown = restriction_of(Case.objects.get())
    named = {"staff": [*shown["staff"], oscar]}
    restrict(case, lena, *named["staff"], shown=shown)

    with pytest.raises(ChangedMeanwhile, match="Oscar Pine") as broken:
        restrict(case, lena, lena, shown=shown)

    assert broken.value.field == "staff"
    assert oscar in named_staff(case)


def test_a_page_opened_before_the_restriction_was_lifted_does_not_restore_it(case, lena):
    restrict(case, lena)
    shown = restriction_of(Case.objects.get())
    lift(case, lena)

    with pytest.raises(ChangedMeanwhile, match="The threats have ended"):
        restrict(case, lena, shown=shown)

    case.refresh_from_db()
    assert not case.restricted


# --- Who sees it ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(Role))
def test_a_restricted_case_does_not_exist_for_others_of_the_team(case, lena, north, role):
    contact = ContactFactory(case=case)
    restrict(case, lena)
    user = UserFactory(role=role, team=north)

    assert not Case.objects.visible_to(user).exists()
    assert not Contact.objects.visible_to(user).exists()
    assert not Contact.objects.unrestricted_for(user).exists()

    NamedStaff.objects.create(case=case, user=user)
    sees = role != Role.ADMINISTRATOR
    assert Case.objects.visible_to(user).exists() is sees
    assert Contact.objects.visible_to(user).filter(pk=contact.pk).exists() is sees


def test_whoever_covers_for_the_owner_does_not_see_a_restricted_case(case, cora, lena, north):
    cover = UserFactory(team=north)
    Absence.objects.create(
        person=cora, first_day=date(2026, 11, 2), last_day=date(2026, 11, 6), cover=cover
    )
    ContactFactory(case=case)
    restrict(case, lena)

    assert not Case.objects.visible_to(cover).exists()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SENIOR_MANAGER, Role.CSC_ADVISER])
def test_every_page_of_a_restricted_case_is_404_for_who_is_not_named(
    case, as_person, lena, north, role
):
    related = RelatedPersonFactory(person=case.person)
    contact = ContactFactory(reference="CON-000042", case=case)
    restrict(case, lena)
    client = as_person(UserFactory(role=role, team=north))
    pages = ["case", "people", "new_person", "change_case", "log_contact", "restrict", "merge"]

    for name in pages:
        assert client.get(reverse(f"cases:{name}", args=["EHC-000042"])).status_code == 404
    for name in ("change_person", "end_person"):
        path = reverse(f"cases:{name}", args=["EHC-000042", related.pk])
        assert client.get(path).status_code == 404
    for name in ("contact", "why", "answer"):
        path = reverse(f"cases:{name}", args=[contact.reference])
        assert client.get(path).status_code == 404
    assert client.post("/cases/EHC-000042/change/", {}).status_code == 404


def test_a_search_finds_a_restricted_case_only_for_those_named(case, as_person, lena, asif):
    restrict(case, lena)

    for person, finds in ((lena, True), (asif, False)):
        page = as_person(person).post("/cases/", {"q": "Okafor"}, follow=True)
        assert ("EHC-000042" in text(page)) is finds


def test_the_other_record_of_a_merge_is_not_found_when_it_is_restricted(
    case, as_person, cora, lena, north
):
    other = CaseFactory(reference="EHC-000043", owner=lena)
    restrict(other, lena)

    page = as_person(cora).get("/cases/EHC-000042/merge/?other=EHC-000043")

    assert "There is no case with this reference that you may see" in text(page)


# --- The pages --------------------------------------------------------------------------------


def typed(client, **changes):
    opened = client.get(RESTRICT).context["form"]
    posted = {"shown": json.dumps(opened["shown"].initial)}
    posted |= {name: opened[name].value() or "" for name in ("reason", "staff")}
    return posted | changes


def test_a_lead_restricts_a_case_and_lifts_it_again(case, as_person, lena, cora, oscar):
    client = as_person(lena)
    sent = typed(client, reason="Threats", staff="oscar pine\n\ncora@wexmoor.example.org")

    page = client.post(RESTRICT, sent, follow=True)

    assert page.redirect_chain == [("/cases/EHC-000042/", 302)]
    assert "Only these people may see it: Cora Hill, Lena Marsh, Oscar Pine." in text(page)
    opened = typed(client)
    assert opened["staff"].splitlines()[0] == "Cora Hill, cora@wexmoor.example.org"

    client.post(RESTRICT, opened | {"staff": "Cora Hill, cora@wexmoor.example.org"})
    assert named_staff(case) == [cora, lena]

    lifted = client.post(LIFT, {"reason": "The threats have ended"}, follow=True)
    assert "The restriction is lifted." in text(lifted)
    assert client.get(LIFT).status_code == 404
    again = client.post(LIFT, {"reason": "The threats have ended"})
    assert "This case is not restricted any more." in text(again)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": ""}, "Enter the reason"),
        ({"reason": "x" * 301}, "Reason must be 300 characters or less"),
        ({"staff": "Nobody Known"}, "Nobody who works with cases is called Nobody Known"),
        ({"staff": "nobody@example.org"}, "Nobody who works with cases is called"),
        ({"staff": "Sam Twin"}, "Two people are called Sam Twin: use the e-mail address"),
    ],
)
def test_a_restriction_filled_in_wrongly_says_so_and_restricts_nothing(
    case, as_person, lena, changes, message
):
    UserFactory.create_batch(2, full_name="Sam Twin")
    client = as_person(lena)

    page = client.post(RESTRICT, typed(client) | {"reason": "Threats"} | changes)

    assert message in text(page)
    case.refresh_from_db()
    assert not case.restricted


def test_lifting_asks_for_a_reason_on_the_page(case, as_person, lena):
    restrict(case, lena)

    assert "Enter the reason" in text(as_person(lena).post(LIFT, {"reason": ""}))


def test_a_lead_of_another_team_has_no_page_to_restrict_it(case, as_person):
    client = as_person(UserFactory(role=Role.TEAM_LEAD))

    assert client.get(RESTRICT).status_code == client.get(LIFT).status_code == 404


@pytest.mark.rule("H22")
def test_the_case_page_names_who_may_see_it_and_tells_advisers_not_why(case, lena, asif):
    restrict(case, lena, asif)
    case.refresh_from_db()

    for user, sees in ((lena, True), (asif, False)):
        page = render_to_string(
            "cases/_restricted.html", {"case": case, **record_notes(case, user)}
        )
        assert "Asif Rahman, Cora Hill, Lena Marsh" in page
        assert ("Threats" in page) is sees
        assert ("lift the restriction" in page) is sees


def test_a_case_that_is_not_restricted_says_nothing_of_it(case, lena, django_assert_num_queries):
    with django_assert_num_queries(1):
        notes = record_notes(case, lena)

    page = render_to_string("cases/_restricted.html", {"case": case, **notes})
    assert page.strip() == ""
