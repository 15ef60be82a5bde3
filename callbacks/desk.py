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
from cases.contact_conditions import shown_to
from cases.contact_messages import matter_of
from cases.models import Case, Contact, FormalMatter
from clocks.calendars import LONDON
from clocks.wording import clock_in_words, day_in_words, moment_in_words, time_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.availability import HOURS_UNKNOWN, Availability, takes_calls


@dataclass(frozen=True)
class Matter:
    """Something that is owed about the child: since when, by when, and what may be said."""

    contact: Contact
    rang_at: datetime | None
    booking: Booking | None
    gate: Gate
    stance: Stance
    sentence: str
    # The call that we had promised last and did not make (H36).
    missed: Booking | None = None


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

    @property
    def stance(self) -> Stance:
        """What to do with somebody who asks for something new."""
        return stance(Gate.OPEN, self.step, times=self.times)

    @property
    def step(self) -> Step:
        return next_step([_tried(one) for one in self.attempts], self.skips)

    @property
    def next_words(self) -> str:
        """What the adviser does next, in one or two sentences."""
        if self.step == Step.DONE:
            return "Put the caller through, then end the call below."
        if self.step == Step.SLOT:
            what = "book a time" if self.times else "take a message"
            begins = f"For something new, {what}" if self.must_wait else what.capitalize()
            return f"Nobody can take the call now. {begins} below."
        return f"{ONLY_NEW} {self._whom_to_ring}" if self.must_wait else self._whom_to_ring

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
    )
    return replace(shown, matters=matters_of(case, shown.step, now))


def as_said(desk: Desk, *, urgent: Collection[str], times: bool, now: datetime) -> Desk:
    """The same screen once the caller said that the matters ``urgent`` (references) are more
    urgent now (H33), and with or without ``times`` to book."""
    matters = []
    for one in desk.matters:
        gate = Gate.URGENT if one.contact.reference in urgent else one.gate
        # One call to come a matter: no second one is booked (H28).
        free = times and one.booking is None
        matters.append(_decided(one, gate, stance(gate, desk.step, times=free), now))
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


def matters_of(case: Case, step: Step, now: datetime) -> list[Matter]:
    """What is owed about ``case``, with whether we have rung about it. Three queries.

    What may be said depends on the ``step``: nobody is put through to nobody.
    """
    contacts = list(Contact.objects.open_matters(case))
    rang = _rang(case)
    # The latest of each matter comes last and stays.
    about = Q(contact__in=contacts) | Q(contact__original__in=contacts)
    calls = Booking.objects.filter(about, state__in=TO_RING).order_by("starts_at")
    latest = {matter_of(one.contact).pk: one for one in calls.select_related("owner", _ORIGINAL)}
    return [_matter(one, _last(rang, one), latest.get(one.pk), step, now) for one in contacts]


def _matter(
    contact: Contact, rang_at: datetime | None, latest: Booking | None, step: Step, now: datetime
) -> Matter:
    booking = latest if latest and latest.is_booked else None
    missed = latest if latest and latest.state == Booking.State.MISSED else None
    gate = decide(owed_of(contact, rang_at, booking), now=now, urgent=False)
    found = Matter(contact, rang_at, booking, gate, Stance.WAIT, "", missed)
    return _decided(found, gate, stance(gate, step, times=True), now)


def _decided(matter: Matter, gate: Gate, what: Stance, now: datetime) -> Matter:
    decided = replace(matter, gate=gate, stance=what)
    return replace(decided, sentence=sentence(decided, now))


def owed_of(contact: Contact, rang_at: datetime | None, booking: Booking | None) -> Owed:
    return Owed(contact.promise.due_at, rang_at, booking.starts_at if booking else None)


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


def sentence(matter: Matter, now: datetime) -> str:
    """What to say to the caller, with the exact date (H29 to H31)."""
    contact, booking, what = matter.contact, matter.booking, matter.stance
    if booking and booking.starts_at > now and what != Stance.THROUGH:
        return (
            f"{booking.owner.full_name} will ring you on {moment_in_words(booking.starts_at)}, on "
            f"{number_in_words(booking.caller_phone)}. You do not need to do anything before then."
        )
    begins, who = _begins(matter, now), contact.promise.owner.full_name
    if what == Stance.WAIT:
        due = day_in_words(contact.promise.due_at.astimezone(LONDON).date())
        return (
            f"{begins} {who} will answer you by {due}. Please wait until then: ringing again does "
            "not make it quicker. If it becomes more urgent, tell us."
        )
    if what == Stance.THROUGH:
        return f"{begins} I will try to put you through to {who} now."
    if what == Stance.MESSAGE:
        return f"{begins} I can take a message for {who}."
    again = " again" if matter.gate == Gate.CALLED else ""
    return f"{begins} I can book a time at which {who} rings you{again}."


def _begins(matter: Matter, now: datetime) -> str:
    """What we have of theirs; that we are sorry, and when we rang, where the date is over."""
    contact, rang_at = matter.contact, matter.rang_at
    came = contact.received_at.astimezone(LONDON).date()
    have = f"We have your {SAID[Contact.Channel(contact.channel)]} of {day_in_words(came)}."
    if now <= contact.promise.due_at:
        return have
    due = day_in_words(contact.promise.due_at.astimezone(LONDON).date())
    sorry = f"{have} You should have heard by {due}. I am sorry that you have not."
    if matter.gate != Gate.CALLED or rang_at is None:
        return sorry
    on = day_in_words(rang_at.astimezone(LONDON).date())
    return f"{sorry} We rang you on {on} at {time_in_words(rang_at)}."


_ORIGINAL = "contact__original"
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
