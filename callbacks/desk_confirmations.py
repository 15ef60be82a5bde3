"""Whether a confirmation went to the caller, and where: what the adviser can tell them (H38)."""

from callbacks.models import DeskCall
from notices.models import Notice

Outcome = DeskCall.Outcome
# What is said at the desk and nothing else: nothing to confirm comes of these.
CONFIRMED = frozenset({Outcome.BOOKED, Outcome.MESSAGE, Outcome.WAITING})


def confirmation_words(call: DeskCall) -> str:
    """Where the confirmation of ``call`` went, or that none was sent; "" where none is expected."""
    if call.outcome not in CONFIRMED or call.contact is None:
        return ""
    address = _address(call)
    if not address:
        return "No confirmation was sent by e-mail."
    return f"A confirmation was sent to {_shown(address, call)}."


def _address(call: DeskCall) -> str:
    """That of the e-mail itself: whoever must not be contacted gets none, whatever was typed."""
    booking = call.bookings.order_by("pk").first()
    prefix = f"contact:{call.contact_id}:"
    keys = [f"{prefix}{part}" for part in ("acknowledgement", "chaser")]
    if booking is not None:
        keys.append(f"contact:{booking.contact_id}:booking:{booking.pk}:booked")
    sent = Notice.objects.filter(key__in=keys).exclude(address="").order_by("-pk")
    return sent.values_list("address", flat=True).first() or ""


def _shown(address: str, call: DeskCall) -> str:
    """Advisers read no addresses on record: enough of it to ask "the one that begins with n?"."""
    person = call.contact.sender_person if call.contact else None
    if person is None or address.casefold() != person.email.casefold():
        return address
    name, _, domain = address.partition("@")
    return f"the address on record, {name[:1]}…@{domain}"
