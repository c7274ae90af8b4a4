"""What each asset gains by a file, computed here from its cells without any of our readers.

Those of other sources, over real files, stand in the tests of their readers and in
tests/imports/test_samples.py.
"""

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from tests.formats.samples import added, gained
from tests.imports.helpers import built_of, fixture

type Row = dict[str, str]
type Pairs = Iterator[tuple[str, Decimal]]


def number(text: str | None) -> Decimal:
    """Of a cell like "$1,500.50", "($1.75)", "+0.1" or "0.05 BTC"; nothing is 0."""
    text = (text or "").strip()
    text = f"-{text[1:-1]}" if text.startswith("(") else text
    text = text.replace("$", "").replace(",", "").split(" ")[0]
    return Decimal(text if text.strip("-") else 0)


def sides(*names: str) -> Callable[[Row], Pairs]:
    """Of columns that come in pairs: amount and asset of what is received, sent and paid."""

    def pairs(row: Row) -> Pairs:
        for sign, amount, asset in zip((1, -1, -1), names[::2], names[1::2], strict=False):
            yield row[asset].split(";")[0].upper(), sign * abs(number(row[amount]))

    return pairs


def bitstamp(row: Row) -> Pairs:
    amount, asset = row["Amount"].split()
    incoming = row["Type"] == "Deposit" or row["Sub Type"] == "Buy"
    yield asset, number(amount) * (1 if incoming else -1)
    for column, sign in (("Value", -1 if incoming else 1), ("Fee", -1)):
        if row[column]:
            amount, asset = row[column].split()
            yield asset, sign * number(amount)


def bitstamp_v2(row: Row) -> Pairs:
    incoming = row["Type"] == "Deposit" or row["Subtype"] == "Buy"
    sign = 1 if incoming else -1
    yield row["Amount currency"], sign * number(row["Amount"])
    yield row["Value currency"], -sign * number(row["Value"])
    yield row["Fee currency"], -number(row["Fee"])


def bitmex(row: Row) -> Pairs:
    """In satoshi; by its balances what is withdrawn is with its fee."""
    yield "BTC", number(row["amount"]) / 10**8


def bybit(row: Row) -> Pairs:
    yield row["Currency"], number(row["Change"])


def coinledger(row: Row) -> Pairs:
    yield row["Asset"], number(row["Amount"])


def coinbase_pro(row: Row) -> Pairs:
    yield row["Amount/balance unit"], number(row["Amount"])


def coinbase_pro_fills(row: Row) -> Pairs:
    sign = 1 if row["side"] == "BUY" else -1
    yield row["size unit"], sign * number(row["size"])
    yield row["price/fee/total unit"], number(row["total"])


def cryptocom_app(row: Row) -> Pairs:
    """What is bought by card is paid in the native currency."""
    if row["Transaction Kind"] == "crypto_purchase":
        yield row["Native Currency"], -number(row["Native Amount"])
    yield row["Currency"], number(row["Amount"])
    yield row["To Currency"], number(row["To Amount"])


def cryptocom_exchange(row: Row) -> Pairs:
    base, quote = row["symbol"].split("_")
    sign = 1 if row["side"] == "BUY" else -1
    yield base, sign * number(row["traded_quantity"])
    yield quote, -sign * number(row["traded_quantity"]) * number(row["traded_price"])
    yield row["fee_currency"], -number(row["fee"])


def electrum(row: Row) -> Pairs:
    if row["confirmations"] != "0":
        yield "BTC", number(row["amount_chain_bc"]) + number(row["amount_lightning_bc"])


def exodus(row: Row) -> Pairs:
    for amount, asset in (("OUT", "OUT"), ("FEE", "FEE"), ("IN", "IN")):
        symbol = row[f"{asset}CURRENCY"].strip()
        yield {"USDTTRX": "USDT"}.get(symbol, symbol), number(row[f"{amount}AMOUNT"])


def gate_io(row: Row) -> Pairs:
    yield row["type"], number(row["change_amount"])


def gemini(row: Row) -> Pairs:
    for asset in ("USD", "BTC"):
        if row["Date"]:
            fee = number(row[f"Fee ({asset}) {asset}"])
            yield asset, number(row[f"{asset} Amount {asset}"]) + fee


def kraken_trades(row: Row) -> Pairs:
    base, quote = {"XXBTZEUR": ("BTC", "EUR"), "XBTUSDC": ("BTC", "USDC")}[row["pair"]]
    sign = 1 if row["type"] == "buy" else -1
    yield base, sign * number(row["vol"])
    yield quote, -sign * number(row["cost"]) - number(row["fee"])


def koinly_simple(row: Row) -> Pairs:
    yield row["Currency"], number(row["Amount"])


def ledger_live(row: Row) -> Pairs:
    """What goes out is with its fee; what fails or is bonded costs the fee; pending is nothing."""
    fee, amount = number(row["Operation Fees"]), number(row["Operation Amount"])
    if row["Status"] == "Failed" or row["Operation Type"] == "BOND":
        yield row["Currency Ticker"], -fee
    elif row["Status"] != "Pending":
        yield row["Currency Ticker"], amount if row["Operation Type"] == "IN" else -amount


def nexo(row: Row) -> Pairs:
    """Euros become EURX where they arrive; a term deposit stays; what is pending has not come."""
    kind, pending = row["Type"], row["Details"].startswith("pending")
    if kind == "Interest":
        yield row["Output Currency"], number(row["Output Amount"])
    elif kind == "Exchange" and not pending:
        yield row["Input Currency"], number(row["Input Amount"])
        yield row["Output Currency"], number(row["Output Amount"])
    elif kind == "Exchange Deposited On":
        yield row["Input Currency"], -number(row["Input Amount"])
        yield row["Output Currency"], number(row["Output Amount"])
    elif kind == "Deposit To Exchange":
        yield row["Input Currency"], number(row["Input Amount"])


def poloniex(row: Row) -> Pairs:
    base, quote = row["Market"].split("/")
    yield base, number(row["Quote Total Less Fee"])
    yield quote, number(row["Base Total Less Fee"])


def shapeshift(row: Row) -> Pairs:
    yield row["inputCurrency"], -number(row["inputAmount"])
    yield row["outputCurrency"], number(row["outputAmount"])


def sparrow(row: Row) -> Pairs:
    if not row["Date (UTC)"].startswith(("Unconfirmed", "#")):
        yield "BTC", number(row["Value"]) / 10**8


def trezor_suite(row: Row) -> Pairs:
    failed = row["Type"] in ("FAILED", "SELF")
    sign = {"RECV": 1, "SENT": -1}.get(row["Type"], 0)
    yield row["Amount unit"] or "BTC", 0 if failed else sign * number(row["Amount"])
    yield row["Fee unit"] or "BTC", -number(row["Fee"])


def blockfi(row: Row) -> Pairs:
    """Trades have a file of their own."""
    if row["Transaction Type"] != "Trade":
        yield row["Cryptocurrency"], number(row["Amount"])


def revolut(row: Row) -> Pairs:
    sign = -1 if row["Type"].startswith("Sell") else 1
    yield row["Symbol"], sign * number(row["Quantity"])
    if row["Value"]:
        yield row["Value"].split()[1], -sign * number(row["Value"]) - number(row["Fees"])


SENT = ("Sent Amount", "Sent Currency", "Fee Amount", "Fee Currency")
OUTGOING = ("Outgoing Amount", "Outgoing Asset", "Fee Amount", "Fee Asset")
TO = ("To Amount", "To Currency", "From Amount", "From Currency", "Fee Amount", "Fee Currency")
COINLEDGER = (
    *("Amount Received", "Asset Received", "Amount Sent", "Asset Sent"),
    *("Fee Amount (Optional)", "Fee Currency (Optional)"),
)
ACCOINTING = (
    *("inBuyAmount", "inBuyAsset", "outSellAmount", "outSellAsset"),
    *("feeAmount (optional)", "feeAsset (optional)"),
)
FILES: dict[str, Callable[[Row], Pairs]] = {
    "accointing": sides(*ACCOINTING),
    "bitmex_wallet": bitmex,
    "bitstamp": bitstamp,
    "bitstamp_v2": bitstamp_v2,
    "blockfi": blockfi,
    "blockfi_trades": sides("Buy Quantity", "Buy Currency", "Sold Quantity", "Sold Currency"),
    "blockpit": sides("Incoming Amount", "Incoming Asset", *OUTGOING),
    "bybit_unified": bybit,
    "coinbase_pro": coinbase_pro,
    "coinbase_pro_fills": coinbase_pro_fills,
    "coinledger": sides(*COINLEDGER),
    "coinledger_export": coinledger,
    "cointracker": sides(
        "Received Quantity", "Received Currency", "Sent Quantity", "Sent Currency", *SENT[2:]
    ),
    "cryptocom_app": cryptocom_app,
    "cryptocom_exchange_trades": cryptocom_exchange,
    "electrum": electrum,
    "exodus": exodus,
    "gate_io": gate_io,
    "gemini": gemini,
    "koinly": sides("Received Amount", "Received Currency", *SENT),
    "koinly_export": sides(*TO),
    "koinly_report": sides("Received Amount", "Received Currency", *SENT),
    "koinly_simple": koinly_simple,
    "kraken_trades": kraken_trades,
    "ledger_live": ledger_live,
    "nexo": nexo,
    "poloniex_trades": poloniex,
    "revolut_crypto": revolut,
    "shapeshift": shapeshift,
    "sparrow": sparrow,
    "trezor_suite": trezor_suite,
}
# What stands above their header.
ABOVE = {"bybit_unified": 1, "koinly_report": 2}
# Lines that their own source has deleted.
LEFT_OUT = {"koinly_export": ("Deleted", "true")}


@pytest.mark.parametrize("name", FILES)
def test_each_asset_gains_what_the_cells_say(name):
    text = fixture(f"{name}.csv").decode("utf-8-sig")
    lines = text.splitlines()[ABOVE.get(name, 0) :]
    column, value = LEFT_OUT.get(name, ("", None))
    rows = [row for row in csv.DictReader(lines) if row.get(column) != value or value is None]

    expected = added(pair for row in rows for pair in FILES[name](row))
    assert gained(built_of(text)) == expected != {}
