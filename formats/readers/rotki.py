"""rotki's generic files, for trades and for other events. Assets are coins by their symbol, or
tokens by chain and contract (`eip155:1/erc20:0x…`)."""

import re
from datetime import datetime, tzinfo

from django.utils.translation import gettext_lazy

from contacts.chains import EVM_CHAIN_IDS
from formats.parsing.records import AssetRef, Entry, Part
from formats.parsing.tables import Cells
from formats.readers.sided import Sided, no_direction

TOKEN = re.compile(r"eip155:(\d+)/erc\d+:(0x[0-9a-fA-F]{40})(/\d+)?")
CAME_IN = {"deposit", "income", "staking"}


def asset_of(identifier: str, symbol: str = "") -> AssetRef:
    """A token of a chain that is not known here is known by the whole identifier."""
    match = TOKEN.fullmatch(identifier)
    chain = EVM_CHAIN_IDS.get(int(match[1]), "") if match else ""
    if match and chain and not match[3]:
        contract = match[2].lower()
        return AssetRef(symbol or contract, "", chain, contract)
    return AssetRef(identifier)


class Rotki(Sided):
    wallet_kind = "exchange"
    names_wallets = True

    def asset(self, cells: Cells, symbol: str) -> AssetRef:
        return asset_of(symbol)

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return cells.unix_ms("time")


class RotkiTrades(Rotki):
    name = "rotki_trades"
    title = gettext_lazy("rotki generic trades")
    family = "rotki_trades"
    site = "rotki"
    how = gettext_lazy("Programs write this file for rotki’s import. Take that of the trades.")
    required = {
        "wallet": r"location",
        "sent_asset": r"spend currency",
        "received_asset": r"receive currency",
        "received": r"receive amount",
        "sent": r"spend amount",
        "time": r"timestamp",
    }
    optional = {"fee": r"fee", "fee_asset": r"fee currency", "note": r"description"}

    def type_of(self, cells: Cells, entry: Entry) -> str:
        return "trade"


class RotkiEvents(Rotki):
    name = "rotki_events"
    title = gettext_lazy("rotki generic events")
    family = "rotki_events"
    site = "rotki"
    how = gettext_lazy("Programs write this file for rotki’s import. Take that of the events.")
    types = {
        "deposit": "deposit",
        "income": "income",
        "staking": "reward",
        "withdrawal": "withdrawal",
        "loss": "loss",
        "spend": "payment",
    }
    required = {
        "type": r"type",
        "wallet": r"location",
        "amount_asset": r"currency",
        "amount": r"amount",
        "fee": r"fee",
        "fee_asset": r"fee currency",
        "time": r"timestamp",
    }
    optional = {"note": r"description"}

    def parts(self, cells: Cells) -> dict[str, Part | None]:
        word = self.word(cells)
        if word not in self.types:
            raise no_direction(cells, "type")
        name = "received" if word in CAME_IN else "sent"
        return {name: self.part(cells, "amount"), "fee": self.part(cells, "fee")}
