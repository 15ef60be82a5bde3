"""The reasons that make a message urgent: shipped, and edited by administrators."""

from io import StringIO

import pytest
from django.core.management import call_command

from cases.models import UrgentReason
from cases.policy_actions import DEFAULT_URGENT_REASONS, load_urgent_reasons


def words() -> list[str]:
    return list(UrgentReason.objects.values_list("words", flat=True))


@pytest.mark.rule("H63")
def test_nine_reasons_are_shipped_in_order(policy):
    assert words() == list(DEFAULT_URGENT_REASONS.values())
    assert len(words()) == 9


def test_loading_again_changes_nothing_that_the_office_edited(policy):
    moving = UrgentReason.objects.get(code="moving_home")
    moving.words, moving.position, moving.active = "Moving house within a fortnight", 1, False
    moving.save()
    UrgentReason.objects.filter(code="new_address").delete()

    assert load_urgent_reasons() == 1
    moving.refresh_from_db()
    assert (moving.words, moving.position, moving.active) == (
        "Moving house within a fortnight",
        1,
        False,
    )


def test_the_command_loads_everything_and_says_so(db):
    said = StringIO()

    call_command("load_policy", stdout=said)
    call_command("load_policy", stdout=said)

    first, second = said.getvalue().splitlines()
    assert "and 9 urgent reasons; dates can be given from" in first
    assert second.startswith(
        "Added 0 standards, 0 opening periods, 0 bank holidays and 0 urgent reasons;"
    )
