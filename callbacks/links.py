"""The signed address in a confirmation, with which a caller changes their call (H36)."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from callbacks.models import Booking

SALT = "callbacks.links"


def token_of(booking: Booking) -> str:
    """What stands in the address: nobody can make one for another booking."""
    return signing.dumps(booking.pk, salt=SALT)


def address_of(booking: Booking) -> str:
    """The whole address, for an e-mail."""
    return f"{settings.PORTAL_URL}{reverse('callbacks:mine', args=[token_of(booking)])}"


def booking_of(token: str) -> Booking | None:
    """The booking an address is for; None for one that we did not make."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Booking.objects.with_people().filter(pk=pk).first()
