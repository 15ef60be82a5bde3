"""Themes: the settings list, coding what has ended, decisions, the action log and talks."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed, note_read
from accounts.errors import RuleBroken
from accounts.models import Role
from cases.acting import FORMS, done
from cases.actions import MAY_ANSWER
from cases.matter_forms import ActForm
from cases.models import Case, Contact, FormalMatter
from clocks.calendars import LONDON
from escalations import learning_actions, theme_actions
from escalations.learning_actions import CODED, KEEPS_LOG, Coding, ToDo
from escalations.models import DeskEntry, EscalationStep, Learning, Theme, ThemeAction
from escalations.theme_forms import (
    ActionForm,
    CodeForm,
    DecisionForm,
    DiscussedForm,
    DoneForm,
    ThemeForm,
)
from escalations.themes import seen_by

MOST_SHOWN = 50
MAY_READ = MAY_ANSWER | {Role.AUDITOR}


# --- Settings -------------------------------------------------------------------------------


@require_GET
@for_roles(Role.ADMINISTRATOR)
def themes(request: HttpRequest) -> HttpResponse:
    """Every theme in the order in which it is offered, in use or not."""
    every = list(Theme.objects.all())
    rows = [
        {"theme": theme, "up": place - 1, "down": place + 1, "last": place == len(every) - 1}
        for place, theme in enumerate(every)
    ]
    return render(request, "escalations/themes.html", {"rows": rows})


@require_http_methods(FORMS)
@for_roles(Role.ADMINISTRATOR)
def new_theme(request: HttpRequest) -> HttpResponse:
    """Another theme, at the end of the list."""
    form = ThemeForm(request.POST or None)
    by = signed_in(request)
    if _did(
        request, form, lambda: theme_actions.add_theme(words=form.cleaned_data["words"], by=by)
    ):
        messages.success(request, f"Added: {form.cleaned_data['words']}.")
        return redirect("escalations:themes")
    return render(request, "escalations/theme.html", {"form": form, "title": "Add a theme"})


@require_http_methods(FORMS)
@for_roles(Role.ADMINISTRATOR)
def reword_theme(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words for the same theme."""
    theme = get_object_or_404(Theme, pk=pk)
    form = ThemeForm(request.POST or None, now=theme.words)
    by = signed_in(request)
    if _did(
        request,
        form,
        lambda: theme_actions.reword_theme(theme=theme, **form.cleaned_data, by=by),
    ):
        messages.success(request, f"Saved: {form.cleaned_data['words']}.")
        return redirect("escalations:themes")
    if form.broken_code == "changed_meanwhile":
        theme.refresh_from_db()
        form.take_new_words(theme.words)
    context = {"form": form, "title": "Change the words of a theme", "theme": theme}
    return render(request, "escalations/theme.html", context)


@require_POST
@for_roles(Role.ADMINISTRATOR)
def use_theme(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a theme out of use, or use it again."""
    theme = get_object_or_404(Theme, pk=pk)
    active = request.POST.get("active") == "yes"
    try:
        theme_actions.use_theme(theme=theme, active=active, by=signed_in(request))
    except RuleBroken as broken:
        messages.warning(request, broken.message)
        return redirect("escalations:themes")
    messages.success(request, f"{'In use again' if active else 'Out of use'}: {theme.words}.")
    return redirect("escalations:themes")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def move_theme(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a theme at another place of the list."""
    theme = get_object_or_404(Theme, pk=pk)
    asked = request.POST.get("place", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 5:
        theme_actions.move_theme(theme=theme, place=int(asked), by=signed_in(request))
        messages.success(request, f"Moved: {theme.words}.")
    return redirect("escalations:themes")


# --- Coding ---------------------------------------------------------------------------------


@require_safe
@for_roles(*MAY_READ)
def to_code(request: HttpRequest) -> HttpResponse:
    """What has ended and has no theme yet, oldest first."""
    user, now = signed_in(request), timezone.now()
    lists = seen_by(user)
    numbers = [rows.count() for rows in lists]
    matters, steps, entries = (
        list(lists[0][:MOST_SHOWN]),
        list(lists[1][:MOST_SHOWN]),
        list(lists[2][:MOST_SHOWN]),
    )
    contacts = [
        *(matter.contact for matter in matters),
        *(step.escalation.matter for step in steps),
        *(entry.contact for entry in entries),
    ]
    records = [one.case.reference if one.case else one.reference for one in contacts]
    note_listed(records=records, by=user, now=now, detail="themes to code")
    return render(
        request,
        "escalations/to_code.html",
        {
            "matters": matters,
            "steps": steps,
            "entries": entries,
            "number": sum(numbers),
            "more": sum(numbers) > len(contacts),
            "may_act": user.role in MAY_ANSWER,
            "may_keep": user.role in KEEPS_LOG,
        },
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def code_matter(request: HttpRequest, pk: int) -> HttpResponse:
    """The themes of a complaint, a mediation or a tribunal."""
    contacts = Contact.objects.visible_to(signed_in(request))
    coded = FormalMatter.objects.filter(withdrawn=False, category__in=sorted(CODED))
    joined = ("contact__case__person", "contact__case__merged_into", "clock", "complaint")
    matter = get_object_or_404(coded.filter(contact__in=contacts).select_related(*joined), pk=pk)
    return _code(
        request,
        {"matter": matter},
        matter.contact,
        matter.get_category_display(),
        lambda coding, **who: learning_actions.code_matter(matter=matter, coding=coding, **who),
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def code_step(request: HttpRequest, pk: int) -> HttpResponse:
    """The themes of a concern that reached step 3 or 4."""
    contacts = Contact.objects.visible_to(signed_in(request))
    steps = EscalationStep.objects.filter(number__gte=3, escalation__matter__in=contacts)
    joined = ("escalation__matter__case__person", "escalation__matter__case__merged_into")
    step = get_object_or_404(steps.select_related(*joined), pk=pk)
    return _code(
        request,
        {"step": step},
        step.escalation.matter,
        f"{step.escalation.reference}, step {step.number}",
        lambda coding, **who: learning_actions.code_step(step=step, coding=coding, **who),
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def code_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """The themes of what the resolution team settled itself."""
    entries = DeskEntry.objects.visible_to(signed_in(request))
    joined = ("contact__case__person", "contact__case__merged_into")
    entry = get_object_or_404(entries.select_related(*joined), pk=pk)
    return _code(
        request,
        {"entry": entry},
        entry.contact,
        "Settled by the resolution team",
        lambda coding, **who: learning_actions.code_entry(entry=entry, coding=coding, **who),
    )


def _code(
    request: HttpRequest,
    about: dict[str, Any],
    contact: Contact,
    what: str,
    save: Callable[..., Any],
) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    form = CodeForm(request.POST or None, known=_known(about))
    if _did(request, form, lambda: save(Coding(**form.cleaned_data), by=user, now=now)):
        messages.success(request, f"{contact.reference}: its themes are kept.")
        return redirect("escalations:to_code")
    if form.broken_code == "coded_meanwhile":
        form.there = [row.theme_id for row in _known(about)]
        form.take_new_themes()
    record = contact.case.reference if contact.case else contact.reference
    note_read(record=record, detail=f"themes of {contact.reference}", by=user, now=now)
    context = {"form": form, "contact": contact, "what": what, "known": _known(about)}
    return render(request, "escalations/code.html", context)


def _known(about: dict[str, Any]) -> list[Learning]:
    return list(Learning.objects.filter(**about).select_related("theme", "by"))


@require_http_methods(FORMS)
@for_roles(*KEEPS_LOG)
def new_decision(request: HttpRequest) -> HttpResponse:
    """A decision of the Ombudsman, entered by hand."""
    user, now = signed_in(request), timezone.now()
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        case = _case_named(form, data.pop("case"), request)
        on, submission = data.pop("on"), data.pop("submission")
        if not form.errors and done(
            form,
            lambda: learning_actions.enter_decision(
                case=case, on=on, submission=submission, coding=Coding(**data), by=user, now=now
            ),
        ):
            messages.success(request, "The Ombudsman’s decision is kept.")
            return redirect(f"{reverse('reports:themes')}?month={on:%Y-%m}")
    return _page(request, form, "Enter a decision of the Ombudsman", reverse("reports:themes"))


def _case_named(form: DecisionForm, typed: str, request: HttpRequest) -> Case | None:
    if not typed.strip():
        return None
    reference = typed.strip().upper()
    case = Case.objects.visible_to(signed_in(request)).filter(reference=reference).first()
    if case is None:
        form.add_error("case", "There is no case with this reference that you may see")
    return case


# --- The report's actions and talks ---------------------------------------------------------


@require_http_methods(FORMS)
@for_roles(*KEEPS_LOG)
def new_action(request: HttpRequest) -> HttpResponse:
    """Something to do that came out of a month's report."""
    user, now, month = signed_in(request), timezone.now(), month_asked(request)
    form = ActionForm(request.POST or None)

    def do() -> Any:
        data = dict(form.cleaned_data)
        submission = data.pop("submission")
        to_do = ToDo(month=month, **data)
        return learning_actions.add_action(to_do=to_do, submission=submission, by=user, now=now)

    if _did(request, form, do):
        messages.success(request, "It is in the action log.")
        return redirect(_report(month))
    return _page(request, form, "Add to the action log", _report(month))


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def action_done(request: HttpRequest, pk: int) -> HttpResponse:
    """An action is done: by its owner, or whoever keeps the log."""
    user, now = signed_in(request), timezone.now()
    action = get_object_or_404(ThemeAction, pk=pk)
    if user.pk != action.owner_id and user.role not in KEEPS_LOG:
        raise Http404
    form = DoneForm(request.POST or None)
    note: dict[str, Any] = {"action": action, "by": user, "now": now}
    if _did(request, form, lambda: learning_actions.finish_action(**note, **form.cleaned_data)):
        messages.success(request, "It is written down as done.")
        back = _report(action.month) if user.role in KEEPS_LOG else reverse("reports:home")
        return redirect(back)
    return _page(request, form, action.words, _report(action.month))


@require_http_methods(FORMS)
@for_roles(Role.TEAM_LEAD)
def discussed(request: HttpRequest) -> HttpResponse:
    """The lead's team has talked about a month's themes."""
    user, now, month = signed_in(request), timezone.now(), month_asked(request)
    team = user.team
    if team is None:
        raise Http404
    form = DiscussedForm(request.POST or None)
    tick: dict[str, Any] = {"month": month, "team": team, "by": user, "now": now}
    if _did(request, form, lambda: learning_actions.discuss(**tick, **form.cleaned_data)):
        messages.success(request, f"{team} has discussed it.")
        return redirect(_report(month))
    return _page(request, form, f"{team} has discussed {month:%B %Y}", _report(month))


def month_asked(request: HttpRequest) -> date:
    """The first day of the month in the address; this month when it names none that has begun."""
    today = timezone.localtime(timezone.now(), LONDON).date()
    try:
        asked = parse_date(f"{request.GET.get('month', '')[:7]}-01")
    except ValueError:
        asked = None
    return asked if asked and date(2014, 9, 1) <= asked <= today else today.replace(day=1)


def _report(month: date) -> str:
    return f"{reverse('reports:themes')}?month={month:%Y-%m}"


def _did(request: HttpRequest, form: ActForm, do: Callable[[], Any]) -> bool:
    return request.method == "POST" and form.is_valid() and done(form, do)


def _page(request: HttpRequest, form: ActForm, heading: str, back: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "back": back}
    return render(request, "escalations/theme_act.html", context)
