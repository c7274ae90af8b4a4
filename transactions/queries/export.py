"""Transactions out of the ledger, row by row: CSV, XLSX or JSON Lines with every field, which our
own import reads again (formats/readers/own.py), or Koinly's universal CSV. The first columns are
Koinly's, so that other tools read them too."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import Count, Prefetch, Sum, TextField
from django.db.models.functions import Cast, Length
from django.utils.translation import gettext as _

from contacts.models import Address
from imports.models import OWN_FAMILY, SourceLine, own_key
from transactions.models import Asset, Label, Transaction
from transactions.models.transaction import TransactionQuerySet
from txproject.localized import grouped

CHUNK = 1000  # rows
BLOCK = 1 << 16
MOST_IN_A_SHEET = 1_048_575  # rows below the header
MOST_IN_A_CELL = 32_767  # characters; a longer text would be cut off
OF_A_KEY = 65  # characters, with the space after it

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
    *("Ledger", "Wallet", "Wallet Kind", "Type", "Status", "Hidden"),
    # The contact that is shown; the row's own, which goes before that of its counterparty.
    *("Contact", "Row Contact"),
    *("Counterparty", "Counterparty Chain", "Counterparty Contact", "Counterparty Wallet"),
    *("Own Address", "Own Address Chain", "Own Address Wallet"),
    *("Labels", "Group", "Sent Contract", "Received Contract", "Fee Contract"),
    *("Source File", "Source Format", "Source Lines", "Source Families", "Source Keys"),
)
CELLS = "Source Cells"
# What a spreadsheet would take for a formula. A quotation mark itself is marked too, so that the
# mark can be told from it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
# What a workbook's text can carry by its code only (_x000D_), and what would be read as one.
NOT_IN_XML = re.compile(r"[^\t\n\x20-\uFFFD\U00010000-\U0010FFFF]|_(?=x[0-9A-Fa-f]{4}_)")

type Row = dict[str, Any]
type Rows = TransactionQuerySet


class TooMuch(Exception):
    """More than a sheet can hold; the message says what to do."""


def refuse_too_much(rows: Rows, kind: str, cells: bool = False) -> None:
    """Before anything is sent."""
    if kind != "xlsx":
        return
    if rows.order_by().count() > MOST_IN_A_SHEET:
        message = _("A sheet holds %(most)s rows: filter them, or take CSV.")
        raise TooMuch(message % {"most": grouped(MOST_IN_A_SHEET)})
    if any(long.exists() for long in too_long(rows.order_by(), cells)):
        raise TooMuch(longer_than_a_cell())


def too_long(rows: Rows, cells: bool) -> Iterator[Any]:
    """Notes, and rows of so many lines that their keys, or what stands in them, fill a cell."""
    yield rows.annotate(length=Length("note")).filter(length__gt=MOST_IN_A_CELL)
    lines = SourceLine.objects.filter(transaction__in=rows.values("pk")).order_by()
    of_rows = lines.values("transaction")
    yield of_rows.annotate(length=Count("pk") * OF_A_KEY - 1).filter(length__gt=MOST_IN_A_CELL)
    if cells:
        text = Length(Cast("cells", TextField()))
        yield of_rows.annotate(length=Sum(text)).filter(length__gt=MOST_IN_A_CELL)


def longer_than_a_cell() -> str:
    message = _("A cell of a sheet holds %(most)s characters, and there is a longer one: take CSV.")
    return message % {"most": grouped(MOST_IN_A_CELL)}


class Echo:
    """What is written is handed back at once."""

    def write(self, line: str) -> str:
        return line


def rows_of(rows: Rows, cells: bool = False) -> Iterator[Row]:
    """Every field by its column, in constant memory; times in UTC. Labels and source lines are
    lists, amounts text in digits. Whoever asks has opened a snapshot: one of ours would be open
    still where a file that breaks off leaves us in the middle."""
    for tx in exported(rows, cells).iterator(chunk_size=CHUNK):
        yield fields(tx, cells)


def exported(rows: Rows, cells: bool) -> Rows:
    only = [
        *("transaction_id", "ledger_id", "line", "family", "key"),
        *(["cells"] if cells else []),
    ]
    lines = SourceLine.objects.only(*only)
    return (
        rows.select_related(None)
        .prefetch_related(None)
        .for_list()
        .select_related("ledger", "batch", "own_address__wallet")
        .prefetch_related(Prefetch("source_lines", queryset=lines))
    )


def fields(tx: Transaction, cells: bool) -> Row:
    address = tx.counterparty
    contact = tx.contact or (address.contact if address else None)
    labels: list[Label] = list(tx.labels.all())
    lines: list[SourceLine] = list(tx.source_lines.all())
    in_file = [each for each in lines if each.line]
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
        "Wallet Kind": tx.wallet.kind,
        "Type": tx.type,
        "Status": tx.status,
        "Hidden": tx.hidden,
        "Contact": name_of(contact),
        "Row Contact": name_of(tx.contact),
        **located("Counterparty", address),
        "Counterparty Contact": name_of(address and address.contact),
        "Counterparty Wallet": name_of(address and address.wallet),
        **located("Own Address", tx.own_address),
        "Own Address Wallet": name_of(tx.own_address and tx.own_address.wallet),
        "Labels": [label.name for label in labels],
        "Group": tx.group_key,
        "Source File": tx.batch.file_name if tx.batch else "",
        "Source Format": tx.batch.format if tx.batch else "",
        "Source Lines": [each.line for each in in_file],
        **identity(tx, lines),
    }
    return row | {CELLS: [each.cells for each in in_file]} if cells else row


def name_of(row: Any) -> str:
    return row.name if row else ""


def located(name: str, address: Address | None) -> Row:
    """With its family of chains, since some write their addresses alike."""
    shown, family = (address.shown, address.family) if address else ("", "")
    return {name: shown, f"{name} Chain": family}


def identity(tx: Transaction, lines: list[SourceLine]) -> Row:
    """By what an import knows the row again: each of its lines, else the row itself."""
    known = [(line.family, bytes(line.key)) for line in lines]
    known = known or [(OWN_FAMILY, own_key(tx.ledger.uid, tx.pk))]
    return {
        "Source Families": [family for family, _key in known],
        "Source Keys": [key.hex() for _family, key in known],
    }


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


def text_of(name: str, value: Any) -> str:
    """As one cell of a table."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if name == CELLS:
        return json.dumps(value, ensure_ascii=False) if value else ""
    if name == "Labels":
        return "; ".join(map(quoted, value))
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)


def quoted(name: str) -> str:
    """One of several names in a cell, in quotation marks where it could be taken for more."""
    if name == name.strip() and not name.startswith("[") and not set(name) & set(';"\r\n'):
        return name
    return '"{}"'.format(name.replace('"', '""'))


def harmless(text: str) -> str:
    """Not a formula, whatever a file or a person wrote."""
    return f"'{text}" if text.startswith(FORMULA) else text


def is_marked(text: str) -> bool:
    """Whether its first character is the mark of what is no formula."""
    return text.startswith("'") and text[1:].startswith(FORMULA)


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
        yield writer.writerow([harmless(text_of(name, row[name])) for name in names])


def as_json_lines(rows: Rows, cells: bool = False) -> Iterator[str]:
    for row in rows_of(rows, cells):
        named = {name.lower().replace(" ", "_"): value for name, value in row.items()}
        yield json.dumps(named, ensure_ascii=False) + "\n"


def as_xlsx(rows: Rows, cells: bool = False) -> Iterator[bytes]:
    """Amounts are text: a spreadsheet's numbers have fifteen digits."""
    # Which takes long to import, and most processes never write a workbook.
    from openpyxl import Workbook

    names = columns(cells)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Transactions")
    sheet.append(names)
    for row in rows_of(rows, cells):
        sheet.append([cell(sheet, text_of(name, row[name])) for name in names])
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        yield from blocks(file)


def cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    text = NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(text) > MOST_IN_A_CELL:
        raise TooMuch(longer_than_a_cell())
    made = WriteOnlyCell(sheet, text)
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
