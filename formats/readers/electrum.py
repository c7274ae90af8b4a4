"""Electrum, all header generations: what a transaction changed, on the chain with its fee included
and since 4.6 in lightning channels. What goes from one of them to the other stays the wallet's own.
Times are those of the computer that wrote the file.
"""

from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.records import Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain, plus
from formats.readers.wallet_programs import BTC, SATOSHI, set_change, set_labels


class Electrum(LineFormat):
    name = "electrum"
    title = gettext_lazy("Electrum history")
    family = "electrum"
    site = "Electrum"
    how = gettext_lazy(
        "Open the wallet, and choose “Wallet → History → Export”. Take CSV as the format."
    )
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/electrum.py"
    )
    wallet_kind = "chain"
    required = {
        "hash": r"(?:oc_)?transaction_hash",
        "label": r"label",
        "change": r"value|amount_chain_bc",
        "time": r"timestamp",
    }
    optional = {
        "payment": r"ln_payment_hash",
        "confirmations": r"confirmations",
        "lightning": r"amount_lightning_bc",
        "fee": r"fee|network_fee_bc|network_fee_(satoshi)",
    }

    @classmethod
    def reference(cls, text: str) -> str:
        return super().reference(text.strip("-"))

    def read(self, cells: Cells) -> Row[Entry]:
        tx_hash = self.reference(cells.text("hash").lower())
        confirmations = cells.amount("confirmations")
        if not cells.text("time") or (tx_hash and confirmations is not None and confirmations <= 0):
            raise SkipRow(_("the transaction is not confirmed yet"))
        entry = Entry(cells.time("time", self.options.zone), "other", tx_hash=tx_hash)
        entry.group = tx_hash or cells.text("payment")
        set_labels(entry, [cells.note("label")])
        change = cells.required_amount("change")
        lightning = cells.amount("lightning") or Decimal(0)
        fill(cells, entry, change, lightning, self._fee(cells))
        known = (tx_hash, cells.text("payment"))
        amounts = (cells.time("time", UTC).isoformat(), plain(change), plain(lightning))
        return Row(known if any(known) else amounts, entry)

    def _fee(self, cells: Cells) -> Decimal | None:
        return cells.unsigned("fee", SATOSHI if self.columns.part("fee") else 0)


def fill(
    cells: Cells, entry: Entry, chain: Decimal, lightning: Decimal, fee: Decimal | None
) -> None:
    """Sets the type and the parts, of what changed on the chain and in channels."""
    if chain and lightning and (chain < 0) != (lightning < 0):
        # What leaves a channel has no fee of its own.
        paid = fee if chain < 0 else Decimal(0)
        set_change(cells, entry, BTC, min(chain, lightning), paid)
        entry.type, entry.received = "transfer", Part(max(chain, lightning), BTC)
    else:
        # A fee that was paid in a channel is in its amount, and is not told.
        set_change(cells, entry, BTC, plus(chain, lightning), fee if chain else Decimal(0))
