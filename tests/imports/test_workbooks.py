"""Workbooks, by command and by upload."""

import csv
import io
import json
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from formats.parsing import workbooks
from formats.parsing.records import ImportFailed
from formats.parsing.sheets import exact
from formats.parsing.workbooks import csv_of, is_workbook, sheets
from imports.models import Upload
from imports.tasks import check
from imports.uploads.queue import queue
from ledgers.models import Ledger
from tests.imports.uploads import koinly, upload, work_off
from transactions.models import Transaction

LIMIT = 1 << 24
ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>'


def book_of(tables: dict[str, list[list[Any]]]) -> bytes:
    book = Workbook(write_only=True)
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed(book: bytes, part: str, *changes: tuple[bytes, bytes]) -> bytes:
    """The book with something else in one of its parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for before, after in changes if name == part else ():
                assert before in content
                content = content.replace(before, after)
            new.writestr(name, content)
    return target.getvalue()


def tables(book: bytes) -> dict[str, list[list[str]]]:
    return {title: list(rows) for title, rows in sheets(io.BytesIO(book), LIMIT)}


def rows(*amounts: str) -> list[list[Any]]:
    return list(csv.reader(koinly(*amounts).splitlines()))


def test_cells_are_text_as_they_were_typed() -> None:
    cells = [1, 0.1, 1.1, -2.5e-8, True, None, "a", "=1+1", datetime(2024, 1, 31, 14, 5)]
    more = [date(2024, 1, 31), time(14, 5), datetime(2017, 10, 7, 13, 46, 18)]

    (row,) = tables(book_of({"A": [[*cells, *more]]}))["A"]

    assert row[:8] == ["1", "0.1", "1.1", "-0.000000025", "TRUE", "", "a", ""]
    assert row[8:] == [
        "2024-01-31 14:05:00",
        "2024-01-31 00:00:00",
        "14:05:00",
        "2017-10-07 13:46:18",
    ]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1.1000000000000001", "1.1"),
        ("0.10000000000000001", "0.1"),
        ("0.12345678901234567", "0.12345678901234567"),
        ("0.123456789012345678901234567890", "0.123456789012345678901234567890"),
        ("123456789012345678901", "123456789012345678901"),
        ("4.41E-4", "0.000441"),
        ("5", "5"),
    ],
)
def test_number_keeps_every_digit_that_the_file_has(written: str, number: str) -> None:
    book = book_of({"A": [[7777]]})
    book = changed(book, "xl/worksheets/sheet1.xml", (b">7777<", f">{written}<".encode()))

    assert tables(book)["A"] == [[number]]
    assert format(exact(written), "f") == number


def test_rows_have_their_numbers_and_are_as_wide_as_those_before() -> None:
    book = book_of({"A": [["Export"], [], ["a", "b", "c"], [None, None], ["d"], [], []]})

    assert tables(book)["A"] == [["Export"], [], ["a", "b", "c"], [], ["d", "", ""]]


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("xl/worksheets/sheet1.xml", b'<row r="1"', b'<row r="99999999"'),
        ("xl/worksheets/sheet1.xml", b"<v>", b"<v>x"),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b""),
        ("xl/workbook.xml", b"<workbook", ENTITY + b"<workbook"),
    ],
)
def test_damaged_workbook_is_refused(part: str, before: bytes, after: bytes) -> None:
    book = changed(book_of({"A": [[1, 2]]}), part, (before, after))

    with pytest.raises(ImportFailed, match="The workbook cannot be read"):
        tables(book)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_entities_are_refused(part: str) -> None:
    declared = b'<!DOCTYPE a [<!ENTITY b "c">]><'
    first = b"<workbook" if part == "xl/workbook.xml" else b"<worksheet"
    book = changed(book_of({"A": [[1]]}), part, (first, declared + first[1:]))

    with pytest.raises(ImportFailed, match="EntitiesForbidden"):
        tables(book)


@pytest.mark.parametrize("limit", ["LARGEST_TEXTS", "LARGEST_PART"])
def test_large_parts_are_refused(monkeypatch: Any, limit: str) -> None:
    book = book_of({"A": [["a"]]})
    monkeypatch.setattr(workbooks, limit, -1)

    with pytest.raises(ImportFailed, match="too large"):
        tables(book)


def test_table_is_not_larger_than_it_may_be() -> None:
    wide = ["x" * 1000] * 100

    with pytest.raises(ImportFailed, match="too large"):
        list(csv_of([wide] * 100, 1 << 20))


def test_workbook_is_told_by_what_is_in_it() -> None:
    assert is_workbook(io.BytesIO(book_of({"A": [[1]]})))
    assert not is_workbook(io.BytesIO(b"PK\x03\x04 and no more"))
    assert not is_workbook(io.BytesIO(b"a,b\n"))


def command(path: Path, *args: str) -> tuple[int, list[dict[str, Any]]]:
    report = path.with_suffix(".json")
    places = ("--ledger=keller", "--wallet=Main", "--create-wallet", f"--report={report}")
    status = 0
    try:
        call_command("import_transactions", str(path), *places, *args)
    except CommandError as error:
        status = error.returncode
    return status, json.loads(report.read_text())


@pytest.mark.django_db
def test_command_takes_every_sheet_that_is_known(
    ledger: Ledger, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "book.xlsx"
    notes = [["Written", "by", "hand"], ["on", "a", "day"]]
    path.write_bytes(book_of({"About": notes, "May": rows("1.5"), "June": rows("2"), "Empty": []}))

    status, results = command(path)

    assert status == 0
    assert [(each["file"], each["imported"], len(each["skipped"])) for each in results] == [
        ("book May.csv", 1, 0),
        ("book June.csv", 1, 0),
        ("book About.csv", 0, 1),
    ]
    assert "this sheet is left out: The format is not known" in results[2]["skipped"][0]["reason"]
    assert "book About.csv: this sheet is left out" in capsys.readouterr().out
    received = Transaction.objects.values_list("received_amount", flat=True)
    assert sorted(received) == [Decimal("1.5"), Decimal(2)]


@pytest.mark.django_db
def test_command_imports_a_workbook_once(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(book_of({"Sheet1": rows("1.5", "2")}))
    command(path)

    _status, (again,) = command(path)

    assert (again["file"], again["imported"], again["duplicates"]) == ("book.csv", 0, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("book", "said"),
    [
        (book_of({"A": [["Written", "by"]]}), "The format is not known"),
        (book_of({"A": []}), "There is nothing in this workbook"),
        (changed(book_of({"A": [[1]]}), "xl/workbook.xml", (b"<", b"")), "cannot be read"),
    ],
)
def test_command_refuses_a_workbook_of_no_use(
    ledger: Ledger, tmp_path: Path, book: bytes, said: str
) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(book)

    status, (result,) = command(path)

    assert status == 2
    assert said in result["errors"][0]["message"]


@pytest.mark.django_db(transaction=True)
def test_sheets_are_uploads_that_come_in_as_by_command(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = book_of({"May": rows("1.5"), "June": rows("2")})
    path.write_bytes(book)
    command(path)

    upload(ledger, book, "book.xlsx")
    work_off()
    for each in Upload.objects.filter(state__in=(Upload.State.CHECKED, Upload.State.REFUSED)):
        each.options = {"wallet": "Main"}
        queue(each, check)
    work_off()

    made = Upload.objects.filter(state=Upload.State.CHECKED).order_by("pk")
    assert [(each.file_name, each.checked["known"], each.checked["new"]) for each in made] == [
        ("book May.csv", 1, 0),
        ("book June.csv", 1, 0),
    ]
