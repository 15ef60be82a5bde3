"""The tray, merged records, putting together: nothing promised falls between."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from cases.answer_actions import add_note, promise_contact
from cases.decision_actions import decide_urgency, recognise_formal, strike_through
from cases.matter_actions import file_contact, join_to, split_out
from cases.merge_actions import merge
from cases.models import Contact, Recipient, UrgentReason
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contacts import email, log, refused
from tests.factories import CaseFactory, RelatedPersonFactory
from tests.mailroom.writing import NGOZI, bring, later, written

# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
STRANGER = "stranger@example.org"
Category = Contact.Category


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042", person__date_of_birth=date(2014, 2, 3))


@pytest.fixture
def contact(case):
    return log(case)


@pytest.fixture
def tray(north):
    """The north team's lead looks after what belongs to no case."""
    north.takes_unfiled = True
    north.save(update_fields=["takes_unfiled"])
    return north.lead


# --- The tray and filing --------------------------------------------------------------------


@pytest.mark.rule("H67")
@pytest.mark.rule("H68")
def test_a_chaser_in_the_tray_that_is_formal_waits_to_be_filed_on_clocks_of_its_own(
    policy, tray, lena
):
    first = log(None, email(told_child="A"))
    again = email(received_at=NOW, told_child="A", message="Please assess him")
    chaser = log(None, again, chases=first)
    assert (chaser.clock, chaser.filing_clock) == (None, None)

    recognise_formal(contact=chaser, category=Category.ASSESSMENT_REQUEST, by=lena, now=NOW)

    chaser.refresh_from_db()
    assert (chaser.original, chaser.is_open, chaser.filing_clock.is_open) == (None, True, True)
    assert set(Contact.objects.unfiled()) == {first, chaser}


@pytest.mark.rule("H56")
def test_filing_leaves_it_with_the_one_whom_the_message_named(case, tray, cora, oscar, lena):
    contact = bring(written(sender=STRANGER, to=oscar.email), envelope_from=STRANGER).contact
    assert contact.case is None

    filed = file_contact(contact=contact, case=case, by=lena, now=NOW)

    assert filed.clock.owner == oscar


@pytest.mark.rule("H17")
def test_filing_gives_it_to_the_cases_team_although_the_owner_is_the_same(
    policy, tray, lena, oscar
):
    south = CaseFactory(owner=lena, team=oscar.team)
    contact = log(None, email(told_child="A"))
    assert contact.clock.team == lena.team

    filed = file_contact(contact=contact, case=south, by=lena, now=NOW)

    assert (filed.clock.owner, filed.clock.team) == (lena, oscar.team)


@pytest.mark.rule("H59")
def test_whoever_had_it_hears_that_it_was_filed_away(contact, cora, dan, lena):
    other = CaseFactory(owner=dan)

    file_contact(contact=contact, case=other, reason="Wrong child", by=lena, now=NOW)

    left = Notice.objects.get(recipient=cora, kind=Notice.Kind.PASSED_ON)
    assert "Lena Marsh" in left.body
    assert "Dan Reed" in left.body


CALL = {
    "channel": Contact.Channel.TELEPHONE,
    "sender_email": "",
    "sender_phone": "01632 960111",
}


@pytest.mark.rule("H59")
def test_filing_a_call_needs_how_the_caller_was_told_who_answers(case, tray, lena, cora):
    contact = log(None, email(told_child="A", **CALL))
    given = {"contact": contact, "case": case, "by": lena, "now": NOW}

    assert refused(file_contact, **given).field == "told_how"
    assert Contact.objects.get().case is None
    filed = file_contact(told_how="by telephone", **given)

    assert filed.clock.owner == cora
    assert filed.clock.events.get(kind="reassigned").reason.endswith("(told by telephone)")


@pytest.mark.rule("H64")
@pytest.mark.parametrize("accepted", [True, False])
def test_a_decision_on_a_call_needs_how_the_caller_was_told(case, cora, accepted):
    contact = log(case, email(**CALL))
    reason = UrgentReason.objects.first() if accepted else None
    given = {"contact": contact, "accepted": accepted, "reason": reason, "note": "In turn"}

    assert refused(decide_urgency, by=cora, now=NOW, **given).field == "told_how"
    decided = decide_urgency(by=cora, now=NOW, told_how="by telephone", **given)

    assert decided.urgency_by == cora


# --- Whom it names --------------------------------------------------------------------------


@pytest.mark.rule("H55")
@pytest.mark.rule("H56")
def test_the_second_of_two_named_finds_it_among_what_is_for_information(case, tray, oscar, cora):
    RelatedPersonFactory(person=case.person, email=NGOZI)

    contact = bring(written(to=f"{cora.email}, {oscar.email}")).contact

    assert contact.clock.owner == cora
    assert Notice.objects.get(recipient=oscar).kind == Notice.Kind.COPY
    assert [one.contact for one in Recipient.objects.copied_to(oscar)] == [contact]
    assert not Recipient.objects.copied_to(cora).exists()


@pytest.mark.rule("H49")
@pytest.mark.rule("H55")
def test_a_chaser_is_told_to_whoever_it_names_as_well_as_to_whoever_answers(
    case, tray, cora, oscar
):
    RelatedPersonFactory(person=case.person, email=NGOZI)
    bring(written())

    chaser = bring(written("Again"), at=later(30)).contact
    named = bring(written("And again", to=oscar.email), at=later(60)).contact

    assert (chaser.link, named.link) == ("chaser", "chaser")
    assert Notice.objects.get(recipient=oscar).kind == Notice.Kind.COPY
    assert Notice.objects.filter(recipient=cora, kind=Notice.Kind.CHASED).count() == 2


# --- Merged records -------------------------------------------------------------------------


@pytest.fixture
def merged(case, cora):
    """A second record of the same child, merged into the first."""
    return CaseFactory(owner=cora, person__date_of_birth=date(2014, 2, 3))


def merge_into(case, other, by):
    merge(keep=case, other=other, reason="Twice", by=by, now=NOW)


@pytest.mark.rule("H48")
def test_an_email_about_the_kept_record_chases_a_matter_of_the_merged_one(case, merged, cora, tray):
    RelatedPersonFactory(person=case.person, email="ngozi@example.org")
    first = log(merged, email(message_id="<one@example.org>"))
    merge_into(case, merged, cora)

    again = written("Any news?", subject="Re: Taxi", In_Reply_To="<one@example.org>")
    chaser = bring(again, at=NOW).contact

    assert (chaser.case, chaser.link, chaser.original) == (case, Contact.Link.CHASER, first)


@pytest.mark.rule("H8")
def test_a_matter_of_the_kept_record_is_joined_to_one_of_the_merged(case, merged, cora):
    first = log(merged)
    merge_into(case, merged, cora)
    second = log(case, email(received_at=NOW, subject="Transport"))

    join_to(contact=second, matter=first, by=cora, now=NOW)

    second.refresh_from_db()
    assert (second.original, second.link) == (first, Contact.Link.CHASER)


# --- Putting together and taking apart ------------------------------------------------------


@pytest.mark.rule("H8")
def test_a_note_made_on_it_goes_along_when_it_is_joined(contact, cora):
    second = log(contact.case, email(received_at=NOW, subject="Other"))
    note = add_note(contact=second, text="Rang her", submission=uuid4(), by=cora, now=NOW)

    join_to(contact=second, matter=contact, by=cora, now=NOW)

    note.refresh_from_db()
    assert note.original == contact


@pytest.mark.rule("H11")
def test_a_matter_that_was_chased_is_not_struck_until_the_chaser_stands_alone(contact, cora):
    chaser = log(contact.case, email(received_at=NOW, message="He ran away"), chases=contact)
    given = {"contact": contact, "reason": "Logged twice", "by": cora, "now": NOW}
    assert refused(strike_through, **given).code == "chased"
    assert Clock.objects.get(pk=contact.clock.pk).is_open

    split_out(contact=chaser, by=cora, now=NOW)
    strike_through(**given)

    chaser.refresh_from_db()
    assert (chaser.is_open, chaser.original) == (True, None)


def test_a_chaser_that_was_struck_through_itself_holds_nothing_up(contact, cora):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)
    strike_through(contact=chaser, reason="Logged twice", by=cora, now=NOW)

    struck = strike_through(contact=contact, reason="Wrong child", by=cora, now=NOW)

    assert struck.struck_at == NOW


@pytest.mark.rule("H11")
def test_a_long_reason_is_kept_whole_with_how_they_were_told(case, cora):
    contact = log(case, email(**CALL))
    reason = "because " * 200 + "END"

    promise_contact(
        contact=contact,
        until=date(2026, 12, 1),
        reason=reason,
        told_how="by telephone",
        by=cora,
        now=NOW,
    )

    clock = Contact.objects.get().clock
    assert f"{reason} (told by telephone)" in clock.events.values_list("reason", flat=True)
