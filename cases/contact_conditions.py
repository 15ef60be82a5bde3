"""What lists of contacts ask of each: asked again, urgent, waiting in somebody's tray."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models import TEAM_ROLES, Role, User

if TYPE_CHECKING:
    from cases.contact_models import Contact, ContactQuerySet

# The urgency that was accepted, and what is claimed to be urgent and undecided yet (H63).
URGENT = Q(urgency="accepted")
UNDECIDED = Q(urgent_claimed=True, urgency="")


def asked_again() -> "ContactQuerySet":
    """The chasers of each contact of the query around it."""
    # Looked up late: their model is made with these conditions.
    from cases.contact_models import CHASING, Contact

    return Contact.objects.filter(
        original=models.OuterRef("pk"), link__in=sorted(CHASING), struck_at=None
    )


def how_many(rows: "models.QuerySet[Contact]") -> models.Subquery:
    """How many of ``rows`` each contact of the query around it has."""
    counted = rows.order_by().values("original").annotate(number=models.Count("pk"))
    return models.Subquery(counted.values("number"), output_field=models.IntegerField())


def shown_to(user: User, contact: str = "") -> Q:
    """Which contacts of a case ``user`` is shown; ``contact`` leads to them, as "contact__".

    An adviser has the caller on the line: no notes among staff (H22), and not who has reported
    that a child may not be safe, unless they wrote it down themselves (H68).
    """
    if user.role != Role.CSC_ADVISER:
        return Q()
    from cases.contact_parts import FormalMatter

    safety = FormalMatter.objects.filter(
        contact=models.OuterRef(f"{contact}pk"), category="safeguarding", withdrawn=False
    )
    theirs = Q(**{f"{contact}logged_by": user})
    return Q(**{f"{contact}internal": False}) & (theirs | ~Q(models.Exists(safety)))


def unfiled_for(user: User) -> Q:
    """Staff of the team that looks after it, whoever owes it, and who wrote it down."""
    if user.sees_whole_service:
        return Q()
    mine = Q(logged_by=user)
    if user.role in TEAM_ROLES:
        mine |= Q(clock__owner=user) | Q(clock__team=user.team_id)
        # What was sent again about something in the tray is seen with it.
        mine |= Q(original__clock__owner=user) | Q(original__clock__team=user.team_id)
    if user.role == Role.ADMINISTRATOR:
        return Q(pk__in=[])
    return mine
