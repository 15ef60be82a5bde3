"""Messages as people and machines write them, and the mail room at work on them."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from mailroom.actions import store_mail
from mailroom.filing import file_due
from mailroom.models import IncomingMail
from notices.models import Notice

# A Monday morning; the service is open.
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
OURS = "send@wexmoor.example.org"
NGOZI = "ngozi@example.org"


def written(
    text: str = "Please ring me about the taxi.",
    *,
    subject: str = "The taxi",
    sender: str = f"Ngozi Okafor <{NGOZI}>",
    to: str = OURS,
    **headers: str,
) -> bytes:
    """One message; ``headers`` have underscores for their dashes."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(NOW)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return bytes(message)


def bring(
    raw: bytes, *, at: datetime = NOW, envelope_from: str = NGOZI, envelope_to: str = OURS
) -> IncomingMail:
    """Store a message and file it, both at ``at``."""
    mail = store_mail(raw=raw, envelope_from=envelope_from, envelope_to=[envelope_to], now=at)
    file_due(clock=lambda: at)
    mail.refresh_from_db()
    return mail


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def acknowledged() -> list[str]:
    """To whom, in order."""
    notices = Notice.objects.filter(kind=Notice.Kind.ACKNOWLEDGEMENT).order_by("id")
    return list(notices.values_list("address", flat=True))
