"""Making the rota of the duty line (H39)."""

from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, Team, User
from diaries.duty_actions import Copied, copy_week, put_on_duty, take_off_duty
from diaries.models import DutyShift
from tests.diaries.making import at, shift
from tests.factories import TeamFactory, UserFactory

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)
NOW = at(MONDAY, 12)

pytestmark = pytest.mark.django_db


def put(person: User, by: User, day: date = TUESDAY, team: Team | None = None) -> DutyShift:
    team = team or person.team
    assert team is not None
    return put_on_duty(team=team, day=day, person=person, by=by, now=NOW)


@pytest.mark.rule("H39")
def test_somebody_is_put_on_duty_once(cora: User, bea: User, north: Team) -> None:
    first = put(cora, by=bea)
    again = put(cora, by=bea)

    assert first == again == DutyShift.objects.get()
    assert (first.team, first.day, first.made_by, first.made_at) == (north, TUESDAY, bea, NOW)


@pytest.mark.rule("H39")
@pytest.mark.parametrize("own_team", [True, False])
@pytest.mark.parametrize("role", Role)
def test_who_makes_the_rota(
    cora: User, lena: User, north: Team, role: Role, own_team: bool
) -> None:
    by = UserFactory.create(role=role, **({"team": north} if own_team else {}))
    arranges = own_team and role in {Role.TEAM_LEAD, Role.BUSINESS_SUPPORT}

    if arranges or role == Role.SENIOR_MANAGER:
        take_off_duty(shift=put(cora, by=by), by=by, now=NOW)
        assert not DutyShift.objects.exists()
        copy_week(team=north, from_monday=MONDAY, to_monday=date(2026, 11, 16), by=by, now=NOW)
        return
    made = put(cora, by=lena)
    with pytest.raises(RuleBroken) as broken:
        put(lena, by=by, team=north)
    assert broken.value.code == "may_not_arrange"
    with pytest.raises(RuleBroken) as broken:
        take_off_duty(shift=made, by=by, now=NOW)
    assert broken.value.code == "may_not_arrange"
    with pytest.raises(RuleBroken) as broken:
        copy_week(team=north, from_monday=MONDAY, to_monday=date(2026, 11, 16), by=by, now=NOW)
    assert broken.value.code == "may_not_arrange"


@pytest.mark.rule("H39")
@pytest.mark.parametrize(
    ("changed", "day", "code"),
    [
        ({}, MONDAY - timedelta(days=1), "in_the_past"),
        ({}, MONDAY + timedelta(days=367), "too_far"),
        ({"role": Role.CSC_ADVISER}, TUESDAY, "takes_no_turns"),
        ({"is_active": False}, TUESDAY, "cannot_answer"),
        ({"team": None}, TUESDAY, "cannot_answer"),
        ({"working_days": [0]}, TUESDAY, "cannot_answer"),
    ],
)
def test_who_cannot_answer_is_not_put_on_duty(
    cora: User, lena: User, north: Team, changed: dict[str, Any], day: date, code: str
) -> None:
    # Changed by somebody else after the page was drawn.
    User.objects.filter(pk=cora.pk).update(**changed)

    with pytest.raises(RuleBroken) as broken:
        put(cora, by=lena, day=day, team=north)

    assert broken.value.code == code
    assert not DutyShift.objects.exists()


@pytest.mark.rule("H39")
def test_who_is_on_leave_is_not_put_on_duty(cora: User, lena: User) -> None:
    Absence.objects.create(person=cora, first_day=TUESDAY, last_day=TUESDAY)

    with pytest.raises(RuleBroken) as broken:
        put(cora, by=lena)

    assert broken.value.message == (
        "Cora Hill cannot be on duty on Tuesday 10 November 2026: on leave."
    )


@pytest.mark.rule("H39")
def test_a_turn_taken_off_is_kept_in_the_history(cora: User, lena: User) -> None:
    made = put(cora, by=lena)

    for _ in range(2):
        take_off_duty(shift=made, by=lena, now=NOW)

    assert not DutyShift.objects.exists()
    (kept,) = apps.get_model("diaries", "DutyShiftEvent").objects.filter(pgh_obj=made.pk)
    assert (kept.person_id, kept.day, kept.pgh_label) == (cora.pk, TUESDAY, "delete")


@pytest.mark.rule("H39")
def test_a_day_that_is_over_keeps_who_was_on_duty(cora: User, lena: User, north: Team) -> None:
    made = shift(north, cora, MONDAY - timedelta(days=3))

    with pytest.raises(RuleBroken) as broken:
        take_off_duty(shift=made, by=lena, now=NOW)

    assert broken.value.code == "in_the_past"


@pytest.mark.rule("H39")
def test_a_week_is_copied_and_what_was_skipped_is_reported(
    policy: None, cora: User, bea: User, lena: User, north: Team
) -> None:
    monday, wednesday, friday = date(2026, 12, 14), date(2026, 12, 16), date(2026, 12, 18)
    dev = UserFactory.create(full_name="Dev Hart", team=north)
    gone = UserFactory.create(full_name="Gil Lowe", team=north)
    for person, day in (
        (bea, monday), (cora, monday), (dev, wednesday), (gone, wednesday), (cora, friday)
    ):  # fmt: skip
        shift(north, person, day)
    there = shift(north, bea, date(2026, 12, 21))
    other = shift(TeamFactory.create(), cora, monday)
    Absence.objects.create(person=dev, first_day=date(2026, 12, 23), last_day=date(2027, 1, 4))
    gone.is_active = False
    gone.save()

    copied = copy_week(
        team=north, from_monday=monday, to_monday=date(2026, 12, 21), by=lena, now=NOW
    )

    assert [(one.person, one.day) for one in copied.made] == [(cora, date(2026, 12, 21))]
    assert [(one.person, one.day.day, one.why) for one in copied.skipped] == [
        (dev, 23, "On leave"),
        (gone, 23, "Has left"),
        (cora, 25, "Christmas Day"),
    ]
    assert set(DutyShift.objects.filter(day__gte=date(2026, 12, 21))) == {there, *copied.made}
    assert other.team_id != north.pk

    again = copy_week(
        team=north, from_monday=monday, to_monday=date(2026, 12, 21), by=lena, now=NOW
    )
    assert again.made == []


@pytest.mark.rule("H39")
def test_a_week_is_copied_only_where_somebody_is_missing(
    policy: None, cora: User, bea: User, lena: User, north: Team
) -> None:
    following = date(2026, 11, 16)
    dev = UserFactory.create(full_name="Dev Hart", team=north)
    for person in (bea, cora, dev):
        shift(north, person, MONDAY)
        shift(north, person, TUESDAY)
    # A case holder answers on Monday; whoever has a turn on Tuesday is away.
    shift(north, lena, following)
    shift(north, lena, date(2026, 11, 17))
    tuesday = date(2026, 11, 17)
    Absence.objects.create(person=lena, first_day=tuesday, last_day=tuesday)

    def copied() -> Copied:
        return copy_week(team=north, from_monday=MONDAY, to_monday=following, by=lena, now=NOW)

    first = copied()
    assert [(one.person, one.day) for one in first.made] == [
        (bea, following),
        (bea, tuesday),
        (cora, tuesday),
        (dev, tuesday),
    ]
    assert first.complete == {following}

    again = copied()
    assert (again.made, again.skipped, again.complete) == ([], [], {following, tuesday})


@pytest.mark.rule("H39")
def test_days_past_or_unknown_are_not_copied_to(
    policy: None, cora: User, lena: User, north: Team
) -> None:
    shift(north, cora, date(2026, 11, 2))
    shift(north, cora, date(2026, 11, 4))

    copied = copy_week(
        team=north,
        from_monday=date(2026, 11, 2),
        to_monday=MONDAY,
        by=lena,
        now=at(TUESDAY, 9),
    )

    assert [one.day for one in copied.made] == [date(2026, 11, 11)]
    assert [(one.day, one.why) for one in copied.skipped] == [(MONDAY, "That day is over")]


@pytest.mark.django_db
def test_without_loaded_holidays_nothing_is_copied(cora: User, lena: User, north: Team) -> None:
    shift(north, cora, MONDAY)

    copied = copy_week(
        team=north, from_monday=MONDAY, to_monday=date(2026, 11, 16), by=lena, now=NOW
    )

    assert [one.why for one in copied.skipped] == ["Opening days are not known"]


@pytest.mark.parametrize(
    ("begins", "to", "code"),
    [
        (MONDAY, MONDAY, "not_a_week"),
        (MONDAY, TUESDAY, "not_a_week"),
        (TUESDAY, MONDAY, "not_a_week"),
        (MONDAY, date(2027, 11, 15), "too_far"),
    ],
)
def test_only_whole_weeks_are_copied(
    lena: User, north: Team, begins: date, to: date, code: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        copy_week(team=north, from_monday=begins, to_monday=to, by=lena, now=NOW)

    assert broken.value.code == code


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_make_one_rota(
    policy: None, cora: User, bea: User, lena: User, north: Team
) -> None:
    for person in (cora, bea):
        shift(north, person, MONDAY)
        shift(north, person, TUESDAY)

    def copy(by: User) -> None:
        copy_week(team=north, from_monday=MONDAY, to_monday=date(2026, 11, 16), by=by, now=NOW)
        connection.close()

    def click(by: User) -> None:
        put(cora, by=by, day=date(2026, 11, 16))
        connection.close()

    acts = [Thread(target=act, args=[by]) for act in (copy, click) for by in (lena, bea)]
    for act in acts:
        act.start()
    for act in acts:
        act.join()

    assert DutyShift.objects.filter(day__gte=date(2026, 11, 16)).count() == 4
