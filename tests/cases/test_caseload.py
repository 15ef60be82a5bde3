"""Reading a whole caseload file: no test here may touch the database."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.caseload import Caseload, contradictions, read_caseload

TODAY = date(2026, 12, 8)
NEEDED = "local_id,given_name,family_name,date_of_birth,status,team"
GOOD = "P1,Rowan,Ashdown,2014-02-28,plan,North team"


def read(*lines: str, encoding: str = "") -> Caseload:
    return read_caseload("\n".join(lines).encode(), today=TODAY, encoding=encoding)


def faults(*lines: str) -> list[str]:
    return [str(fault) for fault in read(*lines).all_faults()]


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
