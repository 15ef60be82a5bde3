"""Hours, leave, meetings, duty and slots of the demonstration authority."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import F, Q

from accounts.models import Absence, Role, Team, User
from callbacks.models import Booking, Pattern, Slot, SlotPolicy
from callbacks.slot_actions import renew_everybody
from cases.models import Contact
from clocks.calendars import LONDON, council_calendar
from diaries.busy import busy_periods
from diaries.duty import duty_days
from diaries.models import Block, DutyShift, ProtectedTime
from send_portal.demo.staff import WELL_KNOWN
from tests.demo.test_demo_contacts import played

pytestmark = pytest.mark.usefixtures("in_council")

TODAY = date(2026, 12, 7)
ENDS = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
FIRST, LAST = date(2026, 10, 12), date(2027, 1, 18)


def coordinator() -> User:
    return User.objects.get(email=WELL_KNOWN[Role.COORDINATOR])


# --- Slots ------------------------------------------------------------------------------------


@pytest.mark.rule("H28")
def test_slots_to_come_are_those_that_the_weekly_hours_give() -> None:
    assert Slot.objects.filter(period__startswith__gt=ENDS).count() > 200
    assert renew_everybody(now=ENDS) == 0


@pytest.mark.rule("H28")
def test_slots_of_the_past_were_never_over_anything_else() -> None:
    calendar = council_calendar()
    holders = list(User.objects.holders())
    busy = busy_periods(holders, FIRST, LAST)
    slots = list(Slot.objects.filter(period__startswith__lt=ENDS))
    assert len(slots) > 200
    days = {slot.starts_at.astimezone(LONDON).date() for slot in slots}
    assert min(days) <= FIRST + timedelta(days=1)
    assert [day for day in days if not calendar.is_working_day(day)] == []
    for slot in slots:
        assert slot.ends_at - slot.starts_at == timedelta(minutes=30)
        for one in busy[slot.owner_id]:
            assert slot.ends_at <= one.start or one.end <= slot.starts_at


@pytest.mark.rule("H28")
def test_slots_lie_inside_the_hours_of_their_owner() -> None:
    patterns = defaultdict(list)
    for row in Pattern.objects.all():
        patterns[row.person_id].append(row)
    for slot in Slot.objects.all():
        start, end = slot.starts_at.astimezone(LONDON), slot.ends_at.astimezone(LONDON)
        assert [
            row
            for row in patterns[slot.owner_id]
            if row.weekday == start.weekday()
            and row.starts <= start.time()
            and end.time() <= row.ends
            and row.first_day <= start.date()
        ]
    assert set(patterns) == {person.pk for person in User.objects.holders()}
    assert not Slot.objects.filter(made_at__gt=ENDS).exists()


@pytest.mark.rule("H35")
def test_most_keep_the_hours_asked_of_them_and_a_few_fewer() -> None:
    policy = SlotPolicy.current()
    kept: Counter[User] = Counter()
    for row in Pattern.objects.filter(first_day__lt=FIRST).select_related("person"):
        length = datetime.combine(TODAY, row.ends) - datetime.combine(TODAY, row.starts)
        kept[row.person] += length // timedelta(minutes=policy.slot_minutes)
    short = [person for person, number in kept.items() if number < policy.minimum_slots(person)]
    assert 1 <= len(short) <= 2
    assert [n for person, n in kept.items() if n > policy.minimum_slots(person)] == []
    assert coordinator() not in short


# --- Diaries ----------------------------------------------------------------------------------


@pytest.mark.rule("H39")
def test_the_duty_line_was_answered_every_day_and_has_a_few_gaps_ahead() -> None:
    days = duty_days(
        list(Team.objects.all()), date(2026, 11, 9), date(2027, 1, 8), council_calendar()
    )
    found = [day for team in days.values() for day in team if not day.closed]
    past = [day for day in found if day.day <= TODAY]
    assert len(past) == 2 * 21
    # Leave re-opens nothing here: whoever is on the rota is in.
    assert [day for day in found if len(day.turns) != len(day.answering)] == []
    gaps = [day for day in found if day.gap]
    assert 1 <= len(gaps) <= len(found) / 4
    assert DutyShift.objects.filter(made_at__gt=ENDS).count() == 0


@pytest.mark.rule("H40")
def test_each_team_has_protected_time_and_the_well_known_one_none_today() -> None:
    assert list(ProtectedTime.objects.values_list("team", flat=True).order_by("team")) == list(
        Team.objects.order_by("pk").values_list("pk", flat=True)
    )
    hers = ProtectedTime.objects.get(team=coordinator().team)
    assert hers.weekday != TODAY.weekday()


@pytest.mark.rule("H19")
def test_meetings_fill_diaries_without_a_word_about_a_child() -> None:
    assert Block.objects.count() > 80
    assert {kind for (kind,) in Block.objects.values_list("kind")} == {
        "meeting",
        "casework",
        "training",
    }
    assert not Block.objects.filter(made_at__gt=ENDS).exists()
    assert not Block.objects.filter(period__startswith__lt=F("made_at")).exists()


@pytest.mark.rule("H62")
def test_somebody_of_the_well_known_team_is_away_now_with_cover() -> None:
    away = Absence.objects.on(TODAY).get(person__team=coordinator().team)
    assert away.cover is not None
    assert away.cover.can_own
    assert not Absence.objects.filter(person=coordinator()).exists()


def test_nobody_answers_or_rings_on_a_day_on_which_they_are_not_in() -> None:
    away = list(Absence.objects.all())
    answered = Contact.objects.filter(answered_at__lt=ENDS).exclude(answered_by=None)
    answered = answered.exclude(message__in=played())
    for contact in answered.select_related("answered_by"):
        assert contact.answered_at
        assert contact.answered_by
        day = contact.answered_at.astimezone(LONDON).date()
        if contact.answered_by.role == Role.COORDINATOR:
            assert day.weekday() in contact.answered_by.working_days
        assert not any(
            one.person_id == contact.answered_by_id and one.first_day <= day <= one.last_day
            for one in away
        )


@pytest.mark.rule("H34")
def test_a_few_work_part_time_and_the_number_of_one_is_missing() -> None:
    holders = User.objects.holders()
    part_time = holders.filter(fte__lt=1)
    assert 1 <= part_time.count() <= holders.count() / 3
    assert [len(one.working_days) < 5 for one in part_time] == [True] * part_time.count()
    assert holders.filter(Q(phone="") | Q(phone_confirmed_on=None)).count() == 1
    assert not part_time.filter(email__in=WELL_KNOWN.values()).exists()


# --- The well-known coordinator's own ----------------------------------------------------------


@pytest.mark.rule("H36")
def test_well_known_coordinator_has_calls_today_and_on_the_next_days() -> None:
    hers = Booking.objects.filter(owner=coordinator()).select_related("contact__clock", "slot")
    today = hers.filter(state="booked", starts_at__date=TODAY)
    assert [one.starts_at.hour for one in today.order_by("starts_at")][:2] == [9, 10]
    assert today.count() == 4
    assert hers.filter(state="booked", starts_at__date__gt=TODAY).count() >= 3
    assert hers.filter(state="missed", missed_at__lt=ENDS).exists()
    moved = hers.get(state="moved", starts_at__date__gt=TODAY)
    assert (moved.ended_how, moved.followed_by.state) == ("caller", "booked")
    for booking in hers.filter(state="booked"):
        assert booking.contact.is_open
        assert booking.contact.channel == "telephone"
