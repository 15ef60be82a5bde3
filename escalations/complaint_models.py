"""Complaints, how we keep in touch about them, and what is learnt (H103, H126, S31 to S33)."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models import Case, FormalMatter
from clocks.models import Clock
from escalations.ladder_models import DeskEntry, EscalationStep


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Complaint(models.Model):
    """The stages of a complaint. It is not an escalation: the ladder neither opens nor shuts it.

    ``matter`` is the formal matter, whose own clock is the acknowledgement. The later stages
    have clocks of their own, as the Ombudsman's Complaint Handling Code counts them.
    """

    class Stage(models.TextChoices):
        RECEIVED = "received", "Received"
        ONE = "one", "Stage 1"
        ONE_ANSWERED = "one_answered", "Stage 1 answered"
        TWO_RECEIVED = "two_received", "Stage 2 asked for"
        TWO = "two", "Stage 2"
        TWO_ANSWERED = "two_answered", "Stage 2 answered"

    class Finding(models.TextChoices):
        NONE = "", "Not decided"
        UPHELD = "upheld", "Upheld"
        PARTLY = "partly", "Partly upheld"
        NOT_UPHELD = "not_upheld", "Not upheld"

    matter = models.OneToOneField(FormalMatter, on_delete=models.PROTECT, related_name="complaint")
    stage = models.CharField(max_length=14, choices=Stage, default=Stage.RECEIVED)
    # The clock that runs now; None between the stages. Those before are in its events.
    clock = models.OneToOneField(
        Clock, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    finding_one = models.CharField(max_length=10, choices=Finding, blank=True, default="")
    finding_two = models.CharField(max_length=10, choices=Finding, blank=True, default="")
    outcome = models.TextField(blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return f"Complaint {self.matter.contact}"


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Agreement(models.Model):
    """How a family and we keep in touch while a complaint goes on (H126).

    A change is a new agreement: the one before ends.
    """

    class Channel(models.TextChoices):
        TELEPHONE = "telephone", "Telephone"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        MEETING = "meeting", "Meeting"

    class Often(models.TextChoices):
        WEEKLY = "weekly", "Every week"
        FORTNIGHTLY = "fortnightly", "Every two weeks"
        MONTHLY = "monthly", "Every month"
        WHEN_NEWS = "when_news", "When there is news"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="agreements")
    channel = models.CharField(max_length=10, choices=Channel)
    often = models.CharField(max_length=12, choices=Often)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # With whom it was agreed, and how they agreed.
    agreed_with = models.CharField(max_length=200)
    agreed_on = models.DateField()
    review_on = models.DateField()
    next_on = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"],
                condition=Q(ended_at__isnull=True),
                name="agreement_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(review_on__gt=models.F("agreed_on")), name="agreement_review_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.get_often_display().lower()}"


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Theme(models.Model):
    """What a complaint was about, in the council's words (S31)."""

    words = models.CharField(max_length=120, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.words


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Learning(models.Model):
    """One theme of one complaint, mediation, tribunal, Ombudsman decision or late step (S31).

    What it came from is one of ``matter``, ``step`` and ``entry``; an Ombudsman's decision may
    stand alone.
    """

    class Source(models.TextChoices):
        COMPLAINT = "complaint", "Complaint"
        MEDIATION = "mediation", "Mediation"
        TRIBUNAL = "tribunal", "Tribunal"
        OMBUDSMAN = "ombudsman", "Ombudsman"
        STEP = "step", "Concern taken further"

    source = models.CharField(max_length=10, choices=Source)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="learnings")
    matter = models.ForeignKey(
        FormalMatter, null=True, blank=True, on_delete=models.PROTECT, related_name="learnings"
    )
    step = models.ForeignKey(
        EscalationStep, null=True, blank=True, on_delete=models.PROTECT, related_name="learnings"
    )
    entry = models.ForeignKey(
        DeskEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="learnings"
    )
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="learnings"
    )
    on = models.DateField()
    outcome = models.CharField(max_length=200, blank=True)
    learnt = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["on"], name="learning_by_day")]  # the monthly report

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.theme}"


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class ThemeAction(models.Model):
    """Something to do that came out of a month's report, with owner and date (S32)."""

    month = models.DateField()  # its first day
    words = models.CharField(max_length=300)
    theme = models.ForeignKey(
        Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="actions"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="theme_actions"
    )
    due_on = models.DateField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    done_on = models.DateField(null=True, blank=True)
    done_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.words


class ThemesDiscussed(models.Model):
    """A team has talked about a month's themes (S33)."""

    month = models.DateField()
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    ideas = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "team"], name="themes_discussed_once")
        ]
