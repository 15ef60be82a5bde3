"""What happens to a contact besides its answer: whose it is, what it is, and mistakes."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import Team, User
from cases.actions import (
    MAY_ANSWER,
    MAY_LOG,
    chased_messages,
    keep_formal_matter,
    let_see,
    link_to_matter,
    refuse_advice,
    refuse_impossible_moment,
    start_clock,
    start_formal_clock,
)
from cases.answer_actions import held, refuse_answered, refuse_untold
from cases.contact_messages import (
    acknowledgement,
    chaser_reply,
    formal_words,
    passed_on_words,
    urgency_words,
    wording,
)
from cases.models import FORMAL, Case, Contact, FormalMatter, UrgentReason
from cases.routing import responsible_for
from cases.staff_messages import left_message, new_work_message
from clocks import actions as clock_actions
from clocks.models import Clock
from notices.actions import Message, tell

Link = Contact.Link
Category = Contact.Category
Urgency = Contact.Urgency


@transaction.atomic
def pass_on(
    *, contact: Contact, to: User, reason: str, by: User, now: datetime, told_how: str = ""
) -> Contact:
    """Hand a contact to ``to``; the date stays, and the sender is told who answers now (H59).

    By e-mail where we have an address; else ``told_how`` says how they were told. The one who
    had it and the one who has it both hear of it. Raises RuleBroken (``may_not_answer``,
    ``tell_sender``, ``already_answered`` and those of clocks.actions.reassign).
    """
    refuse_role(by)
    locked = held(contact)
    refuse_answered(locked)
    refuse_untold(locked, told_how)
    before = locked.promise.owner
    why = f"{reason.strip()} (told {told_how.strip()})" if told_how.strip() else reason
    locked.clock = clock_actions.reassign(clock=locked.promise, to=to, reason=why, by=by, now=now)
    _pass_formal_on(locked, to, why, by, now)
    let_see(locked.case, to)
    messages = [] if before == by else [left_message(locked, before, by, now)]
    if locked.sender_email:
        messages.append(passed_on_words(locked, wording(), now))
    tell(messages, now=now)
    return locked


def _pass_formal_on(contact: Contact, to: User, reason: str, by: User, now: datetime) -> None:
    matter = FormalMatter.objects.filter(contact=contact).select_related("clock__owner").first()
    if matter and matter.clock.is_open and matter.clock.owner != to:
        clock_actions.reassign(clock=matter.clock, to=to, reason=reason, by=by, now=now)


# --- Where it belongs -----------------------------------------------------------------------


@transaction.atomic
def file_contact(
    *, contact: Contact, case: Case, by: User, now: datetime, reason: str = ""
) -> Contact:
    """File a contact with its child: out of the tray, or from a wrong case with a reason (H67).

    Whoever answers for the case answers from now on; the date stays and the sender is told who
    it is. Raises RuleBroken (``may_not_answer``, ``advice_stays_apart``, ``reason_missing``,
    ``before_birth``, ``same_case``, ``nobody_responsible``).
    """
    refuse_role(by)
    locked = _row(contact)
    case = case.merged_into or case
    refuse_advice(locked)
    if locked.case_id == case.pk:
        raise RuleBroken(f"{locked.reference} is filed with {case} already.", "same_case")
    if locked.case_id and not reason.strip():
        raise RuleBroken("Say why it was filed wrongly.", "reason_missing", field="reason")
    if locked.original_id:
        raise RuleBroken("File the message that this one belongs to.", "linked")
    refuse_impossible_moment(locked.received_at, case, now)
    why = reason.strip() or f"Filed with {case}"
    locked.case = case
    locked.save(update_fields=["case"])
    locked.linked.update(case=case)
    _end_filing(locked, by, now)
    _give_to(locked, responsible_for(case, ()), case.team, why, by, now)
    return locked


def _end_filing(contact: Contact, by: User, now: datetime) -> None:
    if contact.filing_clock and contact.filing_clock.is_open:
        clock_actions.meet(clock=contact.filing_clock, at=now, by=by, now=now, how="Filed")


def _give_to(
    contact: Contact, owner: User, team: Team, reason: str, by: User, now: datetime
) -> None:
    """The promise goes to whoever answers for the case; the sender hears who that is."""
    if not contact.is_open or contact.promise.owner == owner:
        return
    contact.clock = clock_actions.reassign(
        clock=contact.promise, to=owner, reason=reason, by=by, now=now
    )
    _pass_formal_on(contact, owner, reason, by, now)
    let_see(contact.case, owner)
    if contact.sender_email:
        tell([passed_on_words(contact, wording(), now)], now=now)


@transaction.atomic
def join_to(*, contact: Contact, matter: Contact, by: User, now: datetime) -> Contact:
    """Staff see that ``contact`` is about ``matter``: it becomes its chaser (H8, H48).

    Its own promise ends, because the first one stands and is sooner. Raises RuleBroken
    (``may_not_answer``, ``formal``, ``sooner``, ``other_case``, ``answered_meanwhile``,
    ``already_answered``).
    """
    refuse_role(by)
    locked = held(contact)
    refuse_answered(locked)
    if locked.is_formal:
        raise RuleBroken("A formal matter stays a matter of its own.", "formal")
    if matter.pk == locked.pk or locked.linked.exists():
        raise RuleBroken("Other messages belong to this one.", "linked")
    link_to_matter(locked, matter)
    if matter.promise.due_at > locked.promise.due_at:
        raise RuleBroken(
            f"{matter.reference} is due later. Join that one to this instead.", "sooner"
        )
    clock_actions.cancel(
        clock=locked.promise,
        reason=f"About the same matter as {matter.reference}",
        by=by,
        now=now,
    )
    _save_link(locked)
    messages = chased_messages(locked)
    if locked.sender_email:
        # Its key is another than the first acknowledgement's: the first one gave a date.
        messages.append(_rekeyed(chaser_reply(locked, wording()), "joined"))
    tell([message for message in messages if message.recipient != by], now=now)
    return locked


@transaction.atomic
def split_out(*, contact: Contact, by: User, now: datetime) -> Contact:
    """A chaser that says something new becomes a matter of its own, from the day it came (H48).

    Raises RuleBroken (``may_not_answer``, ``not_a_chaser``, ``nobody_responsible``).
    """
    refuse_role(by)
    locked = _row(contact)
    if locked.link not in (Link.CHASER, Link.FOLLOW_UP) or locked.case is None:
        raise RuleBroken("This is a matter of its own already.", "not_a_chaser")
    before = locked.original
    owner = before.promise.owner if before and before.is_open else None
    locked.original, locked.link = None, ""
    if owner is None or not owner.can_own:
        owner = responsible_for(locked.case, ())
    locked.logged_at, logged_at = now, locked.logged_at
    locked.clock = start_clock(locked, f"contact.{locked.channel}", owner, locked.case.team)
    locked.logged_at = logged_at
    _save_link(locked)
    messages = [] if owner == by else [new_work_message(locked)]
    if locked.sender_email:
        messages.append(_rekeyed(acknowledgement(locked, wording()), "split"))
    tell(messages, now=now)
    return locked


def _save_link(contact: Contact) -> None:
    contact.save(update_fields=["original", "link", "clock"])


def _rekeyed(message: Message, part: str) -> Message:
    """The same words for another cause: a key is never used twice."""
    return replace(message, key=f"{message.key}:{part}")


# --- What it is -----------------------------------------------------------------------------


@transaction.atomic
def recognise_formal(
    *, contact: Contact, category: Contact.Category, by: User, now: datetime
) -> FormalMatter:
    """Somebody sees that a message is a formal matter: its clock counts from the day it came (H68).

    The promise to answer the message stays as it was made. A chaser becomes a matter of its own
    first. Raises RuleBroken (``may_not_answer``, ``not_formal``, ``formal``, ``struck``).
    """
    refuse_role(by)
    if category not in FORMAL:
        raise RuleBroken("Choose which formal matter it is.", "not_formal", field="category")
    locked = _row(contact)
    refuse_advice(locked)
    if locked.link in (Link.CHASER, Link.FOLLOW_UP):
        locked = split_out(contact=locked, by=by, now=now)
    locked = held(locked)
    if FormalMatter.objects.filter(contact=locked).exists():
        raise RuleBroken("This is a formal matter already.", "formal")
    locked.category = category
    locked.save(update_fields=["category"])
    matter = keep_formal_matter(locked, start_formal_clock(locked, by, now), by, now)
    if locked.sender_email:
        tell([formal_words(matter, wording())], now=now)
    return matter


@transaction.atomic
def close_formal_matter(
    *, matter: FormalMatter, outcome: str, by: User, now: datetime
) -> FormalMatter:
    """Write down how a formal matter ended, which meets its clock.

    Raises RuleBroken (``may_not_answer``, ``note_missing``, ``not_open``).
    """
    refuse_role(by)
    if not outcome.strip():
        raise RuleBroken("Write down how it ended.", "note_missing", field="outcome")
    locked = FormalMatter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
    clock_actions.meet(clock=locked.clock, at=now, by=by, now=now, how="Formal matter ended")
    locked.outcome = outcome.strip()
    locked.save(update_fields=["outcome"])
    return locked


@transaction.atomic
def decide_urgency(
    *,
    contact: Contact,
    accepted: bool,
    reason: UrgentReason | None,
    note: str,
    by: User,
    now: datetime,
) -> Contact:
    """Accept a message as urgent for a reason from the list, or decline it; the sender is told.

    Accepted, the answer is due by the standard for urgent messages, counted from now, unless it
    is due sooner already (H64). Words alone decide nothing (H63). For a chaser it is the
    matter's date that comes forward. Raises RuleBroken (``may_not_answer``, ``reason_missing``,
    ``note_missing``, ``decided``, ``already_answered`` and those of clocks.actions.hasten).
    """
    refuse_role(by)
    if accepted and reason is None:
        raise RuleBroken("Choose the reason that makes it urgent.", "reason_missing", field="why")
    if not accepted and not note.strip():
        raise RuleBroken(
            "Say why it is not urgent: the sender is told.", "note_missing", field="note"
        )
    matter = held(contact)
    refuse_answered(matter)
    locked = matter if matter.pk == contact.pk else _row(contact)
    if locked.urgency:
        raise RuleBroken(
            f"{locked.urgency_by} has decided already: {Urgency(locked.urgency).label.lower()}.",
            "decided",
        )
    locked.urgency = Urgency.ACCEPTED if accepted else Urgency.DECLINED
    locked.urgent_claimed = True
    locked.urgent_reason = reason or locked.urgent_reason
    locked.urgency_note = (note.strip() or str(reason or ""))[:300]
    locked.urgency_at, locked.urgency_by = now, by
    locked.save(
        update_fields=[
            "urgency",
            "urgent_claimed",
            "urgent_reason",
            "urgency_note",
            "urgency_at",
            "urgency_by",
        ]
    )
    if accepted:
        matter.clock = clock_actions.hasten(
            clock=matter.promise,
            code="urgent.accepted",
            reason=locked.urgency_note,
            by=by,
            now=now,
        )
    messages = [urgency_words(locked, matter, wording())] if locked.sender_email else []
    if accepted and matter.promise.owner != by:
        messages.append(_rekeyed(new_work_message(matter), f"urgent:{now.isoformat()}"))
    tell(messages, now=now)
    return locked


# --- Endings and mistakes -------------------------------------------------------------------


@transaction.atomic
def close_without_answer(*, contact: Contact, reason: str, by: User, now: datetime) -> Contact:
    """Nothing is to be answered, such as to a word of thanks; the record says why.

    Raises RuleBroken (``may_not_answer``, ``formal``, ``reason_missing``, ``already_answered``).
    """
    refuse_role(by)
    locked = held(contact)
    refuse_answered(locked)
    if locked.is_formal:
        raise RuleBroken("A formal matter has to be answered.", "formal")
    locked.clock = clock_actions.cancel(clock=locked.promise, reason=reason, by=by, now=now)
    return locked


@transaction.atomic
def strike_through(*, contact: Contact, reason: str, by: User, now: datetime) -> Contact:
    """Strike a mistake through: it stays on the record, with who, when and why (H11).

    Its promises end. Who wrote it down may do it, and who may answer. Raises RuleBroken
    (``may_not_strike``, ``reason_missing``, ``struck``).
    """
    if by.role not in MAY_ANSWER and not (by.role in MAY_LOG and contact.logged_by == by):
        raise RuleBroken("Only who logged it, or the team, can strike it out.", "may_not_strike")
    if not reason.strip():
        raise RuleBroken("Say what was wrong with it.", "reason_missing", field="reason")
    locked = _row(contact)
    if locked.struck_at:
        raise RuleBroken(f"{locked.struck_by} has struck it through already.", "struck")
    why = f"Struck through: {reason.strip()}"
    for clock in _open_clocks(locked):
        clock_actions.cancel(clock=clock, reason=why, by=by, now=now)
    locked.struck_at, locked.struck_by = now, by
    locked.struck_reason = reason.strip()[:300]
    locked.save(update_fields=["struck_at", "struck_by", "struck_reason"])
    return locked


def _open_clocks(contact: Contact) -> list[Clock]:
    matter = FormalMatter.objects.filter(contact=contact).select_related("clock").first()
    clocks = [contact.clock, contact.filing_clock, matter.clock if matter else None]
    return [clock for clock in clocks if clock and clock.is_open]


def mark_seen(*, contact: Contact, by: User, now: datetime) -> None:
    """A chaser that the one responsible has opened; a second time is harmless (H49)."""
    matter = contact.original
    if contact.seen_at or matter is None or matter.clock is None or matter.clock.owner != by:
        return
    Contact.objects.filter(pk=contact.pk, seen_at=None).update(seen_at=now)


def refuse_role(by: User) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer contacts.", "may_not_answer")


def _row(contact: Contact) -> Contact:
    locked = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if locked.struck_at:
        raise RuleBroken("This was struck through as a mistake.", "struck")
    return locked
