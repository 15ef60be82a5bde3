"""The directory of staff: who does what, in which team, and who is above them (H4).

It names nobody but staff.
"""

from dataclasses import dataclass

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.models import MONDAY_TO_FRIDAY, Absence, Role, Team, User
from accounts.profile import SEES_WAITING, days_in_words, may_keep

MOST_FOUND = 50


@dataclass(frozen=True)
class Entry:
    """One member of staff, who is above them, and whether they are away today."""

    person: User
    manager: User | None
    away: Absence | None

    @property
    def week(self) -> str:
        """The days they work, of who does not work from Monday to Friday; else nothing."""
        person = self.person
        usual = person.working_days == MONDAY_TO_FRIDAY
        return "" if usual or not person.is_active else days_in_words(person.working_days)


class FindPersonForm(forms.Form):
    name = forms.CharField(required=False, max_length=150)
    team = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


@require_safe
@for_roles(*Role)
def people(request: HttpRequest) -> HttpResponse:
    """One team at a time, one's own first, or whoever has a name like this."""
    user, form = signed_in(request), FindPersonForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    name, teams = (asked.get("name") or "").strip(), list(_teams())
    team = _chosen(teams, asked.get("team") or user.team_id)
    found = list(_named(name)[: MOST_FOUND + 1]) if name else list(_of_team(team))
    return render(
        request,
        "accounts/people.html",
        {
            "name": name,
            "team": None if name else team,
            "teams": teams,
            "entries": _entries(found[:MOST_FOUND] if name else found),
            "more": bool(name) and len(found) > MOST_FOUND,
            "sees_waiting": user.role in SEES_WAITING,
        },
    )


@require_safe
@for_roles(*Role)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One member of staff, also one who has left: how to reach them and who is above them."""
    found = get_object_or_404(_staff(), pk=pk)
    [entry] = _entries([found])
    may_change = found.is_active and may_keep(found, signed_in(request))
    return render(request, "accounts/person.html", {"entry": entry, "may_change": may_change})


def line_manager(person: User) -> User | None:
    """The lead of the team or, for the lead, the senior manager above it; None when unknown."""
    team = person.team
    if team is None:
        return None
    above = team.manager if team.lead_id == person.pk else team.lead
    return above if above != person else None


def _staff() -> QuerySet[User]:
    return User.objects.select_related("team__lead", "team__manager").order_by("full_name", "pk")


def _teams() -> QuerySet[Team]:
    return Team.objects.select_related("lead", "manager")


def _chosen(teams: list[Team], pk: int | None) -> Team | None:
    return next((team for team in teams if team.pk == pk), teams[0] if teams else None)


def _named(name: str) -> QuerySet[User]:
    """Leavers too: somebody may have their name from an old letter."""
    return _staff().filter(full_name__icontains=name)


def _of_team(team: Team | None) -> QuerySet[User]:
    return _staff().filter(team=team, is_active=True)


def _entries(people: list[User]) -> list[Entry]:
    """Absences of today in one query, however many people."""
    away = Absence.objects.on(timezone.localdate()).filter(person__in=people)
    by_person = {absence.person_id: absence for absence in away.select_related("cover")}
    return [Entry(one, line_manager(one), by_person.get(one.pk)) for one in people]
