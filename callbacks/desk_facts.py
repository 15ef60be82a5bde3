"""What the page of the desk says besides callbacks.desk: whose record it is, and what to say when a
message is taken."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from callbacks.desk_end_form import EndCallForm
from callbacks.desk_words import message_words, urgent_words
from cases.models import Case
from cases.people_around import PeopleAround
from cases.rights import rights_in_words
from clocks.calendars import LONDON

STATUS_WORDS = {
    Case.Status.PLAN: "Has a current EHC plan",
    Case.Status.ASSESSMENT: "Has a current assessment",
    Case.Status.REQUEST: "Neither a plan nor an assessment: one has been asked for",
    Case.Status.CEASED: "Neither a plan nor an assessment: the plan has ceased",
}


def about(case: Case, around: PeopleAround, now: datetime) -> dict[str, Any]:
    """For the template: who the child is, what to mind, and the next dates."""
    today = timezone.localdate(now, LONDON)
    return {
        "case": case,
        "identity": _identity(case, now),
        "has": STATUS_WORDS[Case.Status(case.status)],
        "warnings": around.warnings,
        "rights": rights_in_words(case.person, today),
    }


def _identity(case: Case, now: datetime) -> dict[str, Any]:
    """Enough to tell two children apart, and nothing else of them (H22, H23)."""
    person = case.person
    born, district = person.date_of_birth, person.postcode.replace(" ", "")[:-3].upper()
    facts = [
        {"label": "Date of birth", "value": f"{born.day} {born:%B %Y}"},
        {"label": "Year", "value": person.year_group(timezone.localdate(now, LONDON))},
        {"label": "Lives in", "value": district or "Not recorded"},
    ]
    written = f"{person.given_name} {person.family_name}"
    if written != person.full_name:
        facts.insert(0, {"label": "In full", "value": written})
    return {"facts": facts, "badge": "Restricted" if case.restricted else ""}


def what_to_say(form: EndCallForm, now: datetime) -> list[dict[str, str]]:
    """The script of a message about each thing owed, and about something new: who answers, and
    by which day (H29, H30)."""
    if form.offered is None:
        return []
    again, officer = form.offered.standard, form.offered.owner
    rows = [
        {
            "about": one.contact.reference,
            "words": message_words(
                one.tells(now).owner.full_name, one.tells(now).due_at, again, now
            ),
            "urgent": urgent_words(one.contact.promise.owner.full_name).strip(),
        }
        for one in form.desk.matters
    ]
    if officer:
        words = message_words(officer.full_name, again, again, now)
        urgent = urgent_words(officer.full_name).strip()
        rows.append({"about": "Something new" if rows else "", "words": words, "urgent": urgent})
    return rows
