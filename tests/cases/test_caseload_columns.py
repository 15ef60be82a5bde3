"""Reading one cell of a caseload: no test here may touch the database."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.caseload_columns import (
    BY_NAME,
    COLUMNS,
    Column,
    Wrong,
    did_you_mean,
    read_cell,
    shown,
    upn_check_letter,
)


def cell(column: str, text: str) -> object:
    return read_cell(BY_NAME[column], text)


def reason(column: str, text: str) -> str:
    with pytest.raises(Wrong) as caught:
        cell(column, text)
    return caught.value.reason


@pytest.mark.parametrize("text", ["2014-02-28", "28/02/2014", "28/2/2014", " 28/02/2014 "])
def test_date_in_either_order(text):
    assert cell("date_of_birth", text) == date(2014, 2, 28)


def test_date_is_day_first():
    assert cell("date_of_birth", "03/02/2014") == date(2014, 2, 3)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("31/02/2014", '"31/02/2014" is not a real date.'),
        ("29/02/2015", '"29/02/2015" is not a real date.'),
        ("0000-01-01", '"0000-01-01" is not a real date.'),
        ("28/02/14", '"28/02/14" is not a date: write it as 2014-02-28 or 28/02/2014.'),
        ("41698", '"41698" is not a date: write it as 2014-02-28 or 28/02/2014.'),
        ("٢٨/٠٢/٢٠١٤", '"٢٨/٠٢/٢٠١٤" is not a date: write it as 2014-02-28 or 28/02/2014.'),
        ("28/02/0214", '"28/02/0214" is not between 1900 and 2100.'),
    ],
)
def test_date_that_is_none(text, why):
    assert reason("date_of_birth", text) == why


def test_upn_check_letter_by_hand():
    # 1*2 + 2*3 + 3*4 + … + 9*10 + 0*11 + 1*12 + 2*13 = 368 = 16 * 23 + 0, the first letter.
    assert upn_check_letter("123456789012") == "A"
    # A temporary number: its last letter, C, counts 2: 8*2 + 2*13 = 42 = 23 + 19, the letter W.
    assert upn_check_letter("80000000000C") == "W"


def test_upn_as_typed():
    assert cell("upn", "a123 4567 89012") == "A123456789012"
    assert cell("upn", "") == ""


@pytest.mark.parametrize(
    "text", ["A12345678901", "1123456789012", "A1234567890I2", "A12345678901O"]
)
def test_upn_of_the_wrong_form(text):
    assert reason("upn", text) == (
        f'"{text}" is not a UPN: a letter, 11 figures, then a figure or a letter '
        "(I, O and S are never used)."
    )


@pytest.mark.parametrize("text", ["B123456789012", "A123456789021", "A213456789012"])
def test_upn_mistyped(text):
    assert "its first letter does not fit the rest" in reason("upn", text)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{11}[0-9A-HJ-NP-RT-Z]", fullmatch=True), st.integers(0, 11))
def test_upn_with_any_one_figure_changed_is_refused(rest, place):
    upn = upn_check_letter(rest) + rest
    assert cell("upn", upn) == upn
    if rest[place].isdigit():
        changed = rest[:place] + str((int(rest[place]) + 1) % 10) + rest[place + 1 :]
        assert "does not fit" in reason("upn", upn[0] + changed)


@pytest.mark.parametrize("text", ["zz99 3wz", "ZZ993WZ", " ZZ99  3WZ"])
def test_postcode_is_tidied(text):
    assert cell("postcode", text) == "ZZ99 3WZ"


def test_postcode_that_is_none():
    assert reason("postcode", "99 High Street") == '"99 High Street" is not a UK postcode.'


@pytest.mark.parametrize("text", ["plan", "PLAN", "Has an EHC plan", "has an ehc plan"])
def test_status_by_code_or_label(text):
    assert cell("status", text) == "plan"


def test_status_unknown():
    assert reason("status", "open") == (
        '"open" is not one of request (Assessment requested), assessment (Being assessed), '
        "plan (Has an EHC plan), ceased (Plan ceased)."
    )


@pytest.mark.parametrize("text", ["999", "990.001", "-99001", "²9990", "999999999"])
def test_urn_that_is_none(text):
    assert reason("establishment_urn", text) == f'"{text}" is not a URN: 5 to 8 figures.'


def test_local_id_shortened_by_a_spreadsheet():
    assert reason("local_id", "1.2E+05").startswith('"1.2E+05" is a number that a spreadsheet')


def test_name_of_ten_thousand_characters():
    assert reason("given_name", "x" * 10_000) == "has 10,000 characters; at most 80 fit."


@pytest.mark.parametrize(
    ("text", "code"),
    [("Ro\0wan", "U+0000"), ("Ro\x07wan", "U+0007"), ("Ro\u202ewan", "U+202E")],
)
def test_character_that_cannot_be_printed(text, code):
    assert reason("given_name", text) == f"holds a character that cannot be printed ({code})."


def test_text_is_tidied_and_accents_composed():
    assert cell("given_name", " Zoe\u0308 \n Mary ") == "Zoë Mary"


def test_shown_never_holds_control_characters_and_is_short():
    assert shown("a\x1b[31mb") == '"a\ufffd[31mb"'
    assert shown("x" * 41) == f'"{"x" * 40}…"'


def test_did_you_mean():
    assert did_you_mean("north TEAM", ["North team", "South team"]) == (
        ' Did you mean "North team"?'
    )
    assert did_you_mean("zebra", ["North team"]) == ""


def value_or_reason(column: Column, text: str) -> object:
    try:
        return read_cell(column, text)
    except Wrong as wrong:
        return wrong


@settings(deadline=None)
@given(st.sampled_from(COLUMNS), st.text(max_size=200))
def test_any_text_in_any_cell_is_read_or_refused_with_a_reason(column, text):
    found = value_or_reason(column, text)
    if isinstance(found, Wrong):
        assert found.reason.isprintable()
        assert found.reason.endswith((".", "?"))
    if isinstance(found, str):
        assert found.isprintable()
