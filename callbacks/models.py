"""Django looks for models here; so does everybody else."""

from callbacks.booking_models import (  # noqa: F401
    GIVEN_UP,
    STILL_OPEN,
    TO_RING,
    Booking,
    BookingQuerySet,
    Ring,
    Slot,
    SlotQuerySet,
)
from callbacks.call_models import Attempt, DeskCall, DeskCallQuerySet, Signpost  # noqa: F401
from callbacks.feed_models import CalendarFeed  # noqa: F401
from callbacks.pattern_models import WEEKDAYS, Pattern, SlotPolicy  # noqa: F401
