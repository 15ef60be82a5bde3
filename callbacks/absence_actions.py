"""Leave and booked calls: nobody waits for a call that nobody makes (H36, H62, H124, E4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import uuid4

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from accounts import actions as accounts_actions
from accounts.errors import RuleBroken
from accounts.models import Absence, User
from callbacks.absences import covers_away, days_in_words, instead_of
from callbacks.barred import Telling, how_told
from callbacks.booking_actions import held_booking, held_matter, move, refuse_over
from callbacks.models import Booking, Slot
from callbacks.offers import colleagues, free_slots, who_rings
from callbacks.slot_actions import renew_slots, withdraw_under
from callbacks.staff_messages import to_tell_message
from callbacks.stranded import TOLD_LATER, calls_during, clashes, waits_to_be_told
from cases.actions import let_see
from cases.contact_messages import matter_of
from cases.models import Case, Contact
from cases.sent_actions import log_sent
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from diaries.actions import FARTHEST, hold_diary
from notices.actions import Message, tell
from notices.models import Notice

# Somebody is quicker at one free time after the other: then there are enough of us at it.
MOST_TRIES = 5
TAKEN = frozenset({"just_taken", "not_free", "past"})
# The call was moved or called off while the page was open.
OVER = "over"
CLOSED = frozenset({"already_answered", "already_closed", "struck", "not_a_matter"})


class Way(StrEnum):
    """What becomes of a call whose owner cannot ring."""

    SAME_TIME = "same_time"
    BACK = "back"
    COLLEAGUE = "colleague"
    LEAVE = "leave"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One call and what is to become of it.

    ``stand_in`` rings at the same time; ``back`` (aware) is when its owner rings again.
    """

    booking: Booking
    way: Way
    stand_in: User | None = None
    back: datetime | None = None


# --- Leave begins and ends --------------------------------------------------------------------


@transaction.atomic
def enter_absence(
    *,
    person: User,
    first_day: date,
    last_day: date,
    cover: User | None,
    by: User,
    now: datetime,
) -> Absence:
    """Write down that ``person`` is away; their free slots of these days are gone at once (H62).

    What is booked stays booked until somebody moves it, and the lead hears of it (H124). A call
    that is being booked at the same moment is either among them or finds its slot gone. Raises
    RuleBroken (``too_far``, ``cover_away`` and those of accounts.actions.enter_absence).
    """
    _refuse_too_far(last_day, now)
    absence = accounts_actions.enter_absence(
        person=person, first_day=first_day, last_day=last_day, cover=cover, by=by
    )
    _refuse_cover_away(absence)
    renew_slots(person=person, now=now)
    tell(_booked_messages(absence, by), now=now)
    return absence


def _refuse_too_far(last_day: date, now: datetime) -> None:
    if last_day > now.astimezone(LONDON).date() + FARTHEST:
        raise RuleBroken("Choose days within the next two years.", "too_far", field="last_day")


def _refuse_cover_away(absence: Absence) -> None:
    """Whoever is away on all of these days looks after nobody's answers; on some, it is said."""
    for theirs in covers_away([absence])[absence.pk]:
        if theirs.first_day <= absence.first_day and absence.last_day <= theirs.last_day:
            said = f"{absence.cover} is away too, {days_in_words(theirs)}."
            instead = f"{instead_of(theirs, absence)} Choose somebody else."
            raise RuleBroken(f"{said}{instead}", "cover_away", field="cover")


@transaction.atomic
def end_absence(*, absence: Absence, last_day: date, by: User, now: datetime) -> None:
    """Back again: the slots of the days that are left come back; calls moved stay moved.

    Raises RuleBroken (those of accounts.actions.end_absence).
    """
    accounts_actions.end_absence(absence=absence, last_day=last_day, by=by)
    renew_slots(person=absence.person, now=now)


def _booked_messages(absence: Absence, by: User) -> list[Message]:
    """For whoever leads: how many calls wait to be moved."""
    person, team = absence.person, absence.person.team
    leads = (team.lead, team.manager) if team else ()
    lead = next((one for one in leads if one and one.is_active and one != person), None)
    number = calls_during(absence).count()
    if lead is None or lead == by or number == 0:
        return []
    calls = "1 call is" if number == 1 else f"{number} calls are"
    days = f"{day_in_words(absence.first_day)} to {day_in_words(absence.last_day)}"
    return [
        Message(
            key=f"absence:{absence.pk}:calls",
            kind=Notice.Kind.CALLBACK,
            subject=f"{calls} booked while {person} is away",
            body=f"{person} is away from {days}. {calls} booked then and can be moved in one step.",
            path=reverse("absence_calls", args=[absence.pk]),
            recipient=lead,
            address=lead.email,
        )
    ]


# --- Calls that somebody else makes, or at another time -----------------------------------------


def move_calls(
    *, wishes: Sequence[Wish], teller: User, page: str, by: User, now: datetime
) -> tuple[list[Booking], dict[int, str]]:
    """Move each call as wished: one transaction each, so that what is done stays done (H36).

    Pressed again, or after a crash, it does only the rest. ``teller`` rings the callers whom we
    cannot write to, and ticks them off on the page at the path ``page``. Returns the new
    bookings, and why others stay as they are, by booking; somebody else's move meanwhile is no
    failure.
    """
    moved: list[Booking] = []
    stays: dict[int, str] = {}
    for wish in wishes:
        if wish.way == Way.LEAVE:
            continue
        try:
            moved.append(_move_one(wish, teller, page, by, now))
        except RuleBroken as broken:
            if broken.code != OVER:
                stays[wish.booking.pk] = _why_it_stays(broken)
    # The times that these calls have left are not offered while their owner is away.
    for person in {wish.booking.owner for wish in wishes}:
        renew_slots(person=person, now=now)
    return moved, stays


@transaction.atomic
def _move_one(wish: Wish, teller: User, page: str, by: User, now: datetime) -> Booking:
    booking = wish.booking
    tells = how_told(booking) == Telling.BY_PHONE
    who = f"later: {teller} rings them" if tells else ""
    if wish.way == Way.SAME_TIME:
        moved = _to_stand_in(wish, who, by, now)
    elif wish.way == Way.BACK:
        moved = _to_own_time(wish, who, by, now)
    else:
        moved = _to_colleague(wish, who, by, now)
    if tells and teller != by:
        tell([to_tell_message(moved, teller, page)], now=now)
    return moved


def _to_stand_in(wish: Wish, told_how: str, by: User, now: datetime) -> Booking:
    if wish.stand_in is None:
        raise RuleBroken("Choose who rings instead.", "nobody_chosen")
    return hand_to(booking=wish.booking, person=wish.stand_in, told_how=told_how, by=by, now=now)


def _to_own_time(wish: Wish, told_how: str, by: User, now: datetime) -> Booking:
    owner = wish.booking.owner
    after = max(wish.back or now, wish.booking.starts_at)
    nothing = f"{owner} has no free time after that."
    return _to_free_time(wish.booking, [owner], after, nothing, told_how, by, now)


def _to_colleague(wish: Wish, told_how: str, by: User, now: datetime) -> Booking:
    booking, case = wish.booking, wish.booking.contact.case
    if case is None:
        raise RuleBroken("Find the child first: nobody knows who should ring.", "no_case")
    cover, team = colleagues(case, booking.owner, now)
    found = {one.pk: one for one in (who_rings(case), cover, *team) if one}
    people = [one for one in found.values() if one != booking.owner]
    nothing = "No colleague has a free time from then on."
    return _to_free_time(booking, people, booking.starts_at, nothing, told_how, by, now)


def _to_free_time(
    booking: Booking,
    people: Collection[User],
    after: datetime,
    nothing: str,
    told_how: str,
    by: User,
    now: datetime,
) -> Booking:
    """The first free time of ``people``; never before the time agreed, which the caller knows."""
    free = [slot for slot in free_slots(people, now) if slot.starts_at >= after]
    for slot in free[:MOST_TRIES]:
        try:
            return _move(booking, slot, told_how, by, now)
        except RuleBroken as broken:
            if broken.code not in TAKEN:
                raise
    raise RuleBroken(nothing, "no_free_time")


def _move(booking: Booking, slot: Slot, told_how: str, by: User, now: datetime) -> Booking:
    return move(
        booking=booking,
        slot=slot,
        how=Booking.Whose.OURS,
        submission=uuid4(),
        by=by,
        now=now,
        reason=f"{booking.owner} cannot ring then.",
        told_how=told_how,
        stand_in=None if slot.owner == booking.owner else slot.owner,
    )


@transaction.atomic
def hand_to(
    *, booking: Booking, person: User, by: User, now: datetime, told_how: str = ""
) -> Booking:
    """Let ``person`` make the call at the same time, whether or not they have a slot then (H62).

    Their diary is held, so that nothing is put there meanwhile; what they offered at that time
    is withdrawn and a slot of exactly this period made. Without an address of the caller's,
    ``told_how`` says how they learn of it. Raises RuleBroken (``over``, ``other_person``,
    ``cannot_own``, ``not_free`` and those of booking_actions.move).
    """
    # The order of booking_actions: the matter, its bookings, then diary and slot.
    held_matter(booking)
    locked = held_booking(booking)
    refuse_over(locked)
    if locked.owner_id == person.pk:
        return locked
    hold_diary([person.pk])
    person = User.objects.select_related("team").get(pk=person.pk)
    _refuse_who_cannot(locked, person)
    start, end = locked.starts_at, locked.ends_at
    if withdraw_under(person=person, start=start, end=end, now=now):
        raise _busy(person, "another call is booked with them then")
    slot = Slot.objects.create(owner=person, period=DateTimeTZRange(start, end), made_at=now)
    return _move(locked, slot, told_how, by, now)


def _refuse_who_cannot(booking: Booking, person: User) -> None:
    if not person.can_own:
        raise RuleBroken(f"{person} does not ring families back.", "cannot_own")
    if why := clashes(person, [booking]).get(booking.pk):
        raise _busy(person, why)
    case = booking.contact.case
    if case is None or not _could_open(case, booking, person):
        raise RuleBroken(f"{person} could not open the child’s record.", "other_person")


def _busy(person: User, why: str) -> RuleBroken:
    return RuleBroken(f"{person} cannot ring then: {why}.", "not_free")


def _could_open(case: Case, booking: Booking, person: User) -> bool:
    """Whether ``person`` may open the case when it is time to ring."""
    if case.restricted:
        # Whoever rings is named on it, as always when somebody gets a promise to keep.
        let_see(case, person)
        return True
    if person.sees_whole_service or case.team_id == person.team_id:
        return True
    day = booking.starts_at.astimezone(LONDON).date()
    answers = matter_of(booking.contact).promise.owner
    if Absence.objects.covered_by(person, day).filter(person=answers).exists():
        return True
    return Case.objects.visible_to(person).filter(pk=case.pk).exists()


def _why_it_stays(broken: RuleBroken) -> str:
    if broken.code in CLOSED:
        return "The question is closed already: ring all the same, or call it off."
    return broken.message


# --- Callers whom we cannot write to --------------------------------------------------------------


@transaction.atomic
def note_told(*, booking: Booking, by: User, now: datetime) -> bool:
    """``by`` has told the caller by telephone when they are rung now (H18, H44).

    It goes on the child's record as a call. Returns whether they were still to be told: a
    second click changes nothing. Raises RuleBroken (``may_not_answer``).
    """
    matter = held_matter(booking)
    locked = held_booking(booking)
    before = locked.follows
    if before is None or matter.case is None or not waits_to_be_told(locked):
        return False
    at = moment_in_words(locked.starts_at)
    log_sent(
        case=matter.case,
        channel=Contact.Channel.TELEPHONE,
        with_whom=locked.caller_name,
        note=f"Told them that {locked.owner} rings on {at}, instead of {before.owner} on "
        f"{moment_in_words(before.starts_at)}.",
        at=now,
        submission=uuid4(),
        by=by,
        now=now,
        about=matter,
    )
    said, _, _ = before.note.partition(TOLD_LATER)
    before.note = f"{said}(told by telephone on {moment_in_words(now)} by {by})"
    before.save(update_fields=["note"])
    return True
