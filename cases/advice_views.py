"""The advice line: calls about no named child (S3)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.errors import RuleBroken
from accounts.paging import page_by_moment
from cases.actions import MAY_LOG
from cases.advice import SEES_ADVICE, Theme, advice_for, report_on
from cases.advice_actions import log_advice
from cases.advice_forms import AdviceForm, ThemeForm
from clocks.calendars import LONDON, calendar_for_display


@require_safe
@for_roles(*SEES_ADVICE)
def advice_line(request: HttpRequest) -> HttpResponse:
    """The latest advice, of one theme or of all; and how often what was asked, by term."""
    user, now = signed_in(request), timezone.now()
    narrowing = ThemeForm(request.GET)
    theme = narrowing.chosen()
    page = page_by_moment(
        advice_for(user, theme),
        request.GET.get("after", ""),
        moment="received_at",
        tie="id",
        newest_first=True,
        narrowed_by={"theme": theme} if theme else None,
    )
    shown = [contact.reference for contact in page.rows]
    note_listed(records=shown, by=user, now=now, detail="advice line")
    themes = dict(Theme.choices)
    return render(
        request,
        "cases/advice_line.html",
        {
            "page": page,
            "rows": [(row, themes.get(row.theme, row.theme)) for row in page.rows],
            "filter_form": narrowing,
            "selected": narrowing.selected(request.path),
            "report": report_on(timezone.localdate(now, LONDON)),
            "may_log": user.role in MAY_LOG,
            "here": request.path,
            "now": now,
            "calendar": calendar_for_display(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_LOG)
def new_advice(request: HttpRequest) -> HttpResponse:
    """Write down a call."""
    user, now = signed_in(request), timezone.now()
    form = AdviceForm(request.POST or None, now=now, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            contact = log_advice(
                advice=form.advice(),
                submission=form.cleaned_data["submission"],
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            form.show(broken)
            if broken.code == "submission_used":
                form.renew_submission()
        else:
            done = "logged and answered" if contact.answered_at else "logged"
            messages.success(request, f"Advice {contact.reference} is {done}.")
            return redirect("cases:contact", contact.reference)
    return render(
        request,
        "cases/new_advice.html",
        {"form": form, "sees_list": user.role in SEES_ADVICE},
    )
