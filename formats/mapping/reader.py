"""The format that a mapping makes, in front of the readers that are written."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from formats.base import AnyFormat, Format
from formats.mapping import fields as known
from formats.mapping.settings import Mapping
from formats.parsing.records import (
    AssetRef,
    BadRow,
    BuiltTransaction,
    Entry,
    Options,
    Part,
    Row,
    SkipRow,
    Value,
)
from formats.parsing.tables import CURRENCY, LABEL, LONGEST, Cells, Columns, Table, clean_header
from formats.parsing.values import plain, plus
from formats.readers.sided import type_by_parts

# Lines are known by their columns and what stands in them, whatever the mapping is called.
FAMILY = "mapping"
PREFIX = f"{FAMILY}:"
SIDES = ("sent", "received", "fee")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_DAY, LAST_DAY = 61, 2_958_466  # of a spreadsheet: 1 March 1900, and the end of 9999
MILLISECONDS = 86_400_000  # of a day


def format_name(name: str) -> str:
    return f"{PREFIX}{name}" if name else FAMILY


def format_of(mapping: Mapping) -> AnyFormat:
    mapped = list(dict.fromkeys([*mapping.columns.values(), *filter(None, [mapping.joins])]))
    required = dict.fromkeys([*mapped, *mapping.identity])
    others = [title for title in mapping.header if title not in required]
    names = {
        "mapping": mapping,
        "name": format_name(mapping.name),
        "title": mapping.name or _("Mapping"),
        "required": {title: exactly(title) for title in required},
        "optional": {title: exactly(title) for title in others},
        "joins_lines": bool(mapping.joins),
        "known_by": sorted(mapping.identity or mapped),
    }
    return cast(AnyFormat, type(Mapped.__name__, (Mapped,), names))


def exactly(title: str) -> str:
    return f"(?-i:{re.escape(title)})"


def numbered(header: Sequence[str]) -> list[str]:
    """Titles that occur again, and those that are empty, are told apart by a number."""
    seen: Counter[str] = Counter()
    titles = []
    for n, cell in enumerate(clean_header(header), 1):
        title = cell or f"column {n}"
        seen[title] += 1
        titles.append(title if seen[title] == 1 else f"{title} ({seen[title]})")
    return titles


class Mapped(Format[Entry]):
    """Its columns go by their titles. An entry has no type until it is built, unless the row tells
    one."""

    mapping: ClassVar[Mapping]
    known_by: ClassVar[list[str]]
    family = FAMILY
    site = how = ""
    wallet_kind = "other"

    def __init__(self, table: Table, options: Options) -> None:
        if self.mapping.zone:
            options = replace(options, zone=ZoneInfo(self.mapping.zone))
        if self.mapping.decimal_mark == ",":
            options = replace(options, decimal_comma=True)
        super().__init__(table, options)
        self.types = {word.lower(): kind for word, kind in self.mapping.types.items()}
        self.directions = {word.lower(): way for word, way in self.mapping.directions.items()}

    @classmethod
    def match(cls, header: Sequence[str]) -> Columns | None:
        titles = numbered(header)
        return super().match(titles) if {*cls.mapping.header} <= {*titles} else None

    def read(self, cells: Cells) -> Row[Entry]:
        line = Line(self.mapping, cells)
        kind, parts = self._type(line), self._parts(line)
        joint = self.reference(cells.text(self.mapping.joins))
        tx_hash, label = self.reference(line.text("hash")), line.text("label", LABEL)
        entry = Entry(
            self._time(cells, self.mapping.columns["time"]),
            kind,
            **parts,
            value=line.value(),
            tx_hash=tx_hash,
            group=self.reference(line.text("group")) or joint or tx_hash,
            counterparty=line.text("counterparty"),
            note=line.note(),
            labels=(label,) if label else (),
        )
        identity = [text for title in self.known_by for text in (title, cells.note(title))]
        return Row(tuple(identity), entry, unit=joint)

    def _type(self, line: "Line") -> str:
        word = line.text("type")
        kind = self.types.get(word.lower())
        if kind == known.SKIP:
            raise SkipRow(_("“%s” is left out, as the mapping says") % word)
        if kind is None and "type" in self.mapping.constants:
            return word
        if kind is None and word and self.types and word.lower() not in self.directions:
            line.cells.unknown_type(self.mapping.columns["type"])
            return "other"
        return "" if kind in (None, known.AUTO) else kind

    def _time(self, cells: Cells, title: str) -> datetime:
        zone = self.options.zone
        match self.mapping.date:
            case known.UNIX:
                return cells.unix(title)
            case known.UNIX_MS:
                return cells.unix_ms(title)
            case known.EXCEL:
                return cells.time(title, zone, serial_time(cells, title))
            case known.ISO:
                day = cells.required(title)
                return cells.time(title, zone, f"{day} 00:00" if DAY.fullmatch(day) else "")
        return cells.time_as(title, self.mapping.date, zone)

    def _parts(self, line: "Line") -> dict[str, Any]:
        """At least one. A fee that is part of the amount is taken out of it."""
        if self.mapping.sign == known.IN_COLUMNS:
            found = {name: line.unsigned(name) for name in ("sent", "received")}
        else:
            found = self._amount(line)
        parts = {name: part for name, part in found.items() if part}
        fee = line.fee(parts)
        if fee and self.mapping.fee_included:
            parts = without_fee(line, parts, fee)
        if fee:
            parts["fee"] = fee
        if not parts:
            raise BadRow("", _("there is no amount in this row"))
        return parts

    def _amount(self, line: "Line") -> dict[str, Part | None]:
        signed = self.mapping.sign == known.SIGNED
        part = line.part("amount") if signed else line.unsigned("amount")
        if part is None:
            return {}
        out = part.amount < 0 if signed else self._direction(line) == known.OUT
        mine, other = ("sent", "received") if out else ("received", "sent")
        return {mine: positive(part), other: positive(line.part("total"))}

    def _direction(self, line: "Line") -> str:
        word = line.text("type")
        try:
            return self.directions[word.lower()]
        except KeyError:
            message = _("the mapping does not say whether “%s” is in or out")
            raise line.bad("type", message % word) from None

    def build(self, rows: list[Row[Entry]]) -> list[BuiltTransaction]:
        """One transaction, unless several assets go the same way: then which of them belong
        together would be a guess, and each row is one."""
        entries = [row.value for row in rows]
        sums = {side: summed(getattr(entry, side) for entry in entries) for side in SIDES}
        if len(rows) > 1 and max(len(sums["sent"]), len(sums["received"])) > 1:
            told = "trade" if sums["sent"] and sums["received"] else ""
            return [built for row in rows for built in self.build([leg_of(row, told)])]
        parts = {side: found[0] for side, found in sums.items() if found}
        moved: Any = {side: part for side, part in parts.items() if part.amount} or parts
        entry = replace(joined(entries), **dict.fromkeys(SIDES) | moved)
        entry.type = entry.type or type_by_parts(entry)
        fees = [
            Entry(entry.occurred_at, "fee", fee=fee, group=entry.group) for fee in sums["fee"][1:]
        ]
        return [BuiltTransaction(entry, [*rows]), *(BuiltTransaction(fee, []) for fee in fees)]


class Line:
    """A line by our names of the fields, whether they have a column or are always the same."""

    def __init__(self, mapping: Mapping, cells: Cells) -> None:
        self.mapping, self.cells = mapping, cells

    def bad(self, name: str, message: str) -> BadRow:
        return self.cells.bad(self.mapping.columns.get(name, name), message)

    def text(self, name: str, limit: int = LONGEST) -> str:
        if name in self.mapping.constants:
            return self.mapping.constants[name]
        return self.cells.text(self.mapping.columns.get(name, ""), limit)

    def note(self) -> str:
        title = self.mapping.columns.get("note", "")
        return self.mapping.constants.get("note") or self.cells.note(title)

    def amount(self, name: str) -> Decimal | None:
        return self.cells.amount(self.mapping.columns.get(name, ""))

    def part(self, name: str) -> Part | None:
        """With its sign; None for an empty cell."""
        amount = self.amount(name)
        return None if amount is None else Part(amount, self.asset(name))

    def unsigned(self, name: str) -> Part | None:
        part = self.part(name)
        if part and part.amount < 0:
            raise self.bad(name, _("the amount is negative: %s") % plain(part.amount))
        return part

    def asset(self, name: str) -> AssetRef:
        """What an amount is of: its own field, or the one for all of them."""
        own = known.ASSETS[name]
        field = own if self.mapping.says(own) else "asset"
        symbol = self.text(field, CURRENCY if name == "value" else LONGEST)
        if not symbol:
            raise self.bad(field, _("there is an amount, but no currency"))
        return AssetRef(symbol)

    def fee(self, parts: dict[str, Part]) -> Part | None:
        """Whatever its sign. Where nothing says what it is of, it is of what was moved."""
        amount = self.amount("fee")
        if not amount:
            return None
        if amount < 0:
            reason = _("a fee is what was paid, with or without a minus")
            self.cells.remark(self.mapping.columns["fee"], plain(-amount), reason)
        names = [name for name in ("fee_asset", "asset") if self.text(name)]
        if not names and parts:
            return Part(amount.copy_abs(), next(iter(parts.values())).asset)
        return Part(amount.copy_abs(), AssetRef(self._first(names)))

    def _first(self, names: list[str]) -> str:
        if not names:
            raise self.bad("fee", _("there is an amount, but no currency"))
        return self.text(names[0])

    def value(self) -> Value | None:
        part = positive(self.part("value"))
        return Value(part.amount, part.asset.symbol) if part else None


def positive(part: Part | None) -> Part | None:
    return part and Part(part.amount.copy_abs(), part.asset)


def serial_time(cells: Cells, title: str) -> str:
    """Of a day as spreadsheets number them, with the time as a part of it: to the millisecond,
    which is as fine as they keep it."""
    number = cells.required_amount(title)
    milliseconds = round(number * MILLISECONDS)
    if number < FIRST_DAY or milliseconds >= LAST_DAY * MILLISECONDS:
        message = _("“%s” is no date as spreadsheets number them, such as 45322.5")
        raise cells.bad(title, message % plain(number))
    return (datetime(1899, 12, 30) + timedelta(milliseconds=milliseconds)).isoformat(" ")  # noqa: DTZ001


def without_fee(line: Line, parts: dict[str, Part], fee: Part) -> dict[str, Part]:
    """More came in than the balance grew by, or less went out than it fell by. Beside an amount,
    a side of nothing is none."""
    parts = {name: part for name, part in parts.items() if part.amount} or parts
    for name, sign in (("sent", -1), ("received", 1)):
        if (part := parts.get(name)) and part.asset == fee.asset:
            amount = plus(part.amount, fee.amount * sign)
            if amount < 0:
                raise line.bad("fee", _("it is more than the amount that it is part of"))
            return parts | {name: Part(amount, part.asset)}
    return parts


def summed(parts: Iterable[Part | None]) -> list[Part]:
    """One per asset, in their order; those of nothing only where there are no others."""
    sums: dict[AssetRef, Decimal] = {}
    for part in parts:
        if part:
            sums[part.asset] = plus(sums.get(part.asset, Decimal(0)), part.amount)
    found = [Part(amount, asset) for asset, amount in sums.items()]
    return [part for part in found if part.amount] or found[:1]


def joined(entries: list[Entry]) -> Entry:
    """What several rows say of one transaction, from the first of them on; the type only if they
    agree. One side is worth what the other is; several rows of a side are worth more than each."""
    kinds = {entry.type for entry in entries}
    one_each = all(sum(bool(getattr(each, side)) for each in entries) <= 1 for side in SIDES[:2])
    return replace(
        entries[0],
        occurred_at=min(entry.occurred_at for entry in entries),
        type=kinds.pop() if len(kinds) == 1 else "",
        value=first(entries, "value") if one_each else None,
        tx_hash=first(entries, "tx_hash"),
        counterparty=first(entries, "counterparty"),
        note="\n".join(dict.fromkeys(entry.note for entry in entries if entry.note)),
        labels=tuple(dict.fromkeys(label for entry in entries for label in entry.labels)),
    )


def leg_of(row: Row[Entry], kind: str) -> Row[Entry]:
    """With the type of the whole, where the row tells none."""
    if row.value.sent or row.value.received:
        row.value.type = row.value.type or kind
    return row


def first(entries: list[Entry], name: str) -> Any:
    found = [getattr(entry, name) for entry in entries]
    return next(filter(None, found), found[0])
