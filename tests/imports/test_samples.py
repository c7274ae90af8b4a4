"""Real exports, which are not part of the project: TXPROJECT_SAMPLES names their folder.

The sums are made here from the files with the csv module and Decimal, without our readers.
"""

import csv
import json
import os
import random
import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Lower

from imports.models import ImportBatch, SourceLine, Upload
from imports.tasks import check, write
from imports.uploads.queue import queue
from tests.factories import make_ledger, make_user
from tests.imports.uploads import upload, work_off
from transactions.models import Transaction

SAMPLES = Path(os.environ.get("TXPROJECT_SAMPLES") or "missing")
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TXPROJECT_SAMPLES is not set")

State = Upload.State
ETHERSCAN = "etherscan/privatefolio_0x003dc_etherscan"
OWNER = "0x003dc32fe920a4aaeed12dc87e145f030aa753f3"
FILES = {
    # lines, imported, skipped, errors, transactions; with --skip-bad
    f"{ETHERSCAN}.csv": (482, 482, [], [], 482),
    f"{ETHERSCAN}-internal.csv": (48, 48, [], [], 48),
    f"{ETHERSCAN}-erc20.csv": (428, 428, [], [], 428),
    "coinbase/etg_coinbase-export.csv": (8, 8, [], [], 8),
    "coinbase/everytrade_CoinbaseBeanV1.csv": (4, 3, [], [5], 3),
    "kraken_ledgers/cointaxman_kraken-ledgers.csv": (10, 9, [2], [], 5),
    "binance_transaction_history/rotki_binance_history.csv": (230, 228, [], [5, 6], 207),
}

NET = """
    SELECT symbol, trim_scale(sum(amount)) FROM (
        SELECT received_asset_id AS asset_id, received_amount AS amount
            FROM transactions_transaction WHERE ledger_id = %(ledger)s
        UNION ALL SELECT sent_asset_id, -sent_amount
            FROM transactions_transaction WHERE ledger_id = %(ledger)s
        UNION ALL SELECT fee_asset_id, -fee_amount
            FROM transactions_transaction WHERE ledger_id = %(ledger)s
    ) AS parts JOIN transactions_asset AS asset ON asset.id = asset_id
    GROUP BY {key}
"""


# Where a refusal says what to do next.
NEXT = r"--[a-z-]+|Export it again|save it as|export it|import them on the page of contacts"


def everything() -> list[Path]:
    """Samples, and the cases beside them that once went wrong."""
    files = [*SAMPLES.rglob("*.*"), *(SAMPLES.parent / "cases").glob("*.*")]
    return sorted(path for path in files if path.name != "INDEX.md")


@pytest.fixture
def ledger(db):
    return make_ledger(owner=make_user(), slug="samples")


def imported(path: str | Path, tmp_path: Path, **options) -> tuple[int, dict]:
    """Exit status and what the report says; without the rows that are not understood, into a
    wallet of the folder's name, or into those that the rows name."""
    report = tmp_path / "report.json"
    path = SAMPLES / path
    places = {"ledger": "samples", "create_wallet": True, "report": str(report), "skip_bad": True}
    for wallet in ({"wallet": path.parent.name}, {}):
        status = 0
        try:
            call_command("import_transactions", str(path), **places | wallet | options)
        except CommandError as error:
            status = error.returncode
        (result,) = json.loads(report.read_text())
        if not names_wallets(result["errors"]):
            break
    return status, result


def names_wallets(errors: list[dict[str, str]]) -> bool:
    return any("name their wallets" in error["message"] for error in errors)


def net(ledger, by_contract: bool = False) -> dict[str, Decimal]:
    with connection.cursor() as cursor:
        key = "symbol, asset.id" if by_contract else "symbol"
        cursor.execute(NET.format(key=key), {"ledger": ledger.pk})
        rows = cursor.fetchall()
    return {f"{symbol} {n}" if by_contract else symbol: v for n, (symbol, v) in enumerate(rows)}


def rows_of(name: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").strip("€$") or 0)


def account(result: dict) -> tuple:
    lines = {key: [each["line"] for each in result[key]] for key in ("skipped", "errors")}
    total = result["imported"] + result["duplicates"] + sum(map(len, lines.values()))
    assert result["lines"] == total
    counts = result["lines"], result["imported"], lines["skipped"], lines["errors"]
    return (*counts, result["transactions"])


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_accounted_for(ledger, tmp_path, name):
    status, result = imported(name, tmp_path)

    assert status == 0
    assert account(result) == FILES[name]
    assert Transaction.objects.count() == result["transactions"]
    assert SourceLine.objects.count() == result["imported"]


@pytest.mark.parametrize("name", [name for name in FILES if FILES[name][3]])
def test_broken_lines_refuse_the_file(ledger, tmp_path, name):
    status, result = imported(name, tmp_path, skip_bad=False)

    assert status == 1
    assert [error["line"] for error in result["errors"]] == FILES[name][3]
    assert (result["imported"], result["transactions"], result["batch"]) == (0, 0, None)
    assert not Transaction.objects.exists()
    assert not ImportBatch.objects.exists()


def test_second_import_of_everything_imports_nothing(ledger, tmp_path):
    for name in FILES:
        imported(name, tmp_path)
    before = Transaction.objects.count()

    again = [imported(name, tmp_path)[1] for name in FILES]

    assert [result["imported"] for result in again] == [0] * len(FILES)
    assert [result["duplicates"] for result in again] == [FILES[name][1] for name in FILES]
    assert Transaction.objects.count() == before


def ether_of_the_files() -> Counter:
    sums: Counter = Counter()
    for row in rows_of(f"{ETHERSCAN}.csv"):
        if not row["Status"].startswith("Error"):
            sums["in"] += number(row["Value_IN(ETH)"])
            sums["out"] += number(row["Value_OUT(ETH)"])
        if row["From"] == OWNER:
            sums["fees"] += number(row["TxnFee(ETH)"])
    for row in rows_of(f"{ETHERSCAN}-internal.csv"):
        sums["internal"] += number(row["Value_IN(ETH)"])
    return sums


def tokens_of_the_file() -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(f"{ETHERSCAN}-erc20.csv"):
        sign = (row["To"] == OWNER) - (row["From"] == OWNER)
        sums[row["ContractAddress"]] += sign * number(row["TokenValue"])
    return sums


def test_ether_of_three_files_adds_up(ledger, tmp_path):
    for name in list(FILES)[:3]:
        imported(name, tmp_path)

    file = ether_of_the_files()
    assert file == {
        "in": Decimal("29.236038328"),
        "internal": Decimal("467.452289982998897680"),
        "out": Decimal("476.604220026672290165"),
        "fees": Decimal("2.182820692853582337"),
    }
    expected = file["in"] + file["internal"] - file["out"] - file["fees"]
    assert net(ledger)["ETH"] == expected == Decimal("17.901287591473025178")
    assert Transaction.objects.filter(status="failed").count() == 28


def test_tokens_add_up(ledger, tmp_path):
    imported(f"{ETHERSCAN}-erc20.csv", tmp_path)

    file = tokens_of_the_file()
    sums = net(ledger, by_contract=True)
    assert len(file) == len(sums) == ledger.assets.count() == 69
    assert sorted(sums.values()) == sorted(file.values())
    assert min(sums.values()) == 0
    assert [net(ledger)[symbol] for symbol in ("DAI", "USDC", "ANT")] == [0, 0, 0]
    zero = Transaction.objects.filter(sent_amount=0) | Transaction.objects.filter(received_amount=0)
    assert zero.count() == 9


def test_coinbase_adds_up(ledger, tmp_path):
    imported("coinbase/etg_coinbase-export.csv", tmp_path)

    sums: Counter = Counter({"XRP": Decimal("156.145683"), "ETH2": Decimal("0.17305191")})
    for row in rows_of("coinbase/etg_coinbase-export.csv"):
        out = row["Transaction Type"] in ("Convert", "Send")
        quantity = abs(number(row["Quantity Transacted"]))
        sums[row["Asset"]] += -quantity if out else quantity
        if row["Transaction Type"] == "Buy":
            sums[row["Price Currency"]] -= number(row["Total (inclusive of fees and/or spread)"])
    assert net(ledger) == sums
    assert sums == {
        "ETH": Decimal("0.007923387238"),
        "ETH2": Decimal("-0.007862899326"),
        "BTC": Decimal("-0.00029567"),
        "XRP": Decimal("156.145683"),
        "EUR": -70,
        "USD": -70,
    }


def test_older_coinbase_adds_up(ledger, tmp_path):
    imported("coinbase/everytrade_CoinbaseBeanV1.csv", tmp_path)

    sums: Counter = Counter()
    for row in rows_of("coinbase/everytrade_CoinbaseBeanV1.csv")[:3]:
        sign = 1 if row["Transaction Type"] == "Buy" else -1
        sums["BTC"] += sign * number(row["Quantity Transacted"])
        sums["EUR"] -= sign * number(row["EUR Total (inclusive of fees)"])
    assert net(ledger) == sums == {"BTC": Decimal("-0.03852854"), "EUR": Decimal("173.48")}


def test_kraken_adds_up(ledger, tmp_path):
    imported("kraken_ledgers/cointaxman_kraken-ledgers.csv", tmp_path)

    symbols = {"ZEUR": "EUR", "XXBT": "BTC", "USDC": "USDC"}
    sums: Counter = Counter()
    for row in rows_of("kraken_ledgers/cointaxman_kraken-ledgers.csv"):
        if row["txid"]:
            sums[symbols[row["asset"]]] += number(row["amount"]) - number(row["fee"])
    assert net(ledger) == sums == {"EUR": 1, "BTC": Decimal("0.03436993"), "USDC": 0}


def test_binance_adds_up(ledger, tmp_path):
    imported("binance_transaction_history/rotki_binance_history.csv", tmp_path)

    sums: Counter = Counter()
    for row in rows_of("binance_transaction_history/rotki_binance_history.csv"):
        if row["UTC_Time"] and row["Coin"]:
            sums[row["Coin"]] += number(row["Change"])
    found = net(ledger)
    assert found == sums
    assert {symbol: str(found[symbol]) for symbol in BINANCE} == BINANCE


BINANCE = {
    "HIGH": "2009.666322",
    "BTC": "0.05387570304439999",
    "ETH": "17.5047459600000001",
    "EUR": "1607.3800994",
    "USDT": "3972.52244935",
    "BNB": "-0.092370672396799996",
    "ZRX": "-25596.06",
}


def test_binance_pairs_what_is_certain_and_keeps_identical_fills(ledger, tmp_path):
    imported("binance_transaction_history/rotki_binance_history.csv", tmp_path)

    both = Transaction.objects.filter(sent_amount__isnull=False, received_amount__isnull=False)
    fills = Transaction.objects.filter(received_amount="10.74", received_asset__symbol="HIGH")
    assert both.filter(type="trade").count() == both.count() == 14
    assert fills.count() == 6
    assert fills.filter(occurred_at="2024-05-16T12:57:55Z").count() == 6


def test_rows_of_one_hash_are_shown_together(ledger, tmp_path):
    for name in list(FILES)[:3]:
        imported(name, tmp_path)

    hashes = [row["Txhash"] for row in rows_of(f"{ETHERSCAN}-erc20.csv")]
    common, _count = Counter(hashes).most_common(1)[0]
    assert Transaction.objects.filter(group_key=common).count() >= 3
    assert not Transaction.objects.filter(own_address__isnull=True).exists()


@pytest.mark.parametrize("path", everything(), ids=lambda path: path.name)
def test_file_is_read_or_refused_and_told_what_to_do(ledger, capsys, tmp_path, path):
    status, result = imported(path, tmp_path)

    if status == 2:
        (error,) = result["errors"]
        assert re.search(NEXT, error["message"] + capsys.readouterr().err), error
        assert not Transaction.objects.exists()
    else:
        assert status == 0
        assert account(result)[1] or result["errors"]
        status, again = imported(path, tmp_path)
        assert (status, again["imported"], again["duplicates"]) == (0, 0, result["imported"])


def uploaded(ledger, paths: list[Path]) -> list[Upload]:
    """All that can be read is confirmed, without the rows that are not understood."""
    for path in paths:
        upload(ledger, path.read_bytes(), path.name, wallet=path.parent.name, skip_bad=True)
    work_off()
    for each in ledger.uploads.filter(problem__contains="name their wallets"):
        each.options |= {"wallet": ""}
        queue(each, check)
    work_off()
    looked_at = list(ledger.uploads.exclude(state__in=Upload.OVER))
    for each in looked_at:
        assert each.state in (State.CHECKED, State.REFUSED), each.problem
    # What two files both have is shown again when the first of them is in.
    while checked := ledger.uploads.filter(state=State.CHECKED):
        for each in checked:
            queue(each, write, State.QUEUED)
        work_off()
    return looked_at


def table(ledger) -> list[tuple]:
    """Of two spellings of a wallet's name the first one stays."""
    fields = ("occurred_at", "type", "status", "note", "group_key", "tx_hash")
    parts = [
        f"{part}_{of}" for part in ("sent", "received", "fee") for of in ("amount", "asset__symbol")
    ]
    rows = ledger.transactions.values_list(Lower("wallet__name"), *fields, *parts)
    return sorted(map(str, rows))


@pytest.mark.django_db(transaction=True)
def test_everything_in_any_order_and_twice_is_one_table(transactional_db):
    tables = []
    for seed in range(3):
        ledger = make_ledger(slug=f"order-{seed}")
        paths = everything()
        random.Random(seed).shuffle(paths)

        for each in uploaded(ledger, paths):
            each.refresh_from_db()
            assert each.problem if each.state == State.REFUSED else each.batch
            if each.batch:
                batch = each.batch
                left_out = batch.skipped + batch.errors
                assert batch.lines == batch.imported + batch.duplicates + left_out
        tables.append(table(ledger))
        assert not [each for each in uploaded(ledger, paths) if each.checked.get("new")]
        assert table(ledger) == tables[0] != []
