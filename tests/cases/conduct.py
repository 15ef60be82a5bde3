"""Short ways to a referral and a contact plan, for the tests about aggressive contact."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from accounts.errors import RuleBroken
from cases import conduct_actions as actions
from cases.conduct_actions import PlanDetails
from cases.models import ConductReferral, ContactPlan

# A Wednesday, 10 in the morning.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
REVIEW = date(2026, 12, 2)
END = date(2027, 1, 29)
SECRET = "He shouted and swore at me."


def refer(contact, by, **changes) -> ConductReferral:
    given = {"kind": ConductReferral.Kind.CALL, "words": SECRET, "by": by, "now": NOW}
    return actions.refer(contact=contact, **given | changes)


def details(**changes) -> PlanDetails:
    given: dict[str, Any] = {
        "who": "Sam Okafor",
        "arrangement": "Calls on Tuesdays with Lena Marsh.",
        "reason": "Three abusive calls in a week.",
        "told_how": "Letter of 4 November",
        "appeal": "Write to the head of service.",
        "starts_on": TODAY,
        "review_on": REVIEW,
        "ends_on": END,
    }
    return PlanDetails(**given | changes)


def make_plan(contact, raiser, decider, words=SECRET, **changes) -> ContactPlan:
    referral = refer(contact, raiser, words=words)
    return actions.decide_plan(referral=referral, details=details(**changes), by=decider, now=NOW)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def code_of(action, **given) -> str:
    with pytest.raises(RuleBroken) as broken:
        action(**given)
    return broken.value.code


def change(plan, by, **changes) -> ContactPlan:
    given = {
        "arrangement": "Letters only on Mondays; calls with Lena Marsh.",
        "review_on": date(2027, 1, 5),
        "ends_on": date(2027, 2, 26),
        "reason": "It goes well.",
        "version": actions.plan_version(plan),
        "by": by,
        "now": NOW,
    }
    return actions.change_plan(plan=plan, **given | changes)
