"""What a caller may see of their call: no child, nobody else, and not the whole number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.models import Team, User
from callbacks.calendar_words import last_digits
from callbacks.caller_messages import duty_line_of, next_line
from callbacks.models import Booking, SlotPolicy
from cases.contact_messages import matter_of
from clocks.calendars import calendar_for_display
from clocks.wording import hours_in_words, time_in_words

State = Booking.State


class Stage(StrEnum):
    """Where a call stands for the one who waits for it."""

    COMING = "coming"
    # Its time has begun, and nobody has written down yet what became of it.
    BEGUN = "begun"
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    MISSED = "missed"
    CANCELLED = "cancelled"
    MOVED = "moved"


@dataclass(frozen=True)
class ShownCall:
    """One call as its caller sees it."""

    booking: Booking
    stage: Stage
    # The question behind it still waits for its answer.
    is_open: bool
    # It has been answered in another way; one that was closed without an answer has not.
    is_answered: bool
    next_line: str
    duty_line: str
    open_line: str
    # From when on the page says what became of a call whose time has begun.
    look_again: str

    @property
    def person(self) -> User:
        return self.booking.owner

    @property
    def who_spoke(self) -> User:
        return self.booking.ended_by or self.booking.owner

    @property
    def called_off_by_caller(self) -> bool:
        return self.booking.ended_how == Booking.Whose.CALLER

    @property
    def may_choose(self) -> bool:
        """Whether another time can be chosen."""
        return self.is_open and self.stage in WAITING

    @property
    def may_call_off(self) -> bool:
        return self.stage in WAITING

    @property
    def until(self) -> str:
        return time_in_words(self.booking.ends_at)

    @property
    def since(self) -> str:
        return time_in_words(self.booking.starts_at)

    @property
    def number(self) -> str:
        """ "The number that ends in 123": the link may be forwarded."""
        end = last_digits(self.booking.caller_phone)
        return f"The number that ends in {end}" if end else "The number that you gave us"


WAITING = frozenset({Stage.COMING, Stage.NO_ANSWER, Stage.MISSED})


def shown_call(booking: Booking, now: datetime) -> ShownCall:
    """``booking`` as its caller sees it at ``now`` (aware)."""
    grace = timedelta(minutes=SlotPolicy.current().grace_minutes)
    return ShownCall(
        booking=booking,
        stage=_stage(booking, now),
        is_open=matter_of(booking.contact).is_open,
        is_answered=matter_of(booking.contact).answered_at is not None,
        next_line=next_line(booking, now),
        duty_line=duty_line_of(booking) or any_duty_line(),
        open_line=open_line(),
        look_again=time_in_words(booking.ends_at + grace),
    )


def any_duty_line() -> str:
    """The number for people of whom we know nothing: of the team that sorts what comes in."""
    team = Team.objects.for_unfiled()
    return team.duty_line if team else ""


def open_line() -> str:
    """When somebody answers; nothing while no hours are loaded."""
    calendar = calendar_for_display()
    return f"We are open {hours_in_words(calendar.hours)}." if calendar else ""


def _stage(booking: Booking, now: datetime) -> Stage:
    if booking.state != State.BOOKED:
        return Stage(booking.state)
    return Stage.COMING if now < booking.starts_at else Stage.BEGUN
