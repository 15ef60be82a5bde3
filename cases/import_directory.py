"""The teams, staff and establishments that the rows of a caseload name, read once for all."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.db.models.functions import Lower

from accounts.models import Team, User
from cases.caseload import Row
from cases.caseload_columns import Wrong, did_you_mean, shown
from cases.models import Establishment


class Directory:
    """Finds what a row names, in three queries whatever the number of rows.

    Teams (if allowed) and establishments that do not exist yet are returned unsaved; two rows
    that name the same one get the same object.
    """

    def __init__(self, rows: list[Row], *, create_teams: bool) -> None:
        self._create_teams = create_teams
        self._teams = {team.name.casefold(): team for team in Team.objects.all()}
        self._staff = {user.email.lower(): user for user in _staff_named(rows)}
        self._establishments = Establishment.objects.in_bulk(
            _values(rows, "establishment_urn"), field_name="urn"
        )
        # The line that first describes each establishment that is to be created.
        self._described: dict[int, int] = {}
        for row in rows:
            self._note_description(row)
        # Every row of a file may name the same unknown team: look for a likeness once.
        self._team_like: Callable[[str], str] = lru_cache(maxsize=1000)(self._find_team_like)

    def _find_team_like(self, name: str) -> str:
        return did_you_mean(name, [team.name for team in self._teams.values()])

    def team(self, name: str) -> Team:
        """The team of this name, in capitals or not; raises Wrong."""
        if team := self._teams.get(name.casefold()):
            return team
        if not self._create_teams:
            raise Wrong(f"there is no team {shown(name)}.{self._team_like(name)}")
        return self._teams.setdefault(name.casefold(), Team(name=name))

    def owner(self, email: str) -> User | None:
        """Who signs in so and may own a case, None for no address; raises Wrong."""
        if not email:
            return None
        user = self._staff.get(email)
        if user is None:
            raise Wrong(f"no member of staff signs in as {shown(email)}.")
        if not user.is_active:
            raise Wrong(f"the account of {shown(email)} is closed.")
        if not user.holds_cases:
            raise Wrong(
                f"{shown(email)} cannot own a case: their role is {user.get_role_display()}."
            )
        return user

    def establishment(self, row: Row) -> Establishment | None:
        """The row's establishment, or None when it names none.

        One that is not in the portal comes unsaved, as the first row that describes it says.
        What is wrong is put down on the row.
        """
        urn = row.values.get("establishment_urn")
        if urn is None:
            self._refuse_name_alone(row)
            return None
        establishment = self._establishments.get(urn)
        if establishment is None:
            self._refuse_unknown(urn, row)
        elif urn in self._described:
            self._compare(establishment, row)
        return establishment

    def _note_description(self, row: Row) -> None:
        urn = row.values.get("establishment_urn")
        name, kind = row.values.get("establishment_name"), row.values.get("establishment_kind")
        if urn and name and kind and urn not in self._establishments:
            self._described[urn] = row.line
            self._establishments[urn] = Establishment(urn=urn, name=name, kind=kind)

    def _refuse_name_alone(self, row: Row) -> None:
        if row.values.get("establishment_name") and not row.is_faulty_in("establishment_urn"):
            row.refuse("establishment_urn", "there is an establishment_name but no URN.")

    def _refuse_unknown(self, urn: int, row: Row) -> None:
        if not any(map(row.is_faulty_in, ("establishment_name", "establishment_kind"))):
            row.refuse(
                "establishment_urn",
                f"no establishment has the URN {urn}. To create it, give establishment_name and "
                "establishment_kind.",
            )

    def _compare(self, establishment: Establishment, row: Row) -> None:
        for column, value in (
            ("establishment_name", establishment.name),
            ("establishment_kind", establishment.kind),
        ):
            given = row.values.get(column)
            if given and given != value:
                line = self._described[establishment.urn]
                row.refuse(
                    column,
                    f"{shown(given)} is not what line {line} says of {establishment.urn}: "
                    f"{shown(value)}.",
                )


def _values(rows: Iterable[Row], column: str) -> set[Any]:
    return {value for row in rows if (value := row.values.get(column))}


def _staff_named(rows: Iterable[Row]) -> Iterable[User]:
    emails = _values(rows, "owner_email")
    named = User.objects.annotate(lowered=Lower("email")).filter(lowered__in=emails)
    return named.select_related("team")
