"""The call desk: one screen for a caller on the line (H22 to H33)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import User
from callbacks import call_actions, desk_actions
from callbacks.at_risk import is_report, whom_to_ring
from callbacks.barred import shared_words
from callbacks.desk import Desk, as_said, desk_for
from callbacks.desk_confirmations import confirmation_words
from callbacks.desk_end_form import EndCallForm
from callbacks.desk_facts import about, what_to_say
from callbacks.desk_forms import CallForm, UnknownCallForm
from callbacks.desk_words import closing_words
from callbacks.models import Attempt, DeskCall, Signpost
from callbacks.offers import Offer, offer
from cases.actions import MAY_LOG
from cases.contact_messages import matter_of
from cases.identity import of_kept_case
from cases.models import Case, Contact, RelatedPerson
from cases.people_around import PeopleAround, people_around
from cases.search_forms import SearchForm
from clocks.calendars import LONDON, calendar_for_display

# Words typed with a caller on the line, kept while a page without scripts notes a try.
DRAFT, DRAFT_LASTS = "desk_draft", timedelta(minutes=10)
# Instead of a try: what the reason why it is more urgent now changes (H33).
LOOK = "look"


def at_kept_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view the case that its address names; what is posted on the page of a record that
    was merged meanwhile goes on at the desk of the one that is kept."""

    @of_kept_case
    @wraps(view)
    def at_desk(request: HttpRequest, found: Case) -> HttpResponse:
        return view(request, call_actions.kept_case(found) if found.merged_into_id else found)

    return at_desk


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_LOG)
@at_kept_desk
def desk(request: HttpRequest, found: Case) -> HttpResponse:
    """Everything about one child for whoever has a caller, and the end of the call."""
    user, now, calendar = signed_in(request), timezone.now(), calendar_for_display()
    note_read(record=found.reference, by=user, now=now)
    if request.method == "POST" and (ended := _ended_by(request, user)):
        return redirect("callbacks:finished", ended.pk)
    shown = desk_for(found, user, now, calendar)
    form, around = _form(request, shown, user, now)
    if request.method == "POST":
        if form.is_valid() and (call := _finished(form, shown, user, now)):
            return redirect("callbacks:finished", call.pk)
        # Something may have happened since the page was opened: show how it is now.
        form.desk = shown = desk_for(found, user, now, calendar)
        if form.was_taken and not form.has_error("outcome"):
            _offer_others(form, now)
    changes = form.changes() if request.method == "POST" else []
    if changes:
        form.take_changes()
    return render(
        request,
        "callbacks/desk.html",
        {
            **about(found, around, now),
            "contact_plans": shown.plans.shown,
            "now": now,
            "calendar": calendar,
            "desk": _as_said(shown, form, now),
            "form": form,
            "changes": changes,
            "says": what_to_say(form, now),
            "safety": whom_to_ring(now, calendar, found.team),
        },
    )


def _form(
    request: HttpRequest,
    shown: Desk,
    user: User,
    now: datetime,
    *,
    typed: dict[str, Any] | None = None,
) -> tuple[EndCallForm, PeopleAround]:
    """The end of the call: as it was posted, or filled in with ``typed``, or with the draft."""
    around = people_around(shown.case, user, timezone.localdate(now, LONDON))
    posted = request.POST if typed is None and request.method == "POST" else None
    if typed is None:
        typed = _draft(request, shown, now) if posted is None else {}
    chosen = (typed if posted is None else posted).get("matter", "")
    form = EndCallForm(
        posted,
        desk=shown,
        offered=_offered(shown, chosen, now),
        people=[one.related for one in around.people],
        signposts=_signposts(),
        typed=typed,
    )
    return form, around


def _offered(shown: Desk, chosen: str, now: datetime) -> Offer | None:
    """The times for the matter ``chosen`` (its reference), or for something new.

    None while no date can be given: the call can still end with a message.
    """
    with suppress(RuleBroken):
        return offer(shown.case, now=now, matter=_chosen(shown, chosen))
    return None


def _chosen(shown: Desk, reference: str) -> Contact | None:
    found = (one.contact for one in shown.matters if one.contact.reference == reference)
    return next(found, None)


def _offer_others(form: EndCallForm, now: datetime) -> None:
    """Instead of a time that cannot be had: it is taken, or it is not for this matter."""
    chosen, slot = form.data.get("matter", ""), form.data.get("slot", "")
    offered, matter = _offered(form.desk, chosen, now), _chosen(form.desk, chosen)
    for_new = _offered(form.desk, "", now) if matter else None
    if offered and matter and for_new and slot in {str(one.pk) for one in for_new.slots}:
        form.offer_before(offered, matter)
    else:
        form.offer_instead(offered)


def _as_said(shown: Desk, form: EndCallForm, now: datetime) -> Desk:
    return as_said(shown, urgent=form.urgent_about(), times=bool(form.slots), now=now)


def _signposts() -> list[Signpost]:
    return list(Signpost.objects.filter(active=True))


def _finished(form: EndCallForm, shown: Desk, user: User, now: datetime) -> DeskCall | None:
    try:
        return desk_actions.finish_call(
            case=shown.case,
            said=form.said(),
            ending=form.ending(),
            submission=form.cleaned_data["submission"],
            by=user,
            now=now,
        )
    except RuleBroken as broken:
        _show(form, broken, now)
        return None


def _show(form: EndCallForm, broken: RuleBroken, now: datetime) -> None:
    if broken.code in TAKEN:
        _offer_others(form, now)
        return
    if broken.code == "reason_missing":
        # The last time in time was taken meanwhile.
        form.offer(_offered(form.desk, form.data.get("matter", ""), now))
    form.show(broken)
    if broken.code == "submission_used":
        form.renew_submission()


# Somebody else was quicker, or the diary has changed: other times are offered.
TAKEN = frozenset({"just_taken", "past", "not_free"})


def _ended_by(request: HttpRequest, user: User) -> DeskCall | None:
    """The call that this very form has ended: the second click leads where the first did.

    With other words it is another call, and goes on to the form.
    """
    try:
        submission = UUID(request.POST.get("submission", ""))
    except ValueError:
        return None
    call = DeskCall.objects.filter(submission=submission, adviser=user).first()
    if call is None or call.outcome != request.POST.get("outcome"):
        return None
    if is_report(call) != ("at_risk" in request.POST):
        return None
    asked = " ".join(request.POST.get("asked", "").split())
    written = " ".join(call.contact.message.split()) if call.contact else asked
    return call if asked and written.startswith(asked) else None


# --- Trying to put the caller through ---------------------------------------------------------


@require_POST
@for_roles(*MAY_LOG)
@at_kept_desk
def attempt(request: HttpRequest, found: Case) -> HttpResponse:
    """Note one try; htmx gets the panel anew, so that what is being typed beside it stays."""
    user, now = signed_in(request), timezone.now()
    note_read(record=found.reference, by=user, now=now)
    looks = request.POST.get("attempt") == LOOK
    problem = "" if looks else _noted(request, found, user, now)
    if not request.htmx:  # type: ignore[attr-defined]
        if problem:
            messages.warning(request, problem)
        _keep_draft(request, found)
        return redirect("callbacks:desk", found.reference)
    shown = desk_for(found, user, now, calendar_for_display())
    form, _ = _form(request, shown, user, now, typed=_typed(request))
    context = {
        "desk": _as_said(shown, form, now),
        "case": found,
        "form": form,
        "now": now,
        "calendar": calendar_for_display(),
        "problem": problem,
        "looks": looks,
        "other_times": _other_times(request, form),
    }
    return render(request, "callbacks/_desk_tried.html", context)


def _other_times(request: HttpRequest, form: EndCallForm) -> bool:
    """Whether the times on the page are offered by another date than that of what is chosen."""
    shown = request.POST.get("times_by", "")
    return form.offered is not None and shown != str(int(form.offered.promised_by.timestamp()))


def _noted(request: HttpRequest, found: Case, user: User, now: datetime) -> str:
    """What was wrong with the try, or nothing."""
    party, _, result = request.POST.get("attempt", "").partition(".")
    shown = request.POST.get("tried", "")
    if party not in Attempt.Party or result not in Attempt.Result:
        return "Press one of the buttons."
    try:
        call_actions.note_attempt(
            case=found,
            party=Attempt.Party(party),
            result=Attempt.Result(result),
            reason=request.POST.get("skip_reason", ""),
            after=int(shown) if shown.isascii() and shown.isdecimal() else None,
            by=user,
            now=now,
        )
    except RuleBroken as broken:
        return broken.message
    return ""


def _keep_draft(request: HttpRequest, found: Case) -> None:
    """Nothing typed into the end of the call is lost by the page that comes back."""
    at = timezone.now().timestamp()
    request.session[DRAFT] = {"case": found.reference, "typed": _typed(request), "at": at}


def _typed(request: HttpRequest) -> dict[str, Any]:
    fields = {*EndCallForm.base_fields, "skip_reason"}
    return {name: value for name, value in request.POST.items() if name in fields and value}


def _draft(request: HttpRequest, shown: Desk, now: datetime) -> dict[str, Any]:
    """What was typed for this child before the page came back; not that of an earlier caller."""
    kept = request.session.get(DRAFT)
    if not kept or kept["case"] != shown.case.reference:
        return {}
    del request.session[DRAFT]
    if now.timestamp() - kept["at"] > DRAFT_LASTS.total_seconds():
        return {}
    typed: dict[str, Any] = kept["typed"]
    if shown.attempts and shown.attempts[-1].result == Attempt.Result.ANSWERED:
        typed["outcome"] = DeskCall.Outcome.TRANSFERRED
    # The page that comes back is opened now.
    typed.pop("gates", None)
    return typed


@require_POST
@for_roles(*MAY_LOG)
@at_kept_desk
def rang_off(request: HttpRequest, found: Case) -> HttpResponse:
    """The caller was gone before anything came of it."""
    user, now = signed_in(request), timezone.now()
    call_actions.rang_off(case=found, by=user, now=now)
    # Pressed by mistake, nothing typed is lost.
    _keep_draft(request, found)
    messages.success(request, "The call is closed: the caller rang off.")
    return redirect("cases:search")


# --- The end of a call ------------------------------------------------------------------------


@require_safe
@for_roles(*MAY_LOG)
def finished(request: HttpRequest, pk: int) -> HttpResponse:
    """The sentence to close the call with, and the field for the next one."""
    user, now = signed_in(request), timezone.now()
    known = Q(case=None) | Q(case__in=Case.objects.visible_to(user))
    calls = DeskCall.objects.filter(known, adviser=user).exclude(ended_at=None)
    call = get_object_or_404(
        calls.select_related("contact__original", "contact__sender_person", "case", "signpost"),
        pk=pk,
    )
    if call.case:
        note_read(record=call.case.reference, by=user, now=now)
    return render(
        request,
        "callbacks/desk_finished.html",
        {
            "call": call,
            "closing": _closing(call),
            "caution": _caution(call),
            "confirmation": confirmation_words(call),
            # One reference for one matter: what mail, calendar and link say too.
            "reference": matter_of(call.contact).reference if call.contact else "",
            "search_form": SearchForm(),
        },
    )


def _caution(call: DeskCall) -> str:
    """Whose number the caller's is as well, for whoever has them on the line still."""
    if call.case is None or call.contact is None:
        return ""
    chosen = call.contact.sender_person
    if chosen is not None and chosen.no_contact:
        return ""
    return shared_words(RelatedPerson.objects.around(call.case), call.contact.sender_phone)


def _closing(call: DeskCall) -> str:
    """The screen's own sentence; what the adviser wrote instead was said already."""
    return call.told if call.outcome == DeskCall.Outcome.WAITING else closing_words(call)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_LOG)
def unknown(request: HttpRequest) -> HttpResponse:
    """A call about a child whom nobody finds: sent elsewhere, or a message for the tray (H23)."""
    user, now = signed_in(request), timezone.now()
    if request.method == "POST" and (ended := _ended_by(request, user)):
        return redirect("callbacks:finished", ended.pk)
    form = UnknownCallForm(request.POST or None, signposts=_signposts(), typed={})
    if request.method == "POST" and form.is_valid():
        call = _finished_unknown(form, user, now)
        if call:
            return redirect("callbacks:finished", call.pk)
    shown = {"form": form, "safety": whom_to_ring(now, calendar_for_display())}
    return render(request, "callbacks/desk_unknown.html", shown)


def _finished_unknown(form: UnknownCallForm, user: User, now: datetime) -> DeskCall | None:
    try:
        return desk_actions.finish_unknown(
            said=form.said(),
            told_child=form.cleaned_data["told_child"],
            ending=form.ending(),
            submission=form.cleaned_data["submission"],
            by=user,
            now=now,
        )
    except RuleBroken as broken:
        _show_unknown(form, broken)
        return None


def _show_unknown(form: CallForm, broken: RuleBroken) -> None:
    form.show(broken)
    if broken.code == "submission_used":
        form.renew_submission()
