"""Real kinds of e-mail, and e-mail that no program should ever send."""

PLAIN = b"""\
Received: from mx.example.org by mail.wexmoor.example.org; Mon, 2 Nov 2026 10:00:05 +0000
From: Ngozi Okafor <ngozi@example.org>
To: SEND service <send@wexmoor.example.org>
Subject: The taxi on Monday
Date: Mon, 2 Nov 2026 10:00:00 +0000
Message-ID: <one@example.org>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

The taxi did not come again. Could you ring me\xe2\x80\xa6
"""

WITH_EVERYTHING = b"""\
Return-Path: <ngozi@example.org>
From: =?utf-8?B?TmdvemkgT2thZm9y?= <ngozi@example.org>
To: "Hill, Cora" <cora@wexmoor.example.org>, lena@wexmoor.example.org
Cc: =?iso-8859-1?Q?Zo=EB?= Pine <zoe@example.org>
Subject: =?utf-8?Q?Re=3A_EHC-000123_=E2=80=93_?= =?utf-8?Q?report?=
Date: Mon, 02 Nov 2026 11:00:00 +0100
Message-ID: <two@example.org>
In-Reply-To: <contact.7.acknowledgement@send.wexmoor.example.org>
References: <first@example.org>
 <contact.7.acknowledgement@send.wexmoor.example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/related; boundary="related"

--related
Content-Type: multipart/alternative; boundary="ways"

--ways
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Here is Zo=EB's report.
--ways
Content-Type: text/html; charset=utf-8

<p>Here is <b>Zo\xc3\xab</b>'s report.</p>
--ways--
--related
Content-Type: image/png; name="logo.png"
Content-Disposition: inline; filename="logo.png"
Content-ID: <logo>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--related--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''Zo%C3%AB%20report.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--outer
Content-Type: application/ms-tnef; name="winmail.dat"
Content-Transfer-Encoding: base64

eJ8+IgA=
--outer
Content-Type: message/rfc822

Subject: An older one
From: school@example.org
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain

Inner words.
--inner--
--outer--
"""

HTML_ONLY = b"""\
From: office@school.example.org
To: send@wexmoor.example.org
Subject: Draft plan
Content-Type: text/html

<html><head><title>No</title><style>p {color: red}</style></head><body>
<p>Dear all,</p><p>please <a href="https://example.org">see</a> the plan.<br>Regards &amp;
thanks</p>
<script>alert("x")</script><div style="display:none">hidden words</div>
<table><tr><td>Amara</td><td>Year 6</td></tr></table></body></html>
"""

BOUNCE = b"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: send@wexmoor.example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

I am sorry to have to tell you.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; nobody@example.org
Action: failed
--r
Content-Type: message/rfc822

Subject: We have your message
Message-ID: <contact.7.acknowledgement@send.wexmoor.example.org>

Thank you.
--r--
"""


def nested(depth: int) -> bytes:
    """Parts inside parts inside parts, with a word at the bottom."""
    levels = (f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return ("".join(levels) + "Content-Type: text/plain\n\nthe bottom\n").encode()


def to_many(count: int) -> bytes:
    people = ",\n ".join(f"Person {n} <person{n}@example.org>" for n in range(count))
    return f"From: a@example.org\nTo: {people}\nSubject: All\n\nHello\n".encode()


def headed(header: bytes, body: bytes = b"Hello\n") -> bytes:
    return header + b"\n\n" + body


NASTY = {
    "nothing": b"",
    "one line": b"hello",
    "only line ends": b"\r\n\r\n\r\n",
    "no header": b"\n\nJust words\n",
    "nul": headed(b"From: a\0b <a@example.org>\nSubject: a\0b", b"be\0fore\n"),
    "no charset of this world": headed(b"Content-Type: text/plain; charset=klingon", b"caf\xe9\n"),
    "a charset that is none": headed(b"Content-Type: text/plain; charset=hex", b"zz\n"),
    "a charset with a nul": headed(b'Content-Type: text/plain; charset="u\0tf"', b"zz\n"),
    "a slow charset": headed(b"Content-Type: text/plain; charset=punycode", b"a-" * 50_000),
    "an undefined charset": headed(b"Content-Type: text/plain; charset=undefined", b"caf\xe9\n"),
    "surrogates": headed(b"Content-Type: text/plain; charset=utf-8", b"\xed\xa0\x80 \xff\n"),
    "utf-7": headed(b"Content-Type: text/plain; charset=utf-7", b"+2AA- surrogate\n"),
    "broken base64": headed(
        b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64", b"!!!A===B\n"
    ),
    "broken uuencode": headed(b"Content-Transfer-Encoding: x-uuencode", b"begin 644 x\n\xff\n"),
    "no encoding of this world": headed(b"Content-Transfer-Encoding: rot13", b"uryyb\n"),
    "broken encoded words": headed(
        b"Subject: =?utf-8?B?####?= =?bogus?Q?=ZZ?= =?utf-8?B?4pi?=\n"
        b"From: =?x?B?=?= <a@example.org>"
    ),
    "eight bits in headers": headed(
        b"Subject: caf\xc3\xa9 \xe2\x82\xac\nFrom: J\xfcrgen <j@example.org>"
    ),
    "eight bits in an address": headed(b"From: <j\xfcrgen@example.org>"),
    "empty headers": headed(
        b"Subject:\nFrom:\nTo:\nDate:\nMessage-ID:\nReferences:\nContent-Type:"
    ),
    "no colon": headed(b"Subject Hello\nFrom a@example.org"),
    "a bad date": headed(b"Date: Blursday, 99 Foo 10000000000000 25:61:61 +9999"),
    "a date without a zone": headed(b"Date: Mon, 2 Nov 2026 10:00:00 -0000"),
    "a year nobody sees": headed(b"Date: Mon, 2 Nov 9999 23:59:59 -1200"),
    "an address of nothing": headed(b"From: undisclosed-recipients:;\nTo: ,,,;;<>"),
    "commas without quotes": headed(b"From: Okafor, Ngozi <ngozi@example.org>"),
    "brackets without end": headed(b"From: " + b"(" * 5_000),
    "quotes without end": headed(b"To: " + b'"' * 5_001),
    "a header without end": headed(b"Subject: " + b"x" * 2_000_000),
    "a thousand headers": headed(b"\n".join(b"X-%d: y" % n for n in range(1_000))),
    "a thousand recipients": to_many(1_000),
    "multipart without boundary": headed(b"Content-Type: multipart/mixed", b"--x\n\nwords\n"),
    "multipart without end": headed(b"Content-Type: multipart/mixed; boundary=x", b"--x\n\nwords"),
    "multipart without parts": headed(b"Content-Type: multipart/mixed; boundary=x", b"words"),
    "a content type of nothing": headed(b"Content-Type: ///;;;===", b"words\n"),
    "a message of no message": headed(b"Content-Type: message/rfc822", b""),
    "a message in base64": headed(
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", b"U3ViamVjdDogaGkKCmhp"
    ),
    "a file name of nothing": headed(b'Content-Disposition: attachment; filename=""', b"x"),
    "a file name with paths": headed(
        b'Content-Disposition: attachment; filename="../../etc/passwd\0.pdf"', b"x"
    ),
    "a broken file name": headed(
        b"Content-Disposition: attachment; filename*0*=klingon'%; filename*x=%ZZ;"
        b" filename*9999999999999=a"
    ),
    "nested deeply": nested(300),
    "nested too deeply": nested(3_000),
    "html without end": headed(b"Content-Type: text/html", b"<div>" * 20_000 + b"the bottom"),
    # Each of these once took minutes.
    "html nested for a megabyte": headed(
        b"Content-Type: text/html", b"<div>" * 190_000 + b"the bottom"
    ),
    "backslashes for a sender": headed(b"From: " + b"\\" * 300_000),
    "one word for a sender": headed(b"From: " + b"a" * 300_000 + b"@"),
    "parameters without end": headed(b"Content-Type: text/plain" + b";" * 300_000, b"words\n"),
    "html of less-than signs": headed(b"Content-Type: text/html", b"<" * 500_000),
    "a lot of html": headed(b"Content-Type: text/html", b"<p>word</p>" * 200_000),
    "html with a prologue": headed(
        b"Content-Type: text/html", b"<?xml version='1.0' encoding='utf-16'?><p>words"
    ),
    "html that declares itself": headed(
        b"Content-Type: text/html", b"<meta charset=windows-1252><p>caf\xe9 \x80 5"
    ),
}
