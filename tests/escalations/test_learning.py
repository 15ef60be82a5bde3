"""Themes, the Ombudsman's decisions, the action log and talks (S31 to S33)."""

import threading
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.decision_actions import (
    close_formal_matter,
    recognise_formal,
    withdraw_formal_matter,
)
from cases.models import Case, Contact
from escalations import learning_actions
from escalations.learning_actions import (
    Coding,
    ToDo,
    add_action,
    code_matter,
    code_step,
    discuss,
    enter_decision,
    finish_action,
)
from escalations.models import Learning, Theme, ThemeAction, ThemesDiscussed
from escalations.step_actions import answer_step
from escalations.theme_actions import (
    DEFAULT_THEMES,
    add_theme,
    load_themes,
    move_theme,
    reword_theme,
    use_theme,
)
from escalations.themes import matters_to_code, seen_by, steps_to_code, waiting
from tests.escalations.complaining import complained, looked_at, opened, settled
from tests.escalations.making import AFTER, further, managed, matter
from tests.factories import CaseFactory, UserFactory

# Monday 30 November 2026.
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
SUBMISSION = UUID("00000000-0000-4000-8000-00000000000d")


@pytest.fixture
def case(policy, cora):
    load_themes()
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def ada(db):
    return UserFactory(role=Role.ADMINISTRATOR, team=None)


def refused(act, **given) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    return broken.value


def theme(words: str) -> Theme:
    return Theme.objects.get(words=words)


def coding(*words: str, **changes) -> Coding:
    return Coding(themes=[theme(one) for one in words], **changes)


def ended(case: Case, category: Contact.Category, by):
    """A formal matter that was closed on its contact's page."""
    found = recognise_formal(contact=matter(case), category=category, by=by, now=NOW)
    return close_formal_matter(matter=found, outcome="Settled.", by=by, now=NOW)


def at_step_3(case: Case):
    """A concern that the team lead's answer did not settle."""
    about = matter(case)
    second = further(about).step
    assert second
    answer_step(step=second, text="We look into it.", by=second.handler, now=AFTER)
    return further(about, satisfied=False, now=NOW).step


# --- What waits -----------------------------------------------------------------------------


@pytest.mark.rule("S31")
@pytest.mark.parametrize("category", ["complaint", "mediation", "tribunal"])
def test_what_was_closed_waits_until_it_has_a_theme(case, cora, category):
    found = ended(case, Contact.Category(category), cora)
    assert (waiting(), list(matters_to_code())) == (1, [found])

    code_matter(matter=found, coding=coding("Transport", "Delay"), by=cora, now=NOW)

    assert (waiting(), list(matters_to_code())) == (0, [])
    rows = Learning.objects.order_by("theme__position")
    assert [row.theme.words for row in rows] == ["Delay", "Transport"]
    assert {(row.source, row.case, row.on) for row in rows} == {
        (category, case, date(2026, 11, 30))
    }


def test_what_is_open_another_matter_or_a_mistake_does_not_wait(case, cora):
    looked_at(opened(case, cora), cora, cora)
    recognise_formal(contact=matter(case), category=Contact.Category.TRIBUNAL, by=cora, now=NOW)
    wrong = recognise_formal(
        contact=matter(case), category=Contact.Category.MEDIATION, by=cora, now=NOW
    )
    withdraw_formal_matter(matter=wrong, reason="A question.", by=cora, now=NOW)
    ended(case, Contact.Category.REPRESENTATION, cora)

    assert waiting() == 0


def test_a_complaint_that_was_answered_has_its_theme_already(case, cora):
    settled(opened(case, cora), cora)

    assert (waiting(), Learning.objects.count()) == (0, 1)


@pytest.mark.rule("S31")
def test_a_late_step_waits_when_it_is_answered(case, cora, maya):
    step = at_step_3(case)
    assert (step.number, waiting()) == (3, 0)
    answer_step(step=step, text="It starts on Monday.", by=step.handler, now=NOW)
    assert list(steps_to_code()) == [step]

    step.refresh_from_db()
    code_step(step=step, coding=coding("Delay"), by=step.handler, now=NOW)

    assert waiting() == 0
    assert Learning.objects.get().source == Learning.Source.STEP


def test_step_2_has_no_theme(case, cora, lena):
    step = further(matter(case)).step

    broken = refused(code_step, step=step, coding=coding("Delay"), by=lena, now=NOW)

    assert (step.number, broken.code) == (2, "not_coded")


def test_who_may_not_open_it_does_not_see_it_wait(case, cora, oscar):
    found = ended(case, Contact.Category.MEDIATION, cora)

    assert [list(rows) for rows in seen_by(cora)] == [[found], [], []]
    assert [list(rows) for rows in seen_by(oscar)] == [[], [], []]


# --- Coding ---------------------------------------------------------------------------------


@pytest.mark.rule("S31")
def test_at_least_one_theme(case, cora):
    found = ended(case, Contact.Category.TRIBUNAL, cora)

    assert refused(code_matter, matter=found, coding=coding(), by=cora, now=NOW).code == (
        "theme_missing"
    )


@pytest.mark.parametrize("role", [Role.CSC_ADVISER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_answers_nothing_chooses_no_theme(case, cora, role):
    found = ended(case, Contact.Category.TRIBUNAL, cora)
    given = {"matter": found, "coding": coding("Delay"), "now": NOW}

    assert refused(code_matter, by=UserFactory(role=role), **given).code == "may_not_answer"


def test_coding_again_changes_it_and_the_database_keeps_what_was(case, cora):
    found = ended(case, Contact.Category.TRIBUNAL, cora)
    code_matter(matter=found, coding=coding("Delay", "Transport"), by=cora, now=NOW)

    later = datetime(2026, 12, 3, 10, tzinfo=UTC)
    learnt = {"learnt": "We ask the school first.", "outcome": "Upheld"}
    code_matter(matter=found, coding=coding("Transport", "Placement", **learnt), by=cora, now=later)

    rows = Learning.objects.order_by("theme__words")
    assert [(row.theme.words, row.learnt, row.on) for row in rows] == [
        ("Placement", "We ask the school first.", date(2026, 11, 30)),
        ("Transport", "We ask the school first.", date(2026, 11, 30)),
    ]
    past = Learning.pgh_event_model.objects.filter(pgh_label="delete")
    assert [row.theme_id for row in past] == [theme("Delay").pk]


def test_the_second_of_two_who_code_is_told(case, cora, lena):
    found = ended(case, Contact.Category.TRIBUNAL, cora)
    seen = {"instead_of": frozenset()}
    code_matter(matter=found, coding=coding("Delay", **seen), by=cora, now=NOW)
    given = {"matter": found, "now": NOW}

    again = code_matter(coding=coding("Delay", **seen), by=cora, **given)
    broken = refused(code_matter, coding=coding("Transport", **seen), by=lena, **given)

    assert [row.theme.words for row in again] == ["Delay"]
    assert broken.code == "coded_meanwhile"
    assert "Cora Hill has chosen themes" in broken.message
    now_seen = {"instead_of": frozenset({theme("Delay").pk})}
    code_matter(coding=coding("Transport", **now_seen), by=lena, **given)
    assert Learning.objects.get().theme.words == "Transport"


@pytest.mark.rule("S31")
def test_a_decision_of_the_ombudsman_is_entered_with_a_case_or_without(case, maya):
    given = {"on": date(2026, 11, 20), "by": maya, "now": NOW}
    words = {"outcome": "Fault found", "learnt": "We write down why."}
    decision = coding("Delay", **words)

    enter_decision(case=None, coding=decision, submission=SUBMISSION, **given)
    enter_decision(case=None, coding=decision, submission=SUBMISSION, **given)
    enter_decision(case=case, coding=decision, submission=UUID(int=5), **given)

    found = Learning.objects.order_by("pk").values_list("case", "source", "on")
    assert list(found) == [
        (None, "ombudsman", date(2026, 11, 20)),
        (case.pk, "ombudsman", date(2026, 11, 20)),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outcome": ""}, "outcome_missing"),
        ({"on": date(2026, 12, 1)}, "odd_day"),
        ({"themes": []}, "theme_missing"),
        ({"role": Role.COORDINATOR}, "may_not_keep"),
        ({"role": Role.AUDITOR}, "may_not_keep"),
    ],
)
def test_a_decision_has_words_a_day_and_a_theme(case, changes, code):
    by = UserFactory(role=changes.get("role", Role.RESOLUTION_OFFICER))
    themes = changes.get("themes", [theme("Delay")])
    said = Coding(themes=themes, outcome=changes.get("outcome", "Fault found"))
    given = {"case": None, "on": changes.get("on", NOW.date()), "coding": said}

    broken = refused(enter_decision, submission=SUBMISSION, by=by, now=NOW, **given)

    assert broken.code == code
    assert not Learning.objects.exists()


# --- The action log and talks ---------------------------------------------------------------


def to_do(owner, **changes) -> ToDo:
    given: dict[str, Any] = {"month": date(2026, 11, 1), "words": "Ask the taxi firm"}
    given |= {"theme": None}
    return ToDo(**given | {"owner": owner, "due_on": date(2026, 12, 10)} | changes)


@pytest.mark.rule("S32")
def test_an_action_has_words_an_owner_and_a_date_and_is_made_once(case, cora, maya):
    given = {"to_do": to_do(cora, theme=theme("Transport")), "submission": SUBMISSION}

    first = add_action(**given, by=maya, now=NOW)
    assert add_action(**given, by=maya, now=NOW) == first

    assert ThemeAction.objects.count() == 1
    assert (first.owner, first.due_on, first.month) == (cora, date(2026, 12, 10), date(2026, 11, 1))


@pytest.mark.rule("S32")
@pytest.mark.parametrize(
    ("changes", "code"),
    [({"words": " "}, "words_missing"), ({"due_on": date(2026, 11, 29)}, "odd_day")],
)
def test_an_action_is_for_a_day_to_come(case, cora, maya, changes, code):
    given = {"to_do": to_do(cora, **changes), "submission": SUBMISSION, "by": maya, "now": NOW}

    assert refused(add_action, **given).code == code


def test_a_coordinator_finishes_their_own_action_and_makes_none(case, cora, maya):
    given = {"to_do": to_do(cora), "submission": SUBMISSION, "now": NOW}
    assert refused(add_action, by=cora, **given).code == "may_not_keep"
    action = add_action(by=maya, **given)
    finish = {"action": action, "now": NOW}

    assert refused(finish_action, note="x", by=UserFactory(), **finish).code == "may_not_keep"
    assert refused(finish_action, note=" ", by=cora, **finish).code == "note_missing"
    finish_action(note="They come earlier now.", by=cora, **finish)
    finish_action(note="They come earlier now.", by=cora, **finish)
    assert refused(finish_action, note="Other", by=maya, **finish).code == "done_already"

    action.refresh_from_db()
    assert (action.done_on, action.done_note) == (date(2026, 11, 30), "They come earlier now.")


@pytest.mark.rule("S33")
def test_a_team_ticks_a_month_once_with_its_ideas(case, north, lena):
    tick = {"month": date(2026, 11, 1), "team": north, "by": lena, "now": NOW}

    first = discuss(ideas="Ring on the day before.", **tick)
    assert discuss(ideas="Ring on the day before.", **tick) == first
    broken = refused(discuss, ideas="Other", **tick)

    assert broken.code == "discussed_already"
    assert ThemesDiscussed.objects.get().ideas == "Ring on the day before."


@pytest.mark.rule("S33")
def test_only_the_lead_ticks_and_no_month_to_come(case, north, cora, lena):
    tick = {"team": north, "ideas": "", "now": NOW}
    other = UserFactory(role=Role.TEAM_LEAD)

    for person in (cora, other):
        broken = refused(discuss, month=date(2026, 11, 1), by=person, **tick)
        assert broken.code == "may_not_tick"
    assert refused(discuss, month=date(2026, 12, 1), by=lena, **tick).code == "future"


# --- The settings list ----------------------------------------------------------------------


def words() -> list[str]:
    return list(Theme.objects.values_list("words", flat=True))


@pytest.mark.rule("S31")
def test_ten_themes_are_shipped_and_an_edited_list_is_left_alone(ada):
    assert (load_themes(), words()) == (10, DEFAULT_THEMES)
    reword_theme(theme=theme("Delay"), words="Too late", instead_of="Delay", by=ada)

    assert load_themes() == 0
    assert "Delay" not in words()


def test_themes_are_added_reworded_moved_and_taken_out_of_use(case, ada):
    added = add_theme(words=" Phase  transfer ", by=ada)
    assert add_theme(words="phase transfer", by=ada) == added
    move_theme(theme=added, place=0, by=ada)
    assert words()[:2] == ["Phase transfer", "Communication"]

    assert use_theme(theme=added, active=False, by=ada)
    assert not use_theme(theme=added, active=False, by=ada)
    assert refused(add_theme, words="Phase transfer", by=ada).code == "out_of_use"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"words": " "}, "missing"),
        ({"words": "x" * 121}, "too_long"),
        ({"words": "delay"}, "already_there"),
        ({"instead_of": "Old words"}, "changed_meanwhile"),
    ],
)
def test_words_of_a_theme_are_refused(case, ada, changes, code):
    given = {"theme": theme("Transport"), "words": "Taxis", "instead_of": "Transport", "by": ada}

    assert refused(reword_theme, **given | changes).code == code
    assert theme("Transport")


def test_the_last_theme_stays_and_only_administrators_change_them(case, ada, cora):
    Theme.objects.exclude(words="Delay").update(active=False)

    assert refused(use_theme, theme=theme("Delay"), active=False, by=ada).code == "last_one"
    assert refused(add_theme, words="x", by=cora).code == "may_not_change"


# --- At the same moment ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_decision_sent_at_once_is_entered_once():
    load_themes()
    by = UserFactory(role=Role.RESOLUTION_OFFICER, team=None)
    said = coding("Delay", outcome="Fault found")
    given = {"case": None, "on": NOW.date(), "submission": SUBMISSION, "now": NOW}
    together = threading.Barrier(2)

    def enter() -> None:
        together.wait()
        learning_actions.enter_decision(coding=said, by=by, **given)
        connections.close_all()

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Learning.objects.count() == 1


def test_a_matter_of_a_complaint_is_coded_where_it_ended(case, cora):
    found = complained(case)
    close_formal_matter(matter=found, outcome="Settled.", by=cora, now=NOW)

    found.refresh_from_db()
    assert list(matters_to_code()) == [found]
