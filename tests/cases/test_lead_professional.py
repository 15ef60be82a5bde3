"""The lead professional: in force once everybody has been told, and never an orphaned message."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from cases.lead_actions import end_lead, name_lead, put_in_force, tick_told
from cases.models import Involvement, LeadProfessional, LeadTelling, NamedStaff, RelatedPerson
from cases.routing import lead_professional_of
from cases.tasks import put_leads_in_force
from notices.models import Notice
from tests.factories import CaseFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
LATER = datetime(2026, 11, 4, 10, 1, tzinfo=UTC)
SINCE = date(2026, 9, 1)


@pytest.fixture
def case(db, cora):
    return CaseFactory(reference="EHC-000042", owner=cora, establishment__email="")


@pytest.fixture
def dan(north) -> User:
    return UserFactory.create(full_name="Dan Reed", team=north, phone="01632 960201")


def mother(case, **changes) -> RelatedPerson:
    given: dict[str, Any] = {
        "name": "Ngozi Okafor",
        "relation": "mother",
        "email": "ngozi@example.org",
        "receives_letters": True,
        "started_on": SINCE,
    }
    return RelatedPerson.objects.create(person=case.person, **given | changes)


def name(case, user, by, **changes) -> LeadProfessional:
    given: dict[str, Any] = {"reason": "Many of us write to the family.", "now": NOW}
    return name_lead(case=case, user=user, by=by, **given | changes)


def sent(at: datetime = LATER) -> None:
    """Every e-mail leaves at ``at``."""
    Notice.objects.filter(mail="waiting").update(mail="sent", sent_at=at, next_try_at=None)


def tick_all(by, now=LATER) -> None:
    for telling in LeadTelling.objects.filter(told_at=None):
        tick_told(telling=telling, by=by, now=now)


def in_force(case, user, by) -> LeadProfessional:
    lead = name(case, user, by)
    sent()
    tick_all(by)
    put_in_force(now=LATER)
    lead.refresh_from_db()
    assert lead.in_force_at
    return lead


# --- Telling --------------------------------------------------------------------------------


@pytest.mark.rule("H88")
@pytest.mark.rule("H89")
def test_family_establishment_and_staff_involved_have_to_be_told(case, cora, dan, lena, oscar):
    mother(case)
    mother(case, name="Uma Cole", email="", relation="carer")
    mother(case, name="Ada Barr", receives_letters=False)
    Involvement.objects.create(
        case=case, worker=oscar, role="placement", team=oscar.team, started_on=SINCE
    )
    lead = name(case, dan, lena)

    told = [(one.name, bool(one.notice_key)) for one in lead.tellings.all()]
    assert told == [
        ("Ngozi Okafor", True),
        ("Uma Cole", False),
        (case.establishment.name, False),
        ("Dan Reed", True),
        ("Cora Hill", True),
        ("Oscar Pine", True),
    ]
    assert set(Notice.objects.values_list("key", flat=True)) == {
        one.notice_key for one in lead.tellings.exclude(notice_key="")
    }


@pytest.mark.rule("H53")
@pytest.mark.rule("H89")
def test_families_read_a_name_and_a_number_and_no_details(case, dan, lena):
    mother(case)
    name(case, dan, lena)

    notice = Notice.objects.get(recipient=None)
    assert notice.address == "ngozi@example.org"
    assert "one person to talk to about EHC-000042. This is Dan Reed." in notice.body
    assert "01632 960201" in notice.body
    assert "Amara" not in notice.subject + notice.body


@pytest.mark.rule("H89")
def test_it_is_in_force_only_when_the_last_one_has_been_told(case, dan, lena):
    mother(case)
    lead = name(case, dan, lena)
    by_hand = lead.tellings.get(notice_key="")

    tick_told(telling=by_hand, by=lena, now=NOW)
    assert put_in_force(now=NOW) == 0
    assert lead_professional_of(case) is None
    sent()
    assert put_in_force(now=LATER) == 1

    lead.refresh_from_db()
    assert (lead_professional_of(case), lead.in_force_at) == (dan, LATER)
    assert set(lead.tellings.values_list("told_at", flat=True)) == {NOW, LATER}
    assert put_in_force(now=LATER) == 0


@pytest.mark.rule("H89")
def test_the_last_tick_by_hand_puts_it_in_force_at_once(case, dan, lena):
    lead = name(case, dan, lena)
    sent()
    tick_all(lena)

    lead.refresh_from_db()
    assert (lead.in_force_at, lead_professional_of(case)) == (LATER, dan)


def test_an_email_that_was_given_up_is_told_by_hand(case, dan, lena):
    mother(case)
    lead = name(case, dan, lena)
    sent()
    Notice.objects.filter(recipient=None).update(mail="failed", sent_at=None)
    assert put_in_force(now=LATER) == 0

    tick_all(lena)
    assert lead_professional_of(case) == dan
    assert lead.tellings.get(name="Ngozi Okafor").told_by == lena


@pytest.mark.rule("H89")
def test_every_minute_a_task_looks_whether_the_mails_have_left(case, dan, lena):
    case.establishment = None
    case.save()
    name(case, dan, lena)
    assert put_leads_in_force() == 0
    sent()

    assert put_leads_in_force() == 1
    assert lead_professional_of(case) == dan


def test_with_nobody_to_tell_it_is_in_force_at_once(north, lena):
    case = CaseFactory(owner=None, team=north, establishment=None)

    assert name(case, lena, lena).in_force_at == NOW


# --- At most one ----------------------------------------------------------------------------


@pytest.mark.rule("H88")
def test_the_next_one_ends_the_one_before_in_the_same_moment(case, cora, dan, lena):
    first = in_force(case, dan, lena)
    second = name(case, cora, lena, now=LATER)
    assert lead_professional_of(case) == dan
    sent(LATER)
    tick_all(lena, now=LATER + timedelta(minutes=2))

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.ended_at == second.in_force_at
    assert first.ended_reason == "Followed by Cora Hill"
    assert lead_professional_of(case) == cora


@pytest.mark.rule("H88")
@pytest.mark.parametrize("in_force_at", [None, NOW])
def test_the_database_refuses_a_second_current_one(case, cora, dan, in_force_at):
    row = {"case": case, "reason": "r", "named_at": NOW, "named_by": cora}
    LeadProfessional.objects.create(user=dan, in_force_at=in_force_at, **row)

    with pytest.raises(IntegrityError), transaction.atomic():
        LeadProfessional.objects.create(user=cora, in_force_at=in_force_at, **row)


@pytest.mark.django_db(transaction=True)
def test_two_who_see_it_ready_at_once_put_it_in_force_once(cora, dan, lena):
    case = CaseFactory(owner=cora, establishment=None)
    name(case, dan, lena)
    sent()
    together = threading.Barrier(3)
    done: list[int] = []

    def look() -> None:
        together.wait(timeout=10)
        try:
            done.append(put_in_force(now=LATER))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [0, 0, 1]
    assert lead_professional_of(case) == dan


# --- Ending ---------------------------------------------------------------------------------


@pytest.mark.rule("H91")
def test_ended_with_a_reason_and_the_same_people_are_told(case, dan, lena):
    mother(case)
    lead = in_force(case, dan, lena)
    Notice.objects.filter(mail="sent").update(read_at=NOW)

    end_lead(lead=lead, reason="No longer needed.", by=lena, now=LATER)

    lead.refresh_from_db()
    assert (lead.ended_at, lead.ended_reason) == (LATER, "No longer needed.")
    assert lead_professional_of(case) is None
    ended = Notice.objects.filter(key__endswith=":ended").order_by("pk")
    assert [notice.address for notice in ended] == [
        "ngozi@example.org",
        dan.email,
        case.owner.email,
    ]
    assert "Please talk to the North team" in ended[0].body
    assert "You can ring the North team on 01632 960100." in ended[0].body
    assert ended[1].body == "Dan Reed is no longer lead professional of EHC-000042."


def test_a_proposal_is_withdrawn_and_never_comes_into_force(case, cora, dan, lena):
    lead = name(case, dan, lena)
    end_lead(lead=lead, reason="Somebody else is better placed.", by=lena, now=NOW)
    sent()

    assert put_in_force(now=LATER) == 0
    with pytest.raises(RuleBroken) as broken:
        tick_all(lena)
    assert broken.value.code == "ended"
    words = Notice.objects.get(recipient=dan, key__endswith=":ended").body
    assert words == "Dan Reed will not be lead professional of EHC-000042."
    assert name(case, cora, lena).pk != lead.pk


def test_the_second_who_ends_it_is_told(case, dan, lena):
    lead = name(case, dan, lena)
    end_lead(lead=lead, reason="One.", by=lena, now=NOW)
    end_lead(lead=lead, reason="One.", by=lena, now=LATER)

    with pytest.raises(RuleBroken, match="ended on Wednesday 4 November 2026 at 10am already"):
        end_lead(lead=lead, reason="Two.", by=lena, now=LATER)


@pytest.mark.rule("H91")
def test_a_lead_who_has_left_answers_nothing_and_is_listed(case, dan, lena):
    in_force(case, dan, lena)
    User.objects.filter(pk=dan.pk).update(is_active=False)

    assert lead_professional_of(case) is None
    assert [one.user for one in LeadProfessional.objects.not_there(date(2026, 11, 4))] == [dan]


@pytest.mark.rule("H91")
def test_a_lead_who_is_away_is_listed_for_those_days_only(case, dan, lena):
    in_force(case, dan, lena)
    Absence.objects.create(
        person=dan, first_day=date(2026, 11, 4), last_day=date(2026, 11, 6), cover=lena
    )

    listed = [LeadProfessional.objects.not_there(date(2026, 11, day)).count() for day in (3, 4, 7)]
    assert listed == [0, 1, 0]


def test_a_proposed_lead_who_leaves_before_all_are_told_does_not_come_into_force(case, dan, lena):
    lead = name(case, dan, lena)
    User.objects.filter(pk=dan.pk).update(is_active=False)
    sent()
    tick_all(lena)

    assert put_in_force(now=LATER) == 0
    lead.refresh_from_db()
    assert lead.in_force_at is None


# --- What is refused ------------------------------------------------------------------------


@pytest.mark.rule("H88")
@pytest.mark.parametrize("role", Role)
def test_leads_of_the_team_and_senior_managers_decide(case, dan, north, role):
    by = UserFactory(role=role, team=north)
    if role in {Role.TEAM_LEAD, Role.SENIOR_MANAGER}:
        assert name(case, dan, by).named_by == by
    else:
        with pytest.raises(RuleBroken) as broken:
            name(case, dan, by)
        assert broken.value.code == "may_not_name"


@pytest.mark.parametrize(
    ("changes", "code"), [({"reason": " "}, "reason_missing"), ({"user": "asif"}, "may_not_lead")]
)
def test_a_reason_and_somebody_who_answers_are_needed(case, dan, lena, asif, changes, code):
    user = asif if "user" in changes else dan
    with pytest.raises(RuleBroken) as broken:
        name(case, user, lena, reason=changes.get("reason", "Why."))

    assert broken.value.code == code


def test_of_a_restricted_case_the_lead_must_be_able_to_see_it(case, dan, lena):
    type(case).objects.update(restricted=True, restricted_reason="Somebody known to us.")
    with pytest.raises(RuleBroken) as broken:
        name(case, dan, lena)
    assert broken.value.code == "may_not_see"

    NamedStaff.objects.create(case=case, user=dan)
    assert name(case, dan, lena).user == dan


def test_named_twice_is_named_once_and_another_has_to_wait(case, cora, dan, lena):
    first = name(case, dan, lena)
    assert name(case, dan, lena) == first

    with pytest.raises(RuleBroken, match="Dan Reed was proposed on"):
        name(case, cora, lena)
    assert LeadProfessional.objects.count() == 1


def test_who_is_lead_already_is_not_named_again(case, dan, lena):
    in_force(case, dan, lena)

    with pytest.raises(RuleBroken, match="is the lead professional already"):
        name(case, dan, lena)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CSC_ADVISER, Role.RESOLUTION_OFFICER])
def test_who_keeps_no_case_ticks_nobody_off(case, dan, lena, role):
    lead = name(case, dan, lena)
    with pytest.raises(RuleBroken) as broken:
        tick_told(telling=lead.tellings.all()[0], by=UserFactory(role=role), now=NOW)

    assert broken.value.code == "may_not_tick"


def test_a_second_tick_keeps_the_first(case, cora, dan, lena):
    telling = name(case, dan, lena).tellings.get(notice_key="")
    tick_told(telling=telling, by=cora, now=NOW)
    tick_told(telling=telling, by=lena, now=LATER)

    telling.refresh_from_db()
    assert (telling.told_by, telling.told_at) == (cora, NOW)


def test_looking_for_what_is_ready_asks_once_however_many_wait(
    cora, dan, lena, django_assert_num_queries
):
    for _ in range(3):
        name(CaseFactory(owner=cora), dan, lena)
    with django_assert_num_queries(1):
        assert put_in_force(now=NOW) == 0
