"""Exodus: all transactions, with columns for what went out, what came in and the fee; before that,
one column with the coin. What is swapped or moved between portfolios are two lines of one order or
one transaction.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import Format
from formats.parsing.records import AssetRef, BadRow, BuiltTransaction, Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import rewritten_time
from formats.readers.wallet_programs import side

SOURCE = "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/exodus.py"
TYPES = {"deposit": "deposit", "withdrawal": "withdrawal", "exchange": "trade"}
# Coins on other chains than their own: BNBBSC, USDTTRX.
ON_CHAIN = re.compile(r"(BNB|BUSD|DAI|ETH|USDC|USDT)(ALGO|AVAXC|BSC|MATIC|SOL|TRX)")
# As JavaScript writes a time: Thu Aug 17 2017 22:12:22 GMT-0400 (EDT)
SCRIPT_TIME = "%a %b %d %Y %H:%M:%S GMT%z"


class ExodusFormat(Format[Entry]):
    family = "exodus"
    site = "Exodus"
    how = gettext_lazy(
        "Settings → Backup → Export all transactions. Take the CSV file that has every asset."
    )
    documentation = SOURCE
    wallet_kind = "chain"

    def read(self, cells: Cells) -> Row[Entry]:
        kind = cells.required("type").lower()
        entry = Entry(self._time(cells), TYPES.get(kind, "other"), note=cells.note("note"))
        if kind not in TYPES:
            cells.unknown_type("type")
        self._fill(cells, entry)
        settle(entry)
        entry.tx_hash = self._hash(cells)
        entry.group = self.reference(cells.text("order")) or entry.tx_hash
        parts = (entry.sent, entry.received, entry.fee)
        identity = (entry.occurred_at.isoformat(), kind, entry.tx_hash, *map(side, parts))
        return Row(identity, entry, unit=entry.group)

    def _time(self, cells: Cells) -> datetime:
        text = re.sub(r" \(.*\)$", "", cells.text("time"))
        return cells.time("time", UTC, rewritten_time(text, SCRIPT_TIME))

    def _fill(self, cells: Cells, entry: Entry) -> None:
        """Sets the parts and the other side."""
        raise NotImplementedError

    def _hash(self, cells: Cells) -> str:
        raise NotImplementedError

    def _asset(self, cells: Cells, name: str, code: str) -> AssetRef:
        if match := ON_CHAIN.fullmatch(code):
            cells.remark(name, match[1], _("it is this coin, on another chain"))
        return AssetRef(match[1] if match else code)

    def build(self, rows: list[Row[Entry]]) -> list[BuiltTransaction]:
        joined = one_of(rows)
        if joined:
            return [BuiltTransaction(joined, [*rows])]
        return [BuiltTransaction(row.value, [row]) for row in rows]


class Exodus(ExodusFormat):
    name = "exodus"
    title = gettext_lazy("Exodus transactions")
    required = {
        "time": r"date",
        "type": r"type",
        "out": r"outamount",
        "out_asset": r"outcurrency",
        "fee": r"feeamount",
        "fee_asset": r"feecurrency",
        "out_hash": r"outtxid",
        "in": r"inamount",
        "in_asset": r"incurrency",
        "in_hash": r"intxid",
    }
    optional = {
        "sender": r"fromaddress",
        "receiver": r"toaddress",
        "order": r"orderid",
        "note": r"personalnote",
    }

    def _fill(self, cells: Cells, entry: Entry) -> None:
        entry.sent, entry.fee = self._part(cells, "out"), self._part(cells, "fee")
        entry.received = self._part(cells, "in")
        entry.counterparty = cells.text("receiver" if entry.sent else "sender")

    def _part(self, cells: Cells, name: str) -> Part | None:
        """Those that go out have a minus."""
        amount = cells.unsigned(name) if name == "in" else cells.amount(name)
        if amount is None:
            return None
        asset = f"{name}_asset"
        return Part(amount.copy_abs(), self._asset(cells, asset, cells.required(asset)))

    def _hash(self, cells: Cells) -> str:
        return self.reference(cells.text("out_hash")) or self.reference(cells.text("in_hash"))


class ExodusOfOneColumn(ExodusFormat):
    name = "exodus_old"
    title = gettext_lazy("Exodus transactions of one coin (old)")
    required = {
        "hash": r"txid",
        "time": r"date",
        "type": r"type",
        "amount": r"coinamount",
        "fee": r"fee",
        "note": r"personalnote",
    }

    def _fill(self, cells: Cells, entry: Entry) -> None:
        part, out = self._part(cells, "amount"), entry.type == "withdrawal"
        signed = cells.signed_part("amount")
        out = out or bool(signed and signed[0] < 0)
        entry.sent, entry.received = (part, None) if out else (None, part)
        entry.fee = self._part(cells, "fee") if out else None

    def _part(self, cells: Cells, name: str) -> Part | None:
        found = cells.signed_part(name)
        return found and Part(found[0].copy_abs(), self._asset(cells, name, found[1]))

    def _hash(self, cells: Cells) -> str:
        return self.reference(cells.text("hash"))


def settle(entry: Entry) -> None:
    """What is nothing is left out, and the type is one that fits the rest."""
    sent, received, fee = (
        part if part and part.amount else None for part in (entry.sent, entry.received, entry.fee)
    )
    if not (sent or received or fee):
        if not (entry.sent or entry.received):
            raise BadRow("", _("there is no amount in this row"))
        entry.fee = None
        return
    entry.sent, entry.received, entry.fee = sent, received, fee
    if sent and received:
        entry.type = "transfer" if sent.asset == received.asset else "trade"
    elif not sent and not received:
        entry.type = "fee"


def one_of(rows: Sequence[Row[Entry]]) -> Entry | None:
    """What went out and what came in, in one; None where there is more than one of a kind, or less
    of an asset came back than went out."""
    entries = [row.value for row in rows]
    sent = [entry.sent for entry in entries if entry.sent]
    received = [entry.received for entry in entries if entry.received]
    fees = [entry.fee for entry in entries if entry.fee]
    if len(rows) == 1 or len(sent) != 1 or len(received) != 1 or len(fees) > 1:
        return None
    if sent[0].asset == received[0].asset and sent[0].amount != received[0].amount:
        return None
    joined = next(entry for entry in entries if entry.sent)
    joined.received, joined.fee = received[0], fees[0] if fees else None
    joined.note = "; ".join(dict.fromkeys(entry.note for entry in entries if entry.note))
    settle(joined)
    return joined
