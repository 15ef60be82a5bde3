"""The signed address in a confirmation, with which a caller changes their call (H36)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from callbacks.models import Booking

SALT = "callbacks.links"
# So long after the call: whoever finds an old e-mail learns nothing then.
WORKS_FOR = timedelta(days=30)


def token_of(booking: Booking) -> str:
    """What stands in the address, always the same: nobody can make one for another booking."""
    return signing.Signer(salt=SALT, sep=".").sign(str(booking.pk))


def address_of(booking: Booking) -> str:
    """The whole address, for an e-mail."""
    return f"{settings.PORTAL_URL}{reverse('callbacks:mine', args=[token_of(booking)])}"


def booking_of(token: str) -> Booking | None:
    """The booking an address is for; None for one that we did not make."""
    try:
        pk = signing.Signer(salt=SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    known = Booking.objects.with_people().filter(pk=pk)
    return known.select_related("slot", "contact__sender_person", "call__contact").first()


def has_ended(booking: Booking, now: datetime) -> bool:
    """True once the link to a call has stopped working, at ``now`` (aware)."""
    return now >= booking.ends_at + WORKS_FOR
