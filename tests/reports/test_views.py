"""Each role's home page, and the worklist in plain dates."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import AccessEntry, Role
from clocks.enforcement import tick
from clocks.models import Clock
from notices.models import Notice
from tests.diaries.making import shift
from tests.factories import ContactFactory, UserFactory
from tests.reports.promises import (
    chaser,
    complained,
    copied,
    formal,
    owed,
    taken_further,
    unfiled,
)

# Thursday 3 December 2026, 10 in the morning.
NOW = datetime(2026, 12, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _thursday():
    with time_machine.travel(NOW, tick=False):
        yield


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_worklist_says_what_is_owed_soonest_first(policy, as_person, cora):
    owed(cora, datetime(2026, 12, 8, 17, 30, tzinfo=UTC), sender_name="Third Caller")
    owed(cora, datetime(2026, 12, 1, 17, 30, tzinfo=UTC), sender_name="First Caller")
    owed(cora, datetime(2026, 12, 3, 17, 30, tzinfo=UTC), sender_name="Second Caller")

    page = text(as_person(cora).get("/"))

    assert re.findall(r"(\w+) Caller", page) == ["First", "Second", "Third"]
    assert "2 working days late" in page
    assert "Due today by 5:30pm" in page
    assert "Due Tuesday 8 December, in 3 working days" in page
    assert re.search(r"1 past the date\s+1 due in the next 2 working days\s+3 open in all", page)


def test_the_worklist_shows_only_ones_own(policy, as_person, cora, oscar):
    owed(oscar, NOW)

    assert "You owe no answers." in text(as_person(cora).get("/"))


def test_a_promise_kept_leaves_the_worklist(policy, as_person, cora):
    contact = owed(cora, NOW)
    Clock.objects.filter(pk=contact.clock_id).update(state="met", stopped_at=NOW)

    assert "You owe no answers." in text(as_person(cora).get("/"))


@pytest.mark.rule("H17")
def test_when_a_date_passes_coordinator_and_team_lead_are_told_and_both_pages_show_it(
    policy, as_person, cora, lena
):
    contact = owed(cora, NOW - timedelta(minutes=1))
    tick(now=NOW)

    for person in (cora, lena):
        page = text(as_person(person).get("/"))
        assert "1 past the date" in page
        assert contact.reference in page
        assert "Notices , 1 unread" in page
        notices = text(as_person(person).get("/notices/"))
        assert "Date passed: Telephone call from a parent or carer" in notices


def test_reading_a_notice_leads_to_its_contact_and_lowers_the_count(policy, as_person, cora):
    contact = owed(cora, NOW - timedelta(minutes=1))
    Clock.objects.filter(pk=contact.clock_id).update(path=f"/contacts/{contact.reference}/")
    tick(now=NOW)
    client = as_person(cora)

    response = client.get(f"/notices/{Notice.objects.get(recipient=cora).pk}/")

    assert response.url == f"/contacts/{contact.reference}/"
    assert "unread" not in text(client.get("/"))


def test_marking_all_notices_read(policy, as_person, cora):
    owed(cora, NOW - timedelta(minutes=1))
    tick(now=NOW)
    client = as_person(cora)

    assert "1 marked as read." in text(client.post("/notices/read-all/", follow=True))
    assert "Nothing new to mark." in text(client.post("/notices/read-all/", follow=True))


def test_the_team_page_shows_who_owes_what(policy, as_person, cora, lena):
    owed(cora, NOW - timedelta(days=1))
    owed(cora, NOW + timedelta(hours=1))

    page = text(as_person(lena).get("/"))

    assert "North team" in page
    assert "Cora Hill 1 1 2" in page
    assert "Cora Hill answers" in page


@pytest.mark.rule("H39")
def test_the_team_page_names_the_days_without_somebody_on_duty(policy, as_person, cora, lena):
    support = UserFactory(role=Role.BUSINESS_SUPPORT, team=cora.team)
    for day in (3, 4, 7, 8):
        shift(cora.team, cora, date(2026, 12, day))
        shift(cora.team, support, date(2026, 12, day))

    said = text(as_person(lena).get("/"))
    assert "The duty line lacks somebody on 1 of the next five working days" in said
    assert "Wednesday 9 December 2026 (Nobody on duty)" in said

    shift(cora.team, cora, date(2026, 12, 9))
    shift(cora.team, support, date(2026, 12, 9))
    assert "duty line lacks" not in text(as_person(lena).get("/"))


def test_the_service_page_shows_each_team(policy, as_person, cora, oscar):
    owed(cora, NOW - timedelta(days=1))
    owed(oscar, NOW + timedelta(hours=1))
    manager = UserFactory(role=Role.SENIOR_MANAGER)

    page = text(as_person(manager).get("/"))

    assert "North team Lena Marsh 1 0 1" in page
    assert f"{oscar.team} None yet 0 1 1" in page


def test_the_auditor_finds_who_looked_at_a_case(policy, as_person, cora, asif):
    ContactFactory(case__owner=cora, case__reference="EHC-000042")
    as_person(asif).get("/cases/EHC-000042/")
    auditor = UserFactory(role=Role.AUDITOR)
    client = as_person(auditor)

    assert "Asif Rahman Read EHC-000042" in text(client.get("/?record=ehc-000042"))
    assert "Nobody has looked at this record." in text(client.get("/?record=EHC-000043"))
    assert AccessEntry.objects.count() == 1


def test_the_system_page_shows_the_last_tick_and_the_standards(policy, as_person, db):
    tick(now=NOW)
    admin = UserFactory(role=Role.ADMINISTRATOR)

    page = text(as_person(admin).get("/"))

    assert "Thursday 3 December 2026 at 10am: 0 dates passed, 0 reminders" in page
    assert "Telephone call Within 5 working days" in page
    assert "2012 to the end of 2028" in page


def test_the_system_page_shows_how_far_enforcement_is_behind(policy, as_person, cora):
    client = as_person(UserFactory(role=Role.ADMINISTRATOR))
    assert "Waiting to be recorded None" in text(client.get("/"))

    owed(cora, NOW - timedelta(minutes=12))
    owed(cora, NOW - timedelta(minutes=5))

    page = text(client.get("/")).replace("\xa0", " ")
    assert "Waiting to be recorded 2 dates, the oldest for 12 minutes" in page


def test_undelivered_mail_is_shown_and_can_be_tried_again(policy, as_person, db):
    notice = Notice.objects.create(
        key="k",
        kind="acknowledgement",
        address="ngozi@example.org",
        subject="We have your message",
        body="b",
        created_at=NOW,
        mail=Notice.Mail.FAILED,
        tries=7,
        last_error="550 No such mailbox",
    )
    client = as_person(UserFactory(role=Role.ADMINISTRATOR))

    assert "550 No such mailbox" in text(client.get("/"))
    assert "will be tried again" in text(client.post(f"/notices/{notice.pk}/retry/", follow=True))
    assert "no longer waiting" in text(client.post(f"/notices/{notice.pk}/retry/", follow=True))


@pytest.mark.parametrize("role", Role)
def test_every_home_page_works_before_anything_is_loaded(db, as_person, role):
    assert as_person(UserFactory(role=role, team=None)).get("/").status_code == 200


def test_the_worklist_pages_by_key(policy, as_person, cora):
    for number in range(55):
        owed(cora, NOW + timedelta(hours=number // 2), sender_name=f"Caller {number:02d}")
    client = as_person(cora)

    first = client.get("/").content.decode()
    following = re.search(r'href="(/\?after=[^"]+)"', first)

    assert following
    second = client.get(following[1].replace("&amp;", "&")).content.decode()
    shown = re.findall(r"Caller (\d\d)", first) + re.findall(r"Caller (\d\d)", second)
    assert shown == [f"{number:02d}" for number in range(55)]


@pytest.mark.parametrize(
    ("role", "queries"),
    [
        (Role.COORDINATOR, 21),
        (Role.TEAM_LEAD, 31),
        (Role.BUSINESS_SUPPORT, 22),
        (Role.SENIOR_MANAGER, 23),
        (Role.RESOLUTION_OFFICER, 14),
        (Role.CSC_ADVISER, 10),
        (Role.AUDITOR, 5),
        # With what nobody can answer, which administrators alone are shown.
        (Role.ADMINISTRATOR, 14),
    ],
)
def test_a_home_page_takes_the_same_queries_for_one_row_and_for_three(
    policy, as_person, north, role, queries, django_assert_num_queries
):
    person = UserFactory(role=role, team=north)
    client = as_person(person)
    for count in (1, 2):
        shift(north, UserFactory(team=north), NOW.date())
        for _ in range(count):
            contact = owed(person, NOW - timedelta(hours=1), logged_by=person)
            chaser(contact, NOW - timedelta(minutes=5), logged_by=person)
            formal(person, NOW + timedelta(hours=1))
            taken_further(person, NOW + timedelta(hours=1))
            complained(person, NOW + timedelta(hours=1))
            copied(person, contact)
            unfiled(person, NOW - timedelta(hours=1))
            AccessEntry.objects.create(at=NOW, user=person, kind="read", records=["EHC-1"])
            owed(UserFactory(team=north), NOW - timedelta(hours=1))
            owed(UserFactory(), NOW - timedelta(hours=1))
        with django_assert_num_queries(queries):
            client.get("/")


def test_the_worklist_can_be_narrowed_and_the_choice_taken_back(policy, as_person, cora):
    owed(cora, NOW - timedelta(days=3), sender_name="Late Caller")
    owed(cora, NOW + timedelta(days=1), sender_name="Soon Caller", channel="email")
    owed(cora, NOW + timedelta(days=9), sender_name="Later Caller")
    client = as_person(cora)

    def callers(query: str) -> list[str]:
        return re.findall(r"(\w+) Caller", text(client.get(f"/{query}")))

    assert callers("?due=late") == ["Late"]
    assert callers("?due=soon") == ["Soon"]
    assert callers("?channel=telephone") == ["Late", "Later"]
    assert callers("?due=soon&channel=telephone") == []
    assert callers("?due=rubbish&channel=pigeon") == ["Late", "Soon", "Later"]
    page = client.get("/?due=late&channel=telephone").content.decode()
    assert 'href="/?channel=telephone"' in page


def test_the_auditors_next_page_keeps_the_record(policy, as_person, db):
    auditor = UserFactory(role=Role.AUDITOR)
    for minute in range(51):
        AccessEntry.objects.create(
            at=NOW + timedelta(minutes=minute), user=auditor, kind="read", records=["EHC-000042"]
        )
    page = as_person(auditor).get("/?record=EHC-000042").content.decode()

    assert re.search(r'href="/\?record=EHC-000042&amp;after=', page)
