"""What happens next with what was sent, worked out from the answers alone.

Never from the records: everybody reads the same on the page, whether we know the child or not.
The date from the records is in the e-mail, which only its owner reads. Dates are counted with
the council's calendar and today's standards; beyond the calendar there is none (H95, H99).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.models import Contact
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import Standard
from clocks.wording import day_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from escalations.answers import Answers
from escalations.ladder import Addressee

Category, Channel = Contact.Category, Contact.Channel

PORTAL = f"contact.{Channel.PORTAL_MESSAGE.value}"
LATER_STEPS = ("escalation.step_2", "escalation.step_3", "escalation.step_4")
RESOLUTION = "resolution.initial_response"

WANTED = {Addressee.TEAM_LEAD: "the team lead", Addressee.SENIOR_MANAGER: "a senior manager"}
NEXT_PERSON = "Your concern goes to the next person."
NO_DATE = "We cannot give you a date just now. We will answer you as soon as we can."
ABOVE = "Our resolution team has your message. They find out what has happened."
FORMAL = {
    Category.COMPLAINT: (
        "You have made a complaint. You do not have to do anything else first.",
        "We will tell you who is looking at it by",
    ),
    Category.SAFEGUARDING: (
        "Thank you for telling us. We look at this first.",
        "We will pass it on to the people who keep children safe by",
    ),
    Category.ASSESSMENT_REQUEST: (
        "You have asked for an assessment.",
        "We will tell you whether we will do one by",
    ),
    Category.REASSESSMENT_REQUEST: (
        "You have asked for a new assessment.",
        "We will tell you whether we will do one by",
    ),
    Category.SUBJECT_ACCESS: (
        "You have asked to see what we hold.",
        "We will send it to you by",
    ),
    Category.INFORMATION_REQUEST: (
        "You have asked us for information.",
        "We will answer you by",
    ),
    Category.REPRESENTATION: (
        "You have told us what you think of the draft plan.",
        "We will tell you what we make of it by",
    ),
    Category.MEDIATION: ("You have asked for mediation.", "We will set it up by"),
    Category.TRIBUNAL: ("You have written about an appeal.", "We will answer it by"),
}
REACHED = {
    "email": "We will send you an e-mail soon. It says who has your message, and the date.",
    "phone": "We will ring you on the number that you gave us.",
    "letter": "We will write to the address that you gave us.",
}
SENT_HOW = {
    Channel.EMAIL: "You wrote us an e-mail",
    Channel.TELEPHONE: "You rang us",
    Channel.VOICEMAIL: "You left us a voice message",
    Channel.LETTER: "You wrote us a letter",
    Channel.FACE_TO_FACE: "You spoke to us",
    Channel.PORTAL_MESSAGE: "You sent us this form",
}


@dataclass(frozen=True)
class Outcome:
    """What the last page says, a sentence or two each; ``day`` is the date to write down."""

    words: tuple[str, ...]
    day: date | None = None


@dataclass(frozen=True)
class Counting:
    """What dates are counted with: the calendar and the standards in force, read once.

    ``now`` is aware. Every date is None beyond the calendar, or without a standard.
    """

    now: datetime
    calendar: WorkingCalendar | None
    standards: Mapping[str, Standard]

    def due(self, code: str, at: datetime) -> date | None:
        """The day by which what came at ``at`` is answered under the standard ``code``."""
        standard = self.standards.get(code)
        if standard is None or self.calendar is None:
            return None
        try:
            return self.calendar.due(at, standard.rule).astimezone(LONDON).date()
        except BeyondCalendar:
            return None

    def latest(self) -> date | None:
        """The last day on which this is answered, whoever gets it: only the records know who."""
        days = [self.due(code, self.now) for code in (PORTAL, *LATER_STEPS)]
        known = [day for day in days if day]
        return max(known) if len(known) == len(days) else None

    def seen_line(self) -> str:
        """When it will be seen, while the office is closed (H61)."""
        try:
            if self.calendar is None or self.calendar.is_open(self.now):
                return ""
            opens = self.calendar.next_opening(self.now).astimezone(LONDON).date()
        except BeyondCalendar:
            return ""
        return f"Our office is closed now. We will see this on {day_in_words(opens)}."


def counting(now: datetime) -> Counting:
    """Calendar and standards as they are at ``now`` (aware): the same few queries always."""
    today = now.astimezone(LONDON).date()
    rows = Standard.objects.filter(effective_from__lte=today).order_by("code", "-effective_from")
    standards = {row.code: row for row in rows.distinct("code")}
    return Counting(now, calendar_for_display(), standards)


def outcome(answers: Answers, counted: Counting) -> Outcome:
    """What happens next, in the order in which somebody wants to know it."""
    found = _outcome(answers, counted)
    seen, reached = counted.seen_line(), REACHED[answers.reach]
    words = (*found.words, seen, _urgent(answers), reached)
    return Outcome(tuple(line for line in words if line), found.day)


def _outcome(answers: Answers, counted: Counting) -> Outcome:
    if answers.formal:
        return _formal(Category(answers.formal), counted)
    if answers.asked_for == Addressee.ABOVE:
        return _above(counted)
    if answers.answered == "never" or (answers.answered == "yes" and answers.helped):
        return _first(answers, counted)
    if answers.answered == "yes":
        sorry = "You told us that the answer did not help. We are sorry."
        return _further(sorry, counted)
    if answers.urgent:
        return _further("You told us that it is urgent.", counted)
    return _unanswered(answers, counted)


def _formal(category: Contact.Category, counted: Counting) -> Outcome:
    """Straight on, past every step (H68, H103)."""
    said, until = FORMAL[category]
    day = counted.due(f"formal.{category.value}", counted.now)
    if day is None:
        return Outcome((said, NO_DATE))
    return Outcome((said, f"{until} {day_in_words(day)}."), day)


def _above(counted: Counting) -> Outcome:
    """Councillors and MPs: the resolution team, in the time that the standard gives (H104)."""
    standard = counted.standards.get(RESOLUTION)
    return Outcome((ABOVE, f"They get in touch {standard.wording}." if standard else NO_DATE))


def _first(answers: Answers, counted: Counting) -> Outcome:
    """The person who looks after the plan is asked first (H94)."""
    goes = "Your message goes to the person who looks after the plan, or to our team."
    # Whoever asks for somebody further up may get another step, with a time of its own (H100).
    day = counted.latest() if answers.asked_for else counted.due(PORTAL, counted.now)
    if day is None:
        return Outcome((goes, _kindly(answers), NO_DATE))
    promised = f"You should have an answer by {day_in_words(day)}."
    return Outcome((goes, _kindly(answers), promised, _opens(day, answers)), day)


def _further(why: str, counted: Counting) -> Outcome:
    day = counted.latest()
    if day is None:
        return Outcome((why, NEXT_PERSON, NO_DATE))
    return Outcome((why, NEXT_PERSON, f"You should have an answer by {day_in_words(day)}."), day)


def _unanswered(answers: Answers, counted: Counting) -> Outcome:
    """Asked before and not answered: within the time we gave, or late (H95, H97)."""
    if answers.last_on is None:
        return _not_known(counted)
    code = f"contact.{answers.last_how}"
    day, today = counted.due(code, _midday(answers.last_on)), counted.now.astimezone(LONDON).date()
    if day is None:
        return _not_known(counted)
    if today > day:
        late = f"You should have had an answer by {day_in_words(day)}. We are sorry."
        return _further(late, counted)
    how = SENT_HOW.get(Channel(answers.last_how), "You told us")
    told = f"{how} on {day_in_words(answers.last_on)}. We put this message with it."
    promised = f"You should have an answer by {day_in_words(day)}."
    return Outcome((told, promised, _kindly(answers), _opens(day, answers)), day)


def _not_known(counted: Counting) -> Outcome:
    """They asked before, and nobody could count from when."""
    words = "We look up when you told us. If our answer is late, this goes to the next person."
    day = counted.latest()
    if day is None:
        return Outcome((words, NO_DATE))
    return Outcome((words, f"You should have an answer by {day_in_words(day)}."), day)


def _opens(day: date, answers: Answers) -> str:
    """The next step opens the day after the date (H95)."""
    to = "ask the team lead" if not answers.asked_for else "go to the next person"
    opens = day_in_words(day + timedelta(days=1))
    return f"If you have not heard, you can {to} from {opens}."


def _kindly(answers: Answers) -> str:
    """They asked for somebody further up, and somebody else answers first (H100)."""
    wanted = WANTED.get(Addressee(answers.asked_for))
    if wanted is None:
        return ""
    return (
        f"You asked for {wanted}. Somebody who knows the plan looks at it first, so you hear "
        "sooner. You have lost nothing by asking."
    )


def _urgent(answers: Answers) -> str:
    """A reason from the list is looked at first; whether it is urgent is decided then (H63)."""
    if not answers.urgent:
        return ""
    return "You gave a reason why it is urgent. We look at that first and tell you."


def _midday(day: date) -> datetime:
    """Nobody is asked for the hour: what came late in the day counts from the next."""
    return datetime.combine(day, time(12), tzinfo=LONDON)
