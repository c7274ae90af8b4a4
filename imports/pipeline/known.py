"""Which lines of a file a wallet has."""

import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.models import Wallet
from formats.parsing.records import Row
from imports.models import SourceLine
from transactions.models import Transaction

# Of keys one behind the other those that are known, and the keys of their rows, as bytes that need
# no look at each.
KNOWN = """
    SELECT string_agg(line.key, '' ORDER BY line.id),
        string_agg(int8send(line.id), '' ORDER BY line.id)
    FROM transactions_sourceline AS line
    WHERE line.wallet_id = %s AND line.family = %s AND line.key = ANY(ARRAY(
        SELECT substring(%s FROM 32 * n + 1 FOR 32) FROM generate_series(0, %s - 1) AS n
    ))
"""
# Of rows those that were deleted: by an import that was undone, or by a person.
DELETED = """
    SELECT line.id, line.key, t.undone_import_id IS NOT NULL, t.id
    FROM transactions_sourceline AS line
    JOIN transactions_transaction AS t ON t.id = line.transaction_id
    WHERE line.id = ANY(%s) AND t.deleted_at IS NOT NULL
"""

# Wallet, format family and key.
type Line = tuple[int, str, bytes]


def numbers(sent: bytes | None) -> "array[int]":
    """Of PostgreSQL's `int8send`, one behind the other, with the highest byte first."""
    found = array("Q", bytes(sent or b""))
    if sys.byteorder == "little":
        found.byteswap()
    return found


def packed(keys: "array[int]") -> bytes | None:
    """Deflated, as they are kept in the database."""
    return zlib.compress(keys.tobytes(), 1) if keys else None


def unpacked(kept: bytes | memoryview | None) -> "array[int]":
    return array("Q", zlib.decompress(kept) if kept else b"")


def nothing(lines: list[Line]) -> None:
    pass


@dataclass(slots=True)
class KnownLines:
    """`fresh` has a byte for each line that was looked up, 1 for one that the wallet does not
    have; `known` are the keys of the rows of those that it has. Lines of an import that was undone
    are fresh too: `back` counts them, `come_back` is told of them. `deleted` are transactions of
    known lines that a person has deleted. A wallet that is yet to be made has none."""

    wallet: Wallet | None
    family: str
    come_back: Callable[[list[Line]], None] = nothing
    fresh: bytearray = field(default_factory=bytearray)
    known: "array[int]" = field(default_factory=lambda: array("Q"))
    back: int = 0
    deleted: set[int] = field(default_factory=set)
    _some: bool | None = None
    _gone: bool | None = None

    @property
    def used(self) -> set[int]:
        """The wallets that rows are of, as far as they are there."""
        return {self.wallet.pk} if self.wallet else set()

    def look_up(self, lines: Sequence[Row[Any]]) -> bytes:
        """Of each line whether it is fresh."""
        known, rows, back = self._known(lines)
        fresh = bytes(line.key not in known for line in lines)
        if self.wallet:
            self.come_back([(self.wallet.pk, self.family, key) for key in back])
        self.back += len(back)
        self.known += rows
        self.fresh += fresh
        return fresh

    def _known(self, lines: Sequence[Row[Any]]) -> tuple[set[bytes], "array[int]", list[bytes]]:
        """The keys that are known, the rows that have them, and the keys that come back."""
        back = list[bytes]()
        if self.wallet is None or not self._has_some():
            return set(), array("Q"), back
        asked = b"".join(line.key for line in lines)
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [self.wallet.pk, self.family, asked, len(lines)])
            joined, sent = cursor.fetchone()
            joined, rows = bytes(joined or b""), numbers(sent)
            keys = {joined[n : n + 32] for n in range(0, len(joined), 32)}
            if rows and self._has_deleted():
                cursor.execute(DELETED, [list(rows)])
                gone = cursor.fetchall()
                back = [bytes(key) for _pk, key, undone, _row in gone if undone]
                undone_rows = {pk for pk, _key, undone, _row in gone if undone}
                self.deleted.update(row for _pk, _key, undone, row in gone if not undone)
                rows = array("Q", (pk for pk in rows if pk not in undone_rows))
        return keys.difference(back), rows, back

    def _has_deleted(self) -> bool:
        """Most ledgers have none. What a person deletes meanwhile is known all the same, and no
        import is undone while another one is written."""
        if self._gone is None:
            assert self.wallet
            rows = Transaction.objects.filter(ledger=self.wallet.ledger_id)
            self._gone = rows.exclude(deleted_at=None).exists()
        return self._gone

    def _has_some(self) -> bool:
        """A wallet's first file needs no look at each of its lines."""
        if self._some is None:
            lines = SourceLine.objects.filter(wallet=self.wallet, family=self.family)
            self._some = lines.exists()
        return self._some
