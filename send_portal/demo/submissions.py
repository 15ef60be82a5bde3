"""Ids of forms and e-mails, the same for the same seed."""

from random import Random
from uuid import UUID


def submission(rng: Random) -> UUID:
    """A form's own id."""
    return UUID(int=rng.getrandbits(128), version=4)


def message_id(rng: Random) -> str:
    """The Message-ID of an e-mail that nobody sent."""
    return f"<{rng.getrandbits(64):016x}@mail.example.org>"
