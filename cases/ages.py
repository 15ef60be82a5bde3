"""Ages that decide something: the school year, and the day a young person's rights begin.

Pure Python: dates in, dates out.
"""

from datetime import date, timedelta

FRIDAY = 4
RECEPTION = 0
LAST_SCHOOL_YEAR = 13


def school_year(day: date) -> int:
    """The year in which the school year of ``day`` began: it runs from 1 September."""
    return day.year if day.month >= 9 else day.year - 1


def rights_begin(born: date) -> date:
    """The end of compulsory school age, when rights pass to the young person.

    The last Friday in June of the school year in which they turn 16 (Education Act 1996,
    section 8; Children and Families Act 2014, section 83).
    """
    june_30 = date(school_year(_birthday(born, 16)) + 1, 6, 30)
    return june_30 - timedelta(days=(june_30.weekday() - FRIDAY) % 7)


def curriculum_year(born: date, on: date, offset: int = 0) -> int:
    """The national curriculum year on ``on``: 0 is Reception, 1 is Year 1.

    ``offset`` is by how many years somebody is taught out of their cohort: -1 is a year below.
    """
    started = school_year(on)
    age_at_start = started - school_year(born) - 1
    return age_at_start - 4 + offset


def curriculum_year_in_words(year: int) -> str:
    """ "Year 6", "Reception", "Nursery", "Before nursery" or "After Year 13"."""
    if year > LAST_SCHOOL_YEAR:
        return "After Year 13"
    if year > RECEPTION:
        return f"Year {year}"
    return {0: "Reception", -1: "Nursery"}.get(year, "Before nursery")


def _birthday(born: date, age: int) -> date:
    """29 February counts as 1 March in other years, as the law counts it."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)
