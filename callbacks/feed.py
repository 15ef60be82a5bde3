"""What somebody's own calendar program is given: their calls, their diary, their duty days.

Read-only. Always three queries, however much there is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Role, User
from callbacks.calendar_words import appointment_of, organizer, unique_id
from callbacks.models import Booking
from clocks.calendars import LONDON
from diaries.actions import NO_DIARY
from diaries.busy import ONE_DAY, day_start
from diaries.models import Block, DutyShift
from notices.appointments import Appointment, feed

HAS_CALENDAR = frozenset(Role) - NO_DIARY
REFRESH = 15  # minutes until a calendar program should ask again
BACK, AHEAD = timedelta(days=14), timedelta(days=90)


@dataclass(frozen=True)
class Shown:
    """A calendar as it goes out, and the references of the cases that it shows."""

    content: bytes
    records: frozenset[str]


def feed_of(user: User, now: datetime) -> Shown:
    """What ``user`` has from 14 days before the London day of ``now`` (aware) to 90 days after."""
    today = now.astimezone(LONDON).date()
    first, last = today - BACK, today + AHEAD
    start, end = day_start(first), day_start(last + ONE_DAY)
    calls = list(Booking.objects.of_person(user, start, end).unrestricted_for(user))
    blocks = Block.objects.in_force().filter(person=user).overlapping(start, end)
    duty = DutyShift.objects.between(first, last).filter(person=user).select_related("team")
    entries = [*map(_call, calls), *map(_block, blocks), *map(_duty_day, duty)]
    return Shown(
        feed(f"{settings.SERVICE_NAME}: {user.full_name}", entries, REFRESH),
        frozenset(call.contact.case.reference for call in calls if call.contact.case),
    )


def _call(booking: Booking) -> Appointment:
    return appointment_of(booking, booking.ended_at or booking.booked_at)


def _block(block: Block) -> Appointment:
    """The person's own words too: they are the one who reads it."""
    kind = block.get_kind_display()
    name, address = organizer()
    return Appointment(
        uid=unique_id("block", block.pk),
        starts=block.period.lower,
        ends=block.period.upper,
        stamp=block.made_at,
        summary=f"{kind}: {block.title}" if block.title else kind,
        organizer_name=name,
        organizer_email=address,
    )


def _duty_day(shift: DutyShift) -> Appointment:
    name, address = organizer()
    return Appointment(
        uid=unique_id("duty", shift.pk),
        starts=day_start(shift.day),
        ends=day_start(shift.day + ONE_DAY),
        stamp=shift.made_at,
        summary=f"Duty: {shift.team}",
        organizer_name=name,
        organizer_email=address,
        all_day=True,
    )
