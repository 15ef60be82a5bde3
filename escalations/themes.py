"""What still waits for its themes (S31)."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from cases.models import Contact, FormalMatter
from clocks.models import Clock
from escalations.complaint_models import ANSWERED
from escalations.learning_actions import CODED
from escalations.models import DeskEntry, EscalationStep, Learning

LAST_STEPS = [EscalationStep.Number.SENIOR_MANAGER, EscalationStep.Number.RESOLUTION]


def matters_to_code() -> QuerySet[FormalMatter]:
    """Complaints, mediations and tribunals that have ended without a theme, oldest first."""
    ended = Q(clock__state=Clock.State.MET) & ~Q(outcome="")
    answered = Q(complaint__stage__in=sorted(ANSWERED))
    found = FormalMatter.objects.filter(ended | answered, withdrawn=False)
    return (
        found.filter(category__in=sorted(CODED))
        .exclude(Exists(Learning.objects.filter(matter=OuterRef("pk"))))
        .select_related("contact__case__person", "clock")
        .order_by("clock__stopped_at", "pk")
    )


def steps_to_code() -> QuerySet[EscalationStep]:
    """Steps 3 and 4 that were answered, or whose concern is settled, without a theme."""
    over = Q(answered_at__isnull=False) | Q(escalation__closed_at__isnull=False)
    return (
        EscalationStep.objects.filter(over, number__in=LAST_STEPS)
        .exclude(Exists(Learning.objects.filter(step=OuterRef("pk"))))
        .select_related("escalation__case__person", "escalation__matter")
        .order_by("taken_at", "pk")
    )


def entries_to_code() -> QuerySet[DeskEntry]:
    """What the resolution team settled without a step 3 or 4, without a theme."""
    last_steps = EscalationStep.objects.filter(
        escalation=OuterRef("escalation"), number__in=LAST_STEPS
    )
    return (
        DeskEntry.objects.filter(resolved_at__isnull=False)
        .exclude(Exists(last_steps))
        .exclude(Exists(Learning.objects.filter(entry=OuterRef("pk"))))
        .select_related("contact__case__person")
        .order_by("resolved_at", "pk")
    )


def waiting() -> int:
    """How many wait in the whole service: a number, no child. Three queries."""
    return matters_to_code().count() + steps_to_code().count() + entries_to_code().count()


def seen_by(
    user: User,
) -> tuple[QuerySet[FormalMatter], QuerySet[EscalationStep], QuerySet[DeskEntry]]:
    """What of it ``user`` may open."""
    contacts = Contact.objects.visible_to(user)
    return (
        matters_to_code().filter(contact__in=contacts),
        steps_to_code().filter(escalation__matter__in=contacts),
        entries_to_code().filter(contact__in=contacts),
    )
