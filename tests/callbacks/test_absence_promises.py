"""Leave and the days promised: what would be late is said first; who is away covers for nobody."""

from datetime import date, time

import pytest

from accounts.errors import RuleBroken
from accounts.models import Absence
from callbacks.models import Booking
from notices.models import Notice
from tests.callbacks.absences import (
    AT_TWO,
    NO_ADDRESS,
    STRANDED,
    TUESDAY,
    WEDNESDAY,
    another,
    away,
    calls,
    owners,
)
from tests.callbacks.cast import booked, hours, slots
from tests.callbacks.pages import text
from tests.factories import CaseFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]

THURSDAY = date(2026, 11, 5)
LATE = "Cora Hill on Tuesday 10 November 2026 at 2pm, after the day promised"


def leave(person, first=TUESDAY, last=WEDNESDAY, cover=None) -> Absence:
    return Absence.objects.create(person=person, first_day=first, last_day=last, cover=cover)


def entered(client, person, cover):
    form = {"person": person.pk, "cover": cover.pk}
    for name, day in (("first_day", TUESDAY), ("last_day", WEDNESDAY)):
        form |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return text(client.post("/account/absences/new/", form, follow=True))


def _own_choices(page: str, booking: Booking) -> str:
    """What can be chosen for one call alone."""
    _, _, after = page.partition(f'name="call_{booking.pk}"')
    return after.partition("</select>")[0]


# --- A day promised that would pass -----------------------------------------------------------


@pytest.mark.rule("H29")
@pytest.mark.rule("H36")
def test_what_would_pass_the_day_promised_is_said_before_the_choice(as_person, case, cora, dan):
    booked(case)
    hours(dan, weekday=3)

    page = text(as_person(cora).get(calls(away(cora))))

    assert "a call that is moved past its day is late" in page
    assert "Promised by Monday 9 November 2026" in page
    assert f"after they are back: {LATE}" in page
    assert "free time of a colleague: Dan Reed on Thursday 5 November 2026 at 2pm" in page


@pytest.mark.rule("H29")
def test_of_several_calls_it_is_said_how_many_and_each_has_its_own_time(as_person, case, cora, dan):
    booked(case)
    another(cora)
    hours(cora, weekday=3, ends=time(14, 30))

    page = text(as_person(cora).get(calls(away(cora, dan))))

    assert "after they are back: 1 of 2 would be after the day promised" in page
    late = "Their own next free time, Tuesday 10 November 2026 at 2pm, is after the day promised"
    assert page.count(late) == 1
    assert "Cora Hill on Thursday 5 November 2026 at 2pm" in page
    assert f"after they are back: {LATE}" in page
    assert "of a colleague: no time is free for 2 of 2" in page


@pytest.mark.rule("H29")
@pytest.mark.rule("H36")
def test_a_call_moved_past_its_day_is_said_told_with_an_apology_and_counted(
    as_person, case, cora, lena
):
    booking = booked(case)

    page = text(as_person(cora).post(calls(away(cora)), {"way": "back"}, follow=True))

    reference = booking.contact.reference
    assert (
        f"1 of them is after the day promised: {reference}, promised by Monday 9 November 2026, "
        "is on Tuesday 10 November 2026 at 2pm. It counts as a breach of capacity." in page
    )
    assert "on Tuesday 10 November 2026 at 2pm, after the day promised." in page
    moved = Booking.objects.get(follows=booking)
    assert moved.breach == "outside"
    mail = Notice.objects.get(key__endswith=f"booking:{moved.pk}:booked")
    assert (
        "We had promised to ring you by Monday 9 November 2026. The new time is after that. We are "
        "sorry. This is why: Cora Hill cannot ring then." in mail.body
    )
    assert Notice.objects.filter(recipient=lena, subject__startswith="Moved past the date").exists()


@pytest.mark.rule("H29")
def test_a_call_moved_within_its_day_has_no_such_apology(as_person, case, cora):
    booking = booked(case)
    hours(cora, weekday=3)

    page = text(as_person(cora).post(calls(away(cora)), {"way": "back"}, follow=True))

    moved = Booking.objects.get(follows=booking)
    assert moved.breach == ""
    assert "after the day promised" not in page
    assert "had promised" not in Notice.objects.get(key__endswith=f":{moved.pk}:booked").body


@pytest.mark.rule("H18")
@pytest.mark.rule("H29")
def test_whoever_rings_the_caller_instead_reads_that_we_are_sorry(as_person, case, cora, lena):
    booked(case, caller=NO_ADDRESS)

    as_person(cora).post(calls(away(cora)), {"way": "back", "teller": lena.pk})

    asked = Notice.objects.get(recipient=lena, key__contains="to-tell")
    assert "this is later: say that we are sorry." in asked.body
    said = text(as_person(lena).get(STRANDED))
    assert "We had promised a call by Monday 9 November 2026: say that we are sorry" in said


# --- A cover who is away ----------------------------------------------------------------------


@pytest.mark.rule("H62")
def test_who_is_away_on_all_these_days_cannot_cover_and_it_is_said(as_person, case, cora, dan):
    leave(dan, TUESDAY, THURSDAY)

    page = entered(as_person(cora), cora, dan)

    assert "Dan Reed is away too, from Tuesday 3 November 2026 to Thursday 5 November 2026." in page
    assert "Choose somebody else." in page
    assert not Absence.objects.filter(person=cora).exists()


@pytest.mark.rule("H62")
def test_whoever_covers_for_the_cover_is_named(case, cora, dan, sam):
    leave(dan, cover=sam)

    with pytest.raises(RuleBroken) as broken:
        away(cora, dan)

    assert broken.value.code == "cover_away"
    assert "Sam Reed covers for Dan Reed. Choose somebody else." in broken.value.message


@pytest.mark.rule("H62")
def test_a_cover_who_is_away_on_some_of_these_days_is_saved_and_said(as_person, cora, dan, sam):
    leave(dan, WEDNESDAY, THURSDAY, cover=sam)
    client = as_person(cora)

    page = entered(client, cora, dan)

    assert (
        "Dan Reed is away too, from Wednesday 4 November 2026 to Thursday 5 November 2026. Nobody "
        "looks after the answers of Cora Hill then. Sam Reed covers for Dan Reed." in page
    )
    assert Absence.objects.get(person=cora).cover == dan
    listed = text(client.get("/account/absences/"))
    assert "Nobody covers then Dan Reed is away too, from Wednesday 4 November 2026" in listed


@pytest.mark.rule("H62")
def test_who_looks_after_others_meanwhile_is_told_whose_answers_are_left(
    as_person, cora, dan, lena
):
    leave(dan, cover=cora)

    page = entered(as_person(cora), cora, lena)

    assert (
        "Cora Hill looks after the answers of Dan Reed, who is away from Tuesday 3 November 2026 "
        "to Wednesday 4 November 2026. On the days that both are away nobody does." in page
    )


@pytest.mark.rule("H36")
@pytest.mark.rule("H62")
def test_calls_go_to_whoever_covers_for_a_cover_who_is_away(as_person, case, cora, dan, sam):
    booked(case)
    absence = away(cora, dan)
    leave(dan, cover=sam)
    client = as_person(cora)

    page = text(client.get(calls(absence)))
    assert "Dan Reed looks after the answers and is on leave at these times too." in page
    assert "Sam Reed covers for them." in page
    assert "Dan Reed rings at the same times" not in page
    client.post(calls(absence), {"way": "same_time"})
    assert [(one.owner, one.starts_at) for one in Booking.objects.filter(state="booked")] == [
        (sam, AT_TWO)
    ]


@pytest.mark.rule("H36")
def test_without_one_a_colleague_is_chosen_and_the_cover_is_not_offered(
    as_person, case, cora, dan, lena
):
    booked(case)
    absence = away(cora, dan)
    leave(dan)
    client = as_person(cora)

    page = client.get(calls(absence))
    assert "A colleague rings at the same times" in text(page)
    assert ">Dan Reed</option>" not in page.content.decode()
    client.post(calls(absence), {"way": "same_time", "stand_in": lena.pk})
    assert owners() == ["Lena Marsh"]


@pytest.mark.rule("H36")
def test_the_cover_is_offered_only_for_calls_that_they_can_make(as_person, case, cora, dan):
    hours(cora, weekday=2)
    first = booked(case)
    wednesday = next(slot for slot in slots(cora) if slot.starts_at.date() == WEDNESDAY)
    second = booked(CaseFactory.create(owner=cora, team=cora.team), wednesday)
    absence = away(cora, dan)
    leave(dan, WEDNESDAY, WEDNESDAY)

    page = as_person(cora).get(calls(absence)).content.decode()

    assert "Dan Reed rings at the same times, but cannot ring at 1 of these 2 times" in page
    choices = [_own_choices(page, one) for one in (first, second)]
    assert ["same_time" in one for one in choices] == [True, False]
    assert all("back" in one for one in choices)


@pytest.mark.rule("H62")
def test_a_second_cover_of_another_team_is_not_offered(as_person, case, cora, dan, oscar):
    booked(case)
    absence = away(cora, dan)
    leave(dan, cover=oscar)

    page = text(as_person(cora).get(calls(absence)))

    assert "Oscar" not in page
    assert "A colleague rings at the same times" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_entering_leave_costs_the_same_however_many_are_away(
    as_person, case, cora, dan, rows, django_assert_num_queries
):
    for _ in range(rows):
        leave(UserFactory(team=cora.team), cover=dan)
    client = as_person(cora)

    with django_assert_num_queries(8):
        page = text(client.get("/account/absences/"))

    assert page.count("Away from Tuesday 3 November 2026") == rows
