"""Staff book a call about a contact, on its page (H28)."""

from uuid import uuid4

import pytest
from django.urls import reverse

from callbacks.models import Booking
from cases.answer_actions import answer_contact
from cases.models import Contact
from tests.callbacks.cast import NOW, booked, rang, slots
from tests.callbacks.pages import text
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]


@pytest.mark.rule("H28")
def test_staff_book_a_call_with_what_the_contact_knows(case, cora, lena, as_person):
    matter = rang(case, sender_phone="07700 900456", sender_email="ngozi@example.org")
    address = reverse("callbacks:book", args=[matter.reference])
    client = as_person(lena)

    html = client.get(address).content.decode()
    for known in ("Ngozi Okafor", "07700 900456", "ngozi@example.org"):
        assert f'value="{known}"' in html
    typed = {
        "slot": slots(cora)[0].pk,
        "caller_name": "Ngozi Okafor",
        "caller_phone": "07700 900456",
        "caller_email": "",
        "best_time": "After lunch",
        "submission": uuid4(),
    }
    for _ in range(2):
        assert client.post(address, typed).url == reverse("cases:contact", args=[matter.reference])
    booking = Booking.objects.get()
    assert (booking.owner, booking.booked_by, booking.best_time) == (cora, lena, "After lunch")

    # One is booked: the page leads back and says so.
    page = client.get(address, follow=True)
    assert "Cora Hill rings about this on Tuesday 3 November 2026 at 2pm already." in text(page)


@pytest.mark.rule("H28")
def test_a_slot_taken_meanwhile_is_said_and_nothing_typed_is_lost(case, cora, as_person):
    taken = slots(cora)[0]
    booked(case, taken)
    matter = rang(case)

    page = as_person(cora).post(
        reverse("callbacks:book", args=[matter.reference]),
        {
            "slot": taken.pk,
            "caller_name": "Grandmother",
            "caller_phone": "07700 900456",
            "submission": uuid4(),
        },
    )
    assert "That time has just been taken." in text(page)
    assert 'value="Grandmother"' in page.content.decode()
    assert f'value="{slots(cora)[0].pk}"' in page.content.decode()


def test_no_call_is_booked_about_what_is_answered_or_with_whom_we_must_not_talk_to(
    case, cora, as_person
):
    answered = rang(case)
    answer_contact(
        contact=answered, answer=Contact.Answer.TELEPHONE, note="Told.", by=cora, now=NOW
    )
    barred = rang(
        case,
        sender_person=RelatedPersonFactory(
            person=case.person, no_contact=True, receives_letters=False
        ),
    )
    client = as_person(cora)

    for matter, said in [(answered, "no call is owed"), (barred, "must not be contacted")]:
        page = client.get(reverse("callbacks:book", args=[matter.reference]), follow=True)
        assert said in text(page)
    assert "Book a call" not in text(client.get(f"/contacts/{answered.reference}/"))
    assert "Book a call" in text(client.get(f"/contacts/{barred.reference}/"))


def test_without_hours_nobody_can_be_booked_and_it_is_said(policy, cora, as_person):
    matter = rang(CaseFactory(owner=cora, team=cora.team))

    words = text(as_person(cora).get(reverse("callbacks:book", args=[matter.reference])))
    assert "Nobody who may ring about this has a free slot." in words
