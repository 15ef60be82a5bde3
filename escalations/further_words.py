"""What became of a concern that was taken further, in words to read out on the telephone."""

from datetime import datetime

from cases.contact_messages import SAFETY_TO_SAY, promised_day
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from escalations.ladder import Addressee, Kind
from escalations.ladder_actions import Result
from escalations.models import DeskEntry, EscalationStep
from escalations.sender_messages import kind_line, opens_on, starts_here
from escalations.step_actions import step_asked


def said_of(result: Result, asked: Addressee) -> str:
    """Who has it and the date; kindly, when they ``asked`` for somebody else (H100)."""
    step, placement = result.step, result.placement
    if step and placement.kind == Kind.STEP:
        return _of_step(step)
    if placement.kind == Kind.WAIT and placement.opens_after:
        return (
            "It is with what they told us before. Tell them: an answer comes by "
            f"{_day(placement.opens_after)}, and the next step opens on "
            f"{opens_on(placement.opens_after)}."
        )
    if placement.kind == Kind.DESK:
        return _of_desk(result)
    if placement.kind == Kind.END:
        return "Nobody further is left to ask. Tell them how to complain, and about the Ombudsman."
    if result.contact.category == Contact.Category.SAFEGUARDING:
        return f"It is written down as {result.contact.reference}. {SAFETY_TO_SAY}"
    clock = (result.contact.original or result.contact).clock
    if clock is None:
        return f"It is written down as {result.contact.reference}."
    said = f"{clock.owner} has it. Tell them: an answer comes by {promised_day(clock)}."
    return said + _read_out("" if placement.followed else starts_here(step_asked(asked)))


def _of_step(step: EscalationStep) -> str:
    day = promised_day(step.clock)
    said = f"{step.handler} has it now. Tell them: an answer comes by {day}."
    return said + _read_out(kind_line(step.asked, step.number, step.followed))


def _of_desk(result: Result) -> str:
    """The 48 hours, from the clock (H106)."""
    entries = DeskEntry.objects.filter(passes__contact=result.contact)
    entry = entries.select_related("clock__standard").first()
    if entry is None or entry.responded_at:
        return (
            "The resolution team has it, with what they told us before. Tell them: they will look "
            "at both together."
        )
    within, by = entry.clock.standard.wording, moment_in_words(entry.clock.due_at)
    return f"The resolution team has it. Tell them: they will be in touch {within}, by {by}."


def _read_out(kind: str) -> str:
    return f" Read out: “{kind}”" if kind else ""


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LONDON).date())
