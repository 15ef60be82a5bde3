"""What is done with a complaint: acknowledged, answered, put off, stage 2, passed on, agreed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import User
from cases.acting import FORMS, done, show
from cases.actions import MAY_ANSWER
from cases.answer_actions import is_told_by_us
from cases.contact_messages import promised_day
from cases.matter_forms import ActForm
from clocks.calendars import LONDON
from clocks.wording import day_in_words
from escalations import complaint_actions, stage_two_actions
from escalations.agreement_actions import Terms, agree
from escalations.complaint_actions import Answered, latest_day
from escalations.complaint_forms import (
    AcknowledgeForm,
    AgreementForm,
    AnswerForm,
    EndForm,
    HandOverForm,
    MoreTimeForm,
    StageTwoForm,
)
from escalations.complaint_views import complaint_for
from escalations.models import Agreement, Complaint, ComplaintStage, Finding

NOT_ON_RECORD = (
    "The e-mail address that they gave is not on the child’s record, so the answer is not sent "
    "there. For example: by telephone today at 3pm"
)
Doing = tuple[User, datetime, Complaint, bool]


def _start(request: HttpRequest, pk: int) -> Doing:
    """Who, when, which, and whether staff have to tell the sender themselves."""
    user = signed_in(request)
    found = complaint_for(user, pk)
    return user, timezone.now(), found, is_told_by_us(found.matter.contact)


def _did(request: HttpRequest, form: ActForm, do: Callable[[], Any]) -> bool:
    return request.method == "POST" and form.is_valid() and done(form, do)


def _to(request: HttpRequest, found: Complaint, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("escalations:complaint", found.pk)


def _show(
    request: HttpRequest, found: Complaint, form: ActForm, *, heading: str, intro: str
) -> HttpResponse:
    return show(
        request,
        found.matter.contact,
        form,
        template="escalations/complaint_act.html",
        complaint=found,
        heading=heading,
        intro=f"{_due(found)}{intro}",
    )


def _due(found: Complaint) -> str:
    """The date of the complaint itself, beside that of the message."""
    return f"The complaint is due by {promised_day(found.clock)}. " if found.clock else ""


def _last(found: Complaint) -> ComplaintStage:
    return found.stages.all()[::-1][0]


def _besides(found: Complaint) -> User | None:
    """Who may not have stage 2: whoever answered stage 1."""
    stages = found.stages.all()
    return stages[0].answered_by if len(stages) > 1 else None


def _data(form: ActForm) -> dict[str, Any]:
    return {"told_how": "", **form.cleaned_data}


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who looks at it: the answer's days are counted from then."""
    user, now, found, must_tell = _start(request, pk)
    last = _last(found)
    form = AcknowledgeForm(
        request.POST or None, number=last.number, besides=_besides(found), must_tell=must_tell
    )
    if _did(
        request,
        form,
        lambda: complaint_actions.acknowledge(complaint=found, **_data(form), by=user, now=now),
    ):
        return _to(request, found, f"Acknowledged. {form.cleaned_data['to']} looks at it.")
    intro = "The sender is told who looks at it and by when they have the answer. The days are "
    return _show(
        request,
        found,
        form,
        heading=f"Acknowledge stage {last.number}",
        intro=intro + "counted from now on.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the answer of a stage, with what was found and its themes."""
    user, now, found, _ = _start(request, pk)
    last, contact = _last(found), found.matter.contact
    known = list(found.matter.learnings.all())
    initial = {
        "themes": [row.theme_id for row in known],
        "learnt": known[0].learnt if known else "",
    }
    form = AnswerForm(
        request.POST or None,
        number=last.number,
        must_tell=complaint_actions.has_to_be_told(contact),
        initial=initial,
    )
    if contact.sender_email and "told_how" in form.fields:
        form.fields["told_how"].help_text = NOT_ON_RECORD

    def do() -> Any:
        data = _data(form)
        answered = Answered(
            finding=Finding(data["finding"]),
            text=data["text"],
            themes=list(data["themes"]),
            learnt=data["learnt"],
        )
        return complaint_actions.answer_stage(
            complaint=found,
            number=data["number"],
            answered=answered,
            told_how=data["told_how"],
            by=user,
            now=now,
        )

    if _did(request, form, do):
        return _to(request, found, f"Stage {last.number} is answered.")
    follows = (
        "Below your words we tell them about the Ombudsman."
        if last.number == ComplaintStage.Number.TWO
        else "Below your words we tell them how to ask for stage 2."
    )
    return _show(request, found, form, heading=f"Answer stage {last.number}", intro=follows)


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def more_time(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the answer off, within what the Code lets."""
    user, now, found, must_tell = _start(request, pk)
    form = MoreTimeForm(request.POST or None, complaint=found, must_tell=must_tell)
    if _did(
        request,
        form,
        lambda: complaint_actions.put_off(complaint=found, **_data(form), by=user, now=now),
    ):
        return _to(request, found, "The new date is promised.")
    if form.broken_code == "promised_meanwhile":
        form.take_new_clock(complaint_for(user, pk).clock_id)
    return _show(
        request, found, form, heading="We need more time", intro=_until_when(_last(found), now)
    )


def _until_when(stage: ComplaintStage, now: datetime) -> str:
    try:
        last = day_in_words(latest_day(stage, now))
    except RuleBroken:
        return "Choose a working day. The sender is told why."
    return f"Choose a working day, {last} at the latest. The sender is told why."


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def stage_two(request: HttpRequest, pk: int) -> HttpResponse:
    """The sender asks for stage 2."""
    user, now, found, must_tell = _start(request, pk)
    initial = {"asked_on": timezone.localtime(now, LONDON).date()}
    form = StageTwoForm(request.POST or None, must_tell=must_tell, initial=initial)
    if _did(
        request,
        form,
        lambda: stage_two_actions.ask_for_stage_two(
            complaint=found, **_data(form), by=user, now=now
        ),
    ):
        return _to(request, found, "Stage 2 has begun. It is to be acknowledged first.")
    return _show(
        request,
        found,
        form,
        heading="They ask for stage 2",
        intro="Somebody who did not answer stage 1 looks at it again. The sender is told by when "
        "they hear who that is.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody else has it from now on."""
    user, now, found, must_tell = _start(request, pk)
    form = HandOverForm(
        request.POST or None,
        owner=found.clock.owner if found.clock else None,
        besides=_besides(found),
        must_tell=must_tell and _last(found).clock is not None,
    )
    if _did(
        request,
        form,
        lambda: stage_two_actions.hand_over(complaint=found, **_data(form), by=user, now=now),
    ):
        return _to(request, found, f"{form.cleaned_data['to']} has it now.")
    if form.broken_code == "passed_meanwhile":
        clock = complaint_for(user, pk).clock
        form.take_new_owner(clock.owner if clock else None)
    return _show(
        request, found, form, heading="Pass the complaint on", intro="The date stays the same."
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The sender takes the complaint back."""
    user, now, found, must_tell = _start(request, pk)
    form = EndForm(request.POST or None, must_tell=must_tell)

    def do() -> Any:
        data = _data(form)
        themes = list(data.pop("themes"))
        return stage_two_actions.end_complaint(
            complaint=found, themes=themes, **data, by=user, now=now
        )

    if _did(request, form, do):
        return _to(request, found, "The complaint has ended.")
    return _show(
        request,
        found,
        form,
        heading="They take it back",
        intro="What is open ends, and the sender is told that they can come back. For something "
        "that was never a complaint, go back and choose “It was never a complaint” instead.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """How we keep in touch: a change is a new agreement (H126)."""
    user, now, found, _ = _start(request, pk)
    current = _in_force(found)
    initial = {"agreed_on": timezone.localtime(now, LONDON).date()}
    form = AgreementForm(request.POST or None, current=current, initial=initial)

    def do() -> Any:
        data = dict(form.cleaned_data)
        instead_of = data.pop("instead_of")
        data["channel"] = Agreement.Channel(data["channel"])
        data["often"] = Agreement.Often(data["often"])
        terms = Terms(**data)
        return agree(complaint=found, terms=terms, instead_of=instead_of, by=user, now=now)

    if _did(request, form, do):
        return _to(request, found, "The agreement is kept, and the family is told.")
    if form.broken_code == "agreed_meanwhile":
        form.take_new_agreement(_in_force(complaint_for(user, pk)))
    heading = "Agree something else" if current else "Agree how we keep in touch"
    return _show(
        request,
        found,
        form,
        heading=heading,
        intro="Write down what you and the family have agreed. What was agreed before ends with it."
        if current
        else "Ask the family what suits them, and write down what you agree.",
    )


def _in_force(found: Complaint) -> Agreement | None:
    return next((one for one in found.agreements.all() if one.ended_at is None), None)
