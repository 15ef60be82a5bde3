"""The settings pages about promises: what is promised, what will be, and changing it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role, User
from clocks.calendars import LONDON, council_calendar
from clocks.models import ReceiptChoice, Standard
from clocks.settings_actions import change_standard, refuse_bad_version, withdraw_standard
from clocks.settings_forms import NewVersionForm
from clocks.settings_preview import Account, Example, examples
from clocks.wording import clock_in_words, day_in_words, moment_in_words

# The part of a code before the dot, in the order and the words of the page.
GROUPS = {
    "contact": "Messages from families and schools",
    "triage": "Messages from families and schools",
    "voicemail": "Messages from families and schools",
    "urgent": "Urgent messages",
    "formal": "Formal matters",
    "advice": "Advice and plans",
    "plan": "Advice and plans",
    "complaint": "Complaints",
    "escalation": "Concerns taken further",
    "resolution": "Concerns taken further",
    "case": "Lists",
}
OTHER = "Other promises"


@require_GET
@for_roles(Role.ADMINISTRATOR)
def settings_home(request: HttpRequest) -> HttpResponse:
    """The settings pages, one link each."""
    return render(request, "clocks/settings.html")


@require_GET
@for_roles(Role.ADMINISTRATOR)
def standards(request: HttpRequest) -> HttpResponse:
    """Everything that is promised today, and what is to come, in groups."""
    today = _today(timezone.now())
    by_code = groupby(Standard.objects.all(), key=lambda row: row.code)
    rows = [_promise(list(versions), today) for _, versions in by_code]
    return render(request, "clocks/standards.html", {"groups": _grouped(rows)})


@require_GET
@for_roles(Role.ADMINISTRATOR)
def standard(request: HttpRequest, code: str) -> HttpResponse:
    """One promise: every version it has had, has and will have, newest first."""
    today = _today(timezone.now())
    versions = _versions(code)
    return render(
        request,
        "clocks/standard.html",
        {
            **_promise(versions, today),
            "rows": [_version(row, versions, today) for row in versions],
            "withdrawn": _withdrawn(code),
        },
    )


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def new_version(request: HttpRequest, code: str) -> HttpResponse:
    """Change a promise from a day on: the figures, then what they would do, then the change."""
    user, now = signed_in(request), timezone.now()
    latest = _versions(code)[0]
    tomorrow = _today(now) + timedelta(days=1)
    form = NewVersionForm(request.POST or None, current=latest, tomorrow=tomorrow)
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        try:
            if "confirm" in request.POST:
                return _changed(request, code, form, user, now)
            return _preview(request, code, form, now)
        except RuleBroken as broken:
            form.show(broken)
    return render(request, "clocks/new_version.html", {"standard": latest, "form": form})


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def withdraw(request: HttpRequest, code: str, first_day: date) -> HttpResponse:
    """Take back a change that has not begun, after one question."""
    back = redirect("clocks:standard", code)
    version = next((row for row in _versions(code) if row.effective_from == first_day), None)
    if request.method == "POST":
        try:
            withdraw_standard(
                code=code, effective_from=first_day, by=signed_in(request), now=timezone.now()
            )
        except RuleBroken as broken:
            messages.info(request, broken.message)
        else:
            messages.success(request, f"The change from {day_in_words(first_day)} is withdrawn.")
        return back
    if version is None or version.effective_from <= _today(timezone.now()):
        return back
    return render(request, "clocks/withdraw.html", {"standard": version})


def _preview(request: HttpRequest, code: str, form: NewVersionForm, now: datetime) -> HttpResponse:
    figures, first_day = form.figures(), form.cleaned_data["effective_from"]
    before = refuse_bad_version(code=code, figures=figures, effective_from=first_day, now=now)
    after = Standard(
        code=code,
        name=before.name,
        effective_from=first_day,
        **{name: getattr(figures, name) for name in figures.__dataclass_fields__},
    )
    shown = examples(
        calendar=council_calendar(), first_day=first_day, before=before.rule, after=after.rule
    )
    return render(
        request,
        "clocks/preview_version.html",
        {
            "before": before,
            "after": after,
            "counting": {"before": _counting(before), "after": _counting(after)},
            "examples": [_example(example) for example in shown],
            "posted": _posted(request),
        },
    )


def _changed(
    request: HttpRequest, code: str, form: NewVersionForm, user: User, now: datetime
) -> HttpResponse:
    made = change_standard(
        code=code,
        figures=form.figures(),
        effective_from=form.cleaned_data["effective_from"],
        instead_of=_number(request.POST.get("instead_of", "")),
        by=user,
        now=now,
    )
    messages.success(
        request,
        f"{made.name}: {made.wording} from {day_in_words(made.effective_from)}.",
    )
    return redirect("clocks:standard", code)


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed, to be sent again with the second press."""
    own = {"csrfmiddlewaretoken", "preview", "edit", "confirm", "instead_of"}
    return [(name, str(value)) for name, value in request.POST.items() if name not in own]


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def _versions(code: str) -> list[Standard]:
    """The versions of one promise, newest first; an unknown code does not exist."""
    found = list(Standard.objects.filter(code=code).order_by("-effective_from"))
    if not found:
        raise Http404
    return found


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()


def _in_force(versions: Iterable[Standard], today: date) -> Standard | None:
    """The newest version that has begun; ``versions`` are newest first."""
    return next((row for row in versions if row.effective_from <= today), None)


def _promise(versions: list[Standard], today: date) -> dict[str, Any]:
    return {
        "code": versions[0].code,
        "name": versions[0].name,
        "current": _in_force(versions, today),
        "to_come": [row for row in reversed(versions) if row.effective_from > today],
    }


def _grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    titles = list(dict.fromkeys([*GROUPS.values(), OTHER]))
    found: dict[str, list[dict[str, Any]]] = {title: [] for title in titles}
    for row in rows:
        found[GROUPS.get(row["code"].partition(".")[0], OTHER)].append(row)
    return [{"title": title, "rows": rows} for title, rows in found.items() if rows]


def _version(row: Standard, versions: list[Standard], today: date) -> dict[str, Any]:
    if row.effective_from > today:
        status, colour = "To come", "blue"
    elif row == _in_force(versions, today):
        status, colour = "In force", "green"
    else:
        status, colour = "Past", "grey"
    return {"standard": row, "status": status, "colour": colour, "counting": _counting(row)}


def _counting(row: Standard) -> list[str]:
    """How a promise is counted, a sentence each."""
    receipt = row.get_receipt_display()
    if row.receipt == ReceiptChoice.CUT_OFF and row.cut_off:
        receipt = f"After {clock_in_words(row.cut_off)} counts from the next working day"
    said = [receipt]
    if row.beginning_with_day:
        said.append("The day it came is day 1")
    if row.roll_to_working_day:
        said.append("Moves to the next working day")
    return [*said, _reminder(row.warn_working_days)]


def _reminder(days: int) -> str:
    if not days:
        return "Reminder on the day only"
    return f"Reminder {days} working day{'' if days == 1 else 's'} before"


def _example(example: Example) -> dict[str, Any]:
    return {
        "received": moment_in_words(example.received_at),
        "why": example.why,
        "before": _due(example.before),
        "after": _due(example.after),
        "moves": example.before.due != example.after.due,
        "steps": example.after.steps,
    }


def _due(account: Account) -> str:
    if account.due is None:
        return "No date: bank holidays are not known that late"
    return moment_in_words(account.due)


def _withdrawn(code: str) -> list[dict[str, Any]]:
    """Versions that were taken back before they began, from the history the database keeps."""
    history = apps.get_model("clocks", "StandardEvent").objects
    events = list(
        history.filter(code=code, pgh_label="delete")
        .select_related("pgh_context")
        .order_by("-pgh_id")
    )
    people = User.objects.in_bulk({key for key in map(_actor, events) if key})
    return [
        {
            "from": event.effective_from,
            "wording": Standard(amount=event.amount, unit=event.unit).wording,
            "at": event.pgh_created_at,
            "by": people.get(_actor(event) or 0),
        }
        for event in events
    ]


def _actor(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None
