"""Complaints on the pages of a case and of a contact, and as all pages show them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Role, User
from cases.actions import MAY_ANSWER
from cases.models import Case, Contact, FormalMatter
from cases.panels import Panel
from escalations.complaint_messages import agreed_line
from escalations.complaint_models import ANSWERED, OVER
from escalations.models import Agreement, Complaint, ComplaintStage

MOST_SHOWN = 10
Stage = Complaint.Stage


@dataclass(frozen=True)
class ShownComplaint:
    """A complaint with what a page asks of it; everything is there already."""

    complaint: Complaint
    stages: list[ComplaintStage]
    agreement: Agreement | None
    earlier: list[Agreement]

    @property
    def last(self) -> ComplaintStage:
        return self.stages[-1]

    @property
    def waits(self) -> bool:
        """To be acknowledged."""
        return self.complaint.stage in (Stage.RECEIVED, Stage.TWO_RECEIVED)

    @property
    def works(self) -> bool:
        """To be answered."""
        return self.complaint.stage in (Stage.ONE, Stage.TWO)

    @property
    def may_go_on(self) -> bool:
        """Stage 2 may be asked for."""
        return self.complaint.stage == Stage.ONE_ANSWERED

    @property
    def is_over(self) -> bool:
        return self.complaint.stage in OVER

    @property
    def is_answered(self) -> bool:
        return self.complaint.stage in ANSWERED

    @property
    def agreed(self) -> str:
        """ "Cora Hill will ring the family every week."."""
        return agreed_line(self.agreement) if self.agreement else ""


def shown_complaint(complaint: Complaint) -> ShownComplaint:
    """``complaint`` comes with its people (ComplaintQuerySet.with_people)."""
    agreements = list(complaint.agreements.all())
    return ShownComplaint(
        complaint,
        list(complaint.stages.all()),
        next((one for one in agreements if one.ended_at is None), None),
        [one for one in agreements if one.ended_at],
    )


def complaints_of_case(case: Case, user: User, now: datetime) -> Panel | None:
    """The newest complaints about a child. One query; three when there are any."""
    # By way of the cases, each found by an index: an "or" over the join would use none.
    records = Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk))
    return _panel(Q(contact__case__in=records.order_by().values("pk")), user)


def complaint_of_contact(contact: Contact, user: User, now: datetime) -> Panel | None:
    """The complaint that a contact is. No query for what is no formal matter."""
    return _panel(Q(contact=contact), user) if contact.is_formal else None


def _panel(about: Q, user: User) -> Panel | None:
    matters = list(_matters().filter(about).order_by("-pk")[:MOST_SHOWN])
    if not matters:
        return None
    rows = [
        (matter, shown_complaint(matter.complaint) if hasattr(matter, "complaint") else None)
        for matter in matters
    ]
    return Panel(
        "escalations/_complaints.html",
        {
            "rows": rows,
            "may_act": user.role in MAY_ANSWER,
            # Advisers see stage, owner and dates (H22).
            "opens": user.role != Role.CSC_ADVISER,
        },
    )


def _matters() -> QuerySet[FormalMatter]:
    complaints = FormalMatter.objects.filter(
        category=Contact.Category.COMPLAINT, withdrawn=False
    ).select_related("contact", "clock__owner", "complaint__clock__owner")
    return complaints.prefetch_related(
        Prefetch("complaint__stages", ComplaintStage.objects.with_people()),
        Prefetch("complaint__agreements", Agreement.objects.select_related("person", "made_by")),
    )
