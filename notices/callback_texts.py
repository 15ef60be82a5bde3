"""The words that callers read about a booked call: version 1 of each (H15, H36)."""

from notices.placeholders import ShippedText

CALLBACK_TEXTS = {
    "callback.booked": ShippedText(
        name="We will ring you",
        when_sent="When a call is booked, or moved to another time",
        subject="We will ring you on {call_at}: {reference}",
        body="""\
{person} will ring you on {call_at}.

We will ring this number: {number}. {instead_line}

You do not need to ring us before then. The call is in the file with this e-mail. You can open it \
to put it in your calendar.

{link_line}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "person", "call_at", "number", "instead_line", "link_line"),
    ),
    "callback.cancelled": ShippedText(
        name="The call is called off",
        when_sent="When a booked call is called off, by us or by the caller",
        subject="The call on {call_at} is called off: {reference}",
        body="""\
The call on {call_at} is called off.

{reason_line}

{next_line} You do not need to do anything.

{council}""",
        placeholders=("reference", "call_at", "reason_line", "next_line"),
    ),
    "callback.missed": ShippedText(
        name="We did not ring you",
        when_sent="When a booked call was not made",
        subject="We are sorry that we did not ring: {reference}",
        body="""\
{person} was going to ring you on {call_at}. It looks as if that did not happen. We are sorry.

{next_line}

{link_line}

{person} and the lead of the team know about this.

You can also make a complaint, or get free advice from people who do not work for us:
{complaints}
{sendiass}

{council}""",
        placeholders=("reference", "person", "call_at", "next_line", "link_line"),
    ),
    "callback.not_reached": ShippedText(
        name="We rang and could not reach you",
        when_sent="When somebody rang at the booked time and nobody answered",
        subject="We tried to ring you: {reference}",
        body="""\
{person} rang you just now. Nobody answered. We rang this number: {number}.

We will try again. You do not need to do anything.

{link_line}

{council}""",
        placeholders=("reference", "person", "number", "link_line"),
    ),
}
