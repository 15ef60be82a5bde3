"""The monthly report of themes: every source, twelve months, what is learnt and done (S31-S33)."""

import html
import re
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID, uuid4

import pytest
import time_machine

from accounts.models import AccessEntry, Role
from cases.decision_actions import close_formal_matter
from cases.models import Case, Contact
from escalations.learning_actions import ToDo, add_action, discuss, finish_action
from escalations.models import Learning, Theme
from escalations.theme_actions import load_themes
from reports.themes import learning_lines, months_until, theme_rows, totals
from tests.escalations.complaining import complained, opened, settled
from tests.factories import CaseFactory, UserFactory

# Monday 30 November 2026, 3 in the afternoon.
NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)
SUBMISSIONS = count(1)


@pytest.fixture(autouse=True)
def _end_of_november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    load_themes()
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def maya(case):
    return UserFactory(role=Role.SENIOR_MANAGER, team=None, full_name="Maya Stone")


def theme(words: str) -> Theme:
    return Theme.objects.get(words=words)


def learnt(source: str, words: str, by, on: date = date(2026, 11, 12), **given) -> Learning:
    """One theme of something; what it came from does not matter to the figures."""
    given = {"submission": UUID(int=next(SUBMISSIONS))} | given
    return Learning.objects.create(source=source, theme=theme(words), on=on, by=by, at=NOW, **given)


def row_of(words: str, month: date = NOVEMBER):
    return next(row for row in theme_rows(month) if row.words == words)


def text(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


# --- The figures ----------------------------------------------------------------------------


@pytest.mark.rule("S31")
def test_a_theme_is_counted_by_where_it_came_from(case, cora):
    for source in ("complaint", "complaint", "mediation", "tribunal", "ombudsman", "step"):
        learnt(source, "Delay", cora)
    learnt("complaint", "Transport", cora)

    rows = theme_rows(NOVEMBER)

    assert [(row.words, row.numbers) for row in rows[:2]] == [
        ("Delay", [2, 1, 1, 1, 1]),
        ("Transport", [1, 0, 0, 0, 0]),
    ]
    assert (totals(rows).numbers, totals(rows).total) == ([3, 1, 1, 1, 1], 7)


@pytest.mark.rule("S31")
def test_the_last_day_counts_and_the_next_month_does_not(case, cora):
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)):
        learnt("complaint", "Delay", cora, on=day)

    assert row_of("Delay").total == 2
    assert row_of("Delay", OCTOBER).total == 1


def test_the_trend_is_twelve_months_the_asked_one_last(case, cora):
    for day in (date(2025, 11, 30), date(2025, 12, 1), date(2026, 10, 5), date(2026, 11, 5)):
        learnt("complaint", "Delay", cora, on=day)

    assert months_until(NOVEMBER)[0] == date(2025, 12, 1)
    assert row_of("Delay").trend == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert months_until(date(2026, 1, 1))[::11] == [date(2025, 2, 1), date(2026, 1, 1)]


def test_a_theme_out_of_use_is_shown_where_it_was_counted(case, cora):
    learnt("complaint", "Delay", cora)
    Theme.objects.filter(words__in=["Delay", "Transport"]).update(active=False)

    words = [row.words for row in theme_rows(NOVEMBER)]

    assert ("Delay" in words, "Transport" in words) == (True, False)


@pytest.mark.rule("S31")
def test_an_answered_complaint_is_in_the_report_of_its_month(case, cora):
    settled(opened(case, cora), cora)

    assert row_of("Transport").numbers == [1, 0, 0, 0, 0]


# --- The page -------------------------------------------------------------------------------


@pytest.mark.rule("S31")
def test_the_page_shows_the_month_and_what_waits(case, as_person, cora, maya):
    learnt("ombudsman", "Delay", cora, on=date(2026, 10, 9))
    found = complained(case, category=Contact.Category.TRIBUNAL)
    close_formal_matter(matter=found, outcome="Conceded.", by=cora, now=NOW)

    page = text(as_person(maya).get("/reports/themes/?month=2026-10"))

    assert "Themes, October 2026" in page
    assert "1 still to be given a theme." in page
    assert "Delay 1 0 0 0 1 0" in page
    assert "All themes 1 0 0 0 1 0" in page


@pytest.mark.parametrize("month", ["", "2026-12", "2026-13", "x", "0001-01", "9999-12"])
def test_a_month_that_is_none_is_this_month(case, as_person, maya, month):
    page = text(as_person(maya).get("/reports/themes/", {"month": month}))

    assert "Themes, November 2026" in page
    assert "The month after" not in page


@pytest.mark.rule("S31")
def test_learning_lines_are_of_cases_that_one_may_see(case, as_person, cora, lena, maya):
    said = {"learnt": "We ring on the day before.", "outcome": "Upheld"}
    about = {"matter": complained(case), "case": case, "submission": None}
    learnt("complaint", "Delay", cora, **said, **about)
    learnt("complaint", "Transport", cora, **said, **about)
    learnt("ombudsman", "Delay", cora, learnt="We write down why.")

    page = text(as_person(lena).get("/reports/themes/"))
    assert page.count("We ring on the day before.") == 1
    assert re.search(r"(Delay, Transport|Transport, Delay) \(complaint: upheld", page)
    assert "Amara" not in page
    assert AccessEntry.objects.get(detail="themes report").records == ["EHC-000042"]

    other = UserFactory(role=Role.TEAM_LEAD)
    page = text(as_person(other).get("/reports/themes/"))
    assert "We ring on the day before." not in page
    assert "We write down why." in page
    assert "Delay 2 1 0 0 1 0" in page


def test_a_restricted_case_counts_and_says_nothing(case, as_person, cora, lena):
    Case.objects.filter(pk=case.pk).update(restricted=True, restricted_reason="Threats")
    learnt("complaint", "Delay", cora, case=case, learnt="Secret words")

    page = text(as_person(UserFactory(role=Role.SENIOR_MANAGER)).get("/reports/themes/"))

    assert "Delay 1 1 0 0 0 0" in page
    assert "Secret words" not in page


def test_what_belongs_to_no_case_is_for_those_who_may_open_the_contact(case, cora, oscar, maya):
    found = complained(None)
    learnt("complaint", "Delay", cora, matter=found, learnt="Words", submission=None)

    assert len(learning_lines(NOVEMBER, maya)) == 1
    assert learning_lines(NOVEMBER, oscar) == []


@pytest.mark.rule("S32")
def test_the_action_log_carries_open_actions_on_and_says_what_is_late(case, as_person, cora, maya):
    october = datetime(2026, 10, 20, 10, tzinfo=UTC)
    given = {"theme": None, "owner": cora, "month": OCTOBER}

    def act(words: str, due_on: date):
        to_do = ToDo(words=words, due_on=due_on, **given)
        return add_action(to_do=to_do, submission=uuid4(), by=maya, now=october)

    act("Ask the firm", date(2026, 11, 10))
    act("Ring the school", date(2026, 12, 10))
    done = act("Write a leaflet", date(2026, 11, 1))
    finish_action(action=done, note="Printed.", by=maya, now=october)

    now = text(as_person(maya).get("/reports/themes/"))
    assert "Ask the firm Cora Hill Tuesday 10 November 2026 Past its date" in now
    assert "Ring the school Cora Hill Thursday 10 December 2026 Open" in now
    assert "Write a leaflet" not in now
    then = text(as_person(maya).get("/reports/themes/?month=2026-10"))
    assert "Done Tuesday 20 October 2026. Printed." in then


@pytest.mark.rule("S33")
def test_every_team_is_listed_with_its_talk(case, as_person, north, lena):
    page = text(as_person(lena).get("/reports/themes/"))
    assert "North team : not yet We have discussed it" in page

    discuss(month=NOVEMBER, team=north, ideas="Ring first.", by=lena, now=NOW)
    page = text(as_person(lena).get("/reports/themes/"))
    assert "North team : Monday 30 November 2026 (Lena Marsh) Ring first." in page
    assert "We have discussed it" not in page


def test_an_auditor_reads_and_changes_nothing(case, as_person):
    auditor = UserFactory(role=Role.AUDITOR, team=None)

    page = text(as_person(auditor).get("/reports/themes/"))

    assert "Action log" in page
    assert "Add to the action log" not in page
    assert as_person(auditor).get("/themes/actions/new/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_report_costs_the_same_whatever_there_is(
    case, as_person, cora, maya, django_assert_num_queries, number
):
    for _ in range(number):
        one = CaseFactory(owner=cora)
        settled(opened(one, cora), cora)
        learnt("ombudsman", "Delay", cora, case=one, learnt="Words")
        to_do = ToDo(month=NOVEMBER, words="x", theme=None, owner=cora, due_on=date(2026, 12, 1))
        add_action(to_do=to_do, submission=uuid4(), by=maya, now=NOW)
    client = as_person(maya)
    client.get("/reports/themes/")

    with django_assert_num_queries(14):
        client.get("/reports/themes/")
