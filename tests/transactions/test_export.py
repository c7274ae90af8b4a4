"""Rows out of the ledger: exactly those that are listed, in their order, with every digit."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from imports.models import SourceLine
from ledgers.models import Ledger
from tests.factories import make_label, make_transaction, make_wallet
from transactions.models import Transaction
from transactions.queries import export
from transactions.queries.export import COLUMNS, MOST_IN_A_SHEET, TooMuch

AMOUNT = "1234567890.000000000000000001"


def exported(client: Client, ledger: Ledger, query: str = "") -> bytes:
    answer = client.get(f"/{ledger.slug}/transactions/export/?{query}")
    assert answer.status_code == 200
    return b"".join(answer)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def notes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Description"] for row in rows]


def came_from(tx: Transaction, lines: int, cell: str = "") -> None:
    of = {"ledger": tx.ledger, "wallet": tx.wallet, "transaction": tx, "family": "koinly"}
    SourceLine.objects.bulk_create(
        SourceLine(**of, key=n.to_bytes(32), line=n + 1, cells=[cell]) for n in range(lines)
    )


def test_listed_rows_in_their_order(client: Client, ledger: Ledger) -> None:
    kraken = make_wallet(ledger, "Kraken")
    for n in range(3):
        make_transaction(ledger, wallet=kraken, note=f"row {n}", received=(str(n + 1), "BTC"))
    make_transaction(ledger, wallet=make_wallet(ledger), note="another wallet")

    wallet = f"wallet={kraken.pk}"
    assert notes(rows_of(exported(client, ledger, wallet))) == ["row 2", "row 1", "row 0"]
    by_time = rows_of(exported(client, ledger, f"{wallet}&sort=time&page=7&size=25"))
    assert notes(by_time) == ["row 0", "row 1", "row 2"]


def test_rows_are_those_that_fit_when_the_file_is_read(client: Client, ledger: Ledger) -> None:
    """It begins after the request has ended."""
    rent = make_label(ledger, "rent")
    stays, goes = (make_transaction(ledger, note=note, labels=[rent]) for note in ("stays", "goes"))
    comes = make_transaction(ledger, note="comes")

    answer = client.get(f"/{ledger.slug}/transactions/export/?label={rent.pk}")
    goes.labels.remove(rent)
    comes.labels.add(rent, through_defaults={"ledger": ledger})

    assert set(notes(rows_of(b"".join(answer)))) == {stays.note, comes.note}


def test_every_digit_in_every_kind(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, received=(AMOUNT, "ETH"), labels=[make_label(ledger, "rent")])

    (row,) = rows_of(exported(client, ledger))
    assert (row["Received Amount"], row["Labels"], row["Type"]) == (AMOUNT, "rent", tx.type)
    (line,) = exported(client, ledger, "as=jsonl").decode().splitlines()
    found = json.loads(line)
    assert (found["received_amount"], found["labels"]) == (AMOUNT, ["rent"])
    sheet = load_workbook(io.BytesIO(exported(client, ledger, "as=xlsx"))).active
    header, first = sheet.iter_rows(values_only=True)
    assert header == COLUMNS
    assert dict(zip(header, first, strict=True))["Received Amount"] == AMOUNT
    (koinly,) = rows_of(exported(client, ledger, "as=koinly.csv"))
    assert Decimal(koinly["Received Amount"]) == Decimal(AMOUNT)
    assert "Wallet" not in koinly


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "'quoted", "plain"])
def test_no_cell_is_a_formula(client: Client, ledger: Ledger, text: str) -> None:
    make_transaction(ledger, note=text)

    (row,) = rows_of(exported(client, ledger))
    expected = text if text == "plain" else f"'{text}"
    assert row["Description"] == expected
    data = io.BytesIO(exported(client, ledger, "as=xlsx"))
    _header, first = load_workbook(data).active.iter_rows()
    assert "f" not in {cell.data_type for cell in first}
    assert [cell.value for cell in first if cell.value == text]


def test_kind_that_there_is_not_is_404(client: Client, ledger: Ledger) -> None:
    assert client.get(f"/{ledger.slug}/transactions/export/?as=exe").status_code == 404


def test_more_rows_than_a_sheet_holds_are_refused(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_IN_A_SHEET == 1_048_575
    monkeypatch.setattr(export, "MOST_IN_A_SHEET", 1)
    for _ in range(2):
        make_transaction(ledger)

    url = f"/{ledger.slug}/transactions/export/?type=deposit&as=xlsx&cells=1"
    answer = client.get(url, follow=True)

    assert "A sheet holds 1 rows" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"/{ledger.slug}/transactions/?type=deposit"


@pytest.mark.parametrize(
    ("note", "lines", "cell", "cells"),
    [("x" * 32_768, 0, "", ""), ("", 505, "", ""), ("", 2, "x" * 20_000, "&cells=1")],
)
def test_nothing_is_cut_off_in_a_sheet(
    client: Client, ledger: Ledger, note: str, lines: int, cell: str, cells: str
) -> None:
    tx = make_transaction(ledger, note=note)
    came_from(tx, lines, cell)
    asked = f"/{ledger.slug}/transactions/export/?as=xlsx{cells}"

    answer = client.get(asked, follow=True)

    assert "A cell of a sheet holds 32,767 characters" in answer.content.decode()


def test_no_cell_is_cut_off_whatever_was_asked_before() -> None:
    """Each of these is written as seven characters."""
    with pytest.raises(TooMuch, match="A cell of a sheet"):
        export.cell(None, "\x01" * 5000)


def test_as_much_as_a_cell_holds_is_exported(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, note="x" * 32_767)
    came_from(tx, 504)

    header, row = load_workbook(io.BytesIO(exported(client, ledger, "as=xlsx"))).active.iter_rows(
        values_only=True
    )
    found = dict(zip(header, row, strict=True))
    assert (found["Description"], len(found["Source Keys"].split())) == (tx.note, 504)


def test_menu_names_how_many(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, note="rent")
    make_transaction(ledger, note="car")

    html = client.get(f"/{ledger.slug}/transactions/?q=rent").content.decode()

    assert f"/{ledger.slug}/transactions/export/?q=rent&amp;as=csv" in html
