"""Contacts for other systems of the council: the same access, the same account as the pages."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.models import CASE_READERS, User
from cases.access import account_for, contact_for
from cases.models import Contact
from clocks.account import Account
from clocks.calendars import LONDON, calendar_for_display
from clocks.family_words import family_words
from clocks.models import Clock, ClockEvent


class DaySerializer(serializers.Serializer[Any]):
    """One day of the count: ``number`` is 0 on the day of receipt, null when not counted."""

    day = serializers.DateField()
    counted = serializers.BooleanField()
    number = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()


class PauseSerializer(serializers.Serializer[Any]):
    """A pause of the count: ``until`` is null while it lasts."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    working_days = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class HappeningSerializer(serializers.Serializer[Any]):
    """One thing that happened; names and reasons are empty in the version for advisers."""

    kind = serializers.ChoiceField(choices=ClockEvent.Kind.choices)
    happened_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    by = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    due_before = serializers.DateTimeField(allow_null=True)
    due_after = serializers.DateTimeField(allow_null=True)
    owner_before = serializers.CharField(allow_blank=True)
    owner_after = serializers.CharField(allow_blank=True)


class PromiseSerializer(serializers.Serializer[Any]):
    """The promise: its date, who keeps it, and why that date.

    ``account_complete`` is false, and ``account`` empty, when the calendar has been changed
    since and the days cannot be counted again. ``promised`` is true for a date given in a
    holding reply, which was chosen and not counted. ``family_words`` are safe to read out.
    """

    due_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    act_by = serializers.DateTimeField(allow_null=True)
    standard = serializers.CharField()
    wording = serializers.CharField()
    state = serializers.ChoiceField(choices=Clock.State.choices)
    late = serializers.BooleanField()
    owner = serializers.CharField()
    counted_from = serializers.DateTimeField(allow_null=True)
    promised = serializers.BooleanField()
    account = DaySerializer(many=True)
    account_complete = serializers.BooleanField()
    pauses = PauseSerializer(many=True)
    history = HappeningSerializer(many=True)
    family_words = serializers.ListField(child=serializers.CharField())


class ContactSerializer(serializers.Serializer[Any]):
    """``belongs_to`` names the matter of a chaser, reply or note, which promise nothing."""

    reference = serializers.CharField()
    channel = serializers.ChoiceField(choices=Contact.Channel.choices)
    direction = serializers.ChoiceField(choices=Contact.Direction.choices)
    category = serializers.ChoiceField(choices=Contact.Category.choices)
    received_at = serializers.DateTimeField()
    belongs_to = serializers.CharField(allow_null=True)
    promise = PromiseSerializer(allow_null=True)


class ErrorSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


REFERENCE = OpenApiParameter(
    "reference",
    {"type": "string", "pattern": "^[A-Za-z]{3}-[A-Za-z0-9]{1,16}$"},
    OpenApiParameter.PATH,
    description="The contact\u2019s reference.",
    examples=[OpenApiExample("A contact", value="CON-000042")],
)
ERRORS = {
    status: OpenApiResponse(ErrorSerializer, description=words)
    for status, words in {
        401: "Nobody is signed in.",
        404: "There is no such contact, or you may not see it.",
        429: "Too many requests: wait as many seconds as Retry-After says.",
    }.items()
}


@extend_schema(
    operation_id="contact",
    summary="One contact and why its answer has its date",
    parameters=[REFERENCE],
    responses={200: ContactSerializer, **ERRORS},
)
@api_view(["GET"])
@for_roles(*CASE_READERS)
def contact(request: Request, reference: str) -> Response:
    """The reading is written down in the access log, as it is for the pages."""
    user, now = signed_in(request), timezone.now()
    found = contact_for(user, reference)
    answer = {
        "reference": found.reference,
        "channel": found.channel,
        "received_at": found.received_at,
        "direction": found.direction,
        "category": found.category,
        "belongs_to": found.original.reference if found.original else None,
        "promise": _promise(found, user, now) if found.clock else None,
    }
    record = found.case.reference if found.case else found.reference
    note_read(record=record, detail=found.reference, by=user, now=now)
    return Response(ContactSerializer(answer).data)


def _promise(contact: Contact, user: User, now: datetime) -> dict[str, Any]:
    account = account_for(contact, user, calendar_for_display())
    return {
        "due_at": account.due_at,
        "due_on": account.due_at.astimezone(LONDON).date(),
        "act_by": account.act_by,
        "standard": account.standard,
        "wording": account.wording,
        "state": account.state,
        "late": _is_late(account, now),
        "owner": contact.promise.owner.full_name,
        "counted_from": account.counted_from,
        "promised": account.promised,
        "account": account.steps,
        "account_complete": account.complete,
        "pauses": account.pauses,
        "history": account.events,
        "family_words": family_words(account.for_families(), contact.reference, now),
    }


def _is_late(account: Account, now: datetime) -> bool:
    """Kept after its date, or past it and still open; a paused count stands still."""
    if account.state == Clock.State.PAUSED:
        return False
    return account.due_at < (account.stopped_at or now)
