"""Parse the file of a roster as spreadsheets save it. Pure.

UTF-8 or UTF-16; commas, semicolons or tabs, also as named by a first line `sep=;`; empty rows before the heading.
"""

import codecs
import csv
import io
import re
from dataclasses import dataclass

from schedules.enrolment.roster_file import MOST_PEOPLE, RosterError

LARGEST_FILE = 20_000_000
_SEPARATOR = re.compile(r'"?sep=(?P<sign>[,;\t|])"?[ ,;\t]*\r?(\n|$)', re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class RosterFile:
    """The heading, in row `heading_row` of the file, and the rows below it."""

    heading: list[str]
    rows: list[list[str]]
    heading_row: int


def as_text(data: bytes) -> str:
    """Decode a file. Raises UnicodeDecodeError."""
    return data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")


def read_csv(data: bytes) -> RosterFile | RosterError:
    """Return the rows of a file, or what is wrong with it."""
    if len(data) > LARGEST_FILE:
        return RosterError(1, "", "the file is larger than 20 MB: split it")
    try:
        text = as_text(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return RosterError(line, "", "this is not UTF-8 text: save the file as 'CSV UTF-8'")
    if "\x00" in text:
        return RosterError(1, "", "this is not a CSV file: it has binary content")
    try:
        rows = _rows_of(text)
    except csv.Error as error:
        return RosterError(1, "", f"this is not a well-formed CSV file ({error}): save it again as CSV")
    for place, row in enumerate(rows):
        if any(map(str.strip, row)):
            return RosterFile(row, rows[place + 1 :], place + 1)
    return RosterError(1, "", "the file is empty: its first row must name the columns")


def _rows_of(text: str) -> list[list[str]]:
    """Read the rows, stopping once there are too many people. Raises csv.Error."""
    named = _SEPARATOR.match(text)
    if named:
        text = text[named.end() :]
    delimiter = named["sign"] if named else _delimiter_of(text)
    rows: list[list[str]] = []
    people = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        rows.append(row)
        people += any(map(str.strip, row))
        if people > MOST_PEOPLE + 1:
            break
    return rows


def _delimiter_of(text: str) -> str:
    """Return what separates the cells of the first line with words: a comma if nothing does."""
    first_line = next((line for line in text.splitlines() if line.strip(",;\t ")), "")
    return max(",;\t", key=first_line.count)
