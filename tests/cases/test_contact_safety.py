"""Whom the service may write to, who learns what, and that nothing promised falls between two."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.errors import RuleBroken
from cases.actions import tell_moved
from cases.answer_actions import promise_contact, reply_by_email
from cases.decision_actions import (
    decide_urgency,
    recognise_formal,
)
from cases.matter_actions import file_contact, join_to, pass_on, split_out
from cases.merge_actions import merge
from cases.models import Contact, LeadProfessional
from cases.undelivered_actions import tell_of_undelivered
from clocks.moving import Move
from notices.actions import give_back
from notices.models import Notice
from tests.cases.contacts import CAME, DUE, email, log
from tests.factories import (
    CaseFactory,
    EstablishmentFactory,
    RelatedPersonFactory,
    UserFactory,
)
from tests.mailroom.writing import NGOZI, bring, later, written

# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
BOB = "bob@example.org"
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


@pytest.fixture
def dan(north):
    return UserFactory(email="dan@wexmoor.example.org", full_name="Dan Reed", team=north)


def must_not_be_contacted(case):
    """Bob, of whom the record of ``case`` says so."""
    return RelatedPersonFactory(
        person=case.person,
        name="Bob Okafor",
        relation="father",
        receives_letters=False,
        no_contact=True,
        email=BOB,
    )


def from_bob(**changes):
    return email(sender_email=BOB, sender_name="Bob Okafor", **changes)


def told(address):
    return Notice.objects.filter(address=address)


def refused(act, **given) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    return broken.value


# --- Who must not be written to -------------------------------------------------------------


def passes_on(contact, by):
    other = UserFactory(team=by.team)
    pass_on(contact=contact, to=other, reason="On leave", by=by, now=NOW)


def promises(contact, by):
    promise_contact(contact=contact, until=date(2026, 11, 24), reason="Waiting", by=by, now=NOW)


def declines(contact, by):
    decide_urgency(contact=contact, accepted=False, reason=None, note="In turn", by=by, now=NOW)


def recognises(contact, by):
    recognise_formal(contact=contact, category=Category.COMPLAINT, by=by, now=NOW)


def files_elsewhere(contact, by):
    other = CaseFactory(owner=UserFactory(team=by.team))
    file_contact(contact=contact, case=other, reason="A sister", by=by, now=NOW)


def moves(contact, by):
    move = Move(contact.clock, DUE, DUE + timedelta(days=1))
    tell_moved(moves=[move], now=NOW)


def is_chased(contact, by):
    log(contact.case, from_bob(sender_person=contact.sender_person), chases=contact)


def splits(contact, by):
    chaser = log(contact.case, from_bob(), chases=contact, acknowledge=False)
    split_out(contact=chaser, by=by, now=NOW)


ACTS = [passes_on, promises, declines, recognises, moves, is_chased, splits]


@pytest.mark.rule("H14")
@pytest.mark.parametrize("act", [*ACTS, files_elsewhere])
def test_whoever_may_be_written_to_is_told_what_happens(case, cora, act):
    contact = log(case, from_bob())

    act(contact, cora)

    # The acknowledgement, and what was done.
    assert told(BOB).count() == 2


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "known by the address"])
def test_whoever_must_not_be_contacted_gets_nothing_whatever_happens(case, cora, act, is_chosen):
    bob = must_not_be_contacted(case)
    contact = log(case, from_bob(sender_person=bob if is_chosen else None))

    act(contact, cora)

    assert not told(BOB).exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_contact_to_which_no_mail_goes_gets_none_whatever_happens(case, cora, act):
    contact = log(case, from_bob(no_mail=True))
    assert not told(BOB).exists()
    # What a person writes to the same matter later is another message.
    written_later = {is_chased, splits}

    act(contact, cora)

    assert told(BOB).count() == (1 if act in written_later else 0)


@pytest.mark.parametrize("record", ["kept", "merged"])
def test_either_of_two_merged_records_says_who_must_not_be_contacted(case, cora, record):
    other = CaseFactory(owner=cora, person__date_of_birth=date(2014, 2, 3))
    must_not_be_contacted(case if record == "kept" else other)
    merge(keep=case, other=other, reason="Twice", by=cora, now=NOW)

    log(case, from_bob(received_at=NOW))

    assert not told(BOB).exists()


def test_a_reply_to_whoever_must_not_be_contacted_is_refused_whole(case, cora):
    contact = log(case, from_bob(sender_person=must_not_be_contacted(case)))

    broken = refused(
        reply_by_email, contact=contact, text="Hello", submission=uuid4(), by=cora, now=NOW
    )

    assert broken.code == "may_not_be_written_to"
    assert not told(BOB).exists()
    assert Contact.objects.get().answered_at is None


def test_whoever_must_not_be_contacted_without_an_address_needs_no_telling(case, cora, dan):
    bob = must_not_be_contacted(case)
    contact = log(case, email(sender_email="", sender_person=bob))

    passed = pass_on(contact=contact, to=dan, reason="On leave", by=cora, now=NOW)

    assert passed.clock.owner == dan


@pytest.mark.rule("H51")
@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("news@lists.example.net", {"List_Id": "<x.lists.example.net>"}),
        ("no-reply@example.net", {}),
        ("robot@example.net", {"Auto_Submitted": "auto-generated"}),
    ],
)
def test_lists_and_robots_get_nothing_when_their_mail_is_filed_later(
    case, tray, lena, sender, headers
):
    contact = bring(written(sender=sender, **headers), envelope_from=sender).contact
    assert (contact.case, contact.no_mail) == (None, True)

    file_contact(contact=contact, case=case, by=lena, now=NOW)

    assert not told(sender).exists()


@pytest.mark.rule("H51")
def test_too_many_messages_in_an_hour_do_not_forbid_writing_later(case, tray, lena):
    for number in range(6):
        mail = bring(
            written(subject=f"No {number}", sender=STRANGER), envelope_from=STRANGER, at=later(1)
        )
    assert mail.unacknowledged
    assert told(STRANGER).count() == 5

    file_contact(contact=mail.contact, case=case, by=lena, now=NOW)

    assert told(STRANGER).filter(kind="passed_on").count() == 1


def test_a_parent_of_two_who_must_not_be_contacted_gets_no_acknowledgement(case, tray, cora):
    sister = CaseFactory(owner=cora, reference="EHC-000043")
    must_not_be_contacted(case)
    must_not_be_contacted(sister)

    mail = bring(written("Where is she?", sender=f"Bob <{BOB}>"), envelope_from=BOB)

    assert mail.contact.case is None
    assert not told(BOB).exists()


# --- Strangers ------------------------------------------------------------------------------


def test_a_stranger_who_quotes_a_reference_reads_what_they_read_without_it(case, tray):
    case.restricted, case.restricted_reason = True, "Safety"
    case.save(update_fields=["restricted", "restricted_reason"])
    quoted = bring(written(subject="EHC-000042", sender=STRANGER), envelope_from=STRANGER).contact
    unknown = bring(written(subject="Hello", sender="x@example.org"), envelope_from="x@example.org")

    assert (quoted.case, unknown.contact.case) == (case, None)
    body = told(STRANGER).get().body
    assert "Cora Hill" not in body
    other = told("x@example.org").get().body
    assert body.replace(quoted.reference, "") == other.replace(unknown.contact.reference, "")


@pytest.mark.parametrize("is_theirs", [True, False], ids=["the child's", "another"])
def test_only_the_childs_own_school_learns_an_officers_name(case, tray, is_theirs):
    school = case.establishment if is_theirs else EstablishmentFactory()
    school.email = "office@school.example.org"
    school.save()

    bring(written(subject="EHC-000042", sender=school.email), envelope_from=school.email)

    assert ("Cora Hill" in told(school.email).get().body) is is_theirs


def test_a_stranger_whose_message_is_passed_on_learns_no_officers_name(case, tray, cora, dan):
    mail = bring(written(subject="EHC-000042", sender=STRANGER), envelope_from=STRANGER)

    pass_on(contact=mail.contact, to=dan, reason="On leave", by=cora, now=NOW)

    assert told(STRANGER).filter(kind="passed_on").count() == 1
    assert not told(STRANGER).filter(body__contains="Dan Reed").exists()


# --- Another sender's matter ----------------------------------------------------------------


@pytest.mark.rule("H48")
def test_another_senders_matter_is_not_chased_and_nothing_is_told(contact, asif):
    broken = refused(log, case=contact.case, received=from_bob(), chases=contact, by=asif)

    assert broken.code == "other_sender"
    assert "Ngozi Okafor" in broken.message
    assert Contact.objects.count() == 1
    assert not told(BOB).exists()


@pytest.mark.rule("H8")
def test_another_senders_matter_is_not_joined_and_stays_promised(contact, cora):
    second = log(contact.case, from_bob(received_at=NOW))

    broken = refused(join_to, contact=second, matter=contact, by=cora, now=NOW)

    assert broken.code == "other_sender"
    second.refresh_from_db()
    assert (second.original, second.is_open) == (None, True)
    assert not told(BOB).filter(body__contains=contact.reference).exists()


@pytest.mark.rule("H48")
def test_the_same_sender_who_rings_chases_what_they_wrote(contact, asif):
    call = email(
        channel=Contact.Channel.TELEPHONE,
        sender_name="ngozi  okafor",
        sender_email="",
        sender_phone="01632 960111",
        received_at=NOW,
    )

    assert log(contact.case, call, chases=contact, by=asif).link == Contact.Link.CHASER


# --- Mail that did not arrive ---------------------------------------------------------------


def undelivered(notice):
    Notice.objects.filter(pk=notice.pk).update(mail="sent", sent_at=NOW, next_try_at=None)
    assert give_back(key=notice.key, addresses=[notice.address], reason="No such user", now=NOW)


@pytest.mark.rule("H14")
def test_a_reply_that_comes_back_is_told_once_to_whoever_answers(contact, cora):
    reply_by_email(contact=contact, text="Tuesday", submission=uuid4(), by=cora, now=NOW)
    about = Notice.objects.filter(recipient=cora, subject__startswith="Not delivered:")
    assert tell_of_undelivered(now=NOW) == 0

    undelivered(Notice.objects.get(kind=Notice.Kind.REPLY))
    for minutes in (5, 10):
        tell_of_undelivered(now=NOW + timedelta(minutes=minutes))

    assert "Please tell the sender in another way." in about.get().body
    undelivered(Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT))
    tell_of_undelivered(now=NOW + timedelta(minutes=15))
    assert about.count() == 2


@pytest.mark.rule("H49")
def test_what_a_chaser_was_sent_is_the_task_of_whoever_answers_the_matter(contact, cora):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)

    undelivered(Notice.objects.get(key=f"contact:{chaser.pk}:acknowledgement"))
    tell_of_undelivered(now=NOW)

    found = Notice.objects.get(subject__startswith="Not delivered:")
    assert (found.recipient, found.path) == (cora, f"/contacts/{chaser.reference}/")


@pytest.mark.rule("H17")
def test_after_whoever_answered_has_left_the_lead_hears_of_it(contact, cora, lena):
    undelivered(Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT))
    cora.is_active = False
    cora.save(update_fields=["is_active"])

    tell_of_undelivered(now=NOW)

    assert Notice.objects.get(subject__startswith="Not delivered:").recipient == lena


def test_mail_to_staff_and_what_failed_long_ago_is_nobodys_new_task(contact, cora):
    undelivered(Notice.objects.get(recipient=cora))
    acknowledgement = Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT)
    undelivered(acknowledgement)

    assert tell_of_undelivered(now=NOW + timedelta(days=20)) == 0
    assert tell_of_undelivered(now=NOW) == 1


def test_a_stranger_who_writes_twice_learns_no_officers_name(case, tray):
    for minutes in (0, 60):
        bring(
            written(f"Day {minutes}", subject="EHC-000042 taxi", sender=STRANGER),
            envelope_from=STRANGER,
            at=later(minutes),
        )

    assert told(STRANGER).count() == 2
    assert not told(STRANGER).filter(body__contains="Cora Hill").exists()


@pytest.mark.rule("H90")
def test_a_stranger_who_names_a_colleague_learns_no_lead_professional(case, tray, cora, oscar):
    LeadProfessional.objects.create(
        case=case, user=cora, reason="Many", named_at=CAME, named_by=cora, in_force_at=CAME
    )

    bring(
        written(subject="EHC-000042", sender=STRANGER, to=oscar.email),
        envelope_from=STRANGER,
        at=NOW,
    )

    assert told(STRANGER).exists()
    assert not told(STRANGER).filter(body__contains="Cora Hill").exists()


@pytest.mark.rule("H49")
def test_a_colleague_who_writes_in_a_thread_is_heard_by_whoever_answers(case, tray, cora, oscar):
    RelatedPersonFactory(person=case.person, email=NGOZI)
    bring(written(Message_ID="<one@example.org>"))
    before = Notice.objects.filter(recipient=cora).count()

    words = written("He ran away.", sender=oscar.email, In_Reply_To="<one@example.org>")
    bring(words, envelope_from=oscar.email, at=later(60))

    assert Notice.objects.filter(recipient=cora).count() == before + 1
