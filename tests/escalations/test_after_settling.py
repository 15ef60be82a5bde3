"""What the sender writes by e-mail after their concern was settled (H102, H67)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Absence, Role
from cases.models import Contact
from escalations.after_settling_actions import take_as_not_settled
from escalations.models import EscalationStep
from escalations.step_actions import close
from notices.actions import message_id
from notices.models import Notice
from tests.escalations.senders import LATE, family, sent, service
from tests.factories import TeamFactory, UserFactory
from tests.mailroom.writing import NGOZI, bring, written

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]

DAY = timedelta(days=1)
NO = "No, it is not. The taxi still does not come."


@pytest.fixture
def step(policy, cora, north, lena) -> EscalationStep:
    """A concern that the lead had, and settled."""
    cache.clear()
    service(north)
    family(cora, north)
    sent()
    escalation = sent(LATE, answered="no").escalation
    assert escalation
    close(escalation=escalation, outcome="It came.", by=lena, now=LATE)
    return escalation.steps.get()


def settled_mail() -> Notice:
    return Notice.objects.get(subject__startswith="Your concern is settled")


def came(subject: str, *, sender: str = NGOZI, at=LATE + DAY, **headers: str) -> Contact:
    raw = written(NO, subject=subject, sender=sender, **headers)
    bring(raw, at=at, envelope_from=sender)
    return Contact.objects.latest("pk")


def answered() -> Contact:
    """Ngozi answers "If you do not agree, please tell us"."""
    mail = settled_mail()
    headers = {"In_Reply_To": message_id(mail.key), "Message_ID": "<no@example.org>"}
    return came("Re: Your concern is settled", **headers)


def told(contact: Contact) -> Notice:
    return Notice.objects.get(key=f"contact:{contact.pk}:concern:after")


@pytest.mark.parametrize("quoted", [True, False])
def test_an_e_mail_about_a_settled_concern_is_put_with_it_and_its_handler_hears(step, lena, quoted):
    concern = step.escalation
    contact = came(f"My concern {concern.reference}") if quoted else answered()

    assert (contact.original, contact.link) == (concern.matter, "further")
    assert contact.clock_id is None
    concern.refresh_from_db()
    assert not concern.is_open
    notice = Notice.objects.get(recipient=lena, subject__startswith="Written after")
    assert notice.subject == f"Written after it was settled: {concern.reference}"
    assert notice.mail == Notice.Mail.WAITING
    assert contact.reference in notice.body
    assert "Amara" not in notice.body + notice.subject


def test_the_automatic_answer_says_where_it_is_and_who_reads_it(step):
    mail = told(answered())

    assert mail.subject == f"We have your message about {step.escalation.reference}"
    assert (
        f"We have put it with your concern {step.escalation.reference}. Lena Marsh reads it."
        in mail.body
    )
    assert "say “not resolved” with your link" in mail.body
    assert "no need to write" not in mail.body
    assert not Notice.objects.filter(subject__startswith="We have your message: ").filter(
        created_at__gte=LATE + DAY
    )


def test_whoever_stands_in_hears_while_the_handler_is_away(step, lena, north):
    cover = UserFactory.create(role=lena.role, team=north, full_name="Bela Stand")
    away = (LATE + DAY).date()
    Absence.objects.create(person=lena, cover=cover, first_day=away, last_day=away)

    contact = answered()

    assert Notice.objects.get(subject__startswith="Written after").recipient == cover
    assert "Bela Stand reads it." in told(contact).body


def test_a_stranger_who_quotes_it_starts_a_matter_of_their_own(step):
    contact = came(step.escalation.reference, sender="s@example.org")

    assert (contact.original, contact.clock_id is None) == (None, False)
    assert not Notice.objects.filter(subject__startswith="Written after").exists()


def test_a_machine_decides_nothing_and_one_click_opens_it_again(step, as_person, lena, cora):
    contact = answered()
    client = as_person(lena)
    with time_machine.travel(LATE + 2 * DAY, tick=False):
        page = client.get(f"/contacts/{contact.reference}/").content.decode()
        assert "They say it is not resolved: open it again" in page
        for _ in range(2):
            client.post(f"/contacts/{contact.reference}/not-settled/")
        after = client.get(f"/contacts/{contact.reference}/").content.decode()

    concern = step.escalation
    concern.refresh_from_db()
    assert concern.is_open
    assert [one.number for one in concern.steps.all()] == [2, 3]
    assert concern.steps.get(number=3).handler.full_name == "Maya Stone"
    assert "open it again" not in after
    assert Notice.objects.filter(address=NGOZI).latest("pk").body.count("Maya Stone") >= 1


def test_taken_twice_it_goes_on_once(step, lena):
    contact = answered()
    first = take_as_not_settled(said=contact, by=lena, now=LATE + 2 * DAY)
    again = take_as_not_settled(said=contact, by=lena, now=LATE + 3 * DAY)

    assert again.step == first.step
    assert Contact.objects.filter(message__startswith="It is not settled").count() == 1


def test_only_who_answers_and_sees_it_opens_it_again(step, as_person):
    contact = answered()
    address = f"/contacts/{contact.reference}/not-settled/"
    strangers = [
        UserFactory.create(role=Role.AUDITOR, team=None),
        UserFactory.create(role=Role.CSC_ADVISER, team=None),
        UserFactory.create(role=Role.COORDINATOR, team=TeamFactory.create()),
    ]
    with time_machine.travel(LATE + DAY, tick=False):
        assert [as_person(one).post(address).status_code for one in strangers] == [404] * 3
        assert as_person(strangers[0]).get(address).status_code in (404, 405)

    step.escalation.refresh_from_db()
    assert not step.escalation.is_open


@pytest.mark.rule("H32")
def test_the_call_desk_does_not_tell_the_caller_to_wait_for_it(step, as_person, cora):
    contact = answered()
    assert contact.case
    adviser = UserFactory.create(role=Role.CSC_ADVISER, team=None)
    with time_machine.travel(LATE + DAY, tick=False):
        page = as_person(adviser).get(f"/desk/{contact.case.reference}/").content.decode()
    assert "Please wait until then" not in page
    assert "We have your e-mail" not in page
