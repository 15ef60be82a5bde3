"""What a family reads about a complaint, from stage 1 to the Ombudsman (H103, H126)."""

from datetime import UTC, date, datetime

import pytest

from accounts.errors import RuleBroken
from cases.decision_actions import recognise_formal, withdraw_formal_matter
from cases.models import Case, Contact, NamedStaff
from escalations.agreement_actions import Terms, agree
from escalations.complaint_actions import acknowledge, answer_stage, open_complaint, put_off
from escalations.models import Agreement, Complaint
from escalations.stage_two_actions import end_complaint, hand_over
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.escalations.complaining import (
    ANSWERED_AT,
    NOW,
    WORDS,
    answer,
    asked_again,
    complained,
    looked_at,
    opened,
    settled,
    transport,
)
from tests.escalations.making import managed
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.rule("H103")
# Tuesday 24 November 2026, 10am; Monday 7 December, 10am.
LATER = datetime(2026, 11, 24, 10, tzinfo=UTC)
LAST = datetime(2026, 12, 7, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora, north):
    north.duty_line = "01632 960111"
    north.save()
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def complaint(case, cora) -> Complaint:
    return opened(case, cora)


def letters(part: str = "") -> list[Notice]:
    """Oldest first; ``part`` is what the key says of them."""
    found = Notice.objects.filter(recipient=None, key__contains=f":concern:complaint:{part}")
    return list(found.order_by("pk"))


def letter(part: str) -> str:
    [found] = letters(f"{part}:")
    return found.body


def agreed(complaint: Complaint, person, **changes) -> Agreement:
    given = {
        "channel": Agreement.Channel.TELEPHONE,
        "often": Agreement.Often.WEEKLY,
        "person": person,
        "agreed_with": "Ngozi Okafor, by telephone",
        "agreed_on": date(2026, 11, 4),
        "review_on": date(2026, 12, 14),
    }
    return agree(complaint=complaint, terms=Terms(**given | changes), by=person, now=NOW)


def every_letter(complaint: Complaint, cora, lena, maya) -> list[Notice]:
    """Through both stages, with an agreement, more time and a hand-over."""
    agreed(complaint, cora)
    looked_at(complaint, cora, cora)
    given = {"complaint": complaint, "by": cora, "now": NOW}
    put_off(**given, number=1, until=date(2026, 11, 20), reason="The firm has not answered.")
    hand_over(**given, to=lena, reason="Leave")
    answer_stage(complaint=complaint, number=1, answered=answer(), by=lena, now=ANSWERED_AT)
    complaint.refresh_from_db()
    asked_again(complaint, cora)
    acknowledge(complaint=complaint, number=2, to=maya, by=maya, now=LATER)
    answer_stage(complaint=complaint, number=2, answered=answer(), by=maya, now=LAST)
    return letters()


# --- How to reply ---------------------------------------------------------------------------


def test_every_letter_says_the_reference_and_how_to_reply(complaint, cora, lena, maya):
    found = every_letter(complaint, cora, lena, maya)

    reference = complaint.matter.contact.reference
    parts = [one.key.split(":complaint:")[1].split(":")[0] for one in found]
    assert parts == [
        "agreement",
        "acknowledged",
        "date",
        "passed",
        "answer",
        "again",
        "acknowledged",
        "answer",
    ]
    for one in found:
        assert reference in one.subject
        assert reference in one.body
        assert "nswer this e-mail" in one.body
        assert "You can ring our team on 01632 960111." in one.body
        assert "https://www.lgo.org.uk" in one.body
        assert "Amara" not in one.body


def test_the_last_answer_says_that_it_is_the_last_and_what_is_left(complaint, cora, lena, maya):
    last = every_letter(complaint, cora, lena, maya)[-1].body

    assert "It is our last answer to this complaint." in last
    assert "They do not work for us, and it is free." in last
    assert "within 12 months of the day when you found out" in last
    assert last.count("https://www.lgo.org.uk") == 1


# --- How we keep in touch -------------------------------------------------------------------


@pytest.mark.rule("H126")
def test_without_an_agreement_the_acknowledgement_asks(complaint, cora):
    looked_at(complaint, cora, cora)

    assert "How would you like to hear from us until then?" in letter("acknowledged")


@pytest.mark.rule("H126")
def test_with_an_agreement_it_says_what_was_agreed_and_does_not_ask(complaint, cora):
    agreed(complaint, cora)
    looked_at(complaint, cora, cora)

    said = letter("acknowledged")
    assert "We keep in touch as we agreed with you. Cora Hill will ring you every week." in said
    assert "How would you like" not in said


@pytest.mark.rule("H126")
def test_the_letters_that_follow_say_it_too_and_without_one_say_nothing(
    complaint, case, cora, maya
):
    first = agreed(settled(complaint, cora), cora)
    asked_again(complaint, cora)
    assert "Cora Hill will ring you every week." in letter("again")

    other = opened(case, cora, subject="Other")
    looked_at(other, cora, cora)
    put_off(complaint=other, number=1, until=date(2026, 11, 20), reason="Leave.", by=cora, now=NOW)
    assert "in touch" not in letter("date")
    assert first.ended_at is None


# --- It ends without an answer --------------------------------------------------------------


def withdraw(complaint: Complaint, by, reason="A question.") -> None:
    withdraw_formal_matter(matter=complaint.matter, reason=reason, by=by, now=LATER)


def test_withdrawn_the_family_reads_it_once_and_on_whose_word(complaint, cora, lena):
    looked_at(complaint, lena, cora)
    agreed(complaint, cora)

    for _ in range(2):
        withdraw(complaint, cora)

    said = letter("withdrawn")
    reference = complaint.matter.contact.reference
    assert f"We had put down your message {reference} as a complaint." in said
    assert "On Tuesday 24 November 2026, Cora Hill took that back." in said
    assert "All else that you asked us stays as it is." in said
    assert "What we agreed about keeping in touch about it ends too." in said
    assert "You can complain at any time, about this too." in said
    assert "Local Government and Social Care Ombudsman" in said
    assert "A question." not in said


def test_withdrawn_before_anybody_opened_it_they_read_it_too(case, cora, lena):
    found = complained(case)

    withdraw_formal_matter(matter=found, reason="A question.", by=cora, now=NOW)

    said = letter("withdrawn")
    assert "We will still answer your message by Tuesday 17 November 2026." in said
    assert "keeping in touch" not in said
    [told] = Notice.objects.filter(recipient=lena, subject__startswith="Withdrawn: ")
    assert "nothing more to do" in told.body


def test_after_the_date_of_the_message_it_says_sorry(complaint, cora):
    withdraw(complaint, cora)

    assert "We should have answered your message by Tuesday 17" in letter("withdrawn")


def test_what_cannot_be_withdrawn_tells_nobody(complaint, cora):
    settled(complaint, cora)

    with pytest.raises(RuleBroken):
        withdraw(complaint, cora)

    assert letters("withdrawn") == []


def test_another_formal_matter_that_was_none_is_not_called_a_complaint(case, cora):
    contact = log(case, email())
    category = Contact.Category.MEDIATION
    matter = recognise_formal(contact=contact, category=category, by=cora, now=NOW)

    withdraw_formal_matter(matter=matter, reason="A question.", by=cora, now=NOW)

    assert letters() == []


def test_taken_back_they_read_on_whose_word_what_goes_on_and_that_they_may_come_back(
    complaint, cora
):
    agreed(complaint, cora)
    given = {"reason": "It is solved.", "themes": [transport()], "by": cora, "now": NOW}

    for _ in range(2):
        end_complaint(complaint=complaint, **given)

    said = letter("ended")
    assert "You told us that you do not want to go on with your complaint" in said
    assert "Cora Hill wrote that down on Wednesday 4 November 2026." in said
    assert "Only the complaint has ended." in said
    assert "We will still answer your message by Tuesday 17 November 2026." in said
    assert "You can complain again at any time, about this too." in said
    assert "Local Government and Social Care Ombudsman" in said


# --- An address that nothing proves ---------------------------------------------------------


@pytest.fixture
def unproven(case, asif, cora) -> Complaint:
    """Rung through to an adviser, with an address that is not on the record."""
    given = {"channel": Contact.Channel.TELEPHONE, "category": Contact.Category.COMPLAINT}
    contact = log(case, email(**given, sender_email="new@example.org"), by=asif)
    return open_complaint(matter=contact.formal_matters.get(), by=cora, now=NOW)


def test_to_an_address_that_nothing_proves_no_name_and_no_answer_goes(unproven, cora, lena):
    agreed(unproven, cora)
    looked_at(unproven, cora, cora)
    given = {"complaint": unproven, "number": 1, "by": cora}
    put_off(**given, until=date(2026, 11, 20), reason="Amara was ill.", now=NOW)

    with pytest.raises(RuleBroken) as broken:
        answer_stage(**given, answered=answer(), now=ANSWERED_AT)
    assert (broken.value.code, broken.value.field) == ("tell_sender", "told_how")
    answer_stage(**given, answered=answer(), told_how="by telephone", now=ANSWERED_AT)

    for one in letters():
        assert one.address == "new@example.org"
        for name in ("Cora", "Lena", "North team", "Amara", WORDS):
            assert name not in one.body
    assert "Our team now looks at your complaint." in letter("acknowledged")
    assert "Our team will ring you every week." in letter("agreement")
    assert "We do not know this e-mail address." in letter("answer")
    assert "This is called stage 2." in letter("answer")
    unproven.matter.contact.refresh_from_db()
    assert unproven.matter.contact.is_open


def test_the_page_says_why_the_answer_has_to_be_told(unproven, case, as_person, cora):
    looked_at(unproven, cora, cora)
    client, ask = as_person(cora), "How have you told them?"

    page = client.get(f"/complaints/{unproven.pk}/answer/").content.decode()
    assert ask in page
    assert "is not on the child’s record" in page
    known = looked_at(opened(case, cora), cora, cora)
    assert ask not in client.get(f"/complaints/{known.pk}/answer/").content.decode()


# --- Handed over ----------------------------------------------------------------------------


@pytest.mark.rule("H59")
def test_whoever_hands_it_over_no_longer_sees_a_case_of_another_team(complaint, cora, lena, oscar):
    case = complaint.matter.contact.case
    looked_at(complaint, oscar, cora)
    assert Case.objects.visible_to(oscar).filter(pk=case.pk).exists()

    given = {"complaint": complaint, "reason": "Leave", "now": NOW}
    hand_over(**given, to=lena, by=cora)
    hand_over(**given, to=lena, by=cora)

    assert not NamedStaff.objects.filter(case=case, user=oscar).exists()
    assert not Case.objects.visible_to(oscar).filter(pk=case.pk).exists()
    [told] = Notice.objects.filter(recipient=oscar, subject__startswith="With somebody else: ")
    assert "Cora Hill gave this to Lena Marsh" in told.body


def test_who_hands_it_over_themselves_goes_on_seeing_it(complaint, cora, lena, oscar):
    looked_at(complaint, oscar, cora)

    hand_over(complaint=complaint, to=lena, reason="Leave", by=oscar, now=NOW)

    assert NamedStaff.objects.filter(user=oscar).exists()


def test_who_owes_more_about_the_child_keeps_seeing_it(complaint, case, cora, lena, oscar):
    looked_at(complaint, oscar, cora)
    looked_at(opened(case, cora, subject="Other"), oscar, cora)

    hand_over(complaint=complaint, to=lena, reason="Leave", by=cora, now=NOW)

    assert NamedStaff.objects.filter(user=oscar).exists()


def test_who_was_chosen_by_hand_keeps_seeing_it(complaint, case, cora, lena, oscar):
    Case.objects.filter(pk=case.pk).update(restricted=True, restricted_reason="Threats")
    for person in (cora, oscar):
        NamedStaff.objects.create(case=case, user=person)
    looked_at(complaint, oscar, cora)

    hand_over(complaint=complaint, to=lena, reason="Leave", by=cora, now=NOW)

    assert NamedStaff.objects.filter(user=oscar, while_owing=False).exists()


def test_given_on_at_its_acknowledgement_the_one_before_is_let_go(case, cora, lena, maya):
    """Maya's stand-in acknowledges stage 2 and gives it to somebody else."""
    complaint = asked_again(settled(opened(case, cora), cora), cora)
    stand_in = UserFactory(full_name="Sana Wye", role="placement_officer")
    hand_over(complaint=complaint, to=stand_in, reason="Leave", by=maya, now=LATER)
    assert NamedStaff.objects.filter(case=case, user=stand_in).exists()

    acknowledge(complaint=complaint, number=2, to=lena, by=maya, now=LATER)

    assert not NamedStaff.objects.filter(case=case, user=stand_in).exists()
