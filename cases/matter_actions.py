"""Whose a contact is, and where it belongs: passed on, filed, put together, split out."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, Team, User
from cases.acknowledgements import acknowledgement, chaser_reply
from cases.actions import kept, let_owner_see, let_see, refuse_impossible_moment
from cases.answer_actions import held, refuse_closed, refuse_role, refuse_untold, with_how
from cases.chasing_actions import chased_messages, link_to_matter, refuse_advice
from cases.contact_messages import (
    passed_on_words,
    wording,
    writes_to,
)
from cases.models import CHASING, Case, Contact, FormalMatter, Recipient
from cases.objections import Act, refuse_objected
from cases.routing import answers_for, responsible_for, tray
from cases.staff_messages import left_message, new_work_message
from cases.starting_actions import clocked, start_clock, start_filing_clock
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from clocks.handing_over import hand_over
from clocks.models import OPEN_STATES, Clock
from notices.actions import Message, tell

Link = Contact.Link


@transaction.atomic
def pass_on(
    *,
    contact: Contact,
    to: User,
    reason: str,
    by: User,
    now: datetime,
    told_how: str = "",
    instead_of: int | None = None,
) -> Contact:
    """Hand a contact to ``to``; the date stays, and the sender is told who answers now (H59).

    What is still open goes: the answer, a formal matter, or both. By e-mail where we may write
    to the sender; else ``told_how`` says how they were told. The one who had it and the one who
    has it both hear of it. ``instead_of`` is the id of whom the page showed as having it: the
    second of two people is told of the first. Raises RuleBroken (``may_not_answer``,
    ``tell_sender``, ``already_answered``, ``already_closed``, ``passed_meanwhile``, ``in_hand``
    while an app above has it in one hand, and those of clocks.actions.reassign).
    """
    refuse_role(by)
    # The case before the contact, so that restricting and allocating come before or after.
    if contact.case:
        kept(contact.case)
    locked = held(contact)
    clocks = open_clocks(locked, filing=False)
    if not clocks:
        refuse_closed(locked)
    before = clocks[0].owner
    if instead_of not in (None, before.pk):
        raise RuleBroken(
            f"{before} has it meanwhile. Pass it on again only if they should not.",
            "passed_meanwhile",
        )
    refuse_objected(locked, Act.PASS_ON)
    refuse_untold(locked, told_how)
    for clock in clocks:
        if clock.owner != to or len(clocks) == 1:
            why = with_how(reason, told_how)
            clock_actions.reassign(clock=clock, to=to, reason=why, by=by, now=now)
    let_see(locked.case, to)
    passed = Contact.objects.get(pk=locked.pk)
    messages = [] if before in (by, to) else [left_message(passed, before, to, by, now)]
    # Who complained reads who looks at it, once somebody does.
    complained = passed.category == Contact.Category.COMPLAINT
    if writes_to(passed) and passed.is_open and not complained:
        messages.append(passed_on_words(passed, wording(), now))
    tell(messages, now=now)
    return passed


def open_clocks(contact: Contact, *, filing: bool = True) -> list[Clock]:
    """Every promise of a contact that is still open: the answer's, formal ones, the tray's."""
    formal = FormalMatter.objects.filter(contact=contact).values_list("clock", flat=True)
    keys = [contact.clock_id, *formal, contact.filing_clock_id if filing else None]
    found = Clock.objects.filter(pk__in=[key for key in keys if key], state__in=OPEN_STATES)
    return list(found.select_related("owner").order_by("pk"))


# --- Where it belongs -----------------------------------------------------------------------


@transaction.atomic
def file_contact(
    *,
    contact: Contact,
    case: Case,
    by: User,
    now: datetime,
    reason: str = "",
    told_how: str = "",
) -> Contact:
    """File a contact with its child: out of the tray, or from a wrong case with a reason (H67).

    Whoever answers for the case answers from now on, or whom the message named; every date stays
    and the sender is told who it is. Where we cannot write to them, ``told_how`` says how.
    Raises RuleBroken (``may_not_answer``, ``advice_stays_apart``, ``reason_missing``,
    ``before_birth``, ``same_case``, ``linked``, ``nobody_responsible``, ``tell_sender``).
    """
    refuse_role(by)
    # The case before the contact, in the order in which logging takes them.
    case = kept(case)
    locked = row(contact)
    _refuse_filing(locked, case, reason, now)
    category = Contact.Category(locked.category)
    owner = answers_for(case, category, _named(locked))
    goes = locked.is_open and not _is_at_desk(locked.promise)
    changes_owner = goes and locked.promise.owner != owner
    # Who complained was told no name: they hear who looks at it (H103).
    tells = changes_owner and category != Contact.Category.COMPLAINT
    if tells:
        refuse_untold(locked, told_how)
    before = locked.promise.owner if locked.clock_id else owner
    why = with_how(reason.strip() or f"Filed with {case}", told_how)
    locked.case = case
    locked.save(update_fields=["case"])
    locked.linked.update(case=case)
    if locked.filing_clock and locked.filing_clock.is_open:
        clock_actions.meet(clock=locked.filing_clock, at=now, by=by, now=now, how="Filed")
    _give_to(locked, owner, case.team, why, by, now)
    messages = []
    filed = Contact.objects.get(pk=locked.pk)
    if changes_owner and before not in (by, owner):
        messages.append(left_message(filed, before, owner, by, now))
    if tells and writes_to(filed):
        messages.append(passed_on_words(filed, wording(), now))
    tell(messages, now=now)
    return filed


def _refuse_filing(contact: Contact, case: Case, reason: str, now: datetime) -> None:
    refuse_advice(contact)
    if contact.case_id == case.pk:
        raise RuleBroken(f"{contact.reference} is filed with {case} already.", "same_case")
    if contact.case_id and not reason.strip():
        raise RuleBroken("Say why it was filed wrongly.", "reason_missing", field="reason")
    if contact.original_id:
        raise RuleBroken("File the message that this one belongs to.", "linked")
    refuse_impossible_moment(contact.received_at, case, now)


def _named(contact: Contact) -> list[User]:
    to = contact.recipients.filter(kind=Recipient.Kind.TO).select_related("user__team")
    return [recipient.user for recipient in to]


def _give_to(
    contact: Contact, owner: User, team: Team, reason: str, by: User, now: datetime
) -> None:
    """Every open promise of it goes to whoever answers for the case, and to the case's team."""
    clocks = open_clocks(contact)
    stay = {clock.pk for clock in clocks if _is_at_desk(clock)}
    Clock.objects.filter(pk__in=stay).exclude(team=team).update(team=team)
    clocks = [clock for clock in clocks if clock.pk not in stay]
    if clocks:
        hand_over(clocks=clocks, to=owner, team=team, reason=reason, by=by, now=now)
        let_owner_see(contact, owner)


def _is_at_desk(clock: Clock) -> bool:
    """Kept jointly by the resolution team, who alone own what they hold no case of (H110)."""
    return clock.owner.is_active and clock.owner.role == Role.RESOLUTION_OFFICER


@transaction.atomic
def join_to(*, contact: Contact, matter: Contact, by: User, now: datetime) -> Contact:
    """Staff see that ``contact`` is about ``matter``: it becomes its chaser (H8, H48).

    Only what one person asked about one child. Its own promise ends, because the first one
    stands and is sooner. Raises RuleBroken (``may_not_answer``, ``formal``, ``sooner``,
    ``other_case``, ``other_sender``, ``answered_meanwhile``, ``already_answered``,
    ``already_closed``, ``linked``, ``in_hand`` while an app above works on it).
    """
    refuse_role(by)
    # Both, in one order: two people who join each to the other wait instead of locking up.
    keys = sorted({contact.original_id or contact.pk, matter.original_id or matter.pk})
    list(Contact.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    locked = held(contact)
    refuse_closed(locked)
    if locked.is_formal:
        raise RuleBroken("A formal matter stays a matter of its own.", "formal")
    if matter.pk == locked.pk or has_chasers(locked):
        raise RuleBroken("Other messages belong to this one.", "linked")
    refuse_objected(locked, Act.JOIN)
    link_to_matter(locked, matter)
    first = held(locked)
    if first.promise.due_at > locked.promise.due_at:
        raise RuleBroken(
            f"{first.reference} is due later. Join that one to this instead.", "sooner"
        )
    why = f"About the same matter as {first.reference}"
    clock_actions.cancel(clock=locked.promise, reason=why, by=by, now=now)
    locked.save(update_fields=["original", "link"])
    # Notes and replies that were made on it go along.
    Contact.objects.filter(original=locked).update(original=first)
    messages = [message for message in chased_messages(locked) if message.recipient != by]
    if writes_to(locked):
        # Another key than the first acknowledgement's, which gave another date.
        messages.append(_rekeyed(chaser_reply(locked, wording()), f"joined:{now.isoformat()}"))
    tell(messages, now=now)
    return locked


def has_chasers(contact: Contact) -> bool:
    """Whether somebody asked again about it, or took it further."""
    asked_again = [*sorted(CHASING), Link.FURTHER]
    return contact.linked.filter(link__in=asked_again, struck_at=None).exists()


@transaction.atomic
def split_out(*, contact: Contact, by: User, now: datetime) -> Contact:
    """A chaser that says something new becomes a matter of its own, from the day it came (H48).

    Raises RuleBroken (``may_not_answer``, ``not_a_chaser``, ``nobody_responsible``).
    """
    refuse_role(by)
    locked = row(contact)
    if locked.link not in CHASING:
        raise RuleBroken("This is a matter of its own already.", "not_a_chaser")
    before = locked.original
    locked.original, locked.link = None, ""
    owner, team = _split_owner(locked, before)
    logged_at, locked.logged_at = locked.logged_at, now
    locked.clock = start_clock(locked, f"contact.{clocked(locked)}", owner, team)
    if locked.case is None:
        locked.filing_clock = start_filing_clock(locked)
    locked.logged_at = logged_at
    locked.save(update_fields=["original", "link", "clock", "filing_clock"])
    messages = [] if owner == by else [new_work_message(locked)]
    if writes_to(locked):
        words = acknowledgement(locked, wording())
        messages.append(_rekeyed(words, f"split:{now.isoformat()}"))
    tell(messages, now=now)
    return locked


def _split_owner(contact: Contact, before: Contact | None) -> tuple[User, Team]:
    """Who had the matter it was with, or who answers for the case, or the tray."""
    if contact.case is None:
        return tray()
    if before and before.is_open and before.promise.owner.can_own:
        return before.promise.owner, contact.case.team
    return responsible_for(contact.case, ()), contact.case.team


def _rekeyed(message: Message, part: str) -> Message:
    """The same words for another cause: a key is never used twice."""
    return replace(message, key=f"{message.key}:{part}")


def mark_seen(*, contact: Contact, by: User, now: datetime) -> None:
    """A chaser that the one responsible, or who covers for them, has opened (H49, H62)."""
    matter = contact.original
    if contact.seen_at or matter is None or matter.clock is None:
        return
    today = now.astimezone(LONDON).date()
    if matter.clock.owner_id in Absence.objects.looked_after(by, today):
        Contact.objects.filter(pk=contact.pk, seen_at=None).update(seen_at=now)


def row(contact: Contact) -> Contact:
    """The contact's own row, held until the transaction ends; struck through it is refused."""
    locked = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if locked.struck_at:
        raise RuleBroken(f"{locked.struck_by} has struck this through as a mistake.", "struck")
    return locked
