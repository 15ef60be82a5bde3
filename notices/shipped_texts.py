"""The words that the portal ships: version 1 of every text that a council may edit.

Written for people who are worried and in a hurry (H15): short sentences, common words, one
thing at a time, no blame. No text names a child (H53). A test measures their reading age.
"""

from notices.callback_texts import CALLBACK_TEXTS
from notices.complaint_texts import COMPLAINT_TEXTS
from notices.concern_texts import CONCERN_TEXTS
from notices.matter_texts import MATTER_TEXTS
from notices.placeholders import ShippedText

IF_URGENT = """\
If it is urgent, tell us at once. {phone_line}

These things are urgent:
{urgent}

If a child is in danger, ring 999 now.

{council}"""

ACKNOWLEDGED = """\
Thank you for your message. We have it and it is safe.

Your reference is {reference}. {also_line}

We will answer you by {answer_by}. {person_line}

{seen_line}

{formal_line}

"""
NOTHING_TO_DO = """\
You do not need to do anything before then. There is no need to write again or to ring.

"""
# Who answers is not known before the child is, and asking for the child is something to do.
NO_CHILD_YET = (
    ACKNOWLEDGED.replace(" {person_line}", "")
    + """\
We do not know yet which child you wrote about. If you have not told us, please answer this \
e-mail with the child’s name, date of birth and school. You do not need to do anything else.

"""
)
ACKNOWLEDGED_WITH = (
    "reference",
    "also_line",
    "answer_by",
    "person_line",
    "seen_line",
    "formal_line",
    "urgent",
    "phone_line",
)
NO_CHILD_YET_WITH = tuple(name for name in ACKNOWLEDGED_WITH if name != "person_line")
LOOK_HERE = "You may find an answer sooner here. Come back to us if you cannot find it:\n"
HAVE_IT = "We have your message: {reference}"

SHIPPED = {
    "contact.acknowledged.family": ShippedText(
        name="We have your message: families",
        when_sent="At once, when a parent, carer or young person has written or rung",
        subject=HAVE_IT,
        body=ACKNOWLEDGED + NOTHING_TO_DO + LOOK_HERE + "{local_offer}\n\n" + IF_URGENT,
        placeholders=ACKNOWLEDGED_WITH,
    ),
    "contact.acknowledged.school": ShippedText(
        name="We have your message: schools",
        when_sent="At once, when a school, college or early years setting has written or rung",
        subject=HAVE_IT,
        body=ACKNOWLEDGED + NOTHING_TO_DO + LOOK_HERE + "{grid}\n\n" + IF_URGENT,
        placeholders=ACKNOWLEDGED_WITH,
    ),
    "contact.acknowledged.professional": ShippedText(
        name="We have your message: other professionals",
        when_sent="At once, when another professional or somebody else has written or rung",
        subject=HAVE_IT,
        body=ACKNOWLEDGED + NOTHING_TO_DO + LOOK_HERE + "{local_offer}\n\n" + IF_URGENT,
        placeholders=ACKNOWLEDGED_WITH,
    ),
    "contact.acknowledged.safeguarding": ShippedText(
        name="We have your message: a child may not be safe",
        when_sent="At once, when somebody has told us that a child may not be safe",
        subject=HAVE_IT,
        body="""\
Thank you for telling us. Your reference is {reference}. {also_line}

We look at this first. {formal_line}

{seen_line}

If somebody is in danger now, ring 999. Do not wait for us.

If you think that a child may not be safe, you can talk to these people now:
{children_services}

If you see or hear more, tell us at once. {phone_line}

{council}""",
        placeholders=("reference", "also_line", "formal_line", "seen_line", "phone_line"),
    ),
    "contact.acknowledged.overdue": ShippedText(
        name="We have your message: written down after its date",
        when_sent="When a message is written down after the day by which it was to be answered",
        subject=HAVE_IT,
        body="""\
Thank you for your message. Your reference is {reference}. {also_line}

You should have had our answer by {answer_by}. We are sorry that you have not.

Your message is now with the person who will answer it. You do not need to send it again.

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "also_line", "answer_by"),
    ),
    "contact.acknowledged.unfiled": ShippedText(
        name="We have your message: no child known yet",
        when_sent="At once, when we do not know yet which child a message is about",
        subject=HAVE_IT,
        body=NO_CHILD_YET + LOOK_HERE + "{local_offer}\n\n" + IF_URGENT,
        placeholders=NO_CHILD_YET_WITH,
    ),
    "contact.acknowledged.unfiled.school": ShippedText(
        name="We have your message: schools, no child known yet",
        when_sent="At once, when we do not know yet which child a school’s message is about",
        subject=HAVE_IT,
        body=NO_CHILD_YET + LOOK_HERE + "{grid}\n\n" + IF_URGENT,
        placeholders=NO_CHILD_YET_WITH,
    ),
    "contact.acknowledged.unproven": ShippedText(
        name="We have your message: an address that we do not know",
        when_sent="At once, when staff write a message down with an address that is not on the "
        "record. It names nobody",
        subject=HAVE_IT,
        body="""\
Thank you for getting in touch. We have your message and it is safe.

Your reference is {reference}. {also_line}

We will answer you by {answer_by}.

{seen_line}

{formal_line}

We do not know this e-mail address yet. So we leave out names. This keeps children safe. You can \
ring us and ask. Please give us the reference then.

"""
        + IF_URGENT,
        placeholders=NO_CHILD_YET_WITH,
    ),
    "contact.chased": ShippedText(
        name="We have your second message",
        when_sent="When somebody writes or rings again about the same thing before its date",
        subject="We have your new message: {reference}",
        body="""\
Thank you for your new message. Its reference is {reference}.

We have put it with your first one, {chased_reference}. {person} has both and will read both.

The date stays the same. {person} will answer you by {answer_by}.

If it is urgent, tell us at once. These things are urgent:
{urgent}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "answer_by", "person", "urgent", "chased_reference"),
    ),
    "contact.followed_up": ShippedText(
        name="You wrote again after the date",
        when_sent="When somebody writes or rings again after the date has passed",
        subject="We are sorry that you had to write again: {reference}",
        body="""\
Thank you for your message. Your reference is {reference}.

You should have had our answer by {answer_by}. We are sorry that you have not.

{person} has your new message and will read it.

You can take this further from now on. Ask for {lead}, who leads the team.

You can also make a complaint, or get free advice from people who do not work for us:
{complaints}
{sendiass}

If a child is in danger, ring 999 now.

{council}""",
        placeholders=("reference", "answer_by", "person", "lead"),
    ),
    "contact.passed_on": ShippedText(
        name="Somebody else will answer",
        when_sent="When a message is passed on to another member of staff",
        subject="Who will answer you: {reference}",
        body="""\
{person} now has your message {reference} and will answer you.

The date stays the same. You will have your answer by {answer_by}.

You do not need to do anything.

{council}""",
        placeholders=("reference", "person", "answer_by"),
    ),
    "contact.lead_professional": ShippedText(
        name="One person answers for everybody",
        when_sent="When a message named several of us and one person answers for all",
        subject="Who will answer you: {reference}",
        body="""\
Thank you for your message. Your reference is {reference}.

{person} answers for all of us, so that you need to talk to one person only. You will have your \
answer by {answer_by}.

You do not need to do anything.

{council}""",
        placeholders=("reference", "person", "answer_by"),
    ),
    "contact.new_date": ShippedText(
        name="We need more time",
        when_sent="When a member of staff promises a new date",
        subject="A new date for our answer: {reference}",
        body="""\
We said that we would answer {reference} by {old_date}. We need more time, and we are sorry.

This is why:
{reason}

We will now answer you by {new_date}.

You do not need to do anything.

{council}""",
        placeholders=("reference", "old_date", "new_date", "reason"),
    ),
    "contact.formal": ShippedText(
        name="A date of its own for a formal matter",
        when_sent="When we see that a message is a formal matter, such as asking for an assessment",
        subject="What happens next: {reference}",
        body="""\
We have read your message {reference}. It asks for something that has a date of its own.

{formal_line}

We will still answer your message by {answer_by}.

You do not need to do anything.

{council}""",
        placeholders=("reference", "formal_line", "answer_by"),
    ),
    "contact.formal_moved": ShippedText(
        name="The date of a formal matter has moved with our opening days",
        when_sent="When a change of the opening days moves the date of a formal matter",
        subject="A new date: {reference}",
        body="""\
You asked us for something that has a date of its own. Your reference is {reference}.

The days on which we are open have changed since then. So the date is a new one:
{formal_line}

You do not need to do anything.

{council}""",
        placeholders=("reference", "formal_line"),
    ),
    "contact.moved": ShippedText(
        name="The date has moved with our opening days",
        when_sent="When a change of the opening days moves the date of an answer",
        subject="A new date for our answer: {reference}",
        body="""\
We told you that we would answer {reference} by {old_date}.

The days on which we are open have changed since then. So the date is now {new_date}.

You do not need to do anything.

{council}""",
        placeholders=("reference", "old_date", "new_date"),
    ),
    "contact.reply": ShippedText(
        name="Around an answer by e-mail",
        when_sent="When a member of staff answers by e-mail",
        subject="Our answer: {reference}",
        body="""\
{text}

{name}
{team}
{council}

Your reference is {reference}. {phone_line}""",
        placeholders=("reference", "text", "name", "team", "phone_line"),
    ),
    "case.new_owner": ShippedText(
        name="Somebody new looks after the plan",
        when_sent="When another member of staff becomes responsible for a plan",
        subject="Who to talk to from now on: {reference}",
        body="""\
{person} now looks after {reference}. {person} works in the {team}, {service}.

Please write to {person} from now on. {phone_line}

What you have told us is not lost. {person} can read it. You do not need to tell it again.

{council}""",
        placeholders=("reference", "person", "team", "service", "phone_line"),
    ),
    "case.lead_professional": ShippedText(
        name="One person to talk to",
        when_sent="When a lead professional is named for a plan",
        subject="One person to talk to: {reference}",
        body="""\
You will have one person to talk to about {reference}. This is {person}.

We are telling everybody who needs to know. It starts when we have told them all.

{person} works in the {team}, {service}. Others still work with us on the plan. {person} will \
ask them and then tell you.

{phone_line}

{council}""",
        placeholders=("reference", "person", "team", "service", "phone_line"),
    ),
    "case.lead_ended": ShippedText(
        name="No longer one person to talk to",
        when_sent="When a lead professional has ended and no other is named",
        subject="Who to talk to from now on: {reference}",
        body="""\
{person} no longer speaks for all of us about {reference}.

Please talk to the {team}, {service}, from now on. {phone_line}

What you have told us is not lost. We can read it. You do not need to tell it again.

{council}""",
        placeholders=("reference", "person", "team", "service", "phone_line"),
    ),
    "voicemail.greeting": ShippedText(
        name="Voicemail greeting",
        when_sent="Read out and recorded, on every voicemail line. If you change it, it is "
        "recorded again",
        subject="Voicemail greeting of {line}",
        body="""\
Hello. This is the voicemail of {line}.

Please say your name, your number and the child’s name. We will ring you back {ring_back}. You do \
not need to ring again before then.

{open_line}

If it is urgent, please say so first. These things are urgent:
{urgent}

You can get free advice from people who do not work for us:
{sendiass}

If a child is in danger, ring 999 now.""",
        placeholders=("line", "ring_back", "open_line", "urgent"),
    ),
    **MATTER_TEXTS,
    **CALLBACK_TEXTS,
    **CONCERN_TEXTS,
    **COMPLAINT_TEXTS,
}
