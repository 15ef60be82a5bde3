"""What the service learns: decisions of the Ombudsman, the action log, talks (S31 to S33)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from clocks.calendars import LONDON
from escalations.learning_actions import (
    Coding,
    ToDo,
    add_action,
    discuss,
    enter_decision,
    finish_action,
)
from escalations.models import ThemeAction
from send_portal.demo.concern_turns import themes
from send_portal.demo.later import Happening
from send_portal.demo.staff import Staff
from send_portal.demo.submissions import submission

Told = dict[str, Any]


class Lessons:
    """Puts them at their moments: ``days_ago`` are days of the calendar before the end."""

    def __init__(
        self,
        rng: Random,
        staff: Staff,
        told: Told,
        ends: datetime,
        then: Callable[[datetime, Happening], None],
    ) -> None:
        self.rng = rng
        self.lead = staff.offices[0].lead
        self.team = staff.offices[0].team
        self.manager = staff.senior_manager
        self.told = told
        self.ends = ends
        self.then = then

    def plan(self) -> None:
        for told in self.told["decision"]:
            self.then(self._ago(told["days_ago"]), partial(self._decided, told))
        for told in self.told["action"]:
            self._action(told)
        for told in self.told["talk"]:
            self.then(self._ago(told["days_ago"]), partial(self._talked, told))

    def _ago(self, days: int) -> datetime:
        return (self.ends - timedelta(days=days)).replace(microsecond=0)

    def _decided(self, told: Told, at: datetime) -> None:
        coding = Coding(themes=themes(told), learnt=told["learnt"], outcome=told["outcome"])
        enter_decision(
            case=None,
            on=at.astimezone(LONDON).date(),
            coding=coding,
            submission=submission(self.rng),
            by=self.manager,
            now=at,
        )

    def _action(self, told: Told) -> None:
        made: list[ThemeAction] = []

        def added(at: datetime) -> None:
            due = (self.ends + timedelta(days=told["due_in"])).astimezone(LONDON).date()
            to_do = ToDo(
                month=at.astimezone(LONDON).date(),
                words=told["words"],
                theme=themes(told)[0],
                owner=self.lead if told["owner"] == "lead" else self.manager,
                due_on=due,
            )
            made.append(
                add_action(to_do=to_do, submission=submission(self.rng), by=self.manager, now=at)
            )

        def finished(at: datetime) -> None:
            finish_action(action=made[0], note=told["done"], by=made[0].owner, now=at)

        self.then(self._ago(told["days_ago"]), added)
        if "done" in told:
            self.then(self._ago(told["done_days_ago"]), finished)

    def _talked(self, told: Told, at: datetime) -> None:
        """About the month before."""
        month = at.astimezone(LONDON).date().replace(day=1) - timedelta(days=1)
        discuss(month=month, team=self.team, ideas=told["ideas"], by=self.lead, now=at)
