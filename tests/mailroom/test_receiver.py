"""Real SMTP and LMTP over a socket, to the real command."""

import signal
import socket
import subprocess
import sys
import threading
from smtplib import LMTP, SMTP, SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from mailroom.models import IncomingMail
from tests.deployment.compose import health_check
from tests.deployment.conftest import free_port
from tests.deployment.waiting import eventually
from tests.mailroom.conftest import COMMAND, OURS
from tests.mailroom.nasty import PLAIN

pytestmark = pytest.mark.django_db(transaction=True)
NGOZI = "ngozi@example.org"


def send(port: int, raw: bytes, sender: str = NGOZI, to: list[str] | None = None) -> object:
    with SMTP("127.0.0.1", port, timeout=60) as door:
        return door.sendmail(sender, to or [OURS], raw.replace(b"\n", b"\r\n"))


@pytest.mark.rule("H67")
def test_message_is_kept_as_it_came(open_door):
    send(open_door(), PLAIN)

    mail = IncomingMail.objects.get()
    assert bytes(mail.raw) == PLAIN.replace(b"\n", b"\r\n")
    assert (mail.envelope_from, mail.envelope_to) == (NGOZI, [OURS])
    assert (mail.state, mail.size) == (IncomingMail.State.WAITING, len(mail.raw))


def test_250_is_said_only_after_the_commit(open_door):
    port = open_door()
    outcome: list[object] = []
    holding = psycopg2.connect(**_parameters())
    holding.cursor().execute("LOCK TABLE mailroom_incomingmail IN SHARE MODE")
    sending = threading.Thread(target=lambda: outcome.append(send(port, PLAIN)))
    sending.start()

    assert eventually(_somebody_waits_to_store)
    assert outcome == []
    holding.close()
    sending.join(60)
    assert outcome == [{}]
    assert IncomingMail.objects.count() == 1


def _parameters() -> dict[str, object]:
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return {name: given[name] for name in names if name in given}


def _somebody_waits_to_store() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database() AND query LIKE '%INSERT INTO \"mailroom%'"
        )
        return cursor.fetchone() is not None


def test_451_is_said_while_the_database_is_away(open_door):
    port = open_door(DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/nothing")

    for _ in range(2):
        with pytest.raises(SMTPDataError) as refused:
            send(port, PLAIN)
        assert refused.value.smtp_code == 451


def test_a_thousand_recipients_are_one_message(open_door):
    people = [f"person{number}@example.org" for number in range(1_000)]

    send(open_door(), PLAIN, to=people)

    assert IncomingMail.objects.get().envelope_to == people


def test_25_megabytes_are_taken_and_more_than_the_limit_are_not(open_door):
    port = open_door()
    line = b"QUJD" * 18 + b"\n"
    body = line * (25 * 1024 * 1024 // len(line) + 1)

    send(port, PLAIN + body)
    with pytest.raises(SMTPSenderRefused) as refused:
        send(port, PLAIN + line * (settings.MAIL_IN_MAX_BYTES // len(line)))

    assert refused.value.smtp_code == 552
    assert [mail.size > 25 * 1024 * 1024 for mail in IncomingMail.objects.all()] == [True]


def test_what_is_too_long_is_refused_also_when_nobody_said_so_before(open_door):
    with SMTP("127.0.0.1", open_door(MAIL_IN_MAX_BYTES="1000"), timeout=60) as door:
        door.ehlo()
        door.mail(NGOZI)
        door.rcpt(OURS)
        assert door.data(b"x\r\n" * 500)[0] == 552
        door.mail(NGOZI)
        door.rcpt(OURS)
        assert door.data(b"x" * 2_000)[0] == 552
        assert door.noop()[0] == 250
    assert not IncomingMail.objects.exists()


def test_line_of_any_length_and_any_byte_is_stored(open_door):
    raw = b"Subject: x\r\n\r\n" + bytes(set(range(256)) - {10, 13}) * 1_000 + b"\r\n"

    with SMTP("127.0.0.1", open_door(), timeout=60) as door:
        door.ehlo()
        door.mail("", ["BODY=8BITMIME"])
        door.rcpt(OURS)
        assert door.data(raw)[0] == 250

    mail = IncomingMail.objects.get()
    assert (bytes(mail.raw), mail.envelope_from) == (raw, "")


def test_addresses_may_be_written_in_any_script(open_door):
    with SMTP("127.0.0.1", open_door(), timeout=60) as door:
        door.ehlo()
        assert door.has_extn("smtputf8")
        door.mail("zoë@example.org", ["SMTPUTF8"])
        door.command_encoding = "utf-8"
        door.rcpt("jürgen@wexmoor.example.org")
        assert door.data(PLAIN)[0] == 250

    mail = IncomingMail.objects.get()
    assert (mail.envelope_from, mail.envelope_to) == (
        "zoë@example.org",
        ["jürgen@wexmoor.example.org"],
    )


def test_strangers_may_not_bring_mail(open_door):
    port = open_door(MAIL_IN_FROM="192.0.2.0/24,2001:db8::/32")

    with pytest.raises(SMTPSenderRefused) as refused:
        send(port, PLAIN)

    assert refused.value.smtp_code == 550
    assert not IncomingMail.objects.exists()


def test_mail_for_others_is_refused(open_door):
    port = open_door(MAIL_IN_ADDRESSES=f"{OURS},schools.example.org")

    with pytest.raises(SMTPRecipientsRefused) as refused:
        send(port, PLAIN, to=["somebody@example.org"])
    refusals = send(port, PLAIN, to=["SEND@Wexmoor.example.org", "a@schools.example.org", "b@c.d"])

    assert refused.value.recipients["somebody@example.org"][0] == 550
    assert list(refusals) == ["b@c.d"]
    assert len(IncomingMail.objects.get().envelope_to) == 2


def test_lmtp_answers_for_each_recipient(open_door):
    people = [f"person{number}@example.org" for number in range(3)]
    with LMTP("127.0.0.1", open_door("--lmtp", MAIL_IN_MAX_BYTES="500"), timeout=60) as door:
        door.ehlo()
        assert outcomes(door, people, PLAIN) == [250, 250, 250]
        assert outcomes(door, people, b"x\n" * 500) == [552, 552, 552]
        assert door.noop()[0] == 250
    assert IncomingMail.objects.get().envelope_to == people


def outcomes(door: LMTP, people: list[str], raw: bytes) -> list[int]:
    door.mail(NGOZI)
    for person in people:
        door.rcpt(person)
    # The library reads one answer; LMTP has one for each recipient.
    return [door.data(raw)[0], *(door.getreply()[0] for _ in people[1:])]


def test_sender_that_hangs_up_leaves_nothing_behind(open_door):
    port = open_door()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
        assert line.recv(10)
        line.sendall(b"Subject: half a mess")

    send(port, PLAIN)

    assert bytes(IncomingMail.objects.get().raw).startswith(b"Received")


def test_stopping_finishes_what_is_being_stored(open_door, environment):
    server = subprocess.Popen(
        [*COMMAND, "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    port = int(server.stdout.readline().rpartition("port ")[2].strip(" .\n"))
    holding = psycopg2.connect(**_parameters())
    holding.cursor().execute("LOCK TABLE mailroom_incomingmail IN SHARE MODE")
    outcome: list[object] = []
    sending = threading.Thread(target=lambda: outcome.append(send(port, PLAIN)))
    sending.start()

    assert eventually(_somebody_waits_to_store)
    server.send_signal(signal.SIGTERM)
    assert eventually(lambda: _refuses(port))
    holding.close()
    sending.join(60)

    assert (server.wait(30), outcome) == (0, [{}])
    server.stdout.close()
    assert IncomingMail.objects.count() == 1


def _refuses(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


def test_health_check_of_the_compose_file_tells_well_from_unwell(open_door):
    ports = [open_door(), free_port()]
    checks = [[word.replace("8025", str(port)) for word in health_check("mail")] for port in ports]

    done = [subprocess.run([sys.executable, *check[1:]], capture_output=True) for check in checks]

    assert [one.returncode == 0 for one in done] == [True, False]


# --- Standard input -----------------------------------------------------------------------------


def pipe(environment: dict[str, str], raw: bytes, *words: str) -> int:
    done = subprocess.run([*COMMAND, *words], env=environment, input=raw, capture_output=True)
    return done.returncode


def test_message_on_standard_input_is_stored(environment):
    assert pipe(environment, PLAIN) == 0

    mail = IncomingMail.objects.get()
    assert (bytes(mail.raw), mail.envelope_from, mail.envelope_to) == (PLAIN, NGOZI, [])


def test_envelope_on_the_command_line_counts(environment):
    assert pipe(environment, PLAIN, "--sender", "", OURS, "a@example.org") == 0

    mail = IncomingMail.objects.get()
    assert (mail.envelope_from, mail.envelope_to) == ("", [OURS, "a@example.org"])


def test_caller_is_asked_to_try_again_while_the_database_is_away(environment):
    away = {"DATABASE_URL": f"postgres://nobody@127.0.0.1:{free_port()}/nothing"}

    assert pipe(environment | away, PLAIN) == 75


@pytest.mark.parametrize("raw", [b"", b"\n", b"x" * 1_001])
def test_nothing_and_too_much_on_standard_input_are_refused_for_good(environment, raw):
    assert pipe(environment | {"MAIL_IN_MAX_BYTES": "1000"}, raw) == 65
    assert not IncomingMail.objects.exists()
