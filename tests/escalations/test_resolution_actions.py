"""The resolution desk: the pass, the 48 hours, the check, sending on, the response (H104-H110)."""

import threading
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from uuid import uuid5

import pytest
from django.apps import apps
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from cases.answer_actions import add_note
from cases.merge_actions import merge
from cases.models import Case, Contact, UrgentReason
from cases.received import Received
from cases.restriction_actions import restrict
from clocks.enforcement import tick
from clocks.models import Clock, Standard
from escalations.desk import STATES, check_rows, state_of
from escalations.desk_watch_actions import watch_desk
from escalations.desk_words import early_warning
from escalations.follow_page import followed
from escalations.giving_actions import give_entry
from escalations.models import DeskEntry, DeskPass, Escalation
from escalations.pass_back_actions import pass_back
from escalations.resolution_actions import confirm_check, keep_jointly, send_on
from escalations.response_actions import answer_and_respond, resolve, respond
from escalations.step_actions import close
from notices.models import Notice
from tests.escalations.making import (
    AFTER,
    DUE,
    NOW,
    case_of,
    further,
    leads,
    managed,
    matter,
    on_desk,
)
from tests.escalations.making import officer as new_officer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TELEPHONE, EMAIL = DeskEntry.Answer.TELEPHONE, DeskEntry.Answer.EMAIL
STANDARD_RESPONSE = (
    "Thank you for your email – I note your concerns about contact with our SEND team. This has "
    "been passed on to our resolutions team who will coordinate a response and resolution for "
    "you. Thank you for your patience whilst we look into this for you. A member of the SEND team "
    "will be back in touch by phone or email with an initial response within 48 hours."
)


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return new_officer()


@pytest.fixture
def asked(maya, rosa, cora):
    """A mother's question that the case owner is to answer by 9 November."""
    return matter(case_of(cora))


def mails() -> list[Notice]:
    """What was sent to people outside."""
    return list(Notice.objects.filter(recipient=None).order_by("pk"))


def told(person) -> list[str]:
    found = Notice.objects.filter(recipient=person).order_by("pk")
    return list(found.values_list("subject", flat=True))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026, when London is on UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


# --- The pass -------------------------------------------------------------------------------


@pytest.mark.rule("H104")
@pytest.mark.rule("H107")
def test_a_director_passes_a_contact_on_and_it_is_logged(asked, maya, rosa):
    entry = on_desk(asked, maya)

    assert (entry.contact, entry.clock.owner, entry.passed_by) == (asked, rosa, maya)
    [passed] = DeskPass.objects.all()
    assert (passed.entry, passed.contact, passed.by, passed.at) == (entry, asked, maya, NOW)
    assert passed.in_name_of == "Dana Price"
    [news] = Notice.objects.filter(recipient=rosa)
    assert news.subject == f"Passed to the resolution team: {asked.reference}"
    assert "in the name of Dana Price" in news.body
    assert news.path == f"/resolution/{asked.reference}/"


@pytest.mark.rule("H105")
def test_the_standard_response_is_sent_once_in_their_words_and_name(asked, maya, cora):
    on_desk(asked, maya)
    on_desk(asked, maya, NOW + timedelta(seconds=1))
    on_desk(asked, cora, NOW + timedelta(hours=1), in_name_of="Cllr Ade Moss")

    [mail] = mails()
    assert mail.address == "ngozi@example.org"
    assert mail.body.split("\n\n")[0] == STANDARD_RESPONSE
    assert mail.body.split("\n\n")[1].split("\n")[0] == "Dana Price"


@pytest.mark.rule("H105")
def test_for_a_call_the_response_thanks_for_the_call(asked, maya):
    on_desk(asked, maya, telephone=True)

    [mail] = mails()
    assert mail.body.startswith("Thank you for your call – ")


def test_nothing_is_sent_to_somebody_who_must_not_be_written_to(asked, maya):
    Contact.objects.filter(pk=asked.pk).update(no_mail=True)
    asked.refresh_from_db()

    on_desk(asked, maya)

    assert mails() == []


@pytest.mark.rule("H106")
def test_passed_on_friday_at_four_the_response_is_due_on_sunday_at_four(asked, maya, rosa):
    entry = on_desk(asked, maya, at(6, 16))

    assert entry.clock.due_at == at(8, 16)
    [news] = Notice.objects.filter(recipient=rosa)
    assert "due by Sunday 8 November 2026 at 4pm: act by Friday 6 November 2026 at 4:30pm" in (
        news.body
    )
    assert news.body.endswith("30 minutes of working time are left.")


@pytest.mark.rule("H106")
def test_a_council_that_counts_working_days_promises_them_in_the_same_words(asked, maya):
    Standard.objects.create(
        code="resolution.initial_response",
        name="First response of the resolution team",
        amount=2,
        unit="working_days",
        effective_from=date(2026, 11, 1),
    )

    entry = on_desk(asked, maya, at(6, 16))

    assert entry.clock.due_at == at(10, 17, 30)
    [mail] = mails()
    assert "with an initial response within 2 working days." in mail.body


@pytest.mark.rule("H104")
def test_a_contact_of_no_case_is_passed_on_as_well(maya, rosa, lena, north):
    asked = matter(None, clock__owner=lena, clock__team=north, logged_by=lena)

    entry = on_desk(asked, maya)

    assert (entry.clock.owner, entry.clock.team, len(mails())) == (rosa, north, 1)


def test_the_officer_sees_the_kept_record_of_a_restricted_child(asked, maya, cora, lena):
    merged, kept = asked.case, case_of(cora)
    for record in (merged, kept):
        shown = {"reason": "", "staff": []}
        restrict(case=record, shown=shown, reason="Safety.", staff=[maya], by=lena, now=NOW)
    merge(keep=kept, other=merged, reason="One child.", by=maya, now=NOW)

    entry = on_desk(Contact.objects.get(pk=asked.pk), maya)

    officer = entry.clock.owner
    assert kept in Case.objects.visible_to(officer)
    assert asked in Contact.objects.visible_to(officer)
    assert entry in DeskEntry.objects.open().unrestricted_for(officer)
    assert entry not in DeskEntry.objects.open().unrestricted_for(new_officer("Quinn Hale"))


def test_advisers_and_auditors_do_not_pass_contacts_on(asked, asif):
    for person in (asif, UserFactory(role=Role.AUDITOR)):
        with pytest.raises(RuleBroken) as refused:
            on_desk(asked, person)
        assert refused.value.code == "may_not_pass"
    with pytest.raises(RuleBroken) as refused:
        on_desk(asked, asked.case.owner, in_name_of=" ")
    assert refused.value.code == "name_missing"


@pytest.mark.rule("H107")
def test_the_same_matter_passed_again_is_linked_and_not_doubled(asked, maya, rosa):
    first = on_desk(asked, maya)
    chaser = matter(asked.case, original=asked, link="chaser", clock=None)

    again = on_desk(chaser, maya, NOW + timedelta(hours=3), in_name_of="Cllr Ade Moss")

    assert again == first
    assert [(one.contact, one.in_name_of) for one in first.passes.all()] == [
        (asked, "Dana Price"),
        (chaser, "Cllr Ade Moss"),
    ]
    assert Clock.objects.filter(about__startswith="First response").count() == 1
    assert told(rosa)[1:] == [f"Passed on again: {asked.reference}"]


def test_another_message_of_the_same_sender_is_linked_when_somebody_says_so(asked, maya, oscar):
    first = on_desk(asked, maya)
    other = matter(asked.case)
    stranger = matter(asked.case, sender_email="tom@example.org")
    elsewhere = matter(case_of(oscar))

    assert on_desk(other, maya, same_as=first) == first
    for contact in (stranger, elsewhere):
        with pytest.raises(RuleBroken) as refused:
            on_desk(contact, maya, same_as=first)
        assert refused.value.code == "other_sender"
    assert on_desk(stranger, maya) != first
    assert len(mails()) == 2


def test_what_was_settled_comes_back_with_a_new_clock(asked, maya, rosa):
    entry = on_desk(asked, maya)
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    resolve(entry=entry, outcome="The taxi comes.", by=rosa, now=NOW)

    again = on_desk(asked, maya, AFTER)

    assert again == entry
    assert (again.clock.due_at, again.responded_at, again.resolved_at) == (
        AFTER + timedelta(hours=48),
        None,
        None,
    )
    assert Clock.objects.get(pk=entry.clock_id).state == "met"
    assert respond(entry=again, how=TELEPHONE, text="I rang.", by=rosa, now=AFTER).response


@pytest.mark.rule("H107")
def test_a_pass_after_it_began_anew_is_logged_also_in_an_earlier_name(asked, maya, rosa, lena):
    entry = on_desk(asked, maya)
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)
    resolve(entry=entry, outcome="The taxi comes.", by=rosa, now=NOW)
    on_desk(asked, maya, now=AFTER, in_name_of="Erin Cole")
    later = AFTER + timedelta(hours=1)

    on_desk(asked, lena, now=later, in_name_of="Dana Price")
    on_desk(asked, lena, now=later + timedelta(seconds=1), in_name_of="Dana Price")

    logged = entry.passes.values_list("in_name_of", "at")
    assert list(logged) == [("Dana Price", NOW), ("Erin Cole", AFTER), ("Dana Price", later)]
    assert told(rosa)[-1] == f"Passed on again: {asked.reference}"


@pytest.mark.django_db(transaction=True)
def test_two_who_pass_the_same_contact_at_once_make_one_entry(asked, maya, cora):
    def press(person) -> None:
        try:
            on_desk(asked, person)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in (maya, cora)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert DeskEntry.objects.count() == 1
    assert len(mails()) == 1


# --- Reminders ------------------------------------------------------------------------------


@pytest.mark.rule("H106")
def test_twenty_four_and_four_working_hours_before_the_date_the_officer_is_reminded(
    asked, maya, rosa
):
    # Monday 10am: due on Wednesday at 10am. 24 hours before is Tuesday at 10am; four working
    # hours before is Tuesday at half past two.
    entry = on_desk(asked, maya)
    assert (entry.warned_early_at, entry.warned_late_at) == (None, None)
    assert watch_desk(now=at(3, 9, 59)) == 0
    assert watch_desk(now=at(3, 10)) == 1
    assert watch_desk(now=at(3, 14, 29)) == 0
    assert watch_desk(now=at(3, 14, 31)) == 1
    assert watch_desk(now=at(3, 14, 34)) == 0

    reminder = f"First response due soon: {asked.reference}"
    passed = f"Passed to the resolution team: {asked.reference}"
    assert told(rosa) == [passed, reminder, reminder]
    due = "The first response is due by Wednesday 4 November 2026 at 10am."
    bodies = Notice.objects.filter(subject=reminder).order_by("pk").values_list("body", flat=True)
    assert list(bodies) == [
        f"{due} 8 hours of working time are left.",
        f"{due} 3 hours of working time are left.",
    ]


@pytest.mark.rule("H106")
@pytest.mark.parametrize(
    ("passed", "first"),
    [
        # Due on Saturday at 10am.
        (at(5, 10), at(6, 10)),
        # Tuesday at 8pm, due on Thursday at 8pm: on Wednesday an hour before closing.
        (at(3, 20), at(4, 16, 30)),
        # Due on Sunday: the second reminder, on Friday at half past twelve, comes before it.
        (at(6, 9), None),
        # Friday at 4pm: hardly any time is left, and the news of the pass says so.
        (at(6, 16), None),
        # Saturday at noon: due on Monday at noon, and the last working moment was before the pass.
        (at(7, 12), None),
    ],
)
def test_the_first_reminder_is_never_after_the_last_working_moment(
    asked, maya, calendar, passed, first
):
    entry = on_desk(asked, maya, now=passed)
    assert early_warning(entry.clock, calendar) == first
    assert entry.warned_early_at == (None if first else passed)


@pytest.mark.rule("H106")
def test_with_a_longer_promise_both_reminders_come(asked, maya, rosa):
    Standard.objects.create(
        code="resolution.initial_response",
        name="First response of the resolution team",
        amount=48,
        unit="working_hours",
        effective_from=date(2026, 11, 1),
    )
    entry = on_desk(asked, maya)
    due = entry.clock.due_at
    assert entry.warned_early_at is None

    # On Friday; on Sunday nobody is told anything.
    assert watch_desk(now=due - timedelta(days=3, hours=1)) == 1
    assert watch_desk(now=due - timedelta(minutes=30)) == 1

    assert told(rosa).count(f"First response due soon: {asked.reference}") == 2


@pytest.mark.rule("H106")
def test_after_an_outage_only_what_still_matters_is_told(asked, maya, rosa):
    on_desk(asked, maya)

    assert watch_desk(now=at(5, 9)) == 1
    assert watch_desk(now=at(5, 10)) == 0

    assert told(rosa) == [f"Passed to the resolution team: {asked.reference}"]
    assert told(maya) == [f"No first response in time: {asked.reference}"]


@pytest.mark.rule("H106")
def test_a_breach_reaches_officer_lead_and_senior_manager(asked, maya, rosa, lena):
    on_desk(asked, maya)
    tick(now=at(4, 10, 1))
    watch_desk(now=at(4, 10, 1))

    passed = f"Date passed: First response of the resolution team, {asked.reference}"
    assert passed in told(rosa)
    assert passed in told(lena)
    assert told(maya) == [f"No first response in time: {asked.reference}"]


def test_a_late_response_before_the_next_look_reaches_the_manager_once(asked, maya, rosa):
    entry = on_desk(asked, maya)
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=at(4, 10, 5))

    assert watch_desk(now=at(4, 10, 6)) == 0
    assert told(maya) == [f"No first response in time: {asked.reference}"]


def test_nobody_is_reminded_after_the_response(asked, maya, rosa):
    entry = on_desk(asked, maya)
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)

    assert watch_desk(now=at(5, 9)) == 0


def test_who_covers_for_the_officer_is_reminded_too(asked, maya, rosa):
    on_desk(asked, maya)
    Absence.objects.create(
        person=rosa, cover=maya, first_day=date(2026, 11, 3), last_day=date(2026, 11, 3)
    )

    watch_desk(now=at(3, 16))

    assert f"First response due soon: {asked.reference}" in told(maya)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_remind_once(asked, maya, rosa):
    on_desk(asked, maya)
    done: list[int] = []

    def work() -> None:
        try:
            done.append(watch_desk(now=at(3, 16)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told(rosa).count(f"First response due soon: {asked.reference}") == 1


# --- The check ------------------------------------------------------------------------------


@pytest.mark.rule("H108")
def test_the_check_is_computed_from_the_records(asked, maya, lena):
    assert on_desk(asked, maya).computed == 0

    late = matter(asked.case, sender_email="", sender_name="Emeka Okafor")
    assert on_desk(late, maya, AFTER).computed == 1

    climbed = matter(asked.case, sender_email="tom@example.org")
    step = further(climbed).step
    answer_and_respond(step=step, text="On Monday.", by=lena, now=AFTER)
    assert on_desk(climbed, maya, AFTER).computed == 2


@pytest.mark.rule("H95")
@pytest.mark.rule("H108")
def test_the_check_knows_that_urgency_opened_the_next_step(asked, maya, lena, rosa):
    urgent = Received(
        channel=Contact.Channel.TELEPHONE,
        sender=Contact.Sender.PARENT,
        sender_name=asked.sender_name,
        sender_email=asked.sender_email,
        message="He is not in school.",
        received_at=NOW,
        urgent_reason=UrgentReason.objects.first(),
    )
    step = further(asked, now=NOW, received=urgent).step
    assert step
    assert (step.number, step.ground, step.handler) == (2, "urgent", lena)
    later = NOW + timedelta(hours=1)
    entry = on_desk(asked, maya, now=later)
    first, second, *_ = check_rows(entry, step.escalation, later)

    assert (entry.computed, first.done, second.done) == (1, True, False)
    assert "and the next step was open at once" in first.words
    confirm_check(entry=entry, until=1, reason="", by=rosa, now=later)
    assert send_on(entry=entry, by=rosa, now=later) == step


@pytest.mark.rule("H109")
def test_it_is_never_sent_below_a_step_that_is_being_worked_on(asked, maya, lena, rosa):
    step = further(asked).step
    entry = on_desk(asked, maya, now=AFTER)
    confirm_check(entry=entry, until=0, reason="She says so.", by=rosa, now=AFTER)

    assert send_on(entry=entry, by=rosa, now=AFTER) == step


@pytest.mark.rule("H108")
def test_a_check_is_confirmed_or_overridden_with_a_reason(asked, maya, rosa):
    entry = on_desk(asked, maya)
    with pytest.raises(RuleBroken) as refused:
        confirm_check(entry=entry, until=2, reason=" ", by=rosa, now=NOW)
    assert refused.value.code == "reason_missing"

    changed = confirm_check(entry=entry, until=2, reason="She rang twice.", by=rosa, now=NOW)

    assert (changed.computed, changed.confirmed, changed.confirmed_by) == (0, 2, rosa)


def test_only_the_desk_checks_sends_keeps_and_settles(asked, maya, lena):
    entry = on_desk(asked, maya)
    for act in (
        lambda: confirm_check(entry=entry, until=0, reason="", by=lena, now=NOW),
        lambda: send_on(entry=entry, by=lena, now=NOW),
        lambda: keep_jointly(entry=entry, partner=lena, by=lena, now=NOW),
        lambda: resolve(entry=entry, outcome="x", by=lena, now=NOW),
    ):
        with pytest.raises(RuleBroken) as refused:
            act()
        assert refused.value.code == "not_on_desk"


# --- Sending on, or keeping it --------------------------------------------------------------


def checked(entry, until, by):
    reason = "" if until == entry.computed else "As she told us."
    return confirm_check(entry=entry, until=until, reason=reason, by=by, now=NOW)


@pytest.mark.rule("H109")
@pytest.mark.parametrize(
    ("until", "number", "handler"),
    [(1, 2, "Lena Marsh"), (2, 3, "Maya Stone"), (3, 4, "Rosa Quill"), (4, 4, "Rosa Quill")],
)
def test_it_is_sent_to_who_handles_the_step_after_the_last(
    asked, maya, rosa, until, number, handler
):
    for _ in range(3):  # others have less to do, but it is Rosa's
        new_officer("Idle Officer")
    entry = on_desk(asked, maya)
    Clock.objects.filter(pk=entry.clock_id).update(owner=rosa)

    step = send_on(entry=checked(entry, until, rosa), by=rosa, now=NOW)

    assert step
    assert (step.number, step.handler.full_name, step.ground) == (number, handler, "outside")
    note = Contact.objects.get(original=asked, channel="note")
    assert note.internal
    assert note.case == asked.case
    assert f"Escalation point: step {number}, {handler}." in note.message
    assert step.followed == (until == 3)


@pytest.mark.rule("H100")
@pytest.mark.rule("H109")
def test_the_sender_and_the_new_handler_are_told(asked, maya, rosa, lena, cora):
    entry = checked(on_desk(asked, maya), 1, rosa)
    step = send_on(entry=entry, by=rosa, now=NOW)
    assert send_on(entry=entry, by=rosa, now=NOW) == step

    assert told(lena) == [f"From the resolution team: {asked.reference}"]
    assert Notice.objects.get(recipient=lena).path == f"/concerns/{step.escalation.reference}/"
    assert [subject for subject in told(cora) if subject.startswith("Taken further")]
    [_, taken] = mails()
    assert "Lena Marsh now has your concern." in taken.body
    assert "The team lead looks at it first." in taken.body
    entry.refresh_from_db()
    assert entry.clock.is_open


@pytest.mark.rule("H5")
@pytest.mark.rule("H109")
def test_when_nobody_was_asked_it_goes_back_to_the_case_owner(asked, maya, rosa, cora):
    entry = checked(on_desk(asked, maya), 0, rosa)

    assert send_on(entry=entry, by=rosa, now=NOW) is None
    assert send_on(entry=entry, by=rosa, now=NOW) is None

    entry.refresh_from_db()
    assert (entry.sent_at, entry.sent_to) == (NOW, None)
    assert not Escalation.objects.exists()
    assert told(cora) == [f"From the resolution team: {asked.reference}"]
    assert Notice.objects.get(recipient=cora).path == f"/contacts/{asked.reference}/"
    asked.refresh_from_db()
    assert asked.promise.owner == cora
    assert asked.promise.due_at == DUE


def test_it_is_not_sent_unchecked_nor_checked_again_once_sent(asked, maya, rosa):
    entry = on_desk(asked, maya)
    with pytest.raises(RuleBroken) as refused:
        send_on(entry=entry, by=rosa, now=NOW)
    assert refused.value.code == "not_checked"
    send_on(entry=checked(entry, 1, rosa), by=rosa, now=NOW)

    with pytest.raises(RuleBroken) as refused:
        confirm_check(entry=entry, until=3, reason="No.", by=rosa, now=NOW)
    assert (refused.value.code, refused.value.message) == (
        "sent_already",
        "It was sent to Lena Marsh already.",
    )


@pytest.mark.rule("H102")
@pytest.mark.rule("H109")
def test_a_settled_concern_that_is_sent_on_goes_on_under_its_own_reference(asked, maya, rosa, lena):
    step = further(asked).step
    assert step
    close(escalation=step.escalation, outcome="Done.", by=lena, now=AFTER)
    entry = on_desk(asked, maya, now=AFTER)
    assert entry.computed == 2
    confirm_check(entry=entry, until=2, reason="", by=rosa, now=AFTER)

    third = send_on(entry=entry, by=rosa, now=AFTER)

    assert third
    assert (third.number, third.escalation, third.escalation.is_open) == (3, step.escalation, True)
    assert Escalation.objects.filter(matter=asked).count() == 1
    words = [line.words for line in followed(asked, AFTER).rungs]
    assert words
    assert "You went past this one." not in words


@pytest.mark.rule("H110")
def test_a_settled_concern_that_is_kept_jointly_goes_on_too(asked, maya, rosa, cora, lena):
    step = further(asked).step
    assert step
    close(escalation=step.escalation, outcome="Done.", by=lena, now=AFTER)
    entry = on_desk(asked, maya, now=AFTER)

    kept = keep_jointly(entry=entry, partner=cora, by=rosa, now=AFTER)

    assert kept.escalation == step.escalation
    assert Escalation.objects.open().get() == step.escalation


@pytest.mark.rule("H110")
def test_kept_with_the_case_owner_there_are_two_names_and_one_clock(asked, maya, rosa, cora):
    entry = on_desk(asked, maya)
    kept = keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)

    assert kept.escalation
    assert (kept.clock.owner, kept.escalation.partner) == (rosa, cora)
    assert kept.escalation.steps.count() == 0
    assert Clock.objects.filter(about__startswith="First response").count() == 1
    assert told(cora) == [f"Together with the resolution team: {asked.reference}"]
    [note] = Contact.objects.filter(original=asked, channel="note")
    assert "Rosa Quill is accountable, Cora Hill supports." in note.message


@pytest.mark.rule("H5")
def test_a_step_that_was_passed_back_is_not_kept_by_the_desk(asked, maya, rosa, cora, lena):
    step = further(asked).step
    assert step
    pass_back(step=step, reason="Knows it best.", by=lena, now=AFTER)
    entry = on_desk(asked, maya, now=AFTER)

    assert DeskEntry.objects.open().filter(STATES["check"][1]).get() == entry
    assert state_of(DeskEntry.objects.open().get()) == "To check"
    kept = keep_jointly(entry=entry, partner=cora, by=rosa, now=AFTER)
    assert state_of(kept) == "Kept with Cora Hill"
    assert (kept.kept_with, kept.kept_at) == (cora, AFTER)


@pytest.mark.rule("H110")
def test_what_is_kept_jointly_is_the_teams_to_settle_also_with_steps(asked, maya, rosa, cora, lena):
    step = further(asked).step
    assert step
    entry = on_desk(asked, maya, now=AFTER)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=AFTER)

    with pytest.raises(RuleBroken) as refused:
        close(escalation=step.escalation, outcome="Done.", by=lena, now=AFTER)
    assert refused.value.code == "kept_on_desk"
    assert close(escalation=step.escalation, outcome="Done.", by=rosa, now=AFTER).closed_by == rosa


def test_what_was_sent_on_is_not_kept_any_more(asked, maya, rosa, cora, lena):
    entry = checked(on_desk(asked, maya), 1, rosa)
    keep_jointly(entry=entry, partner=cora, by=rosa, now=NOW)

    step = send_on(entry=entry, by=rosa, now=NOW)

    assert step
    entry.refresh_from_db()
    assert (entry.kept_with, entry.kept_at) == (None, None)
    assert close(escalation=step.escalation, outcome="Done.", by=lena, now=NOW).closed_by == lena


def test_what_was_kept_before_has_its_own_columns_now(asked, maya, rosa, cora, lena):
    """The data of migration 0008: by the note that was written when it was kept."""
    migration = import_module("escalations.migrations.0008_kept_jointly")
    entry = keep_jointly(entry=on_desk(asked, maya), partner=cora, by=rosa, now=NOW)
    other = matter(asked.case, sender_email="tom@example.org")
    step = further(other).step
    assert step
    pass_back(step=step, reason="Knows it best.", by=lena, now=AFTER)
    passed = on_desk(other, maya, now=AFTER)
    DeskEntry.objects.update(kept_with=None, kept_at=None)
    note = uuid5(migration.DESK, f"{entry.pk}:{entry.clock_id}:kept:{cora.pk}")
    add_note(contact=asked, text="Kept.", submission=note, by=rosa, now=AFTER)

    with connection.schema_editor() as editor:
        migration.keep(apps, editor)

    for row in (entry, passed):
        row.refresh_from_db()
    assert (entry.kept_with, entry.kept_at, passed.kept_with) == (cora, AFTER, None)


@pytest.mark.rule("H110")
def test_kept_with_the_same_person_again_after_it_was_given_on(asked, maya, rosa, cora, lena):
    quinn = new_officer("Quinn Hale")
    entry = on_desk(asked, maya)
    first, other = entry.clock.owner, {rosa: quinn, quinn: rosa}[entry.clock.owner]
    leads(lena, asked.case)
    keep_jointly(entry=entry, partner=cora, by=first, now=NOW)
    keep_jointly(entry=entry, partner=lena, by=first, now=NOW)
    give_entry(entry=entry, to=other, reason="Leave.", by=maya, now=NOW)

    kept = keep_jointly(entry=entry, partner=cora, by=other, now=NOW)

    assert (kept.kept_with, kept.escalation.partner) == (cora, cora)
    assert told(cora) == [f"Together with the resolution team: {asked.reference}"] * 2


def test_nobody_supports_themselves(asked, maya, rosa, asif):
    entry = on_desk(asked, maya)
    for person in (rosa, asif):
        with pytest.raises(RuleBroken) as refused:
            keep_jointly(entry=entry, partner=person, by=rosa, now=NOW)
        assert refused.value.code == "may_not_own"


# --- The response and the end ---------------------------------------------------------------


@pytest.mark.rule("H106")
def test_a_response_by_email_meets_the_hours_and_leaves_the_matter_open(asked, maya, rosa):
    entry = on_desk(asked, maya)
    done = respond(entry=entry, how=EMAIL, text="I am on it.", by=rosa, now=NOW)
    respond(entry=entry, how=EMAIL, text="I am on it.", by=rosa, now=NOW)

    assert (done.responded_by, done.clock.state) == (rosa, "running")
    assert Clock.objects.get(pk=done.clock_id).state == "met"
    [_, mail] = mails()
    assert mail.body.startswith("I am on it.\n\nRosa Quill")
    assert "We will stay in touch until this is settled." in mail.body
    said = Contact.objects.get(original=asked, link="reply")
    assert (said.message, said.channel, said.direction) == ("I am on it.", "email", "out")
    asked.refresh_from_db()
    assert asked.is_open
    assert asked.answered_at is None
    assert DeskEntry.objects.open().get() == done


def test_a_call_is_noted_and_nothing_is_sent(asked, maya, rosa):
    respond(entry=on_desk(asked, maya), how=TELEPHONE, text="I rang her.", by=rosa, now=NOW)

    assert len(mails()) == 1
    assert Contact.objects.get(original=asked, link="reply").channel == "telephone"


def test_the_second_of_two_learns_who_has_responded(asked, maya, rosa):
    entry = on_desk(asked, maya)
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)

    with pytest.raises(RuleBroken) as refused:
        respond(entry=entry, how=TELEPHONE, text="I rang too.", by=maya, now=NOW)
    assert refused.value.code == "responded"
    assert refused.value.message.startswith(
        "Rosa Quill gave the first response on Monday 2 November 2026 at 10am."
    )


def test_without_an_address_nothing_is_sent_by_email(asked, maya, rosa):
    Contact.objects.filter(pk=asked.pk).update(sender_email="")
    asked.refresh_from_db()

    with pytest.raises(RuleBroken) as refused:
        respond(entry=on_desk(asked, maya), how=EMAIL, text="x", by=rosa, now=NOW)
    assert refused.value.code == "no_address"


@pytest.mark.rule("H106")
def test_the_answer_of_who_it_was_sent_to_is_the_first_response(asked, maya, rosa, lena):
    entry = checked(on_desk(asked, maya), 1, rosa)
    step = send_on(entry=entry, by=rosa, now=NOW)

    answer_and_respond(step=step, text="It starts on Monday.", by=lena, now=NOW)

    entry.refresh_from_db()
    assert (entry.responded_by, entry.responded_how) == (lena, "email")
    assert entry.clock.state == "met"


@pytest.mark.rule("H107")
def test_settling_closes_the_concern_and_tells_who_still_had_it(asked, maya, rosa, lena):
    entry = checked(on_desk(asked, maya), 1, rosa)
    step = send_on(entry=entry, by=rosa, now=NOW)
    with pytest.raises(RuleBroken) as refused:
        resolve(entry=entry, outcome="Done.", by=rosa, now=NOW)
    assert refused.value.code == "not_responded"
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=NOW)

    done = resolve(entry=entry, outcome="The taxi comes.", by=rosa, now=NOW)
    assert resolve(entry=entry, outcome="The taxi comes.", by=rosa, now=NOW) == done

    assert (done.resolved_by, done.outcome) == (rosa, "The taxi comes.")
    step.refresh_from_db()
    assert (step.clock.state, step.escalation.is_open) == ("cancelled", False)
    assert f"Settled: {step.escalation.reference}" in told(lena)
    assert not DeskEntry.objects.open().exists()
    # With the concern ends what was owed of it, the case owner's own answer too.
    assert not Contact.objects.get(pk=asked.pk).is_open


@pytest.mark.rule("H107")
def test_settling_closes_a_concern_that_began_after_the_pass(asked, maya, rosa, lena):
    entry = on_desk(asked, maya)
    step = further(asked).step
    assert step
    respond(entry=entry, how=TELEPHONE, text="I rang.", by=rosa, now=AFTER)

    settled = resolve(entry=entry, outcome="The taxi comes.", by=rosa, now=AFTER)

    step.refresh_from_db()
    assert (step.escalation.is_open, step.clock.state) == (False, "cancelled")
    assert (settled.escalation, settled.escalation.outcome) == (step.escalation, "The taxi comes.")
    assert f"Settled: {step.escalation.reference}" in told(lena)


def test_a_pass_is_kept_for_ever(asked, maya):
    on_desk(asked, maya)

    with pytest.raises(Exception, match="pgtrigger"):
        DeskPass.objects.update(in_name_of="Nobody")
