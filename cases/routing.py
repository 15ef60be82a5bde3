"""Who answers: exactly one person (H17, H55, H56, H88 to H91)."""

from collections.abc import Sequence

from accounts.errors import RuleBroken
from accounts.models import Team, User
from cases.models import Case, Contact, LeadProfessional, NamedStaff


def responsible_for(case: Case, named: Sequence[User]) -> User:
    """Who answers what came in about ``case`` to the staff ``named``, in their order.

    The lead professional in force, whoever was named (H90); else the one person named; of
    several the case owner, or the first; named nobody, the case owner or the team's lead.
    Leavers, people who hold no cases and those who may not see a restricted case answer for
    nothing. Raises RuleBroken (``nobody_responsible``).
    """
    if lead := lead_professional_of(case):
        return lead
    able = [user for user in named if user.can_own and may_see(case, user)]
    if len(able) == 1:
        return able[0]
    if case.owner in able:
        return case.owner
    if able:
        return able[0]
    return _answers_for(case)


def answers_for(case: Case, category: Contact.Category, named: Sequence[User]) -> User:
    """Who has what came in about ``case``: a complaint never goes to whom it may be about.

    That is whoever looks after the plan, or speaks for it. The team's lead has it until somebody
    says who looks at it, else the manager above; without either it is as for anything else (H103).
    Raises RuleBroken (``nobody_responsible``).
    """
    if category != Contact.Category.COMPLAINT:
        return responsible_for(case, named)
    about = {case.owner, lead_professional_of(case)}
    leading = (case.team.lead, case.team.manager)
    able = (user for user in leading if user and user.can_own and user not in about)
    return next(able, None) or responsible_for(case, ())


def lead_professional_of(case: Case) -> User | None:
    """The lead professional in force, if they still work here and hold cases (H91)."""
    leads = LeadProfessional.objects.filter(case=case, in_force_at__isnull=False, ended_at=None)
    lead = leads.select_related("user__team").first()
    return lead.user if lead and lead.user.can_own else None


def may_see(case: Case, user: User) -> bool:
    """Whether a restricted case exists for ``user``; any other does for staff who hold cases."""
    if not case.restricted or case.owner_id == user.pk:
        return True
    return NamedStaff.objects.filter(case=case, user=user).exists()


def _answers_for(case: Case) -> User:
    if case.responsible is None:
        raise RuleBroken(
            f"{case.team} has no case owner or team lead for this case. Ask an administrator "
            "to name one, so that somebody answers.",
            "nobody_responsible",
        )
    return case.responsible


def tray() -> tuple[User, Team]:
    """Who looks after what belongs to no case yet, and their team (H67).

    Raises RuleBroken (``nobody_responsible``).
    """
    team = Team.objects.for_unfiled()
    if team is None or team.lead is None:
        raise RuleBroken(
            "No team has a lead to look after messages without a case. Ask an administrator "
            "to name one, so that somebody answers.",
            "nobody_responsible",
        )
    return team.lead, team
