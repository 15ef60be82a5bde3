"""What goes on while a step is with a cover: new dates, other covers, a second leave (H62, H91)."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Absence, Role, User
from cases.models import Case
from clocks.models import ClockEvent
from escalations.follow_page import followed
from escalations.models import EscalationStep
from escalations.standing_in_actions import see_to_handlers
from escalations.step_actions import answer_step, promise_step
from notices.models import Notice
from tests.escalations.making import case_of, further, managed, matter, officer
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H62"), pytest.mark.rule("H91")]

# Friday 4 December 2026: later than the step's own date, Tuesday 24 November.
NEW_DATE = date(2026, 12, 4)


def on_day(day: int) -> datetime:
    """Eleven o'clock on a day of November 2026."""
    return datetime(2026, 11, day, 11, tzinfo=UTC)


@pytest.fixture
def maya(north) -> User:
    return managed(north)


@pytest.fixture
def dan(db) -> User:
    """A coordinator of another team, who covers."""
    return UserFactory.create(full_name="Dan Reed")


@pytest.fixture
def gil(db) -> User:
    return UserFactory.create(full_name="Gil Rowe")


@pytest.fixture
def step(policy, cora, lena, maya) -> EscalationStep:
    """Step 2, which is Lena's, taken on Tuesday 10 November."""
    officer()
    taken = further(matter(case_of(cora))).step
    assert taken
    return taken


@pytest.fixture
def away(lena, dan) -> Absence:
    """Lena's leave, from Wednesday 11 to Thursday 12 November, with Dan as her cover."""
    return Absence.objects.create(
        person=lena, cover=dan, first_day=date(2026, 11, 11), last_day=date(2026, 11, 12)
    )


def promised(step: EscalationStep, by: User, day: int, until: date = NEW_DATE) -> EscalationStep:
    step = EscalationStep.objects.get(pk=step.pk)
    return promise_step(
        step=step, until=until, reason="The school's report.", by=by, now=on_day(day)
    )


def had_by(step: EscalationStep, *days: int) -> list[str]:
    """Who has it after each of these days of November has begun."""
    found = []
    for day in days:
        see_to_handlers(now=on_day(day))
        found.append(EscalationStep.objects.get(pk=step.pk).handler.full_name)
    return found


@pytest.mark.rule("H58")
def test_with_a_new_date_it_goes_back_all_the_same(step, away, dan):
    see_to_handlers(now=on_day(11))
    promised(step, dan, 11)
    assert had_by(step, 12, 13, 16) == ["Dan Reed", "Lena Marsh", "Lena Marsh"]

    step.refresh_from_db()
    assert step.clock.due_at.date() == NEW_DATE
    assert not Case.objects.visible_to(dan).filter(pk=step.escalation.case_id).exists()


@pytest.mark.rule("H58")
def test_with_several_new_dates_too(step, away, dan):
    see_to_handlers(now=on_day(11))
    for until in (4, 7, 9, 11):
        promised(step, dan, 12, date(2026, 12, until))
    assert had_by(step, 13) == ["Lena Marsh"]


@pytest.mark.rule("H58")
def test_whoever_gets_it_back_reads_who_promised_the_date_and_when(step, away, lena, dan):
    see_to_handlers(now=on_day(11))
    promised(step, dan, 11)
    see_to_handlers(now=on_day(13))

    told = Notice.objects.filter(recipient=lena, kind="reassigned").latest("id")
    assert "an answer is due by Friday 4 December 2026" in told.body
    assert "Dan Reed promised that date on Wednesday 11 November 2026." in told.body
    assert "report" not in told.body


@pytest.mark.rule("H102")
def test_the_senders_page_names_whoever_has_it_and_the_date_promised(step, away, dan):
    said = []
    for day in (11, 12, 13):
        see_to_handlers(now=on_day(day))
        if day == 12:
            promised(step, dan, 12)
        page = followed(step.contact, on_day(day))
        said.append((page.person, page.day))
    assert said == [
        ("Dan Reed", "Tuesday 24 November 2026"),
        ("Dan Reed", "Friday 4 December 2026"),
        ("Lena Marsh", "Friday 4 December 2026"),
    ]
    mailed = Notice.objects.get(subject__startswith="A new date for our answer")
    assert "We will now answer you by Friday 4 December 2026." in mailed.body
    assert "Dan Reed" not in mailed.body


def test_what_whoever_has_it_promised_themselves_is_not_told_them_again(step, away, lena):
    promised(step, lena, 10)
    assert had_by(step, 11, 13) == ["Dan Reed", "Lena Marsh"]
    for_dan, for_lena = Notice.objects.filter(kind="reassigned").order_by("id")
    assert "Lena Marsh promised that date on Tuesday 10 November 2026." in for_dan.body
    assert "promised that date" not in for_lena.body


def test_a_new_date_on_a_step_of_ones_own_moves_nothing(step, lena):
    promised(step, lena, 10)
    assert had_by(step, 11, 12) == ["Lena Marsh", "Lena Marsh"]
    assert see_to_handlers(now=on_day(13)) == 0


def test_a_second_leave_has_a_cover_of_its_own(step, away, lena, dan, gil):
    Absence.objects.create(
        person=lena, cover=gil, first_day=date(2026, 11, 17), last_day=date(2026, 11, 18)
    )
    assert had_by(step, 11, 13, 17, 19) == ["Dan Reed", "Lena Marsh", "Gil Rowe", "Lena Marsh"]


def test_a_second_leave_without_a_cover_leaves_it_where_it_is(step, away, lena):
    Absence.objects.create(person=lena, first_day=date(2026, 11, 17), last_day=date(2026, 11, 18))
    assert had_by(step, 11, 13, 17) == ["Dan Reed", "Lena Marsh", "Lena Marsh"]


def test_another_cover_has_it_as_soon_as_they_are_named(step, away, gil):
    assert had_by(step, 11) == ["Dan Reed"]
    away.cover = gil
    away.save()
    assert had_by(step, 11, 12, 13) == ["Gil Rowe", "Gil Rowe", "Lena Marsh"]
    reasons = ClockEvent.objects.filter(clock=step.clock, kind="reassigned").values_list(
        "reason", flat=True
    )
    assert list(reasons) == [
        "Lena Marsh is on leave",
        "Lena Marsh is away, and Gil Rowe covers for them by now",
        "Lena Marsh is back from leave",
    ]


@pytest.mark.rule("H5")
def test_a_new_cover_whom_it_is_about_does_not_have_it(step, away, cora):
    assert had_by(step, 11) == ["Dan Reed"]
    away.cover = cora
    away.save()
    assert had_by(step, 12, 13) == ["Dan Reed", "Lena Marsh"]


def test_leave_that_ends_sooner_ends_it_sooner(step, away):
    assert had_by(step, 11) == ["Dan Reed"]
    away.last_day = away.first_day
    away.save()
    assert had_by(step, 12) == ["Lena Marsh"]


def test_leave_that_is_called_off_ends_it_at_once(step, away):
    assert had_by(step, 11) == ["Dan Reed"]
    away.delete()
    assert had_by(step, 11) == ["Lena Marsh"]


def test_leave_that_lasts_longer_keeps_it_with_the_cover(step, away):
    assert had_by(step, 11) == ["Dan Reed"]
    away.last_day = date(2026, 11, 16)
    away.save()
    assert had_by(step, 13, 16, 17) == ["Dan Reed", "Dan Reed", "Lena Marsh"]


def test_of_somebody_who_leaves_while_away_it_goes_where_a_new_step_would(step, away, lena):
    assert had_by(step, 11) == ["Dan Reed"]
    lena.is_active = False
    lena.save()
    assert had_by(step, 12, 13) == ["Maya Stone", "Maya Stone"]


def test_with_nobody_else_the_cover_goes_on(step, away, lena, maya):
    assert had_by(step, 11) == ["Dan Reed"]
    User.objects.filter(role=Role.RESOLUTION_OFFICER).update(is_active=False)
    for person in (lena, maya):
        person.is_active = False
        person.save()
    assert had_by(step, 12, 13) == ["Dan Reed", "Dan Reed"]


def test_an_answer_of_the_cover_stands(step, away, dan):
    see_to_handlers(now=on_day(11))
    step = EscalationStep.objects.get(pk=step.pk)
    answer_step(step=step, text="On Monday.", by=dan, now=on_day(12))
    assert had_by(step, 13) == ["Dan Reed"]
