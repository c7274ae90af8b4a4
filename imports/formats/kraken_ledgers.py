"""Kraken ledgers, all header generations. One line is one leg; the refid joins the legs.

The amount is without the fee, which Kraken takes from the balance in addition. Assets that are
staked, bonded or set aside (ADA.S, DOT28.S, USDC.M, ETH.F) are the same asset in another place:
the suffix is dropped, and what moves them is a transfer.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from imports.formats.base import Format
from imports.parsing.records import AssetRef, Built, Entry, Part, Row, SkipRow, Value
from imports.parsing.tables import Cells
from imports.parsing.values import plus

# Kraken's oldest codes begin with X (coins) or Z (currencies); newer ones are the plain symbol.
CODES = {
    "XBT": "BTC",
    "XXBT": "BTC",
    "XDG": "DOGE",
    "XXDG": "DOGE",
    **{f"X{code}": code for code in ("ETC", "ETH", "ICN", "LTC", "MLN", "REP", "ZEC")},
    **{f"X{code}": code for code in ("NMC", "XLM", "XMR", "XRP", "XVN")},
    **{f"Z{code}": code for code in ("AUD", "CAD", "EUR", "GBP", "JPY", "KRW", "USD")},
}
IN_ANOTHER_PLACE = re.compile(r"(.+?)(?:\d\d)?\.(?:S|M|F|B|P|HOLD)")

TYPES = {
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "trade": "trade",
    "spend": "trade",
    "receive": "trade",
    "sale": "trade",
    "conversion": "trade",
    "staking": "reward",
    "dividend": "reward",
    "reward": "reward",
    "invite bonus": "reward",
    "credit": "reward",
    "airdrop": "airdrop",
    "transfer": "transfer",
    "rollover": "fee",
}


@dataclass(slots=True)
class Leg:
    occurred_at: datetime
    type: str
    amount: Decimal
    asset: AssetRef
    fee: Part | None
    value: Value | None


class KrakenLedgers(Format[Leg]):
    name = "kraken_ledgers"
    title = "Kraken ledgers"
    family = "kraken_ledgers"
    required = {
        "id": r"txid",
        "reference": r"refid",
        "time": r"time",
        "type": r"type",
        "asset": r"asset",
        "amount": r"amount",
        "fee": r"fee",
    }
    optional = {
        "subtype": r"subtype",
        "value": r"amount(usd)",
        "fee_asset": r"feecurrency",
        "balance": r"balance",
    }

    def read(self, cells: Cells) -> Row[Leg]:
        if not cells.text("id"):
            raise SkipRow(_("pending: Kraken has not entered it in the ledger (no txid)"))
        reference = cells.required("reference")
        return Row((cells.text("id"),), self._leg(cells), unit=reference)

    def _leg(self, cells: Cells) -> Leg:
        asset = asset_of(cells.required("asset"))
        amount, fee = cells.required_amount("amount"), cells.unsigned("fee")
        if asset.symbol == "KFEE" and not fee:
            amount, fee = Decimal(0), amount.copy_abs()
        fee_asset = asset_of(cells.text("fee_asset")) if cells.text("fee_asset") else asset
        usd = cells.amount("value")
        return Leg(
            cells.time("time", UTC),
            type_of(cells.required("type").lower(), cells.text("subtype").lower()),
            amount,
            asset,
            Part(fee, fee_asset) if fee else None,
            Value(usd.copy_abs(), "USD") if usd is not None else None,
        )

    def build(self, rows: list[Row[Leg]]) -> list[Built]:
        """One refid is one transaction, unless several legs go the same way: then each leg is one,
        because which of them belong together would be a guess."""
        legs = [row.value for row in rows]
        if sum(leg.amount < 0 for leg in legs) > 1 or sum(leg.amount > 0 for leg in legs) > 1:
            return [built for row in rows for built in self._transaction([row])]
        return self._transaction(rows)

    def _transaction(self, rows: list[Row[Leg]]) -> list[Built]:
        legs = [row.value for row in rows]
        entry = Entry(legs[0].occurred_at, legs[0].type, group=rows[0].unit)
        for leg in legs:
            if leg.amount < 0:
                entry.sent = Part(leg.amount.copy_abs(), leg.asset)
            elif leg.amount > 0:
                entry.received = Part(leg.amount, leg.asset)
            entry.value = entry.value or leg.value
        fees = fees_of(legs)
        entry.fee = fees[0] if fees else None
        settle(entry, legs[0])
        return [Built(entry, [*rows]), *(self._second_fee(entry, fee) for fee in fees[1:])]

    def _second_fee(self, entry: Entry, fee: Part) -> Built:
        return Built(Entry(entry.occurred_at, "fee", fee=fee, group=entry.group), [])


def settle(entry: Entry, leg: Leg) -> None:
    """The type that fits the parts, now that all of them are known."""
    if entry.sent and entry.received:
        entry.type = "transfer" if entry.sent.asset == entry.received.asset else "trade"
    elif entry.fee and not entry.sent and not entry.received:
        entry.type = "fee"
    elif not entry.sent and not entry.received:
        entry.received = Part(Decimal(0), leg.asset)


def fees_of(legs: list[Leg]) -> list[Part]:
    """One part per asset, in the order of the lines."""
    sums: dict[AssetRef, Decimal] = {}
    for leg in legs:
        if leg.fee:
            sums[leg.fee.asset] = plus(sums.get(leg.fee.asset, Decimal(0)), leg.fee.amount)
    return [Part(amount, asset) for asset, amount in sums.items()]


def asset_of(code: str) -> AssetRef:
    match = IN_ANOTHER_PLACE.fullmatch(code)
    code = match.group(1) if match else code
    return AssetRef(CODES.get(code, code))


def type_of(kind: str, subtype: str) -> str:
    if kind == "earn":
        return "reward" if subtype in ("reward", "") else "transfer"
    return TYPES.get(kind, "other")
