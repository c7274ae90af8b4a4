"""Balances that imported files state, beside those that the transactions come to."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from balances.queries.stated import filed
from formats.readers.kraken_ledgers import KrakenLedgers, asset_of
from imports.models import ImportBatch
from imports.pipeline.undo import undo
from ledgers.models import Ledger, User
from tests.balances.test_pages import text
from tests.factories import coin, make_transaction
from tests.imports.helpers import fixture, run

OLD = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance"
NEW = OLD.replace("asset,", "asset,wallet,")


def line(n: int, at: str, amount: str, balance: str, asset: str = "ZEUR", wallet: str = "") -> str:
    place = f"{asset},{wallet}" if wallet else asset
    kind = "deposit" if Decimal(amount) > 0 else "withdrawal"
    return f"L{n},R{n},2024-05-{at},{kind},,currency,{place},{amount},0,{balance}"


def imported(ledger: Ledger, *lines: str, header: str = OLD) -> ImportBatch:
    return ImportBatch.objects.get(pk=run(ledger, "\n".join([header, *lines, ""])).batch)


def stated(ledger: Ledger, symbol: str = "EUR") -> tuple[int, list[tuple[str, str]]]:
    """The number of days, and the difference from each day on."""
    found = filed(ledger.wallets.get(), coin(ledger, symbol))
    return found.days, [(f"{each.at:%d}", f"{each.difference:f}") for each in found.differences]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("kraken_ledgers.csv", {"EUR": 2, "BTC": 1}),
        ("coinbase_pro.csv", {"BTC": 1, "ETH": 2}),
    ],
)
def test_a_whole_file_fits(ledger: Ledger, name: str, days: dict[str, int]) -> None:
    run(ledger, fixture(name))

    assert {symbol: stated(ledger, symbol) for symbol in days} == {
        symbol: (n, []) for symbol, n in days.items()
    }


def test_the_first_day_of_a_difference_is_named(client: Client, ledger: Ledger) -> None:
    """A deposit of 50 on the third was left out, and written by hand on the seventh."""
    imported(
        ledger,
        line(1, "02 08:00:00", "100", "100"),
        line(2, "03 08:00:00", "-10", "140"),
        line(3, "05 08:00:00", "-10", "130"),
        line(4, "08 08:00:00", "1", "131"),
    )
    assert stated(ledger) == (4, [("03", "50")])

    make_transaction(ledger, received=("50", "EUR"), occurred_at="2024-05-07T00:00:00Z")

    assert stated(ledger) == (4, [("03", "50"), ("08", "0")])
    wallet = ledger.wallets.get()
    page = client.get(f"/keller/wallets/{wallet.pk}/balance/")
    assert "+50 EUR from 3 May 2024 on: stated 140 EUR , by the transactions 90 EUR" in text(page)
    assert "fits again from 8 May 2024 on" in text(page)
    rows = f"?wallet={wallet.pk}&amp;hidden=all&amp;asset=EUR&amp;since=2024-05-03"
    assert f"{rows}&amp;until=2024-05-03" in page.content.decode()


def test_a_file_may_begin_with_its_latest_line(ledger: Ledger) -> None:
    imported(
        ledger,
        line(4, "03 08:00:00", "1", "104"),
        line(3, "02 09:00:00", "1", "103"),
        line(2, "02 09:00:00", "2", "102"),
        line(1, "02 08:00:00", "100", "100"),
    )

    assert stated(ledger) == (2, [])


def test_parts_of_an_account_count_together(ledger: Ledger) -> None:
    imported(
        ledger,
        line(1, "02 08:00:00", "100", "100", "ADA"),
        line(2, "03 08:00:00", "-40", "60", "ADA"),
        line(3, "03 08:00:00", "40", "40", "ADA.S"),
        line(4, "04 08:00:00", "1", "41", "ADA.S"),
    )
    imported(
        ledger,
        line(5, "05 08:00:00", "-10", "50", "ADA", "spot / main"),
        line(6, "05 09:00:00", "10", "10", "ADA", "earn / flexible"),
        header=NEW,
    )

    assert stated(ledger, "ADA") == (4, [])


def test_what_is_deleted_or_undone(ledger: Ledger, user: User) -> None:
    """A file still states a row that somebody has deleted; one that was undone states nothing."""
    lines = [line(1, "02 08:00:00", "100", "100"), line(2, "03 08:00:00", "7", "107")]
    batch = imported(ledger, *lines)
    ledger.transactions.filter(received_amount=7).update(deleted_at=timezone.now())

    assert stated(ledger) == (2, [("03", "7")])
    undo(batch, user, keep=False)
    assert stated(ledger) == (0, [])


def test_cells_that_are_no_number_state_nothing(ledger: Ledger) -> None:
    batch = imported(ledger, line(1, "02 08:00:00", "100", "100"))
    ledger.transactions.get()
    for wrong in ("", "1e5", "NaN", "9" * 90, "1,000", "--"):
        cells = ["L1", "R1", "", "", "", "", "ZEUR", "100", "0", wrong]
        batch.rows.get().source_lines.update(cells=cells)
        assert stated(ledger) == (0, [])


@pytest.mark.parametrize(
    "code", ["XXBT", "XBT", "XBT.M", "ZEUR", "EUR.HOLD", "ADA.S", "DOT28.S", "ETH2.S", "LUNA2.S"]
)
def test_codes_of_a_symbol_are_those_that_become_it(code: Any) -> None:
    codes = [
        "XXBT",
        "XBT.M",
        "ZEUR",
        "EUR.HOLD",
        "ADA.S",
        "DOT28.S",
        "ETH2.S",
        "XETH",
        "LUNA2",
        code,
    ]
    symbol = asset_of(code).symbol

    found = [each for each in codes if re.fullmatch(KrakenLedgers.codes(symbol), each)]

    assert found == [each for each in codes if asset_of(each).symbol == symbol]
