"""What a contact is: urgent or not, a formal matter, nothing to answer, or a mistake."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from cases import decision_actions
from cases.acting import FORMS, done, show, start
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.answer_actions import is_told_by_us
from cases.contact_messages import writes_to
from cases.matter_forms import FormalForm, TextForm, UrgencyForm
from cases.models import Contact, FormalMatter


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def urgency(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept it as urgent for a reason from the list, or decline it kindly."""
    user, now, found = start(request, reference, matter=False)
    form = UrgencyForm(
        request.POST or None,
        initial={"why": found.urgent_reason_id},
        must_tell=is_told_by_us(found),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form,
            lambda: decision_actions.decide_urgency(
                contact=found,
                accepted=data["decision"] == "yes",
                reason=data["why"] if data["decision"] == "yes" else None,
                note=data["note"],
                told_how=data.get("told_how", ""),
                by=user,
                now=now,
            ),
        ):
            messages.success(request, f"Your decision on {found.reference} is kept.")
            return redirect("cases:contact", found.reference)
    return show(
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
    user, now, found = start(request, reference, matter=False)
    form = FormalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        category = Contact.Category(form.cleaned_data["category"])
        if done(
            form,
            lambda: decision_actions.recognise_formal(
                contact=found, category=category, by=user, now=now
            ),
        ):
            messages.success(request, f"{found.reference}: {category.label}. Its clock runs.")
            return redirect("cases:contact", found.reference)
    return show(
        request,
        found,
        form,
        heading="It is a formal matter",
        intro="Its own clock counts from the day the message came. The promise to answer the "
        "message stays as it is.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def end_formal(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """How a formal matter ended, which keeps its own date."""
    user, now, found = start(request, reference, matter=False)
    matter = get_object_or_404(FormalMatter, pk=pk, contact=found)
    form = TextForm(
        request.POST or None,
        label="How did it end?",
        missing="Write down how it ended",
        button="Save",
    )
    if request.method == "POST" and form.is_valid():
        outcome = form.cleaned_data["text"]
        if done(
            form,
            lambda: decision_actions.close_formal_matter(
                matter=matter, outcome=outcome, by=user, now=now
            ),
        ):
            messages.success(request, "The formal matter has ended.")
            return redirect("cases:contact", found.reference)
    heading = f"{matter.get_category_display()}: how it ended"
    return show(request, found, form, heading=heading, intro="")


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def withdraw_formal(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """It was recognised by mistake: its clock ends, and the record says why."""
    user, now, found = start(request, reference, matter=False)
    matter = get_object_or_404(FormalMatter, pk=pk, contact=found)
    form = TextForm(
        request.POST or None,
        label="Why is it not this formal matter?",
        missing="Say why it is not this formal matter",
        button="Withdraw it",
    )
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["text"]
        if done(
            form,
            lambda: decision_actions.withdraw_formal_matter(
                matter=matter, reason=reason, by=user, now=now
            ),
        ):
            messages.success(request, f"{matter.get_category_display()}: withdrawn.")
            return redirect("cases:contact", found.reference)
    return show(
        request,
        found,
        form,
        heading=f"{matter.get_category_display()}: a mistake",
        intro=f"Its clock ends, and the record keeps your reason. {_told_of_it(matter)} You can "
        "then say which formal matter it is.",
    )


def _told_of_it(matter: FormalMatter) -> str:
    if matter.category == Contact.Category.COMPLAINT and writes_to(matter.contact):
        return "The sender reads that you say so, and that they can complain at any time."
    return "Tell the sender if they were given its date."


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Nothing is to be answered, such as to a word of thanks."""
    user, now, found = start(request, reference)
    form = TextForm(
        request.POST or None,
        label="Why is no answer needed?",
        missing="Say why no answer is needed",
        button="Close without an answer",
    )
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["text"]
        if done(
            form,
            lambda: decision_actions.close_without_answer(
                contact=found, reason=reason, by=user, now=now
            ),
        ):
            messages.success(request, f"{found.reference} is closed without an answer.")
            return redirect("reports:home")
    return show(
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
    user, now, found = start(request, reference, matter=False)
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
        if done(
            form,
            lambda: decision_actions.strike_through(contact=found, reason=reason, by=user, now=now),
        ):
            messages.success(request, f"{found.reference} is struck through.")
            return redirect("cases:contact", found.reference)
    return show(
        request,
        found,
        form,
        heading="Strike through a mistake",
        intro="Nothing is deleted: it stays on the record, struck through, with your name and "
        "reason. Its promise ends.",
    )
