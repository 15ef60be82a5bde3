"""What the desk tells an adviser to do and to say: nobody is put through to nobody, and every date
that is said is one that somebody keeps."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.errors import RuleBroken
from callbacks.booking_actions import Caller, book
from callbacks.desk_actions import Ending, Said, finish_call
from callbacks.gate import Gate, Stance, stance
from callbacks.models import Booking, DeskCall, Signpost, Slot
from callbacks.offers import next_free, offer, promised_by
from callbacks.order import Step
from callbacks.signpost_actions import load_signposts
from cases.models import Contact, UrgentReason
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.callbacks.test_desk_pages import YESTERDAY, Desk, errors, text
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
Outcome = DeskCall.Outcome
SUNDAY = datetime(2026, 11, 1, 10, tzinfo=UTC)
DUE_WEDNESDAY = datetime(2026, 11, 4, 17, 30, tzinfo=UTC)
BOOK = "I can book a time at which Cora Hill rings you."


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def case(policy, cora):
    hours(cora)
    load_signposts()
    return CaseFactory(reference="EHC-000042", owner=cora, team=cora.team)


@pytest.fixture
def mother(case):
    return RelatedPersonFactory(person=case.person, phone="07700 900123", email="ngozi@example.org")


@pytest.fixture
def desk(case, mother, as_person, asif):
    return Desk(as_person(asif), mother)


def owed(case, mother, *, due_at=None, **changes):
    """Something that the mother asked, with another date where it is given."""
    matter = log(case, email(received_at=YESTERDAY, sender_person=mother, **changes))
    if due_at:
        type(matter.promise).objects.filter(pk=matter.promise.pk).update(due_at=due_at)
    return Contact.objects.select_related("clock__owner").get(pk=matter.pk)


def colour(page):
    return set(re.findall(r"portal-gate--(\w+)", page.content.decode()))


# --- What to do -------------------------------------------------------------------------------


@pytest.mark.rule("H26")
@pytest.mark.rule("H32")
@pytest.mark.parametrize(
    ("gate", "step", "times", "what"),
    [
        (Gate.OPEN, Step.COORDINATOR, True, Stance.THROUGH),
        (Gate.OVERDUE, Step.DONE, False, Stance.THROUGH),
        (Gate.OVERDUE, Step.SLOT, True, Stance.BOOK),
        (Gate.URGENT, Step.SLOT, False, Stance.MESSAGE),
        (Gate.CALLED, Step.COORDINATOR, True, Stance.BOOK),
        (Gate.WAIT, Step.DONE, True, Stance.WAIT),
    ],
)
def test_what_to_do_follows_the_gate_and_who_can_take_the_call(gate, step, times, what):
    assert stance(gate, step, times=times) == what


@pytest.mark.rule("H28")
def test_when_everything_is_closed_something_new_is_booked(desk, moment):
    moment.move_to(SUNDAY)
    page = desk.client.get(desk.url)

    assert colour(page) == {"yellow"}
    assert "Book a time No answer is owed. Nobody can take the call now." in text(page)
    assert BOOK in text(page)
    assert "You may put them through" not in text(page)


@pytest.mark.rule("H32")
def test_when_everything_is_closed_what_is_overdue_is_booked(desk, case, mother, moment):
    owed(case, mother, due_at=SUNDAY - timedelta(days=3))
    moment.move_to(SUNDAY + timedelta(hours=6))
    page = desk.client.get(desk.url)

    assert colour(page) == {"yellow"}
    assert "I am sorry that you have not. " + BOOK in text(page)
    assert "You may put them through" not in text(page)


@pytest.mark.rule("H28")
def test_once_both_were_tried_a_time_is_booked_also_with_htmx(desk, case, mother):
    owed(case, mother, due_at=YESTERDAY)
    assert colour(desk.client.get(desk.url)) == {"green"}
    desk.attempt()
    response = desk.client.post(
        f"{desk.url}attempt/",
        {"attempt": "duty_line.no_answer"},
        headers={"HX-Request": "true"},
    )

    assert colour(response) == {"yellow"}
    assert BOOK in response.content.decode()
    assert 'id="owed" hx-swap-oob="true"' in response.content.decode()


@pytest.mark.rule("H28")
def test_without_any_time_a_message_is_taken(desk, case, mother):
    owed(case, mother, due_at=YESTERDAY)
    Slot.objects.update(withdrawn_at=NOW)
    desk.try_both()
    page = desk.page()

    assert "Take a message" in page
    assert "I can take a message for Cora Hill." in page
    assert "I can book a time" not in page


@pytest.mark.rule("H32")
def test_no_date_is_told_that_is_over(desk, case, mother):
    matter = owed(case, mother, due_at=YESTERDAY)
    assert 'value="waiting"' not in desk.client.get(desk.url).content.decode()
    response = desk.end("waiting", matter=matter.reference)

    assert errors(response).startswith("Its date is over: there is no date to tell.")
    assert DeskCall.objects.exclude(ended_at=None).count() == 0


@pytest.mark.rule("H33")
def test_who_waits_is_told_the_date_also_when_they_call_it_urgent(case, mother, asif):
    call = finish_call(
        case=case,
        said=_said(mother),
        ending=Ending(
            outcome=Outcome.WAITING,
            matter=owed(case, mother),
            urgent=UrgentReason.objects.get(code="exclusion"),
        ),
        submission=uuid4(),
        by=asif,
        now=NOW,
    )
    assert "Cora Hill will answer you by Monday 16 November 2026" in call.told


def _said(mother):
    return Said(
        sender=Contact.Sender.PARENT,
        caller=Caller(name=mother.name, phone="07700 900123"),
        asked="When does the taxi start?",
        person=mother,
        reminded=True,
    )


# --- More urgent now --------------------------------------------------------------------------


@pytest.mark.rule("H33")
def test_a_reason_changes_words_and_colour_without_scripts(desk, case, mother):
    matter = owed(case, mother)
    reason = UrgentReason.objects.get(code="exclusion")
    assert colour(desk.client.get(desk.url)) == {"blue"}
    posted = {"attempt": "look", "urgent": reason.pk, "matter": matter.reference, "asked": "Taxi"}
    response = desk.client.post(f"{desk.url}attempt/", posted, follow=True)

    assert colour(response) == {"green"}
    assert "You may put them through" in text(response)
    assert "I will try to put you through to Cora Hill now." in text(response)
    assert "I am sorry" not in text(response)
    assert "Taxi</textarea>" in response.content.decode()
    assert DeskCall.objects.count() == 0


@pytest.mark.rule("H33")
def test_a_reason_changes_only_the_matter_that_it_is_about(desk, case, mother):
    matter = owed(case, mother)
    owed(case, mother, subject="Something else")
    reason = UrgentReason.objects.get(code="exclusion")
    posted = {"attempt": "look", "urgent": reason.pk, "matter": matter.reference}
    response = desk.client.post(f"{desk.url}attempt/", posted, headers={"HX-Request": "true"})

    assert colour(response) == {"green", "blue"}
    # The select that was changed keeps the focus.
    assert "autofocus" not in response.content.decode()


@pytest.mark.rule("H33")
def test_somebody_who_took_it_takes_what_is_more_urgent_now(desk, case, mother):
    matter = owed(case, mother)
    desk.attempt(result="answered")
    reason = UrgentReason.objects.get(code="exclusion")
    response = desk.end("transferred", matter=matter.reference, urgent=reason.pk)

    assert "I am putting you through to Cora Hill now." in text(response)
    assert DeskCall.objects.get().gate == "urgent"


# --- A message --------------------------------------------------------------------------------


@pytest.mark.rule("H29")
@pytest.mark.rule("H30")
@pytest.mark.parametrize(
    ("due_at", "words"),
    [
        (
            None,
            "Cora Hill will answer you by Monday 16 November 2026. You do not need to ring before "
            "then.",
        ),
        (
            YESTERDAY,
            "I am sorry that you are still waiting. Cora Hill will answer you by Monday 9 November "
            "2026. You do not need to ring before then.",
        ),
    ],
)
def test_a_message_has_one_sentence_before_and_after(desk, case, mother, due_at, words):
    matter = owed(case, mother, due_at=due_at)
    assert f"{matter.reference}: “{words}”" in desk.page()
    page = text(desk.end("message", matter=matter.reference))

    assert f"“{words} Your reference is {matter.reference}.”" in page
    assert DeskCall.objects.get().told == words


# --- A time ------------------------------------------------------------------------------------


@pytest.mark.rule("H29")
def test_the_date_of_a_matter_that_is_ahead_counts_and_one_that_is_over_does_not(case, mother):
    sooner = owed(case, mother, due_at=DUE_WEDNESDAY)
    assert promised_by(NOW, sooner) == DUE_WEDNESDAY
    assert promised_by(NOW, owed(case, mother, due_at=YESTERDAY, subject="2")) == promised_by(NOW)
    assert promised_by(NOW, owed(case, mother, subject="3")) == promised_by(NOW)


@pytest.mark.rule("H29")
def test_times_for_a_matter_are_those_before_its_own_date(case, mother, cora, lena):
    matter = owed(case, mother, due_at=DUE_WEDNESDAY)
    hours(cora, weekday=3)
    hours(lena, weekday=2)
    before = Slot.objects.filter(period__startswith__lt=DUE_WEDNESDAY)
    before.filter(owner=cora).update(withdrawn_at=NOW)

    for_matter, for_new = offer(case, now=NOW, matter=matter), offer(case, now=NOW)
    assert (for_matter.breach, for_matter.slots[0].owner) == (Booking.Breach.COLLEAGUE, lena)
    assert (for_new.breach, for_new.slots[0].owner) == (Booking.Breach.NONE, cora)
    assert for_matter.promised_by == DUE_WEDNESDAY


@pytest.mark.rule("H29")
def test_a_call_after_the_date_of_its_matter_is_a_breach(case, mother, cora):
    matter = owed(case, mother, due_at=NOW + timedelta(hours=1))
    given = {
        "contact": matter,
        "slot": slots(cora)[0],
        "caller": Caller(name="Ngozi Okafor", phone="07700 900123"),
        "by": None,
        "now": NOW,
    }
    with pytest.raises(RuleBroken) as broken:
        book(submission=uuid4(), **given)
    assert broken.value.code == "reason_missing"

    booking = book(submission=uuid4(), reason="Everybody is at a tribunal", **given)
    assert (booking.breach, booking.promised_by) == (
        Booking.Breach.OUTSIDE,
        NOW + timedelta(hours=1),
    )


@pytest.mark.rule("H29")
def test_an_urgent_call_after_its_date_is_said_to_be_late(desk, case, mother, cora):
    matter = owed(case, mother, due_at=NOW + timedelta(hours=1))
    desk.try_both()
    urgent = {"urgent": UrgentReason.objects.get(code="exclusion").pk, "matter": matter.reference}
    given = {**urgent, "slot": slots(cora)[0].pk}
    assert errors(desk.end("booked", **given)) == "Say why no earlier time was possible"
    response = desk.end("booked", reason="Everybody is at a tribunal", **given)

    assert (
        "That is after Monday 2 November 2026, the date that we gave you. I am sorry."
        in DeskCall.objects.get().told
    )
    # The reference of the matter, as in the mail and the calendar.
    assert f"Your reference is {matter.reference}." in text(response)


@pytest.mark.rule("H29")
def test_a_time_that_is_not_the_first_for_the_matter_is_explained(desk, case, mother, cora, lena):
    matter = owed(case, mother, due_at=DUE_WEDNESDAY)
    hours(cora, weekday=3)
    hours(lena, weekday=2)
    before = Slot.objects.filter(period__startswith__lt=DUE_WEDNESDAY)
    before.filter(owner=cora).update(withdrawn_at=NOW)
    desk.try_both()
    reason = UrgentReason.objects.get(code="exclusion")
    later = slots(cora)[0]
    given = {"matter": matter.reference, "urgent": reason.pk, "slot": later.pk}
    response = desk.end("booked", **given)

    assert errors(response) == (
        f"{matter.reference} is promised by Wednesday 4 November 2026. Select one of these times"
    )
    assert "Lena Marsh rings" in text(response)
    desk.end("booked", **{**given, "slot": slots(lena)[0].pk})
    assert Booking.objects.get().breach == Booking.Breach.COLLEAGUE


def after_the_standard(person):
    return [slot for slot in slots(person) if slot.starts_at > NOW + timedelta(days=8)]


@pytest.mark.rule("H29")
def test_a_later_time_is_chosen_because_the_caller_asks(desk, cora, lena):
    desk.try_both()
    page = desk.page()
    assert "A later time, because the caller asks" in page
    assert "After Monday 9 November 2026, the date that we promise." in page
    first, _ = after_the_standard(cora)[:2]
    # Chosen as one of the first it is none of them: the choice says why.
    assert errors(desk.end("booked", slot=first.pk)).startswith("That time has just been taken.")
    desk.end("booked", slot=f"later-{first.pk}")

    booking = Booking.objects.get()
    assert (booking.slot, booking.breach) == (first, Booking.Breach.WISH)
    assert booking.breach_reason == "The caller asked for a later time."
    assert Notice.objects.filter(recipient=lena).count() == 0


@pytest.mark.rule("H28")
def test_a_later_time_that_was_just_taken_leaves_the_others_to_choose(desk, case, cora):
    desk.try_both()
    [first, second, *_] = after_the_standard(cora)
    booked(CaseFactory(owner=cora, team=cora.team), first, reason="They are away", wish=True)
    response = desk.end("booked", slot=f"later-{first.pk}")

    assert errors(response) == "That time has just been taken. Select another"
    page = response.content.decode()
    assert f'value="later-{second.pk}"' in page
    assert f'value="later-{first.pk}"' not in page


@pytest.mark.rule("H29")
def test_a_later_time_that_became_the_first_there_is_needs_a_reason(desk, cora):
    desk.try_both()
    chosen = f"later-{after_the_standard(cora)[0].pk}"
    Slot.objects.filter(period__startswith__lt=NOW + timedelta(days=8)).update(withdrawn_at=NOW)
    response = desk.end("booked", slot=chosen)

    assert errors(response) == "Say why no earlier time was possible"
    assert re.search(r'name="slot" type="radio" value="\d+" checked', response.content.decode())
    desk.end("booked", slot=chosen, reason="Everybody is at a tribunal")
    assert Booking.objects.get().breach == Booking.Breach.OUTSIDE


@pytest.mark.rule("H29")
def test_a_later_time_than_one_matter_has_is_in_time_for_something_new(desk, case, mother, cora):
    owed(case, mother, due_at=datetime(2026, 11, 3, 14, 30, tzinfo=UTC))
    desk.try_both()
    desk.end("booked", slot=f"later-{slots(cora)[1].pk}", matter="new")

    booking = Booking.objects.get()
    assert (booking.breach, booking.breach_reason) == (Booking.Breach.NONE, "")


@pytest.mark.rule("H28")
def test_the_next_three_are_filled_up_with_colleagues(desk, case, cora, lena):
    mine = slots(cora)
    Slot.objects.filter(owner=cora).exclude(pk__in=[mine[0].pk, mine[1].pk]).update(
        withdrawn_at=NOW
    )
    hours(lena, weekday=2)
    desk.try_both()
    booked(CaseFactory(owner=cora, team=cora.team), mine[0])
    response = desk.end("booked", slot=mine[0].pk)

    assert errors(response) == "That time has just been taken. Here are the next three."
    page = text(response)
    assert len(re.findall(r'name="slot"', response.content.decode())) == 3
    assert "Cora Hill rings" in page
    assert "Lena Marsh rings" in page
    desk.end("booked", slot=slots(lena)[0].pk)
    assert Booking.objects.get(contact__case=case).owner == lena


def test_fewer_than_three_are_counted_as_they_are(case, cora):
    offered = offer(case, now=NOW)
    assert [one.owner for one in next_free(offered, most=2).slots] == [cora, cora]
    assert date(2026, 11, 3) == next_free(offered).slots[0].starts_at.date()


# --- What the coordinator reads -----------------------------------------------------------------


@pytest.mark.rule("H33")
def test_the_reason_stands_on_the_call_in_the_day_and_on_the_matter(
    desk, case, mother, cora, as_person
):
    matter = owed(case, mother)
    desk.try_both()
    reason = UrgentReason.objects.get(code="exclusion")
    desk.end(
        "booked",
        matter=matter.reference,
        urgent=reason.pk,
        slot=slots(cora)[0].pk,
    )
    booking, hers = Booking.objects.get(), as_person(cora)

    words = f"Said to be urgent: {reason}"
    for path in (
        f"/callbacks/{booking.pk}/",
        "/callbacks/?day=2026-11-03",
        f"/contacts/{matter.reference}/",
    ):
        assert words in text(hers.get(path)), path


@pytest.mark.rule("H49")
def test_the_owner_reads_that_the_sender_rang_again(desk, case, mother, cora):
    matter = owed(case, mother)
    desk.end("message", matter=matter.reference)

    body = Notice.objects.filter(recipient=cora, kind="chased").get().body
    assert body.startswith("The sender rang again on Monday 2 November 2026 at 10am.")


@pytest.mark.rule("H25")
def test_no_address_of_the_web_is_read_aloud(desk):
    transport = Signpost.objects.get(name="School transport")
    transport.url = "https://transport.example.org"
    transport.save()
    page = text(desk.end("signposted", signpost=transport.pk))

    assert "School transport can help you with this: 01632 960403." in page
    assert "If they ask for the web address: https://transport.example.org" in page
