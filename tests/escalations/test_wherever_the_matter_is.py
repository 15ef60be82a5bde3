"""A concern stays with its matter: put off, filed, passed on, struck through, or chased."""

from datetime import timedelta

import pytest

from accounts.errors import RuleBroken
from accounts.models import User
from cases.decision_actions import strike_through
from cases.matter_actions import file_contact, pass_on
from cases.models import Contact, NamedStaff
from escalations.chaser_actions import tell_of_chasers
from escalations.filing_actions import follow_filing
from escalations.models import EscalationStep
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.escalations.going_further import steps
from tests.escalations.senders import LATE, NOW, family, sent, service, told
from tests.factories import CaseFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


@pytest.fixture
def maya(case) -> User:
    return User.objects.get(full_name="Maya Stone")


# --- Wherever the matter has got to -----------------------------------------------------------


def test_a_matter_that_was_passed_on_goes_to_the_same_team_lead(case, cora, lena):
    dan = UserFactory(full_name="Dan Reed", team=cora.team)
    first = sent().contact
    pass_on(contact=first, to=dan, reason="Leave", by=cora, now=NOW + DAY)
    sent(LATE, answered="no")
    assert steps() == [(2, "no_answer", "Lena Marsh")]
    heard = Notice.objects.filter(subject__startswith="Taken further").values_list(
        "recipient__full_name", flat=True
    )
    assert list(heard) == ["Dan Reed"]


def test_a_matter_that_was_passed_to_the_lead_goes_to_the_one_above(case, cora, lena):
    first = sent().contact
    pass_on(contact=first, to=lena, reason="Leave", by=cora, now=NOW + DAY)
    taken = sent(LATE, answered="no")
    assert steps() == [(2, "no_answer", "Maya Stone")]
    body = told(taken.contact, "step").body
    assert "Maya Stone is a senior manager of the SEND service." in body


def test_who_handles_a_restricted_case_may_see_it(case, lena):
    first = sent().contact
    case.restricted, case.restricted_reason = True, "Threats"
    case.save()
    sent(LATE, answered="no")
    assert NamedStaff.objects.filter(case=case, user=lena).exists()
    assert Contact.objects.visible_to(lena).filter(pk=first.pk).exists()


def test_of_a_merged_record_it_is_the_kept_ones(case, cora, north):
    other = CaseFactory(person=PersonFactory(), owner=cora, team=UserFactory().team)
    person = case.person.related_people.get(name="Ngozi Okafor")
    log(other, email(received_at=NOW, sender_person=person))
    other.merged_into = case
    other.save()
    taken = sent(LATE, answered="no")
    assert taken.escalation.case == case
    assert steps() == [(2, "no_answer", "Lena Marsh")]


@pytest.mark.rule("H67")
def test_unfiled_it_goes_on_all_the_same_and_follows_when_it_is_filed(case, cora, lena, maya):
    first = sent(child_name="Ammara Okafour").contact
    assert first.case is None
    taken = sent(LATE, child_name="Ammara Okafour", answered="no")
    # The lead of the tray was asked already: it is the one above.
    assert steps() == [(2, "no_answer", "Maya Stone")]
    case.restricted, case.restricted_reason = True, "Threats"
    case.save()

    file_contact(contact=first, case=case, by=lena, now=LATE)
    assert not EscalationStep.objects.unrestricted_for(lena).exists()
    assert (follow_filing(now=LATE), follow_filing(now=LATE)) == (1, 0)

    taken.escalation.refresh_from_db()
    assert taken.escalation.case == case
    assert NamedStaff.objects.filter(case=case, user=maya).exists()


def test_a_mistake_that_was_struck_through_is_not_gone_on_with(case, cora):
    first = sent().contact
    strike_through(contact=first, reason="Twice", by=cora, now=NOW + DAY)
    again = sent(LATE, answered="no")
    assert (again.contact.original, steps()) == (None, [])


def test_what_was_taken_further_is_not_struck_through(case, cora):
    first = sent().contact
    sent(LATE, answered="no")
    with pytest.raises(RuleBroken) as broken:
        strike_through(contact=first, reason="Twice", by=cora, now=LATE)
    assert broken.value.code == "chased"


# --- By other ways ----------------------------------------------------------------------------


@pytest.mark.rule("H49")
def test_an_e_mail_about_a_step_reaches_its_handler_once(case, lena, cora):
    person = case.person.related_people.get(name="Ngozi Okafor")
    first = sent().contact
    sent(LATE, answered="no")
    assert tell_of_chasers(now=LATE) == 0
    came = LATE + timedelta(hours=1)
    chaser = log(case, email(received_at=came, sender_person=person), chases=first)

    assert [tell_of_chasers(now=came + n * DAY) for n in range(3)] == [1, 0, 0]

    more = Notice.objects.get(recipient=lena, subject__startswith="More from the sender")
    assert chaser.reference in more.body


@pytest.mark.parametrize("number", range(1, 4))
def test_looking_for_what_came_costs_the_same_however_many_steps_there_are(
    case, number, django_assert_num_queries
):
    for day in range(number):
        asked_at = NOW + day * DAY
        sent(asked_at, words=f"{day}")
        sent(LATE + 3 * DAY, answered="no", words=f"Now {day}?", last_on=asked_at.date())
    assert EscalationStep.objects.count() == number
    with django_assert_num_queries(3):
        assert tell_of_chasers(now=LATE + 7 * DAY) == 0


@pytest.mark.parametrize("number", range(1, 4))
def test_once_all_are_told_it_costs_the_same_however_many_came(
    case, number, django_assert_num_queries
):
    person = case.person.related_people.get(name="Ngozi Okafor")
    came = LATE + 4 * DAY
    for day in range(number):
        asked_at = NOW + day * DAY
        first = sent(asked_at, words=f"{day}").contact
        sent(LATE + 3 * DAY, answered="no", words=f"Now {day}?", last_on=asked_at.date())
        log(case, email(received_at=came, sender_person=person), chases=first)
    assert tell_of_chasers(now=came) == number
    with django_assert_num_queries(3):
        assert tell_of_chasers(now=came) == 0


@pytest.mark.parametrize(
    ("phone", "kept"), [("07700 900123", "07700 900123"), ("07700 900999", ""), ("", "")]
)
def test_a_number_that_is_not_on_the_record_is_no_way_to_reach_somebody_who_is(case, phone, kept):
    contact = sent(phone=phone).contact
    assert contact.sender_phone == kept
    assert ("not on the record: 07700 900999" in contact.message) is (phone == "07700 900999")


def test_of_somebody_unknown_the_number_is_kept_as_it_is(case):
    contact = sent(email="sam@example.net", name="Sam Lee", phone="07700 900999").contact
    assert contact.sender_phone == "07700 900999"
