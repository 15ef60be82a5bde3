"""Which plans a coordinator or a whole team looks after, as the public may know it (H96, H98).

Kept by administrators, never worked out from cases: who reads it learns nothing of any child.
"""

import pghistory
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Team, User
from cases.models import Area, Establishment


class RemitQuerySet(models.QuerySet["Remit"]):
    def about(self, area: Area | None, school: Establishment | None = None) -> "RemitQuerySet":
        """What may hold for ``school``, for its ``area``, or everywhere; with people and teams."""
        everywhere = Q(establishment=None, area=None)
        there = Q(establishment=school) if school else Q(pk=None)
        around = Q(area=area) if area else Q(pk=None)
        return self.filter(everywhere | there | around).with_people()

    def with_people(self) -> "RemitQuerySet":
        leaders = ("lead", "manager")
        return self.select_related(
            *(f"team__{leader}" for leader in leaders),
            *(f"person__team__{leader}" for leader in leaders),
        ).order_by("part", "pk")


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Remit(models.Model):
    """One person, or a whole team, and what they look after.

    A place of education, an area, or (without both) the whole council; all ages or one phase;
    ``part`` says in words what else divides it, such as "Surnames A to K".
    """

    class Phase(models.TextChoices):
        ANY = "", "Every age"
        EARLY_YEARS = "early_years", "Nursery, or not at school yet"
        PRIMARY = "primary", "Reception to Year 6"
        SECONDARY = "secondary", "Year 7 to Year 11"
        LATER = "later", "Year 12 or older, or at college"

    # One of the two. The person's team is the one they are in today.
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="remits"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="remits"
    )
    establishment = models.ForeignKey(
        Establishment, null=True, blank=True, on_delete=models.PROTECT, related_name="remits"
    )
    area = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.PROTECT, related_name="remits"
    )
    phase = models.CharField(max_length=12, choices=Phase, blank=True)
    part = models.CharField(max_length=80, blank=True)

    objects = RemitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, team__isnull=False) | Q(person__isnull=False, team=None),
                name="remit_of_a_person_or_a_team",
            ),
            models.CheckConstraint(
                condition=Q(establishment=None) | Q(area=None), name="remit_for_one_place"
            ),
            models.UniqueConstraint(
                fields=["person", "team", "establishment", "area", "phase", "part"],
                nulls_distinct=False,
                name="remit_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.team}: {self.place}"

    @property
    def place(self) -> str:
        return str(self.establishment or self.area or "The whole council")


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class DirectoryPolicy(models.Model):
    """What the public directory names: one row, changed on the settings page."""

    class Names(models.TextChoices):
        PEOPLE = "people", "Coordinators and team leads, with work e-mail and direct number"
        TEAMS = "teams", "Teams and their duty lines only"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    names = models.CharField(max_length=8, choices=Names, default=Names.PEOPLE)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="directory_policy_one")]

    def __str__(self) -> str:
        return self.get_names_display()

    @classmethod
    def current(cls) -> "DirectoryPolicy":
        """What is in force; people are named until somebody changes it (H96)."""
        return cls.objects.first() or cls()


def listed_schools() -> models.QuerySet[Establishment]:
    """The places that the public may pick, by name.

    One without an area of ours is known because some child goes there, and one of kind "other"
    may be a single child's arrangement: neither is listed, unless somebody looks after it.
    """
    looked_after = Exists(Remit.objects.filter(establishment=OuterRef("pk")))
    ours = Q(area__isnull=False) & ~Q(kind=Establishment.Kind.OTHER)
    return Establishment.objects.filter(ours | looked_after).select_related("area")
