"""What a contact is: urgent or not, a formal matter, nothing to answer, or a mistake."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, MAY_LOG, let_owner_see
from cases.answer_actions import held, refuse_closed, refuse_role, refuse_untold
from cases.chasing_actions import refuse_advice
from cases.contact_messages import formal_words, urgency_words, wording, writes_to
from cases.matter_actions import has_chasers, open_clocks, row, split_out
from cases.models import CHASING, FORMAL, Contact, FormalMatter, UrgentReason
from cases.objections import Act, refuse_objected
from cases.promises_above import promise_above
from cases.staff_messages import (
    formal_work_message,
    hastened_message,
    new_work_message,
    safety_messages,
)
from cases.starting_actions import keep_formal_matter, start_formal_clock
from cases.withdrawals import end_above
from clocks import actions as clock_actions
from clocks.models import OPEN_STATES, Clock
from notices.actions import tell

Category = Contact.Category
Urgency = Contact.Urgency


# --- Urgency --------------------------------------------------------------------------------


@transaction.atomic
def decide_urgency(
    *,
    contact: Contact,
    accepted: bool,
    reason: UrgentReason | None,
    note: str,
    by: User,
    now: datetime,
    told_how: str = "",
) -> Contact:
    """Accept a message as urgent for a reason from the list, or decline it; the sender is told.

    Accepted, the answer is due by the standard for urgent messages, counted from now, unless it
    is due sooner already (H64). Words alone decide nothing (H63). For a chaser it is the
    matter's date that comes forward, and with it that of a step to which the matter was taken
    further: the sender reads the date that counts for them. Declined, no date moves. Where we
    cannot write to the sender, ``told_how`` says how they were told. Raises
    RuleBroken (``may_not_answer``, ``reason_missing``, ``note_missing``, ``decided``,
    ``tell_sender``, ``already_answered``, ``already_closed`` and those of clocks.actions.hasten).
    """
    refuse_role(by)
    _refuse_no_grounds(accepted, reason, note)
    matter = held(contact)
    above = promise_above(matter)
    if above is None:
        refuse_closed(matter)
    locked = matter if matter.pk == contact.pk else row(contact)
    if locked.urgency:
        label = Urgency(locked.urgency).label.lower()
        raise RuleBroken(f"{locked.urgency_by} has decided already: {label}.", "decided")
    refuse_untold(locked, told_how)
    _write_decision(locked, accepted, reason, note, by, now)
    if accepted:
        above = _hasten(matter, above, locked.urgency_note, by, now)
    counts = above or matter.promise
    if writes_to(locked):
        tell([urgency_words(locked, matter, counts, wording(), now)], now=now)
    return locked


def _hasten(
    matter: Contact, above: Clock | None, why: str, by: User, now: datetime
) -> Clock | None:
    """Bring both dates forward and tell who has them; returns the one ``above`` as it is now."""
    code = "urgent.accepted"
    if matter.is_open:
        matter.clock = clock_actions.hasten(
            clock=matter.promise, code=code, reason=why, by=by, now=now
        )
        if matter.promise.owner != by:
            message = new_work_message(matter)
            tell([replace(message, key=f"{message.key}:urgent:{now.isoformat()}")], now=now)
    if above is None:
        return None
    hastened = clock_actions.hasten(clock=above, code=code, reason=why, by=by, now=now)
    if hastened.owner != by:
        tell([hastened_message(hastened, above.due_at, by, now)], now=now)
    return hastened


def _refuse_no_grounds(accepted: bool, reason: UrgentReason | None, note: str) -> None:
    if accepted and reason is None:
        raise RuleBroken("Choose the reason that makes it urgent.", "reason_missing", field="why")
    if not accepted and not note.strip():
        raise RuleBroken(
            "Say why it is not urgent: the sender is told.", "note_missing", field="note"
        )


def _write_decision(
    contact: Contact,
    accepted: bool,
    reason: UrgentReason | None,
    note: str,
    by: User,
    now: datetime,
) -> None:
    contact.urgency = Urgency.ACCEPTED if accepted else Urgency.DECLINED
    contact.urgent_claimed = True
    contact.urgent_reason = reason or contact.urgent_reason
    contact.urgency_note = note.strip() or str(reason or "")
    contact.urgency_at, contact.urgency_by = now, by
    contact.save(
        update_fields=[
            "urgency",
            "urgent_claimed",
            "urgent_reason",
            "urgency_note",
            "urgency_at",
            "urgency_by",
        ]
    )


# --- Formal matters -------------------------------------------------------------------------


@transaction.atomic
def recognise_formal(
    *, contact: Contact, category: Contact.Category, by: User, now: datetime
) -> FormalMatter:
    """Somebody sees that a message is a formal matter: its clock counts from the day it came (H68).

    The promise to answer the message stays as it was made. A message may be several formal
    matters. A chaser becomes a matter of its own first. Raises RuleBroken (``may_not_answer``,
    ``not_formal``, ``formal``, ``struck``, ``advice_stays_apart``).
    """
    refuse_role(by)
    if category not in FORMAL:
        raise RuleBroken("Choose which formal matter it is.", "not_formal", field="category")
    locked = row(contact)
    refuse_advice(locked)
    if locked.link in CHASING:
        locked = split_out(contact=locked, by=by, now=now)
    locked = held(locked)
    if locked.formal_matters.filter(category=category, withdrawn=False).exists():
        raise RuleBroken(f"Its clock runs already: {category.label.lower()}.", "formal")
    locked.category = category
    locked.save(update_fields=["category"])
    matter = keep_formal_matter(locked, start_formal_clock(locked, by, now), by, now)
    owner = matter.clock.owner
    let_owner_see(locked, owner)
    told = [] if owner in (by, locked.promise.owner) else [formal_work_message(matter)]
    told += safety_messages(locked, matter.clock, by)
    tell([*told, *([formal_words(matter, wording())] if writes_to(locked) else [])], now=now)
    return matter


@transaction.atomic
def close_formal_matter(
    *, matter: FormalMatter, outcome: str, by: User, now: datetime
) -> FormalMatter:
    """Write down how a formal matter ended, which meets its clock.

    Raises RuleBroken (``may_not_answer``, ``note_missing``, ``not_open``).
    """
    locked = _held_matter(matter, outcome, by)
    clock_actions.meet(clock=locked.clock, at=now, by=by, now=now, how="Formal matter ended")
    locked.outcome = outcome.strip()
    locked.save(update_fields=["outcome"])
    return locked


@transaction.atomic
def withdraw_formal_matter(
    *, matter: FormalMatter, reason: str, by: User, now: datetime
) -> FormalMatter:
    """It was recognised by mistake: its clock is cancelled, and the record says why (H11).

    What apps above have open about it ends too, such as the stage of a complaint that was
    acknowledged. The same twice is once. Raises RuleBroken (``may_not_answer``,
    ``note_missing``, ``not_open``, ``answered`` for a complaint of which a stage was answered).
    """
    # The contact before what hangs on it, as whoever passes it on holds them.
    contact = row(matter.contact)
    locked = _held_matter(matter, reason, by)
    if locked.withdrawn and locked.outcome == reason.strip():
        return locked
    ended = end_above(locked, reason, by, now)
    if locked.clock.is_open or locked.withdrawn or not ended:
        clock_actions.cancel(clock=locked.clock, reason=reason.strip(), by=by, now=now)
    locked.outcome, locked.withdrawn = reason.strip(), True
    locked.save(update_fields=["outcome", "withdrawn"])
    left = contact.formal_matters.filter(withdrawn=False).first()
    contact.category = left.category if left else Category.INFORMAL
    contact.save(update_fields=["category"])
    return locked


def _held_matter(matter: FormalMatter, words: str, by: User) -> FormalMatter:
    refuse_role(by)
    if not words.strip():
        raise RuleBroken("Write down how it ended.", "note_missing", field="text")
    return FormalMatter.objects.select_for_update(of=("self",)).get(pk=matter.pk)


# --- Endings and mistakes -------------------------------------------------------------------


@transaction.atomic
def close_without_answer(*, contact: Contact, reason: str, by: User, now: datetime) -> Contact:
    """Nothing is to be answered, such as to a word of thanks; the record says why.

    Raises RuleBroken (``may_not_answer``, ``formal``, ``reason_missing``, ``already_answered``,
    ``already_closed``, ``in_hand`` while an app above works on it).
    """
    refuse_role(by)
    locked = held(contact)
    refuse_closed(locked)
    if locked.is_formal:
        raise RuleBroken("A formal matter has to be answered.", "formal")
    refuse_objected(locked, Act.CLOSE)
    for clock in open_clocks(locked):
        # What needs no answer need not be filed either.
        clock_actions.cancel(clock=clock, reason=reason, by=by, now=now)
    return locked


@transaction.atomic
def end_as_settled(*, contact: Contact, reason: str, by: User | None, now: datetime) -> bool:
    """What it was about is settled: its own answer is owed no more. False when nothing ends.

    ``by`` is None when the sender says so. The clock's event says who and how. A formal matter
    keeps its dates: only its own answer ends those (H68).
    """
    matter = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if matter.is_formal or not matter.is_open:
        return False
    clock_actions.cancel(clock=matter.promise, reason=reason, by=by, now=now)
    return True


@transaction.atomic
def strike_through(*, contact: Contact, reason: str, by: User, now: datetime) -> Contact:
    """Strike a mistake through: it stays on the record, with who, when and why (H11).

    Its promises end. The team may do it, and an adviser what they logged themselves as long as
    nobody has worked on it. Raises RuleBroken (``may_not_strike``, ``reason_missing``,
    ``struck``, ``chased``, ``formal``, ``in_hand`` while an app above works on it).
    """
    if not reason.strip():
        raise RuleBroken("Say what was wrong with it.", "reason_missing", field="reason")
    locked = row(contact)
    _refuse_to_strike(locked, by)
    if has_chasers(locked):
        raise RuleBroken(
            "Somebody has asked again about it. Make what they asked a matter of its own first.",
            "chased",
        )
    if locked.formal_matters.filter(withdrawn=False, clock__state__in=OPEN_STATES).exists():
        raise RuleBroken(
            "It is a formal matter with a date of its own. Withdraw that first if it is wrong.",
            "formal",
        )
    refuse_objected(locked, Act.STRIKE)
    for clock in open_clocks(locked):
        why = f"Struck through: {reason.strip()}"
        clock_actions.cancel(clock=clock, reason=why, by=by, now=now)
    locked.struck_at, locked.struck_by = now, by
    locked.struck_reason = reason.strip()
    locked.save(update_fields=["struck_at", "struck_by", "struck_reason"])
    return locked


def _refuse_to_strike(contact: Contact, by: User) -> None:
    if by.role in MAY_ANSWER:
        return
    theirs = by.role in MAY_LOG and contact.logged_by == by
    untouched = contact.answered_at is None and not contact.is_formal
    if not (theirs and untouched):
        raise RuleBroken(
            "You can strike through what you logged yourself, until the team works on it.",
            "may_not_strike",
        )
