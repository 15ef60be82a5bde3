"""Concerns, for staff: the lists, the ladder of one, and taking one further (H94 to H102)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed, note_read
from accounts.models import CASE_READERS, TEAM_ROLES, Absence, Role, User
from accounts.paging import page_by_moment
from cases.acting import FORMS, done, show, start
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.identity import identity_of
from cases.models import Contact
from cases.timeline import entries
from clocks.calendars import LONDON, calendar_for_display
from escalations.authority import (
    is_allowed,
    may_give,
    refuse_to_answer,
    refuse_to_close,
)
from escalations.further_words import said_of
from escalations.handlers import case_of
from escalations.ladder import Step
from escalations.ladder_actions import Further, Result, take_further
from escalations.ladder_forms import FurtherForm
from escalations.ladder_page import current_step, lines_of
from escalations.models import DeskEntry, Escalation, EscalationStep, EscalationStepQuerySet
from escalations.pass_back_actions import may_be_passed_back
from escalations.rungs import steps_of

MINE, TEAM, SERVICE = "mine", "team", "service"
# Decided within hours; what is more than this waits on the list by its date.
MOST_URGENT = 50
HEADINGS = {
    MINE: "Concerns I answer",
    TEAM: "Concerns the team answers",
    SERVICE: "Concerns the service answers",
}


@require_safe
@for_roles(*MAY_ANSWER)
def concerns(request: HttpRequest) -> HttpResponse:
    """Steps whose answer is owed, soonest first; what is said to be urgent before all others."""
    user, now = signed_in(request), timezone.now()
    lists = lists_of(user)
    whose = request.GET.get("whose", "")
    whose = whose if whose in lists else lists[0]
    owed = owed_in(whose, user, now).unrestricted_for(user)
    urgent = list(owed.undecided()[:MOST_URGENT])
    page = page_by_moment(
        owed.exclude(pk__in=[step.pk for step in urgent]),
        request.GET.get("after", ""),
        moment="clock__due_at",
        tie="clock_id",
        narrowed_by={"whose": whose},
    )
    urgent = urgent if page.is_first else []
    note_listed(
        records=[record_of(step.escalation) for step in (*urgent, *page.rows)],
        by=user,
        now=now,
        detail="concerns",
    )
    return render(
        request,
        "escalations/concerns.html",
        {
            "page": page,
            "urgent": urgent,
            "heading": HEADINGS[whose],
            "others": [(other, HEADINGS[other]) for other in lists if other != whose],
            "now": now,
            "calendar": calendar_for_display(),
        },
    )


def lists_of(user: User) -> list[str]:
    """The lists open to a role, that of its home page first."""
    if user.sees_whole_service:
        return [SERVICE, MINE]
    if user.role in (Role.TEAM_LEAD, Role.BUSINESS_SUPPORT):
        return [TEAM, MINE]
    return [MINE, TEAM] if user.role in TEAM_ROLES else [MINE]


def owed_in(whose: str, user: User, now: datetime) -> EscalationStepQuerySet:
    """What one of the lists holds; one's own with that of colleagues away (``now`` aware)."""
    if whose == SERVICE:
        return EscalationStep.objects.owed()
    if whose == TEAM:
        return EscalationStep.objects.owed_by_team(user.team_id or 0)
    day = timezone.localtime(now, LONDON).date()
    return EscalationStep.objects.owed_by(*Absence.objects.looked_after(user, day))


def record_of(escalation: Escalation) -> str:
    """What the access log calls it: its case, or its matter while that has none.

    By way of the matter: a settled concern is not filed with it.
    """
    return (case_of(escalation.matter) or escalation.matter).reference


@require_safe
@for_roles(*CASE_READERS)
def escalation(request: HttpRequest, reference: str) -> HttpResponse:
    """Each step: date, ground, handler, clock, outcome, what was said (H102)."""
    user, now = signed_in(request), timezone.now()
    found = escalation_for(user, reference)
    case = case_of(found.matter)
    note_read(record=record_of(found), detail=found.reference, by=user, now=now)
    steps = steps_of(found)
    return render(
        request,
        "escalations/escalation.html",
        {
            "escalation": found,
            "identity": identity_of(case, user) if case else None,
            "lines": lines_of(found.matter, steps, now),
            # Advisers see who has it and by when, not what was said (H22).
            "sees_words": user.role != Role.CSC_ADVISER,
            **_belonging(found, user),
            **_offered(found, steps, user, now),
            "now": now,
            "calendar": calendar_for_display(),
        },
    )


def escalation_for(user: User, reference: str) -> Escalation:
    """The one way to a concern; raises Http404 for what ``user`` may not see."""
    visible = Escalation.objects.visible_to(user).with_people()
    child = ("matter__case__person", "matter__case__owner", "matter__case__merged_into__person")
    said = ("matter__answered_by", "matter__urgent_reason", "closed_by")
    joined = visible.select_related(*said, *child)
    return get_object_or_404(joined, reference=reference)


def _belonging(found: Escalation, user: User) -> dict[str, Any]:
    """The messages that belong to it, oldest first, and what the resolution desk has of it."""
    linked = found.matter.linked.select_related(
        "logged_by", "clock__owner", "answered_by", "struck_by", "original"
    )
    if user.role == Role.CSC_ADVISER:
        linked = linked.filter(internal=False)
    return {
        "linked": entries(linked.order_by("received_at", "id"), user),
        "desk": DeskEntry.objects.filter(contact=found.matter).first(),
    }


def _offered(
    found: Escalation, steps: list[EscalationStep], user: User, now: datetime
) -> dict[str, Any]:
    """What this person may do with it now."""
    step = current_step(steps)
    acts = user.role in MAY_ANSWER and found.is_open
    return {
        "step": step,
        "acts": acts,
        "may_answer": acts and step is not None and is_allowed(refuse_to_answer, step, user, now),
        "may_pass_back": acts and step is not None and may_be_passed_back(step, user, now),
        "may_give": acts
        and step is not None
        and may_give(step.clock, user, now, desk=step.number == Step.RESOLUTION),
        # What is kept jointly is the resolution team's to settle (H110).
        "may_close": acts and is_allowed(refuse_to_close, found, steps, user, now),
        "may_note": user.role in MAY_ANSWER,
        "may_take_further": user.role in MAY_LOG,
    }


# --- Taking it further ----------------------------------------------------------------------


@require_http_methods(FORMS)
@for_roles(*MAY_LOG)
def further(request: HttpRequest, reference: str) -> HttpResponse:
    """Somebody rings or writes to take a matter further: it goes where it belongs."""
    user, now, found = start(request, reference, matter=False)
    matter = found.original or found
    if not may_go_further(matter):
        raise Http404
    form = FurtherForm(request.POST or None, matter=matter, now=now)
    if request.method == "POST" and form.is_valid():
        results: list[Result] = []
        if done(form, lambda: results.append(_take(form, matter, user, now))):
            messages.success(request, said_of(results[0], form.asked_for))
            return _to(results[0])
        if form.broken_code == "submission_used":
            form.renew_submission()
    return show(
        request,
        found,
        form,
        template="escalations/act.html",
        heading="Take this further",
        intro="It goes to the right person whatever they ask for. They are told who has it and by "
        "when, and that they can complain at any time.",
    )


def may_go_further(matter: Contact) -> bool:
    """Formal matters and advice are on no ladder (H68); nor is what we said ourselves."""
    apart = matter.is_formal or matter.category == Contact.Category.ADVICE_LINE
    came_in = matter.direction == Contact.Direction.IN
    return matter.clock_id is not None and came_in and not apart and not matter.struck_at


def _take(form: FurtherForm, matter: Contact, user: User, now: datetime) -> Result:
    return take_further(
        further=Further(
            received=form.received(),
            case=matter.case,
            matter=matter,
            satisfied=form.is_satisfied,
            addressee=form.asked_for,
        ),
        submission=form.cleaned_data["submission"],
        by=user,
        now=now,
    )


def _to(result: Result) -> HttpResponse:
    if result.escalation:
        return redirect("escalations:escalation", result.escalation.reference)
    return redirect("cases:contact", (result.contact.original or result.contact).reference)
