"""What was passed to the resolution team, and each pass (H104 to H110)."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.append_only import append_only
from accounts.models import Role, User
from cases.models import Contact
from clocks.models import OPEN_STATES, Clock
from escalations.ladder_models import Escalation, EscalationStep, open_to

# Who works at the resolution desk.
ON_THE_DESK = frozenset({Role.RESOLUTION_OFFICER, Role.SENIOR_MANAGER})
# What is kept jointly has the date of its contact: its owner is somebody of the desk (H110).
_HAS_DATE = Q(
    kept_at__isnull=False,
    contact__clock__state__in=OPEN_STATES,
    contact__clock__owner__role__in=sorted(ON_THE_DESK),
) & ~Q(contact__clock__owner=F("kept_with"))


def past_next_date(now: datetime) -> Q:
    """Entries whose first response is late, or what was kept jointly is (``now`` aware)."""
    late_answer = _HAS_DATE & Q(contact__clock__state=Clock.State.RUNNING)
    return Q(responded_at=None, clock__due_at__lt=now) | (
        late_answer & Q(contact__clock__due_at__lt=now)
    )


class DeskEntryQuerySet(models.QuerySet["DeskEntry"]):
    def open(self) -> "DeskEntryQuerySet":
        """What is on the desk, the oldest first, with all that a row shows."""
        return (
            self.filter(resolved_at=None)
            .select_related(
                "contact__case__person",
                "contact__clock__owner",
                "contact__clock__standard",
                "clock__owner",
                "clock__standard",
                "kept_with",
                "sent_to__clock__owner",
                "confirmed_by",
                "responded_by",
            )
            .order_by("passed_at", "pk")
        )

    def supported_by(self, *people: int) -> "DeskEntryQuerySet":
        """What ``people`` support the resolution team with: they see it, and owe no date (H110)."""
        return self.open().filter(kept_with__in=people)

    def with_dates(self) -> "DeskEntryQuerySet":
        """Kept jointly, and the date of its contact is at the desk."""
        return self.filter(_HAS_DATE)

    def late(self, now: datetime) -> "DeskEntryQuerySet":
        """Past the date that comes next for whoever is accountable (``now`` aware)."""
        return self.filter(past_next_date(now))

    def settled(self) -> "DeskEntryQuerySet":
        return self.filter(resolved_at__isnull=False)

    def to_respond(self) -> "DeskEntryQuerySet":
        """The first response is still to come."""
        return self.filter(responded_at=None)

    def unrestricted_for(self, user: User) -> "DeskEntryQuerySet":
        return self.filter(open_to("contact__case", user))

    def visible_to(self, user: User) -> "DeskEntryQuerySet":
        """Those about contacts that ``user`` may open."""
        return self.filter(contact__in=Contact.objects.visible_to(user))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class DeskEntry(models.Model):
    """What was passed to the resolution team: the pass, the check and what they did (H104 to H110).

    ``in_name_of`` is the head of service or director whose standard response was sent.
    ``computed`` is up to which step the records say that the ladder was followed; ``confirmed``
    what a person made of it, with a reason where it differs. ``kept_with`` supports the team,
    who stay accountable (H110): a concern that is kept is theirs to settle.
    """

    class Answer(models.TextChoices):
        TELEPHONE = "telephone", "By telephone"
        EMAIL = "email", "By e-mail"

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="desk_entry")
    escalation = models.ForeignKey(
        Escalation, null=True, blank=True, on_delete=models.PROTECT, related_name="desk_entries"
    )
    passed_at = models.DateTimeField()
    passed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    in_name_of = models.CharField(max_length=150)
    # The 48 hours: met by the first response (H106).
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="+")
    warned_early_at = models.DateTimeField(null=True, blank=True)
    warned_late_at = models.DateTimeField(null=True, blank=True)
    # Senior managers have heard that the 48 hours passed without a first response.
    managers_told_at = models.DateTimeField(null=True, blank=True)
    computed = models.PositiveSmallIntegerField(default=0)
    confirmed = models.PositiveSmallIntegerField(null=True, blank=True)
    confirmed_reason = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # When it was sent on, and the step that followed from it (H109). No step when it went back
    # to the case owner, whom nobody had asked.
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.ForeignKey(
        EscalationStep, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Not the partner of the concern, who may also be one who has passed a step back.
    kept_with = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kept_at = models.DateTimeField(null=True, blank=True)
    # Whose the contact's own date was before: theirs again when it is not kept any more.
    date_was_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    responded_how = models.CharField(max_length=10, choices=Answer, blank=True)
    response = models.TextField(blank=True)
    responded_at = models.DateTimeField(null=True, blank=True)
    responded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = DeskEntryQuerySet.as_manager()

    class Meta:
        ordering = ["passed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed__isnull=True)
                | Q(confirmed=F("computed"))
                | ~Q(confirmed_reason=""),
                name="desk_entry_override_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | ~Q(outcome=""),
                name="desk_entry_resolved_with_outcome",
            ),
        ]
        indexes = [
            # The desk: what is not resolved yet.
            models.Index(
                fields=["passed_at"], condition=Q(resolved_at__isnull=True), name="desk_entry_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact}, passed on {self.passed_at:%d/%m/%Y}"

    def has_date_of(self, matter: Contact) -> bool:
        """Kept jointly, the date of its contact is with whoever is accountable (H110).

        ``matter`` is the contact as it stands now.
        """
        if self.kept_at is None or not matter.is_open:
            return False
        owner = matter.promise.owner
        return owner.role in ON_THE_DESK and owner.pk != self.kept_with_id

    @property
    def next_clock(self) -> Clock:
        """The one date that whoever is accountable keeps next: the sooner one while both are
        owed, the contact's own after the first response (H106, H110)."""
        if not self.has_date_of(self.contact):
            return self.clock
        answer = self.contact.promise
        both = self.clock.is_open and self.responded_at is None
        return min(self.clock, answer, key=lambda one: one.due_at) if both else answer

    @property
    def accountable(self) -> User:
        """Who answers for it: one person, also after the first response (H110)."""
        return self.next_clock.owner


class DeskPass(models.Model):
    """One pass to the desk: what was passed, by whom, in whose name (H107). Never changed.

    The first makes the entry; the same matter passed again is linked to it and not doubled.
    """

    entry = models.ForeignKey(DeskEntry, on_delete=models.PROTECT, related_name="passes")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="desk_passes")
    in_name_of = models.CharField(max_length=150)
    # Nobody when the sender wrote with the public form to somebody above the ladder.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        triggers = append_only("desk_pass")

    def __str__(self) -> str:
        return f"{self.contact}, passed on in the name of {self.in_name_of}"

    @property
    def who(self) -> str:
        """Who passed it on, at the beginning of a sentence."""
        return str(self.by or "The sender, with the public form,")
