"""What nobody can answer: whoever had it has left, and nobody else may take it (0026).

Who is named as lead, manager or officer has it within minutes; until then it is on a list.
"""

from django.db.models import Q

from cases.actions import MAY_ANSWER
from clocks.models import Clock, ClockQuerySet
from escalations.models import Complaint, DeskEntry, EscalationStep


def stranded() -> ClockQuerySet:
    """Promises of steps, of the desk and of complaints whose owner cannot answer, soonest first.

    With owner and team. References only, no child: administrators read them.
    """
    steps = EscalationStep.objects.filter(escalation__closed_at=None, answered_at=None)
    entries = DeskEntry.objects.filter(resolved_at=None, responded_at=None, contact__struck_at=None)
    rows = (steps, entries, Complaint.objects.owed())
    owed = Q()
    for found in rows:
        owed |= Q(pk__in=found.order_by().values("clock"))
    gone = ~Q(owner__is_active=True, owner__role__in=sorted(MAY_ANSWER))
    clocks = Clock.objects.open().filter(owed, gone)
    return clocks.select_related("owner", "team").order_by("due_at", "pk")
