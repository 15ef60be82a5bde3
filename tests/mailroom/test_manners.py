import pytest

from cases.models import Contact
from mailroom.models import IncomingMail
from notices.actions import message_id
from notices.models import Notice
from tests.mailroom.nasty import BOUNCE
from tests.mailroom.writing import NGOZI, NOW, OURS, acknowledged, bring, later, written

pytestmark = pytest.mark.django_db
State = IncomingMail.State


# --- Whom not to answer ---------------------------------------------------------------------------


@pytest.mark.rule("H51")
@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "A machine wrote it."),
        ({"Precedence": "bulk"}, "It came to a mailing list."),
        ({"List_Id": "<x.example.org>"}, "It came to a mailing list."),
        ({"Return_Path": "<>"}, "It reports on another message."),
        ({"sender": "no-reply@example.org"}, "Its sender cannot be answered."),
        ({"sender": "nobody at all"}, "Its sender cannot be answered."),
        ({"sender": "send-portal@example.org"}, "It came from one of our own addresses."),
        ({"sender": "cora@wexmoor.example.org"}, "It came from one of our own addresses."),
    ],
)
def test_machines_lists_and_ourselves_are_not_answered(amara, headers, why):
    mail = bring(written(subject="EHC-000123", **headers))

    assert (mail.state, mail.unacknowledged) == (State.FILED, why)
    assert mail.contact.case == amara
    assert acknowledged() == []


def test_null_sender_is_not_answered(amara):
    assert bring(written(), envelope_from="").unacknowledged == "It reports on another message."


def test_somebody_who_must_not_be_contacted_is_not_answered(amara):
    amara.person.related_people.update(receives_letters=False, no_contact=True)

    mail = bring(written())

    assert mail.unacknowledged == "The sender must not be contacted."
    assert mail.contact.case == amara


@pytest.mark.rule("H51")
def test_sixth_message_within_an_hour_is_kept_and_not_acknowledged(amara):
    mails = [bring(written(str(n), subject=str(n)), at=later(n)) for n in range(6)]
    after = bring(written("after", subject="after"), at=later(61))
    other = bring(written("other", sender="other@example.org"), at=later(6))

    assert [bool(mail.unacknowledged) for mail in mails] == [False] * 5 + [True]
    assert {mail.state for mail in mails} == {State.FILED}
    assert (after.unacknowledged, other.unacknowledged) == ("", "")


def test_two_autoresponders_stop(amara):
    """The other side answers each of our mails at once, and does not say that it is a machine."""
    bring(written())
    answered = 0
    for round_ in range(50):
        notice = Notice.objects.filter(address=NGOZI).order_by("-id").first()
        if notice is None or notice.pk == answered:
            break
        answered = notice.pk
        bring(
            written(f"I am away. {round_}", subject=f"Away: {notice.subject}"),
            at=later(round_ / 60),
        )

    assert len(acknowledged()) == 5
    assert round_ < 10


# --- What comes back from ourselves ---------------------------------------------------------------


def staff_notice() -> Notice:
    return Notice.objects.filter(recipient__isnull=False).latest("id")


def test_our_own_message_that_comes_back_is_kept_and_nothing_more(amara, cora):
    bring(written())
    notices = Notice.objects.count()
    ours = message_id(staff_notice().key)

    mail = bring(
        written(sender=OURS, to=cora.email, Message_ID=ours, Auto_Submitted="auto-generated")
    )

    assert (mail.state, mail.contact) == (State.OURS, None)
    assert (Contact.objects.count(), Notice.objects.count()) == (1, notices)


@pytest.mark.parametrize(
    "headers",
    [
        {"sender": "cora@wexmoor.example.org", "Auto_Submitted": "auto-replied"},
        {"sender": "elsewhere@example.org", "Auto_Submitted": "auto-replied", "thread": True},
    ],
)
def test_automatic_answer_to_staff_mail_writes_to_nobody(amara, headers):
    bring(written())
    notices = Notice.objects.count()
    if headers.pop("thread", False):
        headers["In_Reply_To"] = message_id(staff_notice().key)

    mail = bring(written("I am away", **headers))

    assert mail.state == State.OURS
    assert (Contact.objects.count(), Notice.objects.count()) == (1, notices)


def test_staff_mailbox_that_answers_everything_without_saying_so_stops(amara, cora):
    bring(written())
    for round_ in range(20):
        ours = message_id(staff_notice().key)
        bring(
            written(f"Away {round_}", subject=f"Away {round_}", sender=cora.email, In_Reply_To=ours)
        )

    assert Contact.objects.count() == 6


def bounce_of(notice: Notice, recipient: str) -> bytes:
    ours = message_id(notice.key).encode()
    return BOUNCE.replace(b"<contact.7.acknowledgement@send.wexmoor.example.org>", ours).replace(
        b"nobody@example.org", recipient.encode()
    )


def test_mail_to_staff_that_bounces_is_listed_and_writes_to_nobody(amara, cora):
    bring(written())
    notice = staff_notice()
    Notice.objects.filter(pk=notice.pk).update(mail="sent", sent_at=NOW, next_try_at=None)

    mail = bring(bounce_of(notice, cora.email), envelope_from="", at=later(1))

    notice.refresh_from_db()
    assert (mail.state, Contact.objects.count()) == (State.OURS, 1)
    assert (notice.mail, notice.last_error) == (
        Notice.Mail.FAILED,
        "Returned by the mail system of MAILER-DAEMON@mx.example.org.",
    )


@pytest.mark.rule("H51")
def test_acknowledgement_that_bounces_is_seen_on_the_childs_record(amara):
    bring(written())
    notice = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT)
    Notice.objects.filter(pk=notice.pk).update(mail="sent", sent_at=NOW, next_try_at=None)

    mail = bring(bounce_of(notice, NGOZI), envelope_from="", at=later(1))

    notice.refresh_from_db()
    assert (mail.state, mail.contact.case) == (State.FILED, amara)
    assert notice.mail == Notice.Mail.FAILED
    assert len(acknowledged()) == 1
