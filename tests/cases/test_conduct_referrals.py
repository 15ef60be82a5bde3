"""Aggressive contact is referred by staff and told to leadership without details (H45, H65)."""

import threading

import pytest
from django.db import connections

from accounts.models import Role
from cases.conduct import leadership
from cases.models import Case, ConductReferral, Contact, NamedStaff
from clocks.models import Clock, ClockEvent
from notices.models import Notice
from tests.cases.conduct import SECRET, code_of, refer, text
from tests.factories import ContactFactory, UserFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def contact(policy, cora):
    return ContactFactory(reference="CON-000042", case__reference="EHC-000042", case__owner=cora)


@pytest.mark.rule("H65")
def test_leadership_is_told_without_any_details(contact, asif, maya, ruth):
    UserFactory(role=Role.SENIOR_MANAGER, is_active=False)

    referral = refer(contact, asif)

    told = Notice.objects.filter(kind=Notice.Kind.CONDUCT).order_by("recipient__full_name")
    assert [notice.recipient for notice in told] == [maya, ruth]
    assert {notice.address for notice in told} == {maya.email, ruth.email}
    for notice in told:
        assert "CON-000042" in notice.subject
        assert notice.path == f"/leadership/referrals/{referral.pk}/"
        said = notice.subject + notice.body
        for word in ("shouted", "Okafor", "Amara", "call", "EHC-"):
            assert word not in said


def test_a_second_click_makes_one_referral(contact, asif, maya):
    assert refer(contact, asif) == refer(contact, asif, words=f" {SECRET}\n")

    assert Notice.objects.filter(kind=Notice.Kind.CONDUCT).count() == 1
    refer(contact, asif, words="And again the next day.")
    assert ConductReferral.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_referral(contact, asif, maya):
    together = threading.Barrier(3)

    def click() -> None:
        together.wait()
        refer(contact, asif)
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ConductReferral.objects.count() == Notice.objects.filter(kind="conduct").count() == 1


def test_what_cannot_be_referred(contact, cora, asif):
    auditor = UserFactory(role=Role.AUDITOR)
    assert code_of(refer, contact=contact, by=auditor) == "may_not_refer"
    assert code_of(refer, contact=contact, by=cora, words=" \n") == "words_missing"
    contact.internal = True
    assert code_of(refer, contact=contact, by=cora) == "not_from_outside"


@pytest.mark.rule("H45")
@pytest.mark.rule("H65")
def test_a_referral_changes_no_clock_and_closes_nothing(contact, asif, maya):
    before = Clock.objects.values().get()

    refer(contact, asif)

    assert Clock.objects.values().get() == before
    assert not ClockEvent.objects.exists()
    contact.refresh_from_db()
    assert (contact.is_open, contact.struck_at, contact.answered_at) == (True, None, None)


@pytest.mark.rule("H45")
def test_a_call_taker_refers_and_reads_whom_to_talk_to(contact, cora, lena, as_person):
    client = as_person(cora)

    form = text(client.get("/contacts/CON-000042/refer/"))
    assert "I want to help you, but I cannot while you speak to me in this way." in form
    done = client.post(
        "/contacts/CON-000042/refer/", {"kind": "call", "words": SECRET}, follow=True
    )

    page = text(done)
    assert done.redirect_chain == [("/contacts/CON-000042/referred/", 302)]
    assert "You can talk to Lena Marsh, your team lead, 01632 960200" in page
    assert SECRET not in page
    assert ConductReferral.objects.get().raised_by == cora


@pytest.mark.parametrize("who", ["asif", "lena"])
def test_somebody_without_a_lead_of_their_own_is_told_to_ask_a_manager(
    contact, request, who, as_person
):
    refer(contact, request.getfixturevalue(who))

    page = text(as_person(request.getfixturevalue(who)).get("/contacts/CON-000042/referred/"))

    assert "You can talk to your team lead or manager" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": ""}, "Select what kind of contact it was"),
        ({"kind": "pigeon"}, "Select the kind of contact from the list"),
        ({"words": " "}, "Enter what happened"),
        ({"words": "x" * 20_001}, "What happened must be 20,000 characters or less"),
    ],
)
def test_a_referral_filled_in_wrongly_says_what_is_wrong(
    contact, cora, as_person, changes, message
):
    given = {"kind": "call", "words": SECRET} | changes

    page = text(as_person(cora).post("/contacts/CON-000042/refer/", given))

    assert "There is a problem" in page
    assert message in page
    assert not ConductReferral.objects.exists()


@pytest.mark.rule("H65")
def test_others_do_not_see_that_it_was_referred(contact, asif, cora, lena, as_person):
    refer(contact, asif)

    for person in (cora, lena):
        assert as_person(person).get("/contacts/CON-000042/referred/").status_code == 404
        assert SECRET not in text(as_person(person).get("/cases/EHC-000042/"))


def test_what_went_out_is_not_referred(contact, cora, as_person):
    Contact.objects.filter(pk=contact.pk).update(direction="out")

    assert as_person(cora).get("/contacts/CON-000042/refer/").status_code == 404


def test_a_referral_of_a_restricted_case_reaches_those_named(contact, asif, maya, ruth):
    Case.objects.update(restricted=True, restricted_reason="A court order")
    contact = Contact.objects.select_related("case").get()
    NamedStaff.objects.create(case=contact.case, user=ruth)

    refer(contact, asif)

    assert Notice.objects.get(kind="conduct").recipient == ruth
    assert list(ConductReferral.objects.visible_to(maya)) == []


def test_nobody_named_on_a_restricted_case_means_all_are_told_to_ask(contact, asif, maya):
    Case.objects.update(restricted=True, restricted_reason="A court order")
    contact = Contact.objects.select_related("case").get()

    refer(contact, asif)

    notice = Notice.objects.get(kind="conduct")
    assert (notice.recipient, notice.path) == (maya, "")
    assert "ask its owner to name you" in notice.body
    assert leadership(contact.case) == [maya]
