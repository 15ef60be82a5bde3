"""Complaints, how we keep in touch about them, and what is learnt (H103, H126, S31 to S33)."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case, Contact, FormalMatter
from clocks.models import OPEN_STATES, Clock
from escalations.desk_models import DeskEntry
from escalations.ladder_models import EscalationStep


class Finding(models.TextChoices):
    """What was found when a stage was answered."""

    NONE = "", "Not decided"
    UPHELD = "upheld", "Upheld"
    PARTLY = "partly", "Partly upheld"
    NOT_UPHELD = "not_upheld", "Not upheld"


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, user: User) -> "ComplaintQuerySet":
        """Those about contacts that ``user`` may open."""
        return self.filter(matter__contact__in=Contact.objects.visible_to(user))

    def owed(self) -> "ComplaintQuerySet":
        """Past their acknowledgement, with something still to come, soonest first.

        Before it they are owed as formal matters.
        """
        return (
            self.filter(clock__state__in=OPEN_STATES)
            .exclude(stage=Complaint.Stage.RECEIVED)
            .select_related("matter__contact__case__person", "clock__owner")
            .order_by("clock__due_at", "clock_id")
        )

    def owed_by(self, *owners: int) -> "ComplaintQuerySet":
        return self.owed().filter(clock__owner__in=owners)

    def owed_by_team(self, team_id: int) -> "ComplaintQuerySet":
        return self.owed().filter(clock__team=team_id)

    def unrestricted_for(self, user: User) -> "ComplaintQuerySet":
        return self.filter(matter__in=FormalMatter.objects.unrestricted_for(user))

    def with_people(self) -> "ComplaintQuerySet":
        """With all that their pages show: two queries more, whatever is there."""
        joined = ("matter__contact__case__person", "matter__contact__sender_person")
        people = ("clock__owner", "matter__clock__owner", "matter__contact__case__team__lead")
        stages = ComplaintStage.objects.with_people()
        agreements = Agreement.objects.select_related("person", "made_by")
        return self.select_related(*joined, *people).prefetch_related(
            models.Prefetch("stages", stages), models.Prefetch("agreements", agreements)
        )


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Complaint(models.Model):
    """The stages of a complaint. It is not an escalation: the ladder neither opens nor shuts it.

    ``matter`` is the formal matter, whose own clock is the acknowledgement of stage 1. The later
    parts have clocks of their own, as the Ombudsman's Complaint Handling Code counts them.
    """

    class Stage(models.TextChoices):
        RECEIVED = "received", "Received"
        ONE = "one", "Stage 1"
        ONE_ANSWERED = "one_answered", "Stage 1 answered"
        TWO_RECEIVED = "two_received", "Stage 2 asked for"
        TWO = "two", "Stage 2"
        TWO_ANSWERED = "two_answered", "Stage 2 answered"
        ENDED = "ended", "Taken back by the sender"

    matter = models.OneToOneField(FormalMatter, on_delete=models.PROTECT, related_name="complaint")
    stage = models.CharField(max_length=14, choices=Stage, default=Stage.RECEIVED)
    # The clock that runs now; None between the stages. All of them are in its stages.
    clock = models.OneToOneField(
        Clock, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    # Why it ended without an answer.
    outcome = models.TextField(blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return f"Complaint {self.matter.contact}"

    @property
    def is_open(self) -> bool:
        """Something is still owed."""
        return self.stage not in ANSWERED

    @property
    def is_over(self) -> bool:
        """Nothing more is to come from us: only the Ombudsman is left."""
        return self.stage in OVER


ANSWERED = frozenset(
    {Complaint.Stage.ONE_ANSWERED, Complaint.Stage.TWO_ANSWERED, Complaint.Stage.ENDED}
)
OVER = frozenset({Complaint.Stage.TWO_ANSWERED, Complaint.Stage.ENDED})


class ComplaintStageQuerySet(models.QuerySet["ComplaintStage"]):
    def with_people(self) -> "ComplaintStageQuerySet":
        people = ("acknowledgement__owner", "clock__owner", "acknowledged_by", "answered_by")
        return self.select_related(*people, "clock__previous")


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class ComplaintStage(models.Model):
    """Stage 1 or 2: acknowledged by one clock, answered by another that starts with that.

    ``clock`` points at the newest promise of the answer: more time makes a new one.
    """

    class Number(models.IntegerChoices):
        ONE = 1, "Stage 1"
        TWO = 2, "Stage 2"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="stages")
    number = models.PositiveSmallIntegerField(choices=Number)
    asked_at = models.DateTimeField()
    # What they still want, in stage 2.
    why = models.TextField(blank=True)
    acknowledgement = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clock = models.OneToOneField(
        Clock, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finding = models.CharField(max_length=10, choices=Finding, blank=True, default="")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ComplaintStageQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "number"], name="complaint_stage_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=2), name="complaint_stage_one_or_two"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="", finding="")
                | (
                    Q(answered_at__isnull=False, clock__isnull=False)
                    & ~Q(answer="")
                    & ~Q(finding="")
                ),
                name="complaint_stage_answered_in_full",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, clock__isnull=True)
                | Q(acknowledged_at__isnull=False, clock__isnull=False),
                name="complaint_stage_counts_from_acknowledgement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint}, stage {self.number}"


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
        indexes = [
            # Every hour: what is to be done today, and what is to be reviewed.
            models.Index(
                fields=["next_on"], condition=Q(ended_at__isnull=True), name="agreement_next"
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
    # The form's own id, for a decision entered by hand: a second click enters it once.
    submission = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=[of, "theme"], name=f"learning_{of}_theme_once")
            for of in ("matter", "step", "entry", "submission")
        ]
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
    # The form's own id: a second click makes it once.
    submission = models.UUIDField(null=True, blank=True, unique=True)

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
