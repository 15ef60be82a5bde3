"""What a sender sees and does with the link from their e-mail, without an account (H102).

Two keys: the address, which is kept out of logs and of the addresses that browsers pass on, and
the child's date of birth, asked once in a session. A link that we did not make, one that has
ended and a wrong date read alike, so that nobody learns here whether there is such a concern. To
look never changes anything, because mail scanners follow links.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Any

from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.core.internal.ratelimit import consume as count
from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import RuleBroken
from cases.contact_messages import matter_of, must_not_be_contacted
from cases.models import Case, Contact, RelatedPerson
from escalations import follow_actions as actions
from escalations.follow_forms import (
    ADD,
    HELPED,
    NOT_HELPED,
    NOT_OPENED,
    TOO_MANY,
    BirthdayForm,
    SayForm,
    boxes_of,
)
from escalations.follow_page import Followed, Stage, followed
from escalations.form_links import RIGHTS, places
from escalations.ladder import Kind
from escalations.links import birthdays, contact_of

HEADERS = {
    # No cache and no search engine keeps it, and the address goes nowhere else.
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
OPENED = "concerns_opened"
DONE = {
    "added": (messages.SUCCESS, "We have added what you wrote. The person who has it will read it"),
    "helped": (messages.SUCCESS, "Thank you. We are glad that it helped"),
    "next": (messages.SUCCESS, "The next person has your concern now"),
    "waits": (messages.INFO, "We have added what you wrote. An answer is on its way"),
    "end": (messages.INFO, "Thank you. We have added what you wrote"),
    "call": (
        messages.SUCCESS,
        "Thank you. We still ring you. Your concern stays open until then",
    ),
    "changed": (
        messages.INFO,
        "Something has happened since you opened that page. This is how it stands now. Your last "
        "press of the button has changed nothing: please choose again",
    ),
    "first": (messages.SUCCESS, "We have what you wrote, and somebody will answer you"),
}

View = Callable[[HttpRequest, str], HttpResponse]


def open_to_all(view: Callable[[HttpRequest, str, datetime], HttpResponse]) -> View:
    # The address and the session's second key prove who sends a form: no other cookie could
    # prove more, and under "no-referrer" a browser does not say from which site a form comes.
    # The session's cookie stays behind when another site sends one (SameSite).
    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token, timezone.now())
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return answered


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def follow(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """Where it is, who has it, the date and what we said; before that one question."""
    if request.method == "POST":
        return _open(request, token, now)
    contact = _opened(request, token)
    if contact is None:
        return _question(request, token, BirthdayForm())
    return _show(request, token, contact, SayForm(), now)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def say(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """Add something, say whether it helped, go to the next person."""
    if request.method != "POST":
        # The page whose form was wrong, asked for again.
        return redirect("escalations:follow", token=token)
    contact = _opened(request, token)
    if contact is None:
        # The session has ended: what was typed waits until the date is given again.
        typed = _typed(request)
        return _question(request, token, BirthdayForm(initial={"words": typed}), typed=typed)
    form = SayForm(request.POST)
    if not form.is_valid():
        return _show(request, token, contact, form, now)
    if not consume(request, action="concern_said", key=f"matter {matter_of(contact).pk}"):
        form.add_error("words", TOO_MANY)
        return _show(request, token, contact, form, now, status=429)
    try:
        done = _do(form, contact, now)
    except RuleBroken as broken:
        return _show_broken(request, token, contact, form, broken, now)
    return _to(token, done)


def _to(token: str, done: str) -> HttpResponse:
    response = redirect("escalations:follow", token=token)
    response["Location"] += f"?done={done}"
    return response


def _typed(request: HttpRequest) -> str:
    boxes = [request.POST.get(name, "").replace("\x00", "") for name in ("words", "more")]
    return "\n\n".join(typed for typed in boxes if typed.strip())


@require_POST
@open_to_all
def new_link(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """A fresh link by e-mail, to the address that we have. The page says the same to everybody."""
    contact = contact_of(token, also_expired=True)
    key = f"contact {contact.pk}" if contact else f"token {token}"
    if consume(request, action="concern_link", key=key) and contact:
        actions.send_new_link(contact=contact, now=now)
    return _page(request, "follow_link_sent", {"token": token})


# --- The second key -------------------------------------------------------------------------


def _opened(request: HttpRequest, token: str) -> Contact | None:
    """The contact, once its second key was given in this session."""
    contact = contact_of(token)
    if contact is None or matter_of(contact).pk not in request.session.get(OPENED, []):
        return None
    return None if _is_barred(contact) else contact


def _is_barred(contact: Contact) -> bool:
    """Whoever must not be contacted has no link either, and learns no more than a stranger.

    Where we do not know the child nobody is looked for instead: the time that an answer takes
    must not tell which it is (benchmarks.form_timing).
    """
    if contact.case:
        return must_not_be_contacted(contact)
    nobody = RelatedPerson.objects.around(Case(pk=0))
    return nobody.filter(no_contact=True, email__iexact=contact.sender_email).exists()


def _fits(contact: Contact, born: date) -> bool:
    return born in birthdays(contact) and not _is_barred(contact)


def _open(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    form = BirthdayForm(request.POST)
    typed = _typed(request)
    if not form.is_valid():
        return _question(request, token, form, typed=typed)
    contact = contact_of(token)
    # Every link to one matter counts together; one that is not ours counts for itself.
    key = f"matter {matter_of(contact).pk}" if contact else f"token {token}"
    tried = _try_once(request, key)
    if tried is None:
        form.add_error("born", TOO_MANY)
        return _question(request, token, form, typed=typed, status=429)
    if contact is None or not _fits(contact, form.cleaned_data["born"]):
        form.add_error("born", NOT_OPENED)
        return _question(request, token, form, typed=typed)
    tried.rollback()
    _remember(request, contact)
    if typed:
        return _show(request, token, contact, SayForm(initial={"words": typed}), now)
    return redirect("escalations:follow", token=token)


def _try_once(request: HttpRequest, key: str) -> RateLimitUsage | None:
    """A try, counted before the date is looked at: of many at once no more are let through.

    None when there were too many. Such a try counts against nobody, also not its address.
    """
    if not consume(request, action="concern_wrong", key=key, dry_run=True):
        return None
    return count(request, app="allauth.account", action="concern_wrong", key=key)


def _remember(request: HttpRequest, contact: Contact) -> None:
    opened = request.session.get(OPENED, [])
    request.session[OPENED] = [*opened, matter_of(contact).pk][-20:]


# --- What is said ---------------------------------------------------------------------------


def _do(form: SayForm, contact: Contact, now: datetime) -> str:
    """Do it; the word says what to tell them."""
    do, seen = form.cleaned_data["do"], form.cleaned_data["seen"]
    said = {
        "contact": contact,
        "submission": form.cleaned_data["submission"],
        "words": form.cleaned_data["said"],
        "now": now,
    }
    if do == HELPED:
        settled = actions.say_it_helped(**said, seen=seen, call_off=form.call_off)
        return "helped" if settled else "call"
    if do == ADD:
        actions.add_information(**said)
        return "added"
    further = actions.say_it_did_not_help if do == NOT_HELPED else actions.ask_next_person
    placement = further(**said, seen=seen).placement
    if placement.kind == Kind.STEP:
        return "next" if placement.step > 1 else "first"
    return "end" if placement.kind == Kind.END else "waits"


def _show_broken(
    request: HttpRequest,
    token: str,
    contact: Contact,
    form: SayForm,
    broken: RuleBroken,
    now: datetime,
) -> HttpResponse:
    """The words stay; why it cannot be done is ours to see to, not theirs."""
    if broken.code == "call_to_come":
        return _ask_about_call(request, token, contact, form, now)
    if broken.code == "changed_meanwhile":
        return _ask_again(request, token, contact, form, now)
    said = "We could not do this just now. Your words are still here. Please try again, or ring us."
    if broken.code == "submission_used":
        form.renew()
        said = "This was sent already. Press the button again to send these words too."
    if broken.code == "begun":
        said = "It is time for your call just now. Please tell us after it."
    form.add_error("words", said)
    return _show(request, token, contact, form, now)


def _ask_again(
    request: HttpRequest, token: str, contact: Contact, form: SayForm, now: datetime
) -> HttpResponse:
    """They pressed a button about something that is over: how it stands now, and nothing done."""
    typed = form.cleaned_data["said"]
    if not typed:
        return _to(token, "changed")
    fresh = SayForm(initial={"words": typed})
    return _show(request, token, contact, fresh, now, said=[Message(*DONE["changed"])])


def _ask_about_call(
    request: HttpRequest, token: str, contact: Contact, form: SayForm, now: datetime
) -> HttpResponse:
    """A call that was promised: do they still want it, now that it helped?"""
    context = {"token": token, "form": form, "shown": followed(contact, now)}
    return _page(request, "follow_call", context)


# --- Pages ----------------------------------------------------------------------------------


def _question(
    request: HttpRequest, token: str, form: BirthdayForm, *, typed: str = "", status: int = 200
) -> HttpResponse:
    form.helper.form_action = _address(token)
    context = {"token": token, "form": form, "typed": typed}
    return _page(request, "follow_question", context, status)


def _show(
    request: HttpRequest,
    token: str,
    contact: Contact,
    form: SayForm,
    now: datetime,
    *,
    status: int = 200,
    said: Sequence[Message] = (),
) -> HttpResponse:
    shown = followed(contact, now)
    boxes = boxes_of(shown)
    if len(boxes) == 1 and form.data.get("more"):
        form.gather()
    context = {"token": token, "shown": shown, "form": form}
    context["boxes"] = [(box, form[box.name]) for box in boxes]
    context["messages"] = said or _said(request, shown)
    found = places()
    context["ways_on"] = [found[code] for code in ("complaints", "ombudsman") if code in found]
    return _page(request, "follow", context, status)


def _said(request: HttpRequest, shown: Followed) -> list[Message]:
    """What has just been done, after the page that did it; not once something else has happened."""
    done = request.GET.get("done", "") if request.method != "POST" else ""
    if done not in DONE or (done in ("next", "waits") and shown.stage != Stage.WAITING):
        return []
    return [Message(*DONE[done])]


def _address(token: str) -> str:
    return reverse("escalations:follow", args=[token])


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page as it looks for everybody, also for staff who are signed in."""
    found = places()
    rights = [found[code] for code in RIGHTS if code in found]
    around: dict[str, Any] = {"user": AnonymousUser(), "navigation": [], "messages": []}
    around["rights"] = rights
    return render(request, f"escalations/{name}.html", around | context, status=status)
