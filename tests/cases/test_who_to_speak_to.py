"""Who to speak to about a case: everybody a link, with numbers, absences and since when."""

import re
from datetime import UTC, date, datetime, time

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Absence, Role, Team, User
from cases.allocation_actions import allocate_case
from cases.models import Involvement, LeadProfessional
from cases.who_to_speak_to import at_work, leading, who_to_speak_to
from clocks.calendars import calendar_for_display
from tests.diaries.making import at, block, protect
from tests.factories import CaseFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
SINCE = date(2026, 9, 1)


@pytest.fixture
def case(policy, cora, north):
    north.manager = UserFactory(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)
    north.save()
    made = CaseFactory(reference="EHC-000042", owner=cora)
    Involvement.objects.create(case=made, worker=cora, role="owner", team=north, started_on=SINCE)
    return made


def drawn(case, user, now=NOW) -> str:
    found = type(case).objects.with_people().get(pk=case.pk)
    speak_to = who_to_speak_to(found, user, now, calendar_for_display())
    return render_to_string("cases/_who_to_speak_to.html", {"speak_to": speak_to})


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.rule("H4")
@pytest.mark.parametrize("role", Role)
def test_owner_lead_and_manager_are_links_to_the_directory(case, cora, lena, north, role):
    html = drawn(case, UserFactory(role=role))

    people = (cora, lena, north.manager)
    addresses = {reverse("person", args=[person.pk]) for person in people}
    assert addresses == set(re.findall(r'href="(/people/\d+/)"', html))
    assert words(html).count("01632 960200") == 3


@pytest.mark.rule("E3")
def test_service_team_and_owner_are_shown_with_since_when(case, cora):
    said = words(drawn(case, cora))

    assert "Service School age SEND, since Tuesday 1 September 2026" in said
    assert "Team North team , since Tuesday 1 September 2026 Duty line 01632 960100" in said
    assert "Case owner Cora Hill , since Tuesday 1 September 2026 01632 960200" in said


@pytest.mark.rule("E3")
def test_after_a_move_each_has_its_own_day(case, cora, lena):
    post16 = TeamFactory(name="Post-16 team", service=Team.Service.SCHOOL_AGE)
    virtual = TeamFactory(name="Virtual team", service=Team.Service.VIRTUAL_SCHOOL)
    dan = UserFactory(full_name="Dan Reed", team=virtual)
    manager = UserFactory(role=Role.SENIOR_MANAGER)
    for to, team, day in (
        (cora, post16, 1),
        (cora, virtual, 10),
        (dan, virtual, 20),
    ):
        allocate_case(
            case=case,
            to=to,
            team=team,
            reason="Moved.",
            on=date(2026, 10, day),
            by=manager,
            now=NOW,
        )

    said = words(drawn(case, manager))
    assert "Service Virtual School, since Saturday 10 October 2026" in said
    assert "Team Virtual team , since Saturday 10 October 2026" in said
    assert "Case owner Dan Reed , since Tuesday 20 October 2026" in said


def test_without_an_owner_the_lead_stands_in_and_it_is_said(case, cora, lena):
    User.objects.filter(pk=cora.pk).update(is_active=False)

    said = words(drawn(case, lena))
    assert "Cora Hill , since Tuesday 1 September 2026 Has left" in said
    assert "Until somebody does, Lena Marsh answers." in said


def test_what_is_missing_is_said_plainly(policy, lena):
    bare = CaseFactory(owner=None, team=TeamFactory(duty_line=""))

    said = words(drawn(bare, lena))
    assert "No duty line is recorded" in said
    assert said.count("None yet") == 3
    assert "since" not in said


@pytest.mark.rule("H62")
@pytest.mark.rule("H91")
def test_the_lead_professional_comes_first_and_absences_are_shown(case, cora, lena, oscar):
    LeadProfessional.objects.create(
        case=case, user=oscar, reason="r", named_at=NOW, named_by=lena, in_force_at=NOW
    )
    Absence.objects.create(person=oscar, first_day=TODAY, last_day=date(2026, 11, 6), cover=cora)

    said = words(drawn(case, lena))
    assert said.index("Lead professional Oscar Pine") < said.index("Case owner")
    assert "Away until Friday 6 November 2026; Cora Hill looks after their answers" in said


@pytest.mark.rule("H22")
def test_an_adviser_is_offered_no_page_with_reasons(case, asif, cora, lena):
    assert "/involvements/" not in drawn(case, asif)
    assert "/involvements/" in drawn(case, cora)
    assert "/allocate/" not in drawn(case, cora)
    assert "/allocate/" in drawn(case, lena)


@pytest.mark.rule("H40")
@pytest.mark.rule("H41")
def test_whether_the_owner_takes_calls_is_said_below_their_number(case, cora, lena, north, asif):
    protect(north, lena, 2, time(13), time(14))
    block(cora, at(TODAY, 11), at(TODAY, 11, 30))

    assert "01632 960200 Open until 11am Team lead" in words(drawn(case, asif))
    in_meeting = words(drawn(case, asif, now=at(TODAY, 11, 15)))
    assert "01632 960200 In a meeting until 11:30am Team lead" in in_meeting
    assert "Complex case" not in in_meeting
    protected = words(drawn(case, asif, now=at(TODAY, 13)))
    assert "01632 960200 In protected time until 2pm Team lead" in protected
    closed = words(drawn(case, asif, now=at(TODAY, 18)))
    assert "Closed. Opens Thursday 5 November 2026 at 9am Team lead" in closed
    # Of an absence more is said already, once.
    Absence.objects.create(person=cora, first_day=TODAY, last_day=TODAY, cover=lena)
    away = words(drawn(case, asif))
    assert "01632 960200 Away until Wednesday 4 November 2026; Lena Marsh looks after" in away


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_history(case, cora, lena, rows, django_assert_num_queries):
    for number in range(rows):
        worker = UserFactory()
        Involvement.objects.create(
            case=case,
            worker=worker,
            role="owner",
            team=worker.team,
            started_on=date(2026, 1, number + 1),
            ended_on=date(2026, 1, number + 2),
        )
        Absence.objects.create(person=worker, first_day=TODAY, last_day=TODAY)
    found = type(case).objects.with_people().get(pk=case.pk)
    calendar = calendar_for_display()
    with django_assert_num_queries(8):
        who_to_speak_to(found, lena, NOW, calendar)
    with django_assert_num_queries(1):
        assert len(at_work(found, lena, TODAY).ended) == rows
    with django_assert_num_queries(1):
        leading(found, lena)
