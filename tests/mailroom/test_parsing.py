from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.digest import digest
from mailroom.headers import MOST_SUBJECT
from mailroom.parsing import Attached, ParsedMail, parse
from tests.mailroom.nasty import (
    BOUNCE,
    HTML_ONLY,
    NASTY,
    PLAIN,
    WITH_EVERYTHING,
    headed,
)

REAL = [PLAIN, WITH_EVERYTHING, HTML_ONLY, BOUNCE]


def strings(value: object) -> list[str]:
    """Every text in what was parsed."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, ParsedMail | Attached):
        return strings(tuple(getattr(value, part.name) for part in fields(value)))
    if isinstance(value, tuple):
        return [text for one in value for text in strings(one)]
    return []


def check_storable(mail: ParsedMail) -> None:
    """PostgreSQL takes it: no U+0000, no lone surrogate; headers on one line."""
    for text in strings(mail):
        assert "\0" not in text
        text.encode()
    for text in strings((mail.message_id, mail.subject, mail.to, mail.cc, mail.from_address)):
        assert text == " ".join(text.split())
    assert mail.sent_at is None or mail.sent_at.tzinfo is UTC
    assert all(isinstance(one.content, bytes) and one.filename for one in mail.attachments)


# --- Ordinary messages ------------------------------------------------------------------------


def test_plain_message_is_read_as_it_was_written():
    assert parse(PLAIN) == ParsedMail(
        message_id="<one@example.org>",
        in_reply_to="",
        references=(),
        subject="The taxi on Monday",
        from_name="Ngozi Okafor",
        from_address="ngozi@example.org",
        to=(("SEND service", "send@wexmoor.example.org"),),
        cc=(),
        sent_at=datetime(2026, 11, 2, 10, tzinfo=UTC),
        text="The taxi did not come again. Could you ring me…\n".strip("\n"),
        attachments=(),
        auto_submitted=False,
        is_auto_reply=False,
        is_bounce=False,
        is_list=False,
    )


def test_plain_text_is_preferred_and_everything_else_is_attached():
    mail = parse(WITH_EVERYTHING)

    assert mail.text == "Here is Zoë's report."
    assert [(one.filename, one.content_type) for one in mail.attachments] == [
        ("logo.png", "image/png"),
        ("Zoë report.pdf", "application/pdf"),
        ("winmail.dat", "application/ms-tnef"),
        ("forwarded message.eml", "message/rfc822"),
    ]
    assert mail.attachments[1].content == b"%PDF-1.4\n"
    assert b"Inner words." in mail.attachments[3].content


def test_headers_are_decoded_and_threads_are_kept():
    mail = parse(WITH_EVERYTHING)

    assert mail.subject == "Re: EHC-000123 – report"
    assert (mail.from_name, mail.from_address) == ("Ngozi Okafor", "ngozi@example.org")
    assert mail.to == (
        ("Hill, Cora", "cora@wexmoor.example.org"),
        ("", "lena@wexmoor.example.org"),
    )
    assert mail.cc == (("Zoë Pine", "zoe@example.org"),)
    assert mail.sent_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    ours = "<contact.7.acknowledgement@send.wexmoor.example.org>"
    assert (mail.in_reply_to, mail.references) == (ours, ("<first@example.org>", ours))


def test_of_html_the_words_are_kept_and_hidden_ones_are_shown():
    mail = parse(HTML_ONLY)

    assert mail.attachments == ()
    assert " ".join(mail.text.split()) == (
        "Dear all, please see (https://example.org) the plan. Regards & thanks hidden words"
        " Amara Year 6"
    )
    assert "the plan.\nRegards & thanks" in mail.text


def test_blank_plain_text_gives_way_to_html():
    body = b"--x\nContent-Type: text/plain\n\n \n--x\nContent-Type: text/html\n\n<p>Words\n--x--\n"

    mail = parse(headed(b"Content-Type: multipart/alternative; boundary=x", body))

    assert (mail.text, mail.attachments) == ("Words", ())


def test_texts_around_a_picture_are_both_kept():
    body = (
        b"--x\nContent-Type: text/plain\n\nAbove\n--x\nContent-Type: image/jpeg\n\nJ\n"
        b"--x\nContent-Type: text/plain\n\nBelow\n--x--\n"
    )

    mail = parse(headed(b"Content-Type: multipart/mixed; boundary=x", body))

    assert mail.text == "Above\n\nBelow"
    assert [one.filename for one in mail.attachments] == ["attachment.jpg"]


def test_files_of_one_name_are_told_apart():
    part = b'--x\nContent-Disposition: attachment; filename="scan.pdf"\n\n1\n'

    mail = parse(headed(b"Content-Type: multipart/mixed; boundary=x", part * 2 + b"--x--\n"))

    assert [one.filename for one in mail.attachments] == ["scan.pdf", "scan (2).pdf"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('filename="../../etc/passwd\0.pdf"', "_.._etc_passwd.pdf"),
        ('filename="photo\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"', "photogpj.exe"),
        (f'filename="{"x" * 300}.docx"', f"{'x' * 145}.docx"),
        ('filename="=?utf-8?Q?Zo=C3=AB=2Epdf?="', "Zoë.pdf"),
    ],
)
def test_file_names_are_harmless(given, kept):
    [attached] = parse(headed(f"Content-Disposition: attachment; {given}".encode())).attachments

    assert attached.filename == kept


# --- RFC 3834 -----------------------------------------------------------------------------------


def flags(raw: bytes) -> tuple[bool, bool, bool]:
    mail = parse(raw)
    return mail.auto_submitted, mail.is_bounce, mail.is_list


@pytest.mark.rule("H51")
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Auto-Submitted: no", (False, False, False)),
        (b"Auto-Submitted: auto-replied (vacation)", (True, False, False)),
        (b"Auto-Submitted: auto-generated; owner=x", (True, False, False)),
        (b"X-Auto-Response-Suppress: DR, OOF, AutoReply", (True, False, False)),
        (b"X-Auto-Response-Suppress: DR", (False, False, False)),
        (b"Precedence: auto_reply", (True, False, False)),
        (b"Precedence: bulk", (False, False, True)),
        (b"Precedence: first-class", (False, False, False)),
        (b"List-Id: <news.example.org>", (False, False, True)),
        (b"Return-Path: <>", (False, True, False)),
        (b"From: MAILER-DAEMON@example.org", (False, True, False)),
        (b"X-Failed-Recipients: a@example.org", (False, True, False)),
        (b"Content-Type: multipart/report; boundary=x", (False, True, False)),
    ],
)
def test_messages_that_must_not_be_answered_are_known(header, expected):
    assert flags(headed(header)) == expected


def test_bounce_keeps_what_it_reports():
    mail = parse(BOUNCE)

    assert flags(BOUNCE) == (True, True, False)
    assert mail.text == "I am sorry to have to tell you."
    assert [one.filename for one in mail.attachments] == [
        "delivery status.txt",
        "forwarded message.eml",
    ]
    assert b"Action: failed" in mail.attachments[0].content
    assert mail.reported == ("<contact.7.acknowledgement@send.wexmoor.example.org>",)
    assert mail.undelivered_to == ("nobody@example.org",)
    assert parse(BOUNCE.replace(b"failed", b"delayed")).undelivered_to == ()


# --- Nasty ones ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY)
def test_nasty_message_is_read_without_a_crash(name):
    check_storable(parse(NASTY[name]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nothing", ""),
        ("one line", "hello"),
        ("no header", "Just words"),
        ("nul", "before"),
        ("no charset of this world", "café"),
        ("a charset that is none", "zz"),
        ("an undefined charset", "café"),
        ("utf-7", "\N{REPLACEMENT CHARACTER} surrogate"),
        ("no encoding of this world", "uryyb"),
        ("multipart without boundary", "--x\n\nwords"),
        ("multipart without end", "words"),
        ("multipart without parts", "words"),
        ("a content type of nothing", "words"),
        ("html without end", "the bottom"),
        ("html nested for a megabyte", "the bottom"),
        ("parameters without end", "words"),
        ("html with a prologue", "words"),
        ("html that declares itself", "café € 5"),
        ("nested deeply", "the bottom"),
    ],
)
def test_nasty_message_keeps_its_words(name, text):
    assert parse(NASTY[name]).text == text


def test_what_is_nested_too_deeply_is_kept_as_one_text():
    assert parse(NASTY["nested too deeply"]).text.endswith("the bottom")


def test_a_thousand_recipients_are_all_read():
    to = parse(NASTY["a thousand recipients"]).to

    assert (len(to), to[999]) == (1_000, ("Person 999", "person999@example.org"))


def test_headers_that_break_the_rules_are_read_as_far_as_they_go():
    assert parse(NASTY["eight bits in headers"]).subject == "café €"
    assert parse(NASTY["eight bits in headers"]).from_name == "Jürgen"
    assert parse(NASTY["eight bits in an address"]).from_address == "jürgen@example.org"
    assert parse(NASTY["commas without quotes"]).from_address == "ngozi@example.org"
    assert parse(NASTY["a bad date"]).sent_at is None
    assert parse(NASTY["a date without a zone"]).sent_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert len(parse(NASTY["a header without end"]).subject) == MOST_SUBJECT


# --- Any bytes at all ---------------------------------------------------------------------------


@given(st.binary(max_size=2_000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read(raw):
    check_storable(parse(raw))
    assert len(digest(raw)) == 64


HEADERS = st.sampled_from(
    b"From To Cc Subject Date Message-ID In-Reply-To References Content-Type Content-Disposition"
    b" Content-Transfer-Encoding Precedence Auto-Submitted Return-Path".split()
)


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=80)), max_size=8), st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_headers_are_read(pairs, body):
    check_storable(parse(b"".join(b"%s: %s\n" % pair for pair in pairs) + b"\n" + body))


@given(
    st.sampled_from(REAL),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=6)), max_size=12),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_damage_to_a_real_message_is_survived(raw, damages):
    for where, cut, put in damages:
        at = int(where * len(raw))
        raw = raw[:at] + put + raw[at + cut :]
    check_storable(parse(raw))


# --- Which messages are the same ----------------------------------------------------------------


def test_copies_that_came_by_different_routes_are_the_same():
    other_route = (
        PLAIN.replace(b"by mail.", b"by other.\n\twith more words; mail.")
        .replace(b"From: Ngozi", b"X-Spam: no\nDelivered-To: a@example.org\nFrom: Ngozi")
        .replace(b"\n", b"\r\n")
    )

    assert digest(other_route + b"\r\n\r\n") == digest(PLAIN)


def test_other_words_subject_or_sender_make_another_message():
    others = [
        PLAIN.replace(b"again", b"today"),
        PLAIN.replace(b"Monday", b"Tuesday"),
        PLAIN.replace(b"Ngozi", b"Ada"),
    ]

    assert len({digest(raw) for raw in [PLAIN, *others]}) == 4
