"""Messages that could do harm: hostile ones, mistaken ones, and those that are easily lost."""

import tracemalloc
from email.message import EmailMessage
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Role
from cases.answer_actions import reply_by_email
from cases.models import Contact
from cases.sent_actions import log_sent
from mailroom import headers
from mailroom.actions import store_mail
from mailroom.filing import file_due
from mailroom.models import RETRY_WAITS, IncomingMail
from mailroom.parsing import FORMATTED_VERSION
from mailroom.plain_text import html_as_text
from notices.actions import message_id
from notices.models import Notice
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory
from tests.mailroom.writing import NGOZI, NOW, OURS, bring, later, written

OFFICE = "office@school.example.org"
WORKER = "sue@example.org"


def formatted(html: str, plain: str = "") -> bytes:
    """A message of HTML, beside ``plain`` words when there are any."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = NGOZI, OURS, "The plan"
    if plain:
        message.set_content(plain)
        message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    return bytes(message)


# --- Hostile ones -----------------------------------------------------------------------------


@pytest.mark.parametrize("opening", ["<b title={}>", "<<i>b title={}>"], ids=["plain", "hidden"])
def test_html_whose_formatting_is_left_open_takes_little_memory(opening):
    opened = "".join(opening.format(number) for number in range(100))
    source = f"<p>{opened}{'<p>a' * 1_000}"
    tracemalloc.start()

    words = html_as_text(source)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert words.split() == ["a"] * 1_000
    # Opened again in each of a thousand paragraphs they would be some megabytes.
    assert peak < 1_000_000


def test_subject_of_many_encoded_words_left_open_is_read_in_part():
    hostile = "=?a?q?x" * 3_000

    assert headers.header_text(hostile) == hostile[: headers.MOST_DECODED]
    assert headers.subject(hostile).startswith("=?a?q?x")


def test_message_that_ends_its_worker_is_listed_in_the_end(amara):
    store_mail(raw=written(), envelope_from=NGOZI, envelope_to=[OURS], now=NOW)
    IncomingMail.objects.update(tries=len(RETRY_WAITS) + 1)
    store_mail(raw=written(subject="Next"), envelope_from=NGOZI, envelope_to=[OURS], now=NOW)

    file_due(clock=lambda: NOW)

    deadly, after = IncomingMail.objects.order_by("pk")
    assert (deadly.state, deadly.next_try_at) == (IncomingMail.State.FAILED, None)
    assert deadly.last_error == "Reading it ended the worker."
    assert after.state == IncomingMail.State.FILED


def test_message_whose_workers_died_is_tried_as_often_as_any_other(amara):
    store_mail(raw=written(), envelope_from=NGOZI, envelope_to=[OURS], now=NOW)
    IncomingMail.objects.update(tries=len(RETRY_WAITS))

    file_due(clock=lambda: NOW)

    assert IncomingMail.objects.get().state == IncomingMail.State.FILED


def report_on(notice: Notice, returned_to: str) -> bytes:
    """A delivery report, which anybody can write."""
    return (
        f"From: postmaster@example.net\nTo: {OURS}\n"
        "Content-Type: multipart/report; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        f"Action: failed\nFinal-Recipient: rfc822; {returned_to}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {message_id(notice.key)}\n\nx\n--b--\n"
    ).encode()


@pytest.mark.rule("H51")
@pytest.mark.parametrize(
    ("returned_to", "mail"),
    [("nobody@example.net", Notice.Mail.SENT), (NGOZI.upper(), Notice.Mail.FAILED)],
)
def test_delivery_report_counts_only_for_the_address_we_wrote_to(amara, returned_to, mail):
    bring(written())
    notice = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT)
    Notice.objects.filter(pk=notice.pk).update(mail="sent", sent_at=NOW, next_try_at=None)

    bring(report_on(notice, returned_to), at=later(5), envelope_from="postmaster@example.net")

    notice.refresh_from_db()
    assert notice.mail == mail


# --- Nothing that was written is lost -----------------------------------------------------------


@pytest.mark.rule("H67")
def test_formatted_version_is_kept_when_the_plain_one_says_nothing(amara):
    html = "<p>I ask for an EHC needs assessment for my son. He was excluded on Monday.</p>"
    plain = "Please use another program."

    contact = bring(formatted(html, plain)).contact

    assert contact.message.strip() == plain
    kept = contact.attachments.get()
    assert kept.filename == FORMATTED_VERSION
    assert b"EHC needs assessment" in bytes(kept.content)


def test_formatted_version_that_says_the_same_is_not_kept_twice(amara):
    contact = bring(formatted("<p>Please ring me.</p>", "Please ring me.")).contact

    assert not contact.attachments.exists()


@pytest.mark.rule("H67")
def test_address_of_a_link_is_kept(amara):
    html = '<p>The report is <a href="https://files.example.org/abc">here</a>.</p>'

    contact = bring(formatted(html)).contact

    assert contact.message.strip() == "The report is here (https://files.example.org/abc)."


@pytest.mark.rule("H67")
def test_rule_that_forwards_a_colleagues_mailbox_loses_nothing(amara, cora):
    forwarded = written(
        "From: Ngozi. I ask for an EHC needs assessment.",
        subject="FW: Assessment",
        sender=f"Cora Hill <{cora.email}>",
        Auto_Submitted="auto-generated",
    )

    mail = bring(forwarded, envelope_from=cora.email)

    assert (mail.state, mail.contact) == (IncomingMail.State.FILED, Contact.objects.get())


@pytest.mark.rule("H49")
def test_answer_of_another_helpdesk_in_the_thread_is_seen_by_whoever_answers(amara, cora):
    bring(written(Message_ID="<one@example.org>"))
    before = Notice.objects.filter(recipient=cora).count()
    answer = written(
        "She ran away from school.",
        sender=f"School <{OFFICE}>",
        In_Reply_To="<one@example.org>",
        X_Auto_Response_Suppress="All",
    )

    bring(answer, at=later(30), envelope_from=OFFICE)

    assert Notice.objects.filter(recipient=cora).count() == before + 1


@pytest.mark.rule("H59")
def test_sender_whose_mail_came_by_a_group_can_be_answered(amara, cora):
    by_group = written(List_ID="<send.wexmoor.example.org>", Precedence="list")
    contact = bring(by_group).contact
    assert not Notice.objects.filter(address=NGOZI).exists()

    reply_by_email(contact=contact, text="Booked.", submission=uuid4(), by=cora, now=later(5))

    assert Notice.objects.get(address=NGOZI).kind == Notice.Kind.REPLY


def test_page_of_messages_counts_what_belongs_to_something_we_sent(
    amara, cora, as_person, time_machine
):
    sent = log_sent(
        case=amara,
        channel=Contact.Channel.EMAIL,
        with_whom="Ngozi",
        note="We wrote",
        at=NOW,
        submission=uuid4(),
        by=cora,
        now=NOW,
    )
    away = written(subject=f"Away: [{sent.reference}]", Auto_Submitted="auto-replied")
    mail = bring(away, at=later(5))
    assert (mail.contact.original, mail.contact.clock) == (sent, None)
    manager = UserFactory.create(role=Role.SENIOR_MANAGER, team=None)

    time_machine.move_to(later(60), tick=False)
    page = as_person(manager).get(reverse("reports:messages"))

    assert page.status_code == 200


# --- Whom it is about ---------------------------------------------------------------------------


@pytest.fixture
def brother(amara):
    """Gives another child of Ngozi's a first name."""

    def named(first_name: str):
        case = CaseFactory.create(person__given_name=first_name)
        RelatedPersonFactory.create(person=case.person, email=NGOZI)
        return case

    return named


@pytest.mark.rule("H67")
@pytest.mark.parametrize(
    ("first_name", "text"),
    [
        ("Will", "Will you please tell us when the review is?"),
        ("May", "We may need a new taxi. Please ring me."),
    ],
)
def test_first_name_that_is_a_word_means_nobody_by_itself(brother, first_name, text):
    brother(first_name)

    assert bring(written(text)).contact.case is None


@pytest.mark.rule("H67")
@pytest.mark.parametrize(
    ("first_name", "text"),
    [("Will", "When is the review of Will Okafor?"), ("Tobi", "When is the review of Tobi?")],
)
def test_child_of_a_family_is_found_by_whole_or_unmistakable_name(brother, first_name, text):
    case = brother(first_name)

    assert bring(written(text)).contact.case == case


@pytest.mark.rule("H67")
def test_professional_known_for_one_child_may_write_about_another(amara, cora):
    known = {"name": "Sue West", "relation": "social_worker", "email": WORKER}
    RelatedPersonFactory.create(person=amara.person, **known)
    words = {"sender": f"Sue West <{WORKER}>", "subject": "Placement"}

    other = bring(written("Jordan Smith was moved.", **words), envelope_from=WORKER)
    same = bring(written("Amara Okafor was moved.", **words), envelope_from=WORKER, at=later(90))

    assert other.contact.case is None
    assert same.contact.case == amara


@pytest.mark.rule("H67")
def test_reference_of_another_child_that_a_parent_mistypes_files_nothing(amara, cora):
    CaseFactory.create(reference="EHC-000124", owner=cora)

    contact = bring(written("Amara was excluded today.", subject="EHC-000124")).contact

    assert contact.case is None
    assert contact.filing_clock is not None
