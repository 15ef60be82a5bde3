"""What the sender of a form is told by e-mail once it is with the person responsible.

Only here do dates from the records appear: on the page everybody reads the same (H95).
"""

from cases.contact_messages import OUR_TEAM, is_stranger, promised_day, writes_to
from cases.models import Contact
from escalations.answers import Answers
from escalations.ladder import Kind
from escalations.ladder_actions import Result
from escalations.models import Submission
from escalations.sender_messages import message, opens_on
from notices import texts
from notices.actions import Message


def result_words(submission: Submission, answers: Answers, result: Result) -> list[Message]:
    """A first concern or one that is to wait; a step that was taken has told already."""
    contact = result.contact
    if result.step or not writes_to(contact):
        return []
    matter = contact.original or contact
    if matter.clock is None or result.placement.kind == Kind.FORMAL:
        return []
    stranger = is_stranger(contact)
    person = OUR_TEAM if stranger else matter.clock.owner.full_name
    values = {
        "reference": submission.reference,
        "answer_by": promised_day(matter.clock),
        "opens_on": opens_on(matter.clock.due_at),
        "link_line": "",
    }
    if result.placement.kind == Kind.WAIT:
        written = texts.current().write("concern.wait", person=person, **values)
    else:
        written = texts.current().write(
            "concern.first",
            person_line=f"{person} has your concern and will answer you.",
            kind_line=_kind_line(answers),
            **values,
        )
    return [message(contact, f"form:{submission.pk}", written)]


def _kind_line(answers: Answers) -> str:
    """Somebody asked for a person further up and nobody was asked before (H100)."""
    if answers.asked_for in ("", Contact.Sender.OTHER, "case_owner"):
        return ""
    return (
        "You asked for somebody else. The person who looks after the plan is the right one to "
        "start with. You have lost nothing by asking."
    )
