"""Answering a contact: written down, by e-mail from here, or with a new date."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.models import User
from cases import answer_actions
from cases.access import contact_for
from cases.acting import FORMS, done, show, start
from cases.actions import MAY_ANSWER
from cases.answer_actions import is_told_by_us
from cases.matter_forms import AnswerForm, HoldForm, NoteForm, ReplyForm
from cases.models import Contact, RelatedPerson
from cases.proven import is_from_unknown
from cases.timing import Later, better_later
from clocks.calendars import LONDON, calendar_for_display
from clocks.wording import moment_in_words


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down the answer, which keeps the promise."""
    user, now, found = start(request, reference)
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

        if done(form, do):
            messages.success(request, f"{found.reference} is answered.")
            return redirect("reports:home")
    if request.method == "GET" and found.answered_at:
        return redirect("cases:contact", found.reference)
    return show(request, found, form, template="cases/answer.html")


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer by e-mail from here, now or when the service next opens."""
    user, now, found = start(request, reference)
    if request.method != "POST" and not (found.sender_email and found.is_open):
        return redirect("cases:contact", found.reference)
    later = better_later(now, calendar_for_display())
    form = ReplyForm(request.POST or None, people=_others(found, now), later=later)
    many = False
    if request.method == "POST" and form.is_valid():
        many = form.is_for_many() and not form.cleaned_data["asked"]
        if many:
            form.ask_whether_for_all()
        elif done(form, lambda: _send(request, form, found, user, now)):
            messages.success(request, _said(request, found, later))
            return redirect("cases:contact", found.reference)
    return show(
        request,
        found,
        form,
        template="cases/reply.html",
        later=later,
        many=many,
        stranger=found.case is not None and is_from_unknown(found),
    )


def _said(request: HttpRequest, found: Contact, later: Later | None) -> str:
    """That it is answered, or when the answer leaves."""
    if later and "later" in request.POST:
        leaves = moment_in_words(later.opens)
        return f"Your answer to {found.reference} is kept. It leaves on {leaves}."
    return f"Your reply is kept, and {found.reference} is answered."


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
    user, now, found = start(request, reference)
    form = HoldForm(request.POST or None, clock=found.promise, must_tell=is_told_by_us(found))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form,
            lambda: answer_actions.promise_contact(contact=found, **data, by=user, now=now),
        ):
            messages.success(request, f"The new date for {found.reference} is promised.")
            return redirect("cases:contact", found.reference)
        if form.broken_code == "promised_meanwhile":
            form.take_new_clock(contact_for(user, found.reference).promise)
    return show(
        request,
        found,
        form,
        heading="Promise a new date",
        intro="The sender is told the new date and why. The contact stays open until it is "
        "answered.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Add a note to the record of a contact, answered or not."""
    user, now, found = start(request, reference, matter=False)
    form = NoteForm(
        request.POST or None,
        label="Note",
        missing="Write the note",
        button="Add the note",
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form,
            lambda: answer_actions.add_note(contact=found, **data, by=user, now=now),
        ):
            messages.success(request, "Your note is on the record.")
            return redirect("cases:contact", found.reference)
        if form.broken_code == "submission_used":
            form.renew_submission()
    return show(
        request,
        found,
        form,
        heading="Add a note",
        intro="Notes are among ourselves: families and schools never see them here. They may ask "
        "to see them under data protection law.",
    )
