"""The shipped reasons that make a message urgent, and loading them (H63, H64).

After the list that Hertfordshire publishes for families, in words of our own.
"""

from django.db import transaction

from cases.models import UrgentReason

DEFAULT_URGENT_REASONS = {
    "out_of_education": "A child or young person has no school or college to go to",
    "placement_at_risk": "A school or college place may break down",
    "exclusion": "A child or young person has been excluded, or may be soon",
    "part_time_timetable": "A child or young person is in school for only part of the week",
    "moving_home": "The family is moving home in the next 10 days",
    "new_address": "The family’s address has changed",
    "missed_legal_date": "We have missed a date set by law, and an appeal depends on it",
    "medical_needs": "A child’s or young person’s medical needs have changed",
    "missed_appointment": "We did not come to a meeting, or ring, when we said we would",
}


@transaction.atomic
def load_urgent_reasons() -> int:
    """Load what is missing of the shipped reasons; returns how many were added.

    Safe to run at every start: a reason that the office has worded anew, moved or taken out of
    use stays as it is.
    """
    known = set(UrgentReason.objects.values_list("code", flat=True))
    missing = [
        UrgentReason(code=code, words=words, position=position)
        for position, (code, words) in enumerate(DEFAULT_URGENT_REASONS.items(), start=1)
        if code not in known
    ]
    # Two starts at once: the second adds nothing.
    UrgentReason.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
