"""The protected time a team agrees (H40)."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from diaries.models import ProtectedTime
from diaries.protected_actions import end_protected, set_protected
from tests.diaries.making import protect
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
TODAY = date(2026, 11, 9)


def agree(team: Team, by: User, **given: Any) -> ProtectedTime:
    details: dict[str, Any] = {
        "weekday": 2,
        "starts": time(13),
        "ends": time(14),
        "first_day": TODAY,
    }
    return set_protected(team=team, by=by, now=NOW, **{**details, **given})


@pytest.mark.rule("H40")
def test_a_lead_agrees_protected_time(north: Team, lena: User) -> None:
    made = agree(north, lena)
    again = agree(north, lena)

    assert made == again == ProtectedTime.objects.get()
    assert (made.made_by, made.made_at, made.last_day) == (lena, NOW, None)


@pytest.mark.rule("H40")
@pytest.mark.parametrize("own_team", [True, False])
@pytest.mark.parametrize("role", Role)
def test_only_the_lead_and_senior_managers_agree_it(
    north: Team, lena: User, role: Role, own_team: bool
) -> None:
    by = UserFactory.create(role=role, **({"team": north} if own_team else {}))

    if role == Role.SENIOR_MANAGER or (own_team and role == Role.TEAM_LEAD):
        assert agree(north, by).made_by == by
        return
    with pytest.raises(RuleBroken) as broken:
        agree(north, by)
    assert broken.value.code == "may_not_protect"
    with pytest.raises(RuleBroken) as broken:
        end_protected(protected=agree(north, lena), last_day=TODAY, by=by, now=NOW)
    assert broken.value.code == "may_not_protect"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"ends": time(13)}, "backwards", "ends"),
        ({"last_day": TODAY - timedelta(days=1)}, "backwards", "last_day"),
        ({"first_day": TODAY - timedelta(days=1)}, "in_the_past", "first_day"),
    ],
)
def test_protected_time_that_cannot_be_is_refused(
    north: Team, lena: User, given: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        agree(north, lena, **given)

    assert (broken.value.code, broken.value.field) == (code, field)


@pytest.mark.parametrize(
    ("given", "overlaps"),
    [
        ({"starts": time(13, 59), "ends": time(15)}, True),
        ({"starts": time(12), "ends": time(13, 1)}, True),
        ({"first_day": date(2026, 12, 1)}, True),
        ({"starts": time(14), "ends": time(15)}, False),
        ({"starts": time(12), "ends": time(13)}, False),
        ({"weekday": 3}, False),
    ],
)
def test_protected_time_does_not_overlap_in_one_team(
    north: Team, lena: User, given: dict[str, Any], overlaps: bool
) -> None:
    agree(north, lena)
    other_team = TeamFactory.create()
    agree(other_team, UserFactory.create(role=Role.SENIOR_MANAGER), **given)

    if overlaps:
        with pytest.raises(RuleBroken) as broken:
            agree(north, lena, **given)
        assert broken.value.code == "overlap"
    else:
        agree(north, lena, **given)
    assert north.protected_times.count() == (1 if overlaps else 2)


def test_the_database_refuses_an_overlap_too(north: Team, lena: User) -> None:
    protect(north, lena, 0, time(9), time(10))

    with pytest.raises(IntegrityError, match="protected_no_overlap"), transaction.atomic():
        protect(north, lena, 0, time(9, 59), time(11))
    with pytest.raises(IntegrityError, match="protected_forwards"), transaction.atomic():
        protect(north, lena, 1, time(10), time(9))


def test_protected_time_ends_and_is_kept(north: Team, lena: User) -> None:
    made = agree(north, lena)
    friday = date(2026, 11, 13)

    ended = end_protected(protected=made, last_day=friday, by=lena, now=NOW)
    again = end_protected(protected=made, last_day=friday, by=lena, now=NOW)

    assert ended == again
    assert ended is not None
    assert ended.last_day == friday
    (before,) = apps.get_model("diaries", "ProtectedTimeEvent").objects.filter(pgh_obj=made)
    assert before.last_day is None
    # What follows may begin the day after.
    assert agree(north, lena, first_day=date(2026, 11, 14)).pk != made.pk


@pytest.mark.parametrize(
    ("last_day", "code"),
    [(date(2026, 11, 7), "in_the_past"), (date(2026, 11, 21), "longer")],
)
def test_an_end_that_cannot_be_is_refused(
    north: Team, lena: User, last_day: date, code: str
) -> None:
    made = agree(north, lena, last_day=date(2026, 11, 20))

    with pytest.raises(RuleBroken) as broken:
        end_protected(protected=made, last_day=last_day, by=lena, now=NOW)

    assert broken.value.code == code


def test_what_had_not_begun_is_taken_back_and_a_second_click_is_harmless(
    north: Team, lena: User
) -> None:
    made = agree(north, lena, first_day=date(2026, 12, 1))

    for _ in range(2):
        assert end_protected(protected=made, last_day=TODAY, by=lena, now=NOW) is None

    assert not ProtectedTime.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_agree_one_of_two_overlapping_times(north: Team, lena: User) -> None:
    codes: list[str] = []

    def click(starts: int) -> None:
        try:
            agree(north, lena, starts=time(starts), ends=time(15))
        except RuleBroken as broken:
            codes.append(broken.code)
        connection.close()

    clicks = [Thread(target=click, args=[hour]) for hour in (12, 13, 14)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert ProtectedTime.objects.count() == 1
    assert codes == ["overlap", "overlap"]
