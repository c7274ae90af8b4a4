"""Our own export with every field: rows of several wallets, as they were in every field, each with
what it is known by (transactions/queries/export.py)."""

import csv
import io
import json
import re
from datetime import UTC
from decimal import Decimal
from itertools import chain

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.chains import AddressError, normalise
from contacts.models import Wallet
from formats.base import LineFormat
from formats.parsing.json_lines import JSON, is_text
from formats.parsing.records import (
    AssetRef,
    BadRow,
    Entry,
    Part,
    Row,
    Source,
    Value,
    WalletRef,
    Written,
)
from formats.parsing.tables import CURRENCY, LABEL, LONGEST, Cells, Table
from formats.parsing.values import DECIMALS, INTEGER_DIGITS, plain
from imports.models import OWN_FAMILY
from transactions.models import Status, TransactionType
from transactions.queries.export import is_marked

PARTS = ("sent", "received", "fee")
# With the zeros at its end, which say how exactly it is known.
AMOUNT = re.compile(rf"[0-9]{{1,{INTEGER_DIGITS}}}(?:\.[0-9]{{1,{DECIMALS}}})?")
KEY = re.compile(r"[0-9a-f]{64}")
NAME, FAMILY, CHAIN, GROUP = 200, 50, 50, 1000  # characters
YES = {"": False, "false": False, "no": False, "true": True, "yes": True}


def column(name: str) -> str:
    """A pattern for the column's name in CSV, and in JSON."""
    return name.replace(" ", "[ _]")


class OwnExport(LineFormat):
    name = "txproject"
    title = gettext_lazy("txproject export")
    family = OWN_FAMILY
    site = "txproject"
    how = gettext_lazy(
        "Transactions → Export → with every field."
        " The file can be edited, and comes in again as it is."
    )
    wallet_kind = "other"
    names_wallets = True
    required = {
        "time": column("date"),
        **{name: column(f"{name} amount") for name in PARTS},
        **{f"{name}_asset": column(f"{name} currency") for name in PARTS},
        "wallet": "wallet",
        "type": "type",
        "families": column("source families"),
        "keys": column("source keys"),
    }
    optional = {
        **{f"{name}_contract": column(f"{name} contract") for name in PARTS},
        "value": column("net worth amount"),
        "currency": column("net worth currency"),
        "note": "description",
        "hash": "txhash",
        "kind": column("wallet kind"),
        "status": "status",
        "hidden": "hidden",
        "contact": column("row contact"),
        "other": "counterparty",
        "other_chain": column("counterparty chain"),
        "other_contact": column("counterparty contact"),
        "other_wallet": column("counterparty wallet"),
        "own": column("own address"),
        "own_chain": column("own address chain"),
        "own_wallet": column("own address wallet"),
        "labels": "labels",
        "group": "group",
    }

    def prepare(self, table: Table) -> None:
        self.marked = not table.delimiter.startswith(JSON)

    def read(self, cells: Cells) -> Row[Entry]:
        entry = self._entry(cells)
        wallet = WalletRef(self._name(cells, "wallet"), self._kind(cells))
        if not wallet.name:
            raise cells.bad("wallet", _("the cell is empty"))
        moved = [
            (name, plain(part.amount), *part.asset.identity)
            for name in PARTS
            if (part := getattr(entry, name))
        ]
        identity = (entry.occurred_at.isoformat(), entry.tx_hash, *chain.from_iterable(moved))
        return Row(identity, entry, wallet=wallet, sources=sources(cells))

    def _entry(self, cells: Cells) -> Entry:
        parts = {name: self._part(cells, name) for name in PARTS}
        if not any(parts.values()):
            raise BadRow("", _("there is no amount in this row"))
        entry = Entry(
            cells.time("time", UTC),
            one_of(cells, "type", TransactionType.values),
            **parts,
            value=self._value(cells),
            tx_hash=self._text(cells, "hash"),
            group=self._text(cells, "group", GROUP),
            chain=cells.note("other_chain"),
            counterparty=self._address(cells, "other"),
            own_chain=cells.note("own_chain"),
            own_address=self._address(cells, "own"),
            status=one_of(cells, "status", ["", *Status.values]) or Status.OK,
            note=self._note(cells, "note"),
            labels=tuple(names_in(cells, "labels", self._note(cells, "labels"))),
            written=self._written(cells),
        )
        if entry.status == Status.FAILED and (entry.sent or entry.received):
            raise cells.bad("status", _("what failed has moved nothing but its fee"))
        return entry

    def _written(self, cells: Cells) -> Written:
        hidden = cells.note("hidden").lower()
        if hidden not in YES:
            raise cells.bad("hidden", _("this is neither yes nor no"))
        names = ("contact", "other_contact", "other_wallet", "own_wallet")
        return Written(YES[hidden], *(self._name(cells, name) for name in names))

    def _note(self, cells: Cells, name: str) -> str:
        """As it is written, with spaces at its ends, but for the mark of what is no formula."""
        place = cells.columns.index.get(name, len(cells.raw))
        text = cells.raw[place] if place < len(cells.raw) else ""
        return text[1:] if self.marked and is_marked(text) else text

    def _text(self, cells: Cells, name: str, limit: int = 0) -> str:
        text = self._note(cells, name)
        if limit and len(text) > limit:
            message = _("the cell has %(length)d characters, at most %(limit)d are kept")
            raise cells.bad(name, message % {"length": len(text), "limit": limit})
        return text

    def _address(self, cells: Cells, name: str) -> str:
        """BadRow where there is none of its chain."""
        text = self._text(cells, name)
        try:
            if text:
                normalise(text, cells.note(f"{name}_chain") or None, strict=False)
        except AddressError as error:
            raise cells.bad(name, str(error)) from None
        return text

    def _name(self, cells: Cells, name: str) -> str:
        return self._text(cells, name, NAME)

    def _kind(self, cells: Cells) -> str:
        return one_of(cells, "kind", ["", *Wallet.Kind.values]) or self.wallet_kind

    def _part(self, cells: Cells, name: str) -> Part | None:
        amount, symbol = self._amount(cells, name), self._name(cells, f"{name}_asset")
        contract = self._text(cells, f"{name}_contract", CHAIN + 1 + LONGEST)
        if amount is None:
            if symbol or contract:
                raise cells.bad(name, _("there is a currency, but no amount"))
            return None
        if not (symbol or contract):
            raise cells.bad(f"{name}_asset", _("there is an amount, but no currency"))
        of, _colon, address = contract.partition(":")
        if contract and not (of and address and len(of) <= CHAIN):
            raise cells.bad(f"{name}_contract", _("this is not chain:contract"))
        return Part(amount, AssetRef(symbol, "", of, address))

    def _amount(self, cells: Cells, name: str) -> Decimal | None:
        text = cells.note(name)
        return Decimal(text) if AMOUNT.fullmatch(text) else cells.unsigned(name)

    def _value(self, cells: Cells) -> Value | None:
        amount, currency = self._amount(cells, "value"), self._text(cells, "currency", CURRENCY)
        if (amount is None) != (not currency):
            raise cells.bad("value", _("an amount and its currency come together"))
        return None if amount is None else Value(amount, currency)


def one_of(cells: Cells, name: str, choices: list[str]) -> str:
    text = cells.note(name)
    if text not in choices:
        message = _("“%(text)s” is none of %(choices)s")
        names = {"text": text[:LONGEST], "choices": ", ".join(filter(None, choices))}
        raise cells.bad(name, message % names)
    return text


def names_in(cells: Cells, name: str, text: str) -> list[str]:
    """Several names in a cell: as JSON, or with semicolons between, quoted where they have one."""
    try:
        found = json.loads(text) if text.startswith("[") else split(text)
    except (ValueError, RecursionError, csv.Error):
        found = [None]
    if not all(isinstance(each, str) and each and is_text(each) for each in found):
        raise cells.bad(name, _("these are no names with semicolons between"))
    if long := next((each for each in found if len(each) > LABEL), ""):
        message = _("“%(name)s” has more than %(limit)d characters")
        raise cells.bad(name, message % {"name": long[:LABEL], "limit": LABEL})
    return list(found)


def split(text: str) -> list[str]:
    lines = io.StringIO(text, newline="")
    rows = list(csv.reader(lines, delimiter=";", skipinitialspace=True, strict=True))
    if len(rows) > 1:
        raise csv.Error
    return rows[0] if rows else []


def sources(cells: Cells) -> tuple[Source, ...]:
    """None for a row that somebody has added to the file."""
    families, keys = words(cells, "families"), words(cells, "keys")
    if len(families) != len(keys):
        raise cells.bad("keys", _("there is not one key for each family"))
    if bad := next((family for family in families if len(family) > FAMILY), ""):
        raise cells.bad("families", _("“%s” is no format family") % bad[:FAMILY])
    if bad := next((key for key in keys if not KEY.fullmatch(key)), ""):
        raise cells.bad("keys", _("“%s” is not 64 digits of a SHA-256") % bad[:LONGEST])
    found = zip(families, keys, strict=True)
    return tuple(Source(family, bytes.fromhex(key)) for family, key in found)


def words(cells: Cells, name: str) -> list[str]:
    text = cells.note(name)
    try:
        found = json.loads(text) if text.startswith("[") else text.split()
    except (ValueError, RecursionError):
        found = [None]
    if not all(isinstance(word, str) and is_text(word) for word in found):
        raise cells.bad(name, _("these are no words with spaces between"))
    return list(found)
