"""Transactions out of the ledger, row by row: CSV, XLSX or JSON Lines with every field, or Koinly's
universal CSV. The first columns of the CSV are Koinly's, so our own import reads it again."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from imports.models import SourceLine
from live.snapshot import snapshot
from transactions.models import Asset, Label, Transaction
from transactions.models.transaction import TransactionQuerySet

CHUNK = 1000  # rows
BLOCK = 1 << 16
MOST_IN_A_SHEET = 1_048_575  # rows below the header

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
KOINLY_COLUMNS = (
    *("Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"),
    *("Fee Amount", "Fee Currency", "Net Worth Amount", "Net Worth Currency"),
    *("Label", "Description", "TxHash"),
)
COLUMNS = (
    *KOINLY_COLUMNS,
    *("Ledger", "Wallet", "Type", "Status", "Hidden", "Contact", "Counterparty", "Own Address"),
    *("Labels", "Group", "Sent Contract", "Received Contract", "Fee Contract"),
    *("Source File", "Source Format", "Source Lines"),
)
CELLS = "Source Cells"
# What a spreadsheet would take for a formula. A quotation mark itself is marked too, so that the
# mark can be told from it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")

type Row = dict[str, Any]
type Rows = TransactionQuerySet


class TooManyRows(Exception):
    """More than a sheet can hold; the message says what to do."""


def refuse_too_many(rows: Rows, kind: str) -> None:
    """Before anything is sent."""
    if kind == "xlsx" and rows.order_by().count() > MOST_IN_A_SHEET:
        message = _("A sheet holds %(most)s rows: filter them, or take CSV.")
        raise TooManyRows(message % {"most": f"{MOST_IN_A_SHEET:,}"})


class Echo:
    """What is written is handed back at once."""

    def write(self, line: str) -> str:
        return line


def rows_of(rows: Rows, cells: bool = False) -> Iterator[Row]:
    """Every field by its column, from one snapshot, in constant memory; times in UTC. Labels and
    source lines are lists, amounts text in digits."""
    with snapshot():
        for tx in exported(rows, cells).iterator(chunk_size=CHUNK):
            yield fields(tx, cells)


def exported(rows: Rows, cells: bool) -> Rows:
    only = ["transaction_id", "ledger_id", "line", *(["cells"] if cells else [])]
    lines = SourceLine.objects.only(*only)
    return (
        rows.select_related(None)
        .prefetch_related(None)
        .for_list()
        .select_related("ledger", "batch", "own_address")
        .prefetch_related(Prefetch("source_lines", queryset=lines))
    )


def fields(tx: Transaction, cells: bool) -> Row:
    address = tx.counterparty
    contact = tx.contact or (address.contact if address else None)
    labels: list[Label] = list(tx.labels.all())
    lines: list[SourceLine] = list(tx.source_lines.all())
    row = {
        "Date": f"{tx.occurred_at:%Y-%m-%d %H:%M:%S}" + microseconds(tx),
        **part("Sent", tx.sent_amount, tx.sent_asset),
        **part("Received", tx.received_amount, tx.received_asset),
        **part("Fee", tx.fee_amount, tx.fee_asset),
        "Net Worth Amount": plain(tx.value_amount),
        "Net Worth Currency": tx.value_currency,
        "Label": KOINLY.get(tx.type, ""),
        "Description": tx.note,
        "TxHash": tx.tx_hash,
        "Ledger": tx.ledger.slug,
        "Wallet": tx.wallet.name,
        "Type": tx.type,
        "Status": tx.status,
        "Hidden": tx.hidden,
        "Contact": contact.name if contact else "",
        "Counterparty": address.shown if address else "",
        "Own Address": tx.own_address.shown if tx.own_address else "",
        "Labels": [label.name for label in labels],
        "Group": tx.group_key,
        "Source File": tx.batch.file_name if tx.batch else "",
        "Source Format": tx.batch.format if tx.batch else "",
        "Source Lines": [each.line for each in lines],
    }
    return row | {CELLS: [each.cells for each in lines]} if cells else row


def microseconds(tx: Transaction) -> str:
    return f"{tx.occurred_at:.%f}" if tx.occurred_at.microsecond else ""


def plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def part(name: str, amount: Decimal | None, asset: Asset | Any) -> Row:
    contract = f"{asset.chain}:{asset.contract}" if asset and asset.contract else ""
    symbol = asset.symbol if asset else ""
    return {
        f"{name} Amount": plain(amount),
        f"{name} Currency": symbol,
        f"{name} Contract": contract,
    }


def text_of(value: Any) -> str:
    """As one cell of a table."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return ("; " if value and isinstance(value[0], str) else " ").join(map(str, value))
    return str(value)


def harmless(text: str) -> str:
    """Not a formula, whatever a file or a person wrote."""
    return f"'{text}" if text.startswith(FORMULA) else text


def columns(cells: bool) -> tuple[str, ...]:
    return (*COLUMNS, CELLS) if cells else COLUMNS


def as_csv(rows: Rows, cells: bool = False) -> Iterator[str]:
    return table(rows_of(rows, cells), columns(cells))


def as_koinly(rows: Rows, _cells: bool = False) -> Iterator[str]:
    """Nothing but the columns of Koinly's template."""
    return table(rows_of(rows), KOINLY_COLUMNS)


def table(rows: Iterable[Row], names: tuple[str, ...]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow([harmless(text_of(row[name])) for name in names])


def as_json_lines(rows: Rows, cells: bool = False) -> Iterator[str]:
    for row in rows_of(rows, cells):
        named = {name.lower().replace(" ", "_"): value for name, value in row.items()}
        yield json.dumps(named, ensure_ascii=False) + "\n"


def as_xlsx(rows: Rows, cells: bool = False) -> Iterator[bytes]:
    """Amounts are text: a spreadsheet's numbers have fifteen digits."""
    names = columns(cells)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Transactions")
    sheet.append(names)
    for row in rows_of(rows, cells):
        sheet.append([cell(sheet, text_of(row[name])) for name in names])
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        yield from blocks(file)


def cell(sheet: Any, text: str) -> Any:
    made = WriteOnlyCell(sheet, "".join(char for char in text if char >= " " or char in "\t\n"))
    made.data_type = "s"
    return made


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


# By what a file name ends with: what writes it, and its media type.
WRITERS: dict[str, tuple[Callable[[Rows, bool], Iterator[Any]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "jsonl": (as_json_lines, "application/jsonl; charset=utf-8"),
    "koinly.csv": (as_koinly, "text/csv; charset=utf-8"),
}
