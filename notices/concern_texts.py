"""The words that people read when they take a concern further: version 1 of each (H15, H100)."""

from notices.placeholders import ShippedText

RIGHTS = """\
You can do these things at any time. You do not need to wait for us:
{complaints}
{sendiass}
{mediation}
{tribunal}
{ombudsman}

If a child is in danger, ring 999 now.

{council}"""

CONCERN_TEXTS = {
    "concern.taken": ShippedText(
        name="Somebody else now looks at your concern",
        when_sent="When a concern goes to the team lead, a senior manager or the resolution team",
        subject="Who looks at your concern now: {reference}",
        body="""\
Thank you for telling us. Your reference is {reference}. {also_line}

{person} now has your concern. {role_line}

You will have an answer by {answer_by}.

{kind_line}

{link_line}

"""
        + RIGHTS,
        placeholders=(
            "reference",
            "also_line",
            "person",
            "role_line",
            "answer_by",
            "kind_line",
            "link_line",
        ),
    ),
    "concern.wait": ShippedText(
        name="An answer is on its way",
        when_sent="When a concern is sent again before the date of the answer",
        subject="You will hear from us: {reference}",
        body="""\
Thank you for your message. We have put it with what you told us before. Your reference is \
{reference}. {also_line}

{person} has both and will answer you by {answer_by}.

{kind_line}

{opens_line} We will not ask you to tell it all again.

{link_line}

"""
        + RIGHTS,
        placeholders=(
            "reference",
            "also_line",
            "person",
            "answer_by",
            "kind_line",
            "opens_line",
            "link_line",
        ),
    ),
    "concern.first": ShippedText(
        name="Your concern is with the right person",
        when_sent="When somebody tells us of a concern and nobody has been asked before",
        subject="We have your concern: {reference}",
        body="""\
Thank you for telling us. Your reference is {reference}. {also_line}

{person_line} You will have an answer by {answer_by}.

{kind_line}

You do not need to do anything before then. If you have not heard, or if the answer does not \
help, you can go to the next person from {opens_on}. Our form is open on every day.

{link_line}

"""
        + RIGHTS,
        placeholders=(
            "reference",
            "also_line",
            "person_line",
            "answer_by",
            "kind_line",
            "opens_on",
            "link_line",
        ),
    ),
    "concern.answered": ShippedText(
        name="The answer to your concern",
        when_sent="When somebody answers a concern that was taken further",
        subject="Our answer: {reference}",
        body="""\
{text}

{name}
{team}

Does this help? Please tell us. {further_line} {also_line}

{link_line}

"""
        + RIGHTS,
        placeholders=(
            "reference",
            "also_line",
            "text",
            "name",
            "team",
            "further_line",
            "link_line",
        ),
    ),
    "concern.new_date": ShippedText(
        name="A new date for a concern",
        when_sent="When the person who has a concern promises a new date",
        subject="A new date for our answer: {reference}",
        body="""\
We said that we would answer {reference} by {old_date}. We need more time, and we are sorry.

This is why:
{reason}

We will now answer you by {new_date}. {also_line}

{opens_line}

{link_line}

"""
        + RIGHTS,
        placeholders=(
            "reference",
            "also_line",
            "old_date",
            "new_date",
            "reason",
            "opens_line",
            "link_line",
        ),
    ),
    "concern.passed": ShippedText(
        name="Passed to the resolution team: with the form",
        when_sent="When a councillor, an MP or somebody else writes to the head of the service",
        subject="Who looks at your concern now: {reference}",
        body="""\
Thank you for telling us. Your reference is {reference}. {also_line}

Our resolution team has your concern. They find out what has happened, and they see that you get \
an answer.

{soon_line}

{link_line}

"""
        + RIGHTS,
        placeholders=("reference", "also_line", "soon_line", "link_line"),
    ),
    "concern.end": ShippedText(
        name="There is nobody further to ask",
        when_sent="When the last answer did not help, or did not come",
        subject="What you can do now: {reference}",
        body="""\
Thank you for telling us. Your reference is {reference}. {also_line}

{end_line} {person} reads what you sent.

There is nobody further whom you could ask here. You can make a complaint, as at any time. If our \
answer to the complaint does not help, you can go to the Ombudsman. They do not work \
for us, and it is free.

{link_line}

"""
        + RIGHTS,
        placeholders=("reference", "also_line", "end_line", "person", "link_line"),
    ),
    "concern.link": ShippedText(
        name="A new link to a concern",
        when_sent="When somebody asks for a new link, because the one before has ended",
        subject="Your new link: {reference}",
        body="""\
You asked us for a new link to your concern {reference}. Here it is.

{link_line}

If you did not ask for it, you do not need to do anything.

{council}""",
        placeholders=("reference", "link_line"),
    ),
    "concern.closed": ShippedText(
        name="Your concern is settled",
        when_sent="When a concern is settled, by you or by us",
        subject="Your concern is settled: {reference}",
        body="""\
Your concern {reference} is now settled. Thank you for telling us about it. {also_line}

{settled_line}

If you do not agree, please tell us.

{link_line}

"""
        + RIGHTS,
        placeholders=("reference", "also_line", "settled_line", "link_line"),
    ),
    "concern.after": ShippedText(
        name="You wrote after your concern was settled",
        when_sent="When somebody answers by e-mail after their concern was settled",
        subject="We have your message about {reference}",
        body="""\
Thank you for your message. We have it and it is safe.

We have put it with your concern {reference}. {person} reads it, and answers you by {answer_by}.

{link_line}

{phone_line}

If a child is in danger, ring 999 now.

"""
        + RIGHTS,
        placeholders=("reference", "person", "answer_by", "link_line", "phone_line"),
    ),
    # The words of the communication policy (H105), with the hours from the standard.
    "resolution.passed": ShippedText(
        name="Passed to the resolution team: by e-mail",
        when_sent="When a head of service or director passes an e-mail to the resolution team",
        subject="Your e-mail about our SEND team: {reference}",
        body="""\
Thank you for your email – I note your concerns about contact with our SEND team. This has been \
passed on to our resolutions team who will coordinate a response and resolution for you. Thank \
you for your patience whilst we look into this for you. A member of the SEND team will be back in \
touch by phone or email with an initial response {within}.

{name}
{council}

Your reference is {reference}.""",
        placeholders=("reference", "within", "name"),
    ),
    "resolution.passed.telephone": ShippedText(
        name="Passed to the resolution team: by telephone",
        when_sent="Read out, or sent, when a head of service or director passes on a call",
        subject="Your call about our SEND team: {reference}",
        body="""\
Thank you for your call – I note your concerns about contact with our SEND team. This has been \
passed on to our resolutions team who will coordinate a response and resolution for you. Thank \
you for your patience whilst we look into this for you. A member of the SEND team will be back in \
touch by phone or email with an initial response {within}.

{name}
{council}

Your reference is {reference}.""",
        placeholders=("reference", "within", "name"),
    ),
    "resolution.responded": ShippedText(
        name="The first response of the resolution team",
        when_sent="When somebody gives the first response to what was passed to the team",
        subject="From our resolution team: {reference}",
        body="""\
{text}

{name}
{team}

We will stay in touch until this is settled. Your reference is {reference}.

"""
        + RIGHTS,
        placeholders=("reference", "text", "name", "team"),
    ),
    "resolution.settled": ShippedText(
        name="Settled by the resolution team",
        when_sent="When the team settles what was passed to it and was not taken further",
        subject="What you asked us is settled: {reference}",
        body="""\
What you asked us is now settled. Your reference is {reference}. This is what was agreed:

{text}

{name}
{team}

If you do not agree, please tell us.

{link_line}

"""
        + RIGHTS,
        placeholders=("reference", "text", "name", "team", "link_line"),
    ),
}
