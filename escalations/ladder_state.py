"""How a concern stands: the steps taken, who they were about, and holding its rows.

Rows are held in one order: the case, the matter, its escalation, a step, then a clock. A row is
held first and read afterwards (docs/decisions/0014).
"""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from cases.contact_messages import matter_of, writes_to
from cases.models import Contact
from cases.proven import is_unproven
from clocks.models import Clock, ClockEvent
from escalations.handlers import case_of
from escalations.ladder import Step, Taken, has_passed
from escalations.models import Escalation, EscalationStep

Urgency = Contact.Urgency


def open_escalation(matter: Contact) -> Escalation | None:
    """The open concern about ``matter``, held; None when there is none."""
    found = Escalation.objects.open().filter(matter=matter).first()
    return held_escalation(found) if found else None


def latest_escalation(matter: Contact) -> Escalation | None:
    """The open concern about ``matter`` or else the last that was settled, held."""
    found = Escalation.objects.filter(matter=matter).order_by("-pk").first()
    return held_escalation(found) if found else None


def steps_taken(matter: Contact, escalation: Escalation | None, *, satisfied: bool) -> list[Taken]:
    """The steps so far, the case owner's first; ``satisfied`` is about the last of them.

    An answer of the case owner that nobody wrote down is one when its sender says that it did
    not settle the matter: their word opens the next step (H97). A settled concern was answered.
    """
    rows = list(escalation.steps.select_related("clock")) if escalation else []
    said = not rows and not satisfied
    answered = matter.answered_at is not None or not matter.is_open or said
    found = [(Step.CASE_OWNER, matter.promise.due_at, answered, True)]
    settled = escalation is not None and not escalation.is_open
    found += [
        (Step(row.number), row.clock.due_at, row.answered_at is not None or settled, row.was_open)
        for row in rows
    ]
    last = len(found) - 1
    return [
        Taken(step, due_at, done, satisfied=satisfied or number != last, was_open=was_open)
        for number, (step, due_at, done, was_open) in enumerate(found)
    ]


def is_answered(matter: Contact) -> bool:
    """Whether the last who was asked has answered: the question is then whether it helped."""
    latest = Escalation.objects.filter(matter=matter).order_by("-pk").first()
    return steps_taken(matter, latest, satisfied=True)[-1].answered


def is_declined(matter: Contact) -> bool:
    """Somebody has looked, and the matter is not urgent (H64)."""
    return _urgency(matter, Urgency.DECLINED) is not None


def is_accepted(matter: Contact, escalation: Escalation | None) -> bool:
    """Somebody accepted it as urgent since the last step was taken (H64, H95)."""
    accepted_at = _urgency(matter, Urgency.ACCEPTED)
    last = escalation.steps.order_by("-number").first() if escalation else None
    return accepted_at is not None and (last is None or accepted_at >= last.taken_at)


def _urgency(matter: Contact, decided: Contact.Urgency) -> datetime | None:
    """When that was last decided about the matter or what belongs to it."""
    mine = Contact.objects.filter(pk=matter.pk) | Contact.objects.filter(original=matter)
    decisions = mine.filter(urgency=decided, struck_at=None)
    return decisions.order_by("-urgency_at").values_list("urgency_at", flat=True).first()


def involved(matter: Contact, escalation: Escalation | None) -> Sequence[User]:
    """Those whose answer, or silence, the concern is about: they handle none of its steps."""
    people = _of_the_matter(matter)
    for row in escalation.steps.select_related(*PEOPLE) if escalation else []:
        people += [row.clock.owner, row.answered_by]
    return [person for person in people if person]


def asked_before(step: EscalationStep) -> Sequence[User]:
    """Those whom the concern is about on this step: of the steps before it."""
    return asked_below(step.escalation.matter, step.escalation, step.number)


def asked_below(matter: Contact, escalation: Escalation | None, number: int) -> Sequence[User]:
    """Those whose answer, or silence, the concern about ``matter`` is about on step ``number``."""
    people = _of_the_matter(matter)
    steps = escalation.steps.filter(number__lt=number) if escalation else None
    for row in steps.select_related(*PEOPLE) if steps is not None else []:
        people.append(row.answered_by or row.clock.owner)
    return [person for person in people if person]


def answered_before(step: EscalationStep) -> set[User]:
    """Those who have answered on the steps before it."""
    earlier = step.escalation.steps.filter(number__lt=step.number).select_related("answered_by")
    people = [step.escalation.matter.answered_by, *(row.answered_by for row in earlier)]
    return {person for person in people if person}


def had_matter_then(step: EscalationStep) -> list[User]:
    """Who was to answer the matter when the step was taken: it is about their silence."""
    passed = step.escalation.matter.promise.events.filter(
        kind=ClockEvent.Kind.REASSIGNED, recorded_at__gte=step.taken_at
    )
    first = passed.select_related("owner_before").order_by("recorded_at", "pk").first()
    return [first.owner_before] if first and first.owner_before else []


def everybody_who_answered(matter: Contact, escalation: Escalation | None) -> set[User]:
    """Those who have answered on any step, the first too. One query at most."""
    rows = escalation.steps.select_related("answered_by") if escalation else []
    people = [matter.answered_by, *(row.answered_by for row in rows)]
    return {person for person in people if person}


def has_ended(said: Contact) -> bool:
    """Whether the sender said with ``said`` that it did not help when nobody was further to ask.

    Their message took no step, and no answer was owed when it came.
    """
    if said.link != Contact.Link.FURTHER or said.steps_taken.exists():
        return False
    matter = matter_of(said)
    last = EscalationStep.objects.filter(escalation__matter=matter, taken_at__lte=said.logged_at)
    step = last.select_related("clock").order_by("-escalation_id", "-number").first()
    clock = step.clock if step else matter.promise
    over = clock.stopped_at is not None and clock.stopped_at <= said.logged_at
    late = step is not None and step.number == Step.RESOLUTION
    return over or (late and has_passed(clock.due_at, said.logged_at))


PEOPLE = ("clock__owner", "answered_by")


def _of_the_matter(matter: Contact) -> list[User | None]:
    case = case_of(matter)
    return [matter.promise.owner, matter.answered_by, case.owner if case else None]


def escalation_path(escalation: Escalation) -> str:
    """The concern's page inside the portal."""
    return reverse("escalations:escalation", args=[escalation.reference])


def hears_answers(contact: Contact) -> Contact | None:
    """The message to whose sender's address goes what is said about the child; None when to none.

    Its own. What staff wrote down with an address that nothing proves is answered at the proven
    address of its matter, else somebody has to tell the sender.
    """
    if not writes_to(contact):
        return None
    if contact.logged_by_id is None or not is_unproven(contact):
        return contact
    matter = matter_of(contact)
    proven = matter != contact and not is_unproven(matter)
    return matter if proven and writes_to(matter) else None


# --- Held -----------------------------------------------------------------------------------


def held_escalation(escalation: Escalation) -> Escalation:
    """The concern as it stands now, held until the transaction ends."""
    Escalation.objects.select_for_update(of=("self",)).only("pk").get(pk=escalation.pk)
    return Escalation.objects.with_people().get(pk=escalation.pk)


def promise_of_concern(matter: Contact) -> Clock | None:
    """The promise of the step that ``matter`` was taken to last, held; None when none is owed.

    The caller holds the matter.
    """
    steps = EscalationStep.objects.filter(escalation__matter=matter, escalation__closed_at=None)
    last = steps.select_related("escalation").order_by("-number").first()
    clock = held_step(last).clock if last else None
    return clock if clock and clock.is_open else None


def held_step(step: EscalationStep) -> EscalationStep:
    """The step as it stands now; its matter and its concern are held before it."""
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=step.escalation.matter_id)
    held_escalation(step.escalation)
    EscalationStep.objects.select_for_update(of=("self",)).only("pk").get(pk=step.pk)
    joined = ("escalation__matter__clock__owner", "escalation__matter__case__merged_into")
    people = ("contact__sender_person", "contact__case", "answered_by")
    found = EscalationStep.objects.select_related("clock__owner", *joined, *people)
    return found.get(pk=step.pk)
