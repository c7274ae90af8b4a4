"""What a format is: how its header looks, what a line of it says, how transactions are built."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, ClassVar, NamedTuple

from formats.parsing.exchanges import Leg, from_legs
from formats.parsing.records import BuiltTransaction, Entry, Options, Remark, Row
from formats.parsing.tables import Cells, Columns, Table, clean_header
from formats.parsing.values import header_zone


class States(NamedTuple):
    """The columns that say what was left of an asset after a line; those of a part of the account
    say of which, unless it is the main one."""

    asset: str
    balance: str
    part: str = ""
    main: str = ""


# Where in a header, and what was found there.
type Place = tuple[int, re.Match[str]]


class Format[V]:
    """Columns are named by patterns for the whole header cell, in any case; other columns do not
    matter, and what a pattern's group catches is kept (`Value_IN(ETH)`).

    An instance reads one file. Lines of formats with one `family` are the same lines.
    """

    name: ClassVar[str]
    title: ClassVar[Any]  # translated where it is shown
    family: ClassVar[str]
    # Who writes such files, and how a person gets one there.
    site: ClassVar[str]
    how: ClassVar[Any]  # two sentences, translated where they are shown
    # Where its columns were read up; empty if they were taken from real files.
    documentation: ClassVar[str] = ""
    wallet_kind: ClassVar[str] = "exchange"
    # Whether its rows say which wallets they are of.
    names_wallets: ClassVar[bool] = False
    required: ClassVar[Mapping[str, str]]
    optional: ClassVar[Mapping[str, str]] = {}
    # Columns that show that it is another format.
    without: ClassVar[Sequence[str]] = ()
    # Whether its rows may have more cells than the header.
    wider_rows: ClassVar[bool] = False
    # Whether its rows are named by lines of other formats too (`Row.sources`).
    shares_lines: ClassVar[bool] = False
    # Whether lines are built together, so that a file is read once more to count them.
    joins_lines: ClassVar[bool] = True
    # Of a whole account's ledger, if it tells of balances: each line the one that it leaves.
    states: ClassVar[States | None] = None
    # What this source writes where a line has no reference, in any case: it joins nothing.
    no_reference: ClassVar[frozenset[str]] = frozenset({"", "-", "n/a", "none", "null", "unknown"})

    def __init__(self, table: Table, options: Options) -> None:
        self.columns = table.columns
        self.options = table.options = options
        table.wider_rows = self.wider_rows
        self.remarks: list[Remark] = [*table.remarks]
        self.prepare(table)

    @classmethod
    def match(cls, header: Sequence[str]) -> Columns | None:
        header = clean_header(header)
        if any(_first(pattern, header, ()) for pattern in cls.without):
            return None
        found: dict[str, re.Match[str]] = {}
        index: dict[str, int] = {}
        for name, place in cls.places(header):
            if place:
                index[name], found[name] = place
            elif name in cls.required:
                return None
        least = 1 + max(index[name] for name in cls.required)
        return Columns(header, found, index, least)

    @classmethod
    def places(cls, header: Sequence[str]) -> Iterator[tuple[str, Place | None]]:
        """Of each column, first of those that it needs, where it is in the header."""
        taken: set[int] = set()
        for name, pattern in {**cls.required, **cls.optional}.items():
            place = _first(pattern, header, taken)
            if place:
                taken.add(place[0])
            yield name, place

    @classmethod
    def assumed_header(cls, cells: Sequence[str]) -> list[str] | None:
        """The header of a file that has none, if this first line looks like a line of ours."""
        return None

    @classmethod
    def aside(cls, cells: Sequence[str]) -> str:
        """Why a line that has not the cells of a row is none of the table, such as a remark at its
        end; empty for one that should have them."""
        return ""

    @classmethod
    def reference(cls, text: str) -> str:
        """What ties this line to others; empty where it is tied to none."""
        return "" if text.lower() in cls.no_reference else text

    @classmethod
    def codes(cls, symbol: str) -> str:
        """The pattern of what this source calls it."""
        return re.escape(symbol)

    def zone(self, name: str) -> tzinfo:
        """That of a column's times: as its title says, or as the person does."""
        return header_zone(self.columns.part(name)) or self.options.zone

    def stamp(self, cells: Cells, name: str = "time") -> str:
        """A time as it names its line, whatever zone the person says."""
        return cells.time(name, header_zone(self.columns.part(name)) or UTC).isoformat()

    def remark(self, name: str, written: str, read: str, reason: str) -> None:
        """About the file as a whole; what is said of a line goes with the line."""
        self.remarks.append(Remark(0, self.columns.title(name), written, read, reason))

    def prepare(self, table: Table) -> None:
        """Learn from the whole file what the lines alone do not say."""

    def read(self, cells: Cells) -> Row[V]:
        """One line; raises SkipRow or BadRow."""
        raise NotImplementedError

    def build(self, rows: list[Row[V]]) -> list[BuiltTransaction]:
        """Rows of one unit to transactions; every row is in exactly one of them."""
        raise NotImplementedError


class LineFormat(Format[Entry]):
    """A format of which every line is a transaction."""

    joins_lines = False

    def build(self, rows: list[Row[Entry]]) -> list[BuiltTransaction]:
        return [BuiltTransaction(row.value, [row]) for row in rows]


class EntriesFormat(Format[list[Entry]]):
    """A format of which every line is a transaction, and may tell of more beside it: a rebate."""

    joins_lines = False

    def build(self, rows: list[Row[list[Entry]]]) -> list[BuiltTransaction]:
        return [built for row in rows for built in _with_more(row)]


class LegsFormat(Format[Leg]):
    """A format of which a line is a leg: those of one trade have a unit in common."""

    def build(self, rows: list[Row[Leg]]) -> list[BuiltTransaction]:
        return from_legs(rows)


def _with_more(row: Row[list[Entry]]) -> list[BuiltTransaction]:
    first, *more = row.value
    return [BuiltTransaction(first, [row]), *(BuiltTransaction(entry, []) for entry in more)]


def _first(pattern: str, header: Sequence[str], taken: Container[int]) -> Place | None:
    fullmatch = re.compile(pattern, re.IGNORECASE).fullmatch
    for index, title in enumerate(header):
        if index not in taken and (match := fullmatch(title)):
            return index, match
    return None


AnyFormat = type[Format[Any]]
