"""A caller tells us that a child may be at risk: what the adviser says, and whom to ring (H68).

Whom to ring is kept once, in the links of texts and on the team: the public form says the same.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Team
from callbacks.desk import duty_words, is_open
from callbacks.models import DeskCall
from callbacks.shown_call import any_duty_line
from cases.contact_messages import SAFETY_SAID
from cases.models import Contact
from clocks.working_time import WorkingCalendar
from notices.models import Link
from notices.placeholders import SHIPPED_LINKS

CODE = "children_services"


@dataclass(frozen=True)
class WhomToRing:
    """What an adviser needs besides 999; each empty where the council has set none.

    ``hours`` says of the duty line "Open until 5:30pm" or "Closed. Opens ...".
    """

    label: str
    url: str
    duty_line: str
    is_open: bool
    hours: str
    says: str = SAFETY_SAID


def whom_to_ring(
    now: datetime, calendar: WorkingCalendar | None, team: Team | None = None
) -> WhomToRing:
    """The page that says whom to ring, and the duty line of the child's ``team``, at ``now``
    (aware).

    Of a child whom we do not know it is that of the team that sorts what comes in.
    """
    link = Link.objects.filter(code=CODE).first() or SHIPPED_LINKS[CODE]
    return WhomToRing(
        label=link.label,
        url=link.url,
        duty_line=team.duty_line if team else any_duty_line(),
        is_open=calendar is None or is_open(calendar, now),
        hours=duty_words(now, calendar),
    )


def is_report(call: DeskCall) -> bool:
    """Whether what was written down of ``call`` is that a child may be at risk."""
    return call.contact is not None and call.contact.category == Contact.Category.SAFEGUARDING
