"""The advice line: what it was asked, by whom and how often, about no named child (S3)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import Count, Q

from accounts.models import Role, User
from cases.actions import MAY_ANSWER
from cases.models import Contact, ContactQuerySet, Establishment
from clocks.calendars import LONDON
from clocks.wording import day_in_words

SEES_ADVICE = MAY_ANSWER | {Role.AUDITOR}
ANONYMOUS = "Anonymous caller"
# Whoever rings it: schools first, and parents too (F13).
CALLERS = (
    Contact.Sender.ESTABLISHMENT,
    Contact.Sender.PARENT,
    Contact.Sender.PROFESSIONAL,
    Contact.Sender.OTHER,
)


class Theme(models.TextChoices):
    """What the advice was about."""

    ASSESSMENT = "assessment", "Asking for an EHC needs assessment"
    SUPPORT = "support", "Support before or without a plan"
    PLAN = "plan", "What a plan says, and carrying it out"
    REVIEW = "review", "Annual reviews"
    TRANSFER = "transfer", "Changing school or phase"
    ATTENDANCE = "attendance", "Attendance, exclusion and part-time timetables"
    FUNDING = "funding", "Funding and personal budgets"
    ADULTHOOD = "adulthood", "Preparing for adulthood"
    SERVICES = "services", "Who does what, and other services"
    OTHER = "other", "Something else"


def advice_for(user: User, theme: str = "") -> ContactQuerySet:
    """The advice that ``user`` may open, of one theme or of all; an unknown theme is all."""
    advice = Contact.objects.visible_to(user).filter(_ADVICE)
    if theme in Theme.values:
        advice = advice.filter(theme=theme)
    return advice.select_related("establishment", "clock__owner", "answered_by")


_ADVICE = Q(category=Contact.Category.ADVICE_LINE, case=None)


@dataclass(frozen=True)
class Term:
    """A school term by the calendar: 1 September, 1 January or 1 April to the day before."""

    name: str
    first: date
    last: date

    @property
    def wording(self) -> str:
        """ "Autumn term 2026, Tuesday 1 September 2026 to Thursday 31 December 2026"."""
        days = f"{day_in_words(self.first)} to {day_in_words(self.last)}"
        return f"{self.name} {self.first.year}, {days}"

    @property
    def before(self) -> "Term":
        return term_of(self.first - timedelta(days=1))

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + timedelta(days=1))


def term_of(day: date) -> Term:
    """The term that local date ``day`` lies in."""
    if day.month >= 9:
        return Term("Autumn term", date(day.year, 9, 1), date(day.year, 12, 31))
    if day.month >= 4:
        return Term("Summer term", date(day.year, 4, 1), date(day.year, 8, 31))
    return Term("Spring term", date(day.year, 1, 1), date(day.year, 3, 31))


@dataclass(frozen=True)
class Counted:
    """How often in the last whole term, and in this one so far."""

    label: str
    last_term: int
    this_term: int


@dataclass(frozen=True)
class Report:
    """Advice of two terms, over the whole service: numbers only."""

    last_term: Term
    this_term: Term
    by_theme: list[Counted]
    by_kind: list[Counted]


def report_on(on: date) -> Report:
    """Advice by theme and by kind of establishment, as of local date ``on``; one query."""
    this, last = term_of(on), term_of(on).before
    advice = Contact.objects.filter(_ADVICE, struck_at=None, received_at__gte=last.begins_at)
    rows = list(
        advice.filter(received_at__lt=this.ends_at)
        .order_by()
        .values_list("theme", "establishment__kind")
        .annotate(
            last_term=Count("pk", filter=Q(received_at__lt=last.ends_at)),
            this_term=Count("pk", filter=Q(received_at__gte=this.begins_at)),
        )
    )
    themes = dict(Theme.choices)
    kinds = dict(Establishment.Kind.choices)
    return Report(
        last,
        this,
        _summed([(themes.get(theme, theme), *counts) for theme, _, *counts in rows]),
        _summed([(kinds.get(kind, NOWHERE), *counts) for _, kind, *counts in rows]),
    )


NOWHERE = "No establishment named"


def _summed(rows: list[tuple[str, int, int]]) -> list[Counted]:
    """One line a label, the most frequent first."""
    totals: dict[str, tuple[int, int]] = {}
    for label, last, this in rows:
        before = totals.get(label, (0, 0))
        totals[label] = (before[0] + last, before[1] + this)
    counted = [Counted(label, *numbers) for label, numbers in totals.items()]
    return sorted(counted, key=lambda row: (-row.last_term - row.this_term, row.label))


def establishments_called(words: str, most: int) -> list[Establishment]:
    """Establishments by URN, or by part of their name or town; at most ``most`` of them."""
    found = Establishment.objects.all()
    if words.isdecimal() and len(words) <= 9:
        return list(found.filter(urn=int(words)))
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(town__icontains=word))
    return list(found.order_by("name", "pk")[:most])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
