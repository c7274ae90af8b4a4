"""Coinbase transactions, all header generations.

The quantity is unsigned in older files and signed in newer ones. What a conversion gave, and where
coins went to in older files, stands in the English notes only. Fees are taken from cash where the
row moves cash; elsewhere they are part of the price.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import counterparty
from formats.parsing.records import AssetRef, Entry, Part, Row, Value
from formats.parsing.tables import CURRENCY, LONGEST, Cells
from formats.parsing.values import BadValue, grouped, parse_decimal, plain, plus, shown

# Transaction type → our type, and whether an unsigned quantity came in (+1) or went out (−1).
TYPES = {
    "receive": ("deposit", 1),
    "deposit": ("deposit", 1),
    "pro withdrawal": ("transfer", 1),
    "exchange withdrawal": ("transfer", 1),
    "retail unstaking transfer": ("transfer", 1),
    "send": ("withdrawal", -1),
    "withdrawal": ("withdrawal", -1),
    "pro deposit": ("transfer", -1),
    "exchange deposit": ("transfer", -1),
    "retail staking transfer": ("transfer", -1),
    "order": ("payment", -1),
    "coinbase earn": ("reward", 1),
    "learning reward": ("reward", 1),
    "reward income": ("reward", 1),
    "rewards income": ("reward", 1),
    "staking income": ("reward", 1),
    "inflation reward": ("reward", 1),
    "incentives rewards payout": ("reward", 1),
    "subscription rebate": ("reward", 1),
    "airdrop": ("airdrop", 1),
}
BUYS = {"buy", "advanced trade buy", "advance trade buy"}
ALWAYS_OUT = {"send", "withdrawal", "order"}
SELLS = {"sell", "advanced trade sell", "advance trade sell"}
KNOWN = {*TYPES, *BUYS, *SELLS, "convert"}

US_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
CONVERTED = re.compile(rf"Converted ([\d.,]+) (\S+) to ([\d.,]+) (\S{{1,{LONGEST}}})(?!\S)")
TRADED = re.compile(rf".* for (?:[^\d\s.,]+ ?)?([\d.,]+) (\S{{1,{LONGEST}}}) on \S+-\2\b.*")
OTHER_SIDE = re.compile(r"(?:Sent|Received) [\d.,]+ \S+ (?:to|from) (\S+)")


@dataclass(slots=True)
class Cash:
    """What was paid or earned without the fee, and the fee."""

    amount: Decimal
    fee: Decimal
    currency: str


class Coinbase(LineFormat):
    name = "coinbase"
    title = gettext_lazy("Coinbase transactions")
    family = "coinbase"
    site = "Coinbase"
    how = gettext_lazy(
        "Profile → Statements → Generate a custom statement."
        " Take all transactions, and CSV as the format."
    )
    required = {
        "time": r"timestamp",
        "type": r"transaction type",
        "asset": r"asset",
        "quantity": r"quantity transacted",
        "price": r"(?:([a-z]{3}) spot )?(?:spot )?price at transaction",
        "subtotal": r"(?:[a-z]{3} )?subtotal",
        "total": r"(?:[a-z]{3} )?total \(inclusive of fees.*\)",
    }
    optional = {
        "id": r"id",
        "currency": r"(?:spot )?price currency",
        "fee": r"(?:[a-z]{3} )?fees(?: and/or spread)?",
        "notes": r"notes",
        "sender": r"sender address",
        "recipient": r"recipient address",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        kind = cells.required("type").lower()
        quantity, asset = cells.required_amount("quantity"), AssetRef(cells.required("asset"))
        entry = Entry(self._time(cells, self.options.zone), "trade", note=cells.note("notes"))
        entry.value = self._value(cells)
        self._told(cells, kind, quantity)
        part = Part(quantity.copy_abs(), asset)
        if kind in BUYS or kind in SELLS:
            self._bought_or_sold(cells, entry, part, kind in BUYS)
        elif kind == "convert":
            entry.sent, entry.received = part, self._converted_to(cells, part)
            self._no_fee(cells)
        else:
            self._no_fee(cells)
            self._one_sided(cells, entry, part, self._direction(cells, quantity))
        # Ids are in the newest files only and not always unique; the rest may be rounded anew.
        time = self._time(cells, UTC).isoformat()
        return Row((time, kind, asset.symbol, plain(part.amount)), entry)

    def _told(self, cells: Cells, kind: str, quantity: Decimal) -> None:
        """What is taken otherwise than this line says."""
        if US_DATE.fullmatch(cells.text("time")):
            reason = _("there is no time of day, so the beginning of the day is taken")
            cells.remark(
                "time", f"{self._time(cells, self.options.zone):%Y-%m-%d %H:%M} UTC", reason
            )
        signed = "id" in self.columns.index
        if (kind in BUYS and quantity < 0) or (signed and kind in ALWAYS_OUT and quantity > 0):
            reason = _("the sign is not that of such a line")
            cells.remark("quantity", plain(quantity.copy_negate()), reason)
        if kind not in KNOWN:
            cells.unknown_type("type")

    def _fee(self, cells: Cells) -> Decimal:
        fee = cells.money("fee", self._currency(cells))
        if fee is None and "fee" in self.columns.index:
            cells.remark("fee", "0", _("no fee is told, so none is taken"))
        if fee is not None and fee < 0:
            cells.remark("fee", plain(fee.copy_abs()), _("a fee has no sign"))
        return (fee or Decimal(0)).copy_abs()

    def _no_fee(self, cells: Cells) -> Decimal:
        """Where the row moves no cash of its currency a fee is part of the price."""
        if cells.money("fee"):
            cells.remark("fee", "", _("it is part of the price where the row moves no cash"))
        return Decimal(0)

    def _time(self, cells: Cells, zone: tzinfo) -> datetime:
        date = US_DATE.fullmatch(cells.text("time"))
        return cells.time("time", zone, f"{date[3]}-{date[1]}-{date[2]} 00:00" if date else "")

    def _currency(self, cells: Cells) -> str:
        return self.columns.part("price").upper() or cells.text("currency", CURRENCY)

    def _value(self, cells: Cells) -> Value | None:
        currency = self._currency(cells)
        amount = cells.money("subtotal", currency) or cells.money("total", currency)
        return Value(amount.copy_abs(), currency) if amount and currency else None

    def _bought_or_sold(self, cells: Cells, entry: Entry, part: Part, bought: bool) -> None:
        cash = self._cash(cells, bought)
        money = Part(cash.amount, AssetRef(cash.currency))
        entry.sent, entry.received = (money, part) if bought else (part, money)
        entry.fee = Part(cash.fee, money.asset) if cash.fee else None

    def _cash(self, cells: Cells, bought: bool) -> Cash:
        currency = self._currency(cells) or cells.required("currency")
        traded = TRADED.fullmatch(cells.note("notes"))
        if traded and traded[2] != currency:
            return Cash(self._from_notes(cells, traded[1]), self._no_fee(cells), traded[2])
        total, fee = self._total(cells).copy_abs(), self._fee(cells)
        amount = plus(total, fee.copy_negate() if bought else fee)
        if amount < 0:
            raise cells.bad("fee", _("the fee is larger than the total"))
        return Cash(amount, fee, currency)

    def _total(self, cells: Cells) -> Decimal:
        total = cells.money("total", self._currency(cells))
        if total is None:
            raise cells.bad("total", _("the cell is empty"))
        return total

    def _converted_to(self, cells: Cells, part: Part) -> Part:
        match = CONVERTED.match(cells.note("notes"))
        if not match or match[2] != part.asset.symbol:
            message = _(
                "“%s” does not say what was received for %s; write “Converted 1 BTC to 20 ETH”"
            )
            raise cells.bad("notes", message % (shown(cells.note("notes")), part.asset.symbol))
        return Part(self._from_notes(cells, match[3]), AssetRef(match[4]))

    def _from_notes(self, cells: Cells, text: str) -> Decimal:
        try:
            amount = parse_decimal(text)
        except BadValue as error:
            raise cells.bad("notes", str(error)) from None
        if amount is not None and "," in text:
            cells.remark("notes", plain(amount), grouped(), written=text)
        return amount or Decimal(0)

    def _direction(self, cells: Cells, quantity: Decimal) -> int:
        kind = cells.text("type").lower()
        if quantity < 0 or kind in ALWAYS_OUT:
            return -1
        if "id" in self.columns.index:  # the generations with ids have signs
            return 1
        if kind in TYPES:
            return TYPES[kind][1]
        message = _("“%s” is not known, and the quantity has no sign to tell in from out")
        raise cells.bad("type", message % shown(cells.text("type")))

    def _one_sided(self, cells: Cells, entry: Entry, part: Part, direction: int) -> None:
        entry.type = TYPES.get(cells.text("type").lower(), ("other", 0))[0]
        match = OTHER_SIDE.match(cells.note("notes"))
        if direction > 0:
            entry.received = part
            entry.counterparty = counterparty(cells, "sender", self.reference)
        else:
            entry.sent = part
            entry.counterparty = counterparty(cells, "recipient", self.reference)
        if match and not entry.counterparty:
            entry.counterparty = match[1]
