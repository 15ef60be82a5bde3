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
from escalations.ladder import Step, has_passed
from escalations.ladder_state import is_unproven
from escalations.models import DeskEntry, Escalation, EscalationStep
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
class Rung:
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
    rungs: list[Rung]
    history: list[dict[str, Any]]
    desk_line: str

    @property
    def day(self) -> str:
        return day_in_words(self.clock.due_at.astimezone(LONDON).date())

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
    steps = _steps(escalation)
    clock = steps[-1].clock if steps else matter.promise
    names = _names(contact)
    stage = _stage(matter, escalation, steps, now)
    return Followed(
        contact=contact,
        reference=reference_of(contact, escalation),
        stage=stage,
        person=names(_who_has_it(matter, steps, stage)),
        clock=clock,
        last=Step(steps[-1].number) if steps else Step.CASE_OWNER,
        rungs=[] if matter.is_formal and not steps else _rungs(matter, steps, stage, names, now),
        history=_history(matter, escalation, steps, names),
        desk_line=_desk_line(matter),
    )


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


def _steps(escalation: Escalation | None) -> list[EscalationStep]:
    if escalation is None:
        return []
    joined = escalation.steps.select_related("clock__owner", "answered_by", "contact")
    return list(joined.order_by("number"))


def _stage(
    matter: Contact,
    escalation: Escalation | None,
    steps: Sequence[EscalationStep],
    now: datetime,
) -> Stage:
    if escalation and not escalation.is_open:
        return Stage.SETTLED
    last = steps[-1] if steps else None
    answered = last.answered_at is not None if last else not matter.is_open
    if answered:
        return Stage.ANSWERED
    clock = last.clock if last else matter.promise
    return Stage.LATE if has_passed(clock.due_at, now) else Stage.WAITING


def _who_has_it(matter: Contact, steps: Sequence[EscalationStep], stage: Stage) -> User:
    last = steps[-1] if steps else None
    if stage == Stage.ANSWERED:
        by = last.answered_by if last else matter.answered_by
        if by:
            return by
    return last.clock.owner if last else matter.promise.owner


def _rungs(
    matter: Contact,
    steps: Sequence[EscalationStep],
    stage: Stage,
    names: _Names,
    now: datetime,
) -> list[Rung]:
    taken = {Step(step.number): step for step in steps}
    last = max(taken, default=Step.CASE_OWNER)
    first = _taken(
        Step.CASE_OWNER, matter.promise, matter.answered_at, matter.answered_by, names, now
    )
    rungs = [first]
    for number in list(Step)[1:]:
        step = taken.get(number)
        if step:
            done = _taken(number, step.clock, step.answered_at, step.answered_by, names, now)
            rungs.append(done)
        else:
            rungs.append(Rung(NAMES[number], _not_taken(number, last, stage, rungs, matter, steps)))
    now_at = rungs[last - 1]
    rungs[last - 1] = Rung(now_at.name, now_at.words, now_at.who, is_now=stage != Stage.SETTLED)
    return rungs


def _taken(
    number: Step,
    clock: Clock,
    answered_at: datetime | None,
    by: User | None,
    names: _Names,
    now: datetime,
) -> Rung:
    day = day_in_words(clock.due_at.astimezone(LONDON).date())
    if answered_at:
        on = day_in_words(answered_at.astimezone(LONDON).date())
        return Rung(NAMES[number], f"Answered on {on}.", names(by or clock.owner))
    if not clock.is_open:
        return Rung(NAMES[number], "Ended.", names(clock.owner))
    if has_passed(clock.due_at, now):
        return Rung(NAMES[number], f"No answer by {day}. We are sorry.", names(clock.owner))
    return Rung(NAMES[number], f"Answers you by {day}.", names(clock.owner))


def _not_taken(
    number: Step,
    last: Step,
    stage: Stage,
    rungs: Sequence[Rung],
    matter: Contact,
    steps: Sequence[EscalationStep],
) -> str:
    if number < last:
        return "You went past this one."
    if number > last + 1 or stage == Stage.SETTLED:
        return "Only if you need it."
    if stage == Stage.WAITING:
        clock = steps[-1].clock if steps else matter.promise
        return f"You can go here from {opens_on(clock.due_at)}, if you have not heard."
    return "You can go here now."


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
