"""What happens next with what was sent, worked out from the answers alone.

Never from the records: everybody reads the same on the page, whether we know the child or not.
So it says what they told us and what we will do, never what we have found. Nobody is asked for
the hour of an earlier message: where the hour would move the date, both are given. The day by
which they hear is the latest that it can be: that from the records may be earlier, and is in the
e-mail, which only its owner reads. Dates are counted with the council's calendar and today's
standards; beyond the calendar there is none (H95, H99).
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
from escalations.sender_messages import ANY_DAY

Category, Channel = Contact.Category, Contact.Channel

PORTAL = f"contact.{Channel.PORTAL_MESSAGE.value}"
LATER_STEPS = ("escalation.step_2", "escalation.step_3", "escalation.step_4")
RESOLUTION = "resolution.initial_response"

WANTED = {Addressee.TEAM_LEAD: "the team lead", Addressee.SENIOR_MANAGER: "a senior manager"}
# Whether somebody was asked before, and answered, is looked up later: nothing here is done yet.
LOOK_UP = "We look up what came before. Then this goes to the right person."
IF_LATE = "We look for it now. If our answer is late, this goes to the next person."
NO_DATE = "We cannot give you a date just now. We will answer you as soon as we can."
ABOVE = "Your message goes to our resolution team. They find out what has happened."
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
WHAT_CAME = {
    Channel.EMAIL: "Your e-mail of",
    Channel.TELEPHONE: "Your call of",
    Channel.VOICEMAIL: "Your voice message of",
    Channel.LETTER: "Your letter of",
    Channel.PORTAL_MESSAGE: "Your form of",
}
TOLD_US = "What you told us on"
LAST_MINUTE = time(23, 59)
# Nobody is asked for the hour, nor when a letter arrived: the post takes no longer than this.
BY_POST = timedelta(days=7)


@dataclass(frozen=True)
class Outcome:
    """What the last page says, a sentence or two each.

    ``day`` is the date for the calendar, never earlier than that of the record.
    """

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

    def latest(self, last_how: str = "") -> date | None:
        """The last day on which this is answered, whoever gets it: only the records know who.

        ``last_how`` is the Channel of an earlier message, which may have come as late as now.
        """
        codes = [PORTAL, *LATER_STEPS, *([f"contact.{last_how}"] if last_how else [])]
        days = [self.due(code, self.now) for code in codes]
        known = [day for day in days if day]
        return max(known) if len(known) == len(days) else None

    def due_between(self, last_how: str, on: date) -> tuple[date, date] | None:
        """The first and the last day on which the answer to what came ``on`` may be due.

        What comes after closing time begins on the next working day (H61).
        """
        code, arrived = f"contact.{last_how}", on
        if last_how == Channel.LETTER:
            arrived += BY_POST
        first = self.due(code, datetime.combine(on, time(), tzinfo=LONDON))
        latest = datetime.combine(arrived, LAST_MINUTE, tzinfo=LONDON)
        last = self.due(code, min(latest, self.now))
        return (first, last) if first and last else None

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
        return _further(answers, counted, "You told us that our answer did not help. We are sorry.")
    if answers.urgent:
        return _further(answers, counted, "You told us that it is urgent.")
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
    found = _heard_by(answers, counted, goes, _kindly(answers))
    opens = [_opens(found.day, answers)] if found.day else []
    return Outcome((*found.words, *opens), found.day)


def _further(answers: Answers, counted: Counting, why: str) -> Outcome:
    return _heard_by(answers, counted, why, LOOK_UP)


def _heard_by(answers: Answers, counted: Counting, *words: str, found: bool = True) -> Outcome:
    """``words``, and the day by which they hear from us whatever the records say.

    Not ``found``: the words are about an earlier message that may not be in the records.
    """
    day = counted.latest(answers.last_how)
    if day is None:
        return Outcome((*words, NO_DATE))
    heard = f"You will hear from us by {day_in_words(day)} at the latest."
    return Outcome((*words, heard if found else f"What if we cannot find it? {heard}"), day)


def _unanswered(answers: Answers, counted: Counting) -> Outcome:
    """Asked before and not answered: within the time we gave, or late (H95, H97)."""
    on = answers.last_on
    due = counted.due_between(answers.last_how, on) if on else None
    if on is None or due is None:
        return _heard_by(
            answers,
            counted,
            "We look up when you told us. If our answer is late, this goes to the next person.",
        )
    what, (first, last) = _what_came(answers.last_how, on), due
    today = counted.now.astimezone(LONDON).date()
    if today > last:
        day = day_in_words(_day_of(due, answers))
        late = f"{what} was due an answer by {day}. We are sorry that it is late."
        return _heard_by(answers, counted, late, IF_LATE, found=False)
    if today > first:
        # Only the hour at which it came says whether it is late: the records have it.
        about_now = f"{what} is due an answer about now."
        return _heard_by(answers, counted, about_now, IF_LATE, found=False)
    words = (*_in_time(what, due, answers), _kindly(answers))
    heard = _heard_by(answers, counted, *words, found=False)
    # The calendar is for the answer that is due, on either reading.
    return Outcome(heard.words, last if heard.day else None)


def _in_time(what: str, due: tuple[date, date], answers: Answers) -> list[str]:
    """The answer is not due yet: by when it is, and from when somebody else can be asked (H95)."""
    day = _day_of(due, answers)
    words = [f"{what} is due an answer by {day_in_words(day)}.", _opens(day, answers)]
    if due[1] > day:
        words.append(
            "Did it come after we closed that day? Then it is due by "
            f"{day_in_words(due[1])}, and you can ask from {day_in_words(_day_after(due[1]))}."
        )
    return words


def _day_of(due: tuple[date, date], answers: Answers) -> date:
    """The day that holds for what came while we were open; of a letter, however slow the post."""
    return due[1] if answers.last_how == Channel.LETTER else due[0]


def _what_came(last_how: str, on: date) -> str:
    return f"{WHAT_CAME.get(Channel(last_how), TOLD_US)} {day_in_words(on)}"


def _opens(day: date, answers: Answers) -> str:
    """The next step opens the day after the date: with this form, on any day (H95)."""
    to = "ask the team lead" if not answers.asked_for else "go to the next person"
    opens = day_in_words(_day_after(day))
    return f"If you have not heard, you can {to} from {opens}. {ANY_DAY}"


def _day_after(day: date) -> date:
    return day + timedelta(days=1)


def _kindly(answers: Answers) -> str:
    """They asked for somebody further up, and somebody else answers first (H100)."""
    wanted = WANTED.get(Addressee(answers.asked_for))
    if wanted is None:
        return ""
    return (
        f"You asked for {wanted}. Somebody who knows the plan may look at it first, so you hear "
        "sooner. You have lost nothing by asking."
    )


def _urgent(answers: Answers) -> str:
    """A reason from the list is looked at first; whether it is urgent is decided then (H63)."""
    if not answers.urgent:
        return ""
    return "You gave a reason why it is urgent. We look at that first and tell you."
