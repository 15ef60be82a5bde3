import pytest

from accounts.models import Role
from mailroom.models import IncomingMail
from tests.factories import UserFactory
from tests.mailroom.writing import bring, written

pytestmark = pytest.mark.django_db


@pytest.mark.rule("H67")
def test_system_page_lists_messages_that_could_not_be_filed(policy, as_person):
    client = as_person(UserFactory.create(role=Role.ADMINISTRATOR))
    mail = bring(written("Amara hurt her knee", subject="Amara"))
    assert "could not be filed" not in client.get("/").content.decode()

    IncomingMail.objects.filter(pk=mail.pk).update(state="failed", next_try_at=None)
    page = client.get("/").content.decode()

    assert "Came in and could not be filed" in page
    assert f"Number {mail.pk}, received Monday 2 November 2026" in page
    assert "No team has a lead" in page
    assert "Amara" not in page
