"""What the sender writes by e-mail after their concern was settled (H102, H67)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Absence, Role
from cases.contact_messages import promised_day
from cases.decision_actions import close_without_answer
from cases.models import Contact
from clocks.enforcement import tick
from escalations.after_settling_actions import take_as_not_settled
from escalations.models import EscalationStep, WrittenAfter
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
def test_an_e_mail_about_a_settled_concern_has_a_date_and_its_handler_hears(step, lena, quoted):
    concern = step.escalation
    contact = came(f"My concern {concern.reference}") if quoted else answered()

    assert (contact.written_after.matter, contact.original) == (concern.matter, None)
    assert (contact.promise.owner, contact.promise.state) == (lena, "running")
    assert contact.promise.standard.code == "contact.email"
    concern.refresh_from_db()
    assert not concern.is_open
    notice = Notice.objects.get(recipient=lena, subject__startswith="Written after")
    assert notice.subject == f"Written after it was settled: {concern.reference}"
    assert notice.mail == Notice.Mail.WAITING
    assert contact.reference in notice.body
    assert f"Else it is answered by {promised_day(contact.promise)}" in notice.body
    assert Notice.objects.filter(recipient=lena, path__contains=contact.reference).count() == 0
    assert "Amara" not in notice.body + notice.subject


def test_the_automatic_answer_says_where_it_is_and_who_reads_it(step):
    contact = answered()
    mail = told(contact)

    assert mail.subject == f"We have your message about {step.escalation.reference}"
    assert (
        f"We have put it with your concern {step.escalation.reference}. Lena Marsh reads it, and "
        f"answers you by {promised_day(contact.promise)}." in mail.body
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
    assert "Bela Stand reads it, and answers" in told(contact).body
    assert contact.promise.owner == cover


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
    contact.promise.refresh_from_db()
    ended = contact.promise.events.latest("pk")
    assert (contact.promise.state, ended.by) == ("cancelled", lena)
    assert ended.reason == f"Taken as not settled: {concern.reference} is open again"


def test_a_word_of_thanks_is_closed_as_any_other(step, lena, as_person):
    contact = answered()
    close_without_answer(contact=contact, reason="Thanks", by=lena, now=LATE + 2 * DAY)

    step.escalation.refresh_from_db()
    contact.promise.refresh_from_db()
    assert not step.escalation.is_open
    assert contact.promise.state == "cancelled"


def test_what_nobody_reads_in_time_is_late_and_told(step, lena):
    contact = answered()

    tick(now=contact.promise.due_at + DAY)

    contact.promise.refresh_from_db()
    assert contact.promise.breached_at
    assert Notice.objects.filter(recipient=lena, kind="breach", path__contains=contact.reference)


def test_the_same_e_mail_twice_is_one(step):
    assert answered() == answered()
    assert WrittenAfter.objects.count() == 1


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
def test_the_call_desk_tells_the_caller_who_reads_it_and_by_when(step, as_person, lena):
    contact = answered()
    assert contact.case
    adviser = UserFactory.create(role=Role.CSC_ADVISER, team=None)
    with time_machine.travel(LATE + DAY, tick=False):
        page = as_person(adviser).get(f"/desk/{contact.case.reference}/").content.decode()
    assert contact.reference in page
    assert f"Lena Marsh will answer you by {promised_day(contact.promise)}" in page
