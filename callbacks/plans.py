"""Contact plans at the desk: whoever may be meant is promised no call without the team (H66).

A plan names its person in the words of whoever wrote it, and a caller may give any name: it holds
for everybody of whom the record does not show that they are somebody else.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from callbacks.models import Booking
from cases.conduct import ShownPlan, plan_shown
from cases.matters import plain_name
from cases.models import Case, RelatedPerson
from clocks.calendars import LONDON


@dataclass(frozen=True)
class Plans:
    """The contact plans that hold for a child's record now, and who is known around the child."""

    shown: list[ShownPlan] = field(default_factory=list)
    known: Collection[str] = ()

    def __bool__(self) -> bool:
        return bool(self.shown)

    def for_caller(self, name: str) -> str:
        """Whom the plan is about that may hold for a caller of this ``name``; "" when none does."""
        called = plain_name(name)
        return next((one.who for one in self.shown if not self._is_other(one, called)), "")

    def _is_other(self, plan: ShownPlan, called: str) -> bool:
        meant = plain_name(plan.who)
        return meant != called and {meant, called} <= set(self.known)


def plans_of(case: Case, now: datetime) -> Plans:
    """Those that hold for ``case`` at ``now`` (aware). One query, two where there is one."""
    shown = plan_shown(case, now.astimezone(LONDON).date())
    if not shown:
        return Plans()
    people = RelatedPerson.objects.around(case)
    return Plans(shown, [plain_name(one.name) for one in people])


def plan_caution(booking: Booking, now: datetime) -> str:
    """What whoever moves ``booking`` must know first; "" where no plan may hold for its caller."""
    case = booking.contact.case
    who = plans_of(case.merged_into or case, now).for_caller(booking.caller_name) if case else ""
    if not who:
        return ""
    return f"A contact plan holds with {who}. Ask your team lead first whether a call may be made. "
