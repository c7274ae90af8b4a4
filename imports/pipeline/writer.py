"""Entries to rows: COPY in chunks, inside the transaction of the import."""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection

from contacts.models import Wallet
from imports.models import ImportBatch, SourceLine
from imports.parsing.records import BuiltTransaction, Entry, Part
from imports.pipeline.targets import Targets
from transactions.models import Transaction, TransactionLabel

CHUNK = 2000  # transactions

KNOWN = """
    SELECT line.key, line.id, t.undone_import_id IS NOT NULL,
        CASE WHEN t.deleted_at IS NOT NULL AND t.undone_import_id IS NULL THEN t.id END
    FROM transactions_sourceline AS line
    JOIN transactions_transaction AS t ON t.id = line.transaction_id
    WHERE line.wallet_id = %s AND line.family = %s AND line.key = ANY(%s)
"""
NEXT_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"

TRANSACTION = (
    "id",
    "ledger_id",
    "wallet_id",
    "batch_id",
    "own_address_id",
    "occurred_at",
    "type",
    "sent_amount",
    "sent_asset_id",
    "received_amount",
    "received_asset_id",
    "fee_amount",
    "fee_asset_id",
    "value_amount",
    "value_currency",
    "tx_hash",
    "group_key",
    "counterparty_id",
    "note",
    "status",
    "hidden",
    "created_at",
)
LINE = ("ledger_id", "wallet_id", "transaction_id", "family", "key", "line", "cells")
LABEL = ("ledger_id", "transaction_id", "label_id", "added_at")


@dataclass(slots=True)
class Lines:
    """Which lines of a file the wallet has. `fresh` has a byte for each, 1 for a line that it does
    not have; `known` are the keys of the rows of those that it has, `back` the lines that it has
    of an import that was undone, which are fresh too. `deleted` are transactions of known lines
    that a person has deleted."""

    fresh: bytearray = field(default_factory=bytearray)
    known: "array[int]" = field(default_factory=lambda: array("Q"))
    back: list[bytes] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)


def lines_of(wallet: Wallet, family: str, keys: Iterable[bytes]) -> Lines:
    found = Lines()
    with connection.cursor() as cursor:
        for some in batched(keys, 10_000):
            cursor.execute(KNOWN, [wallet.pk, family, list(some)])
            rows = cursor.fetchall()
            here = {bytes(key): undone for key, _pk, undone, _deleted in rows}
            found.back += [key for key, undone in here.items() if undone]
            found.known.extend(pk for _key, pk, undone, _deleted in rows if not undone)
            found.deleted.update(deleted for *_line, deleted in rows if deleted)
            found.fresh += bytes(key not in here or here[key] for key in some)
    return found


class Writer:
    def __init__(self, batch: ImportBatch, family: str) -> None:
        self.batch, self.wallet, self.family = batch, batch.wallet, family
        self.targets = Targets(batch.wallet)
        # By the database's clock, as labels that people add later are: those of the file have this
        # very moment, whatever the clock of the worker says.
        self.now = moment()

    def write(self, built: Iterator[BuiltTransaction], done: Callable[[int], None]) -> int:
        """The number of transactions; `done` is told after every chunk how many there are."""
        count = 0
        for chunk in batched(built, CHUNK):
            self._write(chunk)
            count += len(chunk)
            done(count)
        return count

    def _write(self, chunk: tuple[BuiltTransaction, ...]) -> None:
        self.targets.prepare(each.entry for each in chunk)
        numbered = list(zip(self._ids(len(chunk)), chunk, strict=True))
        copy(Transaction, TRANSACTION, (self._row(pk, each.entry) for pk, each in numbered))
        copy(SourceLine, LINE, self._lines(numbered))
        copy(TransactionLabel, LABEL, self._labels(numbered))

    def _ids(self, count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(NEXT_IDS, [Transaction._meta.db_table, count])
            return [pk for (pk,) in cursor.fetchall()]

    def _row(self, pk: int, entry: Entry) -> tuple[Any, ...]:
        own = self.targets.address(entry.chain, entry.own_address)
        other = self.targets.address(entry.chain, entry.counterparty)
        kind = entry.type
        if kind in ("deposit", "withdrawal") and other and other.wallet_id:
            kind = "transfer"
        return (
            pk,
            self.wallet.ledger_id,
            self.wallet.pk,
            self.batch.pk,
            own.pk if own else None,
            entry.occurred_at,
            kind,
            *self._part(entry.sent),
            *self._part(entry.received),
            *self._part(entry.fee),
            entry.value.amount if entry.value else None,
            entry.value.currency if entry.value else "",
            entry.tx_hash,
            entry.group,
            other.pk if other else None,
            entry.note,
            entry.status,
            False,
            self.now,
        )

    def _part(self, part: Part | None) -> tuple[Any, int | None]:
        return (part.amount, self.targets.asset(part.asset)) if part else (None, None)

    def _lines(self, numbered: list[tuple[int, BuiltTransaction]]) -> Iterator[tuple[Any, ...]]:
        for pk, built in numbered:
            for row in built.rows:
                cells = json.dumps(row.cells, ensure_ascii=False)
                place = (self.wallet.ledger_id, self.wallet.pk, pk)
                yield (*place, self.family, row.key, row.line, cells)

    def _labels(self, numbered: list[tuple[int, BuiltTransaction]]) -> Iterator[tuple[Any, ...]]:
        for pk, built in numbered:
            for label in {self.targets.label(name) for name in built.entry.labels}:
                yield self.wallet.ledger_id, pk, label, self.now


def moment() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def copy(model: Any, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    errors = connection.wrap_database_errors
    with connection.cursor() as cursor, errors, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)
