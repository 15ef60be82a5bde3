"""What whoever complains reads at once, and who has it: nobody whom it may be about (H103)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Role, User
from cases.decision_actions import recognise_formal
from cases.matter_actions import file_contact, pass_on
from cases.models import Case, Contact, FormalMatter, LeadProfessional, NamedStaff
from notices.models import Notice
from tests.cases.contacts import CAME, email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.rule("H103")
COMPLAINT = Contact.Category.COMPLAINT
LATER = CAME + timedelta(hours=2)


@pytest.fixture
def case(policy, cora):
    found = CaseFactory(owner=cora)
    RelatedPersonFactory(person=found.person, email="ngozi@example.org")
    return found


@pytest.fixture
def maya(north) -> User:
    north.manager = UserFactory(role=Role.SENIOR_MANAGER, full_name="Maya Stone", team=None)
    north.save()
    return north.manager


def complained(case, by=None, **changes) -> Contact:
    person = case.person.related_people.first() if case else None
    given = {"category": COMPLAINT, "sender_person": person, **changes}
    return log(case, email(**given), by=by)


def acknowledged() -> str:
    return Notice.objects.get(recipient=None, kind=Notice.Kind.ACKNOWLEDGEMENT).body


def holders(contact: Contact) -> set[User]:
    matter = contact.formal_matters.get()
    return {contact.promise.owner, matter.clock.owner}


@pytest.mark.parametrize("logged", [True, False], ids=["by staff", "by the mail room"])
def test_the_first_letter_names_nobody_and_says_who_has_it_and_by_when(
    case, asif, cora, lena, logged
):
    contact = complained(case, by=asif if logged else None)

    said = acknowledged()
    assert f"Your reference is {contact.reference}." in said
    assert "A manager has your complaint. By Tuesday 10 November 2026 we will tell you who" in said
    assert "Answer this e-mail." in said
    assert "A complaint never changes how we treat you or your child." in said
    assert "Ombudsman" in said
    assert not any(name in said for name in ("Cora", "Lena", "Amara", "will answer you"))


def test_the_team_lead_has_it_and_not_whoever_looks_after_the_plan(case, cora, lena):
    contact = complained(case)

    assert holders(contact) == {lena}
    assert Notice.objects.filter(recipient=lena, kind=Notice.Kind.NEW_WORK).count() == 1
    assert not Notice.objects.filter(recipient=cora).exists()


def test_of_a_case_of_the_lead_the_manager_has_it(case, lena, maya):
    Case.objects.filter(pk=case.pk).update(owner=lena)
    case.refresh_from_db()

    assert holders(complained(case)) == {maya}


def test_with_nobody_who_leads_our_team_has_it(case, cora, north):
    north.lead = cora
    north.save()

    assert holders(complained(case)) == {cora}
    assert "A manager has your complaint." in acknowledged()
    north.lead = None
    north.save()
    Notice.objects.all().delete()
    Case.objects.filter(pk=case.pk).update(owner=cora)
    complained(Case.objects.get(pk=case.pk))
    assert "Our team has your complaint." in acknowledged()


def test_on_a_restricted_case_the_lead_sees_it_while_they_owe_it(case, lena, maya):
    Case.objects.filter(pk=case.pk).update(restricted=True, restricted_reason="Threats")
    case.refresh_from_db()

    contact = complained(case)

    assert NamedStaff.objects.get(user=lena).while_owing
    assert Contact.objects.visible_to(lena).filter(pk=contact.pk).exists()


def test_what_is_seen_to_be_a_complaint_later_goes_to_the_lead_and_names_nobody(case, cora, lena):
    contact = log(case, email(sender_person=case.person.related_people.first()))
    Notice.objects.all().delete()

    matter = recognise_formal(contact=contact, category=COMPLAINT, by=cora, now=LATER)

    assert matter.clock.owner == lena
    [told] = Notice.objects.filter(recipient=lena)
    assert told.subject == f"For you: Complaint, {contact.reference}"
    [mail] = Notice.objects.filter(recipient=None)
    assert "A manager has your complaint. We will tell you who is looking at" in mail.body
    assert "We will still answer your message by Tuesday 17 November 2026." in mail.body
    assert "Answer this e-mail." in mail.body
    assert "Cora" not in mail.body


def test_filed_with_its_child_it_goes_to_the_lead_and_the_family_is_told_no_name(case, cora, lena):
    contact = complained(None, told_child="Amara, at Thornley School")
    assert "We do not know yet which child you wrote about." in acknowledged()

    filed = file_contact(contact=contact, case=case, by=lena, now=LATER)

    assert holders(filed) == {lena}
    assert Notice.objects.filter(recipient=None).count() == 1


def test_passed_on_before_anybody_looks_at_it_the_family_is_told_no_name(case, cora, lena, maya):
    contact = complained(case)

    pass_on(contact=contact, to=maya, reason="On leave.", by=lena, now=LATER)

    assert holders(Contact.objects.get(pk=contact.pk)) == {maya}
    assert Notice.objects.filter(recipient=None).count() == 1


def test_to_an_address_that_is_not_on_the_record_it_reads_alike(case, asif):
    contact = complained(case, by=asif)
    known = acknowledged().replace(contact.reference, "CON")
    Notice.objects.all().delete()

    other = complained(case, by=asif, sender_person=None, sender_email="new@example.org")

    assert acknowledged().replace(other.reference, "CON") == known


def test_written_down_after_its_date_it_says_sorry(case, asif):
    found = datetime(2026, 11, 20, 10, tzinfo=UTC)
    given = email(category=COMPLAINT, channel=Contact.Channel.LETTER)
    log(case, given, by=asif, now=found)

    assert "We should have told you by Tuesday 10 November 2026 who looks at it." in acknowledged()
    assert FormalMatter.objects.get().clock.due_at.date() == date(2026, 11, 10)


def test_a_lead_professional_does_not_get_a_complaint_about_their_own_work(case, cora, lena):
    LeadProfessional.objects.create(
        case=case, user=cora, reason="Many write.", named_by=lena, named_at=CAME, in_force_at=CAME
    )

    contact = complained(case, to=(cora,))

    assert holders(contact) == {lena}
    assert not Notice.objects.filter(kind=Notice.Kind.PASSED_ON).exists()
