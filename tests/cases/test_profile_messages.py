"""Who is asked to confirm their contact number, and how often."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import profile_actions
from accounts.models import User
from cases.profile_messages import ask_to_confirm
from cases.tasks import ask_for_numbers
from notices.models import Notice
from tests.factories import UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)


@pytest.fixture(autouse=True)
def _of_everybody_else(lena, oscar):
    """Only Cora's number waits, unless a test says otherwise."""
    User.objects.filter(pk__in=[lena.pk, oscar.pk]).update(phone_confirmed_on=date(2027, 5, 1))


def confirmed(person, on) -> None:
    User.objects.filter(pk=person.pk).update(phone_confirmed_on=on)


@pytest.mark.rule("H34")
def test_a_lapsed_number_is_asked_for_once(cora):
    confirmed(cora, date(2026, 5, 3))

    times = [NOW, NOW + timedelta(hours=1), NOW + timedelta(days=60)]
    assert [ask_to_confirm(now=now) for now in times] == [1, 0, 0]

    notice = Notice.objects.get(recipient=cora)
    assert "You have not confirmed your contact number 01632 960200 within 6 months." in notice.body
    assert (notice.path, notice.mail) == ("/people/me/", Notice.Mail.DIGEST)


@pytest.mark.rule("H34")
def test_each_lapse_is_asked_for_anew(cora):
    confirmed(cora, date(2026, 5, 3))
    ask_to_confirm(now=NOW)
    profile_actions.confirm_number(shown="01632 960200", by=cora, now=NOW)

    assert ask_to_confirm(now=NOW) == 0
    assert ask_to_confirm(now=datetime(2027, 5, 5, 10, tzinfo=UTC)) == 1


@pytest.mark.rule("H34")
def test_who_has_no_number_is_asked_every_month(cora):
    User.objects.filter(pk=cora.pk).update(phone="", phone_confirmed_on=TODAY)

    times = [NOW, datetime(2026, 11, 30, 10, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)]
    assert [ask_to_confirm(now=now) for now in times] == [1, 0, 1]
    assert "No contact number is recorded for you." in Notice.objects.first().body


def test_nobody_else_is_asked(cora, asif, oscar):
    confirmed(cora, TODAY)
    User.objects.filter(pk=oscar.pk).update(is_active=False, phone_confirmed_on=None)

    assert ask_to_confirm(now=NOW) == 0


@pytest.mark.parametrize("number", [1, 3])
def test_asking_again_only_reads(db, django_assert_num_queries, number):
    for _ in range(number):
        UserFactory()
    assert ask_for_numbers() == number

    with django_assert_num_queries(4):
        assert ask_for_numbers() == 0
