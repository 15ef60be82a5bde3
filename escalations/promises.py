"""What is promised about a matter that was taken further or passed to the resolution team, for
those who speak to its sender (H59, H106). Reading only."""

from collections import defaultdict
from collections.abc import Collection

from cases.models import Contact
from clocks.models import OPEN_STATES, Clock
from escalations.models import DeskEntry, EscalationStep


def promises_of_concerns(matters: Collection[Contact]) -> dict[int, list[Clock]]:
    """The open promises about each of ``matters``, by its id: of the step that was taken last, and
    the first response of the resolution team. Two queries.
    """
    found: dict[int, list[Clock]] = defaultdict(list)
    keys = [one.pk for one in matters]
    steps = EscalationStep.objects.filter(escalation__matter__in=keys, escalation__closed_at=None)
    last = {
        step.escalation.matter_id: step.clock
        for step in steps.select_related("escalation", "clock__owner").order_by("number")
    }
    for key, clock in last.items():
        if clock.state in OPEN_STATES:
            found[key].append(clock)
    entries = DeskEntry.objects.filter(
        contact__in=keys, resolved_at=None, responded_at=None, clock__state__in=OPEN_STATES
    )
    for entry in entries.select_related("clock__owner"):
        found[entry.contact_id].append(entry.clock)
    return found
