"""A caller with the link in their confirmation, for the tests of the public pages."""

from datetime import datetime
from uuid import UUID, uuid4

import time_machine
from django.test import Client
from django.urls import reverse

from callbacks.links import token_of
from callbacks.models import Booking
from tests.callbacks.cast import NOW


def path(name: str, booking: Booking) -> str:
    return reverse(f"callbacks:{name}", args=[token_of(booking)])


def read(client: Client, booking: Booking, name: str = "mine", *, now: datetime = NOW) -> str:
    with time_machine.travel(now, tick=False):
        return client.get(path(name, booking)).content.decode()


def press(client: Client, booking: Booking, name: str, *, now: datetime = NOW, **typed: object):
    """Send a form and look at the page it leads to."""
    with time_machine.travel(now, tick=False):
        return client.post(path(name, booking), typed, follow=True)


def choose(client: Client, booking: Booking, slot, submission: UUID | None = None, **more):
    return press(
        client,
        booking,
        "another_time",
        slot=slot.pk,
        submission=submission or uuid4(),
        **more,
    )
