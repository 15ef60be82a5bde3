"""Forms that could not be worked through are seen, and tried again when the reason is gone."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Role
from escalations.models import Submission
from escalations.submission_actions import store, work_through_due
from tests.escalations.senders import NOW, answers, family, service
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(policy, cora, north) -> Submission:
    service(north)
    family(cora, north)
    form = store(form=uuid4(), answers=answers(), now=NOW)
    Submission.objects.update(state="failed", next_try_at=None, tries=6, last_error="Nobody leads.")
    form.refresh_from_db()
    return form


def test_the_system_page_lists_them_in_one_query_and_shows_nothing_that_was_typed(
    failed, as_person, django_assert_num_queries, django_assert_max_num_queries
):
    client = as_person(UserFactory(role=Role.ADMINISTRATOR))
    with django_assert_max_num_queries(60) as one:
        page = client.get("/").content.decode()
    for _ in range(2):
        store(form=uuid4(), answers=answers(), now=NOW)
    Submission.objects.update(state="failed", next_try_at=None)

    with django_assert_num_queries(len(one.captured_queries)):
        client.get("/")
    assert f"<strong>{failed.reference}</strong>, received Monday 2 November 2026 at 10am" in page
    assert "tried 6 times: Nobody leads." in page
    assert [word for word in ("Amara", "Ngozi", "taxi") if word in page] == []


def test_an_administrator_has_it_tried_again(failed, as_person):
    client = as_person(UserFactory(role=Role.ADMINISTRATOR))
    address = f"/concerns/forms/{failed.pk}/again/"
    assert client.get(address).status_code == 405
    assert "will be tried again" in client.post(address, follow=True).content.decode()
    assert "no longer waiting" in client.post(address, follow=True).content.decode()
    failed.refresh_from_db()
    assert work_through_due() == 1


def test_what_a_robot_may_have_sent_is_listed_and_goes_on_at_once_if_wanted(
    policy, as_person, cora, north
):
    service(north)
    family(cora, north)
    held = store(form=uuid4(), answers=answers(), now=timezone.now(), suspect=True)
    client = as_person(UserFactory(role=Role.ADMINISTRATOR))

    page = client.get("/").content.decode()
    assert "Held back for a day" in page
    assert f"<strong>{held.reference}</strong>" in page
    assert work_through_due() == 0
    client.post(f"/concerns/forms/{held.pk}/again/")
    assert work_through_due() == 1
    assert "Held back for a day" not in client.get("/").content.decode()


def test_nobody_else_may(failed, as_person, lena):
    assert as_person(lena).post(f"/concerns/forms/{failed.pk}/again/").status_code == 404


def test_the_page_says_nothing_when_all_were_worked_through(policy, as_person):
    page = as_person(UserFactory(role=Role.ADMINISTRATOR)).get("/").content.decode()
    assert "could not be worked through" not in page
