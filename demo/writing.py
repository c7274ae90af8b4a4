"""Drafts to rows: COPY in chunks, inside one transaction."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import batched
from typing import Any

from django.db import connection

from demo.draft import Draft, Part
from demo.parties import Account, Parties
from demo.source import Source, source_of
from imports.models import ImportBatch, SourceLine
from imports.pipeline.writer import NEXT_IDS
from ledgers.models import User
from transactions.models import Transaction, TransactionLabel

CHUNK = 5_000
# Newer rows have come from a file, older ones are said to have been written by hand.
FROM_FILES = timedelta(days=120)
TRANSACTION = (
    "id", "ledger_id", "wallet_id", "occurred_at", "type", "sent_amount", "sent_asset_id",
    "received_amount", "received_asset_id", "fee_amount", "fee_asset_id", "value_amount",
    "value_currency", "tx_hash", "group_key", "own_address_id", "counterparty_id", "contact_id",
    "note", "status", "hidden", "batch_id", "created_at",
)  # fmt: skip
LABEL = ("ledger_id", "transaction_id", "label_id")
COUNTS = ("lines", "imported", "duplicates", "skipped", "errors", "transactions")
LINE = ("ledger_id", "wallet_id", "transaction_id", "family", "key", "line", "cells")


class Writer:
    def __init__(self, parties: Parties, now: datetime, by: User) -> None:
        self.parties, self.now, self.by = parties, now, by
        self.ledger = parties.ledger
        self.batches: dict[tuple[Account, str], ImportBatch] = {}

    def write(self, drafts: Iterator[Draft], done: Callable[[int], None]) -> None:
        count = 0
        for chunk in batched(drafts, CHUNK):
            self._write(chunk)
            count += len(chunk)
            done(count)
        for batch in self.batches.values():
            batch.save()

    def _write(self, chunk: tuple[Draft, ...]) -> None:
        lines: list[tuple[Any, ...]] = []
        numbered = zip(ids(len(chunk)), chunk, strict=True)
        rows = [self._row(pk, draft, lines) for pk, draft in numbered]
        copy(Transaction, TRANSACTION, rows)
        copy(SourceLine, LINE, lines)
        copy(TransactionLabel, LABEL, self._labels(rows, chunk))

    def _row(self, pk: int, draft: Draft, lines: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        source = source_of(draft) if draft.at > self.now - FROM_FILES else None
        return (
            pk,
            self.ledger.pk,
            draft.account.pk,
            draft.at,
            draft.type,
            *amount(draft.sent),
            *amount(draft.received),
            *amount(draft.fee),
            Decimal(draft.value).scaleb(-2) if draft.value else None,
            "EUR" if draft.value else "",
            draft.tx_hash,
            draft.group,
            draft.own.pk if draft.own else None,
            draft.other.pk if draft.other else None,
            draft.contact,
            draft.note,
            "failed" if draft.failed else "ok",
            draft.hidden,
            self._imported(pk, draft, source, lines) if source else None,
            self.now,
        )

    def _imported(self, pk: int, draft: Draft, source: Source, lines: list[tuple[Any, ...]]) -> int:
        """The file that the row is said to have come from; its lines are added to the others."""
        batch = self._batch(draft.account, source)
        for cells in source.lines(draft):
            batch.lines += 1
            key = sha256(f"demo {batch.pk} {batch.lines}".encode()).digest()
            account = (self.ledger.pk, draft.account.pk, pk)
            lines.append((*account, source.format, key, batch.lines + 1, json.dumps(cells)))
        batch.transactions += 1
        batch.imported = batch.lines
        return batch.pk

    def _batch(self, account: Account, source: Source) -> ImportBatch:
        key = (account, source.format)
        if key not in self.batches:
            own = account.own["evm"][0].at.shown
            name = source.file.format(address=own)
            self.batches[key] = ImportBatch.objects.create(
                ledger=self.ledger,
                wallet_id=account.pk,
                file_name=name,
                sha256=sha256(f"{self.ledger.slug} {name}".encode()).hexdigest(),
                format=source.format,
                header=source.header,
                imported_by=self.by,
                **dict.fromkeys(COUNTS, 0),
            )
        return self.batches[key]

    def _labels(self, rows: list[tuple[Any, ...]], chunk: Iterable[Draft]) -> Iterator[Any]:
        for row, draft in zip(rows, chunk, strict=True):
            for label in draft.labels:
                yield self.ledger.pk, row[0], self.parties.labels[label]


def ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IDS, [Transaction._meta.db_table, count])
        return [pk for (pk,) in cursor.fetchall()]


def amount(part: Part | None) -> tuple[Decimal | None, int | None]:
    if not part:
        return None, None
    return Decimal(part.units).scaleb(-part.coin.decimals), part.coin.pk


def copy(model: Any, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as stream,
    ):
        for row in rows:
            stream.write_row(row)
