"""What strangers and callers read of a concern: nothing that an address does not prove."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest

from cases.models import Contact
from cases.proven import is_unproven
from escalations.follow_actions import add_information
from escalations.ladder_actions import Result
from escalations.links import birthdays
from escalations.models import DeskEntry, EscalationStep
from escalations.response_actions import answer_and_respond
from escalations.step_actions import promise_step
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.escalations.going_further import further, reason, settled
from tests.escalations.making import on_desk
from tests.escalations.senders import BORN, LATE, NOW, family, mails, sent, service, told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


STRANGER = {"name": "Sam Lee", "email": "sam@example.net"}


@pytest.mark.rule("H22")
@pytest.mark.parametrize(
    "sends",
    [
        {},
        {"answered": "no", "last_on": date(2026, 10, 5)},
        {"answered": "yes", "helped": False},
        {"asked_for": "team_lead"},
        {"asked_for": "senior_manager"},
        {"asked_for": "above", "who": "other"},
        {"formal": "complaint"},
        {"formal": "safeguarding"},
        {"urgent": True},
        {"who": "establishment"},
        {"who": "professional", "organisation": "The clinic"},
    ],
)
def test_a_stranger_reads_the_same_whether_we_know_the_child_or_not(case, sends, cora, lena):
    sent()  # The mother's own matter is open.
    sends = {**STRANGER, **sends, **({"urgent": reason()} if "urgent" in sends else {})}
    known, unknown = {**sends}, {**sends, "child_name": "Nobody Known"}
    for now, more in [(NOW, {}), (LATE, {"answered": "no", "words": "Now?"})]:
        for child in (known, unknown):
            sent(now, **child | more)

    read = {True: [], False: []}
    mailed = Notice.objects.filter(address=STRANGER["email"]).order_by("id")
    for mail in mailed:
        contact = Contact.objects.get(pk=mail.key.split(":")[1])
        read[contact.case is not None].append(without_references(f"{mail.subject}\n{mail.body}"))
    assert read[True] == read[False] != []
    everything = "\n".join(read[True])
    hidden = ["Cora", "Lena", "Maya", "Rosa", "North team", "Amara", "Okafor", "Thornley"]
    assert [word for word in hidden if word in everything] == []


def without_references(text: str) -> str:
    text = re.sub(r"(CON|ESC|ASK)-\d+", "#", text)
    return re.sub(r"/concern/\S+", "/concern/#", text)


def test_a_stranger_who_knows_the_mothers_number_reads_no_more(case):
    first = sent(name="Ngozi Okafor", email="thief@example.net", phone="07700 900123").contact
    assert first.sender_person is None
    assert "Our team has your concern" in told(first, "first").body


def test_who_rings_as_the_mother_with_another_address_gets_no_names_and_not_her_link(case, asif):
    first = sent().contact
    other = {"sender_email": "thief@example.net", "sender_person": first.sender_person}

    result = further(first, asif, LATE, **other)

    mail = Notice.objects.get(address="thief@example.net")
    assert "Our team now has your concern." in mail.body
    assert "Lena" not in mail.body
    assert "/concern/" not in mail.body
    assert (birthdays(first), birthdays(result.contact)) == ({BORN}, set())


def test_an_answer_goes_to_the_address_of_the_matter_and_not_to_one_given_on_the_telephone(
    case, asif, lena
):
    first = sent().contact
    other = {"sender_email": "thief@example.net", "sender_person": first.sender_person}
    step = further(first, asif, LATE, **other).step

    until = (LATE + timedelta(days=20)).date()
    why = "Thornley School needs until then."
    step = promise_step(step=step, until=until, reason=why, by=lena, now=LATE)
    settled(step, LATE)

    assert "Thornley" not in " ".join(Notice.objects.values_list("subject", flat=True))
    assert [mail.address for mail in Notice.objects.filter(body__contains="We do this.")] == [
        "ngozi@example.org"
    ]
    assert [mail.address for mail in Notice.objects.filter(body__contains="Thornley")] == [
        "ngozi@example.org"
    ]


def rang_as_the_mother(case, asif, **given) -> Result:
    """She rang, and gives an address only when she rings again; nobody has it on the record."""
    first = log(
        case,
        email(channel=Contact.Channel.TELEPHONE, sender_email="", received_at=NOW),
        by=asif,
        now=NOW,
    )
    return further(first, asif, LATE, sender_email="ngozi@example.net", **given)


def test_an_address_given_on_the_telephone_opens_nothing_of_the_record(case, asif, lena):
    step = rang_as_the_mother(case, asif).step
    until = (LATE + timedelta(days=20)).date()
    why = "Thornley School needs until then."
    step = promise_step(step=step, until=until, reason=why, by=lena, now=LATE)
    settled(step, LATE)

    mailed = list(Notice.objects.filter(address="ngozi@example.net").order_by("id"))
    assert [mail.subject.split(":")[0] for mail in mailed] == [
        "Who looks at your concern now",
        "A new date for our answer",
    ]
    said = " ".join(mail.body for mail in mailed)
    assert [word for word in ("Lena", "Thornley", "/concern/", "We do this") if word in said] == []
    assert birthdays(step.contact) == set()
    [taken] = Notice.objects.filter(recipient=lena, key__endswith=":taken")
    assert "your answer does not go there" in taken.body


def test_an_answer_that_was_not_mailed_is_one_by_telephone_to_the_desk(case, asif, lena):
    step = rang_as_the_mother(case, asif).step
    entry = on_desk(step.escalation.matter, lena, now=LATE)

    answer_and_respond(step=step, text="I rang her.", by=lena, now=LATE)

    entry.refresh_from_db()
    assert entry.responded_how == DeskEntry.Answer.TELEPHONE


def test_once_the_address_is_on_the_record_its_sender_reads_everything(case, asif, lena):
    step = rang_as_the_mother(case, asif).step
    case.person.related_people.filter(name="Ngozi Okafor").update(email="Ngozi@example.net")

    settled(step, LATE)

    [mail] = Notice.objects.filter(address="ngozi@example.net", body__contains="We do this.")
    assert "Lena Marsh" in mail.body
    assert "/concern/" in mail.body
    assert birthdays(step.contact) == {BORN}


def test_an_address_of_the_other_parent_or_of_the_school_is_not_hers(case, asif):
    mother = case.person.related_people.get(name="Ngozi Okafor")
    first = sent().contact
    for address in ("emeka@example.org", "office@school.example.org"):
        rang = further(first, asif, NOW, sender_email=address, sender_person=mother).contact
        assert is_unproven(rang)
        Contact.objects.filter(pk=rang.pk).update(sender_person=None)
        assert not is_unproven(Contact.objects.get(pk=rang.pk))


def test_what_a_caller_said_is_not_proven_by_the_link_to_their_own_form(case, asif):
    """A stranger's form; then they ring and say that they are the mother."""
    first = sent(**STRANGER).contact
    mother = case.person.related_people.get(name="Ngozi Okafor")
    address = {"sender_email": STRANGER["email"], "sender_person": mother}
    rang = further(first, asif, NOW, **address).contact

    said = add_information(contact=rang, words="More.", submission=uuid4(), now=NOW)

    assert is_unproven(said)


@pytest.mark.parametrize("now", [NOW, LATE])
def test_nothing_is_sent_to_somebody_who_must_not_be_contacted(case, now, lena):
    sent()
    case.person.related_people.filter(name="Ngozi Okafor").update(
        no_contact=True, receives_letters=False
    )
    before = mails("ngozi@example.org")
    sent(now, answered="no", words="And now?")
    assert mails("ngozi@example.org") == before
    if now == LATE:
        taken = Notice.objects.get(recipient=lena, subject__startswith="For you")
        assert "No e-mail goes to the sender: tell them" not in taken.body
        assert "must not be contacted" in taken.body


def test_somebody_without_an_address_is_to_be_told_by_people(case, lena):
    by_phone = {"email": "", "phone": "07700 900123", "reach": "phone"}
    sent(**by_phone)
    sent(LATE, answered="no", **by_phone)
    [step] = EscalationStep.objects.all()
    taken = Notice.objects.get(recipient=lena, subject__startswith="For you")
    assert "No e-mail goes to the sender: tell them who has it, and by when." in taken.body
    settled(step, LATE + DAY, lena)
    assert not Notice.objects.filter(recipient=None).exists()
