"""Everything that can be done with one contact: a short form each, one way to show them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import User
from cases import answer_actions, matter_actions
from cases.access import contact_for
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.identity import identity_of
from cases.matter_forms import (
    ActForm,
    AnswerForm,
    ConfirmForm,
    FileForm,
    FormalForm,
    HoldForm,
    JoinForm,
    NoteForm,
    PassOnForm,
    ReplyForm,
    TextForm,
    UrgencyForm,
)
from cases.models import CHASING, Case, Contact, FormalMatter, RelatedPerson
from cases.timing import better_later
from clocks.calendars import LONDON, calendar_for_display

FORMS = ["GET", "HEAD", "POST"]
Do = Callable[[], Any]


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down the answer, which keeps the promise."""
    user, now, found = _start(request, reference)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def do() -> None:
            answer_actions.answer_contact(
                contact=found,
                answer=Contact.Answer(data["answer"]),
                note=data["note"],
                by=user,
                now=now,
            )

        if _done(form, do):
            messages.success(request, f"{found.reference} is answered.")
            return redirect("reports:home")
    if request.method == "GET" and found.answered_at:
        return redirect("cases:contact", found.reference)
    typed = request.POST.get("note", "") if request.method == "POST" else ""
    return _show(request, found, form, template="cases/answer.html", typed=typed)


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer by e-mail from here, now or when the service next opens."""
    user, now, found = _start(request, reference)
    if not found.sender_email or found.original_id or found.answered_at:
        return redirect("cases:contact", found.reference)
    later = better_later(now, calendar_for_display())
    form = ReplyForm(request.POST or None, people=_others(found, now), later=later)
    many = False
    if request.method == "POST" and form.is_valid():
        many = form.is_for_many() and "everybody" not in request.POST
        if many:
            form.ask_whether_for_all()
        elif _done(form, lambda: _send(request, form, found, user, now)):
            messages.success(request, f"Your reply is kept, and {found.reference} is answered.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        template="cases/reply.html",
        later=later,
        many=many,
        typed=request.POST.get("text", ""),
    )


def _send(
    request: HttpRequest, form: ReplyForm, found: Contact, user: User, now: datetime
) -> Contact:
    return answer_actions.reply_by_email(
        contact=found,
        text=form.cleaned_data["text"],
        also_to=form.also(),
        at_next_opening="later" in request.POST,
        submission=form.cleaned_data["submission"],
        by=user,
        now=now,
    )


def _others(found: Contact, now: datetime) -> list[RelatedPerson]:
    """Other people around the child who may be written to by e-mail."""
    if found.case is None:
        return []
    today = now.astimezone(LONDON).date()
    sender = found.sender_email.casefold()
    people = RelatedPerson.objects.addressees(found.case, today)
    return [person for person in people if person.email and person.email.casefold() != sender]


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Promise a new date, and tell the sender."""
    user, now, found = _start(request, reference)
    form = HoldForm(request.POST or None, has_address=bool(found.sender_email))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if _done(
            form,
            lambda: answer_actions.promise_contact(contact=found, **data, by=user, now=now),
        ):
            messages.success(request, f"The new date for {found.reference} is promised.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="Promise a new date",
        intro="The sender is told the new date and why. The contact stays open until it is "
        "answered.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def pass_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand it to somebody else; the date stays, and the sender is told."""
    user, now, found = _start(request, reference)
    form = PassOnForm(
        request.POST or None, owner=found.promise.owner, has_address=bool(found.sender_email)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if _done(
            form,
            lambda: matter_actions.pass_on(contact=found, **data, by=user, now=now),
        ):
            messages.success(request, f"{data['to']} now answers {found.reference}.")
            return redirect("reports:home")
    return _show(
        request,
        found,
        form,
        heading="Pass it on",
        intro="The date stays the same. The sender, the person who had it and the person who has "
        "it now are all told.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def urgency(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept it as urgent for a reason from the list, or decline it kindly."""
    user, now, found = _start(request, reference, matter=False)
    form = UrgencyForm(request.POST or None, initial={"why": found.urgent_reason_id})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if _done(
            form,
            lambda: matter_actions.decide_urgency(
                contact=found,
                accepted=data["decision"] == "yes",
                reason=data["why"] if data["decision"] == "yes" else None,
                note=data["note"],
                by=user,
                now=now,
            ),
        ):
            messages.success(request, f"Your decision on {found.reference} is kept.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="Is it urgent?",
        intro="Only a reason from the list makes a message urgent. The sender is told what you "
        "decide, and why.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def formal(request: HttpRequest, reference: str) -> HttpResponse:
    """It is a formal matter: start its own clock from the day it came."""
    user, now, found = _start(request, reference, matter=False)
    form = FormalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        category = Contact.Category(form.cleaned_data["category"])
        if _done(
            form,
            lambda: matter_actions.recognise_formal(
                contact=found, category=category, by=user, now=now
            ),
        ):
            messages.success(request, f"{found.reference}: {category.label}. Its clock runs.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="It is a formal matter",
        intro="Its own clock counts from the day the message came. The promise to answer the "
        "message stays as it is.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def end_formal(request: HttpRequest, reference: str) -> HttpResponse:
    """How a formal matter ended, which keeps its own date."""
    user, now, found = _start(request, reference, matter=False)
    matter = get_object_or_404(FormalMatter.objects.select_related("clock"), contact=found)
    form = TextForm(
        request.POST or None,
        label="How did it end?",
        missing="Write down how it ended",
        button="Save",
    )
    if request.method == "POST" and form.is_valid():
        outcome = form.cleaned_data["text"]
        if _done(
            form,
            lambda: matter_actions.close_formal_matter(
                matter=matter, outcome=outcome, by=user, now=now
            ),
        ):
            messages.success(request, "The formal matter has ended.")
            return redirect("cases:contact", found.reference)
    return _show(
        request, found, form, heading=f"{matter.get_category_display()}: how it ended", intro=""
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def file(request: HttpRequest, reference: str) -> HttpResponse:
    """File it with its child: out of the tray, or from a wrong case."""
    user, now, found = _start(request, reference, matter=False)
    form = FileForm(request.POST or None, wrongly=found.case_id is not None)
    if request.method == "POST" and form.is_valid():
        case = _case_named(form, user)
        reason = form.cleaned_data.get("reason", "")
        if case and _done(
            form,
            lambda: matter_actions.file_contact(
                contact=found, case=case, reason=reason, by=user, now=now
            ),
        ):
            messages.success(request, f"{found.reference} is filed with {case}.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="File it with its child",
        intro="Whoever answers for the case answers from now on. The date stays the same.",
    )


def _case_named(form: FileForm, user: User) -> Case | None:
    typed = form.cleaned_data["case"].strip().upper()
    case = Case.objects.visible_to(user).with_people().filter(reference=typed).first()
    if case is None:
        form.add_error("case", "There is no case with this reference that you may see")
    return case


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def join(request: HttpRequest, reference: str) -> HttpResponse:
    """It is about something open already: put them together."""
    user, now, found = _start(request, reference)
    matters = []
    if found.case:
        matters = list(Contact.objects.open_matters(found.case).exclude(pk=found.pk)[:20])
    form = JoinForm(request.POST or None, matters=matters)
    if request.method == "POST" and form.is_valid():
        matter = form.matters[form.cleaned_data["matter"]]
        if _done(
            form,
            lambda: matter_actions.join_to(contact=found, matter=matter, by=user, now=now),
        ):
            messages.success(request, f"{found.reference} is with {matter.reference} now.")
            return redirect("cases:contact", matter.reference)
    return _show(
        request,
        found,
        form,
        heading="It is about something open already",
        intro="The first message keeps its date, and the sender is told."
        if matters
        else "Nothing else is open about this child.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def split(request: HttpRequest, reference: str) -> HttpResponse:
    """A chaser says something new: make it a matter of its own."""
    user, now, found = _start(request, reference, matter=False)
    if found.link not in CHASING:
        return redirect("cases:contact", found.reference)
    form = ConfirmForm(request.POST or None, button="Make it a matter of its own")
    if request.method == "POST" and _done(
        form, lambda: matter_actions.split_out(contact=found, by=user, now=now)
    ):
        messages.success(request, f"{found.reference} is a matter of its own.")
        return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="It says something new",
        intro="It gets a date of its own, counted from the day it came, and the sender is told.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Nothing is to be answered, such as to a word of thanks."""
    user, now, found = _start(request, reference)
    form = TextForm(
        request.POST or None,
        label="Why is no answer needed?",
        missing="Say why no answer is needed",
        button="Close without an answer",
    )
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["text"]
        if _done(
            form,
            lambda: matter_actions.close_without_answer(
                contact=found, reason=reason, by=user, now=now
            ),
        ):
            messages.success(request, f"{found.reference} is closed without an answer.")
            return redirect("reports:home")
    return _show(
        request,
        found,
        form,
        heading="No answer is needed",
        intro="For a word of thanks, or news that asks for nothing. The record says why.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_LOG)
def strike(request: HttpRequest, reference: str) -> HttpResponse:
    """Strike a mistake through; it stays readable."""
    user, now, found = _start(request, reference, matter=False)
    if user.role not in MAY_ANSWER and found.logged_by != user:
        raise Http404
    form = TextForm(
        request.POST or None,
        label="What was wrong with it?",
        missing="Say what was wrong with it",
        button="Strike it through",
    )
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["text"]
        if _done(
            form,
            lambda: matter_actions.strike_through(contact=found, reason=reason, by=user, now=now),
        ):
            messages.success(request, f"{found.reference} is struck through.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="Strike through a mistake",
        intro="Nothing is deleted: it stays on the record, struck through, with your name and "
        "reason. Its promise ends.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Add a note to the record of a contact, answered or not."""
    user, now, found = _start(request, reference, matter=False)
    form = NoteForm(
        request.POST or None,
        label="Note",
        missing="Write the note",
        button="Add the note",
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if _done(
            form,
            lambda: answer_actions.add_note(contact=found, **data, by=user, now=now),
        ):
            messages.success(request, "Your note is on the record.")
            return redirect("cases:contact", found.reference)
    return _show(
        request,
        found,
        form,
        heading="Add a note",
        intro="Notes are among ourselves: families and schools never see them here. They may ask "
        "to see them under data protection law.",
    )


# --- What they share ------------------------------------------------------------------------


def _start(
    request: HttpRequest, reference: str, *, matter: bool = True
) -> tuple[User, datetime, Contact]:
    """Who, when and which; with ``matter`` only a contact that has a promise of its own."""
    user = signed_in(request)
    found = contact_for(user, reference)
    if matter and found.clock is None:
        raise Http404
    return user, timezone.now(), found


def _done(form: ActForm, do: Do) -> bool:
    """Do it; a broken rule goes into the form's error summary, and what was typed stays."""
    try:
        do()
    except RuleBroken as broken:
        form.broken_code = broken.code
        form.show(broken)
        return False
    return True


def _show(
    request: HttpRequest,
    found: Contact,
    form: ActForm,
    *,
    template: str = "cases/act.html",
    **context: Any,
) -> HttpResponse:
    user = signed_in(request)
    record = found.case.reference if found.case else found.reference
    note_read(record=record, detail=found.reference, by=user, now=timezone.now())
    return render(
        request,
        template,
        {
            "contact": found,
            "form": form,
            "identity": identity_of(found.case, user) if found.case else None,
            "now": timezone.now(),
            "calendar": calendar_for_display(),
            # For adding as a note what somebody else was quicker to answer.
            "spare_submission": uuid4(),
            **context,
        },
    )
