"""The settings pages about the services that callers are sent to (H25)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role
from callbacks import signpost_actions as actions
from callbacks.models import Signpost
from callbacks.signpost_forms import SignpostForm


@require_safe
@for_roles(Role.ADMINISTRATOR)
def signposts(request: HttpRequest) -> HttpResponse:
    """Every service in the order in which advisers see them, in use or not."""
    every = list(Signpost.objects.all())
    rows = [
        {"signpost": one, "up": place - 1, "down": place + 1, "last": place == len(every) - 1}
        for place, one in enumerate(every)
    ]
    return render(request, "callbacks/signposts.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(Role.ADMINISTRATOR)
def new_signpost(request: HttpRequest) -> HttpResponse:
    """Another service, at the end of the list."""
    form = SignpostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_signpost(values=form.wanted(), by=signed_in(request))
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"Added: {added}.")
            return redirect("callbacks:signposts")
    return render(request, "callbacks/signpost.html", {"form": form, "title": "Add a service"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(Role.ADMINISTRATOR)
def change_signpost(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words, number or address for the same service."""
    signpost = get_object_or_404(Signpost, pk=pk)
    form = SignpostForm(request.POST or None, signpost=signpost)
    if request.method == "POST" and form.is_valid():
        shown = form.cleaned_data["shown"]
        try:
            saved = actions.change_signpost(
                signpost=signpost, values=form.wanted(), shown=shown, by=signed_in(request)
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"Saved: {saved}.")
            return redirect("callbacks:signposts")
    return render(
        request,
        "callbacks/signpost.html",
        {"form": form, "title": f"Change {signpost}", "signpost": signpost},
    )


@require_POST
@for_roles(Role.ADMINISTRATOR)
def use_signpost(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a service out of use, or use it again."""
    signpost = get_object_or_404(Signpost, pk=pk)
    active = request.POST.get("active") == "yes"
    actions.use_signpost(signpost=signpost, active=active, by=signed_in(request))
    messages.success(request, f"{'In use again' if active else 'Out of use'}: {signpost}.")
    return redirect("callbacks:signposts")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def move_signpost(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a service at another place of the list."""
    signpost = get_object_or_404(Signpost, pk=pk)
    asked = request.POST.get("place", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 5:
        actions.move_signpost(signpost=signpost, place=int(asked), by=signed_in(request))
        messages.success(request, f"Moved: {signpost}.")
    return redirect("callbacks:signposts")
