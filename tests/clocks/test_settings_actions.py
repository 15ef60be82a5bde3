"""New versions of a promise: what is refused, what is written, and what never moves."""

from datetime import UTC, date, datetime, time
from threading import Barrier, Thread

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Role
from clocks import actions
from clocks.models import CalendarYear, Clock, ReceiptChoice, Standard, UnitChoice
from clocks.policy_actions import load_policy
from clocks.promises import work_out
from clocks.settings_actions import (
    Figures,
    change_standard,
    figures_of,
    refuse_bad_version,
    withdraw_standard,
)
from tests.factories import UserFactory

NOW = datetime(2026, 12, 14, 10, tzinfo=UTC)
TODAY = date(2026, 12, 14)
JANUARY = date(2027, 1, 4)
CODE = "contact.telephone"


@pytest.fixture
def ada(db):
    """The administrator."""
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone")


def figures(**changes):
    given = {
        "amount": 3,
        "unit": UnitChoice.WORKING_DAYS,
        "receipt": ReceiptChoice.NEXT_OPENING,
    }
    return Figures(**given | changes)


def newest(on=JANUARY):
    return Standard.objects.in_force(CODE, on)


def change(ada, *, to=None, effective_from=JANUARY, instead_of=None):
    return change_standard(
        code=CODE,
        figures=to or figures(),
        effective_from=effective_from,
        instead_of=instead_of or newest(effective_from).pk,
        by=ada,
        now=NOW,
    )


def broken_by(**changes):
    given = {"code": CODE, "figures": figures(), "effective_from": JANUARY, "now": NOW}
    with pytest.raises(RuleBroken) as broken:
        refuse_bad_version(**given | changes)
    return broken.value.code, broken.value.field


def test_a_change_is_a_new_version_and_the_old_one_stays(policy, ada):
    made = change(ada)

    assert (made.name, made.wording) == ("Telephone call", "within 3 working days")
    assert newest(date(2027, 1, 3)).amount == 5
    assert newest(JANUARY) == made


def test_a_change_never_moves_a_clock_that_has_started(policy, ada, cora):
    clock = actions.start(
        code=CODE,
        owner=cora,
        team=cora.team,
        about="Telephone call",
        path="/",
        received_at=NOW,
        by=cora,
        now=NOW,
    )
    before = (clock.due_at, clock.warn_at, clock.standard_id)

    change(ada, to=figures(amount=1), effective_from=TODAY)

    after = Clock.objects.get()
    assert (after.due_at, after.warn_at, after.standard_id) == before
    assert list(after.events.values_list("kind", flat=True)) == ["started"]


def test_what_is_received_from_the_first_day_on_gets_the_new_promise(policy, ada):
    change(ada, to=figures(amount=1))

    last_of_the_old = work_out(code=CODE, received_at=datetime(2026, 12, 31, 10, tzinfo=UTC))
    first_of_the_new = work_out(code=CODE, received_at=datetime(2027, 1, 4, 10, tzinfo=UTC))

    assert last_of_the_old.due_at == datetime(2027, 1, 8, 16, 30, tzinfo=UTC)
    assert first_of_the_new.due_at == datetime(2027, 1, 5, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_that_is_not_positive_is_refused(policy, amount):
    assert broken_by(figures=figures(amount=amount)) == ("amount", "amount")


@pytest.mark.parametrize(
    ("unit", "amount"),
    [
        (UnitChoice.WORKING_DAYS, 251),
        (UnitChoice.WORKING_HOURS, 2001),
        (UnitChoice.ELAPSED_HOURS, 8761),
        (UnitChoice.CALENDAR_DAYS, 367),
        (UnitChoice.WEEKS, 53),
        (UnitChoice.CALENDAR_MONTHS, 13),
        (UnitChoice.WEEKS, 10**12),
    ],
)
def test_more_than_about_a_year_is_refused(policy, unit, amount):
    assert broken_by(figures=figures(amount=amount, unit=unit)) == ("too_long", "amount")


@pytest.mark.parametrize(
    "changes",
    [
        {"receipt": ReceiptChoice.CUT_OFF},
        {"receipt": ReceiptChoice.SAME_DAY, "cut_off": time(15)},
    ],
)
def test_a_cut_off_time_goes_with_its_rule_only(policy, changes):
    assert broken_by(figures=figures(**changes)) == ("cut_off", "cut_off")


def test_hours_have_no_day_one(policy):
    hours = figures(unit=UnitChoice.ELAPSED_HOURS, beginning_with_day=True)

    assert broken_by(figures=hours) == ("hours_have_no_day_one", "beginning_with_day")


@pytest.mark.parametrize("days", [-1, 21])
def test_a_reminder_weeks_ahead_or_afterwards_is_refused(policy, days):
    assert broken_by(figures=figures(warn_working_days=days)) == (
        "warning_too_long",
        "warn_working_days",
    )


@pytest.mark.parametrize(
    ("first_day", "code"),
    [
        (date(2026, 12, 13), "past"),
        (date(2029, 1, 1), "beyond_calendar"),
        (date(9999, 12, 31), "beyond_calendar"),
    ],
)
def test_a_first_day_in_the_past_or_beyond_the_holidays_is_refused(policy, first_day, code):
    assert broken_by(effective_from=first_day) == (code, "effective_from")


def test_nothing_can_change_before_holidays_are_loaded(policy):
    CalendarYear.objects.all().delete()

    assert broken_by() == ("beyond_calendar", None)


def test_a_promise_that_is_not_there_cannot_be_changed(policy):
    assert broken_by(code="contact.pigeon") == ("no_standard", None)


def test_a_change_to_the_same_figures_is_refused(policy):
    assert broken_by(figures=figures(amount=5)) == ("unchanged", None)


def test_two_changes_from_one_day_are_refused(policy, ada):
    change(ada)

    assert broken_by(figures=figures(amount=4)) == ("version_exists", "effective_from")


def test_the_same_change_sent_twice_is_made_once(policy, ada):
    shown = newest().pk
    first = change(ada, instead_of=shown)
    second = change(ada, instead_of=shown)

    assert first == second
    assert Standard.objects.filter(code=CODE).count() == 2


def test_a_change_is_refused_when_somebody_else_was_there_meanwhile(policy, ada):
    shown = newest().pk
    change(ada, effective_from=date(2026, 12, 21))

    with pytest.raises(RuleBroken) as broken:
        change(ada, to=figures(amount=4), instead_of=shown)

    assert broken.value.code == "changed_meanwhile"
    assert newest().amount == 3


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_change_a_promise(policy, role):
    somebody = UserFactory(role=role)

    for attempt in (
        lambda: change(somebody),
        lambda: withdraw_standard(code=CODE, effective_from=JANUARY, by=somebody, now=NOW),
    ):
        with pytest.raises(RuleBroken) as broken:
            attempt()
        assert broken.value.code == "may_not_change"


def test_a_version_that_has_not_begun_is_withdrawn_and_its_figures_are_kept(policy, ada):
    change(ada)

    first = withdraw_standard(code=CODE, effective_from=JANUARY, by=ada, now=NOW)
    second = withdraw_standard(code=CODE, effective_from=JANUARY, by=ada, now=NOW)

    assert (first, second) == (True, False)
    assert newest().amount == 5
    history = Standard.pgh_event_models["delete"].objects
    assert list(history.values_list("code", "amount", "effective_from")) == [(CODE, 3, JANUARY)]


def test_a_version_that_begins_today_has_begun(policy, ada):
    change(ada, effective_from=TODAY)

    with pytest.raises(RuleBroken) as broken:
        withdraw_standard(code=CODE, effective_from=TODAY, by=ada, now=NOW)

    assert broken.value.code == "begun"
    assert newest(TODAY).amount == 3


def test_the_figures_of_a_version_make_its_rule(policy):
    for standard in Standard.objects.all():
        assert figures_of(standard).rule == standard.rule


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("amounts", "expected"),
    [((3, 4), ["made", "version_exists"]), ((3, 3), ["made", "made"])],
)
def test_two_administrators_at_once_come_one_after_the_other(amounts, expected):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    shown, start, outcome = newest().pk, Barrier(2), []

    def attempt(person, amount):
        start.wait()
        try:
            change(person, to=figures(amount=amount), instead_of=shown)
            outcome.append("made")
        except RuleBroken as broken:
            outcome.append(broken.code)
        finally:
            connection.close()

    threads = [
        Thread(target=attempt, args=(UserFactory(role=Role.ADMINISTRATOR), amount))
        for amount in amounts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcome) == expected
    assert Standard.objects.filter(code=CODE).count() == 2
