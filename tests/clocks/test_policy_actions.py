"""The shipped promises, each from its own source."""

from datetime import UTC, date, datetime

import pytest

from clocks.calendars import LONDON
from clocks.policy_actions import DEFAULT_STANDARDS
from clocks.promises import work_out
from clocks.settings_views import GROUPS

# A Saturday: a statutory time counts from it, a promise of the council's own from Monday.
SATURDAY = datetime(2026, 11, 14, 12, tzinfo=UTC)


@pytest.mark.rule("H68")
@pytest.mark.parametrize(
    ("code", "due"),
    [
        ("formal.assessment_request", date(2026, 12, 26)),
        ("formal.reassessment_request", date(2026, 11, 29)),
        ("formal.mediation", date(2026, 12, 14)),
        ("formal.subject_access", date(2026, 12, 14)),
        # Monday 16 November is day 1; Christmas Day and Boxing Day (moved to Monday) do not count.
        ("formal.information_request", date(2026, 12, 11)),
        ("formal.tribunal", date(2026, 12, 29)),
        # Monday 16 November is day 0.
        ("formal.complaint", date(2026, 11, 23)),
        ("formal.representation", date(2026, 11, 30)),
        ("formal.safeguarding", date(2026, 11, 17)),
    ],
)
def test_a_formal_matter_has_the_time_that_its_source_gives(policy, code, due):
    assert work_out(code=code, received_at=SATURDAY).due_at.astimezone(LONDON).date() == due


def test_every_shipped_promise_has_a_place_on_the_settings_page():
    assert {promised.code.partition(".")[0] for promised in DEFAULT_STANDARDS} == set(GROUPS)
