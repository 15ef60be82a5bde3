"""The public form: kept first, worked through afterwards (see form_models)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog
from django.db import connection, transaction
from django.utils import timezone

from cases.models import Contact, UrgentReason
from cases.received import Received
from escalations.answers import Answers
from escalations.form_messages import result_words
from escalations.form_models import CLAIM_LASTS, RETRY_WAITS
from escalations.ladder import Addressee
from escalations.ladder_actions import Further, Result, take_further
from escalations.matching import Found, find
from escalations.models import Submission
from notices.actions import tell

log = structlog.get_logger(__name__)

# A contact's submission follows from the form's, so working through twice makes one contact.
FORMS = UUID("5d1c2a30-5f0c-5b58-8a39-4a8f3f1d2b77")
# A run ends before the next beat; what is left is its work.
RUN_LASTS = timedelta(seconds=50)
MOST_ERROR = 300


def store(*, form: UUID, answers: Answers, now: datetime) -> Submission:
    """Keep what was sent, in one row; the same form twice is one submission.

    Nothing is looked up: everybody gets the same answer in the same time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Submission._meta.db_table]
        )
        pk = int(cursor.fetchone()[0])
        fields = {
            "pk": pk,
            "reference": f"ASK-{pk:06d}",
            "received_at": now,
            "answers": answers.stored(),
            "next_try_at": now,
        }
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
        _give_up(claimed, claimed.last_error or "Working it through ended the worker.")
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

    One transaction: everything or nothing. False when another worker has done it meanwhile.
    """
    locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if locked.state != Submission.State.WAITING:
        return False
    answers = Answers.read(locked.answers)
    found = find(answers, now)
    result = take_further(
        further=_further(answers, found, locked.received_at),
        submission=uuid5(FORMS, str(locked.form)),
        by=None,
        now=now,
    )
    _done(locked, result, now)
    tell(result_words(locked, answers, result), now=now)
    return True


def _further(answers: Answers, found: Found, received_at: datetime) -> Further:
    return Further(
        received=_received(answers, found, received_at),
        case=found.case,
        matter=found.matter,
        satisfied=answers.helped or answers.answered != "yes",
        addressee=Addressee(answers.asked_for),
    )


def _received(answers: Answers, found: Found, received_at: datetime) -> Received:
    return Received(
        channel=Contact.Channel.PORTAL_MESSAGE,
        sender=Contact.Sender(answers.who),
        sender_name=answers.name,
        sender_phone=answers.phone,
        sender_email=answers.email,
        sender_person=found.person,
        establishment=found.establishment,
        category=Contact.Category(answers.formal or Contact.Category.INFORMAL),
        message=answers.message,
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
    reason = f"{type(error).__name__}: {error}"[:MOST_ERROR]
    if submission.tries > len(RETRY_WAITS):
        _give_up(submission, reason)
        return
    waits = RETRY_WAITS[submission.tries - 1]
    Submission.objects.filter(pk=submission.pk, state=Submission.State.WAITING).update(
        next_try_at=now + waits, last_error=reason
    )


def _give_up(submission: Submission, reason: str) -> None:
    Submission.objects.filter(pk=submission.pk).update(
        state=Submission.State.FAILED, next_try_at=None, last_error=reason
    )
