"""The settings pages about what makes a message urgent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role
from cases.models import UrgentReason
from cases.urgent_actions import add_reason, move_reason, reword_reason, use_reason
from cases.urgent_forms import ReasonForm


@require_GET
@for_roles(Role.ADMINISTRATOR)
def reasons(request: HttpRequest) -> HttpResponse:
    """Every reason in the order in which people are told, in use or not."""
    every = list(UrgentReason.objects.all())
    rows = [
        {"reason": reason, "up": place - 1, "down": place + 1, "last": place == len(every) - 1}
        for place, reason in enumerate(every)
    ]
    return render(request, "cases/urgent_reasons.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def new_reason(request: HttpRequest) -> HttpResponse:
    """Another reason, at the end of the list."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reason = add_reason(words=form.cleaned_data["words"], by=signed_in(request))
        except RuleBroken as broken:
            form.show(broken, "")
        else:
            messages.success(request, f"Added: {reason.words}.")
            return redirect("urgent:reasons")
    return render(request, "cases/urgent_reason.html", {"form": form, "title": "Add a reason"})


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def reword(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words for the same reason."""
    reason = get_object_or_404(UrgentReason, pk=pk)
    form = ReasonForm(request.POST or None, now=reason.words)
    if request.method == "POST" and form.is_valid():
        try:
            reworded = reword_reason(reason=reason, **form.cleaned_data, by=signed_in(request))
        except RuleBroken as broken:
            reason.refresh_from_db()
            form.show(broken, reason.words)
        else:
            messages.success(request, f"Saved: {reworded.words}.")
            return redirect("urgent:reasons")
    return render(
        request,
        "cases/urgent_reason.html",
        {"form": form, "title": "Change the words of a reason", "reason": reason},
    )


@require_POST
@for_roles(Role.ADMINISTRATOR)
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a reason out of use, or use it again."""
    reason = get_object_or_404(UrgentReason, pk=pk)
    active = request.POST.get("active") == "yes"
    try:
        use_reason(reason=reason, active=active, by=signed_in(request))
    except RuleBroken as broken:
        messages.warning(request, broken.message)
        return redirect("urgent:reasons")
    said = "In use again" if active else "Out of use"
    messages.success(request, f"{said}: {reason.words}.")
    return redirect("urgent:reasons")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a reason at another place of the list."""
    reason = get_object_or_404(UrgentReason, pk=pk)
    asked = request.POST.get("place", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 5:
        move_reason(reason=reason, place=int(asked), by=signed_in(request))
        messages.success(request, f"Moved: {reason.words}.")
    return redirect("urgent:reasons")
