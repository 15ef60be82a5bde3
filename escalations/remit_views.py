"""The settings of the public directory: who looks after what, and who is named."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from accounts.access import for_roles, signed_in
from accounts.models import Role
from accounts.paging import page_by_number
from cases.acting import FORMS, done
from escalations import remit_actions as actions
from escalations.models import DirectoryPolicy, Remit
from escalations.remit_forms import NamesForm, RemitForm


@require_GET
@for_roles(Role.ADMINISTRATOR)
def remits(request: HttpRequest) -> HttpResponse:
    """Every line of the directory, newest first."""
    rows = Remit.objects.select_related("person__team", "team", "establishment", "area")
    page = page_by_number(rows, request.GET.get("after", ""), newest_first=True)
    context = {"page": page, "policy": DirectoryPolicy.current()}
    return render(request, "escalations/remits.html", context)


@require_http_methods(FORMS)
@for_roles(Role.ADMINISTRATOR)
def new_remit(request: HttpRequest) -> HttpResponse:
    """Say who looks after schools, an area or the whole council."""
    form, by = RemitForm(request.POST or None), signed_in(request)
    if request.method == "POST" and form.is_valid():
        told = form.told()
        if done(form, lambda: actions.add_remits(told=told, by=by)):
            places = f"{len(told)} places: the" if len(told) > 1 else "The"
            messages.success(request, f"{places} public directory says so from now on.")
            return redirect("escalations:remits")
    context = {"form": form, "heading": "Who looks after what"}
    return render(request, "escalations/remit.html", context)


@require_POST
@for_roles(Role.ADMINISTRATOR)
def remove_remit(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one line out of the directory."""
    actions.remove_remit(remit=pk, by=signed_in(request))
    messages.success(request, "The line is not in the public directory any more.")
    return redirect("escalations:remits")


@require_http_methods(FORMS)
@for_roles(Role.ADMINISTRATOR)
def names(request: HttpRequest) -> HttpResponse:
    """Whether people are named, or teams only."""
    by = signed_in(request)
    form = NamesForm(request.POST or None, now=DirectoryPolicy.current().names)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["names"]
        if done(form, lambda: actions.name_in_directory(names=chosen, by=by)):
            messages.success(request, "The public directory follows at once.")
            return redirect("escalations:remits")
    context = {"form": form, "heading": "Whom the public directory names"}
    return render(request, "escalations/remit.html", context)
