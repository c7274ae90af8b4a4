"""Transactions as CSV: Koinly's columns, which our own import reads again, and after them what
only we know: labels, names, and the file and lines that a row came from."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from imports.models import SourceLine
from live.snapshot import snapshot
from transactions.models import Asset, Label, Transaction
from transactions.models.transaction import TransactionQuerySet

CHUNK = 1000  # rows

# What Koinly calls our types; its word for the others follows from the amounts.
KOINLY = {
    "reward": "reward",
    "airdrop": "airdrop",
    "income": "income",
    "payment": "payment",
    "gift": "gift",
    "fee": "fee",
    "loss": "loss",
}
COLUMNS = (
    *("Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"),
    *("Fee Amount", "Fee Currency", "Net Worth Amount", "Net Worth Currency"),
    *("Label", "Description", "TxHash"),
    *("Ledger", "Wallet", "Type", "Status", "Hidden", "Contact", "Counterparty", "Own Address"),
    *("Labels", "Source File", "Source Format", "Source Lines"),
)


class Echo:
    """What is written is handed back at once."""

    def write(self, line: str) -> str:
        return line


def as_csv(rows: TransactionQuerySet) -> Iterator[str]:
    """Line by line, from one snapshot, in constant memory; times in UTC."""
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    with snapshot():
        for tx in exported(rows).iterator(chunk_size=CHUNK):
            yield writer.writerow(line(tx))


def exported(rows: TransactionQuerySet) -> TransactionQuerySet:
    lines = SourceLine.objects.only("transaction_id", "ledger_id", "line")
    return (
        rows.select_related(None)
        .prefetch_related(None)
        .for_list()
        .select_related("ledger", "batch", "own_address")
        .prefetch_related(Prefetch("source_lines", queryset=lines))
    )


def line(tx: Transaction) -> Iterable[str]:
    address = tx.counterparty
    contact = tx.contact or (address.contact if address else None)
    labels: list[Label] = list(tx.labels.all())
    return (
        f"{tx.occurred_at:%Y-%m-%d %H:%M:%S}",
        *part(tx.sent_amount, tx.sent_asset),
        *part(tx.received_amount, tx.received_asset),
        *part(tx.fee_amount, tx.fee_asset),
        plain(tx.value_amount),
        tx.value_currency,
        KOINLY.get(tx.type, ""),
        tx.note,
        tx.tx_hash,
        tx.ledger.slug,
        tx.wallet.name,
        tx.type,
        tx.status,
        "yes" if tx.hidden else "",
        contact.name if contact else "",
        address.shown if address else "",
        tx.own_address.shown if tx.own_address else "",
        "; ".join(label.name for label in labels),
        tx.batch.file_name if tx.batch else "",
        tx.batch.format if tx.batch else "",
        " ".join(str(each.line) for each in tx.source_lines.all()),
    )


def plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def part(amount: Decimal | None, asset: Asset | Any) -> tuple[str, str]:
    return plain(amount), asset.symbol if asset else ""
