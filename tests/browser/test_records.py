"""Keeping a record: the people around a child, the details, restricting and merging."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from cases.models import Case, RelatedPerson
from clocks.policy_actions import load_policy
from tests.factories import CaseFactory, RelatedPersonFactory

SCREENS = ["page", "phone", "without_javascript"]
CASE = "/cases/EHC-000042/"


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


@pytest.fixture
def case(live_server, cora):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    return CaseFactory(reference="EHC-000042", owner=cora)


@pytest.mark.parametrize(
    "path",
    [
        "people/",
        "people/new/",
        "people/42/",
        "people/42/end/",
        "people/43/end/",
        "change/",
        "restrict/",
        "merge/",
        "merge/?other=EHC-000043",
    ],
)
@pytest.mark.parametrize("screen", ["page", "phone"], indirect=True)
def test_every_page_of_a_record_is_accessible_and_fits(
    screen, sign_in, axe, fits, case, cora, lena, path
):
    RelatedPersonFactory(
        pk=42,
        person=case.person,
        court_order="No letters and no telephone calls, " * 5,
        address="1 Mill Lane\nWexmoor",
        email="a.very.long.address.that.does.not.end@longdomain.example.org",
    )
    RelatedPersonFactory(pk=43, person=case.person, ended_on=date(2026, 1, 1))
    CaseFactory(reference="EHC-000043", owner=cora, person__date_of_birth=date(2014, 3, 2))
    sign_in(screen, lena)

    screen.goto(CASE + path)

    axe(screen)
    fits(screen)


def test_somebody_is_added_after_what_was_wrong_is_put_right(screen, sign_in, case, cora):
    sign_in(screen, cora)
    screen.goto(f"{CASE}people/")
    screen.get_by_role("button", name="Add somebody").click()
    screen.get_by_label("Name", exact=True).fill("Ian Okafor")
    screen.get_by_label("Father").check()
    screen.get_by_label("They must not be contacted").check()
    screen.get_by_label("They may receive letters and messages").check()
    screen.get_by_role("button", name="Save").click()
    screen.get_by_role(
        "link", name="Somebody who must not be contacted cannot receive letters."
    ).click()
    screen.get_by_label("They may receive letters and messages").uncheck()
    screen.get_by_role("button", name="Save").click()

    expect(screen.get_by_text("Do not contact Ian Okafor (father).")).to_be_visible()
    assert RelatedPerson.objects.get().no_contact


def test_two_records_are_compared_and_merged(screen, sign_in, case, cora):
    CaseFactory(reference="EHC-000043", owner=cora)
    sign_in(screen, cora)
    screen.goto(f"{CASE}merge/")
    screen.get_by_label("Reference of the other record").fill("ehc-000043")
    screen.get_by_role("button", name="Compare the two").click()
    screen.get_by_label("EHC-000042").check()
    screen.get_by_label("How do you know that it is the same child?").fill("Same mother")
    screen.get_by_role("button", name="Merge the two records").click()

    expect(screen.get_by_text("EHC-000043 is merged into EHC-000042.")).to_be_visible()
    assert Case.objects.get(reference="EHC-000043").merged_into == case


def test_a_lead_restricts_a_case(screen, sign_in, case, lena, oscar):
    sign_in(screen, lena)
    screen.goto(f"{CASE}restrict/")
    screen.get_by_label("Why is it restricted?").fill("Threats")
    screen.get_by_label("Who may see it?").fill("oscar pine")
    screen.get_by_role("button", name="Restrict this case").click()

    expect(screen.get_by_text("Only these people may see it: Cora Hill")).to_be_visible()
    expect(screen.get_by_text("Restricted", exact=True)).to_be_visible()
