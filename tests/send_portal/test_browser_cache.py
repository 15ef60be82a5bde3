"""Pages of signed-in people are kept by no browser and no proxy; static files are."""

from contextlib import closing

import pytest
from django.templatetags.static import static

from tests.factories import ContactFactory


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/cases/EHC-000042/", 200),
        ("/account/password/", 200),
        ("/nowhere/", 404),
        ("/account/sign-in/", 302),
    ],
)
def test_what_a_signed_in_person_is_shown_is_kept_nowhere(policy, as_person, cora, address, status):
    ContactFactory(case__reference="EHC-000042", case__owner=cora)

    response = as_person(cora).get(address)

    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    assert "Pragma" not in response.headers


def test_static_files_may_be_kept(as_person, cora):
    with closing(as_person(cora).get(static("portal.css"))) as response:
        assert response.status_code == 200
        assert "no-store" not in response.headers["Cache-Control"]
