"""Kraken ledgers, all header generations. One line is one leg; the refid joins the legs.

The amount is without the fee, which Kraken takes from the balance in addition. A deposit or a
withdrawal that failed comes back as a line with both signs turned round. Assets that are
staked, bonded or set aside (ADA.S, DOT28.S, USDC.M, ETH.F) are the same asset in another place:
the suffix is dropped, and what moves them is a transfer.

For many earn lines Kraken writes "Unknown" for a refid and no subtype. What is set aside or taken
back is then known by its other half: the opposite amount of the same asset in the same second.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import Format, States
from formats.parsing.records import AssetRef, BuiltTransaction, Entry, Part, Row, SkipRow, Value
from formats.parsing.tables import Cells
from formats.parsing.values import plain, plus

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
PLACES = r"\.(?:S|M|F|B|P|HOLD)"
IN_ANOTHER_PLACE = re.compile(rf"(.+?)(?:\d\d)?{PLACES}")

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
    **dict.fromkeys(("settled", "margin", "adjustment"), "other"),
}
# What may move an asset to another place of the same account.
INTERNAL = {"earn", "staking", "transfer"}


@dataclass(slots=True)
class Leg:
    occurred_at: datetime
    type: str
    amount: Decimal
    asset: AssetRef
    fee: Part | None
    value: Value | None
    reference: str = ""
    pair: str = ""


class KrakenLedgers(Format[Leg]):
    name = "kraken_ledgers"
    title = gettext_lazy("Kraken ledgers")
    family = "kraken_ledgers"
    site = "Kraken"
    how = gettext_lazy("History → Export. Choose “Ledgers”, all fields and the whole time.")
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
        "place": r"wallet",
    }
    states = States("asset", "balance", "place", "spot / main")

    @classmethod
    def codes(cls, symbol: str) -> str:
        names = [symbol, *(code for code, meant in CODES.items() if meant == symbol)]
        return rf"({'|'.join(map(re.escape, names))})((\d\d)?{PLACES})?"

    def read(self, cells: Cells) -> Row[Leg]:
        if not cells.text("id"):
            raise SkipRow(_("pending: Kraken has not entered it in the ledger (no txid)"))
        reference, leg = self.reference(cells.required("reference")), self._leg(cells)
        leg.reference = reference
        return Row((cells.text("id"),), leg, unit=reference or leg.pair)

    def _leg(self, cells: Cells) -> Leg:
        asset = asset_of(cells.required("asset"))
        fee_asset = asset_of(cells.text("fee_asset")) if cells.text("fee_asset") else asset
        amount = cells.required_amount("amount")
        fee = self._fee(cells, amount if fee_asset == asset else Decimal(0))
        if asset.symbol == "KFEE" and amount < 0 and not fee:
            amount, fee = Decimal(0), amount.copy_abs()
        usd = cells.amount("value")
        kind, subtype = cells.required("type").lower(), cells.text("subtype").lower()
        if kind not in TYPES and kind != "earn":
            cells.unknown_type("type")
        leg = Leg(
            cells.time("time", UTC),
            type_of(kind, subtype, amount < 0),
            amount,
            asset,
            Part(fee, fee_asset) if fee else None,
            Value(usd.copy_abs(), "USD") if usd is not None else None,
        )
        if kind in INTERNAL and subtype != "reward":
            leg.pair = pair_of(leg)
        return leg

    def _fee(self, cells: Cells, amount: Decimal) -> Decimal | None:
        """With a minus where it comes back, which it does where a deposit goes out again, or a
        withdrawal comes in."""
        back = {"deposit": amount < 0, "withdrawal": amount > 0}.get(cells.text("type").lower())
        fee = cells.amount("fee") if back else None
        return fee if fee and plus(amount.copy_abs(), fee) >= 0 else cells.fee("fee")

    def build(self, rows: list[Row[Leg]]) -> list[BuiltTransaction]:
        """One refid is one transaction, unless several legs go the same way: then each leg is one,
        or each pair of halves, because which of them belong together would be a guess. It is none
        where one asset went out and another came in, as if paid from several places."""
        legs = [row.value for row in rows]
        out, into = sides(legs)
        one_way = max(len(out), len(into)) > 1 and not is_one_trade(out, into)
        if one_way or not legs[0].reference:
            return [built for some in pairs(rows) for built in self._transaction(some)]
        return self._transaction(rows)

    def _transaction(self, rows: list[Row[Leg]]) -> list[BuiltTransaction]:
        legs = [row.value for row in rows]
        first = min(leg.occurred_at for leg in legs)
        entry = Entry(first, legs[0].type, group=legs[0].reference)
        for leg in legs:
            if leg.amount < 0:
                entry.sent = added(entry.sent, leg)
            elif leg.amount > 0:
                entry.received = added(entry.received, leg)
        entry.value = worth(legs)
        fees = give_back(entry, fees_of(legs))
        entry.fee = fees[0] if fees else None
        settle(entry, legs[0])
        return [
            BuiltTransaction(entry, [*rows]),
            *(self._second_fee(entry, fee) for fee in fees[1:]),
        ]

    def _second_fee(self, entry: Entry, fee: Part) -> BuiltTransaction:
        return BuiltTransaction(Entry(entry.occurred_at, "fee", fee=fee, group=entry.group), [])


def pair_of(leg: Leg) -> str:
    """The same text for both halves of an internal transfer."""
    amount = plain(leg.amount.copy_abs())
    return f"{leg.occurred_at:%Y-%m-%d %H:%M:%S} {amount} {leg.asset.symbol}"


def pairs(rows: list[Row[Leg]]) -> list[list[Row[Leg]]]:
    """What went out with what came in; what has no other half stands by itself."""
    waiting: dict[tuple[str, bool], list[list[Row[Leg]]]] = defaultdict(list)
    found: list[list[Row[Leg]]] = []
    for row in rows:
        pair, out = row.value.pair, row.value.amount < 0
        if pair and (halves := waiting[pair, not out]):
            halves.pop(0).append(row)
        else:
            found.append([row])
            waiting[pair, out].append(found[-1])
    return found


def sides(legs: list[Leg]) -> tuple[list[Leg], list[Leg]]:
    """What went out, and what came in."""
    return [leg for leg in legs if leg.amount < 0], [leg for leg in legs if leg.amount > 0]


def is_one_trade(out: list[Leg], into: list[Leg]) -> bool:
    given, got = ({leg.asset for leg in side} for side in (out, into))
    return len(given) == len(got) == 1 and given != got


def added(part: Part | None, leg: Leg) -> Part:
    return changed(part or Part(Decimal(0), leg.asset), leg.amount.copy_abs())


def worth(legs: list[Leg]) -> Value | None:
    """A side is worth what the other is; several legs of one are worth more than each."""
    several = [side for side in sides(legs) if side]
    alone = [side[0] for side in several if len(side) == 1] if several else legs
    return next((leg.value for leg in alone if leg.value), None)


def settle(entry: Entry, leg: Leg) -> None:
    """The type that fits the parts, now that all of them are known."""
    if entry.sent and entry.received:
        entry.type = "transfer" if entry.sent.asset == entry.received.asset else "trade"
    elif entry.fee and not entry.sent and not entry.received:
        entry.type = "fee"
    elif not entry.sent and not entry.received:
        entry.received = Part(Decimal(0), leg.asset)


def give_back(entry: Entry, fees: list[Part]) -> list[Part]:
    """What was paid. A fee that came back is in what was received, or else was not sent."""
    for fee in fees:
        if fee.amount < 0 and entry.received:
            entry.received = changed(entry.received, fee.amount.copy_abs())
        elif fee.amount < 0 and entry.sent:
            entry.sent = changed(entry.sent, fee.amount)
    return [fee for fee in fees if fee.amount > 0]


def changed(part: Part, by: Decimal) -> Part:
    return part._replace(amount=plus(part.amount, by))


def fees_of(legs: list[Leg]) -> list[Part]:
    """One part per asset, in the order of the lines; with a minus, what came back."""
    sums: dict[AssetRef, Decimal] = {}
    for leg in legs:
        if leg.fee:
            sums[leg.fee.asset] = plus(sums.get(leg.fee.asset, Decimal(0)), leg.fee.amount)
    return [Part(amount, asset) for asset, amount in sums.items()]


def asset_of(code: str) -> AssetRef:
    match = IN_ANOTHER_PLACE.fullmatch(code)
    code = match.group(1) if match else code
    return AssetRef(CODES.get(code, code))


def type_of(kind: str, subtype: str, out: bool = False) -> str:
    """A reward does not go out: what does, and has no subtype to say why, is set aside."""
    if kind == "earn":
        return "reward" if subtype == "reward" or not (subtype or out) else "transfer"
    return TYPES.get(kind, "other")
