"""A concern as its sender may see it: where it is, who has it, the date, what we told them (H102).

The same truth as the page for staff, without what is not theirs: no child, nobody else who wrote,
no notes of ours. Whoever is not known around the child sees no names either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import User
from cases.contact_messages import OUR_TEAM, matter_of
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words
from escalations.ladder import Step
from escalations.ladder_state import is_unproven
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.rungs import Rung, State, rungs_of, steps_of
from escalations.sender_messages import opens_on

NAMES = {
    Step.CASE_OWNER: "The person who looks after the plan",
    Step.TEAM_LEAD: "The team lead",
    Step.SENIOR_MANAGER: "A senior manager",
    Step.RESOLUTION: "The resolution team",
}
BECAUSE = {
    "no_answer": "because you had no answer by the date",
    "not_satisfied": "because the answer did not help",
    "urgent": "because it is urgent",
    "outside": "because you asked somebody further up",
    "first": "",
}


class Stage(StrEnum):
    """Where a concern stands for the one who sent it."""

    WAITING = "waiting"
    LATE = "late"
    ANSWERED = "answered"
    SETTLED = "settled"


@dataclass(frozen=True)
class Line:
    """One of the four steps. ``who`` is empty while it was not taken."""

    name: str
    words: str
    who: str = ""
    is_now: bool = False


@dataclass(frozen=True)
class Followed:
    """All that the page shows. ``clock`` is the promise that counts now."""

    contact: Contact
    reference: str
    stage: Stage
    person: str
    clock: Clock
    last: Step
    # Empty for a formal matter, which is on no ladder (H103).
    rungs: list[Line]
    history: list[dict[str, Any]]
    desk_line: str

    @property
    def day(self) -> str:
        return _day(self.clock.due_at)

    @property
    def opens_on(self) -> str:
        return opens_on(self.clock.due_at)

    @property
    def is_last(self) -> bool:
        """After it there is no next person: a complaint and the Ombudsman are what is left."""
        return self.last == Step.RESOLUTION or not self.rungs

    @property
    def may_go_on(self) -> bool:
        """Whether the next person can be asked now."""
        return not self.is_last


def followed(contact: Contact, now: datetime) -> Followed:
    """The concern that ``contact`` belongs to, at ``now`` (aware), for its sender."""
    matter = matter_of(contact)
    escalation = matter.escalations.order_by("-pk").first()
    steps = steps_of(escalation)
    rungs = rungs_of(matter, steps, now)
    last = next(rung for rung in rungs if rung.is_last)
    names = _names(contact)
    stage = _stage(escalation, matter, last)
    return Followed(
        contact=contact,
        reference=reference_of(contact, escalation),
        stage=stage,
        person=names(_who_has_it(last, matter, stage)),
        clock=_clock(last, matter),
        last=last.step,
        rungs=[] if matter.is_formal and not steps else _lines(rungs, last, stage, names),
        history=_history(matter, escalation, steps, names),
        desk_line=_desk_line(matter),
    )


def _who_has_it(last: Rung, matter: Contact, stage: Stage) -> User:
    """Who answered last; while an answer is owed, who owes it."""
    owes = _clock(last, matter).owner
    return (last.answered_by or owes) if stage == Stage.ANSWERED else owes


def _clock(last: Rung, matter: Contact) -> Clock:
    return last.clock or matter.promise


def reference_of(contact: Contact, escalation: Escalation | None) -> str:
    """What the sender was given last: the concern's, else that of their form."""
    if escalation:
        return escalation.reference
    form = matter_of(contact).submissions.first()
    return form.reference if form else matter_of(contact).reference


class _Names:
    """How staff are called on the page."""

    def __init__(self, known: bool) -> None:
        self.known = known

    def __call__(self, person: User) -> str:
        return person.full_name if self.known else OUR_TEAM


def _names(contact: Contact) -> _Names:
    return _Names(known=not is_unproven(contact))


def _stage(escalation: Escalation | None, matter: Contact, last: Rung) -> Stage:
    if escalation and not escalation.is_open:
        return Stage.SETTLED
    if last.state == State.ANSWERED or (last.taken is None and not matter.is_open):
        return Stage.ANSWERED
    return Stage.LATE if last.state == State.LATE else Stage.WAITING


def _lines(rungs: Sequence[Rung], last: Rung, stage: Stage, names: _Names) -> list[Line]:
    return [
        Line(
            NAMES[rung.step],
            _words(rung, last, stage),
            names(rung.who) if rung.who else "",
            is_now=rung.is_last and stage != Stage.SETTLED,
        )
        for rung in rungs
    ]


def _words(rung: Rung, last: Rung, stage: Stage) -> str:
    match rung.state:
        case State.ANSWERED if rung.answered_at:
            return f"Answered on {_day(rung.answered_at)}."
        case State.ENDED:
            return "Ended."
        case State.LATE if rung.clock:
            return f"No answer by {_day(rung.clock.due_at)}. We are sorry."
        case State.WAITING if rung.clock:
            return f"Answers you by {_day(rung.clock.due_at)}."
        case State.LEFT_OUT:
            return "You went past this one."
    if rung.step > last.step + 1 or stage == Stage.SETTLED:
        return "Only if you need it."
    if stage == Stage.WAITING and last.clock:
        return f"You can go here from {opens_on(last.clock.due_at)}, if you have not heard."
    return "You can go here now."


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LONDON).date())


def _history(
    matter: Contact,
    escalation: Escalation | None,
    steps: Sequence[EscalationStep],
    names: _Names,
) -> list[dict[str, Any]]:
    """What happened, newest first. Of what they wrote only the day: they may have named a child."""
    items = [_item(_you_wrote(one), one.received_at) for one in _of_the_sender(matter)]
    items += [
        _item(
            f"{names(one.logged_by) if one.logged_by else OUR_TEAM} wrote to you",
            one.logged_at,
            one.message,
        )
        for one in _replies(matter)
    ]
    for step in steps:
        because = BECAUSE[step.ground]
        gone = f"{NAMES[Step(step.number)]} was asked{', ' if because else ''}{because}"
        items.append(_item(gone, step.taken_at))
        if step.answered_at and step.answered_by:
            who = names(step.answered_by)
            items.append(_item(f"{who} answered", step.answered_at, step.answer))
    if matter.answered_at and matter.answer != Contact.Answer.EMAIL:
        how = Contact.Answer(matter.answer).label.lower()
        items.append(_item(f"Answered {how}", matter.answered_at))
    if escalation and escalation.closed_at:
        who = "We" if escalation.closed_by else "You"
        items.append(_item(f"{who} said that it is settled", escalation.closed_at))
    return sorted(items, key=lambda item: item["at"], reverse=True)


def _item(title: str, at: datetime, text: str = "") -> dict[str, Any]:
    return {"title": title, "at": at, "text": text}


def _you_wrote(contact: Contact) -> str:
    spoken = (
        Contact.Channel.TELEPHONE,
        Contact.Channel.VOICEMAIL,
        Contact.Channel.FACE_TO_FACE,
        Contact.Channel.VIDEO,
    )
    return "You told us" if contact.channel in spoken else "You wrote to us"


def _of_the_sender(matter: Contact) -> list[Contact]:
    again = (Contact.Link.CHASER, Contact.Link.FOLLOW_UP, Contact.Link.FURTHER)
    linked = matter.linked.filter(link__in=again, struck_at=None, internal=False)
    return [matter, *linked.order_by("received_at")]


def _replies(matter: Contact) -> list[Contact]:
    """What we wrote to them by e-mail. Notes of calls and among ourselves are not for them."""
    ours = matter.linked.filter(
        link=Contact.Link.REPLY,
        direction=Contact.Direction.OUT,
        channel=Contact.Channel.EMAIL,
        internal=False,
        struck_at=None,
    )
    return list(ours.select_related("logged_by"))


def _desk_line(matter: Contact) -> str:
    """The resolution team has it as well (H104, H106)."""
    entry = DeskEntry.objects.filter(contact=matter, resolved_at=None)
    found = entry.select_related("clock").first()
    if found is None:
        return ""
    if found.responded_at:
        return "Our resolution team looks after it until it is settled."
    return (
        "Our resolution team has it too. They get in touch with you by "
        f"{moment_in_words(found.clock.due_at)}."
    )
