"""What only SEND leadership sees: referrals, decisions and contact plans (H65, H66)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed, note_read
from accounts.errors import RuleBroken
from accounts.models import User
from accounts.paging import page_by_moment
from cases import conduct_actions as actions
from cases.conduct_forms import ChangePlanForm, EndPlanForm, NoPlanForm, PlanForm
from cases.conduct_models import ConductReferralQuerySet, ContactPlanQuerySet
from cases.conduct_views import record_of
from cases.models import LEADERSHIP, Case, ConductReferral, ContactPlan
from clocks.calendars import LONDON


@require_safe
@for_roles(*LEADERSHIP)
def referrals(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, oldest first; or with ``?show=decided`` what was decided."""
    user, decided = signed_in(request), request.GET.get("show") == "decided"
    every = _referrals(user)
    page = page_by_moment(
        every.exclude(decided_at=None) if decided else every.undecided(),
        request.GET.get("after", ""),
        moment="decided_at" if decided else "raised_at",
        tie="id",
        newest_first=decided,
        narrowed_by={"show": "decided"} if decided else None,
    )
    shown = [record_of(row.contact) for row in page.rows]
    note_listed(records=shown, by=user, now=timezone.now(), detail="conduct referrals")
    return render(
        request,
        "cases/referrals.html",
        {"page": page, "decided": decided, "here": request.path},
    )


@require_safe
@for_roles(*LEADERSHIP)
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    """One referral: what happened, and what was decided."""
    found = _referral(request, pk)
    return render(
        request,
        "cases/referral.html",
        {"referral": found, "contact": found.contact, "plan": found.plans.first()},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*LEADERSHIP)
def decide_no_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """No contact plan, with reasons."""
    found, form = _referral(request, pk), NoPlanForm(request.POST or None)
    if request.method != "POST" and found.decided_at:
        return redirect("cases:referral", pk)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide_no_plan(
                referral=found, **form.cleaned_data, by=signed_in(request), now=timezone.now()
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "The decision is saved.")
            return redirect("cases:referral", pk)
    context = {"form": form, "referral": found, "title": "No contact plan"}
    return render(request, "cases/decide.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*LEADERSHIP)
def decide_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A contact plan: how somebody is in touch for a while."""
    found, form = _referral(request, pk), PlanForm(request.POST or None)
    if request.method != "POST" and found.decided_at:
        return redirect("cases:referral", pk)
    if request.method == "POST" and form.is_valid():
        try:
            plan = actions.decide_plan(
                referral=found, details=form.details(), by=signed_in(request), now=timezone.now()
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "The contact plan is saved.")
            return redirect("cases:contact_plan", plan.pk)
    context = {"form": form, "referral": found, "title": "Contact plan"}
    return render(request, "cases/decide.html", context)


@require_safe
@for_roles(*LEADERSHIP)
def plans(request: HttpRequest) -> HttpResponse:
    """Contact plans: those to review, then those in force and to come; or ``?show=ended``."""
    user, now = signed_in(request), timezone.now()
    ended, today = request.GET.get("show") == "ended", _day(now)
    every = _plans(user)
    held = every.filter(ends_on__lte=today) if ended else every.filter(ends_on__gt=today)
    page = page_by_moment(
        held,
        request.GET.get("after", ""),
        moment="decided_at",
        tie="id",
        newest_first=True,
        narrowed_by={"show": "ended"} if ended else None,
    )
    to_review = [] if ended else list(every.to_review(today).order_by("review_on", "id"))
    _note_plans([*to_review, *page.rows], user, now)
    return render(
        request,
        "cases/contact_plans.html",
        {
            "page": page,
            "ended": ended,
            "to_review": to_review,
            "today": today,
            "here": request.path,
        },
    )


@require_safe
@for_roles(*LEADERSHIP)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One contact plan, with its reason."""
    found = _plan(request, pk)
    return render(
        request,
        "cases/contact_plan.html",
        {"plan": found, "over": found.ends_on <= _day(timezone.now())},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*LEADERSHIP)
def change_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """After a review or an appeal."""
    found = _plan(request, pk)
    form = ChangePlanForm(request.POST or None, plan=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_plan(
                plan=found, **form.cleaned_data, by=signed_in(request), now=timezone.now()
            )
        except RuleBroken as broken:
            form.show(broken)
            if broken.code == "changed_meanwhile":
                form.renew(found)
        else:
            messages.success(request, "The contact plan is changed.")
            return redirect("cases:contact_plan", pk)
    context = {"form": form, "plan": found, "title": "Change the contact plan"}
    return render(request, "cases/change_plan.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*LEADERSHIP)
def end_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Before its day."""
    found, form = _plan(request, pk), EndPlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_plan(
                plan=found, **form.cleaned_data, by=signed_in(request), now=timezone.now()
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "The contact plan has ended.")
            return redirect("cases:contact_plan", pk)
    context = {"form": form, "plan": found, "title": "End the contact plan early"}
    return render(request, "cases/change_plan.html", context)


def _referrals(user: User) -> ConductReferralQuerySet:
    return ConductReferral.objects.visible_to(user).select_related(
        "contact__case", "raised_by", "decided_by"
    )


def _referral(request: HttpRequest, pk: int) -> ConductReferral:
    """The one way to a referral; that it was read is written down."""
    user = signed_in(request)
    found = get_object_or_404(_referrals(user), pk=pk)
    record = record_of(found.contact)
    note_read(record=record, detail="conduct referral", by=user, now=timezone.now())
    return found


def _plans(user: User) -> ContactPlanQuerySet:
    visible = ContactPlan.objects.filter(case__in=Case.objects.visible_to(user))
    return visible.select_related("case", "decided_by", "referral__contact")


def _plan(request: HttpRequest, pk: int) -> ContactPlan:
    """The one way to a contact plan; that it was read is written down."""
    user = signed_in(request)
    found = get_object_or_404(_plans(user), pk=pk)
    record = found.case.reference
    note_read(record=record, detail="contact plan", by=user, now=timezone.now())
    return found


def _note_plans(shown: Iterable[ContactPlan], user: User, now: datetime) -> None:
    references = [plan.case.reference for plan in shown]
    note_listed(records=references, by=user, now=now, detail="contact plans")


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()
