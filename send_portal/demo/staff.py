"""Invented staff of Wexmoor County Council: area teams, and one well-known sign-in a role."""

import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from math import ceil
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Role, Team, User
from send_portal.demo.people import landline, mailbox, names
from send_portal.demo.shares import Size

DOMAIN = "wexmoor.example.org"
WELL_KNOWN = {role: f"{role.value.replace('_', '.')}@{DOMAIN}" for role in Role}

CASES_EACH = 200
COORDINATORS_IN_TEAM = 16
COORDINATORS_EACH_SUPPORT = 6
PLANS_EACH_ADVISER = 1_600
# Of so many, one has not confirmed their number for so long.
ONE_LAPSED_IN = 12
LAPSED_DAYS = 200
# Of so many who work in a team, one works a part of the week; these in turn.
ONE_PART_TIMER_IN = 5
PARTS = (
    (Decimal("0.60"), [0, 1, 2]),
    (Decimal("0.80"), [0, 1, 2, 3]),
    (Decimal("0.50"), [2, 3, 4]),
    (Decimal("0.80"), [1, 2, 3, 4]),
)
PART_TIMERS = {Role.COORDINATOR, Role.BUSINESS_SUPPORT, Role.PLACEMENT_OFFICER}
# In a team with fewer coordinators everybody's number is known.
COORDINATORS_FOR_A_MISSING_NUMBER = 3
# A council with fewer coordinators than this has one team.
COORDINATORS_FOR_TWO_TEAMS = 4


@dataclass
class Office:
    """One area team and the people in it."""

    team: Team
    lead: User
    placement_officer: User
    support: list[User]
    coordinators: list[User] = field(default_factory=list)

    @property
    def holders(self) -> list[User]:
        """Everybody in it who can own a case."""
        return [*self.coordinators, self.placement_officer, self.lead]


@dataclass
class Authority:
    """Those who look after one authority's cases."""

    offices: list[Office]
    advisers: list[User]

    def desks(self) -> Iterator[tuple[Office, User]]:
        """Each coordinator with their office, over and over: the order cases are given out."""
        return cycle(
            [(office, person) for office in self.offices for person in office.coordinators]
        )


@dataclass
class Staff:
    """Everybody: the offices of all authorities, with the advisers who answer for each."""

    offices: list[Office]
    advisers: list[list[User]]
    by_id: dict[int, User]

    @property
    def well_known_coordinator(self) -> User:
        return self.offices[0].coordinators[0]

    @property
    def senior_manager(self) -> User:
        return next(user for user in self.by_id.values() if user.role == Role.SENIOR_MANAGER)


class Employer:
    """Invents staff. The first person of each role gets that role's well-known address."""

    def __init__(self, rng: Random, now: datetime, *, first_user: int, first_team: int) -> None:
        self.rng = rng
        self.now = now
        self.first_user = first_user
        self.first_team = first_team
        self.users: list[User] = []
        self.teams: list[Team] = []
        self._unclaimed = dict(WELL_KNOWN)
        self._taken: set[str] = set()
        # Hashing is slow by design, so it is done once; the salt keeps loads alike.
        salt = "".join(rng.choices(string.ascii_letters + string.digits, k=22))
        self._password = make_password(settings.DEMO_PASSWORD, salt=salt)

    def authority(self, size: Size, towns: list[str]) -> Authority:
        """Teams by area, with a coordinator for about every 200 open cases."""
        coordinators = max(1, round((size.cases - size.ceased) / CASES_EACH))
        number = ceil(coordinators / COORDINATORS_IN_TEAM)
        if coordinators >= COORDINATORS_FOR_TWO_TEAMS:
            number = max(2, number)
        shares = [coordinators // number + (n < coordinators % number) for n in range(number)]
        advisers = max(2, ceil(size.plans / PLANS_EACH_ADVISER))
        return Authority(
            [self._office(town, share) for town, share in zip(towns, shares, strict=False)],
            [self.hire(Role.CSC_ADVISER) for _ in range(advisers)],
        )

    def whole_service(self) -> None:
        """Those of whom one is enough."""
        for role in self._unclaimed.copy():
            self.hire(role)

    def staff(self, authorities: list[Authority]) -> Staff:
        return Staff(
            [office for authority in authorities for office in authority.offices],
            [authority.advisers for authority in authorities for _ in authority.offices],
            {user.pk: user for user in self.users},
        )

    def _office(self, town: str, coordinators: int) -> Office:
        team = Team(
            pk=self.first_team + len(self.teams),
            name=f"{town} area team",
            service=Team.Service.SCHOOL_AGE,
            takes_unfiled=not self.teams,
            duty_line=landline(self.rng),
        )
        self.teams.append(team)
        team.lead = self.hire(Role.TEAM_LEAD, team)
        return Office(
            team,
            team.lead,
            self.hire(Role.PLACEMENT_OFFICER, team),
            [
                self.hire(Role.BUSINESS_SUPPORT, team)
                for _ in range(ceil(coordinators / COORDINATORS_EACH_SUPPORT))
            ],
            [self.hire(Role.COORDINATOR, team) for _ in range(coordinators)],
        )

    @property
    def senior_manager(self) -> User:
        return next(user for user in self.users if user.role == Role.SENIOR_MANAGER)

    def hire(self, role: Role, team: Team | None = None) -> User:
        name = names().adult(self.rng)
        user = User(
            pk=self.first_user + len(self.users),
            email=self._unclaimed.pop(role, "") or self._address(name.given, name.family),
            password=self._password,
            full_name=f"{name.given} {name.family}",
            role=role,
            team=team,
            phone=landline(self.rng),
            phone_confirmed_on=self._confirmed(),
            is_superuser=role == Role.ADMINISTRATOR,
            date_joined=self.now - timedelta(days=self.rng.randint(90, 4000)),
        )
        self._part_time(user)
        self.users.append(user)
        return user

    def _part_time(self, user: User) -> None:
        """Some work a part of the week; nobody with a well-known sign-in."""
        place = len(self.users)
        if place % ONE_PART_TIMER_IN or user.role not in PART_TIMERS:
            return
        if user.email != WELL_KNOWN[Role(user.role)]:
            user.fte, days = PARTS[place // ONE_PART_TIMER_IN % len(PARTS)]
            user.working_days = list(days)

    def _confirmed(self) -> date:
        """The day on which the next one said that their number is right; some too long ago."""
        place = len(self.users)
        days = LAPSED_DAYS if place % ONE_LAPSED_IN == ONE_LAPSED_IN - 1 else 7 * place % 160
        return timezone.localdate(self.now) - timedelta(days=days)

    def _miss_a_number(self) -> None:
        """Nobody knows the number of one coordinator of the last team (H34)."""
        last = [u for u in self.users if u.role == Role.COORDINATOR and u.team == self.teams[-1]]
        if len(last) >= COORDINATORS_FOR_A_MISSING_NUMBER:
            last[-1].phone, last[-1].phone_confirmed_on = "", None

    def _address(self, given: str, family: str) -> str:
        wanted = mailbox(given, family)
        address, number = wanted, 1
        while address in self._taken:
            number += 1
            address = f"{wanted}{number}"
        self._taken.add(address)
        return f"{address}@{DOMAIN}"

    def store(self) -> None:
        """Write teams and staff. A team's lead is one of its staff, so it is named last.

        The first team, the well-known one, takes what belongs to no case yet.
        """
        leads = {team.pk: team.lead for team in self.teams}
        self._miss_a_number()
        for team in self.teams:
            team.lead = None
        Team.objects.bulk_create(self.teams)
        User.objects.bulk_create(self.users, batch_size=1000)
        for team in self.teams:
            team.lead, team.manager = leads[team.pk], self.senior_manager
        Team.objects.bulk_update(self.teams, ["lead", "manager"], batch_size=500)
