"""When a plan was issued, and what happens next with a case."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from cases.models import Case

PLANS_BEGAN = date(2014, 9, 1)
# The share of reviews that are still to come up to 90 days after their date.
REVIEW_OVERDUE = 0.3
DECIDE_WHETHER_TO_ASSESS = timedelta(weeks=6)
DECIDE_WHETHER_TO_ISSUE = timedelta(weeks=16)
ISSUE_FINAL_PLAN = timedelta(weeks=20)


@dataclass(frozen=True)
class Step:
    """What happens next with a case, and when."""

    what: str = ""
    on: date | None = None
    # When an assessment was asked for, of cases without a plan yet.
    asked_on: date | None = None


def issued_on(rng: Random, today: date, birth: date, year: int) -> date:
    """A date in the plan's ``year``-th year up to ``today``.

    Never before plans began, nor before the child was nearly two: then a later date.
    """
    earliest = max(PLANS_BEGAN, birth + timedelta(days=600))
    issued = today - timedelta(days=rng.randrange((year - 1) * 365, year * 365))
    if issued < earliest:
        issued = earliest + timedelta(days=rng.randrange(1 + (today - earliest).days // 3))
    # Nobody issues plans at weekends.
    return issued - timedelta(days=max(0, issued.weekday() - 4))


def next_step(
    rng: Random, today: date, status: Case.Status, birth: date, issued: date | None
) -> Step:
    match status:
        case Case.Status.REQUEST:
            asked = today - timedelta(days=rng.randint(0, 45))
            return Step("Decide whether to assess", asked + DECIDE_WHETHER_TO_ASSESS, asked)
        case Case.Status.ASSESSMENT:
            return _assessment_step(rng, today)
        case Case.Status.PLAN if issued:
            return phase_transfer(birth, today) or _review_step(rng, today, issued)
    return Step()


def _assessment_step(rng: Random, today: date) -> Step:
    """About one in three has waited longer than the law allows, as published."""
    asked = today - timedelta(days=rng.randint(6 * 7, 27 * 7))
    if today - asked < DECIDE_WHETHER_TO_ISSUE:
        return Step("Decide whether to issue a plan", asked + DECIDE_WHETHER_TO_ISSUE, asked)
    return Step("Issue the final plan", asked + ISSUE_FINAL_PLAN, asked)


def _review_step(rng: Random, today: date, issued: date) -> Step:
    """A year after the plan or the last review; some of those just past are still to come."""
    years, days = divmod((today - issued).days, 365)
    late = years > 0 and days < 90 and rng.random() < REVIEW_OVERDUE
    return Step("Annual review", issued + timedelta(days=365 * (years if late else years + 1)))


def phase_transfer(birth: date, today: date) -> Step | None:
    """The date by which next September's place is named, for Years 6 and 11 (regulation 18)."""
    autumn = today.year if today.month >= 9 else today.year - 1
    age_in_august = autumn - birth.year - (birth.month >= 9)
    school_year = age_in_august - 4
    secondary, post_16 = date(autumn + 1, 2, 15), date(autumn + 1, 3, 31)
    if school_year == 6 and today <= secondary:
        return Step("Phase transfer to secondary school", secondary)
    if school_year == 11 and today <= post_16:
        return Step("Phase transfer to post-16 education", post_16)
    return None
