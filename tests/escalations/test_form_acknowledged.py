"""What the sender of a form about a formal matter reads at once (H52, H68, docs 0022)."""

import pytest
from django.core.cache import cache

from cases.models import Contact, UrgentReason
from notices.models import Notice
from tests.escalations.senders import NOW, family, sent, service

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H52")]

TOLD = "You told us which child you wrote about. We make sure first which record it belongs to."


@pytest.fixture(autouse=True)
def council(policy, cora, north, lena):
    cache.clear()
    service(north)
    family(cora, north)
    north.takes_unfiled = True
    north.save(update_fields=["takes_unfiled"])


def read(**said: str) -> str:
    form = sent(NOW, formal=Contact.Category.ASSESSMENT_REQUEST, **said)
    notice = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT, address=said["email"])
    assert form.contact
    return notice.body.replace(form.reference, "ASK").replace(form.contact.reference, "CON")


@pytest.mark.parametrize("who", ["parent", "establishment", "professional"])
def test_it_does_not_ask_what_the_form_has_asked(who):
    reason = UrgentReason.objects.filter(active=True)[0]
    body = read(email="new@example.org", child_name="Tobi Pine", who=who, urgent=reason.code)

    assert TOLD in body
    assert "You gave a reason why it is urgent. We look at that first, and tell you." in body
    assert "We do not know yet" not in body
    assert "These things are urgent" not in body
    assert reason.words not in body


@pytest.mark.rule("H67")
def test_it_says_the_same_whether_the_child_is_known_or_not():
    known = read(email="one@example.org")
    unknown = read(email="two@example.org", child_name="Tobi Pine")
    assert known == unknown
    assert "If it becomes urgent, tell us at once." in known


def test_whoever_is_known_reads_who_answers(cora):
    body = read(email="ngozi@example.org")
    assert f"{cora.full_name} in the North team will answer you." in body
    assert TOLD not in body
