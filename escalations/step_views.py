"""What is done with a concern: answered, a new date, a note, passed back, closed (H5, H102)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import User
from cases.access import contact_for
from cases.acting import FORMS, done, show
from cases.actions import MAY_ANSWER
from cases.answer_actions import add_note, is_told_by_us
from cases.contact_messages import promised_day, writes_to
from cases.matter_forms import ActForm, NoteForm
from cases.models import Contact
from escalations.authority import NOT_THEIRS, refuse_to_answer, refuse_to_close
from escalations.desk_views import last_said
from escalations.giving_actions import colleagues_of_step, give_step, refuse_to_give
from escalations.giving_forms import GiveForm
from escalations.ladder_forms import AnswerStepForm, CloseForm, NewDateForm, PassBackForm
from escalations.ladder_page import current_step
from escalations.ladder_state import hears_answers
from escalations.ladder_views import escalation_for
from escalations.models import Escalation, EscalationStep
from escalations.pass_back_actions import case_owner_of, pass_back, refuse_to_pass_back
from escalations.response_actions import answer_and_respond
from escalations.rungs import steps_of
from escalations.sender_messages import hears_closing
from escalations.staff_messages import unproven_line
from escalations.step_actions import close, promise_step

# Somebody else was quicker: what was typed can be kept as a note.
QUICKER = frozenset(
    {
        "already_answered",
        "already_closed",
        "step_answered",
        "closed",
        "about_themselves",
        "may_not_answer",
    }
)


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer the step; the sender reads it and is asked whether it helps."""
    user, now, found, step = _start(request, reference)
    if step is None:
        return _back_to(found)
    if turned_away := _turned_away(request, found, lambda: refuse_to_answer(step, user, now)):
        return turned_away
    hears = hears_answers(step.contact)
    form = AnswerStepForm(request.POST or None, step=step.pk, mailed=hears is not None)

    def do() -> None:
        answer_and_respond(step=step, text=form.cleaned_data["text"], by=user, now=now)

    return _act(
        request,
        found,
        step,
        form,
        do,
        said=f"Your answer to {found.reference} is kept.",
        heading="Answer this step",
        intro=f"{_whither(step.contact, hears)}They are asked whether it helps. If it does not, "
        "the next step is open to them. The concern stays open until it is settled.",
        last=last_said(found.matter, user),
    )


def _whither(contact: Contact, hears: Contact | None) -> str:
    """Where the answer goes when it is not the address that they gave last."""
    if hears is None:
        return f"{unproven_line(contact)} " if writes_to(contact) else ""
    if hears == contact:
        return ""
    return (
        f"Your answer goes to {hears.sender_email}, from where they wrote before: the address that "
        "they gave now is not on the record. "
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def new_date(request: HttpRequest, reference: str) -> HttpResponse:
    """More time for the step, and the sender is told why."""
    user, now, found, step = _start(request, reference)
    if step is None:
        return _back_to(found)
    if turned_away := _turned_away(request, found, lambda: refuse_to_answer(step, user, now)):
        return turned_away
    must_tell = is_told_by_us(step.contact)
    form = NewDateForm(request.POST or None, step=step.pk, clock=step.clock, must_tell=must_tell)

    def do() -> None:
        given = {name: value for name, value in form.cleaned_data.items() if name != "step"}
        promise_step(step=step, **given, by=user, now=now)

    return _act(
        request,
        found,
        step,
        form,
        do,
        said=f"The new date for {found.reference} is promised.",
        heading="Promise a new date",
        intro="The sender is told the new date and why.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def back(request: HttpRequest, reference: str) -> HttpResponse:
    """The case owner answers; whoever had it looks on (H5)."""
    user, now, found, step = _start(request, reference)
    if step is None:
        return _back_to(found)
    if turned_away := _turned_away(request, found, lambda: refuse_to_pass_back(step, user, now)):
        return turned_away
    must_tell = is_told_by_us(step.contact)
    form = PassBackForm(request.POST or None, step=step.pk, must_tell=must_tell)
    owner = case_owner_of(step)

    def do() -> None:
        data = form.cleaned_data
        told_how = data.get("told_how", "")
        pass_back(step=step, reason=data["reason"], told_how=told_how, by=user, now=now)

    return _act(
        request,
        found,
        step,
        form,
        do,
        said=f"{owner} answers {found.reference} now.",
        heading="Pass it back to the case owner",
        intro=f"{owner or 'The case owner'} answers, and the date stays the same. You look on and "
        "support. The sender is told.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def give(request: HttpRequest, reference: str) -> HttpResponse:
    """A colleague of the same standing handles it; the date stays."""
    user, now, found, step = _start(request, reference)
    if step is None:
        return _back_to(found)
    if turned_away := _turned_away(request, found, lambda: refuse_to_give(step, user, now)):
        return turned_away
    form = GiveForm(
        request.POST or None,
        colleagues=colleagues_of_step(step),
        owner=step.clock.owner,
        must_tell=is_told_by_us(step.contact),
        step=step.pk,
    )

    def do() -> None:
        give_step(step=step, **form.given(), by=user, now=now)

    return _act(
        request,
        found,
        step,
        form,
        do,
        said=f"{found.reference} is with a colleague now. They have been told.",
        heading="Give it to a colleague",
        intro="The date stays the same. The sender is told who has it.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Add a note to the matter, among ourselves."""
    user, now, found = _of_concern(request, reference)
    form = NoteForm(
        request.POST or None, label="Note", missing="Write the note", button="Add the note"
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(form, lambda: add_note(contact=found.matter, **data, by=user, now=now)):
            messages.success(request, "Your note is on the record.")
            return _back_to(found)
        if form.broken_code == "submission_used":
            form.renew_submission()
    return _show(
        request,
        found,
        form,
        heading="Add a note",
        intro="Notes are among ourselves: families and schools never see them here. They may ask "
        "to see them under data protection law.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def settle(request: HttpRequest, reference: str) -> HttpResponse:
    """It is settled: the concern is closed with its outcome, and the sender is told."""
    user, now, found = _of_concern(request, reference)
    if request.method != "POST" and not found.is_open:
        return _back_to(found)
    steps = steps_of(found)
    if turned_away := _turned_away(
        request, found, lambda: refuse_to_close(found, steps, user, now)
    ):
        return turned_away
    step = current_step(steps)
    mailed = hears_closing(found) is not None
    form = CloseForm(request.POST or None, owed=step is not None, mailed=mailed)
    if request.method == "POST" and form.is_valid():
        outcome, agreed = form.cleaned_data["text"], form.cleaned_data["agreed"]
        if done(
            form, lambda: close(escalation=found, outcome=outcome, agreed=agreed, by=user, now=now)
        ):
            messages.success(request, f"{found.reference} is settled.")
            return _back_to(found)
    return _show(
        request,
        found,
        form,
        heading="Close the concern",
        intro=f"{_still_owed(step)}The sender is told that it is settled, and can say that it is "
        "not. What is owed by the date of their first message ends with it.",
    )


def _still_owed(step: EscalationStep | None) -> str:
    """A warning: nobody has answered yet."""
    if step is None:
        return ""
    return (
        f"Nobody has answered step {step.number} yet: {step.clock.owner} owes an answer by "
        f"{promised_day(step.clock)}. If you close it now, that answer is not given. "
    )


# --- What they share ------------------------------------------------------------------------


def _of_concern(request: HttpRequest, reference: str) -> tuple[User, datetime, Escalation]:
    user = signed_in(request)
    return user, timezone.now(), escalation_for(user, reference)


def _start(
    request: HttpRequest, reference: str
) -> tuple[User, datetime, Escalation, EscalationStep | None]:
    """Who, when, which concern, and the step: the one the page showed, else the open one."""
    user, now, found = _of_concern(request, reference)
    steps = steps_of(found)
    if request.method != "POST":
        return user, now, found, current_step(steps)
    shown = request.POST.get("step", "")
    for step in steps:
        if str(step.pk) == shown:
            return user, now, found, step
    raise Http404


def _turned_away(
    request: HttpRequest, found: Escalation, refuse: Callable[[], Any]
) -> HttpResponse | None:
    """No form is opened that would be refused once it is filled in: what would be refused says
    why, and what is not theirs does not exist. What was typed already goes to the action, which
    refuses it and keeps the words on the page."""
    if request.method == "POST":
        return None
    try:
        refuse()
    except RuleBroken as broken:
        if broken.code in NOT_THEIRS:
            raise Http404 from broken
        messages.warning(request, broken.message)
        return _back_to(found)
    return None


def _act(
    request: HttpRequest,
    found: Escalation,
    step: EscalationStep,
    form: ActForm,
    do: Callable[[], Any],
    *,
    said: str,
    heading: str,
    intro: str,
    **context: Any,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        if done(form, do):
            messages.success(request, said)
            return _back_to(found)
        if form.broken_code == "promised_meanwhile" and isinstance(form, NewDateForm):
            form.take_new_clock(EscalationStep.objects.get(pk=step.pk).clock)
        if form.broken_code == "passed_meanwhile" and isinstance(form, GiveForm):
            form.take_new_owner(EscalationStep.objects.get(pk=step.pk).clock.owner)
    return _show(request, found, form, step=step, heading=heading, intro=intro, **context)


def _show(
    request: HttpRequest,
    found: Escalation,
    form: ActForm,
    *,
    step: EscalationStep | None = None,
    **context: Any,
) -> HttpResponse:
    about = step.contact if step else found.matter
    contact = contact_for(signed_in(request), about.reference)
    return show(
        request,
        contact,
        form,
        template="escalations/act.html",
        back=reverse("escalations:escalation", args=[found.reference]),
        back_text="Back to the concern",
        caption=found.reference,
        step=step,
        quicker=form.broken_code in QUICKER,
        **context,
    )


def _back_to(found: Escalation) -> HttpResponse:
    return redirect("escalations:escalation", found.reference)
