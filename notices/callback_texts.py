"""The words that callers read about a booked call: version 1 of each (H15, H36)."""

from notices.placeholders import ShippedText

CALLBACK_TEXTS = {
    "callback.booked": ShippedText(
        name="We will ring you",
        when_sent="When a call is booked",
        subject="We will ring you on {call_at}: {reference}",
        body="""\
{person} will ring you on {call_at}.

We will ring this number: {number}.

You do not need to ring us before then. The call is in the file with this e-mail. You can open it \
to put it in your calendar.

{link_line}

Is the number wrong? Or is something not clear? Please tell us. {phone_line}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "person", "call_at", "number", "link_line", "phone_line"),
    ),
    "callback.moved": ShippedText(
        name="We will ring you at another time",
        when_sent="When a booked call is moved, by us or by the caller",
        subject="A new time for your call, {call_at}: {reference}",
        body="""\
Your call has a new time. {person} will ring you on {call_at}.

{instead_line}
{reason_line}

We will ring this number: {number}.

You do not need to ring us before then. The new time is in the file with this e-mail. You can \
open it to put it in your calendar.

{link_line}

{phone_line}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=(
            "reference",
            "person",
            "call_at",
            "number",
            "instead_line",
            "reason_line",
            "link_line",
            "phone_line",
        ),
    ),
    "callback.other_person": ShippedText(
        name="Somebody else will ring you",
        when_sent="When somebody else makes a booked call, at the same time",
        subject="{person} will ring you on {call_at}: {reference}",
        body="""\
Somebody else will ring you. {person} will ring you on {call_at}.

{instead_line}
{reason_line}

We will ring this number: {number}.

You do not need to ring us before then. The call is in the file with this e-mail. You can open it \
to put it in your calendar.

{link_line}

{phone_line}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=(
            "reference",
            "person",
            "call_at",
            "number",
            "instead_line",
            "reason_line",
            "link_line",
            "phone_line",
        ),
    ),
    "callback.cancelled": ShippedText(
        name="The call is called off",
        when_sent="When a booked call is called off, by us or by the caller",
        subject="The call on {call_at} is called off: {reference}",
        body="""\
The call on {call_at} is called off. You do not need to do anything.

{reason_line}

{next_line}

Would you like a call after all? Please tell us. {phone_line}

{council}""",
        placeholders=("reference", "call_at", "reason_line", "next_line", "phone_line"),
    ),
    "callback.missed": ShippedText(
        name="We did not ring you",
        when_sent="When a booked call was not made",
        subject="We are sorry that we did not ring: {reference}",
        body="""\
{person} was going to ring you on {call_at}. It looks as if that did not happen. We are sorry. \
You did nothing wrong.

{next_line}

{link_line}

{phone_line}

We have told {person} and the team. If we did ring you, you do not need to do anything.

You can also make a complaint, or get free advice from people who do not work for us:
{complaints}
{sendiass}

{council}""",
        placeholders=("reference", "person", "call_at", "next_line", "link_line", "phone_line"),
    ),
    "callback.not_reached": ShippedText(
        name="We rang and could not reach you",
        when_sent="When somebody rang at the booked time and nobody answered",
        subject="We tried to ring you: {reference}",
        body="""\
{person} rang you, and nobody answered. We rang this number: {number}.

{again_line}

{link_line}

Is the number wrong? Please tell us. {phone_line}

{council}""",
        placeholders=("reference", "person", "number", "again_line", "link_line", "phone_line"),
    ),
}
