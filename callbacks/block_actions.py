"""Meetings and casework in a diary that has callback slots: booked calls come first (H19, H124)."""

from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.models import Booking
from callbacks.slot_actions import renew_slots, withdraw_under
from clocks.wording import moment_in_words
from diaries import actions as diary_actions
from diaries.actions import hold_diary
from diaries.models import Block


class BookedOver(RuleBroken):
    """Booked calls lie under what was to be put into the diary; ``calls`` are they, in order."""

    def __init__(self, calls: list[Booking]) -> None:
        times = " and ".join(moment_in_words(call.starts_at) for call in calls)
        many = len(calls) > 1
        super().__init__(
            f"{'Calls are' if many else 'A call is'} booked for {times}. "
            f"Move {'them' if many else 'it'} first, or choose another time.",
            "booked_over",
            field="starts",
        )
        self.calls = calls


@transaction.atomic
def add_block(
    *,
    person: User,
    kind: Block.Kind,
    start: datetime,
    end: datetime,
    title: str = "",
    by: User,
    now: datetime,
) -> Block:
    """Put time without calls into a diary, from ``start`` up to ``end`` (both aware).

    Free slots under it are withdrawn. A call booked there is honoured: nothing is put over it
    (H124). The slots are held, so that a call that is being booked has either happened now or
    finds its slot gone. Raises RuleBroken (``booked_over`` and those of
    diaries.actions.add_block).
    """
    hold_diary([person.pk])
    block = diary_actions.add_block(
        person=person, kind=kind, start=start, end=end, title=title, by=by, now=now
    )
    booked = withdraw_under(person=person, start=start, end=end, now=now)
    calls = Booking.objects.to_ring().filter(slot__in=booked).order_by("starts_at", "pk")
    if found := list(calls.with_people()):
        raise BookedOver(found)
    return block


@transaction.atomic
def withdraw_block(*, block: Block, by: User, now: datetime) -> Block:
    """Take time out of a diary again; the slots that it had taken come back.

    A second click changes nothing. Raises RuleBroken (``may_not_change_diary``).
    """
    hold_diary([block.person_id])
    withdrawn = diary_actions.withdraw_block(block=block, by=by, now=now)
    renew_slots(person=block.person, now=now)
    return withdrawn
