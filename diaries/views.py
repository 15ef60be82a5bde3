"""The duty rota and the protected time of a team."""

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Team, User
from clocks.calendars import LONDON, calendar_for_display
from clocks.wording import day_in_words
from diaries.actions import arranges_for, leads
from diaries.collisions import collisions
from diaries.duty import duty_days, duty_weeks
from diaries.duty_actions import Copied, copy_week, put_all_on_duty, take_off_duty
from diaries.forms import ProtectForm, PutOnDutyForm
from diaries.models import DutyShift, ProtectedTime
from diaries.protected_actions import end_protected, protect_weekdays
from diaries.rota import SEES_ROTA, grid, lines_today, members

WEEKS = 4
# No appointment is made farther ahead.
A_YEAR = timedelta(days=366)
# How far the calendar is turned, before and after today.
FARTHEST = timedelta(days=3 * 366)


@require_safe
@for_roles(*SEES_ROTA)
def duty(request: HttpRequest) -> HttpResponse:
    """Four weeks of a team's duty line; for somebody without a team, every line today."""
    user, now = signed_in(request), timezone.now()
    teams = _teams(user)
    team = _chosen(request, teams, user)
    if team is None:
        return _every_line(request, teams, now)
    today, calendar = _today(now), calendar_for_display()
    monday = _week(request, today)
    weeks = duty_weeks(team, monday, WEEKS, now, calendar)
    names, rows = grid(weeks)
    return render(
        request,
        "diaries/duty.html",
        {
            "teams": teams,
            "team": team,
            "line": lines_today([team], today, calendar)[0],
            "weekdays": names,
            "rows": rows,
            "gaps": [day for week in weeks for day in week.gaps if day.day >= today],
            "last": monday + timedelta(days=7 * WEEKS - 1),
            "today": today,
            "may_arrange": arranges_for(team, user),
            "monday": monday,
            "earlier": monday - timedelta(days=7 * WEEKS),
            "later": monday + timedelta(days=7 * WEEKS),
        },
    )


def _every_line(request: HttpRequest, teams: list[Team], now: datetime) -> HttpResponse:
    today = _today(now)
    lines = lines_today(teams, today, calendar_for_display())
    return render(request, "diaries/lines.html", {"teams": teams, "lines": lines, "today": today})


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEES_ROTA)
def duty_day(request: HttpRequest, team: int, day: date) -> HttpResponse:
    """Who answers a team's line on a day: put people on duty, or take them off."""
    user, now = signed_in(request), timezone.now()
    ours = _arranged(team, user)
    (found,) = duty_days([ours], day, day, calendar_for_display())[ours.pk]
    already = [turn.shift.person for turn in found.turns]
    around = members(ours, day, [person.pk for person in already])
    form = PutOnDutyForm(request.POST or None, free=around.free, already=already)
    if request.method == "POST" and form.is_valid():
        try:
            put_all_on_duty(team=ours, day=day, people=form.people(), by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{_all_are(form.people())} on duty on {day_in_words(day)}.")
            _warn(request, form.people(), day, day, now)
            return redirect("diaries:duty_day", ours.pk, day)
    return render(
        request,
        "diaries/duty_day.html",
        {
            "team": ours,
            "found": found,
            "members": around,
            "form": form,
            "over": day < _today(now),
            "back": _rota_path(ours, _monday(day)),
        },
    )


def _warn(
    request: HttpRequest, people: Collection[User], first: date, last: date, now: datetime
) -> None:
    """Say at once what these people cannot keep any more on these days (H124)."""
    for found in collisions(people, first, last, signed_in(request), now):
        link = format_html(
            ' <a class="govuk-notification-banner__link" href="{}">{}</a>', found.path, found.link
        )
        messages.warning(request, format_html("{}{}", found.words, link if found.path else ""))


def _all_are(people: list[User]) -> str:
    """ "Cora Hill is", "Cora Hill and Bea Frost are"."""
    *first, last = map(str, people)
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"


@require_POST
@for_roles(*SEES_ROTA)
def off_duty(request: HttpRequest, team: int, day: date, pk: int) -> HttpResponse:
    """Take somebody off; a turn that is gone already is no error."""
    user = signed_in(request)
    ours = _arranged(team, user)
    shifts = DutyShift.objects.filter(team=ours, day=day).select_related("team", "person")
    if shift := shifts.filter(pk=pk).first():
        try:
            take_off_duty(shift=shift, by=user, now=timezone.now())
        except RuleBroken as broken:
            messages.warning(request, broken.message)
        else:
            messages.success(request, f"{shift.person} is off duty on {day_in_words(day)}.")
    return redirect("diaries:duty_day", ours.pk, day)


@require_POST
@for_roles(*SEES_ROTA)
def copy_on(request: HttpRequest, team: int, day: date) -> HttpResponse:
    """Copy the week of ``day`` into the gaps of the next, which is shown; what was left is said."""
    user, now = signed_in(request), timezone.now()
    ours = _arranged(team, user)
    monday = _monday(day)
    following = monday + timedelta(days=7)
    try:
        copied = copy_week(team=ours, from_monday=monday, to_monday=following, by=user, now=now)
    except RuleBroken as broken:
        messages.warning(request, broken.message)
    else:
        _report(request, copied, following)
        people = {turn.person for turn in copied.made}
        _warn(request, people, following, following + timedelta(days=6), now)
    return redirect(_rota_path(ours, following))


def _report(request: HttpRequest, copied: Copied, monday: date) -> None:
    turns, week = len(copied.made), f"the week of {day_in_words(monday)}"
    if turns:
        said = f"{turns} turn{'' if turns == 1 else 's'} copied into the gaps of {week}."
        messages.success(request, said)
    else:
        messages.warning(request, f"Nothing was copied to {week}.")
    if copied.complete:
        days = ", ".join(map(day_in_words, sorted(copied.complete)))
        messages.info(request, f"Not added where somebody answers already: {days}.")
    if copied.skipped:
        left = [f"{one.person}, {day_in_words(one.day)} ({one.why})" for one in copied.skipped]
        messages.warning(request, f"Not copied: {'; '.join(left)}.")


# --- Protected time -------------------------------------------------------------------------


@require_safe
@for_roles(*SEES_ROTA)
def protected(request: HttpRequest) -> HttpResponse:
    """When a team need not answer calls, now and to come (H40)."""
    user, today = signed_in(request), _today(timezone.now())
    teams = _teams(user)
    team = _chosen(request, teams, user) or next(iter(teams), None)
    times = ProtectedTime.objects.filter(team=team).between(today, date.max)
    return render(
        request,
        "diaries/protected.html",
        {
            "teams": teams,
            "team": team,
            "times": times,
            "today": today,
            "may_protect": team is not None and leads(team, user),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEES_ROTA)
def protect(request: HttpRequest, team: int) -> HttpResponse:
    """Agree protected time of a team."""
    user, now = signed_in(request), timezone.now()
    ours = _led(team, user)
    form = ProtectForm(request.POST or None, initial={"first_day": _today(now)})
    if request.method == "POST" and form.is_valid():
        try:
            protect_weekdays(team=ours, **form.cleaned_data, by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "The protected time is agreed.")
            members = User.objects.filter(team=ours, is_active=True)
            _warn(request, members, form.cleaned_data["first_day"], _today(now) + A_YEAR, now)
            return redirect(_protected_path(ours))
    return render(
        request,
        "diaries/protect.html",
        {"form": form, "team": ours, "back": _protected_path(ours)},
    )


@require_POST
@for_roles(*SEES_ROTA)
def end(request: HttpRequest, team: int, pk: int) -> HttpResponse:
    """End protected time after today, or take back what has not begun."""
    user, now = signed_in(request), timezone.now()
    ours = _led(team, user)
    times = ProtectedTime.objects.select_related("team").filter(team=ours)
    if row := times.filter(pk=pk).first():
        try:
            end_protected(protected=row, last_day=_today(now), by=user, now=now)
        except RuleBroken as broken:
            messages.warning(request, broken.message)
        else:
            messages.success(request, "The protected time ends.")
    return redirect(_protected_path(ours))


# --- Whose page, and when -------------------------------------------------------------------


def _teams(user: User) -> list[Team]:
    """Every team, one's own first."""
    return sorted(
        Team.objects.select_related("lead"),
        key=lambda team: (team.pk != user.team_id, team.lead_id != user.pk, team.name),
    )


def _chosen(request: HttpRequest, teams: list[Team], user: User) -> Team | None:
    """The team asked for, or one's own; 404 for one that does not exist."""
    asked = request.GET.get("team", "")
    if asked == "":
        own = (team for team in teams if user.pk == team.lead_id or user.team_id == team.pk)
        return next(own, None)
    for team in teams:
        if str(team.pk) == asked:
            return team
    raise Http404


def _arranged(pk: int, user: User) -> Team:
    """The team, for those who keep its rota."""
    team = get_object_or_404(Team, pk=pk)
    if not arranges_for(team, user):
        raise Http404
    return team


def _led(pk: int, user: User) -> Team:
    """The team, for those who decide for it."""
    team = get_object_or_404(Team, pk=pk)
    if not leads(team, user):
        raise Http404
    return team


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def _week(request: HttpRequest, today: date) -> date:
    """The Monday of the week asked for, or of this week; nobody plans for another century."""
    asked = _day(request.GET.get("week", "")) or today
    return _monday(asked if abs(asked - today) < FARTHEST else today)


def _rota_path(team: Team, monday: date) -> str:
    return f"{reverse('diaries:duty')}?{_query(team=team.pk, week=monday)}"


def _protected_path(team: Team) -> str:
    return f"{reverse('diaries:protected')}?{_query(team=team.pk)}"


def _query(**parts: Any) -> str:
    return urlencode(parts)
