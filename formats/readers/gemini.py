"""Gemini transaction history: a wide table with columns for each asset that somebody has held. What
went out stands in brackets, and the last line has the sums of the columns."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import counterparty
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells, Table
from formats.parsing.values import (
    BadValue,
    grouped,
    in_order,
    parse_money,
    plain,
    refuse_other_order,
    rewritten_time,
)

AMOUNT = re.compile(r"(\w+) amount(?: \1)?", re.IGNORECASE)
FEE = re.compile(r"(?:trading )?fee (?:\((\w+)\)(?: \1)?|(\w+))", re.IGNORECASE)
TOTALS = "Totals"
MONTH_FIRST = ("%m/%d/%y", "%m/%d/%Y")
# What the specification of a credit or a debit says; the first that is found in it.
WORDS = (
    ("interest", "reward"),
    ("reward", "reward"),
    ("earn", "transfer"),
    ("stak", "transfer"),
    ("custody", "transfer"),
    ("administrative", "other"),
)


class Gemini(LineFormat):
    name = "gemini"
    title = gettext_lazy("Gemini transaction history")
    family = "gemini"
    site = "Gemini"
    how = gettext_lazy(
        "Account → Statements → Transaction history. Choose the whole time, and CSV."
    )
    required = {
        "date": r"date",
        "clock": r"time \(utc\)",
        "type": r"type",
        "symbol": r"symbol",
        "specification": r"specification",
    }
    optional = {
        "trade": r"trade id",
        "order": r"order id",
        "hash": r"tx hash",
        "own": r"deposit destination",
        "other": r"withdrawal destination",
    }

    def prepare(self, table: Table) -> None:
        """The assets of this file, with the names that their columns go by here."""
        self._amounts: dict[str, str] = {}
        self._fees: dict[str, str] = {}
        for place, title in enumerate(self.columns.header):
            if amount := AMOUNT.fullmatch(title):
                self._found(self._amounts, amount[1], "amount", place)
            elif fee := FEE.fullmatch(title):
                self._found(self._fees, fee[1] or fee[2], "fee", place)

    def _found(self, names: dict[str, str], asset: str, what: str, place: int) -> None:
        names[asset] = f"{what} {asset}"
        self.columns.index[names[asset]] = place

    def read(self, cells: Cells) -> Row[Entry]:
        if not cells.text("date") and TOTALS in map(str.strip, cells.raw):
            raise SkipRow(_("the sums of the columns"))
        entry = self._entry(cells)
        fees = self._changes(cells, self._fees)
        if len(fees) > 1:
            raise cells.bad(self._fees[fees[1].asset.symbol], _("there are fees of several assets"))
        entry.fee = absolute(fees[0]) if fees else None
        entry.tx_hash = self.reference(cells.text("hash"))
        entry.group = entry.tx_hash or cells.text("order")
        moved = [
            f"{plain(change.amount)} {change.asset.symbol}"
            for change in self._changes(cells, self._amounts)
        ]
        time, kind = entry.occurred_at.isoformat(), cells.text("type").lower()
        return Row((time, kind, cells.text("symbol"), cells.text("trade"), *moved), entry)

    def _entry(self, cells: Cells) -> Entry:
        kind, changes = self._type(cells), self._changes(cells, self._amounts)
        went = [change for change in changes if change.amount < 0]
        came = [change for change in changes if change.amount > 0]
        if not changes or len(went) > 1 or len(came) > 1 or (kind == "trade" and not went):
            raise cells.bad("type", _("these are not the amounts of such a line"))
        entry = Entry(time_of(cells), kind)
        entry.sent, entry.received = (absolute(some[0]) if some else None for some in (went, came))
        entry.own_address = counterparty(cells, "own", self.reference)
        entry.counterparty = counterparty(cells, "other", self.reference)
        return entry

    def _type(self, cells: Cells) -> str:
        kind, words = cells.required("type").lower(), cells.text("specification").lower()
        if kind in ("buy", "sell"):
            return "trade"
        if kind not in ("credit", "debit"):
            cells.unknown_type("type")
            return "other"
        moved = "deposit" if kind == "credit" else "withdrawal"
        return next((found for word, found in WORDS if word in words), moved)

    def _changes(self, cells: Cells, names: dict[str, str]) -> list[Part]:
        """Of every asset that this line moved, with its sign."""
        found = ((asset, bracketed(cells, name, asset)) for asset, name in names.items())
        return [Part(amount, AssetRef(asset)) for asset, amount in found if amount]


def absolute(change: Part) -> Part:
    return Part(change.amount.copy_abs(), change.asset)


def bracketed(cells: Cells, name: str, asset: str) -> Decimal | None:
    """`($53.62)` is negative; behind a coin's amount stands its symbol."""
    text = cells.text(name)
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    try:
        number = parse_money(inner.removesuffix(asset).strip())
    except BadValue as error:
        raise cells.bad(name, str(error)) from None
    if number is not None and "," in text:
        cells.remark(name, plain(number), grouped())
    return number.copy_negate() if number and inner != text else number


def time_of(cells: Cells) -> datetime:
    """The date is written with the year first, or as 8/9/08, the month first."""
    date, clock = cells.required("date"), cells.required("clock")
    patterns = [in_order(each, cells.options.date_order) for each in MONTH_FIRST]
    rewritten = next(filter(None, (rewritten_time(date, each) for each in patterns)), "")
    if not rewritten:
        refuse_day_first(cells, f"{date} {clock}", patterns[0])
    return cells.time("date", UTC, f"{rewritten[:10] or date} {clock}")


def refuse_day_first(cells: Cells, text: str, pattern: str) -> None:
    try:
        refuse_other_order(text, pattern)
    except BadValue as error:
        raise cells.not_read("date", error) from None
