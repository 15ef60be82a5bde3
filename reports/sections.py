"""The short parts above a home page's list: the next call, formal matters, copies, the tray."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.actions import note_listed
from accounts.models import Team, User
from callbacks.calls import day_and_time, next_call
from callbacks.stranded import stranded_soon, to_be_told
from cases.models import Contact, FormalMatter, FormalMatterQuerySet, Recipient
from clocks.calendars import LONDON
from clocks.working_time import WorkingCalendar
from diaries.duty import DutyDay
from diaries.gap_actions import gaps_ahead
from escalations.ladder_views import record_of
from escalations.models import ComplaintQuerySet, DeskEntry, EscalationStepQuerySet

MOST_FORMAL = 10
# Counted no further: beyond it the exact number changes nothing.
MOST_COPIES = 50
LATELY = timedelta(days=7)


def next_call_section(user: User, now: datetime) -> dict[str, Any]:
    """The call that was missed, or the next to make; nothing for who rings nobody (H36).

    One query. ``now`` is aware; that it was shown is written down.
    """
    booking = next_call(user, now) if user.holds_cases else None
    if booking is None:
        return {}
    note_contacts([booking.contact], user, now, "next call")
    return {"next_call": booking, "next_call_at": day_and_time(booking.starts_at, now)}


def formal_section(
    matters: FormalMatterQuerySet, whose: str, user: User, now: datetime
) -> dict[str, Any]:
    """The formal matters due first, and whether there are more than are shown (H68).

    ``whose`` is the name of the whole list (reports.formal_views). ``now`` is aware; that they
    were shown is written down.
    """
    found = list(matters.unrestricted_for(user)[: MOST_FORMAL + 1])
    shown = found[:MOST_FORMAL]
    note_formal(shown, user, now)
    return {"formal_matters": shown, "more_formal": len(found) > MOST_FORMAL, "whose": whose}


def concern_section(
    steps: EscalationStepQuerySet, whose: str, user: User, now: datetime
) -> dict[str, Any]:
    """The concerns taken further that are urgent or due first, and whether there are more (H102).

    ``whose`` is the name of the whole list (escalations.ladder_views). ``now`` is aware; that
    they were shown is written down.
    """
    found = list(steps.unrestricted_for(user).urgent_first()[: MOST_FORMAL + 1])
    shown = found[:MOST_FORMAL]
    records = [record_of(step.escalation) for step in shown]
    note_listed(records=records, by=user, now=now, detail="concerns")
    return {
        "concern_steps": shown,
        "more_concerns": len(found) > MOST_FORMAL,
        "whose_concerns": whose,
    }


def complaint_section(complaints: ComplaintQuerySet, user: User, now: datetime) -> dict[str, Any]:
    """Stages of complaints that are due first, and whether there are more (H103).

    Before they are acknowledged complaints are among the formal matters. ``now`` is aware; that
    they were shown is written down.
    """
    found = list(complaints.unrestricted_for(user)[: MOST_FORMAL + 1])
    shown = found[:MOST_FORMAL]
    note_contacts((complaint.matter.contact for complaint in shown), user, now, "complaints")
    return {"complaints": shown, "more_complaints": len(found) > MOST_FORMAL}


def supported_section(user: User, owners: Sequence[int], now: datetime) -> dict[str, Any]:
    """What the resolution team keeps with one of ``owners``: they support, and owe no date (H110).

    One query. ``now`` is aware; that it was shown is written down.
    """
    entries = DeskEntry.objects.supported_by(*owners).unrestricted_for(user)
    found = list(entries[:MOST_FORMAL])
    note_contacts((entry.contact for entry in found), user, now, "supports")
    return {"supported": found}


def note_formal(matters: Iterable[FormalMatter], user: User, now: datetime) -> None:
    note_contacts((matter.contact for matter in matters), user, now, "formal matters")


def note_contacts(contacts: Iterable[Contact], user: User, now: datetime, detail: str) -> None:
    """Write down that a list showed ``contacts``, under their cases where they have one."""
    references = [
        contact.case.reference if contact.case else contact.reference for contact in contacts
    ]
    note_listed(records=references, by=user, now=now, detail=detail)


def copied_lately(user: User, now: datetime) -> str:
    """How many ``user`` was copied into in the seven days before ``now`` (aware), in words."""
    newest = Recipient.objects.copied_to(user).values_list("contact__received_at", flat=True)
    found = sum(received_at >= now - LATELY for received_at in newest[:MOST_COPIES])
    number = f"{MOST_COPIES} or more" if found == MOST_COPIES else str(found or "none")
    return f"{number} in the last {LATELY.days} days"


def duty_gaps(team: Team | None, now: datetime, calendar: WorkingCalendar | None) -> list[DutyDay]:
    """The days of the next five working days on which the team's duty line lacks somebody (H39).

    ``now`` is aware. At most two queries.
    """
    today = now.astimezone(LONDON).date()
    return gaps_ahead([team], today, calendar)[team.pk] if team else []


def calls_to_move(user: User, now: datetime) -> dict[str, int]:
    """Calls of the next seven days that nobody can make, and callers who still have to be told
    of a new time (H36)."""
    return {
        "stranded": stranded_soon(user, now),
        "to_be_told": to_be_told(user).order_by().count(),
    }


def filed_late(user: User, now: datetime) -> int:
    """How much of the tray is past the date by which its child was to be found (H67)."""
    return Contact.objects.unfiled_for(user).filed_late(now).count()
