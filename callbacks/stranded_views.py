"""Booked calls whose owner cannot ring then: who that is, and what becomes of the calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import Absence, User
from callbacks.absence_actions import move_calls, note_told
from callbacks.absence_forms import Instead, MoveCallsForm, ToldForm
from callbacks.absences import days_in_words
from callbacks.caller_messages import promised_to
from callbacks.models import Booking
from callbacks.outlook import Outlook, outlook
from callbacks.stranded import (
    LOOKS_AFTER,
    Stuck,
    calls_during,
    clashes,
    days_of,
    looked_after,
    looks_after,
    moved_away,
    stranded,
    to_be_told,
    waits_to_be_told,
)
from clocks.calendars import LONDON
from clocks.wording import moment_in_words

# How callbacks.stranded says that somebody is away.
ON_LEAVE = "on leave"


@dataclass(frozen=True)
class CallsPage:
    """One person's calls that somebody else has to make, or that have to wait.

    ``hidden`` of them are about restricted records that the viewer may not open.
    """

    person: User
    heading: str
    calls: list[Stuck]
    hidden: int
    instead: Instead
    moved: list[Booking]

    @property
    def waiting(self) -> list[Booking]:
        """Calls as they are booked now, whose callers still have to be told."""
        later = [row.followed_by for row in self.moved]
        return [booking for booking in later if waits_to_be_told(booking)]


def of_absence(absence: Absence, user: User, now: datetime) -> CallsPage:
    """What the page of an absence shows; a fixed number of queries."""
    person, (start, end) = absence.person, days_of(absence)
    every = calls_during(absence)
    booked = list(every.unrestricted_for(user).with_callers())
    calls = [Stuck(booking, _how_it_stands(booking)) for booking in booked]
    cover, found, note = _who_can_ring(absence, booked)
    return CallsPage(
        person=person,
        heading=f"{person} is away {days_in_words(absence)}",
        calls=calls,
        hidden=every.count() - len(booked),
        instead=Instead(
            owner=person,
            cover=cover,
            colleagues=[] if cover else _colleagues(person, calls),
            back=end,
            when_back=" after they are back",
            clashes=found,
            outlook=outlook(booked, person, end, _covers_today(absence, now), now),
            note=note,
        ),
        moved=list(moved_away(person, start, end).unrestricted_for(user)),
    )


def of_person(person: User, user: User, now: datetime) -> CallsPage:
    """What the page of somebody who cannot ring shows; a fixed number of queries."""
    every = stranded(user, now, person=person)
    calls = _seen_calls(every, user)
    return CallsPage(
        person=person,
        heading=f"Calls that {person} cannot make",
        calls=calls,
        hidden=len(every) - len(calls),
        instead=Instead(
            owner=person,
            cover=None,
            colleagues=_colleagues(person, calls),
            back=now if person.can_own else None,
            when_back="",
            clashes={},
            outlook=_outlook(calls, person, now),
        ),
        moved=list(looked_after(moved_away(person, now, None), user).unrestricted_for(user)),
    )


def _outlook(calls: Sequence[Stuck], person: User, now: datetime) -> Outlook:
    back = now if person.can_own else None
    return outlook([one.booking for one in calls], person, back, None, now)


def _covers_today(absence: Absence, now: datetime) -> User | None:
    """Who looks after their answers today, and so may ring at other times too (offers)."""
    today = now.astimezone(LONDON).date()
    cover = absence.cover if absence.first_day <= today <= absence.last_day else None
    return cover if cover and cover.can_own else None


def _who_can_ring(
    absence: Absence, booked: Sequence[Booking]
) -> tuple[User | None, dict[int, str], str]:
    """The cover, or whoever covers for them when they are on leave at every call themselves.

    With the reasons why they cannot ring, by booking, and in words why it is not the cover.
    """
    cover = absence.cover if absence.cover and absence.cover.can_own else None
    if cover is None:
        return None, {}, ""
    found = clashes(cover, booked)
    if not _on_leave_at_all(booked, found):
        return cover, found, ""
    note = f"{cover} looks after the answers and is on leave at these times too."
    theirs = Absence.objects.filter(person=cover).select_related("cover__team")
    for leave in theirs.exclude(cover=absence.person_id).exclude(cover=None):
        if not all(_during(leave, booking) for booking in booked):
            continue
        second = leave.cover
        if second is None or not second.can_own or second.team_id != absence.person.team_id:
            continue
        found = clashes(second, booked)
        if not _on_leave_at_all(booked, found):
            return second, found, f"{note} {second} covers for them."
    return None, {}, note


def _on_leave_at_all(booked: Sequence[Booking], found: Mapping[int, str]) -> bool:
    return bool(booked) and all(found.get(one.pk) == ON_LEAVE for one in booked)


def _during(leave: Absence, booking: Booking) -> bool:
    return leave.first_day <= booking.starts_at.astimezone(LONDON).date() <= leave.last_day


def calls_page(
    request: HttpRequest, read: Callable[[], CallsPage], back: str, now: datetime
) -> HttpResponse:
    """Show the calls, move them, and tick off who has been told.

    ``read`` reads the page, again after a move; ``back`` is where the viewer came from.
    """
    user, page = signed_in(request), read()
    _note(page, user, now)
    if request.method == "POST" and "told" in request.POST:
        told_form = ToldForm(request.POST, waiting=page.waiting)
        if told_form.is_valid():
            return _tell(request, told_form, user, now)
        return _show(request, page, _form(page, user), told_form, back)
    form = _form(page, user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not (reasons := _move(request, form, user, now)):
            return redirect(request.path)
        page = read()
        form = _form(page, user, request.POST)
        form.explain(reasons)
    return _show(request, page, form, ToldForm(waiting=page.waiting), back)


def _form(page: CallsPage, user: User, data: Any = None) -> MoveCallsForm:
    return MoveCallsForm(data, calls=page.calls, instead=page.instead, tellers=_tellers(page, user))


def _tellers(page: CallsPage, user: User) -> list[User]:
    """Who can be asked to ring: the viewer, the lead, and the cover; not who is away."""
    team = page.person.team
    people = (user, team.lead if team else None, page.instead.cover)
    found = {one.pk: one for one in people if one and one.is_active}
    return [one for one in found.values() if one == user or one != page.person]


def _move(request: HttpRequest, form: MoveCallsForm, user: User, now: datetime) -> dict[int, str]:
    """Move what can be moved; returns why the others stay, by booking."""
    moved, reasons = move_calls(
        wishes=form.wishes(),
        teller=form.chosen_teller(user),
        page=request.path,
        by=user,
        now=now,
    )
    if moved:
        calls = "1 call is" if len(moved) == 1 else f"{len(moved)} calls are"
        messages.success(request, f"{calls} moved.")
    if late := [booking for booking in moved if booking.passes_promise]:
        messages.warning(request, _said_late(late))
    return reasons


def _said_late(late: Sequence[Booking]) -> str:
    """Which calls are after the day promised now, and what follows from it (H29)."""
    calls = "; ".join(
        f"{booking.contact.reference}, promised by {promised_to(booking)}, is on "
        f"{moment_in_words(booking.starts_at)}"
        for booking in late
    )
    number = "1 of them is" if len(late) == 1 else f"{len(late)} of them are"
    return (
        f"{number} after the day promised: {calls}. It counts as a breach of capacity. "
        "Whoever is told of the new time is told that we are sorry."
    )


def _tell(request: HttpRequest, form: ToldForm, user: User, now: datetime) -> HttpResponse:
    told = sum(note_told(booking=booking, by=user, now=now) for booking in form.told())
    if told:
        callers = "1 caller has" if told == 1 else f"{told} callers have"
        messages.success(request, f"{callers} been told.")
    return redirect(request.path)


def _show(
    request: HttpRequest, page: CallsPage, form: MoveCallsForm, told_form: ToldForm, back: str
) -> HttpResponse:
    return render(
        request,
        "callbacks/calls_to_move.html",
        {
            "page": page,
            "form": form,
            "told_form": told_form,
            "wrong": told_form if told_form.is_bound else form,
            "back": back,
        },
    )


# --- Everybody who cannot ring ------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*LOOKS_AFTER)
def everybody(request: HttpRequest) -> HttpResponse:
    """Calls to come that their owner cannot make, a person at a time; who still has to be told."""
    user, now = signed_in(request), timezone.now()
    found = stranded(user, now)
    calls = _seen_calls(found, user)
    waiting = list(to_be_told(user).unrestricted_for(user))
    _note_listed([one.booking for one in calls] + waiting, user, now)
    form = ToldForm(request.POST or None, waiting=waiting)
    if request.method == "POST" and form.is_valid():
        return _tell(request, form, user, now)
    return render(
        request,
        "callbacks/stranded.html",
        {
            "people": _by_person(calls),
            "hidden": len(found) - len(calls),
            "waiting": waiting,
            "form": form,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*LOOKS_AFTER)
def of_one(request: HttpRequest, pk: int) -> HttpResponse:
    """The calls of one person who cannot ring, with the same choices as during leave."""
    user, now = signed_in(request), timezone.now()
    person = get_object_or_404(User.objects.select_related("team__lead"), pk=pk)
    if not (looks_after(user, person) or stranded(user, now, person=person)):
        raise Http404
    back = reverse("callbacks:stranded")
    return calls_page(request, lambda: of_person(person, user, now), back, now)


def _by_person(calls: Sequence[Stuck]) -> list[tuple[User, list[Stuck]]]:
    ordered = sorted(calls, key=lambda one: (str(one.booking.owner), one.booking.owner_id))
    groups = groupby(ordered, key=lambda one: one.booking.owner)
    return [(person, list(theirs)) for person, theirs in groups]


# --- What may be seen ---------------------------------------------------------------------------


def _seen_calls(calls: Sequence[Stuck], user: User) -> list[Stuck]:
    """Without those about restricted records on which ``user`` is not named. One query."""
    keys = [one.booking.pk for one in calls]
    seen = Booking.objects.unrestricted_for(user).filter(pk__in=keys)
    open_to = set(seen.values_list("pk", flat=True))
    return [one for one in calls if one.booking.pk in open_to]


def _how_it_stands(booking: Booking) -> str:
    return "Still booked" if booking.is_booked else booking.get_state_display()


def _colleagues(person: User, calls: Sequence[Stuck]) -> list[User]:
    """Who could ring at the same time when nobody covers: the rest of the team, by name.

    Not those who are on leave on all the days of ``calls``. Two queries.
    """
    if person.team_id is None or not calls:
        return []
    days = {one.booking.starts_at.astimezone(LONDON).date() for one in calls}
    team = User.objects.holders().filter(team=person.team_id).exclude(pk=person.pk)
    leaves = Absence.objects.filter(person__in=team, last_day__gte=min(days))
    away: dict[int, set[date]] = {}
    for leave in leaves.filter(first_day__lte=max(days)):
        theirs = {day for day in days if leave.first_day <= day <= leave.last_day}
        away.setdefault(leave.person_id, set()).update(theirs)
    people = team.order_by("full_name", "pk")
    return [one for one in people if away.get(one.pk, set()) != days]


def _note(page: CallsPage, user: User, now: datetime) -> None:
    _note_listed([one.booking for one in page.calls] + page.moved, user, now)


def _note_listed(bookings: Sequence[Booking], user: User, now: datetime) -> None:
    """A list of children was shown: it is in the access log (H23)."""
    cases = [booking.contact.case for booking in bookings]
    note_listed(
        records=[case.reference for case in cases if case], by=user, now=now, detail="calls to move"
    )
