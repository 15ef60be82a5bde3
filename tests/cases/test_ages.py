"""The day rights begin and the school year, also for those born where a year turns."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.ages import curriculum_year, curriculum_year_in_words, rights_begin, school_year
from cases.models import Person
from cases.rights import rights_in_words


@pytest.mark.parametrize(
    ("born", "begin"),
    [
        # 31 August is the last birthday of a school year, 1 September the first of the next.
        (date(2014, 8, 31), date(2030, 6, 28)),
        (date(2014, 9, 1), date(2031, 6, 27)),
        (date(2014, 2, 3), date(2030, 6, 28)),
        (date(2013, 9, 1), date(2030, 6, 28)),
        (date(2013, 8, 31), date(2029, 6, 29)),
        # Sixteen after the last Friday in June, but in the same school year.
        (date(2014, 7, 15), date(2030, 6, 28)),
        # A leap day: 16 years on there is one again.
        (date(2012, 2, 29), date(2028, 6, 30)),
        # 30 June itself is the last Friday.
        (date(2007, 1, 1), date(2023, 6, 30)),
        # 2100 has no 29 February.
        (date(2084, 2, 29), date(2100, 6, 25)),
    ],
)
def test_rights_begin_on_the_last_friday_in_june(born, begin):
    assert rights_begin(born) == begin


def counted_day_by_day(born: date) -> date:
    """The same day found another way: walk through the school year of the 16th birthday."""
    sixteen = date(born.year + 16, born.month, 1)
    day = date(sixteen.year if sixteen.month >= 9 else sixteen.year - 1, 9, 1)
    fridays = []
    for _ in range(366):
        if day.month == 6 and day.isoweekday() == 5:
            fridays.append(day)
        day += timedelta(days=1)
    return fridays[-1]


@given(st.dates(date(1990, 1, 1), date(2080, 12, 31)))
def test_rights_begin_agrees_with_counting_day_by_day(born):
    assert rights_begin(born) == counted_day_by_day(born)


@given(st.dates(date(1990, 1, 1), date(2080, 12, 31)))
def test_rights_begin_when_somebody_is_fifteen_or_sixteen_never_later(born):
    age = (rights_begin(born) - born).days / 365.2425

    assert 15.8 < age < 16.9


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2027, 1, 1), 2026)],
)
def test_school_year_turns_on_the_first_of_september(day, year):
    assert school_year(day) == year


@pytest.mark.parametrize(
    ("born", "on", "words"),
    [
        (date(2014, 2, 3), date(2025, 8, 31), "Year 6"),
        (date(2014, 2, 3), date(2025, 9, 1), "Year 7"),
        (date(2014, 8, 31), date(2026, 9, 1), "Year 8"),
        (date(2014, 9, 1), date(2026, 9, 1), "Year 7"),
        (date(2022, 2, 28), date(2026, 9, 1), "Reception"),
        (date(2023, 2, 28), date(2026, 9, 1), "Nursery"),
        (date(2025, 2, 28), date(2026, 9, 1), "Before nursery"),
        (date(2008, 2, 29), date(2026, 8, 31), "Year 13"),
        (date(2008, 2, 29), date(2026, 9, 1), "After Year 13"),
    ],
)
def test_curriculum_year_by_birthday_and_day(born, on, words):
    assert curriculum_year_in_words(curriculum_year(born, on)) == words


def test_somebody_taught_out_of_their_cohort():
    person = Person(date_of_birth=date(2014, 2, 3), year_offset=-1)

    assert person.year_group(date(2025, 9, 1)) == "Year 6 (out of cohort)"


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2030, 4, 28), "Amara makes their own decisions from Friday 28 June 2030."),
        (
            date(2030, 4, 29),
            "Amara makes their own decisions from Friday 28 June 2030: in 60 days.",
        ),
        (
            date(2030, 6, 27),
            "Amara makes their own decisions from Friday 28 June 2030: tomorrow.",
        ),
        (date(2030, 6, 28), "Amara has made their own decisions since Friday 28 June 2030."),
        (date(2031, 1, 1), "Amara has made their own decisions since Friday 28 June 2030."),
    ],
)
def test_rights_in_words_from_far_off_to_past(today, said):
    person = Person(given_name="Amara", date_of_birth=date(2014, 2, 3))

    assert rights_in_words(person, today) == said
