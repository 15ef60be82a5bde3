"""The signed address with which a sender follows their concern; it expires (H102)."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from escalations.models import Escalation

SALT = "escalations.links"
# Each e-mail about the concern carries a fresh one.
LASTS = timedelta(days=90)


def address_of(escalation: Escalation) -> str:
    token = signing.dumps(escalation.pk, salt=SALT)
    return f"{settings.PORTAL_URL}{reverse('escalations:follow', args=[token])}"


def link_line(escalation: Escalation) -> str:
    return f"See where it is, add something, or tell us if it helped: {address_of(escalation)}"


def escalation_of(token: str) -> Escalation | None:
    """The concern an address is for; None for one that has expired or that we did not make."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return Escalation.objects.with_people().filter(pk=pk).first()
