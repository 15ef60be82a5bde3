"""Concerns that were taken further, the resolution desk, complaints and what is learnt.

Some dozens at every size, in the words of concerns.toml: each story is a list of turns, and each
turn is done by the action that does it in the portal, at its own moment of the past weeks.
"""

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random
from typing import Any

from accounts.models import Role
from cases.models import Case, RelatedPerson
from escalations.agreement_actions import tell_of_agreements
from escalations.desk_watch_actions import watch_desk
from escalations.theme_actions import load_themes
from send_portal.demo.concern_lessons import Lessons
from send_portal.demo.concern_turns import Story
from send_portal.demo.diary import Day
from send_portal.demo.later import Happening
from send_portal.demo.people import WORDS
from send_portal.demo.staff import Staff

Relation = RelatedPerson.Relation
PARENTS = [Relation.MOTHER, Relation.FATHER, Relation.STEP_PARENT, Relation.CARER]
# On so many of the last days it is looked whether anybody has to be reminded, at noon.
WATCHED_DAYS = 6
NOON = 0.45
RESPOND_IN = timedelta(hours=48)


@cache
def words() -> dict[str, Any]:
    return tomllib.loads((WORDS / "concerns.toml").read_text(encoding="utf-8"))


class Concerns:
    """Puts each turn at its moment; ``then`` plays it there.

    ``days`` are the working days of the history, which stops at ``ends``; somebody looks at it
    at ``now`` (both aware), from which what is left of the 48 hours is counted.
    """

    def __init__(
        self,
        rng: Random,
        staff: Staff,
        *,
        days: list[Day],
        ends: datetime,
        now: datetime,
        then: Callable[[datetime, Happening], None],
    ) -> None:
        self.rng = rng
        self.staff = staff
        self.her = staff.well_known_coordinator
        self.days = days
        self.ends = ends
        self.now = max(now, ends)
        self.then = then

    def plan(self, taken: set[int]) -> None:
        """``taken`` are the ids of cases that something else happens to."""
        load_themes()
        cases = self._cases(taken)
        for told in words()["story"]:
            self._story(told, cases)
        Lessons(self.rng, self.staff, words()["lessons"], self.ends, self.then).plan()
        for day in self.days[-WATCHED_DAYS:]:
            self._if_past(day.at(NOON), _watch)
        self.then(self.ends, _watch)

    def _story(self, told: dict[str, Any], cases: list[Case]) -> None:
        case, parent = self._family(cases, hers=told.get("hers", False))
        story = Story(self.rng, self.staff, case, parent)
        for turn in told["turns"]:
            self._if_past(self._moment(turn), partial(story.play, turn))

    def _moment(self, turn: dict[str, Any]) -> datetime:
        if "hours_left" in turn:
            at = self.now + timedelta(hours=turn["hours_left"]) - RESPOND_IN
            return at.replace(microsecond=0)
        part = turn.get("part", 0.1) + self.rng.uniform(0, 0.2)
        return self.days[-1 - turn["days"]].at(part).replace(microsecond=0)

    def _if_past(self, at: datetime, happening: Happening) -> None:
        if at < self.ends:
            self.then(at, happening)

    # --- Whose they are ---------------------------------------------------------------------

    def _cases(self, taken: set[int]) -> list[Case]:
        """The well-known team's, in an order of their own."""
        office = self.staff.offices[0]
        found = Case.objects.open().filter(
            team=office.team, owner__in=office.coordinators, restricted=False, merged_into=None
        )
        ids = [pk for pk in found.order_by("pk").values_list("pk", flat=True) if pk not in taken]
        chosen = self.rng.sample(ids, min(len(ids), 6 * len(words()["story"])))
        by_id = Case.objects.with_people().in_bulk(chosen)
        return [by_id[pk] for pk in chosen]

    def _family(self, cases: list[Case], *, hers: bool) -> tuple[Case, RelatedPerson]:
        """The next case, and somebody of the family to whom we may write."""
        alone = len(self.staff.offices[0].coordinators) == 1
        for case in cases:
            if (alone or (case.owner == self.her) == hers) and (parent := self._parent(case)):
                cases.remove(case)
                return case, parent
        raise ValueError("There is no family left to have a concern.")

    def _parent(self, case: Case) -> RelatedPerson | None:
        first, last = self.days[0].date, self.ends.date()
        around = RelatedPerson.objects.known_senders(case, first).filter(relation__in=PARENTS)
        fit = (one for one in around if one.email and one.phone)
        return next(
            (one for one in fit if all(map(one.may_be_written_to, (first, last)))),
            None,
        )


def _watch(at: datetime) -> None:
    """What runs every few minutes in the portal."""
    watch_desk(now=at)
    tell_of_agreements(now=at)


def has_somebody(staff: Staff) -> bool:
    """Whether every step has somebody to handle it."""
    roles = {person.role for person in staff.by_id.values()}
    return {Role.TEAM_LEAD, Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER} <= roles
