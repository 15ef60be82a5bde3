"""How a family and we keep in touch about a complaint, as both have agreed (H126)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Absence, User
from cases.actions import MAY_ANSWER
from clocks.calendars import LONDON, calendar_for_display
from clocks.telling import up_the_line
from clocks.working_time import BeyondCalendar, WorkingCalendar
from escalations.complaint_messages import agreed_words, contact_today_message, review_message
from escalations.models import Agreement, Complaint
from escalations.rhythm import next_contact
from notices.actions import Message, tell

LONGEST = timedelta(days=183)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed, with whom, how and when (days in London)."""

    channel: Agreement.Channel
    often: Agreement.Often
    person: User
    agreed_with: str
    agreed_on: date
    review_on: date


@transaction.atomic
def agree(
    *, complaint: Complaint, terms: Terms, by: User, now: datetime, instead_of: int | None = None
) -> Agreement:
    """Write down an agreement; one that is in force ends with it, and the family is told (H126).

    A change is a new agreement, agreed anew. ``instead_of`` is the id of the one that the page
    showed. The same twice is once. Raises RuleBroken (``may_not_answer``, ``over``,
    ``may_not_own``, ``with_missing``, ``odd_day``, ``review_sooner``, ``review_far``,
    ``review_closed``, ``agreed_meanwhile``).
    """
    today = now.astimezone(LONDON).date()
    _refuse_terms(terms, by, today)
    locked = _held(complaint)
    current = locked.agreements.filter(ended_at=None).first()
    if current and _terms_of(current) == terms:
        return current
    if current and current.pk != instead_of:
        raise RuleBroken(
            f"{current.made_by} has written down an agreement meanwhile: {current}. Press the "
            "button again only if the family has agreed to yours instead.",
            "agreed_meanwhile",
        )
    if current:
        _end(current, now)
    agreement = Agreement.objects.create(
        complaint=locked,
        channel=terms.channel,
        often=terms.often,
        person=terms.person,
        agreed_with=terms.agreed_with.strip(),
        agreed_on=terms.agreed_on,
        review_on=terms.review_on,
        next_on=next_contact(terms.agreed_on, terms.often, today, calendar_for_display()),
        made_by=by,
        made_at=now,
    )
    tell(agreed_words(agreement), now=now)
    return agreement


def _terms_of(agreement: Agreement) -> Terms:
    return Terms(
        channel=Agreement.Channel(agreement.channel),
        often=Agreement.Often(agreement.often),
        person=agreement.person,
        agreed_with=agreement.agreed_with,
        agreed_on=agreement.agreed_on,
        review_on=agreement.review_on,
    )


def _refuse_terms(terms: Terms, by: User, today: date) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer complaints.", "may_not_answer")
    if not (terms.person.is_active and terms.person.role in MAY_ANSWER):
        raise RuleBroken(f"{terms.person} cannot do this.", "may_not_own", field="person")
    if not terms.agreed_with.strip():
        raise RuleBroken(
            "Write with whom it was agreed, and how.", "with_missing", field="agreed_with"
        )
    if terms.agreed_on > today:
        raise RuleBroken("The day of the agreement is in the future.", "odd_day", field="agreed_on")
    if terms.review_on <= today:
        raise RuleBroken("Choose a later day for the review.", "review_sooner", field="review_on")
    if terms.review_on > today + LONGEST:
        raise RuleBroken(
            "Choose a review date within the next six months.", "review_far", field="review_on"
        )
    if not _is_open_on(terms.review_on):
        raise RuleBroken(
            "We are closed on that day. Choose a working day for the review.",
            "review_closed",
            field="review_on",
        )


def _is_open_on(day: date) -> bool:
    """Also beyond the calendar, where nobody knows."""
    calendar = calendar_for_display()
    try:
        return calendar is None or calendar.is_working_day(day)
    except BeyondCalendar:
        return True


def _held(complaint: Complaint) -> Complaint:
    Complaint.objects.select_for_update(of=("self",)).only("pk").get(pk=complaint.pk)
    joined = ("matter__contact__case", "matter__contact__sender_person")
    locked = Complaint.objects.select_related(*joined).get(pk=complaint.pk)
    if locked.is_over:
        raise RuleBroken("This complaint is over.", "over")
    return locked


def end_agreement(*, complaint: Complaint, now: datetime) -> None:
    """The complaint is over, and with it what was agreed about it; the caller holds its row."""
    if current := complaint.agreements.filter(ended_at=None).first():
        _end(current, now)


def _end(agreement: Agreement, now: datetime) -> None:
    agreement.ended_at, agreement.next_on = now, None
    agreement.save(update_fields=["ended_at", "next_on"])


# --- Every hour -----------------------------------------------------------------------------


@transaction.atomic
def tell_of_agreements(*, now: datetime) -> int:
    """Put today's contacts and reviews into people's notices, each once; returns how many.

    A day that was missed is caught up at the next turn, once. Two workers at a time take
    different rows. Between the stages nothing is due.
    """
    today = now.astimezone(LONDON).date()
    calendar = calendar_for_display()
    cover = _covers(today)
    due = _in_force().filter(next_on__lte=today)
    messages = [
        message
        for agreement in due.select_for_update(of=("self",), skip_locked=True)
        for message in _contact_due(agreement, today, calendar, cover)
    ]
    for agreement in _in_force().filter(review_on__lte=today):
        messages += _review_due(agreement, cover)
    return tell(messages, now=now)


def _in_force() -> QuerySet[Agreement]:
    clock = ("complaint__clock__owner", "complaint__clock__team")
    joined = ("person", "complaint__matter__contact__case__team__lead", *clock)
    found = Agreement.objects.filter(ended_at=None, complaint__clock__isnull=False)
    # What was withdrawn was no complaint.
    found = found.filter(complaint__matter__withdrawn=False)
    return found.select_related(*joined).order_by("pk")


def _contact_due(
    agreement: Agreement, today: date, calendar: WorkingCalendar | None, cover: dict[int, User]
) -> list[Message]:
    agreement.next_on = next_contact(agreement.agreed_on, agreement.often, today, calendar)
    agreement.save(update_fields=["next_on"])
    path = _path(agreement)
    return [
        contact_today_message(agreement, person, today, path)
        for person in _people(agreement, cover)
    ]


def _review_due(agreement: Agreement, cover: dict[int, User]) -> list[Message]:
    """The person and the lead; told again only when the day is another one."""
    case = agreement.complaint.matter.contact.case
    lead = case.team.lead if case else None
    people = dict.fromkeys([*_people(agreement, cover), *([lead] if lead else [])])
    return [review_message(agreement, person, _path(agreement)) for person in people]


def _people(agreement: Agreement, cover: dict[int, User]) -> Iterable[User]:
    """Leave means cover; the person reads it too when they are back.

    Of somebody who has left it is whoever has the complaint, or else those up the line.
    """
    person, clock = agreement.person, agreement.complaint.clock
    if not person.is_active and clock:
        return [clock.owner] if clock.owner.is_active else up_the_line(clock.team)
    return dict.fromkeys([person, *([cover[person.pk]] if person.pk in cover else [])])


def _covers(today: date) -> dict[int, User]:
    away = Absence.objects.on(today).filter(cover__is_active=True).select_related("cover")
    return {absence.person_id: absence.cover for absence in away if absence.cover}


def _path(agreement: Agreement) -> str:
    return reverse("escalations:complaint", args=[agreement.complaint_id])
