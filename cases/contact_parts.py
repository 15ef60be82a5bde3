"""What belongs to a contact: the formal matter it raised, whom it named, and its files."""

from django.conf import settings
from django.db import models

from accounts.append_only import append_only
from accounts.models import User
from cases.contact_models import Contact, unrestricted
from clocks.models import OPEN_STATES, Clock


class FormalMatterQuerySet(models.QuerySet["FormalMatter"]):
    def owed(self) -> "FormalMatterQuerySet":
        """Matters whose own clock is open, soonest first."""
        return (
            self.filter(clock__state__in=OPEN_STATES)
            .select_related("contact__case__person", "clock__owner", "clock__standard")
            .order_by("clock__due_at", "clock_id")
        )

    def owed_by(self, *owners: int) -> "FormalMatterQuerySet":
        """What the people with these ids owe; usually one (see Absence.objects.looked_after)."""
        if len(owners) == 1:
            # Plain equality lets the owner's index give the order as well.
            return self.owed().filter(clock__owner=owners[0])
        return self.owed().filter(clock__owner__in=owners)

    def owed_by_team(self, team_id: int) -> "FormalMatterQuerySet":
        return self.owed().filter(clock__team=team_id)

    def unrestricted_for(self, user: User) -> "FormalMatterQuerySet":
        """Without those of restricted cases of which ``user`` is neither owner nor named staff."""
        return self.filter(unrestricted("contact__case", user))


class FormalMatter(models.Model):
    """A formal matter that a contact raised, with its own clock beside the answer's (H68)."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="formal_matters")
    category = models.CharField(max_length=24, choices=Contact.Category)
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="+")
    recognised_at = models.DateTimeField()
    recognised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.TextField(blank=True)
    # Recognised by mistake: its clock is cancelled, and the outcome says why.
    withdrawn = models.BooleanField(default=False, db_default=False)

    objects = FormalMatterQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "category"],
                condition=models.Q(withdrawn=False),
                name="formal_matter_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}, {self.contact}"

    @property
    def is_open_safety(self) -> bool:
        """A child may not be safe, and nobody has passed it on yet."""
        return self.category == Contact.Category.SAFEGUARDING and self.clock.is_open


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def copied_to(self, user: User) -> "RecipientQuerySet":
        """What named ``user`` but is somebody else's to answer, newest first (H55, H56).

        Without what was struck through, and without restricted cases that are not theirs.
        """
        return (
            self.filter(user=user, contact__struck_at=None)
            .exclude(contact__clock__owner=user)
            .exclude(contact__original__clock__owner=user)
            .filter(unrestricted("contact__case", user))
            .order_by("-contact_id")
        )

    def with_answerers(self) -> "RecipientQuerySet":
        """With all that a row of the list shows; a chaser is answered with its original."""
        return self.select_related(
            "contact__case__person",
            "contact__case__team",
            "contact__clock__owner",
            "contact__original__clock__owner",
        )


class Recipient(models.Model):
    """Whom of the staff a message named: the one responsible is the clock's owner (H55, H56)."""

    class Kind(models.TextChoices):
        TO = "to", "To"
        COPY = "copy", "For information"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="recipients")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="named_in"
    )
    kind = models.CharField(max_length=4, choices=Kind)
    position = models.PositiveSmallIntegerField()

    objects = RecipientQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contact", "user"], name="recipient_once"),
        ]
        indexes = [
            # "For information": what named somebody, newest first.
            models.Index(fields=["user", "-contact"], name="recipient_named"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_kind_display().lower()}"


class Attachment(models.Model):
    """A file that came with a message: kept as it came, never shown inline, never run."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="attachments")
    filename = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    # Why it is kept but cannot be opened from here; empty when it can.
    refused = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        triggers = append_only("attachment")

    def __str__(self) -> str:
        return self.filename
