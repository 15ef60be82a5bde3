"""The words about one matter: that a form came, and whether it is urgent (H61, H63, H64)."""

from notices.placeholders import ShippedText

MATTER_TEXTS = {
    "contact.acknowledged.form": ShippedText(
        name="We have your form",
        when_sent="At once, when somebody has sent our form about a formal matter",
        subject="We have your message: {reference}",
        body="""\
Thank you for your message. We have it and it is safe.

Your reference is {reference}. {also_line}

We will answer you by {answer_by}. {person_line}

{seen_line}

{formal_line}

{child_line} You do not need to do anything before then.

{claim_line} {phone_line}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=(
            "reference",
            "also_line",
            "answer_by",
            "person_line",
            "seen_line",
            "formal_line",
            "child_line",
            "claim_line",
            "phone_line",
        ),
    ),
    "contact.urgent_accepted": ShippedText(
        name="We agree that it is urgent",
        when_sent="When a message is accepted as urgent",
        subject="We will answer you sooner: {reference}",
        body="""\
Thank you for telling us that {reference} is urgent. We agree that it is.

We will now answer you by {answer_by}. You do not need to do anything.

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "answer_by"),
    ),
    "contact.urgent_declined": ShippedText(
        name="The date stays the same",
        when_sent="When a message that was called urgent is not accepted as urgent",
        subject="The date of our answer: {reference}",
        body="""\
You told us that {reference} is urgent. We have read it with care. We know that it matters to you.

We are not able to answer it before other messages. This is why:
{reason}

We will answer you by {answer_by}, as we said.

If things change, please tell us. If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "reason", "answer_by"),
    ),
    "contact.urgent_accepted.late": ShippedText(
        name="We agree that it is urgent: after its date",
        when_sent="When a message is accepted as urgent and its date has passed",
        subject="We are late with our answer: {reference}",
        body="""\
Thank you for telling us that {reference} is urgent. We agree that it is.

You should have had our answer by {answer_by}. It is late. We are sorry.

{person} has it and will answer it before other messages. You do not need to send it again.

You can take this further now. Ask for {lead}, who leads the team.

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "answer_by", "person", "lead"),
    ),
    "contact.urgent_declined.late": ShippedText(
        name="Not urgent: after its date",
        when_sent="When a message that was called urgent is not accepted as urgent and its date "
        "has passed",
        subject="We are late with our answer: {reference}",
        body="""\
You told us that {reference} is urgent. We have read it with care. We know that it matters to you.

We are not able to treat it as urgent. This is why:
{reason}

You should have had our answer by {answer_by}. It is late. We are sorry.

{person} has it and will still answer you.

You can take this further now. Ask for {lead}, who leads the team.

If things change, please tell us. If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "reason", "answer_by", "person", "lead"),
    ),
}
