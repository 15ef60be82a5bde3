"""The files that came with a contact: saved, never shown or run, and for whom."""

import pytest
from django.urls import reverse

from cases.models import Attachment
from tests.cases.contact_pages import page, words
from tests.cases.contacts import email, log
from tests.factories import CaseFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


@pytest.fixture
def file(contact):
    return Attachment.objects.create(
        contact=contact,
        filename="Bericht \u201cneu\u201d.html",
        content_type="text/html",
        size=20,
        content=b"<script>alert(1)</script>",
    )


def test_a_file_is_saved_and_never_shown_or_run(file, as_person, cora):
    response = as_person(cora).get(
        reverse("cases:attachment", args=[file.contact.reference, file.pk])
    )

    assert response.content == b"<script>alert(1)</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_refused_file_is_listed_and_not_given_out(contact, as_person, cora):
    file = Attachment.objects.create(
        contact=contact,
        filename="run.exe",
        content_type="application/x-msdownload",
        size=2,
        content=b"MZ",
        refused="Programs are not opened here.",
    )
    client = as_person(cora)

    assert "run.exe: kept, but cannot be opened here." in words(client.get(page(contact)))
    address = reverse("cases:attachment", args=[contact.reference, file.pk])
    assert client.get(address).status_code == 404


def test_a_file_of_another_contact_is_not_there(file, case, as_person, cora):
    other = log(case, email(subject="Other"))

    address = reverse("cases:attachment", args=[other.reference, file.pk])
    assert as_person(cora).get(address).status_code == 404


@pytest.mark.rule("H22")
def test_an_adviser_gets_no_file_of_an_email(file, as_person, asif):
    address = reverse("cases:attachment", args=[file.contact.reference, file.pk])
    assert as_person(asif).get(address).status_code == 404
