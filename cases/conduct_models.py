"""Aggressive contact: referred to SEND leadership, who alone decide (H45, H65, H66)."""

from datetime import date

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Role, User
from cases.case_models import Case
from cases.contact_models import Contact

# Who sees referrals and may decide a contact plan.
LEADERSHIP = frozenset({Role.SENIOR_MANAGER})


class ConductReferralQuerySet(models.QuerySet["ConductReferral"]):
    def visible_to(self, user: User) -> "ConductReferralQuerySet":
        """Leadership sees them all, but those of restricted cases only when named."""
        if user.role not in LEADERSHIP:
            return self.none()
        return self.filter(
            Q(contact__case=None) | Q(contact__case__in=Case.objects.visible_to(user))
        )

    def undecided(self) -> "ConductReferralQuerySet":
        return self.filter(decided_at=None)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class ConductReferral(models.Model):
    """A member of staff found a contact aggressive. It changes no clock and closes nothing."""

    class Kind(models.TextChoices):
        CALL = "call", "Abusive call"
        WRITING = "writing", "Aggressive message"
        DEMANDS = "demands", "Unreasonable demands"
        HARASSMENT = "harassment", "Harassment"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="referrals")
    kind = models.CharField(max_length=12, choices=Kind)
    words = models.TextField("what happened")
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ConductReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decision="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="conduct_referral_decided",
            )
        ]
        indexes = [
            # What waits for a decision, oldest first.
            models.Index(
                fields=["raised_at"],
                condition=Q(decided_at__isnull=True),
                name="conduct_referral_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.contact}"


class ContactPlanQuerySet(models.QuerySet["ContactPlan"]):
    def in_force(self, on: date) -> "ContactPlanQuerySet":
        """Plans that hold on local date ``on``: they lapse by themselves on ``ends_on``."""
        return self.filter(starts_on__lte=on, ends_on__gt=on)

    def to_review(self, on: date) -> "ContactPlanQuerySet":
        """Plans in force whose review date has come."""
        return self.in_force(on).filter(review_on__lte=on)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class ContactPlan(models.Model):
    """How one person and the service are in touch for a while, decided by leadership (H66).

    It says through whom and how. It never stops statutory notices, and the clocks of the family
    run on.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contact_plans")
    referral = models.ForeignKey(
        ConductReferral, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    who = models.CharField("whom it is about", max_length=120)
    arrangement = models.TextField("how we are in touch")
    reason = models.TextField()
    appeal = models.TextField("how they can ask for another decision")
    starts_on = models.DateField()
    review_on = models.DateField()
    # The first day on which it no longer holds.
    ends_on = models.DateField()
    told_how = models.CharField("how they were told", max_length=200)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_reason = models.CharField(max_length=300, blank=True)

    objects = ContactPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review_on__gte=F("starts_on")) & Q(review_on__lte=F("ends_on")),
                name="contact_plan_reviewed_in_time",
            )
        ]
        indexes = [
            # Plans of a case that hold today; and those to be reviewed.
            models.Index(fields=["case", "ends_on"], name="contact_plan_case"),
            models.Index(fields=["review_on"], name="contact_plan_review"),
        ]

    def __str__(self) -> str:
        return f"Contact plan for {self.who}, {self.case}"
