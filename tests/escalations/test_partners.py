"""Who may support the resolution team: those who answer for the case, the owner first (H110)."""

import pytest
import time_machine

from accounts.errors import RuleBroken
from accounts.models import Absence
from cases.models import Contact, LeadProfessional
from escalations.partners import partners_of
from escalations.resolution_actions import keep_jointly
from tests.escalations.making import NOW, case_of, leads, managed, matter, officer, on_desk
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H110")]


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
def entry(asked, maya):
    return on_desk(asked, maya)


def offered(entry) -> list[str]:
    return [f"{one.person}, {one.what}" for one in partners_of(entry, NOW)]


def test_the_case_owner_is_offered_and_nobody_else(entry, lena):
    assert offered(entry) == ["Cora Hill, the case owner"]


def test_then_who_covers_for_them_and_the_lead_professional(entry, asked, cora, north):
    cover = UserFactory(full_name="Dan Reed", team=north)
    today = NOW.date()
    Absence.objects.create(person=cora, cover=cover, first_day=today, last_day=today)
    leads(UserFactory(full_name="Lee Park", team=north), asked.case)

    assert offered(entry) == [
        "Cora Hill, the case owner",
        "Dan Reed, who covers for Cora Hill",
        "Lee Park, the lead professional",
    ]


def test_when_the_owner_has_left_the_one_who_stands_in(entry, asked, cora):
    type(cora).objects.filter(pk=cora.pk).update(is_active=False)
    entry.contact.refresh_from_db()

    assert offered(entry) == ["Lena Marsh, who stands in for the case owner"]


def test_of_no_case_whoever_was_to_answer(maya, rosa, lena, north):
    entry = on_desk(matter(None, clock__owner=lena, clock__team=north, logged_by=lena), maya)

    assert offered(entry) == ["Lena Marsh, who was to answer"]


def test_the_form_offers_them_and_the_record_says_as_what(
    entry, asked, rosa, cora, north, as_person
):
    other = UserFactory(full_name="Hetal Amin", team=north)
    leads(UserFactory(full_name="Lee Park", team=north), asked.case)
    address = f"/resolution/{asked.reference}/keep/"
    form = as_person(rosa).get(address).content.decode()
    assert form.index("Cora Hill, the case owner") < form.index("Lee Park, the lead professional")
    assert "Hetal" not in form

    refused = as_person(rosa).post(address, {"partner": other.pk}).content.decode()
    assert "Select who supports the resolution team" in refused
    lead = LeadProfessional.objects.get().user
    as_person(rosa).post(address, {"partner": lead.pk})

    note = Contact.objects.filter(link="note").latest("pk")
    assert note.message == (
        "The resolution team keeps this with Lee Park, the lead professional. Rosa Quill is "
        "accountable, Lee Park supports."
    )


def test_nobody_else_of_the_service_supports(entry, rosa, north):
    with pytest.raises(RuleBroken) as refused:
        keep_jointly(
            entry=entry, partner=UserFactory(full_name="Hetal Amin", team=north), by=rosa, now=NOW
        )

    assert (refused.value.code, refused.value.field) == ("may_not_own", "partner")
    assert str(refused.value.message).startswith("Hetal Amin does not answer for this case")
