"""A ledger to a ZIP, a block at a time and from one snapshot."""

import json
import zipfile
from array import array
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import batched
from typing import Any

from imports.archive.balances import stated_balances
from imports.archive.history import entries_of, kept_imports, known_addresses
from imports.archive.lines import CHUNK, lines_of, number_in
from imports.archive.mappings import mappings_of
from imports.archive.parts import (
    COUNTS,
    FORMAT,
    KEPT,
    LEDGER,
    PARENT,
    PARTS,
    VERSION,
    file_of,
    key,
)
from imports.archive.reviews import new_rows
from imports.archive.rules import rules_of
from imports.archive.spam import hidden_by_marks, marks_of
from imports.archive.views import shared_views
from imports.models import ImportBatch, SourceLine
from imports.pipeline.known import unpacked
from imports.pipeline.report import lines_of as said_in
from ledgers.models import Ledger
from live.snapshot import snapshot
from transactions.models import Transaction, TransactionLabel
from transactions.queries.export import exported, fields

BLOCK = 1 << 16

type Row = dict[str, Any]


def file_name(ledger: Ledger, day: date) -> str:
    return f"{ledger.slug}-{day:%Y-%m-%d}.zip"


class Stream:
    """What is written to it is taken from it, so that a ZIP need not be kept."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        data = bytes(self.waiting)
        self.waiting.clear()
        return data


def written(ledger: Ledger, counts: dict[str, int] | None = None) -> Iterator[bytes]:
    """The archive, in constant memory; `counts` gets the number of rows of each part."""
    stream, counts = Stream(), {} if counts is None else counts
    with snapshot(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        ledger = Ledger.objects.get(pk=ledger.pk)  # as it is in this snapshot
        imports = numbered(ledger)
        for part, rows in parts(ledger, imports).items():
            counts[part] = 0
            with archive.open(file_of(part), "w", force_zip64=True) as target:
                for row in rows:
                    assert row.keys() == set(PARTS[part])
                    counts[part] += 1
                    target.write(line(row))
                    if len(stream.waiting) > BLOCK:
                        yield stream.taken()
        archive.writestr(LEDGER, line(about(ledger, counts)))
    yield stream.taken()


def line(row: Row) -> bytes:
    return (json.dumps(row, ensure_ascii=False, default=moment) + "\n").encode()


def moment(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def about(ledger: Ledger, counts: dict[str, int]) -> Row:
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": ledger.name,
        "slug": ledger.slug,
        "time_zone": ledger.time_zone,
        "keeps_files": ledger.keeps_files,
        "reviews_by": ledger.reviews_by,
        "rows": counts,
    }


def numbered(ledger: Ledger) -> dict[int, int]:
    """The imports that are kept, by their keys: a number of its own each."""
    return {pk: n for n, pk in enumerate(kept_imports(ledger).values_list("pk", flat=True), 1)}


def parts(ledger: Ledger, imports: dict[int, int]) -> dict[str, Iterable[Row]]:
    """The rows of each part, in a total order."""
    plain: dict[str, Any] = {
        "wallets": ledger.wallets,
        "contacts": ledger.contacts,
        "labels": ledger.labels,
        "assets": ledger.assets,
    }
    rows = {
        name: of.order_by("pk").values(*PARTS[name]).iterator(CHUNK) for name, of in plain.items()
    }
    return {
        "wallets": rows["wallets"],
        "contacts": rows["contacts"],
        "addresses": addresses(ledger),
        "labels": rows["labels"],
        "assets": rows["assets"],
        "imports": batches(ledger, imports),
        "remarks": remarks(imports),
        "transactions": transactions(ledger, imports),
        "known": known_rows(ledger, imports),
        "transfers": transfers(ledger),
        "views": shared_views(ledger, imports),
        "balances": stated_balances(ledger),
        "rules": rules_of(ledger, imports),
        "mappings": mappings_of(ledger),
        "spam": marks_of(ledger),
        "hidden_as_spam": hidden_by_marks(ledger),
        "new": new_rows(ledger),
        "history": entries_of(ledger),
    }


def addresses(ledger: Ledger) -> Iterator[Row]:
    known = known_addresses(ledger).select_related("contact", "wallet").order_by("pk")
    for row in known.iterator(CHUNK):
        yield {
            "chain": row.family,
            "address": row.shown,
            "note": row.note,
            "contact": row.contact and row.contact.name,
            "wallet": row.wallet and row.wallet.name,
        }


def batches(ledger: Ledger, imports: dict[int, int]) -> Iterator[Row]:
    rows = ImportBatch.objects.filter(pk__in=imports).defer("report", "known_lines")
    rows = rows.select_related("wallet", "imported_by")
    for row in rows.order_by("pk").iterator(CHUNK):
        same = ("file_name", "sha256", "format", "header", "size", "way", "seconds", "imported_at")
        yield {
            **{name: getattr(row, name) for name in (*same, *COUNTS)},
            "number": imports[row.pk],
            "wallet": row.wallet and row.wallet.name,
            "imported_by": row.imported_by.username if row.imported_by else row.imported_by_name,
        }


def remarks(imports: dict[int, int]) -> Iterator[Row]:
    rows = ImportBatch.objects.filter(pk__in=imports).exclude(report=None).order_by("pk")
    for row in rows.iterator(1):
        for said in said_in(row):
            yield {"import": imports[row.pk], "kind": said.pop("kind"), "said": said}


def transactions(ledger: Ledger, imports: dict[int, int]) -> Iterator[Row]:
    """Deleted ones too, so that their lines are known; not those of imports that were undone."""
    standing = ledger.transactions.filter(undone_import=None).order_by("pk")
    rows: Iterable[Transaction] = exported(standing, cells=True).iterator(CHUNK)
    lines = lines_of(ledger) if standing.exclude(parent=None).exists() else array("Q")
    for chunk in batched(rows, CHUNK):
        by_people = labels_of_people(chunk)
        for tx in chunk:
            row = {key(name): value for name, value in fields(tx, cells=True).items()}
            kept = (tx.batch_id and imports[tx.batch_id], tx.created_at, tx.edited_at)
            work = (tx.deleted_at, sorted(by_people.get(tx.pk, ())))
            parent = tx.parent_id and number_in(lines, tx.parent_id)
            yield row | dict(zip((*KEPT, PARENT), (*kept, *work, parent), strict=True))


def known_rows(ledger: Ledger, imports: dict[int, int]) -> Iterator[Row]:
    """What an import's file had that is another import's."""
    knew = ImportBatch.objects.filter(pk__in=imports).exclude(known_lines=None)
    lines: array[int] = array("Q")
    for pk, packed in knew.order_by("pk").values_list("pk", "known_lines").iterator(1):
        lines = lines or lines_of(ledger)
        keys = SourceLine.objects.filter(pk__in=list(unpacked(packed))).order_by("transaction")
        rows = keys.exclude(transaction__batch=pk).values_list("transaction", flat=True).distinct()
        for row in rows.iterator(CHUNK):
            if number := number_in(lines, row):
                yield {"import": imports[pk], "transaction": number}


def transfers(ledger: Ledger) -> Iterator[Row]:
    """What was decided about pairs whose ends are both in the archive."""
    pairs = ledger.transfers.filter(sent__undone_import=None, received__undone_import=None)
    if not pairs.exists():
        return
    lines = lines_of(ledger)
    for pair in pairs.order_by("pk").iterator(CHUNK):
        yield {
            "sent": number_in(lines, pair.sent_id),
            "received": number_in(lines, pair.received_id),
            "state": pair.state,
            "decided_at": pair.decided_at,
        }


def labels_of_people(rows: Iterable[Transaction]) -> dict[int, list[str]]:
    """Those that were added after their row was made, by its key."""
    created = {tx.pk: tx.created_at for tx in rows}
    found: dict[int, list[str]] = {}
    given = TransactionLabel.objects.filter(transaction__in=created).select_related("label")
    for each in given:
        if each.added_at > created[each.transaction_id]:
            found.setdefault(each.transaction_id, []).append(each.label.name)
    return found
