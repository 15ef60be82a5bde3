"""Who has a concern, something on the desk or a complaint of a child: they go on seeing it."""

from collections.abc import Sequence

from cases.models import Case
from clocks.models import OPEN_STATES
from escalations.models import Complaint, DeskEntry, Escalation, EscalationStep


def owing_of_concerns(records: Sequence[Case]) -> set[int]:
    """The ids of whoever answers, looks on as we told the sender, or supports (H5). Five queries.

    By way of the matter, which may have been filed with its child after the concern was settled.
    """
    runs = {"clock__state__in": OPEN_STATES}
    steps = EscalationStep.objects.filter(escalation__matter__case__in=records, **runs)
    # After the first response too: whoever gave it is accountable until it is settled (H110).
    entries = DeskEntry.objects.filter(contact__case__in=records, resolved_at=None)
    complaints = Complaint.objects.filter(matter__contact__case__in=records, **runs)
    concerns = Escalation.objects.open().filter(matter__case__in=records).exclude(partner=None)
    return {
        *steps.order_by().values_list("clock__owner", flat=True),
        *entries.order_by().values_list("clock__owner", flat=True),
        *entries.exclude(kept_with=None).order_by().values_list("kept_with", flat=True),
        *complaints.order_by().values_list("clock__owner", flat=True),
        *concerns.order_by().values_list("partner", flat=True),
    }
