"""A concern as its sender may see it: where it is, who has it, the date, what we told them (H102).

The same truth as the page for staff, without what is not theirs: no child, nobody else who wrote,
no notes of ours. Whoever is not known around the child sees no names either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.crypto import salted_hmac

from accounts.models import Role, User
from callbacks.models import Booking
from cases.contact_messages import OUR_TEAM, matter_of
from cases.models import Contact
from cases.proven import is_unproven
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words
from escalations.follow_history import NAMES, Names, history, mails, waiting_answer
from escalations.given_references import also_line
from escalations.handlers import somebody_for
from escalations.ladder import Step
from escalations.ladder_state import everybody_who_answered, has_ended, involved
from escalations.models import DeskEntry, Escalation
from escalations.rungs import Rung, State, rungs_of, steps_of
from escalations.sender_messages import looks_after, opens_on, role_line


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
    # A call that they wait for, and the answer's e-mail while it waits to leave.
    call_line: str
    mail_line: str
    # How things stood when the page was made: what is pressed is about that.
    standing: str

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
        history=history(matter, escalation, rungs, names, now),
        desk_line=_desk_line(matter),
        support_line=_support_line(escalation, last, names),
        besides_line=_besides_line(matter, stage, names),
        is_end=is_end,
        call_line=_call_line(matter, now, names),
        mail_line=waiting_answer(matter, now) if stage == Stage.ANSWERED and not steps else "",
        standing=standing_of(matter),
    )


def standing_of(matter: Contact) -> str:
    """A word for how the concern about ``matter`` stands: another once anything has happened.

    A page that was opened before says "yes" or "no" about something else.
    """
    escalation = matter.escalations.order_by("-pk").first()
    last = escalation.steps.order_by("-number").first() if escalation else None
    said = matter.linked.filter(link=Contact.Link.FURTHER, struck_at=None).order_by("-pk").first()
    parts = [
        matter.answered_at,
        escalation and (escalation.pk, escalation.closed_at),
        last and (last.pk, last.answered_at),
        is_settled_at_desk(matter),
        said.pk if said and has_ended(said) else None,
    ]
    return salted_hmac("escalations.standing", repr(parts)).hexdigest()[:32]


def calls_to_come(matter: Contact) -> list[Booking]:
    """Calls that somebody was promised and still waits for, the soonest first."""
    about = Booking.objects.about(matter)
    tried = about.left_to_ring().exclude(state=Booking.State.BOOKED)
    booked = about.filter(state=Booking.State.BOOKED)
    found = {one.pk: one for one in [*tried.with_people(), *booked.with_people()]}
    return sorted(found.values(), key=lambda one: one.starts_at)


def _call_line(matter: Contact, now: datetime, names: Names) -> str:
    """ "Hetal Sandhu rings you on Monday 23 November 2026 at 2pm." """
    return " ".join(call_words(one, now, names) for one in calls_to_come(matter))


def call_words(booking: Booking, now: datetime, names: Names) -> str:
    """What the caller of ``booking`` waits for at ``now`` (aware)."""
    who, at = names.now(booking.owner), moment_in_words(booking.starts_at)
    match booking.state:
        case Booking.State.NO_ANSWER:
            return f"{who} rang you about this, and nobody answered. We will ring you again."
        case Booking.State.MISSED:
            return f"{who} was to ring you on {at}. We are sorry: we still have to ring you."
    return f"{who} rings you on {at}." if booking.starts_at > now else f"Your call is for {at}."


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
    keys = [f"contact:{pk}:concern:end" for pk in said.values_list("pk", flat=True)]
    return bool(mails(keys, since).found)


def _support_line(escalation: Escalation | None, last: Rung, names: Names) -> str:
    partner = escalation.partner if escalation and escalation.is_open else None
    if partner is None or last.taken is None or not last.taken.clock.is_open or not names.known:
        return ""
    owner = last.taken.clock.owner
    if partner == owner or not looks_after(last.taken.escalation.matter, owner):
        return ""
    return f"{names(partner)} sees that you hear from us."


def _besides_line(matter: Contact, stage: Stage, names: Names) -> str:
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


def _person(last: Rung, matter: Contact, stage: Stage, names: Names) -> str:
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


def _names(contact: Contact) -> Names:
    return Names(known=not is_unproven(contact))


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


def _lines(rungs: Sequence[Rung], last: Rung, stage: Stage, names: Names) -> list[Line]:
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


def _who(rung: Rung, names: Names) -> str:
    if rung.answered_by:
        return names(rung.answered_by)
    return names.now(rung.who) if rung.who else ""


def _role(rung: Rung, names: Names) -> str:
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
        case State.ENDED if rung.clock and rung.ended_late:
            # What was once late stays said, whatever became of it.
            return f"No answer by {_day(rung.clock.due_at)}. We are sorry."
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
