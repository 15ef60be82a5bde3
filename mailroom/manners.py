"""Which messages get no automatic answer, and which are our own coming back (RFC 3834).

Reading only. Rule H51.
"""

import re
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from cases.contact_models import ContactQuerySet
from cases.models import Contact
from mailroom.matching import Found
from mailroom.models import IncomingMail
from mailroom.parsing import ParsedMail
from notices.actions import key_of
from notices.models import Notice

AN_HOUR = timedelta(hours=1)
# Addresses that nobody reads, or that write to many in turn (RFC 3834, section 2).
NOBODY_READS = re.compile(
    r"(no|do[-_.]?not|never)[-_.]?reply|bounces?|mailer-daemon|postmaster|listserv|majordomo"
    r"|owner-.*|.*-(request|owner|bounces)",
    re.IGNORECASE,
)


def why_not_acknowledge(mail: IncomingMail, said: ParsedMail, found: Found) -> str:
    """Why ``said`` gets no automatic acknowledgement; empty when it does (H51)."""
    if why := why_no_mail(mail, said):
        return why
    if found.must_not_be_contacted:
        return "The sender must not be contacted."
    if _has_had_enough(said.from_address, mail.received_at):
        return "The sender has had many acknowledgements within the hour."
    return ""


def why_no_mail(mail: IncomingMail, said: ParsedMail) -> str:
    """Why nobody reads what is sent to ``said``'s sender, now or later; empty when somebody may."""
    if said.is_bounce or not mail.envelope_from:
        return "It reports on another message."
    if said.is_list:
        return "It came to a mailing list."
    if said.auto_submitted:
        return "A machine wrote it."
    if not may_be_answered(said.from_address):
        return "Its sender cannot be answered."
    brought_to = {address.lower() for address in mail.envelope_to}
    if said.from_address.lower() in brought_to or is_our_own(said.from_address):
        return "It came from one of our own addresses."
    return ""


def may_be_answered(address: str) -> bool:
    """Whether somebody may read an answer to ``address``."""
    return is_address(address) and NOBODY_READS.fullmatch(address.partition("@")[0]) is None


def is_address(text: str) -> bool:
    """Whether ``text`` is an e-mail address that a mail can be sent to."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def is_our_own(address: str) -> bool:
    """An address of the service or of one of its staff."""
    local = address.lower()
    service = {parseaddr(settings.DEFAULT_FROM_EMAIL)[1], *settings.MAIL_REPLY_TO}
    known = {parseaddr(one)[1].lower() for one in service}
    known |= {one.lower() for one in settings.MAIL_IN_ADDRESSES if "@" in one}
    return local in known or User.objects.filter(email=local).exists()


def came_back(said: ParsedMail, now: datetime) -> str:
    """Why a message is our own coming back, which becomes no contact; empty when it is not.

    Filing a contact writes to staff. So what machines on the staff's side answer to that must
    not become a contact in turn.
    """
    if _notices([said.message_id]):
        return "It is a message of our own."
    automatic = said.auto_submitted or said.is_bounce
    answers = said.is_auto_reply or said.is_bounce
    about_staff, from_us = _is_about_staff(said), is_our_own(said.from_address)
    if (automatic and about_staff) or (answers and from_us):
        return "It is an automatic answer to a message of our own."
    # A rule that forwards a colleague's mailbox is automatic too, and brings what people wrote.
    if automatic and from_us and _has_written_much(said.from_address, now):
        return "It is one of many automatic messages of our own."
    if _is_about_staff(said) and _has_written_much(said.from_address, now):
        return "It is one of many answers to messages of our own."
    return ""


def _is_about_staff(said: ParsedMail) -> bool:
    """It answers, or reports on, something that we wrote to a member of staff."""
    notices = _notices([said.in_reply_to, *said.references, *said.reported])
    if any(notice.recipient_id for notice in notices):
        return True
    return User.objects.filter(email__in=said.undelivered_to).exists()


def _notices(ids: list[str]) -> list[Notice]:
    keys = {key for one in ids if one and (key := key_of(one))}
    return list(Notice.objects.filter(key__in=keys)) if keys else []


def _has_had_enough(address: str, at: datetime) -> bool:
    acknowledged = _written_by(address, since=at - AN_HOUR, incoming_mails__unacknowledged="")
    return acknowledged.count() >= settings.MAIL_ACKNOWLEDGEMENTS_AN_HOUR


def _has_written_much(address: str, now: datetime) -> bool:
    written = _written_by(address, since=now - AN_HOUR, incoming_mails__isnull=False)
    return written.count() >= settings.MAIL_ACKNOWLEDGEMENTS_AN_HOUR


def _written_by(address: str, *, since: datetime, **more: object) -> ContactQuerySet:
    """E-mails of ``address`` that came in after ``since``."""
    # The index leaves out contacts without an address, so the query has to say so too.
    known = Contact.objects.exclude(sender_email="").order_by()
    return known.filter(sender_email__iexact=address, received_at__gt=since, **more)
