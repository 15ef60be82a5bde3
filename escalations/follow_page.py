"""A concern as its sender may see it: where it is, who has it, the date, what we told them (H102).

The same truth as the page for staff, without what is not theirs: no child, nobody else who wrote,
no notes of ours. Whoever is not known around the child sees no names either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import Role, User
from cases.contact_messages import OUR_TEAM, matter_of, reply_key
from cases.models import Contact
from cases.proven import is_unproven
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words
from escalations.given_references import also_line
from escalations.handlers import somebody_for
from escalations.ladder import Step
from escalations.ladder_state import everybody_who_answered, involved
from escalations.models import DeskEntry, Escalation
from escalations.rungs import Rung, State, is_unsettled, rungs_of, steps_of
from escalations.sender_messages import looks_after, opens_on, role_line, settled_key
from notices.models import Notice

# Whose the step is. Who answers it may be somebody else, and is said beside it.
NAMES = {
    Step.CASE_OWNER: "Step 1, the first person you ask",
    Step.TEAM_LEAD: "Step 2, the team lead’s",
    Step.SENIOR_MANAGER: "Step 3, a senior manager’s",
    Step.RESOLUTION: "Step 4, the resolution team’s",
}
BECAUSE = {
    "no_answer": "because you had no answer by the date",
    "not_satisfied": "because the answer did not help",
    "urgent": "because it is urgent",
    "outside": "because you asked somebody further up",
    "first": "",
}
UNSETTLED = "because you told us that it is not settled"


class Stage(StrEnum):
    """Where a concern stands for the one who sent it."""

    WAITING = "waiting"
    LATE = "late"
    ANSWERED = "answered"
    # They said that the last answer did not help: nobody further is left to ask.
    ENDED = "ended"
    SETTLED = "settled"


@dataclass(frozen=True)
class Line:
    """One of the four steps. ``who`` is empty while it was not taken; ``role`` says what they are
    to the child's plan, also when it is somebody else than usual."""

    name: str
    words: str
    who: str = ""
    role: str = ""
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
    # Who sees that they hear from us, when the step was passed back to the case owner (H5).
    support_line: str
    # What is owed besides, once the concern is settled.
    besides_line: str
    # Nobody is left to ask, although there is a step that was not taken (0026).
    is_end: bool
    # Another reference that they may have written down.
    also_line: str

    @property
    def owes(self) -> bool:
        """An answer to the last step is still owed."""
        return self.clock.is_open

    @property
    def day(self) -> str:
        return _day(self.clock.due_at)

    @property
    def opens_on(self) -> str:
        return opens_on(self.clock.due_at)

    @property
    def is_last(self) -> bool:
        """After it there is no next person: a complaint and the Ombudsman are what is left."""
        return self.last == Step.RESOLUTION or self.is_end or not self.rungs

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
    is_end = stage == Stage.ANSWERED and _is_end(matter, escalation, last, now)
    if stage in (Stage.ANSWERED, Stage.LATE) and _said_no(matter, last):
        stage = Stage.ENDED
    reference = reference_of(contact, escalation)
    return Followed(
        contact=contact,
        reference=reference,
        also_line=also_line(contact, reference),
        stage=stage,
        person=_person(last, matter, stage, names),
        clock=_clock(last, matter),
        last=last.step,
        rungs=[] if matter.is_formal and not steps else _lines(rungs, last, stage, names),
        history=_history(matter, escalation, rungs, names),
        desk_line=_desk_line(matter),
        support_line=_support_line(escalation, last, names),
        besides_line=_besides_line(matter, stage, names),
        is_end=is_end,
    )


def _is_end(matter: Contact, escalation: Escalation | None, last: Rung, now: datetime) -> bool:
    """Whether the next step would find nobody, as ladder_actions sees it (0026)."""
    by = last.answered_by
    if last.step == Step.RESOLUTION or by is None or by.role != Role.RESOLUTION_OFFICER:
        return False
    answered = everybody_who_answered(matter, escalation)
    about = involved(matter, escalation)
    return somebody_for(Step(last.step + 1), matter, about, answered, now) is None


def _said_no(matter: Contact, last: Rung) -> bool:
    """Whether they have read that nobody further is left, since the last who was asked had it."""
    since = last.answered_at or (last.clock.due_at if last.clock else None)
    if since is None:
        return False
    said = matter.linked.filter(link=Contact.Link.FURTHER, struck_at=None, logged_at__gte=since)
    return bool(_sent(f"contact:{pk}:concern:end" for pk in said.values_list("pk", flat=True)))


def _support_line(escalation: Escalation | None, last: Rung, names: "_Names") -> str:
    partner = escalation.partner if escalation and escalation.is_open else None
    if partner is None or last.taken is None or not last.taken.clock.is_open or not names.known:
        return ""
    owner = last.taken.clock.owner
    if partner == owner or not looks_after(last.taken.escalation.matter, owner):
        return ""
    return f"{names(partner)} sees that you hear from us."


def _besides_line(matter: Contact, stage: Stage, names: "_Names") -> str:
    """A formal matter has a date of its own, whatever was settled (H68)."""
    if stage != Stage.SETTLED or not matter.is_open:
        return ""
    clock = matter.promise
    day = _day(clock.due_at)
    if matter.is_formal:
        return (
            "What you asked us for at first has a date of its own, and is not part of this. "
            f"{names(clock.owner)} answers it by {day}."
        )
    return f"{names(clock.owner)} still answers your first message, by {day}."


def _who_has_it(last: Rung, matter: Contact, stage: Stage) -> User:
    """Who answered last; while an answer is owed, who owes it."""
    owes = _clock(last, matter).owner
    return (last.answered_by or owes) if stage == Stage.ANSWERED else owes


def _person(last: Rung, matter: Contact, stage: Stage, names: "_Names") -> str:
    who = _who_has_it(last, matter, stage)
    return names(who) if stage == Stage.ANSWERED else names.now(who)


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

    def now(self, person: User) -> str:
        """Who is to answer: nobody who has left, while it waits for somebody else (0026)."""
        return self(person) if person.is_active else OUR_TEAM


def _names(contact: Contact) -> _Names:
    return _Names(known=not is_unproven(contact))


def _stage(escalation: Escalation | None, matter: Contact, last: Rung) -> Stage:
    if escalation and not escalation.is_open:
        return Stage.SETTLED
    if last.taken is None and last.state == State.ENDED and is_settled_at_desk(matter):
        return Stage.SETTLED
    if last.state == State.ANSWERED or (last.taken is None and not matter.is_open):
        return Stage.ANSWERED
    return Stage.LATE if last.state == State.LATE else Stage.WAITING


def is_settled_at_desk(matter: Contact) -> bool:
    """Whether the resolution team settled what nobody had taken further."""
    return DeskEntry.objects.settled().filter(contact=matter).exists()


def _lines(rungs: Sequence[Rung], last: Rung, stage: Stage, names: _Names) -> list[Line]:
    return [
        Line(
            NAMES[rung.step],
            _words(rung, last, stage),
            _who(rung, names),
            _role(rung, names),
            is_now=rung.is_last and stage != Stage.SETTLED,
        )
        for rung in rungs
    ]


def _who(rung: Rung, names: _Names) -> str:
    if rung.answered_by:
        return names(rung.answered_by)
    return names.now(rung.who) if rung.who else ""


def _role(rung: Rung, names: _Names) -> str:
    """ "Maya Stone is a senior manager of the SEND service."; nothing for those who know no
    names."""
    who = rung.who
    if who is None or not names.known or _who(rung, names) == OUR_TEAM:
        return ""
    if rung.taken:
        return f"{names(who)} {role_line(rung.taken, who)}"
    looks = rung.contact is not None and looks_after(rung.contact, who)
    return f"{names(who)} looks after the plan." if looks else ""


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
    if rung.step > last.step + 1 or stage in (Stage.SETTLED, Stage.ENDED):
        return "Only if you need it."
    if stage == Stage.WAITING and last.clock:
        return f"You can go here from {opens_on(last.clock.due_at)}, if you have not heard."
    return "You can go here now."


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LONDON).date())


def _history(
    matter: Contact,
    escalation: Escalation | None,
    rungs: Sequence[Rung],
    names: _Names,
) -> list[dict[str, Any]]:
    """What happened, newest first. Of what they wrote only the day: they may have named a child."""
    items = [_item(_you_wrote(one), one.received_at) for one in _of_the_sender(matter)]
    items += _replies(matter, names)
    for rung in rungs:
        if rung.taken is None or rung.taken_at is None:
            continue
        because = UNSETTLED if is_unsettled(rung, rungs) else BECAUSE[rung.ground]
        gone = f"It went to {_lowered(NAMES[rung.step])}{', ' if because else ''}{because}"
        items.append(_item(gone, rung.taken_at))
        if rung.answered_at:
            items.append(_answered(rung, matter, names))
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
    return "You told us" if contact.channel in SPOKEN else "You wrote to us"


SPOKEN = (
    Contact.Channel.TELEPHONE,
    Contact.Channel.VOICEMAIL,
    Contact.Channel.FACE_TO_FACE,
    Contact.Channel.VIDEO,
)


def _of_the_sender(matter: Contact) -> list[Contact]:
    again = (Contact.Link.CHASER, Contact.Link.FOLLOW_UP, Contact.Link.FURTHER)
    linked = matter.linked.filter(link__in=again, struck_at=None, internal=False)
    return [matter, *linked.order_by("received_at")]


def _replies(matter: Contact, names: _Names) -> list[dict[str, Any]]:
    """What we said to them. The words only of what the portal itself sent to the sender: what
    staff write about a call, or about a letter of their own, is a note of ours."""
    ours = matter.linked.filter(
        link=Contact.Link.REPLY,
        direction=Contact.Direction.OUT,
        internal=False,
        struck_at=None,
    )
    rows = list(ours.select_related("logged_by"))
    email = matter.sender_email.casefold()
    keys = {row: {reply_key(row, email), settled_key(row)} for row in rows}
    sent = _sent(key for both in keys.values() for key in both)
    return [
        _item(
            f"{names(row.logged_by) if row.logged_by else OUR_TEAM} {_we_did(row)}",
            row.logged_at,
            row.message if keys[row] & sent else "",
        )
        for row in rows
    ]


def _answered(rung: Rung, matter: Contact, names: _Names) -> dict[str, Any]:
    """The answer of a step; its words when they went to the sender from here."""
    step, who = rung.taken, rung.answered_by
    if step is None or who is None or rung.answered_at is None:
        raise ValueError("Only an answered step has an answer.")
    keys = [f"contact:{pk}:concern:answer:{step.pk}" for pk in (step.contact_id, matter.pk)]
    return _item(f"{names(who)} answered", rung.answered_at, rung.answer if _sent(keys) else "")


def _sent(keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` under which something was sent."""
    wanted = list(keys)
    found = Notice.objects.filter(key__in=wanted) if wanted else Notice.objects.none()
    return set(found.values_list("key", flat=True))


def _we_did(contact: Contact) -> str:
    return "spoke to you" if contact.channel in SPOKEN else "wrote to you"


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


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
