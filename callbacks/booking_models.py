"""Slots, the call that was promised for one, and each try to make it (H28, H36)."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.append_only import append_only
from accounts.models import User
from callbacks.call_models import DeskCall
from cases.contact_models import unrestricted
from cases.models import Contact
from clocks.models import OPEN_STATES


class SlotQuerySet(models.QuerySet["Slot"]):
    def offered(self) -> "SlotQuerySet":
        """Made and not taken back."""
        return self.filter(withdrawn_at=None)

    def free(self, now: datetime) -> "SlotQuerySet":
        """Slots that begin after ``now`` (aware) and that nobody has booked, soonest first."""
        taken = Booking.objects.holding_slot().filter(slot=OuterRef("pk"))
        later = self.offered().filter(period__startswith__gt=now)
        return later.exclude(Exists(taken)).order_by("period", "pk")

    def within(self, start: datetime, end: datetime) -> "SlotQuerySet":
        """Slots that begin in the half-open time from ``start`` to ``end`` (aware)."""
        return self.filter(period__startswith__gte=start, period__startswith__lt=end)


class Slot(models.Model):
    """A time in somebody's diary that can be booked for one call (H28).

    Two of one person never overlap: the database refuses it. A slot is never changed, only
    withdrawn; one that is booked is never withdrawn.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="callback_slots"
    )
    period = DateTimeRangeField()
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="slot_no_overlap",
                expressions=[
                    ("owner", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(
                    period__isempty=False, period__lower_inf=False, period__upper_inf=False
                ),
                name="slot_bounded",
            ),
        ]
        indexes = [
            # "What can I offer this caller?" (SlotQuerySet.free), and a person's week.
            models.Index(
                "owner",
                Func(F("period"), function="lower"),
                name="slot_of_owner",
                condition=Q(withdrawn_at__isnull=True),
            ),
            # Slots offered in a week, everybody's (reports.calls.slot_figures).
            models.Index(
                Func(F("period"), function="lower"),
                name="slot_by_time",
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner}, {self.starts_at:%d/%m/%Y %H:%M}"

    @property
    def starts_at(self) -> datetime:
        return self.period.lower

    @property
    def ends_at(self) -> datetime:
        return self.period.upper


class BookingQuerySet(models.QuerySet["Booking"]):
    def about(self, contact: Contact) -> "BookingQuerySet":
        """Those about the matter of ``contact``, or about what was put with it since (H48)."""
        matter = contact.original_id or contact.pk
        return self.filter(Q(contact=matter) | Q(contact__original=matter))

    def holding_slot(self) -> "BookingQuerySet":
        """Those whose slot nobody else can have."""
        return self.exclude(state__in=GIVEN_UP)

    def to_ring(self) -> "BookingQuerySet":
        """Calls still to be made, or tried again while the matter is open."""
        return self.filter(state__in=TO_RING)

    def left_to_ring(self) -> "BookingQuerySet":
        """Calls missed, and those tried in vain while the matter is open, oldest first (H36).

        Not those for whose matter another call was booked since.
        """
        later = Booking.objects.holding_slot().filter(starts_at__gt=OuterRef("starts_at"))
        matter = Coalesce(OuterRef("contact__original"), OuterRef("contact"))
        # Two questions: each is answered by an index, an "or" of both by none.
        since = Exists(later.filter(contact=matter)), Exists(later.filter(contact__original=matter))
        in_vain = Q(state=Booking.State.NO_ANSWER) & STILL_OPEN
        left = self.filter(Q(state=Booking.State.MISSED) | in_vain)
        return left.exclude(since[0]).exclude(since[1]).order_by("starts_at", "pk")

    def of_person(self, user: User, start: datetime, end: datetime) -> "BookingQuerySet":
        """What ``user`` rings from ``start`` to ``end`` (aware), with all that a row shows."""
        return (
            self.filter(owner=user, starts_at__gte=start, starts_at__lt=end)
            .holding_slot()
            .with_people()
            .order_by("starts_at", "pk")
        )

    def with_people(self) -> "BookingQuerySet":
        return self.select_related(
            "owner__team", "contact__case__person", "contact__clock__owner", "booked_by"
        )

    def with_teams(self) -> "BookingQuerySet":
        """With all that the messages about a call say: whose it is, and whose the matter is."""
        return (
            self.with_people()
            .with_callers()
            .select_related(
                "owner__team__lead",
                "contact__clock__team__lead",
                "contact__original__clock__owner",
                "contact__original__clock__team__lead",
            )
        )

    def with_callers(self) -> "BookingQuerySet":
        """With all that says who the caller is (callbacks.barred)."""
        return self.select_related(
            "contact__case",
            "contact__sender_person",
            "call__contact__sender_person",
            "call__contact__case",
        )

    def unrestricted_for(self, user: User) -> "BookingQuerySet":
        """For lists that are already narrowed to a person's or a team's own calls."""
        return self.filter(unrestricted("contact__case", user))

    def to_miss(self, before: datetime) -> "BookingQuerySet":
        """Calls whose time was over by ``before`` (aware) without a word of what became of it."""
        return self.filter(state=Booking.State.BOOKED, ends_at__lt=before)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Booking(models.Model):
    """Somebody rings a caller at a time that was agreed.

    ``contact`` is the matter it is about: its clock is the promise. Times are copied from the
    slot, which never changes. ``promised_by`` is the end of the standard counted from the
    booking (H29); all moments are UTC.
    """

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        REACHED = "reached", "Reached"
        NO_ANSWER = "no_answer", "No answer"
        MISSED = "missed", "Missed by us"
        MOVED = "moved", "Moved to another time"
        CANCELLED = "cancelled", "Cancelled"

    class Breach(models.TextChoices):
        """Why the promise was already too small when it was made (H29)."""

        NONE = "", "The owner’s slot, in time"
        COLLEAGUE = "colleague", "No slot of the owner’s in time: a colleague rings"
        OUTSIDE = "outside", "No slot in time"
        # The caller could not take an earlier one: no fault of ours.
        WISH = "wish", "Later because the caller asked"

    class Whose(models.TextChoices):
        NONE = "", "Not ended early"
        OURS = "us", "By us"
        CALLER = "caller", "By the caller"

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="bookings")
    call = models.ForeignKey(
        DeskCall, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )
    caller_name = models.CharField(max_length=120)
    caller_phone = models.CharField(max_length=40)
    # Where the confirmation goes, if it is wanted.
    caller_email = models.EmailField(blank=True)
    best_time = models.CharField(max_length=120, blank=True)
    # Nobody when the caller did it with the link in the confirmation.
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    booked_at = models.DateTimeField()
    promised_by = models.DateTimeField()
    breach = models.CharField(max_length=10, choices=Breach, blank=True, default="")
    breach_reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.BOOKED)
    # Kept when the caller is reached after all.
    missed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_how = models.CharField(max_length=10, choices=Whose, blank=True, default="")
    note = models.TextField(blank=True)
    # The booking that this one came after when it was moved.
    follows = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    # A form posts this once; a second click finds the first booking.
    submission = models.UUIDField(unique=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=~Q(state__in=["moved", "cancelled"]),
                name="booking_one_a_slot",
            ),
            # Whoever books holds the matter's row and asks first (booking_actions.book): this
            # refuses what any other way would write. One that is moved is ended before the next.
            models.UniqueConstraint(
                fields=["contact"], condition=Q(state="booked"), name="booking_one_to_come"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="booking_forwards"
            ),
            models.CheckConstraint(
                condition=~Q(breach="outside") | ~Q(breach_reason=""), name="booking_breach_said"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["booked", "no_answer", "missed"], ended_at__isnull=True)
                | Q(state__in=["reached", "moved", "cancelled"], ended_at__isnull=False),
                name="booking_ended_when_over",
            ),
        ]
        indexes = [
            # A person's day and week.
            models.Index(fields=["owner", "starts_at"], name="booking_of_owner"),
            # The task that finds what was missed (BookingQuerySet.to_miss).
            models.Index(fields=["ends_at"], condition=Q(state="booked"), name="booking_to_miss"),
            # The reports, by week.
            models.Index(fields=["starts_at"], name="booking_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} rings {self.caller_name}, {self.starts_at:%d/%m/%Y %H:%M}"

    @property
    def is_booked(self) -> bool:
        return self.state == self.State.BOOKED

    @property
    def may_be_rung(self) -> bool:
        """True while the call can still be made, first time or again."""
        return self.state in TO_RING

    @property
    def changes_person_only(self) -> bool:
        """True when somebody else rings at the very time that was agreed before."""
        before = self.follows
        if before is None or before.owner_id == self.owner_id:
            return False
        return before.starts_at == self.starts_at

    @property
    def passes_promise(self) -> bool:
        """True when we moved it from a time that kept the day promised past that day (H29).

        Not for a later time that the caller wanted.
        """
        before = self.follows
        if before is None or self.breach != self.Breach.OUTSIDE:
            return False
        return before.ends_at <= self.promised_by or self.starts_at > before.starts_at

    @property
    def sequence(self) -> int:
        """How often its calendar entry has changed (RFC 5545): made, then called off."""
        return int(self.state in GIVEN_UP)


# What was put with another matter since is open while that one is (H48).
STILL_OPEN = Q(contact__clock__state__in=OPEN_STATES) | Q(
    contact__original__clock__state__in=OPEN_STATES
)
# Their slot is free again.
GIVEN_UP = [Booking.State.MOVED, Booking.State.CANCELLED]
TO_RING = [Booking.State.BOOKED, Booking.State.NO_ANSWER, Booking.State.MISSED]


class RingQuerySet(models.QuerySet["Ring"]):
    def about(self, contact: Contact) -> "RingQuerySet":
        """Every try to reach somebody about the matter of ``contact``, in order, with who made it.

        Also those about what was put with it since (H48).
        """
        matter = contact.original_id or contact.pk
        about = Q(booking__contact=matter) | Q(booking__contact__original=matter)
        return self.filter(about).select_related("by").order_by("at", "pk")


class Ring(models.Model):
    """One try to reach the caller, whenever it was made (H36)."""

    class Result(models.TextChoices):
        REACHED = "reached", "Reached"
        NO_ANSWER = "no_answer", "No answer"

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="rings")
    # Counted over every booking about the same matter.
    number = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=10, choices=Result)
    note = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The call on the child's record; a call that reached them is the answer itself.
    record = models.OneToOneField(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submission = models.UUIDField(unique=True)

    objects = RingQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        triggers = append_only("ring")
        # Tries in a week, everybody's (reports.calls.slot_figures).
        indexes = [models.Index(fields=["at"], name="ring_by_time")]

    def __str__(self) -> str:
        return f"{self.get_result_display()}, {self.at:%d/%m/%Y %H:%M}"
