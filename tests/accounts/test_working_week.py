"""How much of a week somebody works, and on which days."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User


@pytest.mark.rule("H35")
def test_working_week_of_a_new_person_is_a_full_one(cora):
    kept = User.objects.get(pk=cora.pk)

    assert (kept.fte, kept.working_days) == (Decimal("1.00"), [0, 1, 2, 3, 4])


def test_working_week_is_filled_in_by_the_database(db):
    """A loader of many people need not name the columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_user (email, full_name, role, password, phone, is_active,"
            " is_superuser, date_joined) VALUES ('new@example.org', 'New', 'coordinator', '', '',"
            " true, false, now()) RETURNING fte, working_days"
        )
        assert cursor.fetchone() == (Decimal("1.00"), [0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    "changes",
    [
        {"fte": Decimal("0")},
        {"fte": Decimal("1.01")},
        {"working_days": []},
        {"working_days": [0, 7]},
    ],
)
def test_working_week_that_cannot_be_is_refused(cora, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cora.pk).update(**changes)
