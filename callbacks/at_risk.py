"""A caller tells us that a child may be at risk: what the adviser says, and whom to ring (H68).

Whom to ring is kept once, in the links of texts and on the team: the public form says the same.
"""

from dataclasses import dataclass

from accounts.models import Team
from callbacks.models import DeskCall
from callbacks.shown_call import any_duty_line
from cases.contact_messages import SAFETY_SAID
from cases.models import Contact
from notices.models import Link
from notices.placeholders import SHIPPED_LINKS

CODE = "children_services"


@dataclass(frozen=True)
class WhomToRing:
    """What an adviser needs besides 999; each empty where the council has set none."""

    label: str
    url: str
    duty_line: str
    says: str = SAFETY_SAID


def whom_to_ring(team: Team | None = None) -> WhomToRing:
    """The page that says whom to ring, and the duty line of the child's ``team``.

    Of a child whom we do not know it is that of the team that sorts what comes in.
    """
    link = Link.objects.filter(code=CODE).first() or SHIPPED_LINKS[CODE]
    return WhomToRing(link.label, link.url, team.duty_line if team else any_duty_line())


def is_report(call: DeskCall) -> bool:
    """Whether what was written down of ``call`` is that a child may be at risk."""
    return call.contact is not None and call.contact.category == Contact.Category.SAFEGUARDING
