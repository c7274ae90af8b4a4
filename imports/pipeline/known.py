"""Which lines of a file a wallet has."""

import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.models import Wallet
from formats.parsing.records import Row
from imports.models import SourceLine

# Of keys one behind the other: which of them are known, with the keys of their rows, as bytes that
# need no look at each; which are of imports that were undone; and transactions that were deleted.
KNOWN = """
    SELECT string_agg(int4send(n), '' ORDER BY n) FILTER (WHERE NOT undone),
        string_agg(int8send(id), '' ORDER BY n) FILTER (WHERE NOT undone),
        array_agg(n) FILTER (WHERE undone), array_agg(deleted) FILTER (WHERE deleted IS NOT NULL)
    FROM (
        SELECT n, line.id, t.undone_import_id IS NOT NULL AS undone,
            CASE WHEN t.deleted_at IS NOT NULL AND t.undone_import_id IS NULL THEN t.id END
                AS deleted
        FROM generate_series(0, %s - 1) AS n
        JOIN transactions_sourceline AS line ON line.wallet_id = %s AND line.family = %s
            AND line.key = substring(%s FROM 32 * n + 1 FOR 32)
        JOIN transactions_transaction AS t ON t.id = line.transaction_id
    ) AS found
"""

# Wallet, format family and key.
type Line = tuple[int, str, bytes]


def numbers(kind: str, sent: Any) -> "array[int]":
    """What PostgreSQL sends: the first byte is the highest."""
    found = array(kind, bytes(sent or b""))
    if sys.byteorder == "little":
        found.byteswap()
    return found


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

    @property
    def used(self) -> set[int]:
        """The wallets that rows are of, as far as they are there."""
        return {self.wallet.pk} if self.wallet else set()

    def look_up(self, lines: Sequence[Row[Any]]) -> bytes:
        """Of each line whether it is fresh."""
        fresh = bytearray(b"\1" * len(lines))
        if self.wallet and self._has_some():
            keys = b"".join(line.key for line in lines)
            with connection.cursor() as cursor:
                cursor.execute(KNOWN, [len(lines), self.wallet.pk, self.family, keys])
                known, rows, undone, deleted = cursor.fetchone()
            for place in numbers("I", known):
                fresh[place] = 0
            self.known += numbers("Q", rows)
            back = [(self.wallet.pk, self.family, lines[n].key) for n in undone or ()]
            self.come_back(back)
            self.back += len(back)
            self.deleted.update(deleted or ())
        self.fresh += fresh
        return bytes(fresh)

    def _has_some(self) -> bool:
        """A wallet's first file needs no look at each of its lines."""
        if self._some is None:
            lines = SourceLine.objects.filter(wallet=self.wallet, family=self.family)
            self._some = lines.exists()
        return self._some
