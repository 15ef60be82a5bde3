"""What can stand in a text as {like_this}, and what a text is made of."""

import re
from dataclasses import dataclass
from functools import cached_property

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class ShippedLink:
    """Where a text sends people, until the council says otherwise."""

    label: str
    url: str
    meaning: str


SHIPPED_LINKS = {
    "local_offer": ShippedLink(
        "Local Offer",
        "https://local-offer.example.org",
        "The Local Offer, for families",
    ),
    "grid": ShippedLink(
        "The Grid",
        "https://grid.example.org",
        "The Grid, for schools and settings",
    ),
    "sendiass": ShippedLink(
        "SENDIASS",
        "https://sendiass.example.org",
        "The free and impartial advice service for families",
    ),
    "complaints": ShippedLink(
        "How to complain",
        "https://complaints.example.org",
        "The council’s page about complaints",
    ),
    "children_services": ShippedLink(
        "Children’s services",
        "https://childrens-services.example.org",
        "The council’s page that says whom to ring when a child may not be safe",
    ),
    "mediation": ShippedLink(
        "Mediation",
        "https://mediation.example.org",
        "The mediation service for disagreements about a plan",
    ),
    "tribunal": ShippedLink(
        "The SEND Tribunal",
        "https://www.gov.uk/courts-tribunals/first-tier-tribunal-special-educational-needs-and-disability",
        "The tribunal that decides appeals",
    ),
    "ombudsman": ShippedLink(
        "The Local Government and Social Care Ombudsman",
        "https://www.lgo.org.uk",
        "The Ombudsman, who looks at complaints that a council has not settled",
    ),
}

# What an administrator may write into any text: filled in without the caller's help.
GENERAL = {
    "council": "the council’s name",
    "service": "what the portal is called",
    **{code: f"the link: {link.meaning}" for code, link in SHIPPED_LINKS.items()},
}


@dataclass(frozen=True)
class Meaning:
    """What a placeholder stands for, in words, and an example for the preview."""

    words: str
    example: str


# What each of the other placeholders stands for.
MEANINGS = {
    "reference": Meaning("the reference that people quote", "CON-000123"),
    "also_line": Meaning(
        "a sentence with the reference that they were given before, or nothing",
        "You may have written down ASK-000032: it is the same concern.",
    ),
    "answer_by": Meaning(
        "the day by which we answer",
        "Tuesday 17 November 2026, within 10 working days of receiving your message",
    ),
    "person_line": Meaning(
        "a sentence that says who will answer, or nothing",
        "Cora Hill in the North team will answer you.",
    ),
    "seen_line": Meaning(
        "a sentence that says when we will see it, when the office is closed",
        "Our office is closed now. We will see your message when it opens on "
        "Monday 9 November 2026 at 9am.",
    ),
    "formal_line": Meaning(
        "a sentence with a date set by law, when there is one",
        "The law gives us until Monday 14 December 2026 to decide.",
    ),
    "phone_line": Meaning(
        "a sentence with a telephone number",
        "You can ring us on 01632 960100.",
    ),
    "urgent": Meaning(
        "what counts as urgent, a line each",
        "- A child or young person has no school or college to go to\n"
        "- The family is moving home in the next 10 days",
    ),
    "person": Meaning("the name of the member of staff", "Cora Hill"),
    "lead": Meaning("the name of the team lead", "Lena Marsh"),
    "name": Meaning("the name of the member of staff who wrote it", "Cora Hill"),
    "team": Meaning("the team", "North team"),
    "service": Meaning("the service that the team belongs to", "School age SEND"),
    "chased_reference": Meaning("the reference of the first message", "CON-000120"),
    "old_date": Meaning("the date before", "Monday 9 November 2026"),
    "new_date": Meaning("the date now", "Monday 16 November 2026"),
    "reason": Meaning(
        "why, in the words of the member of staff",
        "We are waiting for a report from the school.",
    ),
    "line": Meaning(
        "whose voicemail it is: a person, or a team and its line", "Cora Hill in the North team"
    ),
    "ring_back": Meaning("how soon we answer a voicemail", "within 5 working days"),
    "open_line": Meaning(
        "a sentence that says when we are open",
        "We are open Monday to Thursday from 9am to 5:30pm, and Friday from 9am to 4:30pm.",
    ),
    "call_at": Meaning("when we ring", "Thursday 12 November 2026 at 2pm"),
    "number": Meaning("the number that we ring, by its last digits", "the one that ends in 123"),
    "instead_line": Meaning(
        "a sentence that says which call it replaces, or nothing",
        "It is instead of the call on Wednesday 11 November 2026 at 10am.",
    ),
    "link_line": Meaning(
        "a sentence with the link to what the text is about, or nothing",
        "To choose another time, or to call it off: https://portal.example.org/callback/x",
    ),
    "reason_line": Meaning(
        "a sentence that says why, or nothing",
        "We are sorry. This is why: Cora Hill is ill today.",
    ),
    "next_line": Meaning(
        "a sentence that says by when they hear all the same, or nothing",
        "You will still hear from us by Tuesday 17 November 2026.",
    ),
    "again_line": Meaning(
        "sentences that say what we do when nobody answered, and by when they hear",
        "We will try again. You will still hear from us by Tuesday 17 November 2026.",
    ),
    "role_line": Meaning(
        "a sentence that says who that is", "Lena Marsh leads the team that looks after the plan."
    ),
    "settled_line": Meaning(
        "a sentence that says what was agreed, and with whom, or nothing",
        "Lena Marsh rang you this morning. The taxi starts on Monday.",
    ),
    "kind_line": Meaning(
        "a kind sentence when a step was left out, or nothing",
        "You asked for a senior manager. The team lead looks at it first, so that you are helped "
        "sooner.",
    ),
    "opens_on": Meaning(
        "the day from which they can go to the next person", "Wednesday 18 November 2026"
    ),
    "stage_line": Meaning(
        "a sentence that says which stage it is",
        "This is stage 1, our first look at what happened.",
    ),
    "finding_line": Meaning(
        "a sentence that says what we found",
        "We found that you are right: we uphold your complaint.",
    ),
    "agreed_line": Meaning(
        "a sentence that says who gets in touch, how and how often",
        "Cora Hill will ring you every week.",
    ),
    "complaint_line": Meaning(
        "a sentence that says who has a complaint, by no name", "A manager has your complaint."
    ),
    "complaint_by": Meaning(
        "a sentence that says by when they hear who looks at their complaint",
        "By Tuesday 10 November 2026 we will tell you who looks at it, and when you will have our "
        "answer.",
    ),
    "child_line": Meaning(
        "a sentence that asks which child it is about, or nothing",
        "We do not know yet which child you wrote about.",
    ),
    "claim_line": Meaning(
        "a sentence about what is urgent: that we look at the reason they gave, or what to do",
        "You gave a reason why it is urgent. We look at that first, and tell you.",
    ),
    "touch_line": Meaning(
        "how we keep in touch about a complaint: what was agreed, a question, or nothing",
        "We keep in touch as you agreed with us. Cora Hill will ring you every week.",
    ),
    "ends_line": Meaning(
        "a sentence that says that what was agreed about a complaint ends too, or nothing",
        "What we agreed about keeping in touch about it ends too.",
    ),
    "still_line": Meaning(
        "a sentence with the date of what we still answer, or nothing",
        "We will still answer your message by Tuesday 17 November 2026.",
    ),
    "day": Meaning("the day on which it was done", "Monday 16 November 2026"),
    "review_on": Meaning("the day on which we look at it again", "Monday 14 December 2026"),
    "opens_line": Meaning(
        "a sentence that says from when they can go further",
        "If you have not heard by then, you can go to the next person from "
        "Wednesday 18 November 2026.",
    ),
    "further_line": Meaning(
        "a sentence that says where they can go when the answer does not help",
        "If it does not, you can go to the next person now.",
    ),
    "end_line": Meaning(
        "a sentence that says why they write after the last step",
        "We are sorry that our answer did not help.",
    ),
    "soon_line": Meaning(
        "a sentence that says how soon somebody gets in touch",
        "One of them will get in touch with you within 48 hours.",
    ),
    "within": Meaning("how soon the resolution team gets in touch", "within 48 hours"),
    "text": Meaning("the words of the member of staff", "Hello. The taxi is booked from Monday."),
}

# What a text must keep when it was shipped with it: without them it would promise nothing.
MANDATORY = frozenset(
    {
        "reference",
        "answer_by",
        "new_date",
        "person",
        "reason",
        "text",
        "ring_back",
        "call_at",
        "within",
    }
)


@dataclass(frozen=True)
class ShippedText:
    """Version 1 of one text, and the ``placeholders`` that its sender fills in."""

    name: str
    when_sent: str
    subject: str
    body: str
    placeholders: tuple[str, ...]

    @cached_property
    def mandatory(self) -> frozenset[str]:
        """The placeholders that every later version must have too."""
        return MANDATORY & set(self.placeholders)

    @cached_property
    def allowed(self) -> frozenset[str]:
        """Every placeholder that a later version may have."""
        return frozenset(self.placeholders) | frozenset(GENERAL)

    def explained(self) -> list[tuple[str, str]]:
        """Every placeholder as it is typed, with what it stands for; mandatory ones first."""
        own = {name: MEANINGS[name].words for name in self.placeholders}
        ordered = sorted((GENERAL | own).items(), key=lambda item: item[0] not in self.mandatory)
        return [(f"{{{name}}}", self._said(name, words)) for name, words in ordered]

    def _said(self, name: str, words: str) -> str:
        return f"{words} (must stay)" if name in self.mandatory else words


def placeholders_in(subject: str, body: str) -> set[str]:
    """The names written {like_this} in a text."""
    return set(PLACEHOLDER.findall(f"{subject}\n{body}"))
