from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from clocks.calendars import council_calendar
from clocks.models import BankHoliday, CalendarYear, Closure, OpeningPeriod, Standard
from clocks.policy_actions import load_policy, refuse_gaps
from clocks.promises import work_out
from clocks.rules import CalendarError
from clocks.working_time import BeyondCalendar

MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)


def test_loading_twice_adds_nothing(policy):
    again = load_policy(now=MONDAY)

    assert (again.standards, again.hours, again.holidays) == (0, 0, 0)


def test_loading_leaves_a_changed_standard_alone(policy):
    Standard.objects.filter(code="contact.telephone").update(amount=3)

    load_policy(now=MONDAY)

    assert Standard.objects.get(code="contact.telephone").amount == 3


def test_nothing_loaded_gives_no_calendar(db):
    with pytest.raises(BeyondCalendar, match="not been loaded"):
        council_calendar()


def test_a_closure_of_the_council_is_not_worked(policy):
    Closure.objects.create(
        name="Christmas shutdown", first_day=date(2026, 12, 29), last_day=date(2026, 12, 31)
    )

    calendar = council_calendar()

    assert calendar.why_closed(date(2026, 12, 30)) == "Christmas shutdown"
    assert calendar.why_closed(date(2026, 12, 28)) == "Boxing Day"
    assert calendar.add_working_days(date(2026, 12, 24), 1) == date(2027, 1, 4)


def test_opening_hours_that_overlap_give_no_date_and_are_refused_by_the_form(policy):
    lunch = OpeningPeriod(weekday=0, opens=time(12), closes=time(13))
    with pytest.raises(ValidationError, match="overlap"):
        lunch.full_clean()

    lunch.save()

    with pytest.raises(RuleBroken) as broken:
        work_out(code="contact.email", received_at=MONDAY)
    assert broken.value.code == "beyond_calendar"


def test_a_closure_longer_than_a_year_is_refused_by_the_database(policy):
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(name="Slip", first_day=date(2026, 8, 3), last_day=date(9026, 8, 3))


def test_loading_removes_a_holiday_that_the_list_has_moved(policy):
    BankHoliday.objects.create(day=date(2026, 5, 5), name="Moved away", year_id=2026)

    load_policy(now=MONDAY)

    assert not BankHoliday.objects.filter(name="Moved away").exists()


def test_a_year_missing_in_between_ends_what_is_known(policy):
    CalendarYear.objects.filter(year=2027).delete()

    calendar = council_calendar()

    assert calendar.last == date(2026, 12, 31)
    assert not BankHoliday.objects.filter(day__year=2027).exists()
    with pytest.raises(BeyondCalendar):
        calendar.is_working_day(date(2028, 1, 4))


def test_working_out_a_date_beyond_the_holidays_breaks_a_rule(policy):
    CalendarYear.objects.filter(year__gte=2027).delete()

    with pytest.raises(RuleBroken) as broken:
        work_out(code="contact.email", received_at=datetime(2026, 12, 22, 10, tzinfo=UTC))

    assert broken.value.code == "beyond_calendar"


def test_working_out_before_any_standard_breaks_a_rule(policy):
    with pytest.raises(RuleBroken) as broken:
        work_out(code="contact.email", received_at=datetime(2014, 8, 29, 10, tzinfo=UTC))

    assert broken.value.code == "no_standard"


def test_the_calendar_takes_the_same_queries_however_many_closures(
    policy, django_assert_num_queries
):
    with django_assert_num_queries(4):
        council_calendar()
    for day in (3, 4, 5):
        Closure.objects.create(
            name="Training", first_day=date(2026, 8, day), last_day=date(2026, 8, day)
        )
    with django_assert_num_queries(4):
        council_calendar()


@pytest.mark.rule("H29")
@pytest.mark.rule("H46")
@pytest.mark.rule("H106")
@pytest.mark.rule("C10")
@pytest.mark.rule("C15")
@pytest.mark.parametrize(
    ("code", "wording"),
    [
        ("contact.telephone", "within 5 working days"),
        ("contact.voicemail", "within 5 working days"),
        ("contact.email", "within 10 working days"),
        ("contact.letter", "within 10 working days"),
        ("contact.portal_message", "within 10 working days"),
        ("contact.face_to_face", "within 5 working days"),
        ("contact.video", "within 5 working days"),
        ("triage.unfiled", "within 1 working day"),
        ("voicemail.check", "within 1 working day"),
        ("urgent.accepted", "within 1 working day"),
        ("advice.clarification", "within 5 working days"),
        ("plan.draft_check", "within 5 working days"),
        ("escalation.step_2", "within 10 working days"),
        ("escalation.step_3", "within 10 working days"),
        ("escalation.step_4", "within 10 working days"),
        ("resolution.initial_response", "within 48 hours"),
        ("formal.assessment_request", "within 6 weeks"),
        ("formal.reassessment_request", "within 15 days"),
        ("formal.representation", "within 10 working days"),
        ("formal.complaint", "within 5 working days"),
        ("complaint.stage_1", "within 10 working days"),
        ("complaint.stage_1_longer", "within 10 working days"),
        ("complaint.stage_2_acknowledged", "within 5 working days"),
        ("complaint.stage_2", "within 20 working days"),
        ("complaint.stage_2_longer", "within 20 working days"),
        ("formal.subject_access", "within 1 month"),
        ("formal.information_request", "within 20 working days"),
        ("formal.mediation", "within 30 days"),
        ("formal.tribunal", "within 30 working days"),
        ("formal.safeguarding", "within 1 working day"),
    ],
)
def test_the_shipped_standards_promise_what_the_policy_says(policy, code, wording):
    assert Standard.objects.get(code=code).wording == wording


def test_nothing_else_is_shipped(policy):
    assert Standard.objects.count() == 31


@pytest.mark.rule("H106")
def test_forty_eight_hours_run_from_a_friday_afternoon_to_the_sunday(policy):
    friday = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)

    promise = work_out(code="resolution.initial_response", received_at=friday)

    assert promise.due_at == datetime(2026, 11, 22, 16, 45, tzinfo=UTC)


def test_the_wording_of_one_is_singular():
    assert Standard(amount=1, unit="working_days").wording == "within 1 working day"


def test_a_standard_in_force_is_the_newest_begun(policy):
    Standard.objects.create(
        code="contact.email", name="E-mail", amount=3, effective_from=date(2026, 9, 1)
    )

    assert Standard.objects.in_force("contact.email", date(2026, 8, 31)).amount == 10
    assert Standard.objects.in_force("contact.email", date(2026, 9, 1)).amount == 3


def test_opening_hours_are_those_shipped(policy):
    assert OpeningPeriod.objects.count() == 5


def test_a_list_of_holidays_with_a_gap_is_refused_and_the_year_named(policy):
    with pytest.raises(CalendarError, match="2027") as refused:
        refuse_gaps([2026, 2028])
    assert refused.value.field == "years"
