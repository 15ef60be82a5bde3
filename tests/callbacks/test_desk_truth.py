"""What a caller is told is what holds: that urgency is looked at first, the earliest date that
anybody gave them, and where their confirmation went."""

from datetime import timedelta

import pytest
import time_machine

from callbacks.models import Booking, DeskCall
from callbacks.signpost_actions import load_signposts
from cases.decision_actions import decide_urgency
from cases.models import Contact, UrgentReason
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.callbacks.test_desk_pages import YESTERDAY, Desk, errors, text
from tests.cases.contacts import email, log
from tests.escalations.making import officer, on_desk
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
HOLDS = "If the date is not brought forward, Cora Hill will answer you by Monday 16 November 2026."
FIRST = "I have written down why it is urgent. Cora Hill looks at that first and decides."
RINGING = "ringing again does not make it quicker"


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


@pytest.fixture
def matter(case, mother):
    """What she asked yesterday: answered by Monday 16 November."""
    found = log(case, email(received_at=YESTERDAY, sender_person=mother))
    return Contact.objects.select_related("clock__owner").get(pk=found.pk)


@pytest.fixture
def excluded(policy):
    return UrgentReason.objects.get(code="exclusion")


# --- More urgent now --------------------------------------------------------------------------


@pytest.mark.rule("H33")
@pytest.mark.rule("H63")
def test_an_urgent_message_is_looked_at_first_and_the_date_holds_unless_it_moves(
    desk, matter, excluded
):
    ended = text(desk.end("message", matter=matter.reference, urgent=excluded.pk))

    assert f"“{FIRST} {HOLDS} You do not need to ring before then." in ended
    assert DeskCall.objects.get().told.startswith(FIRST)


@pytest.mark.rule("H63")
def test_an_urgent_message_after_its_date_is_looked_at_first_too(desk, matter, excluded):
    type(matter.promise).objects.update(due_at=YESTERDAY)

    ended = text(desk.end("message", matter=matter.reference, urgent=excluded.pk))
    assert f"“{FIRST} I am sorry that you are still waiting. Cora Hill will answer" in ended


@pytest.mark.rule("H63")
@pytest.mark.parametrize("outcome", ["message", "waiting"])
def test_who_has_told_us_that_it_is_urgent_is_not_told_that_ringing_is_no_use(
    desk, matter, excluded, outcome
):
    ended = text(desk.end(outcome, matter=matter.reference, urgent=excluded.pk))
    assert RINGING not in ended
    assert FIRST in ended

    page = desk.page()
    assert "You told us that it is urgent. Cora Hill looks at that first and decides." in page
    assert HOLDS in page
    assert RINGING not in page


@pytest.mark.rule("H63")
def test_once_it_is_decided_the_date_alone_is_said(desk, matter, excluded, cora):
    desk.end("message", matter=matter.reference, urgent=excluded.pk)
    chaser = Contact.objects.get(urgent_reason=excluded)
    given = {"reason": None, "note": "He is back at school.", "told_how": "By telephone"}
    decide_urgency(contact=chaser, accepted=False, by=cora, now=NOW, **given)

    page = desk.page()
    assert "Please wait until then" in page
    assert "You told us that it is urgent" not in page


@pytest.mark.rule("H63")
def test_a_callback_about_something_urgent_says_so_first(desk, matter, excluded, cora):
    desk.try_both()
    given = {"matter": matter.reference, "urgent": excluded.pk, "slot": slots(cora)[0].pk}

    assert f"“{FIRST} Cora Hill will ring you on Tuesday" in text(desk.end("booked", **given))


# --- The earliest promise ---------------------------------------------------------------------


@pytest.fixture
def passed(matter, cora):
    """The resolution team has it, and answers first within 48 hours."""
    officer("Rosa Quill")
    return on_desk(matter, cora, NOW)


@pytest.mark.rule("H106")
@pytest.mark.rule("H30")
def test_the_desk_says_who_has_it_above_and_the_earlier_date(desk, passed):
    assert passed.clock.due_at < passed.contact.promise.due_at

    page = desk.page()
    assert "“We have your e-mail of Sunday 1 November 2026. Rosa Quill will answer you by" in page
    assert "by Wednesday 4 November 2026. Please wait until then" in page
    assert "Rosa Quill answers." in page
    assert (
        "Monday 16 November 2026"
        not in page.partition("What is owed already")[2].partition("If you hear")[0]
    )


@pytest.mark.rule("H106")
@pytest.mark.parametrize("outcome", ["message", "waiting"])
def test_the_last_sentence_gives_the_earlier_date_too(desk, passed, outcome):
    ended = text(desk.end(outcome, matter=passed.contact.reference))

    assert "Rosa Quill will answer you by Wednesday 4 November 2026." in ended
    assert "Monday 16 November 2026" not in ended


@pytest.mark.rule("H32")
def test_once_the_earlier_date_is_over_the_caller_is_put_through(desk, passed):
    type(passed.clock).objects.filter(pk=passed.clock.pk).update(due_at=YESTERDAY)

    page = desk.page()
    assert "You should have heard by Sunday 1 November 2026. I am sorry" in page
    ended = text(desk.end("message", matter=passed.contact.reference))
    assert "Cora Hill will answer you by Monday 16 November 2026." in ended


# --- Its confirmation -------------------------------------------------------------------------


@pytest.mark.rule("H38")
def test_where_the_confirmation_went_is_said(desk, cora):
    desk.try_both()
    ended = text(desk.end("booked", slot=slots(cora)[0].pk, caller_email="aunt@example.org"))

    assert "A confirmation was sent to aunt@example.org." in ended


@pytest.mark.rule("H38")
@pytest.mark.parametrize("outcome", ["booked", "message"])
def test_an_address_on_record_is_not_read_out_whole(desk, cora, outcome):
    desk.try_both()
    more = {"slot": slots(cora)[0].pk} if outcome == "booked" else {}
    ended = text(desk.end(outcome, confirm="on", **more))

    assert "A confirmation was sent to the address on record, n…@example.org." in ended
    assert "ngozi@example.org" not in ended


@pytest.mark.rule("H38")
@pytest.mark.parametrize("outcome", ["booked", "message"])
def test_that_none_was_sent_is_said(desk, cora, outcome):
    desk.try_both()
    more = {"slot": slots(cora)[0].pk} if outcome == "booked" else {}

    assert "No confirmation was sent by e-mail." in text(desk.end(outcome, **more))


def test_what_was_answered_there_and_then_is_not_confirmed(desk):
    assert "onfirmation" not in text(desk.end("answered", told="At nine."))


@pytest.mark.rule("H23")
def test_the_page_of_an_unknown_child_speaks_of_no_sentence_that_it_does_not_give(desk):
    page = text(desk.client.get("/desk/unknown/"))

    assert "the sentence that this page gives you" not in page
    assert "For a message, leave it empty: the next page gives you the sentence to say" in page


# --- What can be done instead -----------------------------------------------------------------


@pytest.mark.rule("H28")
@pytest.mark.parametrize("number", ["abc", "12", "0770"])
@pytest.mark.parametrize("outcome", ["booked", "message"])
def test_a_number_that_nobody_can_ring_is_asked_for_again(desk, cora, outcome, number):
    desk.try_both()
    more = {"slot": slots(cora)[0].pk} if outcome == "booked" else {}
    response = desk.end(outcome, caller_phone=number, **more)

    assert errors(response).startswith("Enter one telephone number, like 01632 960100")
    assert f'value="{number}"' in response.content.decode()
    assert "When does the taxi start?</textarea>" in response.content.decode()
    assert Contact.objects.count() == 0


@pytest.mark.parametrize("number", ["+49 30 901820", "01632 960123 ext. 12", "٠١٦٣٢ ٩٦٠١٢٣"])
def test_numbers_of_other_countries_and_extensions_are_fine(desk, number):
    desk.end("message", caller_phone=number)

    assert Contact.objects.get().sender_phone.isascii()


@pytest.mark.rule("H68")
def test_whoever_tells_us_of_a_danger_is_not_held_up_by_their_number(desk):
    desk.end("message", caller_phone="abc", at_risk="on", reminded=None)

    assert Contact.objects.get().category == Contact.Category.SAFEGUARDING


@pytest.mark.rule("H26")
def test_put_through_with_nobody_left_to_try_says_what_can_be_done(desk):
    assert "press “They took the call”" in errors(desk.end("transferred"))
    desk.try_both()
    response = desk.end("transferred")

    assert "They took the call" not in text(response)
    assert "nobody is left to try now. Select “Callback” or “Message taken”" in errors(response)


@pytest.mark.rule("H28")
@pytest.mark.parametrize("urgent", [False, True])
def test_with_a_call_booked_already_moving_it_is_named(desk, case, cora, matter, excluded, urgent):
    booked(case, contact=matter)
    desk.try_both()
    free = slots(cora)[0]
    booked(CaseFactory(owner=cora, team=cora.team), free)
    more = {"urgent": excluded.pk} if urgent else {}
    for slot in (free, slots(cora)[0]):
        response = desk.end("booked", matter=matter.reference, slot=slot.pk, **more)
        said = errors(response)

        assert said.startswith("Cora Hill rings on Tuesday 3 November 2026 at 2pm already.")
        assert "select “Told when they will hear”" in said.replace("Select", "select")
        assert "move the call that is booked: they can with the link" in said
        assert "Here are the next" not in said
    assert Booking.objects.filter(contact=matter).count() == 1


def test_the_next_date_is_not_said_like_an_appointment(desk, case, cora, as_person):
    case.next_step, case.next_step_on = "Annual review", NOW.date() + timedelta(days=36)
    case.save()

    assert "Annual review due by Tuesday 8 December 2026" in desk.page()
    on_the_case = text(as_person(cora).get("/cases/EHC-000042/"))
    assert "Annual review due by Tuesday 8 December 2026" in on_the_case
