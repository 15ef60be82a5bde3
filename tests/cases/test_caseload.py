"""Reading a caseload file: no test here may touch the database."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.caseload import Caseload, contradictions, read_caseload
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

TODAY = date(2026, 12, 8)
NEEDED = "local_id,given_name,family_name,date_of_birth,status,team"
GOOD = "P1,Rowan,Ashdown,2014-02-28,plan,North team"


def read(*lines: str, encoding: str = "") -> Caseload:
    return read_caseload("\n".join(lines).encode(), today=TODAY, encoding=encoding)


def faults(*lines: str) -> list[str]:
    return [str(fault) for fault in read(*lines).all_faults()]


def cell(column: str, text: str) -> object:
    return read_cell(BY_NAME[column], text)


def reason(column: str, text: str) -> str:
    with pytest.raises(Wrong) as caught:
        cell(column, text)
    return caught.value.reason


# --- Cells ------------------------------------------------------------------------------------


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


# --- Whole files ------------------------------------------------------------------------------


def test_good_row():
    caseload = read(NEEDED, GOOD)
    assert caseload.all_faults() == []
    assert [row.values for row in caseload.rows] == [
        {
            "local_id": "P1",
            "given_name": "Rowan",
            "family_name": "Ashdown",
            "date_of_birth": date(2014, 2, 28),
            "status": "plan",
            "team": "North team",
        }
    ]


def test_column_names_in_other_words_and_order():
    caseload = read(
        "Team,Status,Date of Birth,FAMILY-NAME,given_name, Local ID ", "T,plan,1/2/2014,B,C,D"
    )
    assert caseload.all_faults() == []
    assert caseload.rows[0].values["local_id"] == "D"


def test_every_fault_of_a_row_is_listed():
    assert faults(NEEDED, "P1,,Ashdown,31/02/2014,open,North team") == [
        "Line 2, given_name: this cannot be empty.",
        'Line 2, date_of_birth: "31/02/2014" is not a real date.',
        'Line 2, status: "open" is not one of request (Assessment requested), assessment (Being '
        "assessed), plan (Has an EHC plan), ceased (Plan ceased).",
    ]


def test_dates_in_the_future_and_long_ago():
    assert faults(
        NEEDED + ",plan_issued_on",
        "P1,A,B,09/12/2026,plan,T,",
        "P2,A,B,08/12/2026,plan,T,08/12/2026",
        "P3,A,B,2014-01-01,plan,T,2027-01-01",
        "P4,A,B,1914-01-01,plan,T,",
    ) == [
        "Line 2, date_of_birth: 09/12/2026 is in the future.",
        "Line 4, plan_issued_on: 01/01/2027 is in the future.",
        "Line 5, date_of_birth: 01/01/1914 is more than 50 years ago.",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_is_counted_as_an_editor_counts_it(newline):
    lines = [
        "",
        NEEDED,
        "",
        'P1,"Rowan',
        'Mary",Ashdown,2014-02-28,plan,North team',
        ",,,,,",
        "P2,Rowan,Ashdown,2014-02-31,plan,North team",
    ]
    caseload = read_caseload(newline.join(lines).encode(), today=TODAY)
    assert [row.line for row in caseload.rows] == [4, 7]
    assert caseload.rows[0].values["given_name"] == "Rowan Mary"
    assert [str(fault) for fault in caseload.all_faults()] == [
        'Line 7, date_of_birth: "2014-02-31" is not a real date.'
    ]


def test_same_local_id_twice_names_both_lines():
    assert faults(NEEDED, GOOD, GOOD.replace("P1", "P2"), GOOD) == [
        'Line 2, local_id: "P1" is also on line 4.',
        'Line 4, local_id: "P1" is also on line 2.',
    ]


def test_same_upn_for_two_people_names_both_lines():
    assert faults(
        NEEDED + ",upn", f"{GOOD},A123456789012", f"{GOOD.replace('P1', 'P2')},a123456789012"
    ) == [
        'Line 2, upn: "A123456789012" is also on line 3: no two people share a UPN.',
        'Line 3, upn: "A123456789012" is also on line 2: no two people share a UPN.',
    ]


def test_wrong_number_of_cells():
    assert faults(NEEDED, "P1", f"{GOOD},more", '"P1,', 'P2",x') == [
        "Line 2: this row has 1 cell where there are 6 columns.",
        "Line 3: this row has 7 cells where there are 6 columns.",
        "Line 4: this row has 2 cells where there are 6 columns. It runs over several lines: is "
        "a quotation mark missing?",
    ]


def test_unknown_column_gets_a_suggestion():
    assert faults(NEEDED + ",postcod,shoe size,upn,upn,", f"{GOOD},,,,,") == [
        'Line 1: "postcod" is not a column of a caseload. Did you mean "postcode"?',
        'Line 1: "shoe size" is not a column of a caseload.',
        "Line 1: the column upn is there twice.",
        "Line 1: column 11 has no name.",
    ]


def test_missing_columns():
    assert faults("local_id,given_name,family_name,establishment_name", "P1,A,B,C") == [
        "Line 1: the column date_of_birth is missing.",
        "Line 1: the column status is missing.",
        "Line 1: the column team is missing, and so is owner_email, which could stand in.",
        "Line 1: the column establishment_name means nothing without establishment_urn.",
    ]


def test_far_too_many_columns():
    assert faults(",".join(f"c{number}" for number in range(100_000))) == [
        "Line 1: there are 100,000 columns: not a caseload."
    ]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\n"])
def test_empty_file(data):
    assert [str(fault) for fault in read_caseload(data, today=TODAY).faults] == [
        "Line 1: the file is empty."
    ]


def test_only_column_names():
    assert faults(NEEDED, "", ",,,,,") == ["Line 1: there are no rows below the column names."]


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "this is a PDF, not a CSV file."),
        (b"PK\x03\x04\x14\x00\x06\x00", "this is a spreadsheet or a zip file, not a CSV file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "this is an old Excel or Word file, not a CSV file."),
        (b"<html><table>", "this is a web page or XML, not a CSV file."),
        (NEEDED.encode("utf-16"), 'this file is in UTF-16 ("Unicode text").'),
        (NEEDED.encode("utf-16-le"), "this is not plain text: it holds NUL bytes."),
        (NEEDED.replace(",", ";").encode(), "the columns are separated by semicolons, not by"),
        (NEEDED.replace(",", "\t").encode(), "the columns are separated by tabs, not by commas."),
    ],
)
def test_not_a_csv_file(data, start):
    [fault] = read_caseload(data, today=TODAY).faults
    assert fault.line == 1
    assert fault.reason.startswith(start)
    assert "CSV UTF-8" in fault.reason


def test_nul_byte_in_a_cell():
    assert faults(NEEDED, GOOD.replace("Rowan", "Ro\0wan")) == [
        "Line 2, given_name: holds a character that cannot be printed (U+0000)."
    ]


def test_quotation_mark_never_closed_is_a_fault_of_the_file():
    caseload = read(NEEDED, GOOD, 'P2,"Rowan,Ashdown,2014-02-28,plan,North team', GOOD)
    [fault] = caseload.faults
    assert (fault.line, fault.column) == (3, "")
    assert fault.reason.startswith('a quotation mark (") opens a cell here and is not closed')


def test_cell_longer_than_can_be_read():
    [fault] = read(NEEDED, f'P1,"{"x" * 200_000}"').faults
    assert str(fault) == (
        "Line 2: a cell has more than 131,072 characters. Is a quotation mark missing?"
    )


def test_utf_8_with_a_byte_order_mark():
    data = f"{NEEDED}\n{GOOD.replace('Rowan', 'Zoë')}".encode("utf-8-sig")
    caseload = read_caseload(data, today=TODAY)
    assert (caseload.rows[0].values["given_name"], caseload.note) == ("Zoë", "")


def test_windows_1252_is_noticed_and_said():
    data = f"{NEEDED}\n{GOOD.replace('Rowan', 'Zoë')}".encode("cp1252")
    caseload = read_caseload(data, today=TODAY)
    assert caseload.rows[0].values["given_name"] == "Zoë"
    assert caseload.note.startswith("The file is not UTF-8, so it was read as Windows-1252.")


def test_encoding_that_is_named():
    data = f"{NEEDED}\n{GOOD.replace('Rowan', 'Zoë')}".encode("utf-16")
    caseload = read_caseload(data, today=TODAY, encoding="utf-16")
    assert (caseload.rows[0].values["given_name"], caseload.note) == ("Zoë", "")


def test_byte_that_no_encoding_knows():
    data = f"{NEEDED}\n".encode() + b"P1,\x81"
    assert str(read_caseload(data, today=TODAY).faults[0]) == (
        "Line 1: the file cannot be read as cp1252: byte 81 on line 2 stands for no letter "
        "there. Give the right --encoding."
    )


@pytest.mark.parametrize("encoding", ["klingon", "hex", "base64"])
def test_encoding_that_is_none(encoding):
    assert faults_with(encoding) == [f'Line 1: "{encoding}" is not an encoding that is known here.']


def faults_with(encoding: str) -> list[str]:
    return [str(fault) for fault in read(NEEDED, GOOD, encoding=encoding).all_faults()]


def test_column_of_old_faults_is_ignored():
    caseload = read("import_faults," + NEEDED, f"Line 2: whatever,{GOOD}")
    assert caseload.all_faults() == []
    assert "import_faults" not in caseload.rows[0].values


@settings(deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_or_refused(data, with_header):
    caseload = read_caseload(f"{NEEDED}\n".encode() * with_header + data, today=TODAY)
    assert caseload.rows or caseload.faults


# --- Contradictions ---------------------------------------------------------------------------


def test_plan_before_birth():
    assert contradictions(
        {"date_of_birth": date(2014, 2, 28), "plan_issued_on": date(2014, 2, 27)}
    ) == [
        (
            "plan_issued_on",
            "the plan was issued on 27/02/2014, before the birth on 28/02/2014.",
        )
    ]


def test_date_without_a_next_step():
    assert contradictions({"next_step": "", "next_step_on": date(2027, 1, 1)}) == [
        ("next_step_on", "there is a date but no next step.")
    ]


def test_whole_case_without_contradiction():
    assert (
        contradictions(
            {
                "date_of_birth": date(2014, 2, 28),
                "plan_issued_on": date(2014, 2, 28),
                "next_step": "Review",
                "next_step_on": date(2027, 1, 1),
            }
        )
        == []
    )
