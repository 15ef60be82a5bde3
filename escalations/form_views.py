"""The public form: no account, one question a page, nothing typed is ever lost.

No page looks anything up about a child, an address or a reference: all that is typed is stored
and worked through later (form_models), so nobody can find out here what we hold.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from callbacks.shown_call import any_duty_line, open_line
from clocks.calendars import LONDON
from clocks.wording import time_in_words
from escalations import form_drafts as drafts
from escalations import form_pages as pages
from escalations.form_drafts import LASTS, Draft
from escalations.form_links import FIRST, RIGHTS, SAFETY, places, safety_numbers
from escalations.form_outcome import counting, outcome
from escalations.form_pages import PAGES, Page
from escalations.form_questions import Question
from escalations.form_reach import Check
from escalations.submission_actions import store
from notices.appointments import Appointment, published

HEADERS = {
    # "Back" asks us again, so that it shows what is kept, or that all is sent. The referrer
    # policy stays "same-origin": without a referrer browsers send forms without an origin.
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
# All but tabs and the ends of lines: PostgreSQL refuses some of them, and nobody types them.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# From one browser, in this time: enough for a school office after a bad week.
MOST_SENT, SENT_WITHIN = 10, timedelta(minutes=10)
# Characters of one page; more than anybody types is not kept while it is wrong.
MOST_KEPT = 50_000
# These say something before they are passed, and ask nothing.
OWN_TEMPLATES = {"first-place": "form_first", "what-happens": "form_formal"}

View = Callable[..., HttpResponse]


def open_to_all(view: View) -> View:
    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = view(request, timezone.now(), **kwargs)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return answered


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def start(request: HttpRequest, now: datetime) -> HttpResponse:
    """What it is for, and a button. What was begun in this browser can be finished."""
    if request.method == "POST":
        if not consume(request, action="concern_begun"):
            return public_page(
                request, "form_too_many", {"back": reverse("escalations:form_start")}, 429
            )
        return _to_next(drafts.begin(request.session, now))
    begun = [
        {"form": draft.form, "at": time_in_words(draft.touched_at), "next": _next_address(draft)}
        for draft in drafts.unfinished(request.session, now)
    ]
    context = {"begun": begun, "duty_line": any_duty_line(), "open_line": open_line()}
    return public_page(request, "form_start", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def question(request: HttpRequest, now: datetime, form: UUID, name: str) -> HttpResponse:
    """One page: its question, or what was answered to it."""
    page, draft = PAGES.get(name), drafts.find(request.session, form, now)
    if page is None:
        raise Http404
    if request.method == "POST":
        return _answer(request, draft, page, now)
    if draft is None:
        return _gone(request)
    if draft.sent:
        return redirect("escalations:form_sent", form=form)
    if not pages.may_see(page, draft.kept, draft.done):
        return _to_next(draft)
    return _asked(request, draft, page, _form(draft, page, now))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def check(request: HttpRequest, now: datetime, form: UUID) -> HttpResponse:
    """Every answer with a link to change it, and the last button."""
    draft = drafts.find(request.session, form, now)
    if draft is None:
        return _gone(request)
    if draft.sent:
        # A second click, another tab, or "Back" after sending: it is sent once.
        return redirect("escalations:form_sent", form=form)
    if pages.first_open(draft.kept, draft.done):
        return _to_next(draft)
    if request.method == "POST":
        return _send(request, draft, now)
    return public_page(request, "form_check", _checked(draft, now))


@require_safe
@open_to_all
def sent(request: HttpRequest, now: datetime, form: UUID) -> HttpResponse:
    """The reference and what happens next; the same however often it is read."""
    draft = drafts.find(request.session, form, now)
    if draft is None:
        return _gone(request)
    if draft.sent is None:
        return _to_next(draft)
    return public_page(request, "form_sent", {"draft": draft, **draft.sent})


@require_safe
@open_to_all
def calendar_file(request: HttpRequest, now: datetime, form: UUID) -> HttpResponse:
    """The date of the answer for a calendar: a reference, and nobody's name."""
    draft = drafts.find(request.session, form, now)
    if draft is None or not draft.sent or not draft.sent["day"]:
        raise Http404
    file = published(_entry(draft.form, draft.sent))
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="answer.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def delete(request: HttpRequest, now: datetime, form: UUID) -> HttpResponse:
    """Take away what was typed, on a machine that others use too: after one question."""
    draft = drafts.find(request.session, form, now)
    if request.method == "POST":
        drafts.forget(request.session, form, now)
    if request.method == "POST" or draft is None:
        return redirect("escalations:form_start")
    return public_page(request, "form_delete", {"back": _next_address(draft)})


# --- A question -----------------------------------------------------------------------------


def _answer(request: HttpRequest, draft: Draft | None, page: Page, now: datetime) -> HttpResponse:
    if draft is None or draft.sent:
        # Gone or sent meanwhile: what has just been typed begins a new form, so none is lost.
        draft = drafts.begin(request.session, now, saved=True)
    form = page.form(_typed(request), kept=draft.kept, now=now)
    if not form.is_valid():
        return _asked_again(request, draft, page, form, now)
    _keep(draft, page, form)
    drafts.save(request.session, draft, now)
    return _to_next(draft)


def _form(draft: Draft, page: Page, now: datetime) -> Question:
    """Its question; with what is wrong, while what was typed last could not be taken."""
    if draft.wrong.get("page") != page.name:
        return page.form(kept=draft.kept, now=now)
    typed = QueryDict(mutable=True)
    for name, values in draft.wrong["typed"].items():
        typed.setlist(name, values)
    return page.form(typed, kept=draft.kept, now=now)


def _asked_again(
    request: HttpRequest, draft: Draft, page: Page, form: Question, now: datetime
) -> HttpResponse:
    """By way of the page's own address: "Back" and a refresh send nothing a second time.

    What is too long to be kept, or begins a new form, is shown at once.
    """
    typed = {name: values for name, values in _typed(request).lists() if name in form.fields_sent}
    longest = sum(len(value) for values in typed.values() for value in values)
    if longest > MOST_KEPT or not pages.may_see(page, draft.kept, draft.done):
        return _asked(request, draft, page, form)
    draft.wrong = {"page": page.name, "typed": typed}
    drafts.save(request.session, draft, now)
    return redirect(_address(draft, page))


def _keep(draft: Draft, page: Page, form: Question) -> None:
    answered = form.to_keep()
    is_new = any(draft.kept.get(name) != value for name, value in answered.items())
    again = page.asks_again if is_new else ()
    draft.kept, draft.wrong = {**draft.kept, **answered}, {}
    done = [name for name in draft.done if name != page.name and name not in again]
    draft.done = [*done, page.name]


def _typed(request: HttpRequest) -> QueryDict:
    """What was sent, without characters that no keyboard types and the database refuses."""
    typed = request.POST.copy()
    for name, values in typed.lists():
        typed.setlist(name, [CONTROLS.sub("", value) for value in values])
    return typed


def _asked(request: HttpRequest, draft: Draft, page: Page, form: Question) -> HttpResponse:
    form.helper.form_action = _address(draft, page)
    context: dict[str, Any] = {
        "draft": draft,
        "page": page,
        "form": form,
        "back": _back(draft, page),
        "lasts": int(LASTS.total_seconds() // 3600),
    }
    if page.name == "what-happens":
        context |= {"topic": draft.kept.get("topic"), "formal": pages.formal_of(draft.kept)}
        context |= {"duty_line": any_duty_line(), "open_line": open_line()}
    return public_page(request, OWN_TEMPLATES.get(page.name, "form_page"), context)


# --- Sending --------------------------------------------------------------------------------


def _checked(draft: Draft, now: datetime) -> dict[str, Any]:
    rows = [
        {"key": key, "value": value, "url": _address(draft, page)}
        for page in pages.path(draft.kept)
        for key, value in page.form(kept=draft.kept, now=now).told()
    ]
    return {"draft": draft, "rows": rows, "back": _back(draft, None), "form": Check()}


def _send(request: HttpRequest, draft: Draft, now: datetime) -> HttpResponse:
    if _too_many(request, now):
        return public_page(request, "form_too_many", {"back": _address(draft, None)}, 429)
    answers = pages.to_answers(draft.kept)
    submission = store(
        form=draft.form,
        answers=answers,
        now=now,
        suspect=bool(request.POST.get("website")),
    )
    found = outcome(answers, counting(now))
    shown = {
        "reference": submission.reference,
        "words": list(found.words),
        "day": found.day.isoformat() if found.day else "",
        "danger": answers.formal == "safeguarding",
        "sent_at": now.isoformat(),
    }
    drafts.finish(request.session, draft, shown, now)
    return redirect("escalations:form_sent", form=draft.form)


def _too_many(request: HttpRequest, now: datetime) -> bool:
    """From one browser, or from one address, behind which a whole town may be."""
    if drafts.sent_since(request.session, now - SENT_WITHIN, now) >= MOST_SENT:
        return True
    return not consume(request, action="concern_sent")


def _entry(form: UUID, shown: dict[str, Any]) -> Appointment:
    midnight = datetime.combine(date.fromisoformat(shown["day"]), time(), tzinfo=LONDON)
    return Appointment(
        uid=f"{form}@concern.send-portal",
        starts=midnight,
        ends=midnight + timedelta(days=1),
        summary=f"Hear from {settings.COUNCIL_NAME} by today: {shown['reference']}",
        description="\n".join(shown["words"]),
        stamp=datetime.fromisoformat(shown["sent_at"]),
        all_day=True,
    )


# --- Addresses and the frame ----------------------------------------------------------------


def _address(draft: Draft, page: Page | None) -> str:
    """Of a page, or of the one that checks the answers (None)."""
    if page is None:
        return reverse("escalations:form_check", args=[draft.form])
    return reverse("escalations:form_question", args=[draft.form, page.name])


def _next_address(draft: Draft) -> str:
    return _address(draft, pages.first_open(draft.kept, draft.done))


def _to_next(draft: Draft) -> HttpResponse:
    return redirect(_next_address(draft))


def _back(draft: Draft, page: Page | None) -> str:
    earlier = pages.before(page, draft.kept)
    return _address(draft, earlier) if earlier else reverse("escalations:form_start")


def _gone(request: HttpRequest) -> HttpResponse:
    """Deleted after some hours, sent long ago, or another browser's: nobody is told which."""
    context = {"lasts": int(LASTS.total_seconds() // 3600)}
    return public_page(request, "form_gone", context, 404)


def public_page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page as it looks for everybody, also for staff who are signed in."""
    known = places()
    around = {
        "user": AnonymousUser(),
        "navigation": [],
        "messages": [],
        "rights": [known[code] for code in RIGHTS if code in known],
        "safety": [known[code] for code in SAFETY if code in known],
        "safety_numbers": safety_numbers(),
        "first": [known[code] for code in FIRST if code in known],
    }
    return render(request, f"escalations/{name}.html", around | context, status=status)
