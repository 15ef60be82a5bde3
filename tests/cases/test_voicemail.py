"""Voicemail lines: who listened when, and which have waited too long (H43)."""

import re
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases import voicemail_actions as actions
from cases.models import Contact, VoicemailCheck, VoicemailLine
from cases.voicemail import can_tell, is_late, late_lines, lines_for, rule_in_force
from cases.voicemail_actions import LineDetails
from clocks.models import CalendarYear, Closure, Standard
from tests.factories import CaseFactory, TeamFactory, UserFactory

# A Wednesday, 10 in the morning.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TUESDAY_9AM = datetime(2026, 11, 3, 9, tzinfo=UTC)
MONDAY_9AM = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def ada(db):
    return UserFactory(full_name="Ada Keeper", role=Role.ADMINISTRATOR, team=None)


def make_line(team, **given) -> VoicemailLine:
    details = {"name": "North duty line", "number": "01632 960100", "team": team}
    return VoicemailLine.objects.create(**details | given)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def listen(line, by, now=NOW) -> VoicemailCheck:
    return actions.note_listened(line=line, by=by, now=now)


@pytest.mark.rule("H43")
@pytest.mark.parametrize(
    ("checked_at", "now", "late"),
    [
        (None, NOW, True),
        # Checked on Tuesday: to be checked again by the close of Wednesday.
        (TUESDAY_9AM, datetime(2026, 11, 4, 17, 30, tzinfo=UTC), False),
        (TUESDAY_9AM, datetime(2026, 11, 4, 17, 31, tzinfo=UTC), True),
        # Checked on Friday: the weekend does not count.
        (datetime(2026, 11, 6, 15, tzinfo=UTC), datetime(2026, 11, 9, 17, tzinfo=UTC), False),
        # Checked before Christmas: 28 December is the substitute day, 29 the first working day.
        (datetime(2026, 12, 24, 15, tzinfo=UTC), datetime(2026, 12, 29, 17, tzinfo=UTC), False),
        (datetime(2026, 12, 24, 15, tzinfo=UTC), datetime(2026, 12, 29, 18, tzinfo=UTC), True),
        # The night the clocks go back lies between; closing time is 17:30 in London.
        (datetime(2026, 10, 23, 9, tzinfo=UTC), datetime(2026, 10, 26, 17, 30, tzinfo=UTC), False),
        (datetime(2026, 10, 23, 9, tzinfo=UTC), datetime(2026, 10, 26, 17, 31, tzinfo=UTC), True),
    ],
)
def test_a_line_is_late_after_a_working_day(north, calendar, checked_at, now, late):
    line = make_line(north, checked_at=checked_at)

    assert is_late(line, now, rule_in_force(now), calendar) is late
    assert late_lines([line], now, calendar) == ([line] if late else [])


def test_a_closure_of_the_council_counts_for_nothing(north, policy):
    from clocks.calendars import council_calendar

    Closure.objects.create(name="Flood", first_day=NOW.date(), last_day=NOW.date())
    line = make_line(north, checked_at=TUESDAY_9AM)

    assert late_lines([line], datetime(2026, 11, 5, 17, tzinfo=UTC), council_calendar()) == []


@pytest.mark.rule("H43")
def test_the_interval_is_the_standard_of_the_day(north, calendar):
    Standard.objects.create(
        code="voicemail.check", name="Voicemail", amount=3, effective_from=NOW.date()
    )

    assert late_lines([make_line(north, checked_at=MONDAY_9AM)], NOW, calendar) == []


def test_a_check_is_written_down_with_who_and_when(north, cora):
    line = make_line(north)

    listen(line, cora)

    line.refresh_from_db()
    assert line.checked_at == NOW
    check = VoicemailCheck.objects.get()
    assert (check.line, check.by, check.at) == (line, cora, NOW)


def test_two_clicks_within_a_minute_are_one_check(north, cora, lena):
    line = make_line(north)
    first = listen(line, cora)

    assert listen(line, cora, NOW + timedelta(seconds=59)) == first
    assert listen(line, lena, NOW + timedelta(seconds=59)) != first
    assert listen(line, cora, NOW + timedelta(minutes=2)) != first
    assert VoicemailCheck.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_check(north, cora):
    line = make_line(north)
    together = threading.Barrier(3)

    def click() -> None:
        together.wait()
        listen(line, cora)
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert VoicemailCheck.objects.count() == 1


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.CSC_ADVISER])
def test_some_roles_do_not_listen(north, role):
    with pytest.raises(RuleBroken) as broken:
        listen(make_line(north), UserFactory(role=role, team=north))

    assert broken.value.code == "may_not_listen"


def test_nobody_listens_to_another_teams_line_or_one_out_of_use(north, cora, oscar):
    with pytest.raises(RuleBroken) as other:
        listen(make_line(north), oscar)
    with pytest.raises(RuleBroken) as gone:
        listen(make_line(north, name="Old line", active=False), cora)

    assert (other.value.code, gone.value.code) == ("may_not_listen", "not_in_use")
    assert not VoicemailCheck.objects.exists()


def test_a_team_sees_its_lines_and_managers_see_all(north, cora, oscar):
    ours, theirs = make_line(north), make_line(oscar.team, name="Other line")
    make_line(north, name="Old line", active=False)

    assert list(lines_for(cora)) == [ours]
    for role in (Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER, Role.ADMINISTRATOR):
        assert set(lines_for(UserFactory(role=role))) == {ours, theirs}
    assert list(lines_for(UserFactory(role=Role.CSC_ADVISER, team=north))) == []


@pytest.mark.rule("H43")
@time_machine.travel(NOW, tick=False)
def test_the_page_lists_late_lines_first_and_marks_them(policy, north, cora, as_person):
    make_line(north, name="Answered line", checked_at=NOW - timedelta(hours=1))
    make_line(north, name="Waiting line", checked_at=MONDAY_9AM)
    make_line(north, name="New line", user=cora)
    client = as_person(cora)

    page = text(client.get("/voicemail/"))

    places = [page.index(name) for name in ("New line", "Waiting line", "Answered line")]
    assert places == sorted(places)
    assert "Not listened to since Monday 2 November 2026 at 9am" in page
    assert page.count("Not listened to") == 2
    assert "Cora Hill’s own line, North team" in page


@time_machine.travel(NOW, tick=False)
def test_a_click_takes_a_line_off_the_late_ones(policy, north, cora, as_person):
    line = make_line(north, checked_at=MONDAY_9AM)
    client = as_person(cora)

    page = text(client.post(f"/voicemail/{line.pk}/listened/", follow=True))

    assert "You have listened to North duty line." in page
    assert "Last listened to by Cora Hill, Wednesday 4 November 2026 at 10am" in page
    assert "Not listened to" not in page
    assert client.get(f"/voicemail/{line.pk}/listened/").status_code == 405


def test_another_teams_line_does_not_exist(north, oscar, ada, as_person):
    line = make_line(north)

    for person in (oscar, ada):
        assert as_person(person).post(f"/voicemail/{line.pk}/listened/").status_code == 404
    assert not VoicemailCheck.objects.exists()


@time_machine.travel(NOW, tick=False)
def test_without_a_calendar_the_page_says_so(db, north, cora, as_person):
    make_line(north, checked_at=MONDAY_9AM)

    page = text(as_person(cora).get("/voicemail/"))

    assert "It cannot be said which lines are late" in page
    assert "Not listened to" not in page


def test_what_lies_beyond_the_known_holidays_cannot_be_said(north, calendar):
    after = datetime(CalendarYear.objects.last().year + 1, 1, 4, 10, tzinfo=UTC)

    assert can_tell(NOW, calendar)
    assert not can_tell(after, calendar)
    assert late_lines([make_line(north, checked_at=after)], after, calendar) == []


@time_machine.travel(NOW, tick=False)
def test_a_message_is_logged_from_the_line(policy, north, cora, as_person):
    line, client = make_line(north), as_person(cora)
    CaseFactory(reference="EHC-000042", owner=cora)
    page = client.get("/voicemail/").content.decode()
    assert f'href="/cases/?line={line.pk}"' in page
    assert f'href="/contacts/new/?line={line.pk}"' in page

    form = f"/cases/EHC-000042/contacts/new/?line={line.pk}"
    found = client.post(f"/cases/?line={line.pk}", {"q": "okafor"}, follow=True).content.decode()

    assert f'href="{form}"' in found
    assert f'action="/cases/?line={line.pk}"' in found
    typing = {"HX-Request": "true"}
    while_typed = client.post(f"/cases/?line={line.pk}", {"q": "okafor"}, headers=typing)
    assert while_typed["HX-Replace-Url"].endswith(f"&line={line.pk}")
    assert f'href="{form}"' in while_typed.content.decode()
    assert f'<option value="{line.pk}" selected>' in client.get(form).content.decode()


@pytest.mark.rule("H43")
@time_machine.travel(NOW, tick=False)
def test_a_message_left_yesterday_has_yesterdays_clock(policy, north, cora, as_person):
    line, client = make_line(north), as_person(cora)
    CaseFactory(reference="EHC-000042", owner=cora)

    client.post(
        "/cases/EHC-000042/contacts/new/",
        {
            "channel": "voicemail",
            "category": "informal",
            "sender": "parent",
            "sender_name": "Ngozi Okafor",
            "message": "Please ring me.",
            "received_on_day": "3",
            "received_on_month": "11",
            "received_on_year": "2026",
            "received_time": "3pm",
            "line": str(line.pk),
            "submission": str(uuid4()),
        },
    )

    contact = Contact.objects.get()
    assert (contact.line, contact.received_at) == (line, datetime(2026, 11, 3, 15, tzinfo=UTC))
    assert contact.promise.due_at == datetime(2026, 11, 10, 17, 30, tzinfo=UTC)


@time_machine.travel(NOW, tick=False)
def test_the_team_lead_sees_how_many_lines_wait(policy, north, lena, as_person):
    client = as_person(lena)
    assert "voicemail line" not in text(client.get("/"))

    make_line(north, checked_at=MONDAY_9AM)
    assert "1 voicemail line not listened to in time" in text(client.get("/"))

    make_line(north, name="Another")
    make_line(TeamFactory(), name="Elsewhere")
    assert "2 voicemail lines not listened to in time" in text(client.get("/"))


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_lines(
    policy, north, cora, as_person, django_assert_num_queries, number
):
    for n in range(number):
        make_line(north, name=f"Line {n}", checked_at=MONDAY_9AM, user=cora)
    client = as_person(cora)
    client.get("/voicemail/")

    with django_assert_num_queries(15):
        client.get("/voicemail/")


# --- Settings ---------------------------------------------------------------------------------


def typed(team_of_line, **changes):
    given = {
        "name": "North duty line",
        "number": "01632 960100",
        "team": team_of_line.pk,
        "user": "",
    }
    return given | changes


def test_an_administrator_adds_and_changes_a_line(north, cora, ada, as_person):
    client = as_person(ada)

    client.post("/settings/voicemail/new/", typed(north))
    line = VoicemailLine.objects.get()
    page = client.post(f"/settings/voicemail/{line.pk}/", typed(north, user=cora.pk), follow=True)

    assert "North duty line is saved." in text(page)
    assert "Cora Hill’s own line, North team" in text(page)
    assert [event.user_id for event in line.events.all()] == [None]


def test_a_line_is_taken_out_of_use_and_used_again(north, cora, ada, as_person):
    line = make_line(north)
    client = as_person(ada)

    client.post(f"/settings/voicemail/{line.pk}/use/", {"active": "no"})
    assert list(lines_for(cora)) == []
    client.post(f"/settings/voicemail/{line.pk}/use/", {"active": "yes"})
    assert list(lines_for(cora)) == [line]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Enter the name of the line"),
        ({"number": ""}, "Enter the telephone number"),
        ({"number": "0" * 41}, "40 characters or less"),
        ({"team": ""}, "Select the team that listens to it"),
        ({"user": "999999"}, "Select a person from the list"),
        ({"name": "Old line"}, "There is a line called Old line already."),
    ],
)
def test_a_line_filled_in_wrongly_says_what_is_wrong(north, ada, as_person, changes, message):
    make_line(north, name="Old line")

    response = as_person(ada).post("/settings/voicemail/new/", typed(north, **changes))

    assert "There is a problem" in text(response)
    assert message in text(response)
    assert VoicemailLine.objects.count() == 1


def test_a_personal_line_belongs_to_the_persons_team(north, oscar, ada, as_person):
    response = as_person(ada).post("/settings/voicemail/new/", typed(north, user=oscar.pk))

    assert "Oscar Pine is not in North team." in text(response)


def test_only_administrators_keep_lines(north, cora, as_person):
    line = make_line(north)
    details = LineDetails(name="x", number="1", team=north)

    with pytest.raises(RuleBroken) as adding:
        actions.add_line(details=details, by=cora)
    with pytest.raises(RuleBroken) as changing:
        actions.use_line(line=line, active=False, by=cora)

    assert adding.value.code == changing.value.code == "may_not_keep"
    path = f"/settings/voicemail/{line.pk}/use/"
    assert as_person(cora).post(path, {"active": "no"}).status_code == 404
