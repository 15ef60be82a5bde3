"""The pages on which a case is allocated, people are added to it and a lead professional named."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import AccessEntry, Role, User
from cases.models import Case, Involvement, LeadProfessional, RelatedPerson
from clocks.models import Clock
from notices.models import Notice
from tests.factories import CaseFactory, ContactFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
CASE = "/cases/EHC-000042/"
ALLOCATE, PARTS, LEAD = (
    f"{CASE}{part}/" for part in ("allocate", "involvements", "lead-professional")
)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    made = CaseFactory(reference="EHC-000042", owner=cora, establishment__email="")
    Involvement.objects.create(
        pk=700, case=made, worker=cora, role="owner", team=cora.team, started_on=date(2026, 9, 1)
    )
    return made


@pytest.fixture
def dan(north) -> User:
    return UserFactory.create(full_name="Dan Reed", team=north)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def day(name: str, on: date) -> dict[str, str]:
    boxes = zip(("day", "month", "year"), (on.day, on.month, on.year), strict=True)
    return {f"{name}_{box}": str(value) for box, value in boxes}


def form(to, **changes) -> dict[str, object]:
    given = {"to": to.pk if to else "", "team": "", "reason": "Fewer cases.", "instead_of": "700"}
    return given | day("on", TODAY) | changes


# --- Allocating -----------------------------------------------------------------------------


@pytest.mark.rule("E4")
def test_the_page_shows_what_goes_along_and_that_dates_stay(case, as_person, lena, oscar):
    ContactFactory(case=case, clock__about="Telephone call from a parent or carer, CON-000007")
    ContactFactory(case=case, clock__owner=oscar)

    page = text(as_person(lena).get(ALLOCATE))

    assert "Cora Hill has owned it in North team since Tuesday 1 September 2026." in page
    assert "Their dates stay the same." in page
    assert "CON-000007 : Due Monday 9 November, in 3 working days (Cora Hill)" in page
    assert page.index("These stay with the colleagues") < page.index("(Oscar Pine)")


@pytest.mark.rule("H37")
def test_a_lead_allocates_and_is_told_whom_to_tell(case, as_person, lena, dan):
    contact = ContactFactory(case=case)
    RelatedPerson.objects.create(
        person=case.person,
        name="Ngozi Okafor",
        relation="mother",
        receives_letters=True,
        started_on=TODAY,
    )
    done = as_person(lena).post(ALLOCATE, form(dan), follow=True)

    assert done.redirect_chain == [(CASE, 302)]
    said = text(done)
    assert "EHC-000042 is Dan Reed’s in North team from Wednesday 4 November 2026." in said
    assert "We have no e-mail address for Ngozi Okafor: tell them by letter or call." in said
    case.refresh_from_db()
    assert (case.owner, Clock.objects.get(pk=contact.clock.pk).owner) == (dan, dan)


def test_who_gives_a_case_away_is_led_home(case, as_person, lena, oscar):
    done = as_person(lena).post(ALLOCATE, form(oscar), follow=True)

    assert done.redirect_chain == [("/", 302)]
    case.refresh_from_db()
    assert (case.owner, case.team) == (oscar, oscar.team)


@pytest.mark.rule("E4")
def test_a_team_alone_takes_its_lead(case, as_person, lena):
    south = TeamFactory(name="South team")
    south.lead = UserFactory(role=Role.TEAM_LEAD, team=south)
    south.save()
    as_person(lena).post(ALLOCATE, form(None, team=south.pk))

    case.refresh_from_db()
    assert (case.owner, case.team) == (south.lead, south)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": ""}, "Select who will own the case, or a team"),
        ({"to": "999999"}, "Select somebody who works here and owns cases"),
        ({"reason": ""}, "Give a reason"),
        ({"reason": "x" * 301}, "300 characters or less"),
        ({"on_day": "5"}, "The day must be today or in the past."),
        ({"on_day": "31", "on_month": "8"}, "The day must be Tuesday 1 September 2026 or later"),
        ({"on_day": ""}, "must include a day"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    case, as_person, lena, dan, changes, message
):
    page = as_person(lena).post(ALLOCATE, form(dan) | changes)

    assert message in text(page)
    assert "<title>Error: " in page.content.decode()
    assert changes.get("reason", "Fewer cases.") in page.content.decode()
    assert Involvement.objects.count() == 1


def test_the_second_of_two_people_is_told_and_may_press_again(case, as_person, lena, dan, cora):
    mira = UserFactory(full_name="Mira Stone", role=Role.SENIOR_MANAGER)
    as_person(lena).post(ALLOCATE, form(dan))

    client = as_person(mira)
    told = client.post(ALLOCATE, form(lena, reason="Lena knows the family."))

    assert "Meanwhile EHC-000042 was allocated to Dan Reed in North team." in text(told)
    assert "Lena knows the family." in told.content.decode()
    seen = re.search(r'name="instead_of" value="(\d+)"', told.content.decode())
    assert seen
    client.post(ALLOCATE, form(lena, instead_of=seen[1]))
    assert Case.objects.get().owner == lena


def test_a_second_click_is_harmless(case, as_person, lena, dan):
    client = as_person(lena)
    for _ in range(2):
        assert client.post(ALLOCATE, form(dan)).status_code == 302

    assert Involvement.objects.count() == 2
    assert Notice.objects.filter(recipient=dan).count() == 1


def test_only_who_may_allocate_can_post_it(case, as_person, cora, oscar, dan):
    for person in (cora, oscar, UserFactory(role=Role.TEAM_LEAD), UserFactory(role=Role.AUDITOR)):
        assert as_person(person).post(ALLOCATE, form(dan)).status_code == 404
    assert Case.objects.get().owner == cora


# --- Involvements ---------------------------------------------------------------------------


@pytest.mark.rule("H37")
def test_somebody_is_added_and_ended_on_the_page(case, as_person, cora, dan):
    client = as_person(cora)
    given = {"worker": dan.pk, "role": "placement"} | day("started_on", TODAY)
    added = text(client.post(PARTS, given, follow=True))
    assert "Placement officer in North team from Wednesday 4 November 2026." in added

    part = Involvement.objects.get(worker=dan)
    ended = client.post(f"{PARTS}{part.pk}/end/", day("on", TODAY), follow=True)
    assert ended.redirect_chain == [(PARTS, 302)]
    assert "placement officer in North team, from Wednesday 4 November 2026 until" in text(ended)


def test_the_owners_part_has_no_end_of_its_own(case, as_person, cora):
    client = as_person(cora)

    assert "/involvements/700/end/" not in client.get(PARTS).content.decode()
    assert client.get(f"{PARTS}700/end/").status_code == 404


def test_a_part_that_cannot_be_is_refused_in_words(case, as_person, cora, dan):
    client = as_person(cora)
    wrong = {"worker": dan.pk, "role": "owner"} | day("started_on", TODAY)
    assert "Select a valid choice" in text(client.post(PARTS, wrong))

    backwards = {"worker": dan.pk, "role": "other"} | day("started_on", TODAY)
    said = text(client.post(PARTS, backwards | day("ended_on", date(2026, 11, 3))))
    assert "The end must not be before the start." in said
    assert Involvement.objects.count() == 1


def test_an_auditor_reads_the_list_and_adds_nobody(case, as_person, dan):
    client = as_person(UserFactory(role=Role.AUDITOR))

    assert "Add somebody" not in text(client.get(PARTS))
    assert client.post(PARTS, {"worker": dan.pk, "role": "other"}).status_code == 404


# --- The lead professional ------------------------------------------------------------------


@pytest.mark.rule("H88")
@pytest.mark.rule("H89")
def test_a_lead_professional_is_named_told_of_and_ended(case, as_person, lena, cora, dan):
    client = as_person(lena)
    named = text(
        client.post(f"{LEAD}name/", {"user": dan.pk, "reason": "Many of us write."}, follow=True)
    )
    assert "Dan Reed is the lead professional as soon as everybody below has been told." in named
    assert "To be told by letter or call." in named
    assert "This case has no lead professional." in named

    Notice.objects.filter(mail="waiting").update(mail="sent", sent_at=NOW, next_try_at=None)
    school = LeadProfessional.objects.get().tellings.get(notice_key="")
    told = client.post(f"{LEAD}told/{school.pk}/", follow=True)
    assert "is the lead professional since Wednesday 4 November 2026 at 10am." in text(told)

    lead = LeadProfessional.objects.get()
    ended = client.post(f"{LEAD}{lead.pk}/end/", {"reason": "All is settled."}, follow=True)
    said = text(ended)
    assert f"Tell by letter or call, as before: {case.establishment.name}." in said
    assert "This case has no lead professional." in said
    assert "All is settled." in said


def test_a_wrong_choice_keeps_the_reason(case, as_person, lena, asif):
    page = as_person(lena).post(f"{LEAD}name/", {"user": asif.pk, "reason": "Many of us write."})

    assert "Select somebody who works here and answers contacts" in text(page)
    assert "Many of us write." in page.content.decode()


def test_an_email_that_could_not_be_delivered_is_offered_to_be_told_by_hand(
    case, as_person, lena, dan
):
    client = as_person(lena)
    client.post(f"{LEAD}name/", {"user": dan.pk, "reason": "Many of us write."})
    Notice.objects.filter(recipient=dan).update(mail="failed", next_try_at=None)

    page = client.get(LEAD)
    assert "The e-mail could not be delivered: tell them by letter or call." in text(page)
    telling = LeadProfessional.objects.get().tellings.get(name="Dan Reed")
    assert f'action="{LEAD}told/{telling.pk}/"' in page.content.decode()


def test_a_telling_of_another_case_does_not_exist(case, as_person, lena, dan, cora):
    client = as_person(lena)
    client.post(f"{LEAD}name/", {"user": dan.pk, "reason": "Many of us write."})
    telling = LeadProfessional.objects.get().tellings.first()
    other = CaseFactory(reference="EHC-000043", owner=cora)

    assert telling
    path = f"/cases/{other.reference}/lead-professional/told/{telling.pk}/"
    assert client.post(path).status_code == 404
    assert client.get(f"{LEAD}told/{telling.pk}/").status_code == 405


@pytest.mark.rule("H11")
def test_reading_is_written_down(case, as_person, lena):
    client = as_person(lena)
    for path in (ALLOCATE, PARTS, LEAD, f"{LEAD}name/"):
        client.get(path)

    entries = AccessEntry.objects.order_by("pk").values_list("records", "detail")
    assert list(entries) == [
        (["EHC-000042"], "allocation"),
        (["EHC-000042"], "involvements"),
        (["EHC-000042"], "lead professional"),
        (["EHC-000042"], "lead professional"),
    ]


@pytest.mark.parametrize(("path", "queries"), [(ALLOCATE, 15), (PARTS, 8), (LEAD, 10)])
def test_a_page_takes_the_same_queries_for_one_row_and_for_three(
    case, as_person, lena, cora, dan, django_assert_num_queries, path, queries
):
    client = as_person(lena)
    client.post(f"{LEAD}name/", {"user": dan.pk, "reason": "Many of us write."})
    for _ in range(2):
        ContactFactory(case=case)
        worker = UserFactory()
        Involvement.objects.create(
            case=case, worker=worker, role="other", team=worker.team, started_on=TODAY
        )
        LeadProfessional.objects.create(
            case=case, user=worker, reason="r", named_at=NOW, named_by=worker, ended_at=NOW
        )
        with django_assert_num_queries(queries):
            client.get(path)
