"""Who had it has left, and nobody else may take it: somebody accountable hears, once (0026)."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Absence, Role, User
from escalations.follow_page import followed
from escalations.giving_actions import about_step
from escalations.models import EscalationStep
from escalations.standing_in_actions import see_to_handlers
from escalations.stranded import stranded
from notices.models import Notice
from tests.escalations.making import AFTER, case_of, further, managed, matter, officer, on_desk
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H91"), pytest.mark.rule("H97")]

HOUR = timedelta(hours=1)


@pytest.fixture
def maya(north) -> User:
    return managed(north)


@pytest.fixture
def rosa(db) -> User:
    return officer()


@pytest.fixture
def ada(db) -> User:
    return UserFactory.create(role=Role.ADMINISTRATOR, full_name="Ada Bell", team=None)


@pytest.fixture
def step(policy, cora, lena, maya, rosa, ada) -> EscalationStep:
    """Step 2, which is Lena's; Maya and Rosa could take it."""
    taken = further(matter(case_of(cora))).step
    assert taken
    return taken


@pytest.fixture
def nobody(step, lena, maya, rosa) -> EscalationStep:
    """All three leave. The case owner is there, and it is about their silence."""
    for person in (lena, maya, rosa):
        leaves(person)
    return step


def leaves(person: User) -> None:
    person.is_active = False
    person.save()


def heard() -> list[tuple[str, str]]:
    """Who was told that nobody can take it, and where it leads."""
    told = Notice.objects.filter(subject__startswith="Nobody can take it").order_by("id")
    return [(notice.recipient.full_name, notice.path) for notice in told if notice.recipient]


def listed() -> list[str]:
    return [clock.about for clock in stranded()]


def test_administrators_hear_of_it_once_and_it_stays_with_its_date(nobody, lena):
    due_at = nobody.clock.due_at
    for hours in range(3):
        assert see_to_handlers(now=AFTER + hours * HOUR) == 0

    assert heard() == [("Ada Bell", "/system/")]
    [notice] = Notice.objects.filter(subject__startswith="Nobody can take it")
    assert nobody.escalation.reference in notice.body
    assert "Lena Marsh is not there to answer" in notice.body
    assert "Tuesday 24 November 2026" in notice.body
    nobody.clock.refresh_from_db()
    assert (nobody.clock.owner, nobody.clock.due_at, nobody.clock.is_open) == (lena, due_at, True)


def test_the_teams_new_lead_hears_of_it_too_when_it_is_about_them(nobody, north, cora):
    north.lead = cora
    north.save()
    see_to_handlers(now=AFTER)
    path = f"/concerns/{nobody.escalation.reference}/"
    assert sorted(heard()) == [("Ada Bell", "/system/"), ("Cora Hill", path)]


def test_without_a_lead_whoever_is_up_the_line_hears_of_it(nobody, north):
    UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch", team=north)
    see_to_handlers(now=AFTER)
    assert ("Noor Finch", nobody.clock.path) in heard()


def test_it_is_on_the_administrators_list_until_somebody_can_answer(nobody, ada, as_person):
    see_to_handlers(now=AFTER)
    assert listed() == [nobody.clock.about]
    with time_machine.travel(AFTER, tick=False):
        page = as_person(ada).get("/system/").content.decode()
    assert "Nobody can answer these" in page
    assert f"<strong>{nobody.clock.about}</strong>, due Tuesday 24 November 2026" in page
    assert "Amara" not in page

    new = officer("Iris Holt")
    assert see_to_handlers(now=AFTER + HOUR) == 1
    assert EscalationStep.objects.get().handler == new
    assert listed() == []
    with time_machine.travel(AFTER + HOUR, tick=False):
        assert "Nobody can answer these" not in as_person(ada).get("/system/").content.decode()


def test_the_teams_list_says_that_nobody_is_there(nobody, cora, as_person):
    see_to_handlers(now=AFTER)
    with time_machine.travel(AFTER, tick=False):
        page = as_person(cora).get("/concerns/?whose=team").content.decode()
    assert "Nobody is there</strong> Lena Marsh had it and has left" in page


@pytest.mark.rule("H102")
def test_the_sender_is_not_told_that_somebody_who_left_answers(nobody, cora):
    page = followed(nobody.contact, AFTER)
    assert (page.person, page.day) == ("Our team", "Tuesday 24 November 2026")
    line = next(line for line in page.rungs if line.is_now)
    assert (line.who, line.role) == ("Our team", "")
    # Who answered before they left has answered.
    assert page.rungs[0].who == "Cora Hill"


def test_somebody_who_is_named_later_has_it_and_the_sender_hears(nobody, north):
    see_to_handlers(now=AFTER)
    north.lead = UserFactory.create(role=Role.TEAM_LEAD, team=north, full_name="Noor Finch")
    north.save()
    assert see_to_handlers(now=AFTER + HOUR) == 1
    assert EscalationStep.objects.get().handler == north.lead
    assert north.lead not in about_step(EscalationStep.objects.get())
    told = Notice.objects.filter(recipient=None).latest("id")
    assert "Noor Finch now has your concern." in told.body


def test_away_with_a_cover_whom_it_is_about_is_told_too_and_is_on_no_list(step, lena, maya, rosa):
    """They come back: the date is theirs, and nobody has to be looked for in the end."""
    for person in (maya, rosa):
        leaves(person)
    Absence.objects.create(
        person=lena, cover=step.escalation.case.owner, first_day=AFTER.date(), last_day=AFTER.date()
    )
    assert see_to_handlers(now=AFTER) == 0
    assert ("Ada Bell", "/system/") in heard()
    assert listed() == []


def test_what_is_on_the_desk_is_told_and_listed_as_well(policy, cora, lena, maya, rosa, ada):
    entry = on_desk(matter(case_of(cora)), lena)
    for person in (maya, rosa):
        leaves(person)
    see_to_handlers(now=AFTER)
    assert heard()[0] == ("Ada Bell", "/system/")
    assert listed() == [entry.clock.about]


def test_nothing_is_listed_while_somebody_is_there_or_when_it_is_settled(step, lena):
    assert listed() == []
    EscalationStep.objects.update(answer="Yes.", answered_at=AFTER)
    leaves(lena)
    assert listed() == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_one_query_however_long_it_is(
    nobody, cora, number, django_assert_num_queries
):
    new = officer("Iris Holt")
    for _ in range(number - 1):
        further(matter(case_of(cora)))
    leaves(new)
    with django_assert_num_queries(1):
        assert len({(str(clock.owner), str(clock.team)) for clock in stranded()}) >= 1
    assert stranded().count() == number
