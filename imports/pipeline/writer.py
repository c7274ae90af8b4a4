"""Entries to rows: COPY in chunks, inside the transaction of the import."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from datetime import datetime

from django.db import connection

from imports.models import ImportBatch, SourceLine
from imports.parsing.records import BuiltTransaction, Entry, Part
from imports.pipeline.background import Background, one_behind
from imports.pipeline.copying import NULL, as_json, copy, escaped
from imports.pipeline.targets import Targets
from transactions.models import Transaction, TransactionLabel

AHEAD = 2  # chunks that wait to be copied
NEXT_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"

TRANSACTION = (
    "id",
    # The same of all rows:
    "ledger_id",
    "wallet_id",
    "batch_id",
    "hidden",
    "created_at",
    # Each row's own:
    "own_address_id",
    "counterparty_id",
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
    "note",
    "status",
)
LINE = ("ledger_id", "wallet_id", "transaction_id", "family", "key", "line", "cells")
LABEL = ("ledger_id", "transaction_id", "label_id", "added_at")

type Chunk = list[BuiltTransaction]
type Numbered = list[tuple[int, BuiltTransaction]]


class Writer:
    def __init__(self, batch: ImportBatch, family: str, database: Background) -> None:
        self.batch, self.wallet, self.family = batch, batch.wallet, family
        self.database = database
        self.targets = Targets(batch.wallet)
        # By the database's clock, as labels that people add later are: those of the file have this
        # very moment, whatever the clock of the worker says.
        self.now = moment()
        self._common = f"{self.wallet.ledger_id}\t{self.wallet.pk}\t{batch.pk}\tf\t{self.now}"
        self._waiting: deque[Future[None]] = deque()

    def write(self, chunks: Iterable[Chunk]) -> int:
        """The number of transactions."""
        count = 0
        prepared = ((chunk, self.database.ask(self._prepare, chunk)) for chunk in chunks if chunk)
        for chunk, ids in one_behind(prepared):
            self._write(list(zip(ids.result(), chunk, strict=True)))
            count += len(chunk)
        self._wait(0)
        return count

    def _prepare(self, chunk: Chunk) -> list[int]:
        self.targets.prepare(each.entry for each in chunk)
        with connection.cursor() as cursor:
            cursor.execute(NEXT_IDS, [Transaction._meta.db_table, len(chunk)])
            return [pk for (pk,) in cursor.fetchall()]

    def _write(self, numbered: Numbered) -> None:
        rows = "".join([self._row(pk, each.entry) for pk, each in numbered])
        lines, labels = "".join(self._lines(numbered)), "".join(self._labels(numbered))
        self._waiting.append(self.database.ask(self._copy, rows, lines, labels))
        self._wait(AHEAD)

    def _copy(self, rows: str, lines: str, labels: str) -> None:
        copy(Transaction, TRANSACTION, rows)
        copy(SourceLine, LINE, lines)
        copy(TransactionLabel, LABEL, labels)

    def _wait(self, most: int) -> None:
        """Until no more chunks than that are waiting."""
        while len(self._waiting) > most:
            self._waiting.popleft().result()

    def _row(self, pk: int, entry: Entry) -> str:
        own = self.targets.address(entry.chain, entry.own_address)
        other = self.targets.address(entry.chain, entry.counterparty)
        kind = entry.type
        if kind in ("deposit", "withdrawal") and other and other.wallet_id:
            kind = "transfer"
        value, currency = (entry.value.amount, entry.value.currency) if entry.value else (NULL, "")
        return (
            f"{pk}\t{self._common}\t{own.pk if own else NULL}\t{other.pk if other else NULL}"
            f"\t{entry.occurred_at}\t{kind}"
            f"\t{self._part(entry.sent)}\t{self._part(entry.received)}\t{self._part(entry.fee)}"
            f"\t{value}\t{escaped(currency)}\t{escaped(entry.tx_hash)}\t{escaped(entry.group)}"
            f"\t{escaped(entry.note)}\t{entry.status}\n"
        )

    def _part(self, part: Part | None) -> str:
        return f"{part.amount!s}\t{self.targets.asset(part.asset)}" if part else f"{NULL}\t{NULL}"

    def _lines(self, numbered: Numbered) -> Iterator[str]:
        ledger, wallet, family = self.wallet.ledger_id, self.wallet.pk, escaped(self.family)
        for pk, built in numbered:
            for row in built.rows:
                line = f"{pk}\t{family}\t\\\\x{row.key.hex()}\t{row.line}\t{as_json(row.cells)}"
                yield f"{ledger}\t{wallet}\t{line}\n"

    def _labels(self, numbered: Numbered) -> Iterator[str]:
        for pk, built in numbered:
            for label in {self.targets.label(name) for name in built.entry.labels}:
                yield f"{self.wallet.ledger_id}\t{pk}\t{label}\t{self.now}\n"


def moment() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
