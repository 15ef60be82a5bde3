"""The case of a child or young person: who owns it, who is involved and who may see it."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import CASE_HOLDING_ROLES, TEAM_ROLES, Absence, Role, User
from cases.people_models import Establishment, Person
from clocks.models import OPEN_STATES

if TYPE_CHECKING:
    from cases.contact_models import Contact


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> "CaseQuerySet":
        """The cases ``user`` may open: the one access helper, used by every view.

        Advisers may find every case, but see only the officer, status and next dates (H22).
        Team members see their team's cases, those they own, and those on which they or their
        team still owe an answer. A restricted case exists for its owner and its named staff
        only, whatever their role.
        Administrators look after the portal, not children's records, and see none.
        """
        unrestricted = self.unrestricted_for(user)
        if user.sees_whole_service or user.role == Role.CSC_ADVISER:
            return unrestricted
        if user.role not in TEAM_ROLES:
            return self.none()
        mine = Q(owner=user) | _names(user) | Q(pk__in=_cases_owed_by(user))
        mine |= Q(pk__in=LeadProfessional.objects.filter(user=user, ended_at=None).values("case"))
        if user.team_id:
            mine |= Q(team=user.team_id)
        # Who still owes an answer on a record opens the one that it was merged into.
        merged = Case.objects.unrestricted_for(user).exclude(merged_into=None)
        owing = merged.filter(pk__in=_cases_owed_by(user)).values("merged_into")
        return unrestricted.filter(mine | Q(pk__in=owing))

    def unrestricted_for(self, user: User) -> "CaseQuerySet":
        """Without the restricted cases of which ``user`` is neither owner nor named staff."""
        return self.filter(Q(restricted=False) | Q(owner=user) | _names(user))

    def with_people(self) -> "CaseQuerySet":
        """With all that an identity bar and the officer's details need, in one query."""
        return self.select_related(
            "person__area",
            "owner",
            "team__lead",
            "team__manager",
            "establishment",
            "merged_into",
        )

    def without_owner(self) -> "CaseQuerySet":
        """Open cases whose owner is none, has left, or holds cases no longer (H37).

        A union of the two, so that each is answered from the index of the owner.
        """
        cannot = User.objects.exclude(is_active=True, role__in=sorted(CASE_HOLDING_ROLES))
        cases = Case.objects.order_by()
        nobody, somebody = cases.filter(owner=None), cases.filter(owner__in=cannot.order_by())
        return self.open().filter(pk__in=nobody.values("pk").union(somebody.values("pk")))

    def silent_since(self, since: datetime) -> "CaseQuerySet":
        """Open cases about which nothing was said to us or by us since ``since`` (aware) (S5).

        What staff note among themselves is no contact, nor is what was struck out.
        """
        said = _contacts().filter(received_at__gte=since, internal=False, struck_at=None)
        return (
            self.open()
            .exclude(Exists(said.filter(case=OuterRef("pk"))))
            .exclude(Exists(said.filter(case__merged_into=OuterRef("pk"))))
        )

    def with_last_contact(self) -> "CaseQuerySet":
        """Each with ``last_contact_at``, when something was last said; None for never."""
        said = _contacts().filter(case=OuterRef("pk"), internal=False, struck_at=None)
        latest = said.order_by("-received_at", "-id").values("received_at")[:1]
        return self.annotate(last_contact_at=Subquery(latest))

    def open(self) -> "CaseQuerySet":
        """Cases still worked on, without those merged into another."""
        return self.exclude(status=Case.Status.CEASED).filter(merged_into=None)


def _names(user: User) -> Q:
    return Q(pk__in=NamedStaff.objects.filter(user=user).values("case"))


def _contacts() -> "models.QuerySet[Contact]":
    """Contacts point at cases, so their model can only be looked up when both are there."""
    from cases.contact_models import Contact

    return Contact.objects.all()


def _cases_owed_by(user: User) -> "models.QuerySet[Contact, int]":
    today = timezone.localdate()
    away = Absence.objects.covered_by(user, today).values("person")
    theirs = Q(clock__owner=user) | Q(clock__owner__in=away)
    if user.team_id:
        theirs |= Q(clock__team=user.team_id)
    owing = _contacts().filter(theirs, clock__state__in=OPEN_STATES, case__isnull=False)
    return owing.order_by().values_list("case_id", flat=True)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Case(models.Model):
    """One child's or young person's case with the service, with the one officer who owns it."""

    class Status(models.TextChoices):
        REQUEST = "request", "Assessment requested"
        ASSESSMENT = "assessment", "Being assessed"
        PLAN = "plan", "Has an EHC plan"
        CEASED = "ceased", "Plan ceased"

    reference = models.CharField(max_length=20, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="case")
    status = models.CharField(max_length=12, choices=Status)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_cases",
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="cases")
    establishment = models.ForeignKey(
        Establishment, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    primary_need = models.CharField(max_length=80, blank=True)
    plan_issued_on = models.DateField(null=True, blank=True)
    next_step = models.CharField(max_length=120, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    # Only its owner and its named staff may see it.
    restricted = models.BooleanField(default=False, db_default=False)
    restricted_reason = models.CharField(max_length=300, blank=True, db_default="")
    # A second record of the same child: its rows stay its own, so that it can be undone.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(next_step_on__isnull=True) | ~Q(next_step=""),
                name="case_next_date_has_step",
            ),
            models.CheckConstraint(
                condition=Q(restricted=False) | ~Q(restricted_reason=""),
                name="case_restricted_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="case_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def kept_id(self) -> int:
        """The id of the record that is kept: its own, or that of the one it was merged into."""
        return self.merged_into_id or self.pk

    @property
    def responsible(self) -> User | None:
        """Who answers for the case: its owner, or the team's lead when there is none (H17).

        Someone who has left, or no longer holds cases, answers for nothing.
        """
        for person in (self.owner, self.team.lead):
            if person and person.can_own:
                return person
        return None


class InvolvementQuerySet(models.QuerySet["Involvement"]):
    def current(self, on: date) -> "InvolvementQuerySet":
        """Those that hold on local date ``on``; the last day is not part of one."""
        return self.filter(started_on__lte=on).filter(Q(ended_on=None) | Q(ended_on__gt=on))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Involvement(models.Model):
    """One worker's part in a case, from ``started_on`` until, but not with, ``ended_on`` (H37).

    A handover on one day ends the one and starts the other on that day: no gap, no overlap.
    """

    class Role(models.TextChoices):
        OWNER = "owner", "Case owner"
        SUPPORT = "support", "Business support"
        PLACEMENT = "placement", "Placement officer"
        OTHER = "other", "Other"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="involvements")
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="involvements"
    )
    role = models.CharField(max_length=12, choices=Role)
    # The team the worker acted in: it may change, the record of then does not (E3, E21).
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, db_default="")

    objects = InvolvementQuerySet.as_manager()

    class Meta:
        ordering = ["-started_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="involvement_not_backwards",
            ),
            ExclusionConstraint(
                name="involvement_one_owner",
                expressions=[
                    ("case", RangeOperators.EQUAL),
                    (
                        Func(
                            F("started_on"),
                            F("ended_on"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(role="owner"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker}, {self.get_role_display().lower()} of {self.case}"


class LeadProfessionalQuerySet(models.QuerySet["LeadProfessional"]):
    def proposed(self) -> "LeadProfessionalQuerySet":
        """Those that wait until everybody concerned has been told."""
        return self.filter(in_force_at=None, ended_at=None)

    def in_force(self) -> "LeadProfessionalQuerySet":
        return self.filter(in_force_at__isnull=False, ended_at=None)

    def not_there(self, on: date) -> "LeadProfessionalQuerySet":
        """Proposed or in force, but who has left or is away on local date ``on`` (H91)."""
        can = Q(user__is_active=True, user__role__in=sorted(CASE_HOLDING_ROLES))
        away = Q(user__in=Absence.objects.on(on).values("person"))
        return self.filter(ended_at=None).filter(~can | away)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class LeadProfessional(models.Model):
    """The one point of contact for a case, in force once those concerned have been told (H88-H91).

    Proposed (``in_force_at`` empty), in force, ended. At most one of each of the first two.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lead_professionals")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leads_on_cases"
    )
    reason = models.CharField(max_length=300)
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    in_force_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=300, blank=True)

    objects = LeadProfessionalQuerySet.as_manager()

    class Meta:
        ordering = ["-named_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(in_force_at__isnull=False, ended_at__isnull=True),
                name="lead_professional_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(in_force_at__isnull=True, ended_at__isnull=True),
                name="lead_professional_one_proposed",
            ),
        ]
        indexes = [
            # Who waits to come into force? (cases.tasks)
            models.Index(
                fields=["id"],
                condition=Q(in_force_at__isnull=True, ended_at__isnull=True),
                name="lead_professional_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, lead professional of {self.case}"


class LeadTelling(models.Model):
    """One person who has to be told of a lead professional: by e-mail, or by staff."""

    lead = models.ForeignKey(LeadProfessional, on_delete=models.PROTECT, related_name="tellings")
    name = models.CharField(max_length=150)
    # The key of the notice when told by e-mail; empty when staff tell them by letter or call.
    notice_key = models.CharField(max_length=120, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent())
class NamedStaff(models.Model):
    """Somebody who may see a restricted case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="named_staff")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="named_on"
    )
    # Nobody chose them: they owe something about the child, and see it no longer than that.
    while_owing = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name_plural = "named staff"
        constraints = [
            models.UniqueConstraint(fields=["user", "case"], name="named_staff_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} may see {self.case}"


class CaseMerge(models.Model):
    """Two records of one child made one, and perhaps taken apart again; never deleted."""

    kept = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges")
    reason = models.CharField(max_length=300)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-merged_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="case_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged} merged into {self.kept}"
