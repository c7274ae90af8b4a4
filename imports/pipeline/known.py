"""Which lines of a file a wallet has."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.models import Wallet
from formats.parsing.records import Row
from imports.models import SourceLine

KNOWN = """
    SELECT line.key, line.id, t.undone_import_id IS NOT NULL,
        CASE WHEN t.deleted_at IS NOT NULL AND t.undone_import_id IS NULL THEN t.id END
    FROM transactions_sourceline AS line
    JOIN transactions_transaction AS t ON t.id = line.transaction_id
    WHERE line.wallet_id = %s AND line.family = %s AND line.key = ANY(%s)
"""

# Wallet, format family and key.
type Line = tuple[int, str, bytes]


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
        keys = [line.key for line in lines]
        rows = self._rows(keys)
        here = {bytes(key): undone for key, _pk, undone, _deleted in rows}
        back = [key for key, undone in here.items() if undone]
        fresh = bytes(here.get(key, True) for key in keys)
        if self.wallet:
            self.come_back([(self.wallet.pk, self.family, key) for key in back])
        self.back += len(back)
        self.known.extend(pk for _key, pk, undone, _deleted in rows if not undone)
        self.deleted.update(deleted for *_line, deleted in rows if deleted)
        self.fresh += fresh
        return fresh

    def _rows(self, keys: list[bytes]) -> list[tuple[Any, ...]]:
        if self.wallet is None or not self._has_some():
            return []
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [self.wallet.pk, self.family, keys])
            return list(cursor.fetchall())

    def _has_some(self) -> bool:
        """A wallet's first file needs no look at each of its lines."""
        if self._some is None:
            lines = SourceLine.objects.filter(wallet=self.wallet, family=self.family)
            self._some = lines.exists()
        return self._some
