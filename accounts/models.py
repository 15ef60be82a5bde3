"""Staff, their teams and roles, and who looked at what."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.append_only import append_only


class Role(models.TextChoices):
    """What a member of staff does; decides their home page and what they may see."""

    CSC_ADVISER = "csc_adviser", "Customer Service Centre adviser"
    BUSINESS_SUPPORT = "business_support", "Business support"
    COORDINATOR = "coordinator", "EHC coordinator"
    PLACEMENT_OFFICER = "placement_officer", "Specialist placement officer"
    TEAM_LEAD = "team_lead", "Team lead"
    SENIOR_MANAGER = "senior_manager", "Senior manager"
    RESOLUTION_OFFICER = "resolution_officer", "Resolution officer"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


# People who can own a case and owe an answer.
CASE_HOLDING_ROLES = frozenset(
    {Role.COORDINATOR, Role.PLACEMENT_OFFICER, Role.TEAM_LEAD, Role.SENIOR_MANAGER}
)
# People who work inside one team and see that team's cases.
TEAM_ROLES = frozenset(
    {Role.BUSINESS_SUPPORT, Role.COORDINATOR, Role.PLACEMENT_OFFICER, Role.TEAM_LEAD}
)
# Administrators look after the portal, not children's records.
CASE_READERS = frozenset(Role) - {Role.ADMINISTRATOR}
# People whose work spans every team.
WHOLE_SERVICE_ROLES = frozenset({Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER, Role.AUDITOR})


MONDAY_TO_FRIDAY = [0, 1, 2, 3, 4]
EVERY_WEEKDAY = [0, 1, 2, 3, 4, 5, 6]


def monday_to_friday() -> list[int]:
    """A new list for each new person."""
    return list(MONDAY_TO_FRIDAY)


class TeamQuerySet(models.QuerySet["Team"]):
    def for_unfiled(self) -> "Team | None":
        """The team that takes what belongs to no case yet: the one chosen, or the first led."""
        led = self.filter(lead__is_active=True, lead__role__in=sorted(CASE_HOLDING_ROLES))
        return led.select_related("lead").order_by("-takes_unfiled", "pk").first()


class Team(models.Model):
    """A team that holds plans, led by one person, with its own duty line (H27, E1 to E3)."""

    class Service(models.TextChoices):
        SCHOOL_AGE = "school_age", "School age SEND"
        EARLY_YEARS = "early_years", "Early Years"
        YOUNG_PEOPLE = "young_people", "Services for Young People"
        VIRTUAL_SCHOOL = "virtual_school", "Virtual School"
        ACCESS = "access", "Access and Inclusion"

    name = models.CharField(max_length=120, unique=True)
    service = models.CharField(
        max_length=20, choices=Service, default=Service.SCHOOL_AGE, db_default="school_age"
    )
    # The senior manager above the lead (H4, H99).
    manager = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="manages",
        limit_choices_to={"role": Role.SENIOR_MANAGER},
    )
    takes_unfiled = models.BooleanField(
        "takes what belongs to no case yet",
        default=False,
        db_default=False,
        help_text="E-mails and calls that nobody could match to a child come to its lead.",
    )
    lead = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="leads",
        # The lead answers what nobody else owns (H17).
        limit_choices_to={"role__in": sorted(CASE_HOLDING_ROLES)},
    )
    duty_line = models.CharField(max_length=40, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["takes_unfiled"], condition=Q(takes_unfiled=True), name="team_one_tray"
            )
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a member of staff who signs in with ``email``, compared without case."""
        user = self.model(email=self.model.normalize_username(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields = {"role": Role.ADMINISTRATOR, "full_name": email} | fields
        return self.create_user(email, password, is_superuser=True, **fields)

    def holders(self) -> "models.QuerySet[User]":
        """Everybody who can be given a promise to keep, by name."""
        return self.filter(is_active=True, role__in=sorted(CASE_HOLDING_ROLES)).select_related(
            "team"
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@pghistory.track(
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    exclude=["last_login", "password"],
)
class User(AbstractBaseUser, PermissionsMixin):
    """A member of the council's staff. Signs in by e-mail address."""

    email = models.EmailField("e-mail address", unique=True)
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=30, choices=Role)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )
    phone = models.CharField("contact number", max_length=40, blank=True)
    # The local day on which they last said that the number is right (H34).
    phone_confirmed_on = models.DateField("number confirmed on", null=True, blank=True)
    # Part of a full week: what we ask of everybody is asked of them pro rata (H35).
    fte = models.DecimalField(
        "part of a full week",
        max_digits=3,
        decimal_places=2,
        default=Decimal("1.00"),
        db_default=Decimal("1.00"),
        help_text="1 for full time, 0.5 for half of a full week.",
    )
    # Monday is 0, as date.weekday() has it.
    working_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name="days they work",
        default=monday_to_friday,
        db_default=MONDAY_TO_FRIDAY,
    )
    # For somebody's safety: the public is then told of their team alone (H96).
    unlisted = models.BooleanField(
        "left out of the public directory", default=False, db_default=False
    )
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(
        "may use the back office",
        default=False,
        help_text=(
            "All of it, so that they can also give it to others. What they see of children’s "
            "records follows from their role alone."
        ),
    )
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["full_name"]
        constraints = [
            # Sign-in asks for the lower-case address: with a capital nobody could ever sign in.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(fte__gt=0, fte__lte=1), name="user_fte_part_of_one"),
            models.CheckConstraint(
                condition=Q(working_days__len__gte=1, working_days__contained_by=EVERY_WEEKDAY),
                name="user_working_days_of_a_week",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Every form and manager passes the e-mail address through here."""
        return super().normalize_username(username).lower()

    @property
    def is_staff(self) -> bool:
        """Who may use the back office may do everything there: one right, one field."""
        return self.is_superuser

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0]

    @property
    def holds_cases(self) -> bool:
        return self.role in CASE_HOLDING_ROLES

    @property
    def can_own(self) -> bool:
        """True when a promise can be theirs to keep: they work here and hold cases."""
        return self.is_active and self.holds_cases

    @property
    def sees_whole_service(self) -> bool:
        return self.role in WHOLE_SERVICE_ROLES


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> "AbsenceQuerySet":
        return self.filter(first_day__lte=day, last_day__gte=day)

    def covered_by(self, user: User, day: date) -> "AbsenceQuerySet":
        """The absences on local date ``day`` for which ``user`` is the cover (H62)."""
        return self.on(day).filter(cover=user)

    def looked_after(self, user: User, day: date) -> list[int]:
        """Ids of those whose promises are ``user``'s to keep on ``day``: their own first."""
        return [user.pk, *self.covered_by(user, day).values_list("person", flat=True)]


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Absence(models.Model):
    """Days somebody is away and who looks after their promises meanwhile (H62, H91).

    The dates promised do not move; the cover sees them on their own list.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    cover = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="covers"
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="absence_not_backwards"
            ),
            models.CheckConstraint(
                condition=Q(cover__isnull=True) | ~Q(cover=F("person")), name="absence_cover_other"
            ),
            ExclusionConstraint(
                name="absence_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func(
                            F("first_day"),
                            F("last_day"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            # "Whose promises do I look after today?" on every worklist.
            models.Index(fields=["cover", "last_day"], name="absence_by_cover"),
        ]

    def __str__(self) -> str:
        return f"{self.person} away {self.first_day} to {self.last_day}"


class AccessEntryQuerySet(models.QuerySet["AccessEntry"]):
    def about(self, record: str) -> "AccessEntryQuerySet":
        return self.filter(records__contains=[record])

    def shown_by_searches(self, user: User, since: datetime) -> set[str]:
        """The records that searches showed to ``user`` from ``since`` (aware) on."""
        searches = self.filter(user=user, kind=AccessEntry.Kind.SEARCH, at__gte=since)
        return {
            record for records in searches.values_list("records", flat=True) for record in records
        }


class AccessEntry(models.Model):
    """One person was shown records: append-only, kept by the database itself.

    ``records`` are references such as "EHC-000123", not foreign keys: accounts is the lowest
    layer. ``detail`` is the part that was read, or the words that were searched for.
    """

    class Kind(models.TextChoices):
        READ = "read", "Read"
        LISTED = "listed", "Saw in a list"
        SEARCH = "search", "Searched"

    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    records = ArrayField(models.CharField(max_length=20))
    detail = models.CharField(max_length=200, blank=True)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "access entries"
        indexes = [
            # "Who has looked at this record?"
            GinIndex(fields=["records"], name="access_by_record"),
            # "What has this person looked at?"
            models.Index(fields=["user", "-at"], name="access_by_user"),
            # The auditor's newest-first page.
            models.Index(fields=["-at", "-id"], name="access_newest"),
        ]
        triggers = append_only("access_entry")

    def __str__(self) -> str:
        return f"{self.user} {self.get_kind_display().lower()} {', '.join(self.records)}"
