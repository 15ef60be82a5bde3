"""Booked calls as whoever rings needs them: whom, where, about what, and what came before (H36).

Read-only.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts.models import Absence, User
from callbacks.barred import barred_around
from callbacks.models import STILL_OPEN, Booking, BookingQuerySet, Ring, Slot
from callbacks.offers import MOST_OFFERED, colleagues, free_slots, who_rings
from callbacks.outcome_actions import enough_tries
from callbacks.staff_messages import READ_FIRST
from cases.contact_messages import matter_of
from cases.models import Case, Contact
from cases.routing import may_see
from cases.timeline import title_of
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words

MOST_BEFORE = 3
State = Booking.State


@dataclass(frozen=True)
class Before:
    """One contact about the child before the call, and "E-mail from Ngozi Okafor"."""

    contact: Contact
    title: str


@dataclass(frozen=True)
class Call:
    """One booked call with all that its row shows.

    ``tries`` is how often nobody answered, counted over every call about the matter, and
    ``enough`` after how many of them we write. ``opens`` is true when the viewer may open the
    page of the matter, ``begun`` when the time agreed has come. ``barred`` is true when the caller
    must not be contacted, as the child's record stands now; ``caution`` that somebody who must not
    be has the same number.
    """

    booking: Booking
    tries: int
    enough: int
    opens: bool
    begun: bool
    before: list[Before]
    barred: bool = False
    caution: str = ""
    # For "No answer" in one click: a second click finds the try of the first.
    submission: UUID = field(default_factory=uuid4)

    @property
    def matter(self) -> Contact:
        """What the call is about; what it was booked for may have been put with it since (H48)."""
        return matter_of(self.booking.contact)

    @property
    def number(self) -> str:
        """The number to ring as a link needs it: digits, after a plus if it has one."""
        typed = self.booking.caller_phone.strip()
        digits = "".join(letter for letter in typed if letter in "0123456789")
        return f"+{digits}" if typed.startswith("+") else digits

    @property
    def warning(self) -> str:
        """What whoever rings has to know first; "" for nothing."""
        return f"{READ_FIRST[0].upper()}{READ_FIRST[1:]}" if self.barred else ""

    @property
    def relation(self) -> str:
        """Who the caller is to the child, where one of the contacts says so."""
        return next((words for words in map(self._relation_in, self._asked_in) if words), "")

    @property
    def asked(self) -> list[str]:
        """What they asked, and what they said when the call was booked."""
        return [contact.message for contact in self._asked_in]

    @property
    def urgent(self) -> str:
        """Why the caller said that it is more urgent; "" when they did not (H33)."""
        call = self.booking.call
        at_desk = call.urgent_reason if call else None
        reasons = [at_desk, *(contact.urgent_reason for contact in self._asked_in)]
        return next((str(reason) for reason in reasons if reason), "")

    @property
    def _asked_in(self) -> list[Contact]:
        call = self.booking.call
        at_desk = call.contact if call else None
        contacts = [self.booking.contact]
        if at_desk and at_desk.pk != self.booking.contact_id:
            contacts.append(at_desk)
        return contacts

    def _relation_in(self, contact: Contact) -> str:
        if contact.sender_name.casefold() != self.booking.caller_name.casefold():
            return ""
        known = contact.sender_person
        return known.get_relation_display() if known else contact.get_sender_display()

    @property
    def is_missed(self) -> bool:
        return self.booking.state == State.MISSED

    @property
    def next_try(self) -> int:
        return self.tries + 1

    @property
    def may_write(self) -> bool:
        """Enough tries: a letter or an e-mail keeps the promise now (H36)."""
        open_still = self.booking.may_be_rung and self.matter.is_open
        return open_still and self.tries >= self.enough

    @property
    def is_settled(self) -> bool:
        """Rung in vain, and the matter is closed: by a letter, say. Nothing is left to do."""
        return self.booking.state == State.NO_ANSWER and not self.matter.is_open

    @property
    def settled(self) -> str:
        """ "Answered by letter on Friday 6 November 2026 at 3pm after 3 tries."."""
        contact = self.matter
        after = f"after {self.tries} {'try' if self.tries == 1 else 'tries'}"
        if contact.answered_at is None:
            return f"Closed {after}: no answer is owed."
        how, when = contact.get_answer_display().lower(), moment_in_words(contact.answered_at)
        return f"Answered {how} on {when} {after}."

    @property
    def may_act(self) -> bool:
        """Whether there is something left to write down."""
        return self.booking.may_be_rung and not self.is_settled

    @property
    def meanwhile(self) -> str:
        """What has become of the matter, when the call is still to be made; "" while it is open."""
        contact = self.matter
        if not self.may_act or contact.is_open:
            return ""
        if contact.answered_at:
            when, how = moment_in_words(contact.answered_at), contact.get_answer_display().lower()
            return f"{contact.answered_by} answered it on {when}, {how}."
        return "It is closed: no answer is owed."


def bookings_for(user: User, now: datetime) -> BookingQuerySet:
    """The booked calls that ``user`` may open at ``now`` (aware): their own, those of whom they
    look after, and those about what they may see. Restricted cases only for those named."""
    looked_after = Absence.objects.looked_after(user, now.astimezone(LONDON).date())
    seen = Contact.objects.visible_to(user).values("pk")
    theirs = Q(owner__in=looked_after) | Q(contact__in=seen)
    return whole(Booking.objects.unrestricted_for(user).filter(theirs))


def whole(bookings: BookingQuerySet) -> BookingQuerySet:
    """With everything that a row shows, in one query."""
    return (
        bookings.with_people()
        .with_callers()
        .select_related(
            "contact__answered_by",
            "contact__original__clock",
            "contact__original__answered_by",
            "contact__urgent_reason",
            "call__contact__urgent_reason",
            "call__urgent_reason",
            "ended_by",
        )
    )


def calls_of(
    bookings: Collection[Booking], user: User, now: datetime, *, before: bool = True
) -> list[Call]:
    """``bookings`` (:func:`whole`) as ``user`` sees them at ``now`` (aware).

    Four queries, and one with ``before``: what was last said about each child.
    """
    if not bookings:
        return []
    matters = {booking.contact_id for booking in bookings}
    tries = _tries({matter_of(booking.contact).pk for booking in bookings})
    enough = enough_tries()
    opened = Contact.objects.visible_to(user).filter(pk__in=matters)
    opens = set(opened.values_list("pk", flat=True))
    last = _last_contacts(bookings) if before else {}
    barred = barred_around(bookings)
    return [
        Call(
            booking,
            tries.get(matter_of(booking.contact).pk, 0),
            enough,
            booking.contact_id in opens,
            booking.starts_at <= now,
            last.get(_case_id(booking), []),
            barred.includes(booking),
            barred.caution(booking),
        )
        for booking in bookings
    ]


def _tries(matters: Collection[int]) -> dict[int, int]:
    """How often nobody answered, by matter; with what was put with it since."""
    unanswered = Ring.objects.filter(result=Ring.Result.NO_ANSWER).annotate(
        matter=Coalesce("booking__contact__original", "booking__contact")
    )
    about = Q(booking__contact__in=matters) | Q(booking__contact__original__in=matters)
    counted = unanswered.filter(about).order_by().values_list("matter").annotate(Count("pk"))
    return dict(counted)


def _case_id(booking: Booking) -> int | None:
    case = booking.contact.case
    return case.kept_id if case else None


def _last_contacts(bookings: Iterable[Booking]) -> dict[int | None, list[Before]]:
    """The last contacts of each case without what the calls themselves are about. One query.

    Tries that nobody answered are listed with their call, and of those about something else the
    last is enough: they must not push out what was said.
    """
    cases = {_case_id(booking) for booking in bookings}
    about = {booking.contact_id for booking in bookings}
    contacts = Contact.objects.not_struck().filter(
        Q(case__in=cases) | Q(case__merged_into__in=cases)
    )
    newest = Window(
        RowNumber(),
        partition_by=Coalesce("case__merged_into", "case"),
        order_by=[F("received_at").desc(), F("pk").desc()],
    )
    later = Ring.objects.filter(
        booking__contact=OuterRef("booking__contact"), number__gt=OuterRef("number")
    )
    tries = Ring.objects.filter(record=OuterRef("pk"))
    tries = tries.filter(Q(booking__contact__in=about) | Exists(later))
    ranked = contacts.exclude(pk__in=about).exclude(Exists(tries)).annotate(newest=newest)
    shown = ranked.filter(newest__lte=MOST_BEFORE).select_related("case").order_by("newest")
    found: dict[int | None, list[Before]] = {}
    for contact in shown:
        case = contact.case
        entry = Before(contact, title_of(contact))
        found.setdefault(case.kept_id if case else None, []).append(entry)
    return found


# --- Where a call can be moved to ------------------------------------------------------------


def slots_to_move_to(booking: Booking, case: Case, now: datetime) -> list[Slot]:
    """Free slots of whoever may ring about ``case``: first those that keep the day promised, then
    the later ones; of both the owner's before their colleagues', by time.

    Who is away, on duty or in a meeting then is not offered. A fixed number of queries.
    """
    owner = who_rings(case)
    cover, team = colleagues(case, owner, now) if owner else (None, [])
    # Whoever was to ring already may ring at another time.
    so_far = booking.owner if booking.owner.can_own and may_see(case, booking.owner) else None
    people = {person.pk: person for person in (owner, so_far, cover, *team) if person}
    free = free_slots(list(people.values()), now)
    first = {booking.owner_id, owner.pk if owner else None}
    in_time = [slot for slot in free if slot.ends_at <= booking.promised_by]
    later = [slot for slot in free if slot.ends_at > booking.promised_by]
    return [*_some_of_each(in_time, first), *_some_of_each(later, first)]


def _some_of_each(slots: Collection[Slot], first: Collection[int | None]) -> list[Slot]:
    own = [slot for slot in slots if slot.owner_id in first]
    others = [slot for slot in slots if slot.owner_id not in first]
    return [*own[:MOST_OFFERED], *others[:MOST_OFFERED]]


# --- The next one ----------------------------------------------------------------------------


def next_call(user: User, now: datetime) -> Booking | None:
    """The call of ``user`` that was missed first, or the next to come. One query."""
    own = Booking.objects.filter(owner=user)
    missed = own.left_to_ring().filter(STILL_OPEN, state=State.MISSED)
    coming = Q(state=State.BOOKED, ends_at__gt=now)
    rung = own.filter(coming | Q(pk__in=missed.order_by().values("pk")))
    return rung.unrestricted_for(user).with_people().order_by("starts_at", "pk").first()


def day_and_time(at: datetime, now: datetime) -> str:
    """ "2pm" today, "Tuesday 3 November 2026 at 2pm" on another day."""
    words = moment_in_words(at)
    today = day_in_words(now.astimezone(LONDON).date())
    return words.removeprefix(f"{today} at ")
