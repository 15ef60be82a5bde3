"""One's own details, those of others that somebody keeps, and whose numbers wait (H34, H35)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import profile_actions as actions
from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role, User
from accounts.paging import page_by_number
from accounts.profile import (
    KEEPS_SOME,
    NUMBER_CONFIRMED_FOR,
    SEES_WAITING,
    days_in_words,
    may_keep,
    number_waits,
    waiting_for,
)
from accounts.profile_forms import DetailsForm, NumberForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*Role)
def my_details(request: HttpRequest) -> HttpResponse:
    """Your details: the number others ring you on, and your week."""
    user = signed_in(request)
    form = NumberForm(request.POST or None, initial={"phone": user.phone})
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_number(number=form.cleaned_data["phone"], by=user, now=timezone.now())
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "Your number is saved.")
            return redirect("my_details")
    return render(request, "accounts/my_details.html", {"form": form, **_about(user)})


def _about(user: User) -> dict[str, object]:
    return {
        "waits": number_waits(user, timezone.localdate()),
        "days": days_in_words(user.working_days),
        "may_keep": may_keep(user, user),
        "months": NUMBER_CONFIRMED_FOR,
    }


@require_POST
@for_roles(*Role)
def number_right(request: HttpRequest) -> HttpResponse:
    """ "This number is right"."""
    shown = request.POST.get("number", "")
    try:
        actions.confirm_number(shown=shown, by=signed_in(request), now=timezone.now())
    except RuleBroken as broken:
        messages.warning(request, broken.message)
    else:
        messages.success(request, "Thank you. We ask again in six months.")
    return redirect("my_details")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPS_SOME)
def change_details(request: HttpRequest, pk: int) -> HttpResponse:
    """The number and the week of somebody whom the signed-in person looks after."""
    user = signed_in(request)
    person = get_object_or_404(User.objects.select_related("team"), pk=pk, is_active=True)
    if not may_keep(person, user):
        raise Http404
    form = DetailsForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_details(
                person=person,
                details=form.details(),
                shown=form.shown(),
                by=user,
                now=timezone.now(),
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"The details of {person} are saved.")
            return redirect("person", person.pk)
    return render(request, "accounts/change_details.html", {"form": form, "person": person})


@require_safe
@for_roles(*SEES_WAITING)
def numbers(request: HttpRequest) -> HttpResponse:
    """People who hold cases and have no number, or none that they confirmed lately."""
    user = signed_in(request)
    waiting = waiting_for(user, timezone.localdate())
    page = page_by_number(waiting, request.GET.get("after", ""))
    for person in page.rows:
        person.may_be_changed = may_keep(person, user)
    context = {"page": page, "months": NUMBER_CONFIRMED_FOR}
    return render(request, "accounts/numbers.html", context)
