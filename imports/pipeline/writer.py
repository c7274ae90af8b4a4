"""Entries to rows: COPY in chunks, inside the transaction of the import."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from datetime import datetime

from django.db import connection

from contacts.models import Address
from formats.parsing.records import BuiltTransaction, Entry, Part
from imports.models import ImportBatch, SourceLine
from imports.pipeline.background import Background, one_behind
from imports.pipeline.copying import NULL, as_json, copy, escaped
from imports.pipeline.targets import Targets
from transactions.models import Transaction, TransactionLabel

AHEAD = 2  # chunks that wait to be copied
# OFFSET 0: the sequence is looked up once, not for each number.
NEXT_IDS = """
    SELECT nextval(name) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0)
        AS sequence, generate_series(1, %s)
"""

TRANSACTION = (
    "id",
    "parent_id",
    # The same of all rows, but for those of our own export:
    "ledger_id",
    "wallet_id",
    "batch_id",
    "hidden",
    "contact_id",
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
    def __init__(
        self, batch: ImportBatch, family: str, targets: Targets, database: Background
    ) -> None:
        self.batch, self.family = batch, family
        self.database, self.targets = database, targets
        # By the database's clock, as labels that people add later are: those of the file have this
        # very moment, whatever the clock of the worker says.
        self.now = moment()
        self._common = self._place(batch.wallet_id) if batch.wallet_id else ""
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
        self.targets.prepare(chunk)
        with connection.cursor() as cursor:
            cursor.execute(NEXT_IDS, [Transaction._meta.db_table, len(chunk)])
            return [pk for (pk,) in cursor.fetchall()]

    def _write(self, numbered: Numbered) -> None:
        rows = "".join([self._row(*each) for each in with_parents(numbered)])
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

    def _row(self, pk: int, parent: int | None, built: BuiltTransaction) -> str:
        entry, common = built.entry, self._common
        if entry.written:
            contact = self.targets.contact(entry.written.contact)
            common = self._place(self.targets.wallet_of(built), entry.written.hidden, contact)
        elif not common:
            common = self._place(self.targets.wallet_of(built))
        return row_of(pk, parent, common, entry, self.targets)

    def _place(self, wallet: int, hidden: bool = False, contact: int | None = None) -> str:
        batch = self.batch
        return common_of(batch.ledger_id, wallet, batch.pk, hidden, contact, self.now)

    def _lines(self, numbered: Numbered) -> Iterator[str]:
        ledger = self.batch.ledger_id
        for pk, built in numbered:
            for row in built.rows:
                place = f"{ledger}\t{self.targets.wallet_of(built)}\t{pk}"
                cells = as_json(row.cells)
                for source, key in row.sources or [(self.family, row.key)]:
                    yield line_of(place, source, key, row.line, cells)
                    cells = "[]"  # they are of the row, however many lines it was made of

    def _labels(self, numbered: Numbered) -> Iterator[str]:
        for pk, built in numbered:
            for label in {self.targets.label(name) for name in built.entry.labels}:
                yield f"{self.batch.ledger_id}\t{pk}\t{label}\t{self.now}\n"


def common_of(
    ledger: int,
    wallet: int,
    batch: int | None,
    hidden: bool,
    contact: int | None,
    created: datetime,
) -> str:
    """What comes after the key, the same of all rows of most imports."""
    of = f"{ledger}\t{wallet}\t{batch or NULL}\t{'t' if hidden else 'f'}"
    return f"{of}\t{contact or NULL}\t{created}"


def with_parents(numbered: Numbered) -> Iterator[tuple[int, int | None, BuiltTransaction]]:
    """What has no line of its own is of the row before it."""
    last = None
    for pk, built in numbered:
        if built.rows:
            last = pk
        yield pk, None if built.rows else last, built


def row_of(pk: int, parent: int | None, common: str, entry: Entry, targets: Targets) -> str:
    """The text of TRANSACTION."""
    own = targets.address(entry.own_chain or entry.chain, entry.own_address)
    other = targets.address(entry.chain, entry.counterparty)
    value, currency = (entry.value.amount, entry.value.currency) if entry.value else (NULL, "")
    return (
        f"{pk}\t{parent or NULL}\t{common}"
        f"\t{own.pk if own else NULL}\t{other.pk if other else NULL}"
        f"\t{entry.occurred_at}\t{type_of(entry, other)}"
        f"\t{part_of(entry.sent, targets)}\t{part_of(entry.received, targets)}"
        f"\t{part_of(entry.fee, targets)}"
        f"\t{value}\t{escaped(currency)}\t{escaped(entry.tx_hash)}\t{escaped(entry.group)}"
        f"\t{escaped(entry.note)}\t{entry.status}\n"
    )


def part_of(part: Part | None, targets: Targets) -> str:
    return f"{part.amount!s}\t{targets.asset(part.asset)}" if part else f"{NULL}\t{NULL}"


def line_of(place: str, family: str, key: bytes, line: int, cells: str) -> str:
    """The text of LINE; `place` is ledger, wallet and transaction, `cells` are JSON."""
    return f"{place}\t{escaped(family)}\t\\\\x{key.hex()}\t{line}\t{cells}\n"


def type_of(entry: Entry, other: Address | None) -> str:
    """With an address of one's own, what a source takes for one side of something is a transfer."""
    one_side = entry.type in ("deposit", "withdrawal") and not entry.written
    return "transfer" if one_side and other and other.wallet_id else entry.type


def moment() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
