"""A roster's file is read as spreadsheets save it."""

import pytest

from coach.participants.csv_file import RosterFile, read_csv

HEADING = ["phone", "time_zone"]
ROW = ["+14155550134", "Chicago"]
PLAIN = "phone,time_zone\r\n+14155550134,Chicago\r\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        ("sep=;\r\n" + PLAIN.replace(",", ";")).encode(),
        ('"sep=,"\r\n' + PLAIN).encode("utf-8-sig"),
    ],
)
def test_every_way_of_saving_gives_the_same_rows(data: bytes) -> None:
    assert read_csv(data) == RosterFile(HEADING, [ROW], 1)


@pytest.mark.parametrize("before", [",,\r\n", "\r\n", " ,  \r\n\r\n"])
def test_empty_rows_before_the_heading_are_passed_over(before: str) -> None:
    read = read_csv((before + PLAIN).encode())
    assert isinstance(read, RosterFile)
    assert (read.heading, read.rows) == (HEADING, [ROW])
    assert read.heading_row == before.count("\n") + 1
