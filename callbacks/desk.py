"""What the desk shows an adviser with a caller on the line: reading only (H22 to H33).

No plan, no notes, no words of anybody's messages: who, when, and what to say.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import User
from callbacks.calendar_words import number_in_words
from callbacks.gate import Gate, Owed, Stance, decide, stance
from callbacks.models import TO_RING, Attempt, Booking, DeskCall
from callbacks.offers import who_rings
from callbacks.order import Skips, Step, Tried, next_step
from callbacks.plans import Plans, plans_of
from cases.contact_conditions import shown_to
from cases.contact_messages import matter_of
from cases.models import Case, Contact, FormalMatter
from cases.promises_above import promises_about, soonest_ahead
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import clock_in_words, day_in_words, moment_in_words, time_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.availability import HOURS_UNKNOWN, Availability, takes_calls


@dataclass(frozen=True)
class Matter:
    """Something that is owed about the child: since when, by when, and what may be said.

    ``promises`` is all that its sender waits for, soonest first: its own date, and those of whoever
    has it above (cases.promises_above). ``plan`` names whom a contact plan is about that may hold
    for the sender.
    """

    contact: Contact
    promises: list[Clock]
    rang_at: datetime | None
    booking: Booking | None
    gate: Gate
    stance: Stance
    sentence: str
    # The call that we had promised last and did not make (H36).
    missed: Booking | None = None
    plan: str = ""

    @property
    def promise(self) -> Clock:
        """The earliest date counts, whoever gave it."""
        return self.promises[0]

    def tells(self, now: datetime) -> Clock:
        """The promise that the sender can be told at ``now`` (aware)."""
        return soonest_ahead(self.promises, now)

    @property
    def is_undecided(self) -> bool:
        """Said to be urgent, at first or when asked again, and nobody has decided yet (H63)."""
        return self.contact.needs_triage or getattr(self.contact, "undecided_chaser", False)


@dataclass(frozen=True)
class Desk:
    """One screen. ``matters`` are what is owed already, newest first."""

    case: Case
    officer: User | None
    availability: Availability | None
    skips: Skips
    # Whether the team's duty line is open, in words.
    duty_words: str
    matters: list[Matter]
    formal: list[FormalMatter]
    call: DeskCall | None
    attempts: list[Attempt] = field(default_factory=list)
    # Whether there is any time to book.
    times: bool = True
    plans: Plans = field(default_factory=Plans)

    @property
    def stance(self) -> Stance:
        """What to do with somebody who asks for something new."""
        return stance(Gate.OPEN, self.step, times=self.times, plan=bool(self.plans))

    @property
    def no_call(self) -> str:
        """What to say to somebody with whom a contact plan may hold, instead of a time (H66)."""
        return NO_CALL

    @property
    def step(self) -> Step:
        return next_step([_tried(one) for one in self.attempts], self.skips)

    @property
    def next_words(self) -> str:
        """What the adviser does next, in one or two sentences."""
        if self.step == Step.DONE:
            return "Put the caller through, then end the call below."
        if self.step == Step.SLOT:
            what = "book a time" if self.times and not self.plans else "take a message"
            begins = f"For something new, {what}" if self.must_wait else what.capitalize()
            return f"Nobody can take the call now. {begins} below."
        ring = f"{self._whom_to_ring}{ASK_FIRST if self.plans else ''}"
        return f"{ONLY_NEW} {ring}" if self.must_wait else ring

    @property
    def _whom_to_ring(self) -> str:
        if self.step == Step.COORDINATOR and self.officer:
            return f"First: ring {self.officer} on {self.officer.phone}."
        skipped = f"{self.officer or 'The officer'} need not be tried. "
        known = skipped if self.skips.coordinator else ""
        return f"{known}Now: ring the duty line on {self.case.team.duty_line}."

    @property
    def tried(self) -> list[str]:
        """Each try in words, "10:02am, Cora Hill, 01632 960200: no answer"."""
        return [_in_words(one) for one in self.attempts]

    @property
    def must_wait(self) -> bool:
        """True when something is owed and none of it lets the caller be put through (H32)."""
        return bool(self.matters) and all(one.gate == Gate.WAIT for one in self.matters)


ONLY_NEW = (
    "Do not ring the team about what is owed: tell the caller the date. What is new, or more "
    "urgent now, goes on here."
)
ASK_FIRST = " A contact plan holds: ask whether the call may be put through."


def desk_for(case: Case, user: User, now: datetime, calendar: WorkingCalendar | None) -> Desk:
    """Everything on the screen about ``case`` (with_people), in a fixed number of queries."""
    officer = who_rings(case)
    availability = availability_of(officer, now, calendar)
    call = DeskCall.objects.going_on(user).about(case).first()
    shown = Desk(
        case=case,
        officer=officer,
        availability=availability,
        skips=skips_for(case, availability, now, calendar),
        duty_words=duty_words(now, calendar),
        matters=[],
        formal=list(
            FormalMatter.objects.owed().filter(
                shown_to(user, "contact__"), _in_records("contact__case", case)
            )
        ),
        call=call,
        attempts=attempts_of(call, now),
        plans=plans_of(case, now),
    )
    return replace(shown, matters=matters_of(case, shown.step, now, shown.plans))


def as_said(desk: Desk, *, urgent: Collection[str], times: bool, now: datetime) -> Desk:
    """The same screen once the caller said that the matters ``urgent`` (references) are more
    urgent now (H33), and with or without ``times`` to book."""
    matters = []
    for one in desk.matters:
        gate = Gate.URGENT if one.contact.reference in urgent else one.gate
        # One call to come a matter: no second one is booked (H28).
        free = times and one.booking is None
        what = stance(gate, desk.step, times=free, plan=bool(one.plan))
        matters.append(_decided(one, gate, what, now))
    return replace(desk, matters=matters, times=times)


def attempts_of(call: DeskCall | None, now: datetime) -> list[Attempt]:
    """The tries of this call: one that was never ended may be another caller's by now (H26)."""
    if call is None:
        return []
    return list(call.attempts.filter(at__gte=now - ONE_CALL).select_related("person"))


def availability_of(
    officer: User | None, now: datetime, calendar: WorkingCalendar | None
) -> Availability | None:
    """Whether ``officer`` takes calls now: their diary, and the call they may be on (H41)."""
    if officer is None:
        return None
    engaged = Booking.objects.filter(
        owner=officer, state=Booking.State.BOOKED, starts_at__lte=now, ends_at__gt=now
    ).values_list("owner", "ends_at")
    return takes_calls([officer], now, calendar, dict(engaged))[officer.pk]


def skips_for(
    case: Case,
    availability: Availability | None,
    now: datetime,
    calendar: WorkingCalendar | None,
) -> Skips:
    """Why a step of the order need not be tried, as far as the system knows (H26, H40)."""
    if availability is None:
        coordinator = "Nobody looks after this case yet"
    else:
        coordinator = "" if availability.takes_calls else availability.words
    if not case.team.duty_line:
        return Skips(coordinator, "No duty line is recorded")
    closed = calendar is not None and not is_open(calendar, now)
    return Skips(coordinator, "The service is closed" if closed else "")


def duty_words(now: datetime, calendar: WorkingCalendar | None) -> str:
    """ "Open until 5:30pm", "Closed. Opens Monday 2 November 2026 at 9am" (H21)."""
    if calendar is None:
        return HOURS_UNKNOWN
    local = now.astimezone(LONDON)
    try:
        if not calendar.is_open(now):
            return f"Closed. Opens {moment_in_words(calendar.next_opening(now))}"
    except BeyondCalendar:
        return HOURS_UNKNOWN
    clock = local.time()
    hours = calendar.hours[local.weekday()]
    return f"Open until {clock_in_words(next(end for start, end in hours if start <= clock < end))}"


def matters_of(case: Case, step: Step, now: datetime, plans: Plans) -> list[Matter]:
    """What is owed about ``case``, with whether we have rung about it. A fixed number of queries.

    What may be said depends on the ``step``: nobody is put through to nobody.
    """
    contacts = list(Contact.objects.open_matters(case).with_chasers())
    rang, promised = _rang(case), promises_about(contacts)
    # The latest of each matter comes last and stays.
    about = Q(contact__in=contacts) | Q(contact__original__in=contacts)
    calls = Booking.objects.filter(about, state__in=TO_RING).order_by("starts_at")
    latest = {matter_of(one.contact).pk: one for one in calls.select_related("owner", _ORIGINAL)}
    found = [
        _matter(one, promised[one.pk], _last(rang, one), latest.get(one.pk)) for one in contacts
    ]
    return [_first_seen(replace(one, plan=_plan(one, plans)), step, now) for one in found]


def _matter(
    contact: Contact, promises: list[Clock], rang_at: datetime | None, latest: Booking | None
) -> Matter:
    booking = latest if latest and latest.is_booked else None
    missed = latest if latest and latest.state == Booking.State.MISSED else None
    return Matter(contact, promises, rang_at, booking, Gate.WAIT, Stance.WAIT, "", missed)


def _plan(matter: Matter, plans: Plans) -> str:
    return plans.for_caller(matter.contact.sender_name)


def _first_seen(matter: Matter, step: Step, now: datetime) -> Matter:
    gate = decide(owed_of(matter), now=now, urgent=False)
    return _decided(matter, gate, stance(gate, step, times=True, plan=bool(matter.plan)), now)


def _decided(matter: Matter, gate: Gate, what: Stance, now: datetime) -> Matter:
    decided = replace(matter, gate=gate, stance=what)
    return replace(decided, sentence=sentence(decided, now))


def owed_of(matter: Matter) -> Owed:
    booking = matter.booking
    return Owed(matter.promise.due_at, matter.rang_at, booking.starts_at if booking else None)


@dataclass(frozen=True)
class _Rang:
    """A call that we made about the child: when, and to whom or about which matter."""

    at: datetime
    whom: str
    matter: int | None

    def is_about(self, contact: Contact) -> bool:
        """A call to the school says nothing about whether the mother was rung (H32)."""
        if self.at < contact.received_at:
            return False
        same = self.whom.casefold().split() == contact.sender_name.casefold().split()
        return self.matter == contact.pk or same


def _rang(case: Case) -> Sequence[_Rang]:
    """Our calls about the child, newest first: on record, whoever answered (H32)."""
    out = Contact.objects.filter(
        _in_records("case", case),
        direction=Contact.Direction.OUT,
        channel=Contact.Channel.TELEPHONE,
    )
    calls = out.not_struck().order_by("-received_at")
    return [_Rang(*row) for row in calls.values_list("received_at", "sender_name", "original")]


def _in_records(field: str, case: Case) -> Q:
    """Of the child: in this record, or in one that was merged into it."""
    return Q(**{field: case}) | Q(**{f"{field}__merged_into": case})


def _last(rang: Sequence[_Rang], contact: Contact) -> datetime | None:
    return next((one.at for one in rang if one.is_about(contact)), None)


def sentence(matter: Matter, now: datetime, *, urgent: bool = False) -> str:
    """What to say to the caller, with the exact date (H29 to H31); ``urgent`` once it was written
    down in this call why it is more urgent now."""
    contact, booking, what = matter.contact, matter.booking, matter.stance
    if booking and booking.starts_at > now and what not in (Stance.THROUGH, Stance.ASK):
        return (
            f"{looked_at_first(matter, urgent=urgent)}{booking.owner.full_name} will ring you on "
            f"{moment_in_words(booking.starts_at)}, on {number_in_words(booking.caller_phone)}. "
            "You do not need to do anything before then."
        )
    begins, who = _begins(matter, now), contact.promise.owner.full_name
    if what == Stance.WAIT:
        return f"{begins} {waits_words(matter, now, urgent=urgent)}"
    if what == Stance.ASK:
        return f"{begins} I will ask our team whether somebody can talk to you now."
    if what == Stance.THROUGH:
        return f"{begins} I will try to put you through to {who} now."
    if what == Stance.MESSAGE and matter.plan:
        return f"{begins} {NO_CALL}"
    if what == Stance.MESSAGE:
        return f"{begins} I can take a message for {who}."
    again = " again" if matter.gate == Gate.CALLED else ""
    return f"{begins} I can book a time at which {who} rings you{again}."


def waits_words(matter: Matter, now: datetime, *, urgent: bool = False) -> str:
    """Who answers by when; ``urgent``, or said before and not decided, that this is looked at first
    (H63): they are not told that ringing was no use."""
    told = matter.tells(now)
    who, due = told.owner.full_name, day_in_words(told.due_at.astimezone(LONDON).date())
    if urgent or matter.is_undecided:
        return (
            f"{looked_at_first(matter, urgent=urgent)}If the date is not brought forward, {who} "
            f"will answer you by {due}. You do not need to ring before then."
        )
    return (
        f"{who} will answer you by {due}. Please wait until then: ringing again does not make it "
        "quicker. If it becomes more urgent, tell us."
    )


def looked_at_first(matter: Matter, *, urgent: bool = False) -> str:
    """Who decides about what was said to be urgent; nothing where nothing waits to be decided."""
    who = matter.contact.promise.owner.full_name
    if urgent:
        return f"{URGENT_KEPT} {who} looks at that first and decides. "
    if not matter.is_undecided:
        return ""
    return f"You told us that it is urgent. {who} looks at that first and decides. "


def _begins(matter: Matter, now: datetime) -> str:
    """What we have of theirs; that we are sorry, and when we rang, where the date is over."""
    contact, rang_at = matter.contact, matter.rang_at
    came = contact.received_at.astimezone(LONDON).date()
    have = f"We have your {SAID[Contact.Channel(contact.channel)]} of {day_in_words(came)}."
    if now <= matter.promise.due_at:
        return have
    due = day_in_words(matter.promise.due_at.astimezone(LONDON).date())
    sorry = f"{have} You should have heard by {due}. I am sorry that you have not."
    if matter.gate != Gate.CALLED or rang_at is None:
        return sorry
    on = day_in_words(rang_at.astimezone(LONDON).date())
    return f"{sorry} We rang you on {on} at {time_in_words(rang_at)}."


_ORIGINAL = "contact__original"
URGENT_KEPT = "I have written down why it is urgent."
# To whoever a contact plan may be about, instead of a time (H66).
NO_CALL = (
    "I cannot promise you a call. I can take a message, and the lead of our team decides how we "
    "answer you."
)
# Tries longer ago than a call lasts say nothing about who answers now.
ONE_CALL = timedelta(hours=1)

SAID = {
    Contact.Channel.TELEPHONE: "call",
    Contact.Channel.VOICEMAIL: "voice message",
    Contact.Channel.EMAIL: "e-mail",
    Contact.Channel.LETTER: "letter",
    Contact.Channel.FACE_TO_FACE: "visit",
    Contact.Channel.VIDEO: "video call",
    Contact.Channel.NEWSLETTER: "message",
    Contact.Channel.PORTAL_MESSAGE: "message",
    Contact.Channel.NOTE: "message",
}


def is_open(calendar: WorkingCalendar, now: datetime) -> bool:
    """Whether the service is open at ``now`` (aware), as far as its calendar is loaded."""
    try:
        return calendar.is_open(now)
    except BeyondCalendar:
        return True


def _in_words(attempt: Attempt) -> str:
    whom = str(attempt.person or Attempt.Party(attempt.party).label.lower())
    result = Attempt.Result(attempt.result).label.lower()
    parts = [time_in_words(attempt.at), whom, attempt.number]
    why = f" ({attempt.reason_words})" if attempt.reason_words else ""
    return f"{', '.join(filter(None, parts))}: {result}{why}"


def _tried(attempt: Attempt) -> Tried:
    return Tried(attempt.party, attempt.result == Attempt.Result.ANSWERED)
