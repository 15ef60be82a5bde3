"""A second message on the same matter: with the first, counted, seen, never a second clock."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from accounts.errors import RuleBroken
from cases import matter_actions
from cases.actions import log_contact
from cases.answer_actions import answer_contact
from cases.matters import chased_by_mail, open_matters_from, plain_subject
from cases.models import Contact
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contacts import DUE, email, log
from tests.factories import CaseFactory, RelatedPersonFactory

# Nine working days after it came, and the morning after its date.
DAY_NINE = datetime(2026, 11, 16, 10, tzinfo=UTC)
DAY_ELEVEN = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
SUBMISSION = UUID("00000000-0000-4000-8000-000000000007")


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora)


@pytest.fixture
def first(case):
    mother = RelatedPersonFactory(person=case.person, name="Ngozi Okafor")
    return log(case, email(sender_person=mother))


def again(first, at=DAY_NINE, **changes):
    given = {"received_at": at, "sender_person": first.sender_person}
    return log(first.case, email(**given | changes), chases=first)


@pytest.mark.rule("H47")
@pytest.mark.rule("H48")
def test_a_chaser_starts_no_clock_and_shortens_none(first):
    chaser = again(first)

    first.clock.refresh_from_db()
    assert (chaser.link, chaser.original, chaser.clock) == (Contact.Link.CHASER, first, None)
    assert first.clock.due_at == DUE
    assert Clock.objects.count() == 1


@pytest.mark.rule("H48")
def test_a_chaser_is_answered_kindly_with_date_person_and_what_is_urgent(first, cora):
    chaser = again(first)

    note = Notice.objects.get(key=f"contact:{chaser.pk}:acknowledgement")
    assert note.address == "ngozi@example.org"
    assert "Tuesday 17 November 2026" in note.body
    assert cora.full_name in note.body
    assert first.reference in note.body
    assert "These things are urgent:\n- " in note.body


@pytest.mark.rule("H49")
def test_a_chaser_is_delivered_to_whoever_answers(first, cora):
    chaser = again(first)

    told = Notice.objects.get(kind=Notice.Kind.CHASED)
    assert (told.recipient, told.path) == (cora, f"/contacts/{chaser.reference}/")
    assert told.mail == Notice.Mail.DIGEST


@pytest.mark.rule("H49")
@pytest.mark.parametrize(
    "changes",
    [
        {"message": "He has bruises on his arm again."},
        {"message": "She ran away last night."},
        {"subject": "URGENT: taxi"},
    ],
)
def test_a_chaser_that_may_matter_more_is_mailed_at_once(first, changes):
    again(first, **changes)

    assert Notice.objects.get(kind=Notice.Kind.CHASED).mail == Notice.Mail.WAITING


@pytest.mark.rule("H48")
def test_after_the_date_it_is_a_follow_up_and_the_lead_and_the_sender_are_told(first, cora, lena):
    late = again(first, at=DAY_ELEVEN)

    assert (late.link, late.clock) == (Contact.Link.FOLLOW_UP, None)
    told = Notice.objects.filter(kind=Notice.Kind.CHASED)
    assert {notice.recipient for notice in told} == {cora, lena}
    assert {notice.mail for notice in told} == {Notice.Mail.WAITING}
    note = Notice.objects.get(key=f"contact:{late.pk}:acknowledgement")
    assert "We are sorry" in note.body
    assert "Lena Marsh" in note.body


@pytest.mark.rule("H68")
@pytest.mark.rule("H103")
def test_a_formal_matter_never_chases(first):
    complaint = again(first, category=Contact.Category.COMPLAINT)

    assert (complaint.link, complaint.original) == ("", None)
    assert complaint.clock is not None


def test_a_chaser_of_a_chaser_belongs_to_the_first(first):
    chaser = again(first)

    assert again(chaser).original == first


def test_a_matter_answered_meanwhile_is_not_chased(first, cora):
    answer_contact(
        contact=first, answer=Contact.Answer.EMAIL, note="From Monday.", by=cora, now=DAY_NINE
    )

    with pytest.raises(RuleBroken) as broken:
        again(first)

    assert broken.value.code == "answered_meanwhile"


def test_a_matter_of_another_child_is_not_chased(first, cora):
    with pytest.raises(RuleBroken) as broken:
        log(CaseFactory(owner=cora), email(received_at=DAY_NINE), chases=first)

    assert broken.value.code == "other_case"


def test_without_an_address_nobody_is_written_to_but_the_chaser_counts(first, cora):
    chaser = again(first, sender_email="", sender_phone="07700 900123")

    assert not Notice.objects.filter(key=f"contact:{chaser.pk}:acknowledgement").exists()
    assert Contact.objects.owed_by(cora.pk).with_chasers().get().chasers == 1


@pytest.mark.rule("H49")
def test_a_chaser_counts_as_unread_until_whoever_answers_has_opened_it(first, cora, lena):
    chaser = again(first)
    matter_actions.mark_seen(contact=chaser, by=lena, now=DAY_NINE)
    assert Contact.objects.owed_by(cora.pk).with_chasers().get().unread_chasers == 1

    matter_actions.mark_seen(contact=chaser, by=cora, now=DAY_NINE)

    assert Contact.objects.owed_by(cora.pk).with_chasers().get().unread_chasers is None


# --- Splitting and joining ------------------------------------------------------------------


@pytest.mark.rule("H48")
def test_a_chaser_that_says_something_new_is_split_out_with_a_date_from_the_day_it_came(
    first, cora
):
    chaser = again(first, message="And he has been excluded.")

    matter = matter_actions.split_out(contact=chaser, by=cora, now=DAY_ELEVEN)

    assert (matter.link, matter.original) == ("", None)
    # Ten working days after Monday 16 November.
    assert matter.clock.due_at == datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    assert matter.clock.owner == cora
    told = Notice.objects.get(key__startswith=f"contact:{chaser.pk}:acknowledgement:split")
    assert "Monday 30 November 2026" in told.body


def test_what_is_no_chaser_is_not_split(first, cora):
    with pytest.raises(RuleBroken) as broken:
        matter_actions.split_out(contact=first, by=cora, now=DAY_NINE)

    assert broken.value.code == "not_a_chaser"


@pytest.mark.rule("H8")
def test_two_open_matters_about_the_same_are_put_together_under_the_sooner_date(first, cora):
    second = log(first.case, email(received_at=DAY_NINE, subject="Transport"))

    joined = matter_actions.join_to(contact=second, matter=first, by=cora, now=DAY_NINE)

    joined.refresh_from_db()
    assert (joined.original, joined.link) == (first, Contact.Link.CHASER)
    assert joined.clock.state == Clock.State.CANCELLED
    first.clock.refresh_from_db()
    assert (first.clock.state, first.clock.due_at) == (Clock.State.RUNNING, DUE)
    told = Notice.objects.get(key__startswith=f"contact:{second.pk}:acknowledgement:joined")
    assert "Tuesday 17 November 2026" in told.body


def test_the_sooner_one_is_not_joined_to_the_later(first, cora):
    second = log(first.case, email(received_at=DAY_NINE, subject="Transport"))

    with pytest.raises(RuleBroken) as broken:
        matter_actions.join_to(contact=first, matter=second, by=cora, now=DAY_NINE)

    assert broken.value.code == "sooner"
    first.refresh_from_db()
    assert (first.link, first.clock.state) == ("", Clock.State.RUNNING)


# --- Recognising them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Taxi", "taxi"),
        ("Re: Taxi", "taxi"),
        ("RE: FW: re: Taxi  again", "taxi again"),
        ("AW: [CON-000123] Taxi", "taxi"),
        ("Re[2]: Taxi", "taxi"),
        ("Re:", ""),
        ("", ""),
        ("Reading book", "reading book"),
    ],
)
def test_a_subject_is_compared_without_its_marks(subject, plain):
    assert plain_subject(subject) == plain


@pytest.mark.rule("H8")
@pytest.mark.rule("H48")
@pytest.mark.parametrize(
    ("changes", "chases"),
    [
        ({"subject": "Re: Taxi"}, True),
        ({"subject": "taxi", "sender_email": "NGOZI@example.org"}, True),
        ({"subject": "Exclusion"}, False),
        ({"subject": ""}, False),
        ({"subject": "Taxi", "sender_email": "obi@example.org"}, False),
        ({"subject": "Taxi", "sender_email": "", "sender_name": "ngozi  okafor"}, True),
    ],
)
def test_an_email_chases_by_sender_and_subject(first, changes, chases):
    found = chased_by_mail(first.case, email(received_at=DAY_NINE, **changes), None)

    assert (found == first) is chases


def test_an_email_in_the_thread_chases_whatever_its_subject(first):
    assert chased_by_mail(first.case, email(subject="Hello?"), first) == first


def test_somebody_else_in_the_thread_does_not_chase(first):
    other = email(subject="Re: Taxi", sender_email="school@example.org", sender_name="Ms Pine")

    assert chased_by_mail(first.case, other, first) is None


def test_open_matters_of_the_sender_are_offered_with_the_same_subject_first(first):
    newer = log(first.case, email(subject="Exclusion", received_at=DAY_NINE))
    log(first.case, email(sender_email="obi@example.org", sender_name="Obi", subject="Taxi"))

    offered = open_matters_from(first.case, email(subject="Re: taxi"))

    assert offered == [first, newer]


def test_the_same_submission_twice_is_one_chaser(first, asif):
    received = email(received_at=DAY_NINE)
    given = {"case": first.case, "received": received, "by": asif, "now": DAY_NINE}
    chaser = log_contact(submission=SUBMISSION, chases=first, **given)

    second = log_contact(submission=SUBMISSION, chases=first, **given)

    assert second == chaser
    assert first.linked.count() == 1
