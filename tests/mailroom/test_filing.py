import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Role, Team
from cases.models import Case, Contact, Establishment, Recipient, RelatedPerson
from mailroom.actions import file_again, store_mail
from mailroom.filing import file_due
from mailroom.models import CLAIM_LASTS, RETRY_WAITS, IncomingMail
from notices.actions import message_id
from notices.models import Notice
from tests.factories import (
    ContactFactory,
    EstablishmentFactory,
    RelatedPersonFactory,
    UserFactory,
)
from tests.mailroom.nasty import NASTY, WITH_EVERYTHING
from tests.mailroom.writing import NGOZI, NOW, OURS, acknowledged, bring, later, written
from tests.plans import indexes, plans

pytestmark = pytest.mark.django_db
State = IncomingMail.State


# --- One message ----------------------------------------------------------------------------------


@pytest.mark.rule("H67")
def test_message_becomes_a_contact_of_the_child(amara, cora):
    mail = bring(written(Message_ID="<one@example.org>"))

    contact = Contact.objects.get()
    assert (mail.state, mail.contact, mail.filed_at) == (State.FILED, contact, NOW)
    assert (contact.case, contact.channel, contact.sender) == (
        amara,
        Contact.Channel.EMAIL,
        Contact.Sender.PARENT,
    )
    assert (contact.sender_name, contact.sender_email) == ("Ngozi Okafor", NGOZI)
    assert (contact.subject, contact.message) == ("The taxi", "Please ring me about the taxi.")
    assert (contact.message_id, contact.received_at) == ("<one@example.org>", NOW)
    assert (contact.clock.owner, contact.logged_by) == (cora, None)


@pytest.mark.rule("H51")
def test_sender_gets_one_acknowledgement_in_their_thread(amara):
    mail = bring(written(Message_ID="<one@example.org>"))

    notice = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT)
    assert (notice.address, notice.in_reply_to) == (NGOZI, "<one@example.org>")
    assert notice.mail == Notice.Mail.WAITING
    assert notice.next_try_at == NOW
    assert "Amara" not in notice.subject + notice.body
    assert mail.unacknowledged == ""


def test_message_of_nobody_known_waits_in_the_tray_on_a_clock(amara, tray):
    bring(written(sender="stranger@example.org"))

    contact = Contact.objects.get()
    assert (contact.case, contact.sender) == (None, Contact.Sender.OTHER)
    assert contact.filing_clock.owner == tray
    assert acknowledged() == ["stranger@example.org"]


def test_stranger_who_knows_the_reference_learns_nothing(amara):
    bring(written(sender="stranger@example.org", subject="EHC-000123"))

    contact = Contact.objects.get()
    assert (contact.case, contact.sender_person) == (amara, None)
    told = Notice.objects.get(address="stranger@example.org")
    for secret in ("Amara", "Okafor", "EHC-000123", NGOZI):
        assert secret not in told.subject + told.body


@pytest.mark.rule("H55")
def test_one_of_to_answers_and_copies_are_for_information(amara, cora, lena, oscar):
    bring(written(to=f"Oscar <{oscar.email}>", Cc=f"{cora.email}, {lena.email}, x@example.org"))

    contact = Contact.objects.get()
    assert contact.clock.owner == oscar
    assert [(one.user, one.kind) for one in contact.recipients.all()] == [
        (oscar, Recipient.Kind.TO),
        (cora, Recipient.Kind.COPY),
        (lena, Recipient.Kind.COPY),
    ]


def test_somebody_whose_mailbox_brought_it_counts_when_nobody_is_named(amara, oscar):
    bring(written(to="undisclosed-recipients:;"), envelope_to=oscar.email)

    assert Contact.objects.get().clock.owner == oscar


@pytest.mark.rule("H48")
def test_second_message_in_the_thread_is_a_chaser(amara):
    first = bring(written(Message_ID="<one@example.org>")).contact
    ours = message_id(f"contact:{first.pk}:acknowledgement")
    second = bring(written("Anything new?", subject="Re: x", In_Reply_To=ours), at=later(60))

    assert (second.contact.original, second.contact.link) == (first, Contact.Link.CHASER)
    assert second.contact.clock is None
    assert acknowledged() == [NGOZI, NGOZI]


def test_second_message_about_something_in_the_tray_joins_it(amara):
    first = bring(written(sender="stranger@example.org")).contact
    again = written("Hello?", subject=f"Re: [{first.reference}]", sender="stranger@example.org")
    second = bring(again, at=later(60)).contact

    assert (second.case, second.original) == (None, first)


# --- Files ----------------------------------------------------------------------------------------


def test_files_are_kept_as_they_came(amara):
    bring(WITH_EVERYTHING)

    files = Contact.objects.get().attachments.all()
    assert [(one.filename, one.refused) for one in files] == [
        ("logo.png", ""),
        ("Zoë report.pdf", ""),
        ("winmail.dat", ""),
        ("forwarded message.eml", ""),
    ]
    assert (bytes(files[1].content), files[1].size) == (b"%PDF-1.4\n", 9)


@pytest.mark.parametrize(
    ("name", "content_type", "refused"),
    [
        ("plan.docx", "application/octet-stream", ""),
        ("plan.DOCM", "application/octet-stream", "Files of the kind “docm” can run programs."),
        ("photo.jpg.exe", "image/jpeg", "Files of the kind “exe” can run programs."),
        ("photo.jpg", "text/html", "Files of the kind “html” can run programs."),
        ("large.pdf", "application/pdf", "It is larger than 0 MB."),
    ],
)
def test_dangerous_and_large_files_are_kept_and_not_offered(
    amara, settings, name, content_type, refused
):
    settings.MAIL_ATTACHMENT_MAX_BYTES = 20
    content = b"x" * (21 if name == "large.pdf" else 20)
    bring(
        b"From: ngozi@example.org\nContent-Type: " + content_type.encode() + b"\n"
        b'Content-Disposition: attachment; filename="' + name.encode() + b'"\n\n' + content
    )

    file = Contact.objects.get().attachments.get()
    assert (file.filename, bytes(file.content), file.refused) == (name, content, refused)


def test_very_long_text_is_kept_whole_in_a_file(amara):
    text = "word " * 40_000
    bring(written(text))

    contact = Contact.objects.get()
    assert len(contact.message) < 101_000
    assert contact.message.endswith("(The rest is in the file “the whole text.txt”.)")
    assert bytes(contact.attachments.get().content).decode().split() == text.split()


def test_message_without_words_says_so(amara):
    bring(b"From: ngozi@example.org\n\n")

    contact = Contact.objects.get()
    assert (contact.message, contact.subject) == ("(This e-mail has no text.)", "")


@pytest.mark.parametrize("name", NASTY)
def test_nasty_message_becomes_a_contact(amara, name):
    mail = bring(NASTY[name])

    assert (mail.state, mail.last_error) == (State.FILED, "")
    assert Contact.objects.count() == 1


# --- The same message twice -----------------------------------------------------------------------


def test_same_message_twice_is_one_contact(amara):
    first = bring(written(Message_ID="<one@example.org>"))
    second = bring(b"Received: by another\n" + written(Message_ID="<one@example.org>"))

    assert (second.state, second.same_as, second.contact) == (State.DUPLICATE, first, None)
    assert Contact.objects.count() == 1
    assert acknowledged() == [NGOZI]


def test_same_words_without_an_id_are_one_contact_too(amara):
    assert [bring(written()).state for _ in range(2)] == [State.FILED, State.DUPLICATE]


def test_other_message_that_uses_an_id_again_is_not_lost(amara):
    bring(written("One", Message_ID="<one@example.org>"))
    second = bring(written("Two", subject="Other", Message_ID="<one@example.org>"))

    assert second.state == State.FILED
    assert Contact.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_file_two_copies_as_one_contact(amara):
    for _ in range(2):
        store_mail(raw=written(), envelope_from=NGOZI, envelope_to=[OURS], now=NOW)

    at_once([lambda: file_due(clock=lambda: NOW)] * 2)

    assert sorted(mail.state for mail in IncomingMail.objects.all()) == ["duplicate", "filed"]
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_file_every_message_once(amara):
    for number in range(12):
        raw = written(str(number), subject=str(number))
        store_mail(raw=raw, envelope_from=NGOZI, envelope_to=[OURS], now=NOW)

    at_once([lambda: file_due(clock=lambda: NOW)] * 3)

    assert {mail.state for mail in IncomingMail.objects.all()} == {State.FILED}
    assert sorted(int(one.message) for one in Contact.objects.all()) == list(range(12))
    # However many file at once, the limit of one sender holds.
    assert len(acknowledged()) == 5


def at_once(calls) -> None:
    def run(call) -> None:
        try:
            call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- What goes wrong ------------------------------------------------------------------------------


def test_message_that_cannot_be_filed_is_tried_again_then_listed_then_put_back(policy):
    mail = bring(written())  # nobody looks after the tray
    moment = NOW
    for wait in RETRY_WAITS:
        assert (mail.state, mail.next_try_at) == (State.WAITING, moment + wait)
        moment += wait
        assert file_due(clock=lambda at=moment: at) == 0
        mail.refresh_from_db()

    assert (mail.state, mail.next_try_at) == (State.FAILED, None)
    assert mail.last_error.startswith("No team has a lead")
    assert list(IncomingMail.objects.failed()) == [mail]

    lead = UserFactory.create(role=Role.TEAM_LEAD, team__takes_unfiled=True)
    Team.objects.filter(pk=lead.team_id).update(lead=lead)
    assert (file_again(now=moment), file_due(clock=lambda: moment)) == (1, 1)
    mail.refresh_from_db()
    assert (mail.state, mail.contact.received_at) == (State.FILED, NOW)


def test_worker_that_dies_over_a_message_only_delays_it(amara, monkeypatch):
    class Killed(BaseException):
        """The worker goes: nothing that catches an Exception sees it."""

    def die(raw: bytes) -> None:
        raise Killed

    store_mail(raw=written(), envelope_from=NGOZI, envelope_to=[OURS], now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr("mailroom.filing.parse", die)
        with pytest.raises(Killed):
            file_due(clock=lambda: NOW)

    assert file_due(clock=lambda: NOW + CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert file_due(clock=lambda: NOW + CLAIM_LASTS) == 1
    assert Contact.objects.count() == 1


def test_run_ends_before_the_next_one_begins(amara):
    for number in range(3):
        raw = written(str(number), subject=str(number))
        store_mail(raw=raw, envelope_from=NGOZI, envelope_to=[OURS], now=NOW)
    ticking = iter(NOW + timedelta(seconds=20 * n) for n in range(20))

    assert file_due(clock=lambda: next(ticking)) == 1
    assert IncomingMail.objects.due(timezone.now()).count() == 2


def test_filing_reads_indexes_however_many_contacts_there_are(amara):
    bring(written())
    store_mail(
        raw=written("Again", subject="CON-000001", In_Reply_To="<a@b>", References="<c@d>"),
        envelope_from=NGOZI,
        envelope_to=[OURS],
        now=NOW,
    )
    many_others(amara)
    with plans() as found:
        assert file_due(clock=lambda: NOW) == 1

    assert set().union(*map(indexes, found.values())) >= {
        "contact_sender_email",
        "contact_thread",
        "establishment_email",
        "incoming_mail_digest",
        "incoming_mail_due",
        "related_person_email",
    }


def many_others(case: Case) -> None:
    """Schools, people and messages with addresses of their own."""
    Establishment.objects.bulk_create(
        EstablishmentFactory.build(email=f"school{number}@example.org") for number in range(500)
    )
    RelatedPerson.objects.bulk_create(
        RelatedPersonFactory.build(person=case.person, email=f"person{number}@example.org")
        for number in range(500)
    )
    sent = Contact.objects.bulk_create(
        ContactFactory.build(
            case=case,
            clock=None,
            direction=Contact.Direction.OUT,
            message_id=f"<{number}@example.org>",
            sender_email=f"person{number}@example.org",
        )
        for number in range(1000)
    )
    IncomingMail.objects.bulk_create(
        IncomingMail(
            envelope_to=[OURS],
            raw=b"",
            size=0,
            digest=str(contact.pk),
            received_at=NOW,
            state=State.FILED,
            contact=contact,
            filed_at=NOW,
        )
        for contact in sent
    )
