"""The resolution desk's pages, and passing something to it (H104 to H111)."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine

from accounts.models import AccessEntry, Role
from cases.models import Contact
from clocks.models import Standard
from escalations.desk_words import left_in_words, working_left_in_words
from escalations.models import DeskEntry, DeskPass
from escalations.resolution_actions import confirm_check, keep_jointly, send_on
from escalations.response_actions import respond
from notices.models import Notice
from tests.escalations.complaining import looked_at, opened
from tests.escalations.making import (
    AFTER,
    NOW,
    case_of,
    further,
    managed,
    matter,
    officer,
    on_desk,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def asked(maya, rosa, cora):
    return matter(case_of(cora, reference="EHC-000042"))


@pytest.fixture
def entry(asked, maya) -> DeskEntry:
    return on_desk(asked, maya)


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def page(contact, act="") -> str:
    return f"/resolution/{contact.reference}/{act}"


def listed(response) -> list[str]:
    return re.findall(r'href="/resolution/([^/"]+)/"', response.content.decode())


# --- Words ----------------------------------------------------------------------------------


@pytest.mark.rule("H106")
@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (29, "29 hours left"),
        (1.5, "1 hour left"),
        (0.5, "30 minutes left"),
        (0, "1 minute left"),
        (-4, "4 hours late"),
        (-0.2, "12 minutes late"),
        (-100, "4 days late"),
    ],
)
def test_what_is_left_is_said_in_hours(entry, hours, said):
    now = entry.clock.due_at - timedelta(hours=hours)

    assert left_in_words(entry.clock, now, None) == said


@pytest.mark.rule("H106")
def test_a_promise_in_working_days_is_said_in_days(asked, maya, calendar):
    Standard.objects.create(
        code="resolution.initial_response",
        name="First response",
        amount=2,
        unit="working_days",
        effective_from=date(2026, 11, 1),
    )
    entry = on_desk(asked, maya)

    assert left_in_words(entry.clock, NOW, calendar) == (
        "Due Wednesday 4 November, in 2 working days"
    )


def test_working_time_in_words():
    assert working_left_in_words(timedelta(hours=3, minutes=20)) == (
        "3 hours of working time are left"
    )
    assert working_left_in_words(timedelta(hours=1)) == "1 hour of working time is left"
    assert working_left_in_words(timedelta()) == "No working time is left"


# --- The list -------------------------------------------------------------------------------


@pytest.mark.rule("H107")
@pytest.mark.rule("H108")
def test_the_desk_is_the_officers_first_page_oldest_first(entry, asked, as_person, rosa, maya):
    older = matter(case_of(asked.case.owner), sender_name="Tom Ash")
    on_desk(older, maya, NOW - timedelta(hours=19), in_name_of="Cllr Ade Moss")

    response = as_person(rosa).get("/")

    said = words(response)
    assert listed(response) == [older.reference, asked.reference]
    assert "29 hours left Act by" not in said  # Tuesday 3pm is in working time
    assert "29 hours left Tom Ash" in said
    assert "48 hours left Ngozi Okafor" in said
    assert "Addressed to Cllr Ade Moss, passed on Sunday 1 November 2026 at 3pm" in said
    assert "To check. Protocol: not followed, by the records. Rosa Quill has it" in said
    assert AccessEntry.objects.filter(records__contains=["EHC-000042"], kind="listed").exists()


@pytest.mark.rule("H106")
def test_the_desk_says_by_when_to_act_and_what_is_late(asked, as_person, rosa, maya):
    friday = datetime(2026, 11, 6, 16, tzinfo=UTC)
    on_desk(asked, maya, friday)

    with time_machine.travel(friday, tick=False):
        assert "48 hours left Act by Friday 6 November 2026 at 4:30pm" in words(
            as_person(rosa).get("/resolution/")
        )
    with time_machine.travel(friday + timedelta(hours=52), tick=False):
        said = words(as_person(rosa).get("/resolution/"))
        assert "4 hours late Ngozi Okafor" in said
        assert "1 late 1 to respond to 0 open after the first response" in said


def test_what_is_open_after_the_first_response_and_on_step_four_is_below(
    entry, asked, as_person, rosa, lena
):
    respond(entry=entry, how=DeskEntry.Answer.TELEPHONE, text="I rang.", by=rosa, now=NOW)
    other = on_desk(matter(asked.case, sender_name="Tom Ash", sender_email=""), lena)
    confirm_check(entry=other, until=3, reason="He says so.", by=rosa, now=NOW)
    step = send_on(entry=other, by=rosa, now=NOW)

    said = words(as_person(rosa).get("/resolution/"))

    assert "Open after the first response Responded Ngozi Okafor" in said
    assert "First response given Monday 2 November 2026 by Rosa Quill" in said
    assert "Concerns with the resolution team Due Monday 16 November, in 10 working days" in said
    assert f"Step 4: resolution team {step.escalation.reference}" in said


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("state=check", ["check"]),
        ("state=sent", ["sent"]),
        ("state=kept", ["kept"]),
        ("state=responded", ["responded"]),
        ("due=late", []),
        ("whose=mine", ["check", "sent", "kept", "responded"]),
        ("state=rubbish", ["check", "sent", "kept"]),
    ],
)
def test_the_desk_can_be_narrowed(maya, rosa, cora, as_person, query, shown):
    entries = {
        name: on_desk(matter(case_of(cora)), maya, NOW + timedelta(seconds=number))
        for number, name in enumerate(["check", "sent", "kept", "responded"])
    }
    confirm_check(entry=entries["sent"], until=0, reason="", by=rosa, now=NOW)
    send_on(entry=entries["sent"], by=rosa, now=NOW)
    keep_jointly(entry=entries["kept"], partner=cora, by=rosa, now=NOW)
    respond(
        entry=entries["responded"],
        how=DeskEntry.Answer.TELEPHONE,
        text="x",
        by=rosa,
        now=NOW + timedelta(minutes=1),
    )

    response = as_person(rosa).get(f"/resolution/?{query}")

    found = listed(response)
    expected = [entries[name].contact.reference for name in shown]
    assert found[: len(expected)] == expected
    if query != "state=rubbish":
        assert found == expected


def test_the_desk_takes_the_same_queries_for_one_row_and_for_three(
    maya, rosa, cora, as_person, django_assert_num_queries
):
    client = as_person(rosa)
    for count in (1, 2):
        for _ in range(count):
            for kept in (True, False):
                entry = on_desk(matter(case_of(cora)), maya)
                if kept:
                    keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)
            done = on_desk(matter(case_of(cora)), maya)
            respond(entry=done, how=DeskEntry.Answer.TELEPHONE, text="x", by=rosa, now=NOW)
            sent = on_desk(matter(case_of(cora)), maya)
            confirm_check(entry=sent, until=3, reason="x", by=rosa, now=NOW)
            send_on(entry=sent, by=rosa, now=NOW)
            looked_at(opened(case_of(cora), cora), rosa, cora)
        with django_assert_num_queries(DESK_QUERIES):
            client.get("/resolution/")


DESK_QUERIES = 14


@pytest.mark.rule("H102")
def test_an_officer_sees_the_complaints_they_look_into_with_their_dates(
    maya, rosa, cora, as_person
):
    complaint = looked_at(opened(case_of(cora), cora), rosa, cora)
    theirs = words(as_person(rosa).get("/"))
    assert "Complaints you look into Due Wednesday 18 November, in 12 working days" in theirs
    assert f"Stage 1 {complaint.matter.contact.reference}" in theirs
    assert "Complaints you look into" not in words(as_person(officer("Otto Vane")).get("/"))


def test_a_step_below_the_fourth_that_came_to_an_officer_is_on_their_first_page(
    maya, rosa, cora, lena, north, as_person
):
    type(maya).objects.filter(pk__in=[maya.pk, lena.pk]).update(is_active=False)
    step = further(matter(case_of(cora))).step
    assert step.handler == rosa
    assert step.escalation.reference in words(as_person(rosa).get("/"))


@pytest.mark.rule("H102")
def test_a_managers_own_step_is_not_listed_as_the_resolution_teams(maya, rosa, cora, as_person):
    entry = on_desk(matter(case_of(cora)), maya)
    confirm_check(entry=entry, until=2, reason="x", by=rosa, now=NOW)
    step = send_on(entry=entry, by=rosa, now=NOW)
    assert step.handler == maya

    said = words(as_person(maya).get("/resolution/"))

    assert "Concerns with the resolution team" not in said
    assert "Other concerns that you answer Due Monday 16 November" in said
    assert f"Step 3: senior manager {step.escalation.reference}" in said


def test_what_belongs_to_a_restricted_case_is_not_listed_for_others(entry, asked, as_person, rosa):
    other = officer("Otto Vane")
    type(asked.case).objects.filter(pk=asked.case_id).update(
        restricted=True, restricted_reason="A parent works here"
    )

    assert "Nothing waits for a first response." in words(as_person(other).get("/"))
    assert as_person(other).get(page(asked)).status_code == 404


# --- One entry ------------------------------------------------------------------------------


@pytest.mark.rule("H107")
@pytest.mark.rule("H111")
def test_the_entry_shows_the_log_and_what_was_said_before(entry, asked, as_person, rosa, maya):
    Contact.objects.filter(pk=asked.pk).update(subject="The taxi")
    before = matter(asked.case, message="The taxi was late again.")
    on_desk(asked, maya, NOW + timedelta(hours=1), in_name_of="Cllr Ade Moss")

    said = words(as_person(rosa).get(page(asked)))

    for fact in (
        "Ngozi Okafor (parent or carer) ngozi@example.org",
        "E-mail, Monday 2 November 2026 at 10am",
        "Subject The taxi",
        "Please ring me about the taxi.",
        "Monday 2 November 2026 at 10am by Maya Stone, addressed to Dana Price",
        "by Maya Stone, addressed to Cllr Ade Moss",
        "Rosa Quill gives the first response by Wednesday 4 November 2026 at 10am.",
        "The taxi was late again.",
        "Everything said and done on the case",
        f"Also open from the same sender: it may be about the same. {before.reference}",
    ):
        assert fact in said
    assert AccessEntry.objects.filter(records=["EHC-000042"], detail=asked.reference).exists()


@pytest.mark.rule("H108")
def test_the_check_is_shown_step_by_step_and_confirmed_with_one_click(
    asked, as_person, rosa, lena, maya
):
    assert further(asked).step
    on_desk(asked, maya, AFTER)

    with time_machine.travel(AFTER, tick=False):
        client = as_person(rosa)
        said = words(client.get(page(asked)))
        assert f"1 Case owner Followed {asked.reference} , Monday 2 November 2026." in said
        assert "No answer by Monday 9 November 2026." in said
        assert "2 Team lead Not followed CON-" in said
        assert "Lena Marsh is to answer by Tuesday 24 November 2026." in said
        assert "3 Senior manager Not followed Nobody was asked on this step." in said
        assert "Followed to step 1, by the records." in said
        assert client.post(page(asked, "check/"), {"until": "1"}).status_code == 302
        assert "Followed to step 1, confirmed by Rosa Quill" in words(client.get(page(asked)))


@pytest.mark.rule("H108")
@pytest.mark.rule("H109")
def test_the_check_is_overridden_with_a_reason_and_it_is_sent_on(
    entry, asked, as_person, rosa, lena
):
    client = as_person(rosa)
    refused = client.post(page(asked, "check/"), {"until": "1", "reason": ""})
    assert "The records say something else: say why." in words(refused)
    client.post(page(asked, "check/"), {"until": "1", "reason": "She rang twice."})
    assert "Send it to the team lead" in words(client.get(page(asked)))

    for _ in range(2):
        response = client.post(page(asked, "send/"), follow=True)

    assert "Sent to Lena Marsh" in words(response)
    case = words(client.get("/cases/EHC-000042/"))
    assert "Escalation point: step 2, Lena Marsh." in case
    assert "She rang twice." in case
    # Whom it was sent to may look, and gets the next page from the notice.
    assert "Passed to the resolution team" in words(as_person(lena).get(page(asked)))


def test_it_cannot_be_sent_before_it_is_checked(entry, asked, as_person, rosa):
    response = as_person(rosa).post(page(asked, "send/"), follow=True)

    assert "Check first which steps were followed." in words(response)


@pytest.mark.rule("H110")
def test_it_is_kept_with_the_case_owner(entry, asked, as_person, rosa, cora):
    client = as_person(rosa)
    form = client.get(page(asked, "keep/")).content.decode()
    assert re.search(rf'value="{cora.pk}"[^>]*checked', form)

    client.post(page(asked, "keep/"), {"partner": cora.pk})

    said = words(client.get(page(asked)))
    assert "Rosa Quill is accountable, Cora Hill supports." in said
    assert "Kept with Cora Hill" in words(client.get("/resolution/"))


@pytest.mark.rule("H106")
@pytest.mark.rule("H111")
def test_the_first_response_is_given_with_what_was_said_in_view(entry, asked, as_person, rosa):
    matter(asked.case, message="The taxi was late again.")
    client = as_person(rosa)
    assert "The taxi was late again." in words(client.get(page(asked, "respond/")))

    refused = client.post(page(asked, "respond/"), {"text": "I am on it."})
    assert "Select how you respond" in words(refused)
    assert "I am on it." in refused.content.decode()
    client.post(page(asked, "respond/"), {"how": "email", "text": "I am on it."})

    assert [mail for mail in Notice.objects.filter(kind="reply") if "I am on it." in mail.body]
    said = words(client.get(page(asked)))
    assert "Rosa Quill gave the first response on Monday 2 November 2026 at 10am, by e-mail." in (
        said
    )
    assert "Settle it" in said
    asked.refresh_from_db()
    assert asked.is_open


@pytest.mark.rule("H8")
def test_who_responds_second_is_told_and_keeps_the_words(entry, asked, as_person, rosa, maya):
    client = as_person(maya)
    respond(entry=entry, how=DeskEntry.Answer.TELEPHONE, text="I rang.", by=rosa, now=NOW)

    refused = client.post(page(asked, "respond/"), {"how": "telephone", "text": "Me too."})

    said = words(refused)
    assert "Rosa Quill gave the first response" in said
    assert "Add what I wrote as a note" in said
    assert client.get(page(asked, "respond/")).status_code == 302


def test_settled_it_leaves_the_desk(entry, asked, as_person, rosa):
    respond(entry=entry, how=DeskEntry.Answer.TELEPHONE, text="I rang.", by=rosa, now=NOW)
    client = as_person(rosa)

    refused = client.post(page(asked, "settle/"), {"text": "The taxi comes."})
    assert "Write what was agreed, and with whom: the sender reads it" in words(refused)
    assert "The taxi comes." in refused.content.decode()
    client.post(page(asked, "settle/"), {"text": "The taxi comes.", "agreed": "I rang you."})

    assert "by Rosa Quill: The taxi comes." in words(client.get(page(asked)))
    assert listed(client.get("/resolution/")) == []
    assert "Resolution team, " in words(client.get(f"/contacts/{asked.reference}/"))


# --- Passing something to it ----------------------------------------------------------------


@pytest.mark.rule("H104")
@pytest.mark.rule("H105")
def test_a_senior_manager_passes_it_on_with_one_click_in_their_name(asked, as_person, maya):
    client = as_person(maya)
    address = f"/contacts/{asked.reference}/pass-to-resolution/"
    assert "Pass to the resolution team" in words(client.get(f"/contacts/{asked.reference}/"))
    form = client.get(address).content.decode()
    assert 'value="Maya Stone"' in form

    for _ in range(2):
        response = client.post(address, {"in_name_of": "Maya Stone", "how": "email"}, follow=True)

    assert f"{asked.reference} is with the resolution team." in words(response)
    assert DeskPass.objects.count() == 1
    [mail] = Notice.objects.filter(recipient=None)
    assert mail.body.split("\n\n")[1].startswith("Maya Stone")


def test_from_the_contacts_page_it_takes_one_click(asked, as_person, maya):
    client = as_person(maya)
    contact = client.get(f"/contacts/{asked.reference}/").content.decode()
    button = contact[contact.index("/pass-to-resolution/") :]
    posted = dict(re.findall(r'type="hidden" name="(in_name_of|how)" value="([^"]*)"', button))

    client.post(f"/contacts/{asked.reference}/pass-to-resolution/", posted)

    assert posted == {"in_name_of": "Maya Stone", "how": "email"}
    assert DeskEntry.objects.get().in_name_of == "Maya Stone"
    again = client.get(f"/contacts/{asked.reference}/").content.decode()
    assert 'name="in_name_of"' not in again


@pytest.mark.rule("H104")
@pytest.mark.rule("H105")
def test_for_a_call_the_words_to_say_are_on_the_screen(asked, as_person, maya):
    Contact.objects.filter(pk=asked.pk).update(channel="telephone", sender_email="")
    address = f"/contacts/{asked.reference}/pass-to-resolution/"
    form = as_person(maya).get(address).content.decode()
    assert re.search(r'value="telephone"[^>]*checked', form)

    response = as_person(maya).post(
        address, {"in_name_of": "Maya Stone", "how": "telephone"}, follow=True
    )

    said = words(response)
    assert "Words to say to Ngozi Okafor" in said
    assert "Thank you for your call – I note your concerns" in said
    assert "with an initial response within 48 hours." in said
    assert not Notice.objects.filter(recipient=None).exists()


@pytest.mark.rule("H107")
def test_what_the_same_sender_has_on_the_desk_is_offered_for_linking(entry, asked, as_person, maya):
    again = matter(asked.case)
    address = f"/contacts/{again.reference}/pass-to-resolution/"
    client = as_person(maya)
    form = words(client.get(address))
    assert f"Yes: {asked.reference}" in form

    client.post(
        address, {"in_name_of": "Maya Stone", "how": "email", "same": str(entry.pk)}, follow=True
    )

    assert [one.contact for one in entry.passes.all()] == [asked, again]
    assert DeskEntry.objects.count() == 1
    client.post(address, {"in_name_of": "Maya Stone", "how": "email", "same": "separate"})
    assert DeskEntry.objects.count() == 2


def test_a_contact_of_no_case_can_be_passed_on(maya, rosa, lena, north, as_person):
    asked = matter(None, clock__owner=lena, clock__team=north, logged_by=lena)
    address = f"/contacts/{asked.reference}/pass-to-resolution/"

    response = as_person(maya).post(address, {"in_name_of": "Dana Price", "how": "email"})

    assert response.url == page(asked)
    assert "No case yet" in words(as_person(rosa).get(page(asked)))


def test_somebody_who_is_no_manager_says_in_whose_name(asked, as_person, cora, asif):
    address = f"/contacts/{asked.reference}/pass-to-resolution/"
    assert 'value="Maya Stone"' in as_person(cora).get(address).content.decode()

    refused = as_person(cora).post(address, {"in_name_of": "", "how": "email"})

    assert "Enter in whose name" in words(refused)
    assert as_person(asif).get(address).status_code == 404
    assert "Pass to the resolution team" not in words(
        as_person(asif).get(f"/contacts/{asked.reference}/")
    )


@pytest.mark.rule("H22")
def test_an_adviser_sees_on_the_case_who_responds_and_by_when(entry, as_person, asif):
    said = words(as_person(asif).get("/cases/EHC-000042/"))

    assert (
        f"Resolution team, {entry.contact.reference} : Rosa Quill gives a first response by "
        "Wednesday 4 November 2026 at 10am"
    ) in said.replace(f"{entry.contact.reference}:", f"{entry.contact.reference} :")
    assert "Dana Price" not in said


def test_an_auditor_reads_and_does_nothing(entry, asked, as_person):
    client = as_person(UserFactory(role=Role.AUDITOR, team=None))

    said = words(client.get(page(asked)))

    assert "What was passed on" in said
    assert "Give the first response" not in said
    assert client.post(page(asked, "send/")).status_code == 404
