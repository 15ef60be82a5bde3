"""The public form: kept first, worked through afterwards (see form_models)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import RuleBroken
from accounts.models import User
from cases.models import Contact, UrgentReason
from cases.received import Received
from escalations.answers import Answers
from escalations.form_models import CLAIM_LASTS, RETRY_WAITS
from escalations.ladder import Addressee
from escalations.ladder_actions import Further, Result, take_further
from escalations.matching import Found, find, unknown_number
from escalations.models import Submission, SubmissionQuerySet
from escalations.staff_messages import given_up_messages
from notices.actions import tell

log = structlog.get_logger(__name__)

# A contact's submission follows from the form's, so working through twice makes one contact.
FORMS = UUID("5d1c2a30-5f0c-5b58-8a39-4a8f3f1d2b77")
# A run ends before the next beat; what is left is its work.
RUN_LASTS = timedelta(seconds=50)
MOST_ERROR = 300
# What a robot seems to have sent waits this long; its dates count from its arrival all the same.
HELD_BACK = timedelta(hours=24)
SUSPECT = "The field that people cannot see was filled in: a robot, or a browser that fills in all."


def store(*, form: UUID, answers: Answers, now: datetime, suspect: bool = False) -> Submission:
    """Keep what was sent, in one row; the same form twice is one submission.

    Nothing is looked up: everybody gets the same answer in the same time. ``suspect`` is what a
    robot seems to have sent: it is worked through a day later (docs/decisions/0021). What is
    formal or urgent never waits (H63, H68).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Submission._meta.db_table]
        )
        pk = int(cursor.fetchone()[0])
        fields: dict[str, Any] = {
            "pk": pk,
            "reference": f"ASK-{pk:06d}",
            "received_at": now,
            "answers": answers.stored(),
            "next_try_at": now,
        }
        if suspect and not (answers.formal or answers.urgent):
            fields |= {"next_try_at": now + HELD_BACK, "last_error": SUSPECT}
        kept, _ = Submission.objects.get_or_create(form=form, defaults=fields)
    return kept


def work_through_due(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """Put what is due with the person responsible, one by one; returns how many.

    ``clock`` gives the aware moment and is asked again for each. Any number of workers may do
    this at once; one that dies only delays the one it had.
    """
    done, begun = 0, clock()
    while (now := clock()) - begun < RUN_LASTS and (claimed := _claim(now)):
        done += _work_or_put_off(claimed, clock)
    return done


@transaction.atomic
def _claim(now: datetime) -> Submission | None:
    due = Submission.objects.waiting(now).select_for_update(skip_locked=True)
    claimed = due.first()
    while claimed and claimed.tries > len(RETRY_WAITS):
        # Its workers died, so that none of them could give it up.
        _give_up(claimed, claimed.last_error or "Working it through ended the worker.", now)
        claimed = due.first()
    if claimed is None:
        return None
    claimed.tries += 1
    claimed.next_try_at = now + CLAIM_LASTS
    claimed.save(update_fields=["tries", "next_try_at"])
    return claimed


def _work_or_put_off(claimed: Submission, clock: Callable[[], datetime]) -> bool:
    try:
        return work_through(submission=claimed, now=clock())
    except Exception as error:
        log.warning(
            "form_not_worked_through",
            submission=claimed.pk,
            tries=claimed.tries,
            error=type(error).__name__,
        )
        _put_off(claimed, error, clock())
        return False


@transaction.atomic
def work_through(*, submission: Submission, now: datetime) -> bool:
    """Find the child and the matter, take the concern where it belongs, tell the sender.

    One transaction: everything or nothing. Two forms about children born on one day are worked
    through one after the other, so that the second of two finds the matter that the first has
    made. False when another worker has done it meanwhile.
    """
    locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if locked.state != Submission.State.WAITING:
        return False
    answers = Answers.read(locked.answers)
    _hold(f"concern:{answers.child_born}")
    # The clock of the machine that took it in may be ahead of ours.
    now = max(now, locked.received_at)
    found = find(answers, now)
    result = take_further(
        further=_further(locked, answers, found),
        submission=uuid5(FORMS, str(locked.form)),
        by=None,
        now=now,
    )
    _done(locked, result, now)
    return True


def _hold(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _further(submission: Submission, answers: Answers, found: Found) -> Further:
    return Further(
        received=replace(
            _received(answers, found, submission.received_at), given_reference=submission.reference
        ),
        case=found.case,
        matter=found.matter,
        satisfied=answers.helped or answers.answered != "yes",
        answered={"yes": True, "no": False}.get(answers.answered),
        addressee=Addressee(answers.asked_for),
        reference=submission.reference,
        lost=found.lost,
        born=answers.child_born,
    )


def _received(answers: Answers, found: Found, received_at: datetime) -> Received:
    """As it is written down; a number that is not on the record is no way to reach somebody who
    is, until people have asked who it is."""
    unknown = unknown_number(answers, found)
    return Received(
        channel=Contact.Channel.PORTAL_MESSAGE,
        sender=Contact.Sender(answers.who),
        sender_name=answers.name,
        sender_phone="" if unknown else answers.phone,
        sender_email=answers.email,
        sender_person=found.person,
        establishment=found.establishment,
        category=Contact.Category(answers.formal or Contact.Category.INFORMAL),
        message=f"{answers.message}\n\n{unknown}" if unknown else answers.message,
        received_at=received_at,
        told_child="" if found.case else answers.told_child,
        urgent_reason=UrgentReason.objects.filter(code=answers.urgent, active=True).first(),
    )


def _done(submission: Submission, result: Result, now: datetime) -> None:
    submission.state, submission.done_at = Submission.State.DONE, now
    submission.next_try_at, submission.last_error = None, ""
    submission.contact, submission.escalation = result.contact, result.escalation
    submission.kind = result.placement.kind.value
    submission.save(
        update_fields=[
            "state",
            "done_at",
            "next_try_at",
            "last_error",
            "contact",
            "escalation",
            "kind",
        ]
    )


def _put_off(submission: Submission, error: Exception, now: datetime) -> None:
    # Administrators see this, and what was typed might be in the error's own words.
    reason = error.message[:MOST_ERROR] if isinstance(error, RuleBroken) else type(error).__name__
    if submission.tries > len(RETRY_WAITS):
        _give_up(submission, reason, now)
        return
    waits = RETRY_WAITS[submission.tries - 1]
    _still_ours(submission).update(next_try_at=now + waits, last_error=reason)


def _give_up(submission: Submission, reason: str, now: datetime) -> None:
    """Somebody waits for an answer and nobody has it: the administrators hear of it."""
    given_up = {"state": Submission.State.FAILED, "next_try_at": None, "last_error": reason}
    if _still_ours(submission).update(**given_up):
        tell(given_up_messages(submission, now), now=now)


def _still_ours(submission: Submission) -> SubmissionQuerySet:
    """Nothing, once another worker has taken it over."""
    waiting = Submission.objects.filter(state=Submission.State.WAITING, tries=submission.tries)
    return waiting.filter(pk=submission.pk)


def work_again(*, submission: Submission, by: User, now: datetime) -> bool:
    """Try one that was given up or is held back from ``now``; False when it is neither."""
    stopped = Submission.objects.failed() | Submission.objects.held_back()
    changed = stopped.filter(pk=submission.pk).update(
        state=Submission.State.WAITING, next_try_at=now, tries=0, last_error=""
    )
    if changed:
        log.info("form_tried_again", submission=submission.pk, by=by.pk)
    return bool(changed)
