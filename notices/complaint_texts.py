"""The words that people read about a complaint: version 1 of each (H15, H103, H126).

The first ones name nobody: a complaint may be about whoever would be named.
"""

from notices.concern_texts import RIGHTS
from notices.placeholders import ShippedText

OMBUDSMAN = """\
Are you still not happy? Then you can go to the Local Government and Social Care Ombudsman. They \
do not work for us, and it is free. Please do this within 12 months of the day when you found out \
what went wrong:
{ombudsman}

"""

# Also when a complaint has ended without an answer.
OMBUDSMAN_TOO = """\
You can also go to the Local Government and Social Care Ombudsman. They do not work for us, and \
it is free. They may ask you to complain to us first:
{ombudsman}

"""
# Their own address is the one to which we write, so an answer finds its way (H14).
REPLY = """\
Do you want to tell us something? Answer this e-mail. Please leave {reference} in its subject. \
{phone_line}

"""
FAIR = """\
A complaint never changes how we treat you or your child.

"""

COMPLAINT_TEXTS = {
    "contact.acknowledged.complaint": ShippedText(
        name="We have your complaint",
        when_sent="At once, when somebody has complained. It names nobody",
        subject="We have your complaint: {reference}",
        body="""\
Thank you for telling us what went wrong. We have your complaint and it is safe.

Your reference is {reference}. {also_line}

{complaint_line} {complaint_by}

{seen_line}

{child_line}

"""
        + FAIR
        + REPLY
        + RIGHTS,
        placeholders=(
            "reference",
            "also_line",
            "complaint_line",
            "complaint_by",
            "seen_line",
            "child_line",
            "phone_line",
        ),
    ),
    "contact.formal.complaint": ShippedText(
        name="We treat your message as a complaint",
        when_sent="When we see that a message is a complaint",
        subject="We have your complaint: {reference}",
        body="""\
We have read your message {reference}. You told us that something went wrong. So we look at it as \
a complaint too.

{complaint_line} {formal_line}

We will still answer your message by {answer_by}.

Did you not mean to complain? Please tell us.

"""
        + FAIR
        + REPLY
        + RIGHTS,
        placeholders=("reference", "complaint_line", "formal_line", "answer_by", "phone_line"),
    ),
    "complaint.acknowledged": ShippedText(
        name="Who looks at your complaint",
        when_sent="When a complaint is acknowledged, in stage 1 and again in stage 2",
        subject="Who looks at your complaint: {reference}",
        body="""\
Thank you for telling us what went wrong. We are sorry that you had to. Your reference is \
{reference}.

{person} now looks at your complaint. {stage_line}

You will have our answer by {answer_by}. If we need more time, we will tell you why.

{touch_line}

"""
        + FAIR
        + REPLY
        + RIGHTS,
        placeholders=(
            "reference",
            "person",
            "stage_line",
            "answer_by",
            "touch_line",
            "phone_line",
        ),
    ),
    "complaint.passed_on": ShippedText(
        name="Somebody else looks at your complaint",
        when_sent="When a complaint that was acknowledged is passed on",
        subject="Who looks at your complaint now: {reference}",
        body="""\
{person} now looks at your complaint {reference}.

The date stays the same. You will have our answer by {answer_by}. You do not need to tell it all \
again.

{touch_line}

"""
        + REPLY
        + RIGHTS,
        placeholders=("reference", "person", "answer_by", "touch_line", "phone_line"),
    ),
    "complaint.new_date": ShippedText(
        name="A new date for a complaint",
        when_sent="When the answer to a complaint is put off",
        subject="A new date for our answer: {reference}",
        body="""\
We said that we would answer your complaint {reference} by {old_date}. We need more time, and we \
are sorry.

This is why:
{reason}

We will now answer you by {new_date}.

{touch_line}

"""
        + REPLY
        + RIGHTS,
        placeholders=("reference", "old_date", "new_date", "reason", "touch_line", "phone_line"),
    ),
    "complaint.answered": ShippedText(
        name="The answer to your complaint, stage 1",
        when_sent="When stage 1 of a complaint is answered",
        subject="Our answer to your complaint: {reference}",
        body="""\
{text}

{finding_line}

{name}
{team}

Are you not happy with this answer? Answer this e-mail, and say what we got wrong. Then somebody \
else looks at it again. This is called stage 2. Your reference is {reference}. {phone_line}

"""
        + RIGHTS,
        placeholders=("reference", "text", "finding_line", "name", "team", "phone_line"),
    ),
    "complaint.again": ShippedText(
        name="We have your stage 2 complaint",
        when_sent="When somebody asks for stage 2 of a complaint",
        subject="We will look at your complaint again: {reference}",
        body="""\
Thank you for telling us that our answer did not put things right. We are sorry. Your reference \
is {reference}.

Somebody else will now look at it. It will not be the person who answered you before. By \
{answer_by} we will tell you who it is, and when you will have our answer.

You do not need to tell it all again.

{touch_line}

"""
        + REPLY
        + RIGHTS,
        placeholders=("reference", "answer_by", "touch_line", "phone_line"),
    ),
    "complaint.final": ShippedText(
        name="The answer to your complaint, stage 2",
        when_sent="When stage 2 of a complaint is answered",
        subject="Our last answer to your complaint: {reference}",
        body="""\
{text}

{finding_line}

{name}
{team}

This was stage 2. It is our last answer to this complaint. Do you want to ask us about it? Answer \
this e-mail. Your reference is {reference}. {phone_line}

"""
        + OMBUDSMAN
        + RIGHTS.replace("{ombudsman}\n", ""),
        placeholders=("reference", "text", "finding_line", "name", "team", "phone_line"),
    ),
    "complaint.answered.unproven": ShippedText(
        name="We have answered your complaint: to an address that we do not know",
        when_sent="Instead of the answer, when staff wrote down an address that is not on the "
        "record",
        subject="We have answered your complaint: {reference}",
        body="""\
We have answered your complaint {reference}.

We do not know this e-mail address. So our answer is not in this e-mail. This keeps children \
safe. We give it to you in another way. Have you not had it? Please tell us. {phone_line}

{further_line}

"""
        + OMBUDSMAN
        + RIGHTS.replace("{ombudsman}\n", ""),
        placeholders=("reference", "further_line", "phone_line"),
    ),
    "complaint.ended": ShippedText(
        name="You do not want to go on with your complaint",
        when_sent="When the sender has taken a complaint back",
        subject="Your complaint has ended: {reference}",
        body="""\
You told us that you do not want to go on with your complaint {reference}. {person} wrote that \
down on {day}. So we have ended it.

Only the complaint has ended. {ends_line} All else that you asked us stays as it is. {still_line}

Is this not what you wanted? Please tell us. You can complain again at any time, about this too.

"""
        + FAIR
        + REPLY
        + OMBUDSMAN_TOO
        + RIGHTS.replace("{ombudsman}\n", ""),
        placeholders=("reference", "person", "day", "ends_line", "still_line", "phone_line"),
    ),
    "complaint.withdrawn": ShippedText(
        name="We do not look at your message as a complaint",
        when_sent="When a message was put down as a complaint by mistake",
        subject="About your complaint: {reference}",
        body="""\
We had put down your message {reference} as a complaint. On {day}, {person} took that back. So \
we do not look at it as a complaint any more.

Only this has changed. {ends_line} All else that you asked us stays as it is. {still_line}

Did you mean it as a complaint? Or do you want to know why? Please tell us. You can complain at \
any time, about this too.

"""
        + FAIR
        + REPLY
        + OMBUDSMAN_TOO
        + RIGHTS.replace("{ombudsman}\n", ""),
        placeholders=("reference", "person", "day", "ends_line", "still_line", "phone_line"),
    ),
    "complaint.agreement": ShippedText(
        name="How we keep in touch about your complaint",
        when_sent="When it is agreed how we keep in touch, and again when that changes",
        subject="How we keep in touch: {reference}",
        body="""\
This is what we agreed about your complaint {reference}.

{agreed_line}

{next_line}

We will look at this again with you on {review_on}. Would you like to change it before then? \
Please tell us. Nothing changes until you agree.

"""
        + REPLY
        + RIGHTS,
        placeholders=("reference", "agreed_line", "next_line", "review_on", "phone_line"),
    ),
}
