"""Ledgers with whatever a person and a file can write, for tests that try by chance."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from contacts.models import Address, Contact
from ledgers.models import Ledger
from tests.factories import (
    coin,
    make_address,
    make_contact,
    make_label,
    make_transaction,
    make_wallet,
    some_address,
)
from tests.imports.helpers import run
from transactions.models import Asset, Status, TransactionType

# PostgreSQL has no NUL, and UTF-8 no half characters.
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
tricky = st.sampled_from(
    [
        "=1+1",
        "'=1",
        "''",
        "+1",
        "-1",
        "@x",
        "\t=",
        "\r\nx",
        "a;b",
        '"q"',
        "[1]",
        "; ",
        "_x000D_",
        " x ",
    ]
)
text = st.one_of(tricky, st.text(letters, max_size=20))
names = st.one_of(tricky.filter(str.strip), st.text(letters, min_size=1, max_size=20))
amounts = st.one_of(
    st.decimals(0, 10**6, places=18),
    st.sampled_from(["0", "0.10", "9" * 78 + "." + "9" * 36, "0." + "0" * 35 + "1"]),
).map(Decimal)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
assets = st.tuples(names, st.sampled_from(["", "ethereum", "bsc"]), st.integers(1, 3))
parts = st.tuples(amounts, assets)
addresses = st.sampled_from(
    [
        *(some_address(n) for n in range(1, 4)),
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    ]
)
PEOPLE = ("Maria", "'=Ben", "Ana; Mia", "Zoë\n")
LABELS = ("rent", "a; b", '"x"', "[y]", "=1")
WALLETS = ("Cold", "Kraken", "'quoted")

rows = st.fixed_dictionaries(
    {
        "wallet": st.sampled_from(WALLETS),
        "occurred_at": moments,
        "type": st.sampled_from(TransactionType.values),
        "sent": st.none() | parts,
        "received": st.none() | parts,
        "fee": parts,
        "failed": st.booleans(),
        "value": st.none() | st.tuples(amounts, st.sampled_from(["EUR", "=U"])),
        "tx_hash": text,
        "group_key": text,
        "note": text,
        "hidden": st.booleans(),
        "contact": st.none() | st.sampled_from(PEOPLE),
        "counterparty": st.none() | addresses,
        "own_address": st.none() | addresses,
        "labels": st.sets(st.sampled_from(LABELS)),
        "deleted": st.sampled_from([False, False, True]),
    }
)
# Whose an address is: a contact's, a wallet's, or nobody's.
owners = st.dictionaries(addresses, st.sampled_from([*PEOPLE, *WALLETS]))

BINANCE = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark\n" + "".join(
    f"7,2024-05-16 12:57:5{second},Spot,{operation},{symbol},{change},\n"
    for second in (5, 6)
    for operation, symbol, change in (
        ("Buy", "BTC", "0.5"),
        ("Transaction Related", "EUR", "-9000.123456789"),
        ("Fee", "BNB", "-0.01"),
    )
)
KRAKEN = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance\n" + "".join(
    f"{txid},R1,2021-02-02 13:30:51,trade,,currency,{asset},{amount},{fee},9\n"
    for txid, asset, amount, fee in (("L1", "XXBT", "1", "0.001"), ("L2", "ZEUR", "-9", "0.02"))
)
KOINLY = (
    "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Label,Description\n"
    "2024-03-01 10:00:00 UTC,,,1.50,BTC,gift,=from Ana\n"
    "2024-03-01 10:00:00 UTC,,,1.50,BTC,gift,=from Ana\n"
    "2024-03-01 10:00:00.25 UTC,2,BTC,,,my label,\n"
)
# By wallet, so that each goes where it went before.
FILES = {"Binance": BINANCE, "Kraken": KRAKEN, "Cold": KOINLY}
files = st.sets(st.sampled_from(sorted(FILES)))


def fill(ledger: Ledger, made: list[dict[str, Any]], owned: dict[str, str], some: set[str]) -> None:
    for name in sorted(some):
        run(ledger, FILES[name], wallet=name)
    wallets = {name: wallet_named(ledger, name) for name in WALLETS}
    people = {name: make_contact(ledger, name, note="=note") for name in PEOPLE}
    for number, row in enumerate(made):
        values = row | {"wallet": wallets[row["wallet"]]}
        add(ledger, values, people, f"{number}")
    for at, name in owned.items():
        found = address(ledger, at)
        kind = "contact" if name in people else "wallet"
        Address.objects.filter(pk=found.pk).update(**{kind: people.get(name) or wallets[name]})


def wallet_named(ledger: Ledger, name: str) -> Any:
    return ledger.wallets.filter(name=name).first() or make_wallet(ledger, name, kind="chain")


def address(ledger: Ledger, at: str) -> Address:
    return ledger.addresses.filter(shown__iexact=at).first() or make_address(ledger, at)


def asset(ledger: Ledger, symbol: str, chain: str, n: int) -> Asset:
    if not chain:
        return coin(ledger, symbol)
    of = {"ledger": ledger, "chain": chain, "contract": f"0x{n}:x"}
    return Asset.objects.get_or_create(**of, defaults={"symbol": symbol})[0]


def add(ledger: Ledger, row: dict[str, Any], people: dict[str, Contact], number: str) -> None:
    failed = row.pop("failed")
    moved = {name: row.pop(name) for name in ("sent", "received", "fee")}
    kept = {"fee"} if failed else moved.keys()
    found = {
        name: (moved[name][0], asset(ledger, *moved[name][1]))
        for name in sorted(kept)
        if moved[name]
    }
    amount, currency = row.pop("value") or (None, "")
    deleted = row.pop("deleted")
    row["contact"] = people.get(row["contact"])
    for name in ("counterparty", "own_address"):
        row[name] = address(ledger, row[name]) if row[name] else None
    row["labels"] = [
        ledger.labels.filter(name=name).first() or make_label(ledger, name, colour="red")
        for name in sorted(row["labels"])
    ]
    make_transaction(
        ledger,
        **row,
        **found,
        status=Status.FAILED if failed else Status.OK,
        value_amount=amount,
        value_currency=currency,
        deleted_at=datetime(2026, 1, 1, tzinfo=UTC) if deleted else None,
    )
