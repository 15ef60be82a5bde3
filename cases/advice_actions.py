"""Writing down what the advice line was asked: never tied to a child (S3)."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, log_contact
from cases.advice import ANONYMOUS, Theme
from cases.answer_actions import answer_contact
from cases.models import Contact, Establishment
from cases.received import Received

NAMES_A_CASE = re.compile(r"\bEHC[ -]?[0-9]{3,}\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What was asked, by whom, when (``received_at`` aware), and the answer if it was given."""

    sender: Contact.Sender
    theme: Theme
    question: str
    received_at: datetime
    sender_name: str = ""
    sender_phone: str = ""
    establishment: Establishment | None = None
    # Empty when they are to be called back.
    answer: str = ""


@transaction.atomic
def log_advice(*, advice: Advice, submission: UUID, by: User, now: datetime) -> Contact:
    """Write down a call to the advice line; answered at once, or to be called back (S3).

    Answered, its clock is met at ``now`` (aware); else it runs, and name and number are needed.
    The same form sent twice is one contact. Raises RuleBroken (``may_not_answer``,
    ``name_missing``, ``phone_missing`` and those of log_contact and answer_contact).
    """
    if NAMES_A_CASE.search(f"{advice.question}\n{advice.answer}"):
        raise RuleBroken(
            "This names a case. Find the case and log it there, so that nothing is lost.",
            "names_a_case",
            field="question",
        )
    answered = bool(advice.answer.strip())
    if answered and by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not give advice.", "may_not_answer", field="outcome")
    if not answered:
        _refuse_unreachable(advice)
    contact = log_contact(
        case=None,
        received=_received(advice),
        submission=submission,
        by=by,
        now=now,
        tell_owner=not answered,
    )
    if not answered:
        return contact
    return answer_contact(
        contact=contact, answer=Contact.Answer.TELEPHONE, note=advice.answer, by=by, now=now
    )


def _refuse_unreachable(advice: Advice) -> None:
    if not advice.sender_name:
        raise RuleBroken(
            "Enter the name of whom to call back.", "name_missing", field="sender_name"
        )
    if not advice.sender_phone:
        raise RuleBroken("Enter the number to call back.", "phone_missing", field="sender_phone")


def _received(advice: Advice) -> Received:
    return Received(
        channel=Contact.Channel.TELEPHONE,
        category=Contact.Category.ADVICE_LINE,
        sender=advice.sender,
        sender_name=advice.sender_name or ANONYMOUS,
        sender_phone=advice.sender_phone,
        establishment=advice.establishment,
        theme=advice.theme,
        message=advice.question,
        received_at=advice.received_at,
    )
