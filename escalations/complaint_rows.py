"""A complaint's rows as they stand now, and what forbids a change of them.

Rows are held in one order: the contact, its formal matter, the complaint, then a clock.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import CASE_HOLDING_ROLES, Role, User
from cases.actions import MAY_ANSWER
from cases.models import Contact, FormalMatter
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from clocks.models import Clock
from escalations.handlers import team_of
from escalations.learning_actions import Coding, code_matter
from escalations.models import Complaint, ComplaintStage, Theme

Stage = Complaint.Stage
Number = ComplaintStage.Number

# Who may look into a complaint.
LOOKS_INTO = CASE_HOLDING_ROLES | {Role.RESOLUTION_OFFICER}


def complaint_path(complaint: Complaint) -> str:
    return reverse("escalations:complaint", args=[complaint.pk])


def held_matter(matter: FormalMatter) -> FormalMatter:
    """The formal matter and its contact as they stand now, held until the transaction ends."""
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=matter.contact_id)
    FormalMatter.objects.select_for_update(of=("self",)).only("pk").get(pk=matter.pk)
    joined = ("clock__owner", "contact__case__merged_into", "contact__sender_person")
    people = ("contact__clock__owner", "clock__team")
    return FormalMatter.objects.select_related(*joined, *people).get(pk=matter.pk)


def held_complaint(complaint: Complaint, number: int | None) -> tuple[Complaint, ComplaintStage]:
    """The complaint and one of its stages, the last when no ``number`` is given."""
    matter = held_matter(complaint.matter)
    if matter.withdrawn:
        raise RuleBroken("This was withdrawn: it was not a complaint.", "not_a_complaint")
    Complaint.objects.select_for_update(of=("self",)).only("pk").get(pk=complaint.pk)
    locked = Complaint.objects.select_related("clock__owner").get(pk=complaint.pk)
    locked.matter = matter
    stages = locked.stages.with_people().order_by("-number")
    stage = stages.filter(number=number).first() if number else stages.first()
    if stage is None:
        raise wrong_stage(locked)
    stage.complaint = locked
    return locked, stage


def move(complaint: Complaint, stage: Complaint.Stage, clock: Clock | None) -> None:
    complaint.stage, complaint.clock = stage, clock
    complaint.save(update_fields=["stage", "clock"])


def started(
    code: str, stage: ComplaintStage, owner: User, since: datetime, by: User, now: datetime
) -> Clock:
    contact = stage.complaint.matter.contact
    part = (
        "acknowledgement of stage 2" if code.endswith("acknowledged") else f"stage {stage.number}"
    )
    return clock_actions.start(
        code=code,
        owner=owner,
        team=team_of(contact),
        about=f"Complaint, {part}, {contact.reference}",
        path=complaint_path(stage.complaint),
        received_at=since,
        by=by,
        now=now,
    )


def code(
    complaint: Complaint,
    themes: Sequence[Theme],
    learnt: str,
    outcome: str,
    by: User,
    now: datetime,
) -> None:
    coding = Coding(themes=themes, learnt=learnt, outcome=outcome)
    code_matter(matter=complaint.matter, coding=coding, by=by, now=now)


def clock_of(stage: ComplaintStage) -> Clock:
    if stage.clock is None:
        raise RuleBroken("Acknowledge it first: say who looks at it.", "wrong_stage")
    return stage.clock


def day_of(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def refuse_role(by: User) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer complaints.", "may_not_answer")


def refuse_owner(stage: ComplaintStage, to: User) -> None:
    if not (to.is_active and to.role in LOOKS_INTO):
        raise RuleBroken(f"{to} cannot be given this to answer.", "may_not_own", field="to")
    refuse_themselves(stage, to, f"{to} answered stage 1: somebody else looks at stage 2.")


def refuse_themselves(stage: ComplaintStage, person: User, words: str) -> None:
    """Nobody judges their own answer."""
    if stage.number == Number.ONE:
        return
    earlier = stage.complaint.stages.filter(number=Number.ONE, answered_by=person)
    if earlier.exists():
        raise RuleBroken(words, "about_themselves", field="to")


def refuse_other_stage(complaint: Complaint, stage: Complaint.Stage) -> None:
    if complaint.stage != stage:
        raise wrong_stage(complaint)


def wrong_stage(complaint: Complaint) -> RuleBroken:
    return RuleBroken(
        f"The complaint stands here by now: {Stage(complaint.stage).label.lower()}. "
        "This does not fit.",
        "wrong_stage",
    )
