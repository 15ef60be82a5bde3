"""Booking a call, moving it and calling it off (H28, H29, H124).

Rows are held in one order: the matter, its bookings, then the slot.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.barred import Telling, how_told
from callbacks.caller_messages import booked_words, cancelled_words, moved_words
from callbacks.models import Booking, DeskCall, Slot
from callbacks.offers import colleagues, is_over, promised_by, who_rings
from callbacks.staff_messages import (
    booked_messages,
    called_off_messages,
    colleague_message,
    outside_message,
)
from cases.actions import MAY_ANSWER, MAY_LOG, kept, let_see
from cases.answer_actions import held, refuse_closed
from cases.contact_messages import must_not_be_contacted
from cases.models import Case, Contact
from cases.routing import may_see
from clocks.calendars import LONDON
from clocks.wording import moment_in_words
from diaries.busy import busy_periods
from notices.actions import tell

Breach, State, Whose = Booking.Breach, Booking.State, Booking.Whose


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whom to ring, where and when they would like it best; ``email`` for a confirmation."""

    name: str
    phone: str
    email: str = ""
    best_time: str = ""


@transaction.atomic
def book(
    *,
    contact: Contact,
    slot: Slot,
    caller: Caller,
    submission: UUID,
    by: User | None,
    now: datetime,
    call: DeskCall | None = None,
    reason: str = "",
    wish: bool = False,
    follows: Booking | None = None,
    stand_in: User | None = None,
) -> Booking:
    """Promise the caller a call about ``contact`` in ``slot`` (H28).

    One booking a slot and one call to come a matter, however many people press at once: the
    slot's row is held and asked again, and the database refuses a second. ``reason`` says why a
    slot after the standard was taken (H29); ``wish`` that the caller wanted a later one.
    ``by`` is None for the caller themself. ``stand_in`` was chosen to ring although they do not
    work on the case. Raises RuleBroken (``may_not_book``,
    ``number_missing``, ``no_case``, ``booked_already``, ``just_taken``, ``past``, ``not_free``,
    ``other_person``, ``no_contact``, ``reason_missing``, ``already_answered``, ``already_closed``,
    ``no_standard``, ``beyond_calendar``).
    """
    _refuse_role(by)
    if not caller.phone.strip():
        raise RuleBroken("Enter the number to ring.", "number_missing", field="caller_phone")
    if made := _made_by(submission):
        return made
    matter = held(contact)
    refuse_closed(matter)
    if matter.case is None:
        raise RuleBroken("Find the child first: nobody knows who should ring.", "no_case")
    _refuse_second(matter)
    if by is not None and must_not_be_contacted(matter):
        raise RuleBroken(
            f"{matter.sender_name} must not be contacted. Ask your team lead.", "no_contact"
        )
    taken = _held_slot(slot, now)
    due = follows.promised_by if follows else promised_by(now, matter)
    breach = _breach(matter.case, taken, due, wish, follows, stand_in, now)
    if breach == Breach.OUTSIDE and not reason.strip():
        raise RuleBroken(
            f"This is after {moment_in_words(due)}. Say why.", "reason_missing", field="reason"
        )
    let_see(matter.case, taken.owner)
    booking = Booking.objects.create(
        slot=taken,
        owner=taken.owner,
        starts_at=taken.starts_at,
        ends_at=taken.ends_at,
        contact=matter,
        call=call,
        caller_name=caller.name.strip(),
        caller_phone=caller.phone.strip(),
        caller_email=caller.email.strip(),
        best_time=caller.best_time.strip(),
        booked_by=by,
        booked_at=now,
        promised_by=due,
        breach=breach,
        breach_reason=reason.strip(),
        follows=follows,
        submission=submission,
    )
    messages = booked_messages(booking, by) + colleague_message(booking, who_rings(matter.case))
    # Once: what the caller moves afterwards is no news to the lead.
    if breach == Breach.OUTSIDE and not wish:
        messages += outside_message(booking)
    messages += moved_words(booking, reason) if follows else booked_words(booking)
    tell(messages, now=now)
    return booking


@transaction.atomic
def move(
    *,
    booking: Booking,
    slot: Slot,
    how: Booking.Whose,
    submission: UUID,
    by: User | None,
    now: datetime,
    reason: str = "",
    told_how: str = "",
    stand_in: User | None = None,
) -> Booking:
    """Ring at another time, or let another person ring; the date promised stays (H36).

    The caller is told by e-mail; where we cannot write to them ``told_how`` says how we told them,
    when it is us who move it. Callers themselves move nothing whose time has begun. Returns the new
    booking. Raises RuleBroken (``over``, ``begun``, ``reason_missing``, ``tell_caller`` and
    those of :func:`book`).
    """
    _refuse_role(by)
    if made := _made_by(submission):
        return made
    held(booking.contact)
    locked = held_booking(booking)
    refuse_over(locked)
    _refuse_begun(locked, by, now)
    if how == Whose.OURS:
        refuse_untold(locked, told_how)
        _refuse_no_reason(reason)
    if locked.slot_id == slot.pk:
        return locked
    note = _with_how(reason, told_how)
    give_up(locked, State.MOVED, how, note, by, now)
    # For the same person the invitation to the new time takes the place of the old one.
    if slot.owner_id != locked.owner_id:
        tell(called_off_messages(locked, by, moved=True), now=now)
    return book(
        contact=locked.contact,
        slot=slot,
        caller=caller_of(locked),
        submission=submission,
        by=by,
        now=now,
        call=locked.call,
        reason=reason.strip() or _why_late(locked),
        wish=how == Whose.CALLER,
        follows=locked,
        stand_in=stand_in,
    )


@transaction.atomic
def cancel(
    *,
    booking: Booking,
    how: Booking.Whose,
    reason: str,
    by: User | None,
    now: datetime,
    told_how: str = "",
) -> Booking:
    """Call it off; the matter stays open and its date stays (H36). A second click is harmless.

    Raises RuleBroken (``over``, ``begun``, ``reason_missing``, ``tell_caller``,
    ``may_not_book``).
    """
    _refuse_role(by)
    held_matter(booking)
    locked = held_booking(booking)
    if locked.state == State.CANCELLED:
        return locked
    refuse_over(locked)
    _refuse_begun(locked, by, now)
    if how == Whose.OURS:
        refuse_untold(locked, told_how)
        _refuse_no_reason(reason)
    give_up(locked, State.CANCELLED, how, _with_how(reason, told_how), by, now)
    tell(called_off_messages(locked, by, moved=False) + cancelled_words(locked, reason), now=now)
    return locked


def caller_of(booking: Booking) -> Caller:
    return Caller(
        name=booking.caller_name,
        phone=booking.caller_phone,
        email=booking.caller_email,
        best_time=booking.best_time,
    )


def latest(booking: Booking) -> Booking:
    """The booking that stands now of one that was moved, however often."""
    moved = Booking.objects.with_people().select_related("slot", "call")
    while (following := moved.filter(follows=booking).first()) is not None:
        booking = following
    return booking


def give_up(
    booking: Booking,
    state: Booking.State,
    how: Booking.Whose,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    """Its slot is free again; nobody is told yet."""
    booking.state, booking.ended_how, booking.note = state, how, note
    booking.ended_at, booking.ended_by = now, by
    booking.save(update_fields=["state", "ended_how", "note", "ended_at", "ended_by"])


# --- Held rows ------------------------------------------------------------------------------


def held_matter(booking: Booking) -> Contact:
    """The matter it is about, open or not, held first of all but the case.

    What was put with another matter since is about that one (H48). The case comes before its
    contacts, as everywhere (cases.matter_actions).
    """
    about = Contact.objects.select_related("case").get(pk=booking.contact_id)
    if about.case:
        kept(about.case)
    pk = about.original_id or about.pk
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=pk)
    # Put together or apart while this waited: the case is held, so it cannot happen again.
    now_in = Contact.objects.values_list("original", flat=True).get(pk=about.pk) or about.pk
    if now_in != pk:
        Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=now_in)
    return Contact.objects.select_related("case", "clock").get(pk=now_in)


def held_booking(booking: Booking) -> Booking:
    """Its row as it stands now, held until the transaction ends."""
    Booking.objects.select_for_update(of=("self",)).only("pk").get(pk=booking.pk)
    return Booking.objects.with_people().select_related("slot", "call").get(pk=booking.pk)


def _held_slot(slot: Slot, now: datetime) -> Slot:
    """The slot, held, still free and still ahead."""
    Slot.objects.select_for_update(of=("self",)).only("pk").get(pk=slot.pk)
    locked = Slot.objects.select_related("owner__team").get(pk=slot.pk)
    gone = locked.withdrawn_at is not None or not locked.owner.can_own
    if gone or Booking.objects.holding_slot().filter(slot=locked).exists():
        raise RuleBroken("That time has just been taken.", "just_taken", field="slot")
    if locked.starts_at <= now:
        raise RuleBroken("That time has begun already.", "past", field="slot")
    first, last = (at.astimezone(LONDON).date() for at in (locked.starts_at, locked.ends_at))
    if is_over(locked, busy_periods([locked.owner], first, last)[locked.owner_id]):
        raise RuleBroken(f"{locked.owner} is not free then any more.", "not_free", field="slot")
    return locked


def _made_by(submission: UUID) -> Booking | None:
    """What this form has booked already: the second of two clicks waits here and finds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"booking:{submission}"]
        )
    return Booking.objects.with_people().filter(submission=submission).first()


# --- Guards ---------------------------------------------------------------------------------


def _breach(
    case: Case,
    slot: Slot,
    due: datetime,
    wish: bool,
    follows: Booking | None,
    stand_in: User | None,
    now: datetime,
) -> Booking.Breach:
    case = case.merged_into or case
    owner = who_rings(case)
    if slot.owner != stand_in:
        _refuse_stranger(case, slot, owner, follows, now)
    before = follows.breach if follows else Breach.NONE
    if slot.ends_at > due:
        # Who was promised too late a time, or was not rung, did not ask for a later one.
        ours = before == Breach.OUTSIDE or (follows is not None and follows.missed_at is not None)
        # Somebody else at the time the caller had wished for: it is their wish still.
        wish = wish or _is_wish_still(slot, follows)
        return Breach.WISH if wish and not ours else Breach.OUTSIDE
    # Whom the caller chose instead of somebody in time is no want of slots.
    chosen = wish and follows is not None and before != Breach.COLLEAGUE
    if slot.owner == owner or chosen:
        return Breach.NONE
    return Breach.COLLEAGUE


def _is_wish_still(slot: Slot, follows: Booking | None) -> bool:
    if follows is None or follows.breach != Breach.WISH:
        return False
    return follows.starts_at == slot.starts_at


def _refuse_stranger(
    case: Case, slot: Slot, owner: User | None, follows: Booking | None, now: datetime
) -> None:
    """The owner, who covers, their team; and whoever was to ring already, if they still may."""
    if slot.owner == owner:
        return
    if follows and slot.owner == follows.owner and may_see(case, slot.owner):
        return
    cover, team = colleagues(case, owner, now) if owner else (None, [])
    if slot.owner not in (cover, *team):
        raise RuleBroken(f"{slot.owner} does not work on this case.", "other_person", field="slot")


def _why_late(booking: Booking) -> str:
    """Why a time that the caller chose instead is after the standard."""
    if booking.missed_at:
        return f"We did not ring on {moment_in_words(booking.starts_at)}."
    if booking.breach == Breach.OUTSIDE:
        return booking.breach_reason
    return "The caller chose this time."


def _refuse_second(matter: Contact) -> None:
    other = Booking.objects.about(matter).filter(state=State.BOOKED).select_related("owner")
    if found := other.first():
        raise RuleBroken(
            f"{found.owner} rings about this on {moment_in_words(found.starts_at)} already.",
            "booked_already",
        )


def refuse_over(booking: Booking) -> None:
    """Raise RuleBroken (``over``) for a call that was made or called off already."""
    if not booking.may_be_rung:
        label = State(booking.state).label.lower()
        raise RuleBroken(f"This call is over: {label}.", "over")


def _refuse_begun(booking: Booking, by: User | None, now: datetime) -> None:
    """Somebody may be dialling: what becomes of the call is theirs to write down."""
    if by is None and booking.is_booked and booking.starts_at <= now:
        raise RuleBroken("It is time for this call.", "begun")


def refuse_untold(booking: Booking, told_how: str) -> None:
    """Whom we cannot write to somebody has to tell, and say how (H18).

    Nobody is to tell those who must not be contacted.
    """
    if not told_how.strip() and how_told(booking) == Telling.BY_PHONE:
        raise RuleBroken(
            "We cannot write to the caller: ring them. Say how you have told them.",
            "tell_caller",
            field="told_how",
        )


def _refuse_no_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("Say why: the caller is told.", "reason_missing", field="reason")


def _refuse_role(by: User | None) -> None:
    if by is not None and by.role not in MAY_LOG:
        raise RuleBroken("Your role does not book calls.", "may_not_book")


def refuse_not_answering(by: User) -> None:
    """Raise RuleBroken (``may_not_ring``) for roles that ring nobody back."""
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not ring families back.", "may_not_ring")


def _with_how(reason: str, told_how: str) -> str:
    how = f" (told {told_how.strip()})" if told_how.strip() else ""
    return f"{reason.strip()}{how}"
