"""A concern that was taken further, step by step (H97 to H102)."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.append_only import append_only
from accounts.models import User
from cases.contact_models import unrestricted
from cases.models import Case, Contact
from clocks.models import OPEN_STATES, Clock


def open_to(case: str, user: User) -> Q:
    """Its own record is open to ``user``, or the one that this was merged into.

    As with Contact.objects.visible_to: whoever has a step or an entry is named on the kept one.
    """
    kept = f"{case}__merged_into"
    return unrestricted(case, user) | Q(**{f"{kept}__isnull": False}) & unrestricted(kept, user)


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def open(self) -> "EscalationQuerySet":
        return self.filter(closed_at=None)

    def visible_to(self, user: User) -> "EscalationQuerySet":
        """Those about contacts that ``user`` may open."""
        return self.filter(matter__in=Contact.objects.visible_to(user))

    def with_people(self) -> "EscalationQuerySet":
        return self.select_related(
            "case__person", "case__owner", "case__team__lead", "matter__clock__owner", "partner"
        )


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Escalation(models.Model):
    """One concern of one sender about one matter, from the first step after the case owner on.

    Step 1 is ``matter`` itself: its contact, its clock, its answer. ``case`` is empty while
    nobody knows the child. ``partner`` supports whoever is accountable: who passed a step back,
    or with whom the resolution team keeps it (H5, H110).
    """

    reference = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations"
    )
    matter = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="escalations")
    opened_at = models.DateTimeField()
    partner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Nobody when the sender said with their link that it is settled.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            # The same matter taken further again joins what is open: linked, not doubled.
            models.UniqueConstraint(
                fields=["matter"],
                condition=Q(closed_at__isnull=True),
                name="escalation_one_open_a_matter",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~Q(outcome=""),
                name="escalation_closed_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


# The message with which the step was taken, or the first, claims one of the reasons. The step is
# owed still; the first message may have been answered before.
_UNDECIDED = Q(clock__state__in=OPEN_STATES) & (
    Q(contact__urgent_claimed=True, contact__urgency="")
    | Q(escalation__matter__urgent_claimed=True, escalation__matter__urgency="")
)


class EscalationStepQuerySet(models.QuerySet["EscalationStep"]):
    def owed(self) -> "EscalationStepQuerySet":
        """Steps whose answer is still to come, soonest first, with all that a row shows."""
        return (
            self.filter(clock__state__in=OPEN_STATES)
            .select_related(
                "escalation__case__person",
                "escalation__matter__case__merged_into",
                "escalation__matter__clock",
                "escalation__matter__urgent_reason",
                "contact__urgent_reason",
                "clock__owner",
                "clock__standard",
            )
            .order_by("clock__due_at", "clock_id")
        )

    def undecided(self) -> "EscalationStepQuerySet":
        """Said to be urgent, and nobody has decided (H63); only while the step is owed."""
        return self.filter(_UNDECIDED)

    def urgent_first(self) -> "EscalationStepQuerySet":
        """Those that wait for that decision before all others, whatever their date."""
        undecided = models.Case(models.When(_UNDECIDED, then=0), default=1)
        return self.order_by(undecided, "clock__due_at", "clock_id")

    def owed_by(self, *owners: int) -> "EscalationStepQuerySet":
        return self.owed().filter(clock__owner__in=owners)

    def owed_by_team(self, team_id: int) -> "EscalationStepQuerySet":
        return self.owed().filter(clock__team=team_id)

    def past_date(self, now: datetime) -> "EscalationStepQuerySet":
        return self.filter(clock__state=Clock.State.RUNNING, clock__due_at__lt=now)

    def unrestricted_for(self, user: User) -> "EscalationStepQuerySet":
        # By way of the matter, which may have been filed with its child meanwhile.
        return self.filter(open_to("escalation__matter__case", user))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class EscalationStep(models.Model):
    """Step 2, 3 or 4: who handles it, by when, why it was taken and what was said (H102).

    ``contact`` is the message with which it was taken. ``asked`` is the step that the sender
    asked for; ``followed`` is False when one was left out (H100).
    """

    class Number(models.IntegerChoices):
        TEAM_LEAD = 2, "Team lead"
        SENIOR_MANAGER = 3, "Senior manager"
        RESOLUTION = 4, "Resolution team"

    class Ground(models.TextChoices):
        FIRST = "first", "Nobody was asked before"
        NO_ANSWER = "no_answer", "No answer by the date"
        NOT_SATISFIED = "not_satisfied", "The answer did not settle it"
        URGENT = "urgent", "It is urgent"
        OUTSIDE = "outside", "It came outside the steps"

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField(choices=Number)
    ground = models.CharField(max_length=14, choices=Ground)
    asked = models.PositiveSmallIntegerField(null=True, blank=True)
    followed = models.BooleanField(default=True, db_default=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="steps_taken")
    taken_at = models.DateTimeField()
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="+")
    # What the sender was told, and when; the clock says whether it was in time.
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = EscalationStepQuerySet.as_manager()

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["escalation", "number"], name="escalation_step_once"),
            models.CheckConstraint(
                condition=Q(number__gte=2, number__lte=4), name="escalation_step_two_to_four"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="escalation_step_answered_in_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.escalation}, step {self.number}"

    @property
    def handler(self) -> User:
        return self.clock.owner

    @property
    def said_urgent(self) -> Contact | None:
        """The message that says it is urgent, as far as somebody has to know: one that nobody
        has decided on before others (H63)."""
        claimed = [one for one in (self.contact, self.escalation.matter) if one.urgent_claimed]
        return min(claimed, key=lambda one: bool(one.urgency), default=None)

    @property
    def has_to_be_decided(self) -> bool:
        """Said to be urgent, and nobody has decided yet."""
        said = self.said_urgent
        return said is not None and not said.urgency and self.clock.is_open

    @property
    def was_open(self) -> bool:
        """No step was left out for it: the one before was over, or it was urgent (H95, H108)."""
        return self.followed or self.ground == self.Ground.URGENT


class WrittenAfter(models.Model):
    """What the sender wrote after ``matter`` was settled (H102). Never changed.

    It is a matter of its own, with its own date: it may say thanks, "no", or something new.
    """

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="written_after")
    matter = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="written_after_it")

    class Meta:
        ordering = ["pk"]
        triggers = append_only("written_after")

    def __str__(self) -> str:
        return f"{self.contact}, after {self.matter}"
