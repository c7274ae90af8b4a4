"""Nexo transactions, three generations: one currency per line, then input and output, then a fee.

What is one-sided has the same currency and amount on both sides. Money comes in and goes out in two
steps: EUR arrives and becomes EURX, EURX becomes EUR and leaves. What is of the credit line, and of
the card that it pays, moves none of the coins that somebody holds: it has lines of its own for
those that do.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import fee_part, one_sided, only_done
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow, Value
from formats.parsing.tables import Cells
from formats.parsing.values import EMPTY, BadValue, parse_decimal, plain, shown

# Without the spaces that the older files do not have.
ONE_SIDED = {
    **dict.fromkeys(("deposit", "topupcrypto", "deposittoexchange"), "deposit"),
    **dict.fromkeys(("interest", "fixedterminterest", "interestadditional"), "reward"),
    **dict.fromkeys(("bonus", "dividend", "cashback", "exchangecashback"), "reward"),
    "referralbonus": "reward",
    **dict.fromkeys(("transfertoprowallet", "transferfromprowallet"), "transfer"),
    **dict.fromkeys(("transfertoadvanced", "transferfromadvanced"), "transfer"),
    **dict.fromkeys(("nexocardrefund", "depositoverrepayment", "assimilation"), "other"),
}
OUT = {
    **dict.fromkeys(("withdrawal", "withdrawexchanged"), "withdrawal"),
    **dict.fromkeys(("liquidation", "exchangeliquidation", "manualsellorder"), "payment"),
    "withdrawalfee": "fee",
}
TRADES = {"exchange", "exchangebooster", "exchangecollateral"}
# Between money and Nexo's own unit of it, one for one.
CONVERSIONS = {
    *("exchangedepositedon", "exchangetowithdraw"),
    "creditcardfiatxexchangetowithdraw",
}
WITHIN = {"lockingtermdeposit", "unlockingtermdeposit", "transferin", "transferout"}
CREDIT = {
    *("creditcardstatus", "nexocardpurchase", "nexocardtransactionfee"),
    *("nexocardcashbackreversal", "creditcardwithdrawalcredit", "exchangecredit"),
    *("repayment", "manualrepayment", "loanwithdrawal", "withdrawalcredit"),
    *("interestdiscount", "administrator"),
}
CREDIT_UNITS = {"USD", "xUSD"}

NAMES = {
    "BNBN": "BNB",
    **dict.fromkeys(("NEXONEXO", "NEXOBNB", "NEXOBEP2"), "NEXO"),
    "USDTERC": "USDT",
}
BOTH = re.compile(r"-([0-9.]+) / \+([0-9.]+)")
HASH = re.compile(r"[0-9A-Za-z]{40,}")


@dataclass(slots=True)
class Line:
    occurred_at: datetime
    kind: str
    given: Part  # with its sign
    got: Part | None


class Nexo(LineFormat):
    name = "nexo"
    title = gettext_lazy("Nexo transactions")
    family = "nexo"
    site = "Nexo"
    how = gettext_lazy("Transactions → Export. Choose the whole time, and CSV as the format.")
    required = {
        "id": r"transaction",
        "type": r"type",
        "asset": r"(?:input )?currency",
        "amount": r"(?:input )?amount",
        "details": r"details",
        "time": r"date / time(?: \((utc)\))?",
    }
    optional = {
        "got_asset": r"output currency",
        "got": r"output amount",
        "value": r"usd equivalent",
        "fee": r"fee",
        "fee_asset": r"fee currency",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        state, _slash, words = (part.strip() for part in cells.note("details").partition("/"))
        only_done(cells, "details", {"approved", "processed"}, state)
        line = self._line(cells)
        entry = self._entry(cells, line)
        if entry.type == "deposit" and "airdrop" in words.lower():
            entry.type = "airdrop"
        if HASH.fullmatch(words):
            entry.tx_hash = entry.group = words
        else:
            entry.note = words
        value, fee = cells.money("value", "USD"), cells.unsigned("fee")
        entry.value = Value(value.copy_abs(), "USD") if value else None
        entry.fee = entry.fee or fee_part(cells, fee)
        return Row((cells.required("id"), line.kind), entry)

    def _line(self, cells: Cells) -> Line:
        kind = cells.required("type").replace(" ", "").lower()
        time = cells.time("time", self.zone("time"))
        if kind == "exchange" and "got" not in self.columns.index:
            return Line(time, kind, *both(cells))
        return Line(time, kind, self._given(cells), self._got(cells))

    def _given(self, cells: Cells) -> Part:
        return Part(cells.required_amount("amount"), asset_of(cells.required("asset")))

    def _got(self, cells: Cells) -> Part | None:
        symbol, amount = cells.text("got_asset"), cells.amount("got")
        return Part(amount, asset_of(symbol)) if amount and symbol not in EMPTY else None

    def _entry(self, cells: Cells, line: Line) -> Entry:
        kind, given = line.kind, Part(line.given.amount.copy_abs(), line.given.asset)
        if kind in CREDIT or (kind == "interest" and is_debt(line.given)):
            raise SkipRow(_("of the credit line or its card: it moved none of your coins"))
        if kind in TRADES or kind in CONVERSIONS:
            return Entry(line.occurred_at, "trade", given, self._received(cells, line))
        if kind in WITHIN:
            return Entry(line.occurred_at, "transfer", given, given)
        if kind == "withdrawalfee":
            return Entry(line.occurred_at, "fee", fee=given)
        if kind in OUT:
            return Entry(line.occurred_at, OUT[kind], given)
        if kind not in ONE_SIDED:
            cells.unknown_type("type")
        change = line.given if line.given.amount or not line.got else line.got
        found = ONE_SIDED.get(kind, "other")
        return one_sided(line.occurred_at, found, change.amount, change.asset.symbol)

    def _received(self, cells: Cells, line: Line) -> Part | None:
        if line.got:
            return Part(line.got.amount.copy_abs(), line.got.asset)
        symbol = cells.text("got_asset")
        if line.kind in TRADES:
            raise cells.bad("got", _("the cell is empty"))
        if symbol in EMPTY:
            cells.remark("type", "", _("what it was changed for is not told"))
            return None
        amount = line.given.amount.copy_abs()
        cells.remark("got", plain(amount), _("money becomes Nexo's own unit of it one for one"))
        return Part(amount, asset_of(symbol))


def asset_of(symbol: str) -> AssetRef:
    return AssetRef(NAMES.get(symbol, symbol))


def is_debt(change: Part) -> bool:
    """Interest that a loan costs is added to the loan."""
    return change.amount < 0 and change.asset.symbol in CREDIT_UNITS


def both(cells: Cells) -> tuple[Part, Part]:
    """An exchange of the first generation: `BTC/USDC` and `-1 / +20000`."""
    amounts, assets = BOTH.fullmatch(cells.required("amount")), cells.market("asset")
    if not amounts:
        message = _("“%s” is not what was given and what was received, such as -1 / +20000")
        raise cells.bad("amount", message % shown(cells.text("amount")))
    try:
        given, got = (parse_decimal(amount) or Decimal(0) for amount in amounts.groups())
    except BadValue as error:
        raise cells.bad("amount", str(error)) from None
    return Part(given, asset_of(assets[0])), Part(got, asset_of(assets[1]))
