"""Leave means cover, and nobody's step stays with somebody who has left (H62, H91, H97).

Whoever is away or gone when a step begins never gets it (escalations.handlers). What was taken
before goes to the cover when leave begins, and back when it is over; of somebody who has left it
goes where a new step would. Steps, what is on the desk and stages of complaints alike. No date
moves, and nobody has to remember it: it is asked every few minutes.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from itertools import takewhile
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts.errors import RuleBroken
from accounts.models import Absence, User
from cases.actions import MAY_ANSWER
from cases.answer_actions import held
from cases.models import Case, Contact
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from clocks.models import OPEN_STATES, Clock, ClockEvent
from escalations.complaint_messages import passed_on_words
from escalations.complaint_rows import Number, held_complaint
from escalations.giving_actions import about_entry, about_step
from escalations.handlers import case_of, handler_for, may_see, or_cover
from escalations.ladder import Step
from escalations.ladder_state import held_step
from escalations.models import Complaint, DeskEntry, EscalationStep
from escalations.resolution_actions import held_entry
from escalations.sender_messages import given_words
from escalations.sight_actions import let_everybody_see
from escalations.staff_messages import nobody_there_messages
from escalations.step_actions import let_go, let_handle
from notices.actions import tell

Row = TypeVar("Row", EscalationStep, DeskEntry, Complaint)
log = structlog.get_logger(__name__)

# How the reasons of a hand-over end that nobody chose; what was on leave goes back afterwards.
ON_LEAVE, COVERS, BACK = "is on leave", "covers for them by now", "is back from leave"
LEFT, ELSEWHERE = "does not answer any more", "is in another team by now"
Kind = ClockEvent.Kind


def see_to_handlers(*, now: datetime) -> int:
    """Put everything owed in front of somebody who is there; returns how much went to another.

    ``now`` is aware. Several workers at once do it once: each row is held, then looked at again.
    Where nobody can take it, it stays, its date is enforced, and those who can name somebody hear
    of it, once (escalations.stranded lists it).
    """
    let_everybody_see()
    return (
        _each(_steps(now), lambda step: _see_to_step(step, now), now)
        + _each(_entries(now), lambda entry: _see_to_entry(entry, now), now)
        + _each(_complaints(now), lambda complaint: _see_to_complaint(complaint, now), now)
    )


def _each(rows: Iterable[Row], see_to: Callable[[Row], bool], now: datetime) -> int:
    moved = 0
    for row in rows:
        try:
            moved += see_to(row)
        except RuleBroken as broken:
            # One that nobody can take does not keep the others back.
            log.warning("nobody_stands_in", about=str(row), code=broken.code)
            if row.clock and broken.code == "nobody_responsible":
                tell(nobody_there_messages(row.clock), now=now)
    return moved


def _steps(now: datetime) -> list[EscalationStep]:
    open_steps = EscalationStep.objects.filter(escalation__closed_at=None)
    # Of no case yet: nobody can be named on it who has gone to another team.
    unseen = Q(escalation__matter__case=None, clock__state__in=OPEN_STATES) & ~Q(
        clock__owner__team=F("escalation__matter__clock__team")
    )
    return list(open_steps.filter(_unattended(now) | unseen).select_related("escalation"))


def _entries(now: datetime) -> list[DeskEntry]:
    waiting = DeskEntry.objects.filter(resolved_at=None, contact__struck_at=None)
    return list(waiting.filter(_unattended(now)).select_related("contact"))


def _complaints(now: datetime) -> list[Complaint]:
    return list(Complaint.objects.owed().filter(_unattended(now)))


def _unattended(now: datetime) -> Q:
    """An open ``clock`` of somebody who is away or gone, or that a cover has had meanwhile.

    As conditions on the rows of concerns, which are few, not on every open clock of the service.
    """
    away = Absence.objects.on(_day(now)).exclude(cover=None).values("person")
    gone = Q(clock__owner__is_active=False) | ~Q(clock__owner__role__in=sorted(MAY_ANSWER))
    for_somebody = ClockEvent.objects.filter(
        Q(reason__endswith=ON_LEAVE) | Q(reason__endswith=COVERS),
        clock=OuterRef("clock"),
        kind=Kind.REASSIGNED,
        by=None,
        owner_after=OuterRef("clock__owner"),
    )
    # A cover may have promised a new date meanwhile: who had it before stands with the old one.
    promised = Q(clock__previous__isnull=False)
    away_or_gone = Q(clock__owner__in=away) | gone | Q(Exists(for_somebody)) | promised
    return Q(clock__state__in=OPEN_STATES) & away_or_gone


# --- One of each ----------------------------------------------------------------------------


@transaction.atomic
def _see_to_step(step: EscalationStep, now: datetime) -> bool:
    locked = held_step(step)
    if locked.answered_at or not (locked.escalation.is_open and locked.clock.is_open):
        return False
    matter, about = locked.escalation.matter, about_step(locked)
    found = _successor(
        locked.clock,
        matter,
        about,
        lambda: handler_for(Step(locked.number), matter, {*about, locked.clock.owner}, now),
        now,
    )
    if found is None:
        return False
    locked.clock = _passed(locked.clock, case_of(matter), *found, now)
    tell(given_words(locked, now) if found[1].endswith((LEFT, ELSEWHERE)) else [], now=now)
    return True


@transaction.atomic
def _see_to_entry(entry: DeskEntry, now: datetime) -> bool:
    matter = held(entry.contact)
    locked = held_entry(entry)
    if locked.responded_at or locked.resolved_at or not locked.clock.is_open:
        return False
    about = about_entry(locked)
    found = _successor(
        locked.clock,
        matter,
        about,
        lambda: handler_for(Step.RESOLUTION, matter, {*about, locked.clock.owner}, now),
        now,
    )
    if found is None:
        return False
    _passed(locked.clock, case_of(matter), *found, now)
    return True


@transaction.atomic
def _see_to_complaint(complaint: Complaint, now: datetime) -> bool:
    locked, stage = held_complaint(complaint, None)
    clock, contact = locked.clock, locked.matter.contact
    if clock is None or not clock.is_open:
        return False
    second = stage.number == Number.TWO
    one = locked.stages.filter(number=Number.ONE).select_related("answered_by").get()
    about = {one.answered_by} if second and one.answered_by else set()
    step = Step.SENIOR_MANAGER if second else Step.TEAM_LEAD
    besides = {*about, clock.owner}
    upwards = lambda: handler_for(step, contact, besides, now)  # noqa: E731
    found = _successor(clock, contact, about, upwards, now)
    if found is None:
        return False
    clock = _passed(clock, case_of(contact), *found, now)
    named = stage.clock is not None and found[1].endswith(LEFT)
    tell(passed_on_words(stage, clock, now.isoformat()) if named else [], now=now)
    return True


def _successor(
    clock: Clock, matter: Contact, about: set[User], upwards: Callable[[], User], now: datetime
) -> tuple[User, str] | None:
    """Who has it from now on, and why; None while it is where it belongs."""
    owner = clock.owner
    if came_back := _is_back(clock, now):
        return came_back, f"{came_back} {BACK}"
    if to_another := _other_cover(clock, matter, about, now) or _instead_of_cover(clock, upwards):
        return to_another
    person = or_cover(owner, {one.pk for one in about}, now)
    if person == owner:
        return None if may_see(owner, matter) else (upwards(), f"{owner} {ELSEWHERE}")
    sees = person is not None and may_see(person, matter)
    to = person if person and sees else upwards()
    return to, f"{owner} {ON_LEAVE if _answers(owner) else LEFT}"


def _is_back(clock: Clock, now: datetime) -> User | None:
    """For whom the one who has it stood in, once they are there again.

    A cover may have been away in turn: it goes home as far as somebody is there.
    """
    away = set(Absence.objects.on(_day(now)).values_list("person", flat=True))
    able = (person for person in _stood_in_for(clock) if _answers(person))
    return next((person for person in able if person.pk not in away), None)


def _other_cover(
    clock: Clock, matter: Contact, about: set[User], now: datetime
) -> tuple[User, str] | None:
    """Whoever covers by now for the one whose it is, when that is not who was asked at first."""
    home = _home(clock)
    cover = or_cover(home, {one.pk for one in about}, now) if home else None
    if home is None or cover is None or cover in (home, clock.owner):
        return None
    if not may_see(cover, matter):
        return None
    return cover, f"{home} is away, and {cover} {COVERS}"


def _instead_of_cover(clock: Clock, upwards: Callable[[], User]) -> tuple[User, str] | None:
    """Whose it was has left meanwhile: a cover is no cover any more, if somebody else can."""
    home = _home(clock)
    if home is None or _answers(home):
        return None
    with suppress(RuleBroken):
        return upwards(), f"{home} {LEFT}"
    return None


def _home(clock: Clock) -> User | None:
    """For whom the one who has it stands in; None for somebody whose it is."""
    return next(iter(_stood_in_for(clock)), None)


def _stood_in_for(clock: Clock) -> list[User]:
    """Those for whom the one who has it stands in, whose it is first.

    As far back as nobody chose who has it next. A new date that was promised meanwhile changes
    nothing about whose it is.
    """
    found: list[User] = []
    for event in reversed(_not_chosen(clock)):
        before, after = event.owner_before, event.owner_after
        if event.reason.endswith(COVERS):
            del found[1:]
        elif event.reason.endswith(BACK) and after in found:
            del found[found.index(after) :]
        elif before:
            found.append(before)
    return found


def _not_chosen(clock: Clock) -> list[ClockEvent]:
    """The last hand-overs that followed from leave alone, newest first."""
    passed = ClockEvent.objects.filter(clock__in=_dates_of(clock), kind=Kind.REASSIGNED)
    events = passed.select_related("owner_before", "owner_after").order_by("-recorded_at", "-pk")
    by_itself = (ON_LEAVE, COVERS, BACK)
    return list(
        takewhile(lambda event: not event.by_id and event.reason.endswith(by_itself), events)
    )


def _answers(person: User) -> bool:
    return person.is_active and person.role in MAY_ANSWER


def _dates_of(clock: Clock) -> list[int]:
    """The ids of ``clock`` and of those whose dates were put off before it (H58)."""
    found, previous = [clock.pk], clock.previous_id
    while previous:
        found.append(previous)
        previous = Clock.objects.values_list("previous", flat=True).get(pk=previous)
    return found


def _passed(clock: Clock, case: Case | None, to: User, why: str, now: datetime) -> Clock:
    before = clock.owner
    let_handle(case, to, instead_of=before)
    passed = clock_actions.reassign(
        clock=clock, to=to, reason=why, by=None, now=now, among=MAY_ANSWER, team=clock.team
    )
    let_go(case, before)
    return passed


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()
