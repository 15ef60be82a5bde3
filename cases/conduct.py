"""Aggressive contact: what staff are shown of it, and who is told (H45, H65, H66).

Who needs to know what: leadership reads referrals, reasons and decisions, and nobody else does.
Staff who work on a case are shown how somebody is in touch, because they have to act on it, but
not why. Advisers are shown that there is a plan and whom to ask, because a caller may be that
person.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from accounts.models import User
from cases.models import LEADERSHIP, Case, ConductReferral, Contact, ContactPlan, NamedStaff

# How long a lapse is still told of, when the task that tells did not run on the day.
LAPSE_IS_NEWS = timedelta(days=14)

# The procedure for a call that turns abusive (H45).
DE_ESCALATION = (
    "Stay calm. Speak slowly and let the person finish.",
    "Say that you have heard what is wrong, and what you can do about it today.",
    "If they insult or threaten you, say once: “I want to help you, but I cannot while you speak "
    "to me in this way.”",
    "If it goes on, say that you will end the call if it does not stop, and that they will still "
    "get their answer by the date promised.",
    "End the call if it still goes on. Give the reference and the date if you can.",
    "If somebody is in danger, call 999 first, then tell your team lead.",
    "Write down what was said and done, in the words that were used, not what you think of the "
    "person.",
)


@dataclass(frozen=True)
class ShownPlan:
    """What staff are shown of a contact plan in force; the reason stays with leadership."""

    who: str
    arrangement: str
    ends_on: date


def plan_shown(case: Case, on: date) -> list[ShownPlan]:
    """The contact plans that hold for ``case`` on local date ``on``, without their reasons.

    Those of a record merged into this one hold too.
    """
    plans = ContactPlan.objects.in_force(on).filter(Q(case=case) | Q(case__merged_into=case))
    return [ShownPlan(*row) for row in plans.values_list("who", "arrangement", "ends_on")]


def referral_by(user: User, contact: Contact) -> ConductReferral | None:
    """The referral that ``user`` made of ``contact``: they see that they made it, no more."""
    return ConductReferral.objects.filter(contact=contact, raised_by=user).first()


def may_refer(contact: Contact) -> bool:
    """Only what came to us from outside the service can be referred."""
    return contact.direction == Contact.Direction.IN and not contact.internal


def leadership(case: Case | None) -> list[User]:
    """Those of SEND leadership who work here and may see ``case``.

    When it is restricted and none of them is named, all: somebody has to ask to be named.
    """
    everyone = User.objects.filter(is_active=True, role__in=sorted(LEADERSHIP))
    if case is None or not case.restricted:
        return list(everyone)
    named = NamedStaff.objects.filter(case=case).values("user")
    return list(everyone.filter(Q(pk__in=named) | Q(pk=case.owner_id))) or list(everyone)


def lapsed_lately(on: date) -> QuerySet[ContactPlan]:
    """Plans that have lapsed by themselves by local date ``on``; not those ended early."""
    recent = ContactPlan.objects.filter(ends_on__lte=on, ends_on__gt=on - LAPSE_IS_NEWS)
    return recent.filter(ended_reason="").select_related("case")
