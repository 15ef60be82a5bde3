"""Putting time without calls into a diary, and taking it out again (H19, H41)."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from diaries.actions import add_block, hold_diary, withdraw_block
from diaries.models import Block
from tests.diaries.making import at
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 9)
NOW = at(MONDAY, 12)


def meeting(person: User, by: User | None = None, **given: Any) -> Block:
    details: dict[str, Any] = {
        "kind": Block.Kind.MEETING,
        "start": at(MONDAY, 14),
        "end": at(MONDAY, 15),
        "title": "",
        "now": NOW,
    }
    return add_block(person=person, by=by or person, **{**details, **given})


@pytest.mark.rule("H19", "H41")
def test_a_block_is_kept_with_who_made_it(cora: User, bea: User) -> None:
    made = meeting(cora, by=bea, title="  Panel \n at Thornley ")

    kept = Block.objects.get()
    assert kept == made
    assert (kept.period.lower, kept.period.upper) == (at(MONDAY, 14), at(MONDAY, 15))
    assert (kept.person, kept.made_by, kept.made_at) == (cora, bea, NOW)
    assert (kept.kind, kept.title) == ("meeting", "Panel at Thornley")


def test_the_same_block_twice_is_one_with_the_last_words(cora: User) -> None:
    first = meeting(cora, title="Panel")
    again = meeting(cora, title="Panel at Thornley")
    silent = meeting(cora)

    assert {first, again, silent} == {Block.objects.get()}
    assert Block.objects.get().title == "Panel at Thornley"
    (before,) = apps.get_model("diaries", "BlockEvent").objects.filter(pgh_obj=first)
    assert before.title == "Panel"


def test_blocks_may_overlap(cora: User) -> None:
    meeting(cora)
    meeting(cora, kind=Block.Kind.CASEWORK)

    assert Block.objects.in_force().overlapping(at(MONDAY, 14, 59), at(MONDAY, 16)).count() == 2
    assert Block.objects.overlapping(at(MONDAY, 15), at(MONDAY, 16)).count() == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"end": at(MONDAY, 14)}, "backwards"),
        ({"end": at(MONDAY, 13)}, "backwards"),
        ({"end": at(MONDAY, 14) + timedelta(days=14, seconds=1)}, "too_long"),
        ({"start": at(date(2026, 11, 8), 23, 59)}, "in_the_past"),
        ({"start": at(date(2126, 11, 9), 9), "end": at(date(2126, 11, 9), 10)}, "too_far"),
        ({"title": "x" * 121}, "title_long"),
    ],
)
def test_a_block_that_cannot_be_is_refused(cora: User, given: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        meeting(cora, **given)

    assert broken.value.code == code
    assert not Block.objects.exists()


def test_a_block_may_begin_earlier_today_and_last_fourteen_days(cora: User) -> None:
    made = meeting(cora, start=at(MONDAY, 0), end=at(MONDAY, 0) + timedelta(days=14))

    assert made.period.upper - made.period.lower == timedelta(days=14)


def test_a_block_of_the_hour_that_comes_twice(cora: User) -> None:
    """1:30am in summer time to 1:30am in winter time is an hour, whatever the wall shows."""
    sunday = date(2026, 10, 25)
    start = at(sunday, 1, 30)

    made = meeting(cora, start=start, end=start.replace(fold=1), now=at(sunday, 0))
    with pytest.raises(RuleBroken) as broken:
        meeting(cora, start=start.replace(fold=1), end=start, now=at(sunday, 0))

    assert made.period.lower == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert made.period.upper == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert broken.value.code == "backwards"


def test_nobody_is_busy_after_they_have_left(cora: User, lena: User) -> None:
    User.objects.filter(pk=cora.pk).update(is_active=False)

    with pytest.raises(RuleBroken) as broken:
        meeting(cora, by=lena)

    assert broken.value.code == "left"


@pytest.mark.parametrize("own_team", [True, False])
@pytest.mark.parametrize("role", Role)
def test_who_changes_the_diary_of_somebody_else(
    cora: User, north: Team, role: Role, own_team: bool
) -> None:
    by = UserFactory.create(role=role, **({"team": north} if own_team else {}))
    arranges = own_team and role in {Role.TEAM_LEAD, Role.BUSINESS_SUPPORT}

    if arranges or role == Role.SENIOR_MANAGER:
        block = meeting(cora, by=by)
        assert withdraw_block(block=block, by=by, now=NOW).withdrawn_by == by
        return
    with pytest.raises(RuleBroken) as broken:
        meeting(cora, by=by)
    assert broken.value.code == "may_not_change_diary"
    with pytest.raises(RuleBroken) as broken:
        withdraw_block(block=meeting(cora), by=by, now=NOW)
    assert broken.value.code == "may_not_change_diary"


@pytest.mark.parametrize("role", Role)
def test_everybody_changes_their_own_diary_except_who_has_none(role: Role) -> None:
    person = UserFactory.create(role=role)

    if role in {Role.ADMINISTRATOR, Role.AUDITOR}:
        with pytest.raises(RuleBroken) as broken:
            meeting(person)
        assert broken.value.code == "may_not_change_diary"
    else:
        assert meeting(person).made_by == person


def test_a_withdrawn_block_stays_on_record(cora: User, lena: User) -> None:
    block = meeting(cora)

    withdraw_block(block=block, by=lena, now=NOW)
    again = withdraw_block(block=block, by=cora, now=NOW + timedelta(minutes=1))

    assert (again.withdrawn_by, again.withdrawn_at) == (lena, NOW)
    assert not Block.objects.in_force().exists()
    # The time is free again: the same block may be made anew.
    assert meeting(cora) != block


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_block(cora: User) -> None:
    now = timezone.now()
    start = now + timedelta(hours=1)

    def click() -> None:
        meeting(cora, start=start, end=start + timedelta(hours=1), now=now)
        connection.close()

    clicks = [Thread(target=click) for _ in range(6)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert Block.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_diaries_are_held_in_one_order_so_that_nobody_waits_for_ever() -> None:
    done: list[int] = []

    def hold(people: list[int]) -> None:
        for _ in range(20):
            with transaction.atomic():
                hold_diary(people)
        done.append(1)
        connection.close()

    threads = [Thread(target=hold, args=[order]) for order in ([1, 2, 3], [3, 2, 1], [2, 3])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == 3
