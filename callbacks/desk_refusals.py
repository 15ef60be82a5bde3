"""Why a call cannot end as the adviser chose, and what to choose instead."""

from accounts.errors import RuleBroken
from callbacks.desk import Matter
from callbacks.order import Step
from clocks.wording import moment_in_words


def not_put_through() -> RuleBroken:
    return RuleBroken(
        "They cannot be put through now: tell them the date.", "gate_closed", field="outcome"
    )


def nobody_took_it(step: Step) -> RuleBroken:
    """Where nobody is left to try, the button for whoever took the call is gone too."""
    words = (
        "Nobody has taken the call, and nobody is left to try now. Select “Callback” or “Message "
        "taken”. If somebody took it after all, select “Message taken” and write who"
        if step == Step.SLOT
        else "Say who took the call: press “They took the call”."
    )
    return RuleBroken(words, "nobody_took_it", field="outcome")


def no_second_call(matter: Matter | None) -> RuleBroken:
    """An answer is on its way: a call that is booked is moved, not doubled (H28)."""
    if matter is None or matter.booking is None:
        return RuleBroken(
            "An answer is on its way: tell them the date. Select “Told when they will hear”",
            "gate_closed",
            field="outcome",
        )
    rings = f"{matter.booking.owner} rings on {moment_in_words(matter.booking.starts_at)} already"
    return RuleBroken(
        f"{rings}. If that time suits them, select “Told when they will hear”. If not, move the "
        "call that is booked: they can with the link in their confirmation. Or select “Message "
        "taken” and write which time they want",
        "gate_closed",
        field="outcome",
    )


def plan_holds(who: str) -> RuleBroken:
    """Nobody promises a call past a contact plan (H66)."""
    return RuleBroken(
        f"A contact plan holds with {who}. Select “Message taken”, or ask the team, and tick that "
        "it has agreed to this call",
        "contact_plan",
        field="agreed",
    )
