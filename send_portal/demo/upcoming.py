"""Whom the well-known coordinator rings today and on the next days, booked by the actions.

About calls that wait for her answer anyway. Only these depend on the moment of loading: the next
of them is a few minutes away, as long as it is a working day.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random

from accounts.models import User
from callbacks.booking_actions import Caller, book, move
from callbacks.models import Booking, Slot
from callbacks.offers import promised_by
from callbacks.outcome_actions import mark_missed
from cases.models import Contact
from clocks.calendars import LONDON
from send_portal.demo.diaries import words
from send_portal.demo.submissions import submission

Whose = Booking.Whose

BOOKED_AFTER = timedelta(minutes=25)
MOVED_AFTER = timedelta(minutes=50)
SOON = timedelta(minutes=2)
MISSED_AFTER = timedelta(minutes=16)
A_DAY = timedelta(days=1)
LOOK_BACK, LOOK_AHEAD = timedelta(days=10), timedelta(days=10)
# Of the days after today: how many calls on each that has slots.
NEXT_DAYS = (2, 1, 1)


class Upcoming:
    """Finds her slots and her callers; ``now`` (aware) is when somebody looks."""

    def __init__(self, rng: Random, her: User, *, ends: datetime, now: datetime) -> None:
        self.rng = rng
        self.her = her
        self.ends = ends
        self.now = max(now, ends)
        today = datetime.combine(self.now.astimezone(LONDON), time.min, tzinfo=LONDON)
        self.today, self.tomorrow = today, today + A_DAY

    def book(self, _: datetime) -> None:
        """Write them; what is over without a word is missed by now (H36)."""
        self._slots = list(self._free())
        self._callers = self._waiting()
        chosen = [*self._missed_before(), *self._today(), *self._next_days()]
        booked = [made for slot in chosen if (made := self._book(slot))]
        self._move_one(booked)
        for booking in booked:
            over = booking.ends_at + MISSED_AFTER
            if over < min(self.now, self.tomorrow):
                mark_missed(now=over)

    def _free(self) -> Iterator[Slot]:
        window = Slot.objects.offered().filter(owner=self.her)
        window = window.within(self.ends - LOOK_BACK, self.now + LOOK_AHEAD)
        taken = Booking.objects.holding_slot().filter(slot__in=window).values("slot")
        yield from window.exclude(pk__in=taken).order_by("period")

    def _waiting(self) -> list[Contact]:
        """Callers who wait for her, the newest last."""
        owed = Contact.objects.owed_by(self.her.pk).filter(
            channel=Contact.Channel.TELEPHONE,
            case__isnull=False,
            bookings=None,
            urgent_claimed=False,
            logged_at__gte=self.ends - LOOK_BACK,
        )
        owed = owed.exclude(sender_phone="").exclude(sender_person__no_contact=True)
        return list(owed.select_related("case", "sender_person").order_by("logged_at"))

    # --- Which slots ------------------------------------------------------------------------

    def _missed_before(self) -> Iterator[Slot]:
        """The last one before today: still to be rung."""
        before = [slot for slot in self._slots if slot.ends_at < self.today]
        yield from before[-1:]

    def _today(self) -> Iterator[Slot]:
        """The first of the morning, the next from now, and one or two later on."""
        today = [slot for slot in self._slots if self.today <= slot.starts_at < self.tomorrow]
        to_come = [slot for slot in today if slot.starts_at >= self.now + SOON]
        yield from (slot for slot in today[:1] if slot not in to_come)
        yield from to_come[:1]
        yield from to_come[2:5:2]

    def _next_days(self) -> Iterator[Slot]:
        later = [slot for slot in self._slots if slot.starts_at >= self.tomorrow]
        days = list(dict.fromkeys(_day(slot) for slot in later))
        for day, number in zip(days, NEXT_DAYS, strict=False):
            yield from [slot for slot in later if _day(slot) == day][:number]

    # --- Booking ----------------------------------------------------------------------------

    def _book(self, slot: Slot) -> Booking | None:
        """For the oldest caller for whom it is in time; none is left for one that is not."""
        for contact in self._callers:
            at = min(contact.logged_at + BOOKED_AFTER, self.ends)
            if at < slot.starts_at and promised_by(at) >= slot.ends_at:
                self._callers.remove(contact)
                return book(
                    contact=contact,
                    slot=slot,
                    caller=self._caller(contact),
                    submission=submission(self.rng),
                    by=self.her,
                    now=at,
                )
        return None

    def _caller(self, contact: Contact) -> Caller:
        person = contact.sender_person
        return Caller(
            name=contact.sender_name,
            phone=contact.sender_phone,
            email=person.email if person else "",
            best_time=self.rng.choice(words()["bookings"]["best_time"]),
        )

    def _move_one(self, booked: list[Booking]) -> None:
        """A caller wanted another time, and chose it with the link in the confirmation."""
        for booking in booked:
            at = booking.booked_at + MOVED_AFTER
            later = [slot for slot in self._slots if slot.starts_at > booking.starts_at]
            if booking.starts_at > self.tomorrow and at <= self.ends and later:
                sent = submission(self.rng)
                how = Whose.CALLER
                move(booking=booking, slot=later[-1], how=how, submission=sent, by=None, now=at)
                return


def _day(slot: Slot) -> str:
    return f"{slot.starts_at.astimezone(LONDON):%Y-%m-%d}"
