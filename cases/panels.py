"""Places on a case's and a contact's page where apps above show what is theirs.

An app that stands on this one (booked calls, later concerns and meetings) cannot be asked from
here: it adds its panel when it is loaded (docs/decisions/0017). Panels only show; nothing happens
through them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from cases.models import Case, Contact


@dataclass(frozen=True)
class Panel:
    """A ``template`` with what it shows, included as ``panel``."""

    template: str
    shown: dict[str, Any] = field(default_factory=dict)


# Each answers in a fixed number of queries; None when it has nothing to show this person.
CasePanel = Callable[[Case, User, datetime], Panel | None]
ContactPanel = Callable[[Contact, User, datetime], Panel | None]
_on_cases: list[CasePanel] = []
_on_contacts: list[ContactPanel] = []


def add_panels(*, case: CasePanel, contact: ContactPanel) -> None:
    """Called by an app when it is loaded; a second call with the same panels adds nothing."""
    if case not in _on_cases:
        _on_cases.append(case)
    if contact not in _on_contacts:
        _on_contacts.append(contact)


def panels_of_case(case: Case, user: User, now: datetime) -> list[Panel]:
    """What apps above show ``user`` of ``case`` at ``now`` (aware)."""
    return [panel for one in _on_cases if (panel := one(case, user, now))]


def panels_of_contact(contact: Contact, user: User, now: datetime) -> list[Panel]:
    """What apps above show ``user`` of ``contact`` at ``now`` (aware)."""
    return [panel for one in _on_contacts if (panel := one(contact, user, now))]
