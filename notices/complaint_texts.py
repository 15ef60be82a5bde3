"""The words that people read about a complaint: version 1 of each (H15, H103, H126)."""

from notices.concern_texts import RIGHTS
from notices.placeholders import ShippedText

OMBUDSMAN = """\
Are you still not happy? Then you can go to the Local Government and Social Care Ombudsman. They \
do not work for us, and it is free. Please do this within 12 months of the day when you found out \
what went wrong:
{ombudsman}

"""

COMPLAINT_TEXTS = {
    "complaint.acknowledged": ShippedText(
        name="Who looks at your complaint",
        when_sent="When a complaint is acknowledged, in stage 1 and again in stage 2",
        subject="Who looks at your complaint: {reference}",
        body="""\
Thank you for telling us what went wrong. We take your complaint seriously. Your reference is \
{reference}.

{person} now looks at it. {stage_line}

You will have our answer by {answer_by}.

We would like to agree with you how we keep in touch until then. Would you like to hear from us by \
phone, by e-mail or by letter? Please tell us what is best for you.

A complaint never changes how we treat you or your child.

"""
        + RIGHTS,
        placeholders=("reference", "person", "stage_line", "answer_by"),
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

"""
        + RIGHTS,
        placeholders=("reference", "old_date", "new_date", "reason"),
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

Are you not happy with this answer? Please tell us, and say what we got wrong. Then somebody else \
looks at it again. This is called stage 2. Your reference is {reference}.

"""
        + RIGHTS,
        placeholders=("reference", "text", "finding_line", "name", "team"),
    ),
    "complaint.again": ShippedText(
        name="We have your stage 2 complaint",
        when_sent="When somebody asks for stage 2 of a complaint",
        subject="We will look at your complaint again: {reference}",
        body="""\
Thank you for telling us that our answer did not put things right. Your reference is {reference}.

Somebody else will now look at it. It will not be the person who answered you before. We will tell \
you who it is by {answer_by}.

You do not need to tell it all again.

"""
        + RIGHTS,
        placeholders=("reference", "answer_by"),
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

This was stage 2. It is our last answer to this complaint. Your reference is {reference}.

"""
        + OMBUDSMAN
        + RIGHTS.replace("{ombudsman}\n", ""),
        placeholders=("reference", "text", "finding_line", "name", "team"),
    ),
    "complaint.ended": ShippedText(
        name="You do not want to go on with your complaint",
        when_sent="When the sender has taken a complaint back",
        subject="Your complaint has ended: {reference}",
        body="""\
You told us that you do not want to go on with your complaint {reference}. So we have ended it.

Did you change your mind? Is this not what you wanted? Please tell us. You can come back at any \
time.

"""
        + RIGHTS,
        placeholders=("reference",),
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
        + RIGHTS,
        placeholders=("reference", "agreed_line", "next_line", "review_on"),
    ),
}
