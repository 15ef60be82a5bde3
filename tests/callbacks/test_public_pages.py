"""What a caller sees and does with the link in their confirmation, without an account."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from callbacks import booking_actions
from callbacks.links import address_of, token_of
from callbacks.models import Booking
from callbacks.outcome_actions import mark_missed, not_reached, reached
from cases.answer_actions import answer_contact
from cases.models import Contact
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, hours, rang, slots
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db

# Tuesday 3 November 2026, 2pm to 2:30pm: Cora's first slot.
BEGINS = datetime(2026, 11, 3, 14, tzinfo=UTC)
ENDS = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
PAGES = ["callbacks:mine", "callbacks:another_time", "callbacks:not_needed", "callbacks:call_file"]
FORMS = ["callbacks:another_time", "callbacks:not_needed"]


@pytest.fixture(autouse=True)
def _nobody_has_tried_too_often(db):
    cache.clear()


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000123")


@pytest.fixture
def booking(case) -> Booking:
    return booked(case)


@pytest.fixture
def colleague(case, cora):
    person = UserFactory(full_name="Sam Reed", team=cora.team)
    hours(person, weekday=2)
    return person


def path(name: str, booking: Booking) -> str:
    return reverse(f"callbacks:{name}", args=[token_of(booking)])


def read(client: Client, booking: Booking, name: str = "mine", *, now: datetime = NOW) -> str:
    with time_machine.travel(now, tick=False):
        return client.get(path(name, booking)).content.decode()


def press(client: Client, booking: Booking, name: str, *, now: datetime = NOW, **typed: object):
    """Send a form and look at the page it leads to."""
    with time_machine.travel(now, tick=False):
        return client.post(path(name, booking), typed, follow=True)


def choose(client: Client, booking: Booking, slot, submission: UUID | None = None, **more):
    return press(
        client,
        booking,
        "another_time",
        slot=slot.pk,
        submission=submission or uuid4(),
        **more,
    )


# --- Who may look ---------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_link_in_the_mail_opens_the_call_without_an_account(client, booking):
    mail = Notice.objects.get(address=NGOZI.email, kind="callback")
    assert address_of(booking) in mail.body

    page = read(client, booking)

    assert "Cora Hill will ring you on Tuesday 3 November 2026 at 2pm." in page
    assert "The number that ends in 123" in page
    assert "Tuesday 3 November 2026, 2pm to 2:30pm" in page
    assert booking.contact.reference in page


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_the_child_the_caller_or_the_number(client, booking, name):
    page = read(client, booking, name.partition(":")[2])

    hidden = ["Amara", "Okafor", "Ngozi", "EHC-", "07700", "900123", "ngozi@", "taxi", "sign-in"]
    assert [word for word in hidden if word in page] == []


@pytest.mark.parametrize("name", PAGES)
def test_nobody_else_is_told_or_keeps_the_address(client, booking, name):
    with time_machine.travel(NOW, tick=False):
        response = client.get(reverse(name, args=[token_of(booking)]))

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response.cookies == {}


@pytest.mark.parametrize("name", PAGES)
def test_staff_who_look_see_what_the_caller_sees(as_person, cora, client, booking, name):
    name = name.partition(":")[2]
    seen = read(client, booking, name)

    again = read(as_person(cora), booking, name)

    # Each form has a submission of its own.
    assert len(again) == len(seen)
    assert "Find a case" not in again


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("wrong", ["cut", "changed", "other number", "made up", "barred"])
def test_every_address_that_leads_to_no_call_reads_the_same(client, booking, case, name, wrong):
    token = token_of(booking)
    if wrong == "cut":
        token = token[:-1]
    if wrong == "changed":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    if wrong == "other number":
        token = f"{booking.pk + 1}{token[token.index('.') :]}"
    if wrong == "made up":
        token = "x"
    if wrong == "barred":
        RelatedPersonFactory(
            person=case.person, email="NGOZI@example.org", no_contact=True, receives_letters=False
        )

    found = client.get(reverse(name, args=[token]))
    unknown = client.get(reverse("callbacks:mine", args=["42.nobody-made-this"]))

    assert (found.status_code, unknown.status_code) == (404, 404)
    assert found.content == unknown.content
    page = found.content.decode()
    assert "We cannot find this call" in page
    assert "01632 960100" in page
    assert "We are open Monday" in page
    assert "Page not found" not in page


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (datetime(2026, 12, 3, 14, 29, 59, tzinfo=UTC), 200),
        (datetime(2026, 12, 3, 14, 30, tzinfo=UTC), 410),
    ],
)
def test_the_link_works_until_thirty_days_after_the_call(client, booking, now, status):
    with time_machine.travel(now, tick=False):
        response = client.get(path("mine", booking))
        sent = client.post(path("not_needed", booking))

    assert response.status_code == status
    booking.refresh_from_db()
    assert (sent.status_code, booking.state) == ({200: 302, 410: 410}[status], "booked")
    if status == 410:
        assert "This link has ended" in response.content.decode()
        assert "01632 960100" in response.content.decode()
        assert response["Cache-Control"] == "no-store"


def test_to_look_changes_nothing(client, booking):
    before = list(Booking.objects.values())
    for name in PAGES:
        address = reverse(name, args=[token_of(booking)])
        with time_machine.travel(NOW, tick=False):
            assert client.get(address).status_code == 200
            assert client.head(address).status_code == 200

    assert list(Booking.objects.values()) == before
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(path("not_needed", booking)).status_code == 405
    assert client.post(path("mine", booking)).status_code == 405


# --- How it stands --------------------------------------------------------------------------


def test_a_call_whose_time_has_begun_is_left_alone(client, booking):
    page = read(client, booking, now=BEGINS)
    assert "It is time for your call" in page
    assert "between 2pm and 2:30pm" in page
    assert "after 2:45pm" in page
    assert "not-needed" not in page

    response = press(client, booking, "not_needed", now=BEGINS)

    booking.refresh_from_db()
    assert booking.state == "booked"
    assert "It is time for your call" in response.content.decode()


@pytest.mark.rule("H36")
def test_a_missed_call_is_an_apology_and_a_choice(client, booking, cora):
    after = ENDS + timedelta(minutes=16)
    mark_missed(now=after)

    page = read(client, booking, now=after)
    assert "We are sorry that we did not ring" in page
    assert "You will still hear from us by Monday 9 November 2026." in page

    response = choose(client, booking, slots(cora, now=after)[2], now=after)

    assert "Your call has a new time" in response.content.decode()
    made = Booking.objects.get(follows=booking)
    booking.refresh_from_db()
    assert (booking.state, booking.missed_at) == ("moved", after)
    # Whom we did not ring did not ask for a later time.
    assert (made.breach, made.promised_by) == ("outside", booking.promised_by)
    assert made.breach_reason == "We did not ring on Tuesday 3 November 2026 at 2pm."


def test_after_a_try_without_an_answer_another_time_can_be_chosen(client, booking, cora):
    after = BEGINS + timedelta(minutes=10)
    not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=after)

    page = read(client, booking, now=after)

    assert "Cora Hill rang you, and nobody answered." in page
    assert "You will still hear from us by" in page
    assert "Choose another time" in page


def test_a_call_that_was_made_is_done(client, booking, cora):
    reached(booking=booking, note="Taxi", submission=uuid4(), by=cora, now=BEGINS)

    page = read(client, booking, now=BEGINS)

    assert "Cora Hill has spoken to you." in page
    assert "another-time" not in page
    assert "not-needed" not in page
    for name in ("another_time", "not_needed"):
        with time_machine.travel(BEGINS, tick=False):
            assert client.get(path(name, booking)).status_code == 302


def test_what_was_answered_meanwhile_needs_no_other_time(client, booking, cora):
    answer = Contact.Answer.EMAIL
    answer_contact(contact=booking.contact, answer=answer, note="Monday", by=cora, now=NOW)

    page = read(client, booking)
    assert "We have answered your question since you asked for this call." in page
    assert "another-time" not in page
    response = choose(client, booking, slots(cora)[0])

    assert "Your call has changed" in response.content.decode()
    booking.refresh_from_db()
    assert booking.state == "booked"


# --- Another time ---------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_caller_moves_the_call_and_the_old_link_leads_to_it(client, booking, cora):
    page = read(client, booking, "another_time")
    assert page.count('type="radio"') == 12
    assert "2:30pm, Cora Hill" in page
    assert "None of these suits me" in page

    response = choose(client, booking, slots(cora)[1])

    made = Booking.objects.get(follows=booking)
    booking.refresh_from_db()
    assert (booking.state, booking.ended_how, booking.ended_by) == ("moved", "caller", None)
    assert (made.starts_at, made.breach) == (datetime(2026, 11, 3, 15, tzinfo=UTC), "")
    shown = response.content.decode()
    assert "Your call has a new time" in shown
    assert "Tuesday 3 November 2026 at 3pm" in shown
    assert response.redirect_chain == [(f"{path('mine', made)}?done=moved", 302)]
    assert "Tuesday 3 November 2026 at 3pm" in read(client, booking)


@pytest.mark.rule("H29")
def test_a_later_time_that_the_caller_chose_is_not_our_breach(client, booking, cora):
    # Tuesday 10 November, after the five working days.
    later = slots(cora)[3]

    choose(client, booking, later)

    made = Booking.objects.get(follows=booking)
    assert (made.breach, made.promised_by) == ("wish", booking.promised_by)
    assert not Notice.objects.filter(key__endswith=":outside").exists()


def test_the_same_person_is_offered_first_and_then_colleagues(client, booking, cora, colleague):
    assert "Sam Reed" not in read(client, booking, "another_time")

    for pattern in cora.callback_patterns.all():
        pattern.last_day = datetime(2026, 11, 3, tzinfo=UTC).date()
        pattern.save()
    for slot in slots(cora)[3:]:
        slot.withdrawn_at = NOW
        slot.save()
    page = read(client, booking, "another_time")

    assert page.count(", Cora Hill") == 3
    assert page.count(", Sam Reed") == 9


def test_when_the_same_person_has_none_in_time_some_of_colleagues_are_there(
    client, booking, cora, colleague
):
    for slot in slots(cora)[:3]:
        slot.withdrawn_at = NOW
        slot.save()

    page = read(client, booking, "another_time")

    assert (page.count(", Cora Hill"), page.count(", Sam Reed")) == (8, 4)
    assert page.index("Wednesday 4 November 2026") < page.index("Tuesday 10 November 2026")


def test_at_night_nothing_is_offered_that_nobody_could_see_in_time(client, case, cora):
    hours(cora, weekday=0, starts=time(9), ends=time(11))
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    booking = booked(case, next(slot for slot in slots(cora) if slot.starts_at > monday))

    page = read(client, booking, "another_time", now=datetime(2026, 11, 8, 23, tzinfo=UTC))

    # The service opens at 9am.
    assert "Monday 9 November 2026 at </span>9:30am" not in page
    assert "Monday 9 November 2026 at </span>10am, Cora Hill" in page


def test_no_time_at_all_leads_to_the_duty_line(client, booking, cora):
    for slot in slots(cora):
        slot.withdrawn_at = NOW
        slot.save()

    page = read(client, booking, "another_time")

    assert "There are no other times at the moment." in page
    assert "01632 960100" in page
    assert "Until then your call stays as it is." in page


def test_nothing_chosen_is_asked_for_again(client, booking):
    page = press(client, booking, "another_time", submission=uuid4()).content.decode()

    assert "Select a time" in page
    assert "<title>Error: Choose another time" in page
    assert page.count('type="radio"') == 12


@pytest.mark.rule("H28")
def test_a_time_that_was_just_taken_gives_the_next_three(client, case, booking, cora):
    wanted = slots(cora)[0]
    booked(case, wanted, contact=rang(case, sender_name="Somebody else"))

    page = choose(client, booking, wanted).content.decode()

    assert "That time has just been taken. Here are the next three." in page
    assert page.count('type="radio"') == 3
    assert "See all times" in page
    booking.refresh_from_db()
    assert booking.state == "booked"


@pytest.mark.parametrize("slot", ["0", "rubbish", "99999999999999999999", "\x00"])
def test_what_is_no_time_of_ours_is_not_to_be_had(client, booking, slot):
    typed = {"slot": slot, "submission": uuid4()}
    page = press(client, booking, "another_time", **typed).content.decode()

    assert "That time has just been taken." in page
    assert not Booking.objects.exclude(pk=booking.pk).exists()


def test_somebody_elses_slot_in_another_team_is_not_to_be_had(client, booking, oscar):
    hours(oscar)

    page = choose(client, booking, slots(oscar)[0]).content.decode()

    assert "That time has just been taken." in page
    assert not Booking.objects.exclude(pk=booking.pk).exists()


def test_a_form_without_its_mark_is_sent_again_with_one(client, booking, cora):
    page = press(client, booking, "another_time", slot=slots(cora)[0].pk).content.decode()

    assert 'name="submission" value="' in page
    assert not Booking.objects.exclude(pk=booking.pk).exists()


def test_a_form_without_a_cookie_and_from_nowhere_is_taken(booking):
    """Under "no-referrer" browsers send "Origin: null"; the address itself is the proof."""
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})

    press(strict, booking, "not_needed")

    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_two_clicks_move_once(client, booking, cora):
    wanted, submission = slots(cora)[0], uuid4()

    first = choose(client, booking, wanted, submission)
    second = choose(client, booking, wanted, submission)

    assert first.redirect_chain == second.redirect_chain
    assert "Your call has a new time" in second.content.decode()
    assert Booking.objects.count() == 2
    assert Notice.objects.filter(address=NGOZI.email, kind="callback").count() == 2


def test_the_second_of_two_tabs_is_told_how_it_stands(client, booking, cora):
    one, other = slots(cora)[:2]
    choose(client, booking, one)

    moved = choose(client, booking, other).content.decode()
    off = press(client, booking, "not_needed").content.decode()

    for page in (moved, off):
        assert "Your call has changed. This is how it stands now" in page
        assert "Tuesday 3 November 2026 at 2:30pm" in page
    assert Booking.objects.get(follows=booking).state == "booked"


# --- Not needed -----------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_caller_calls_it_off_after_one_question(client, booking, cora):
    question = read(client, booking, "not_needed")
    assert "Do you want to call it off?" in question
    assert "You will still hear from us by Monday 9 November 2026." in question

    page = press(client, booking, "not_needed", reason="It is settled").content.decode()

    booking.refresh_from_db()
    assert (booking.state, booking.ended_how) == ("cancelled", "caller")
    assert (booking.note, booking.ended_by) == ("It is settled", None)
    assert "You told us that you do not need the call" in page
    assert booking.contact.promise.is_open
    assert booking.slot in slots(cora)


def test_two_clicks_call_it_off_once(client, booking):
    for _ in range(2):
        page = press(client, booking, "not_needed").content.decode()
        assert "The call is called off" in page

    assert Notice.objects.filter(key__endswith=":cancelled").count() == 1


def test_a_reason_that_is_too_long_is_kept_and_asked_for_again(client, booking):
    page = press(client, booking, "not_needed", reason="x" * 201).content.decode()

    assert "Use 200 characters or less" in page
    assert "x" * 201 in page
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_a_call_that_we_called_off_says_so_without_the_reason(client, booking, lena):
    booking_actions.cancel(
        booking=booking, how=Booking.Whose.OURS, reason="Cora is ill", by=lena, now=NOW
    )

    page = read(client, booking)

    assert "We had to call off the call" in page
    assert "Cora is ill" not in page
    assert "You will still hear from us by Monday 9 November 2026." in page


def test_a_banner_of_something_that_did_not_happen_is_not_shown(client, booking):
    for done in ("called-off", "rubbish", "moved%00"):
        with time_machine.travel(NOW, tick=False):
            page = client.get(f"{path('mine', booking)}?done={done}").content.decode()
        assert "govuk-notification-banner" not in page


# --- The file -------------------------------------------------------------------------------


def test_the_calendar_file_is_the_call_as_it_stands_now(client, booking, cora):
    choose(client, booking, slots(cora)[1])

    with time_machine.travel(NOW, tick=False):
        response = client.get(path("call_file", booking))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="call.ics"'
    calendar = Calendar.from_ical(response.content)
    (event,) = calendar.walk("VEVENT")
    assert event.start == datetime(2026, 11, 3, 15, tzinfo=UTC)
    assert str(calendar["METHOD"]) == "PUBLISH"


# --- Too often ------------------------------------------------------------------------------


def test_so_many_forms_about_one_matter_and_a_neighbour_is_not_held_up(client, case, booking):
    neighbour = booked(case, contact=rang(case, sender_name="Somebody else"))
    statuses = [press(client, booking, "another_time").status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]
    page = press(client, booking, "not_needed")
    assert page.status_code == 429
    assert "Wait ten minutes" in page.content.decode()
    assert "We will ring you" in read(client, booking)
    assert "called off" in press(client, neighbour, "not_needed").content.decode()
