"""An address that staff only write down proves nothing: no names go there (decision 0022)."""

from datetime import date, timedelta

import pytest

from accounts.models import Role, Team
from cases.answer_actions import promise_contact
from cases.decision_actions import decide_urgency
from cases.matter_actions import file_contact, join_to, pass_on
from cases.models import Contact, UrgentReason
from cases.proven import is_unproven
from notices.models import Notice
from tests.cases.contacts import CAME, email, log
from tests.factories import (
    CaseFactory,
    EstablishmentFactory,
    RelatedPersonFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.rule("H53")
NAMES = ("Cora Hill", "Lena Marsh", "Amara", "Okafor", "North team")
LATER = CAME + timedelta(hours=2)


@pytest.fixture
def case(policy, cora, north):
    lead = UserFactory(role=Role.TEAM_LEAD, full_name="Tess Rowe")
    TeamFactory(name="Tray team", lead=lead, takes_unfiled=True, duty_line="01632 960900")
    Team.objects.filter(pk=north.pk).update(duty_line="01632 960111")
    return CaseFactory(owner=cora)


def mother(case, **changes):
    return RelatedPersonFactory(person=case.person, **{"email": "ngozi@example.org", **changes})


def rang(case, by, **changes) -> Contact:
    given = {"channel": Contact.Channel.TELEPHONE, "subject": "", **changes}
    return log(case, email(**given), by=by)


def last_mail() -> str:
    mail = Notice.objects.filter(recipient=None).order_by("-pk")[0]
    return f"{mail.subject}\n{mail.body}"


def nobody_named(words: str) -> bool:
    return not any(name in words for name in NAMES)


def test_an_address_that_is_only_given_on_the_telephone_is_told_no_name(case, asif):
    contact = rang(case, asif)

    said = last_mail()
    assert nobody_named(said)
    assert f"Your reference is {contact.reference}." in said
    assert "We will answer you by Tuesday 10 November 2026" in said
    assert "You can ring our team on 01632 960900" in said


def test_the_number_is_the_one_for_every_child(case, asif):
    """Else its team would say that we know the child."""
    rang(case, asif)
    known = last_mail()
    rang(None, asif)

    about_nobody = last_mail()
    for contact in Contact.objects.all():
        known = known.replace(contact.reference, "CON")
        about_nobody = about_nobody.replace(contact.reference, "CON")
    assert about_nobody == known


def test_a_stranger_who_writes_has_that_number_too(case):
    log(case, email(sender_email="stranger@example.org"))

    assert "You can ring our team on 01632 960900" in last_mail()


def test_to_an_address_on_the_record_it_stays_as_it_is(case, asif):
    mother(case)
    rang(case, asif)

    said = last_mail()
    assert "Cora Hill in the North team will answer you." in said
    assert "You can ring our team on 01632 960111" in said


def test_the_address_is_that_of_the_person_whom_staff_chose(case, asif):
    """So that nobody has what is theirs sent to an address of somebody else's."""
    known = mother(case, email="other@example.org")

    assert is_unproven(rang(case, asif, sender_person=known))
    assert nobody_named(last_mail())


def test_of_the_childs_school_it_is_known_too(case, asif):
    case.establishment = EstablishmentFactory(email="office@example.org")
    case.save()

    assert not is_unproven(rang(case, asif, sender_email="office@example.org"))
    assert "Cora Hill" in last_mail()


def test_one_whose_place_around_the_child_has_ended_is_known_no_longer(case, asif):
    mother(case, ended_on=date(2026, 10, 1))

    assert is_unproven(rang(case, asif))


def test_who_rings_again_is_told_no_name_either(case, asif, cora):
    first = rang(case, asif)
    log(case, email(channel=Contact.Channel.TELEPHONE), by=asif, chases=first)
    said = last_mail()
    assert nobody_named(said)
    assert "Our team has both and will read both." in said

    other = rang(case, asif, message="Please answer.")
    join_to(contact=other, matter=first, by=cora, now=LATER)
    assert nobody_named(last_mail())


def test_filed_passed_on_and_put_off_it_names_nobody(case, asif, cora, lena):
    waiting = rang(None, asif)
    filed = file_contact(contact=waiting, case=case, by=lena, now=LATER)
    assert nobody_named(last_mail())

    pass_on(contact=filed, to=lena, reason="Knows it.", by=cora, now=LATER)
    assert nobody_named(last_mail())

    why = "Amara’s report is not there yet."
    until = date(2026, 11, 20)
    promise_contact(contact=filed, until=until, reason=why, by=lena, now=LATER)
    said = last_mail()
    assert nobody_named(said)
    assert "We will now answer you by Friday 20 November 2026." in said
    assert "We can tell you more when you ring us." in said


def test_why_it_is_not_urgent_may_be_about_the_child(case, asif, cora):
    reason = UrgentReason.objects.first()
    contact = rang(case, asif, urgent_reason=reason)
    given = {"accepted": False, "reason": None, "note": "Amara is in school.", "by": cora}

    decide_urgency(contact=contact, **given, now=LATER)

    assert nobody_named(last_mail())
    assert "We can tell you more when you ring us." in last_mail()


def test_staff_are_warned_on_its_page(case, asif, cora, as_person):
    client, warning = as_person(cora), "We do not know this address for this child."

    assert warning in client.get(f"/contacts/{rang(case, asif).reference}/").content.decode()
    mother(case)
    again = rang(case, asif, message="Again.")
    assert warning not in client.get(f"/contacts/{again.reference}/").content.decode()
