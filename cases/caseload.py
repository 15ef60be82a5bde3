"""Reading a caseload file: bytes in, rows and faults out. No database is asked.

A fault of the file (not a CSV, unknown columns, a quotation mark that never closes) means that
no row of it can be trusted. A fault of a row concerns that row alone.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cases.caseload_columns import (
    BY_NAME,
    COLUMNS,
    OLDEST_YEARS,
    Wrong,
    did_you_mean,
    read_cell,
    shown,
)

# Written by ``--errors`` and ignored when the mended file comes back.
FAULTS_COLUMN = "import_faults"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: ``line`` is the line of the file as an editor counts it."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"Line {self.line}, {self.column}" if self.column else f"Line {self.line}"
        return f"{place}: {self.reason}"


@dataclass(slots=True)
class Row:
    """One row: its cells as they stand, and the values of those that could be read."""

    line: int
    cells: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, column: str, reason: str) -> None:
        self.faults.append(Fault(self.line, column, reason))

    @contextmanager
    def refusing(self, column: str) -> Iterator[None]:
        """Put down on ``column`` what turns out Wrong inside."""
        try:
            yield
        except Wrong as wrong:
            self.refuse(column, wrong.reason)

    def is_faulty_in(self, column: str) -> bool:
        return any(fault.column == column for fault in self.faults)


@dataclass
class Caseload:
    """A file as it was read. ``faults`` are the file's own: with any, nothing can be loaded."""

    header: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    note: str = ""

    def all_faults(self) -> list[Fault]:
        """Every fault in the order of the file."""
        of_rows = [fault for row in self.rows for fault in row.faults]
        return sorted(self.faults + of_rows, key=lambda fault: fault.line)


def read_caseload(data: bytes, *, today: date, encoding: str = "") -> Caseload:
    """Read ``data``, checking all that can be checked without the database.

    ``today`` is the London date that dates of birth and of plans may not pass. ``encoding``
    is the name of a text encoding; without one, UTF-8 is tried, then Windows-1252.
    """
    try:
        _refuse_other_kinds(data)
        text, note = _decoded(data, encoding)
    except Wrong as wrong:
        return Caseload(faults=[Fault(1, "", wrong.reason)])
    caseload = Caseload(note=note)
    lines = _rows_of(text, caseload.faults)
    line, caseload.header = next(lines, (1, []))
    caseload.columns = [_tidy_name(cell) for cell in caseload.header]
    caseload.faults += _faults_of_header(line, caseload)
    if not caseload.faults:
        caseload.rows = [_read_row(line, cells, caseload.columns, today) for line, cells in lines]
        _refuse_shared(caseload.rows, "local_id", "is also on line {line}.")
        _refuse_shared(caseload.rows, "upn", "is also on line {line}: no two people share a UPN.")
    if not caseload.rows and not caseload.faults:
        caseload.faults.append(Fault(line, "", "there are no rows below the column names."))
    return caseload


# --- The file ---------------------------------------------------------------------------------

OTHER_KINDS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a spreadsheet or a zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"\x1f\x8b": "a compressed file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a rich-text document",
    b"<": "a web page or XML",
    b"{": "JSON",
}
SAVE_AS = 'In the spreadsheet, choose "Save as", then "CSV UTF-8 (comma separated)".'


def _refuse_other_kinds(data: bytes) -> None:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise Wrong("the file is empty.")
    for signature, kind in OTHER_KINDS.items():
        if start.startswith(signature):
            raise Wrong(f"this is {kind}, not a CSV file. {SAVE_AS}")


def _decoded(data: bytes, encoding: str) -> tuple[str, str]:
    """The text, and a note when the encoding had to be guessed; raises Wrong."""
    if encoding:
        return _decoded_as(data, encoding), ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Wrong(f'this file is in UTF-16 ("Unicode text"). {SAVE_AS} Or give --encoding.')
    if b"\0" in data.partition(b"\n")[0]:
        raise Wrong(f"this is not plain text: it holds NUL bytes. {SAVE_AS}")
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig"), ""
    note = (
        "The file is not UTF-8, so it was read as Windows-1252. If accented letters look wrong, "
        "give --encoding."
    )
    return _decoded_as(data, "cp1252"), note


def _decoded_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Wrong(
            f"the file cannot be read as {encoding}: byte {data[error.start]:02X} on line {line} "
            "stands for no letter there. Give the right --encoding."
        ) from None
    except (LookupError, UnicodeError):
        raise Wrong(f"{shown(encoding)} is not an encoding that is known here.") from None


def _rows_of(text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with the line it starts on.

    What breaks the reading is appended to ``faults`` and ends it: after a quotation mark that
    is never closed, nothing says where the next row starts.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(Fault(line, "", _csv_trouble(error)))


def _csv_trouble(error: csv.Error) -> str:
    if "limit" in str(error):
        return (
            f"a cell has more than {csv.field_size_limit():,} characters. "
            "Is a quotation mark missing?"
        )
    return (
        'a quotation mark (") opens a cell here and is not closed before the next comma or the '
        'end of the file. One that belongs to the text is written twice ("").'
    )


# --- The column names -------------------------------------------------------------------------


# Past this it is some other file, and naming every column would help nobody.
MOST_COLUMNS = 200


def _tidy_name(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().casefold())


def _faults_of_header(line: int, caseload: Caseload) -> list[Fault]:
    if caseload.faults:
        return []
    if only := _other_separator(caseload.header):
        return [Fault(line, "", f"the columns are separated by {only}, not by commas. {SAVE_AS}")]
    if len(caseload.columns) > MOST_COLUMNS:
        return [Fault(line, "", f"there are {len(caseload.columns):,} columns: not a caseload.")]
    reasons = [
        reason
        for place, name in enumerate(caseload.columns, start=1)
        if (reason := _reason_against(place, name, caseload))
    ]
    return [Fault(line, "", reason) for reason in [*reasons, *_missing(caseload.columns)]]


def _other_separator(header: list[str]) -> str:
    if len(header) != 1:
        return ""
    return {";": "semicolons", "\t": "tabs", "|": "upright strokes"}.get(
        next((character for character in header[0] if character in ";\t|"), ""), ""
    )


def _reason_against(place: int, name: str, caseload: Caseload) -> str:
    if not name:
        return f"column {place} has no name."
    if caseload.columns.index(name) < place - 1:
        return f"the column {name} is there twice." if name in BY_NAME else ""
    if name in BY_NAME or name == FAULTS_COLUMN:
        return ""
    suggestion = did_you_mean(name, set(BY_NAME) - set(caseload.columns))
    return f"{shown(caseload.header[place - 1])} is not a column of a caseload.{suggestion}"


def _missing(columns: list[str]) -> list[str]:
    missing = [column.name for column in COLUMNS if column.required and column.name not in columns]
    reasons = [f"the column {name} is missing." for name in missing]
    if "team" not in columns and "owner_email" not in columns:
        reasons.append("the column team is missing, and so is owner_email, which could stand in.")
    for name in ("establishment_name", "establishment_kind"):
        if name in columns and "establishment_urn" not in columns:
            reasons.append(f"the column {name} means nothing without establishment_urn.")
    return reasons


# --- The rows ---------------------------------------------------------------------------------


def _read_row(line: int, cells: list[str], columns: list[str], today: date) -> Row:
    row = Row(line, cells)
    if len(cells) != len(columns):
        row.refuse("", _miscounted(row, len(columns)))
        return row
    for name, cell in zip(columns, cells, strict=True):
        if name == FAULTS_COLUMN:
            continue
        with row.refusing(name):
            row.values[name] = read_cell(BY_NAME[name], cell)
    _refuse_impossible_dates(row, today)
    return row


def _miscounted(row: Row, columns: int) -> str:
    cells = "1 cell" if len(row.cells) == 1 else f"{len(row.cells)} cells"
    reason = f"this row has {cells} where there are {columns} columns."
    if any("\n" in cell or "\r" in cell for cell in row.cells):
        reason += " It runs over several lines: is a quotation mark missing?"
    return reason


def _refuse_impossible_dates(row: Row, today: date) -> None:
    for name in ("date_of_birth", "plan_issued_on"):
        day = row.values.get(name)
        if day and day > today:
            row.refuse(name, f"{day:%d/%m/%Y} is in the future.")
    born = row.values.get("date_of_birth")
    if born and born.year < today.year - OLDEST_YEARS:
        row.refuse("date_of_birth", f"{born:%d/%m/%Y} is more than {OLDEST_YEARS} years ago.")


def contradictions(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What cannot be true together of one whole case, as (column, reason).

    ``values`` are those the case would have: the file's, and for columns that the file leaves
    out, the ones it has already. A value that could not be read is absent.
    """
    found = []
    born, issued = values.get("date_of_birth"), values.get("plan_issued_on")
    if born and issued and issued < born:
        found.append(
            (
                "plan_issued_on",
                f"the plan was issued on {issued:%d/%m/%Y}, before the birth on {born:%d/%m/%Y}.",
            )
        )
    if values.get("next_step_on") and values.get("next_step") == "":
        found.append(("next_step_on", "there is a date but no next step."))
    return found


def _refuse_shared(rows: list[Row], column: str, reason: str) -> None:
    """Refuse every row whose value of ``column`` another row has too, naming the other line."""
    by_value: dict[str, list[Row]] = {}
    for row in rows:
        if value := row.values.get(column):
            by_value.setdefault(value, []).append(row)
    for value, sharing in by_value.items():
        for row in sharing if len(sharing) > 1 else []:
            other = next(other for other in sharing if other is not row)
            row.refuse(column, f"{shown(value)} {reason.format(line=other.line)}")
