"""How a family and we keep in touch about a complaint (H126)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from escalations.agreement_actions import Terms, agree, tell_of_agreements
from escalations.models import Agreement
from escalations.rhythm import next_contact
from escalations.stage_two_actions import end_complaint
from escalations.tasks import tell_of_agreements as task
from notices.models import Notice
from tests.escalations.complaining import NOW, looked_at, opened, settled, transport
from tests.factories import CaseFactory, UserFactory

Channel, Often = Agreement.Channel, Agreement.Often
# Wednesday 4 November 2026, and a week later.
AGREED = date(2026, 11, 4)
WEEK_LATER = datetime(2026, 11, 11, 8, tzinfo=UTC)


@pytest.fixture
def complaint(policy, cora):
    return opened(CaseFactory(owner=cora), cora)


def terms(person, **changes) -> Terms:
    given = {
        "channel": Channel.TELEPHONE,
        "often": Often.WEEKLY,
        "person": person,
        "agreed_with": "Ngozi Okafor, by telephone",
        "agreed_on": AGREED,
        "review_on": date(2026, 12, 14),
    }
    return Terms(**given | changes)


def made(complaint, person, **changes) -> Agreement:
    return agree(complaint=complaint, terms=terms(person, **changes), by=person, now=NOW)


def refused(act, **given) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    return broken.value


def told(person, part: str = "") -> list[str]:
    found = Notice.objects.filter(recipient=person, key__startswith=f"agreement:{part}")
    return list(found.order_by("pk").values_list("subject", flat=True))


@pytest.mark.rule("H126")
def test_an_agreement_says_how_how_often_who_and_until_when(complaint, cora):
    agreement = made(complaint, cora)

    assert (agreement.channel, agreement.often, agreement.person) == ("telephone", "weekly", cora)
    assert agreement.agreed_with == "Ngozi Okafor, by telephone"
    assert (agreement.next_on, agreement.review_on) == (date(2026, 11, 11), date(2026, 12, 14))
    [mail] = Notice.objects.filter(subject__startswith="How we keep in touch")
    assert "Cora Hill will ring you every week." in mail.body
    assert "The next time is Wednesday 11 November 2026." in mail.body
    assert "with you on Monday 14 December 2026." in mail.body


@pytest.mark.rule("H126")
def test_a_change_is_a_new_agreement_and_the_old_one_is_kept(complaint, cora):
    first = made(complaint, cora)
    new = terms(cora, channel=Channel.EMAIL, often=Often.MONTHLY, agreed_with="Ngozi, e-mail")

    second = agree(complaint=complaint, terms=new, by=cora, now=NOW, instead_of=first.pk)

    first.refresh_from_db()
    assert (first.ended_at, first.next_on) == (NOW, None)
    assert (second.ended_at, second.next_on) == (None, date(2026, 12, 4))
    assert Notice.objects.filter(subject__startswith="How we keep in touch").count() == 2


def test_the_same_twice_is_one_and_the_second_of_two_people_is_told(complaint, cora, lena):
    first = made(complaint, cora)

    assert made(complaint, cora) == first
    broken = refused(
        agree, complaint=complaint, terms=terms(lena), by=lena, now=NOW, instead_of=None
    )

    assert broken.code == "agreed_meanwhile"
    assert "Cora Hill has written down an agreement meanwhile" in broken.message
    assert Agreement.objects.count() == 1


@pytest.mark.rule("H126")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agreed_with": " "}, "with_missing"),
        ({"agreed_on": date(2026, 11, 5)}, "odd_day"),
        ({"review_on": AGREED}, "review_sooner"),
        ({"review_on": date(2027, 6, 1)}, "review_far"),
        ({"review_on": date(2026, 12, 12)}, "review_closed"),
        ({"review_on": date(2026, 12, 25)}, "review_closed"),
    ],
)
def test_an_agreement_names_with_whom_and_when_it_is_looked_at_again(
    complaint, cora, changes, code
):
    given = {"complaint": complaint, "terms": terms(cora, **changes), "by": cora, "now": NOW}

    assert refused(agree, **given).code == code
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("role", [Role.CSC_ADVISER, Role.AUDITOR])
def test_neither_advisers_nor_auditors_keep_agreements(complaint, cora, role):
    other = UserFactory(role=role)
    given = {"complaint": complaint, "now": NOW}

    assert refused(agree, terms=terms(cora), by=other, **given).code == "may_not_answer"
    assert refused(agree, terms=terms(other), by=cora, **given).code == "may_not_own"


def test_nothing_is_agreed_about_a_complaint_that_is_over(complaint, cora):
    agreement = made(complaint, cora)
    taken_back = {"reason": "Settled.", "themes": [transport()], "by": cora, "now": NOW}
    end_complaint(complaint=complaint, **taken_back)

    agreement.refresh_from_db()
    assert agreement.ended_at == NOW
    given = {"complaint": complaint, "terms": terms(cora), "by": cora, "now": NOW}
    assert refused(agree, **given).code == "over"


# --- The rhythm -----------------------------------------------------------------------------


@pytest.mark.rule("H126")
@pytest.mark.parametrize(
    ("often", "after", "expected"),
    [
        (Often.WEEKLY, date(2026, 11, 4), date(2026, 11, 11)),
        (Often.WEEKLY, date(2026, 11, 11), date(2026, 11, 18)),
        (Often.WEEKLY, date(2026, 11, 20), date(2026, 11, 25)),
        (Often.FORTNIGHTLY, date(2026, 11, 4), date(2026, 11, 18)),
        (Often.MONTHLY, date(2026, 11, 4), date(2026, 12, 4)),
        # Monday 4 January: it would have been a Monday anyway.
        (Often.MONTHLY, date(2026, 12, 4), date(2027, 1, 4)),
        (Often.WHEN_NEWS, date(2026, 11, 4), None),
    ],
)
def test_the_next_day_follows_the_rhythm_from_the_day_of_the_agreement(
    calendar, often, after, expected
):
    assert next_contact(AGREED, often, after, calendar) == expected


def test_a_closed_day_is_put_off_and_the_weekday_stays(calendar):
    friday = date(2026, 12, 11)

    # Christmas Day is a Friday; the next working day is Tuesday 29 December.
    assert next_contact(friday, Often.WEEKLY, date(2026, 12, 18), calendar) == date(2026, 12, 29)
    # New Year's Day is a Friday too, and the Monday after it is open.
    assert next_contact(friday, Often.WEEKLY, date(2026, 12, 29), calendar) == date(2027, 1, 4)
    assert next_contact(friday, Often.WEEKLY, date(2027, 1, 4), calendar) == date(2027, 1, 8)


def test_a_month_that_is_shorter_ends_sooner_and_the_day_comes_back(calendar):
    thirty_first = date(2026, 8, 31)

    assert next_contact(thirty_first, Often.MONTHLY, date(2026, 8, 31), calendar) == date(
        2026, 9, 30
    )
    # 31 October is a Saturday.
    assert next_contact(thirty_first, Often.MONTHLY, date(2026, 9, 30), calendar) == date(
        2026, 11, 2
    )


def test_without_a_calendar_the_day_is_the_day():
    assert next_contact(AGREED, Often.WEEKLY, AGREED, None) == date(2026, 11, 11)
    assert next_contact(date(2026, 11, 7), Often.WEEKLY, AGREED, None) == date(2026, 11, 14)


# --- Every hour -----------------------------------------------------------------------------


@pytest.mark.rule("H126")
def test_on_the_day_the_person_is_told_once_and_the_next_day_is_set(complaint, cora):
    agreement = made(complaint, cora)

    assert tell_of_agreements(now=WEEK_LATER - timedelta(days=1)) == 0
    assert tell_of_agreements(now=WEEK_LATER) == 1
    assert tell_of_agreements(now=WEEK_LATER + timedelta(hours=1)) == 0

    reference = complaint.matter.contact.reference
    assert told(cora) == [f"Ring the family today as agreed: {reference}"]
    agreement.refresh_from_db()
    assert agreement.next_on == date(2026, 11, 18)


def test_days_that_were_missed_are_caught_up_once(complaint, cora):
    agreement = made(complaint, cora)

    tell_of_agreements(now=datetime(2026, 11, 26, 9, tzinfo=UTC))

    assert len(told(cora)) == 1
    agreement.refresh_from_db()
    assert agreement.next_on == date(2026, 12, 2)


def test_leave_means_cover(complaint, cora, lena):
    made(complaint, cora)
    Absence.objects.create(
        person=cora, cover=lena, first_day=date(2026, 11, 9), last_day=date(2026, 11, 13)
    )

    tell_of_agreements(now=WEEK_LATER)

    assert (len(told(cora)), len(told(lena))) == (1, 1)


@pytest.mark.rule("H126")
def test_what_was_agreed_reaches_somebody_when_the_person_has_left(complaint, cora, lena, north):
    """Whoever has the complaint; when they have left as well, those up the line."""
    looked_at(complaint, lena, cora)
    made(complaint, cora)
    User.objects.filter(pk=cora.pk).update(is_active=False)

    tell_of_agreements(now=WEEK_LATER)

    assert (len(told(cora)), len(told(lena))) == (0, 1)
    User.objects.filter(pk=lena.pk).update(is_active=False)
    other = UserFactory(role=Role.TEAM_LEAD, team=north)
    tell_of_agreements(now=WEEK_LATER + timedelta(days=7))
    assert (len(told(cora)), len(told(lena)), len(told(other))) == (0, 1, 1)


@pytest.mark.rule("H126")
def test_on_the_review_date_the_person_and_the_lead_are_told_once(complaint, cora, lena):
    made(complaint, cora, often=Often.WHEN_NEWS, review_on=date(2026, 11, 12))
    at = datetime(2026, 11, 12, 9, tzinfo=UTC)

    for hours in (0, 1, 30):
        tell_of_agreements(now=at + timedelta(hours=hours))

    reference = complaint.matter.contact.reference
    expected = [f"Look again at how we keep in touch: {reference}"]
    assert (told(cora), told(lena)) == (expected, expected)


def test_between_the_stages_nothing_is_due(complaint, cora):
    agreement = made(complaint, cora)
    settled(complaint, cora, now=datetime(2026, 11, 10, 9, tzinfo=UTC))

    tell_of_agreements(now=WEEK_LATER)

    assert told(cora) == []
    agreement.refresh_from_db()
    assert agreement.ended_at is None


def test_the_task_does_it(complaint, cora):
    agreement = made(looked_at(complaint, cora, cora), cora)
    Agreement.objects.filter(pk=agreement.pk).update(next_on=date(2026, 11, 5))

    assert task() >= 1
    assert len(told(cora)) >= 1
