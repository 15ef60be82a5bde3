"""Somebody reports that a child may not be safe: who hears of it, who sees it, what is first."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from cases.decision_actions import close_formal_matter, recognise_formal, withdraw_formal_matter
from cases.models import Contact, FormalMatter
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, UserFactory

# Tuesday 3 November 2026, 11am; one working day for a report, ten for an e-mail.
NOW = datetime(2026, 11, 3, 11, tzinfo=UTC)
Category = Contact.Category
STAY_AWAY = "You do not need to contact us again before then."


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042", person__date_of_birth=date(2014, 2, 3))


@pytest.fixture
def report(case):
    """A neighbour writes."""
    return log(case, email(category=Category.SAFEGUARDING, sender_name="Beatrix Vale"))


def read(client, name, *args) -> str:
    with time_machine.travel(NOW, tick=False):
        return client.get(reverse(name, args=args)).content.decode()


# --- Who hears of it ------------------------------------------------------------------------


@pytest.mark.rule("H68")
def test_the_owner_reads_first_what_it_is_and_its_own_date(report, cora):
    told = Notice.objects.get(recipient=cora)

    assert told.subject == f"Safeguarding: E-mail from a parent or carer, {report.reference}"
    assert told.body.splitlines() == [
        "Safeguarding: Cora Hill acts on it by Wednesday 4 November 2026.",
        f"E-mail from a parent or carer, {report.reference} was received on Tuesday 3 November "
        "2026 at 10:15am.",
        "The answer is due by Tuesday 17 November 2026.",
    ]


@pytest.mark.rule("H68")
def test_the_teams_lead_reads_of_it_too(report, lena):
    told = Notice.objects.get(recipient=lena)

    assert told.subject == f"A child may not be safe: Safeguarding, {report.reference}"
    assert "Cora Hill passes it on by Wednesday 4 November 2026." in told.body


def test_nobody_else_reads_of_another_formal_matter(case, cora):
    log(case, email(category=Category.ASSESSMENT_REQUEST))

    [told] = Notice.objects.exclude(recipient=None)
    assert told.recipient == cora
    assert told.subject.startswith("Asks for an EHC needs assessment: ")


def test_a_lead_who_may_not_see_the_case_is_not_told(case, lena):
    case.restricted, case.restricted_reason = True, "A relative works in the team."
    case.save(update_fields=["restricted", "restricted_reason"])

    log(case, email(category=Category.SAFEGUARDING))

    assert not Notice.objects.filter(recipient=lena).exists()


def test_what_is_recognised_later_is_told_to_the_lead_too(case, cora, lena):
    contact = log(case)

    recognise_formal(contact=contact, category=Category.SAFEGUARDING, by=cora, now=NOW)

    assert Notice.objects.get(recipient=lena).subject.startswith("A child may not be safe: ")


# --- What stands first ----------------------------------------------------------------------


@pytest.mark.rule("H68")
def test_its_page_begins_with_its_own_date_and_never_asks_anybody_to_wait(report, cora, as_person):
    html = read(as_person(cora), "cases:contact", report.reference)

    assert html.index("has a date of its own") < html.index("Due Tuesday 17 November")
    assert "Somebody looks into what you told us by Wednesday 4 November 2026." in html
    assert "If you see or hear more, tell us at once." in html
    assert STAY_AWAY not in html


def test_once_it_is_passed_on_the_answers_date_stands_first(report, cora, as_person):
    [matter] = report.formal_matters.all()
    close_formal_matter(matter=matter, outcome="Passed to the safety hub.", by=cora, now=NOW)

    html = read(as_person(cora), "cases:contact", report.reference)

    assert html.index("Due Tuesday 17 November") < html.index("Passed to the safety hub.")
    assert STAY_AWAY not in html


def test_who_asked_something_else_may_wait(case, cora, as_person):
    assert STAY_AWAY in read(as_person(cora), "cases:contact", log(case).reference)


# --- Who sees it ----------------------------------------------------------------------------


@pytest.mark.rule("H22")
@pytest.mark.parametrize(
    ("name", "args"),
    [("cases:case", ["EHC-000042"]), ("callbacks:desk", ["EHC-000042"])],
)
def test_an_adviser_with_a_caller_on_the_line_sees_nothing_of_it(
    report, asif, as_person, name, args
):
    ordinary = log(report.case)
    html = read(as_person(asif), name, *args)

    assert ordinary.reference in html
    assert report.reference not in html
    assert "Beatrix Vale" not in html


@pytest.mark.rule("H22")
def test_no_adviser_opens_it_but_who_wrote_it_down(case, asif):
    given = email(category=Category.SAFEGUARDING)
    theirs = log(case, given, by=asif, now=NOW)
    another = UserFactory(role=asif.role)

    assert list(Contact.objects.visible_to(asif)) == [theirs]
    assert list(Contact.objects.visible_to(another)) == []


def test_an_adviser_sees_again_what_was_no_report_after_all(report, asif, cora):
    [matter] = FormalMatter.objects.all()
    withdraw_formal_matter(matter=matter, reason="About a bus.", by=cora, now=NOW)

    assert list(Contact.objects.visible_to(asif)) == [report]


def test_the_team_sees_it(report, cora, lena):
    for user in (cora, lena):
        assert list(Contact.objects.visible_to(user)) == [report]
