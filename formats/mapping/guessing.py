"""What the columns of a table seem to be, by their names and by what stands in them: a person looks
at it before it is used."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from formats.mapping import fields as known
from formats.parsing.values import DECIMAL_COMMA, NUMBER, TIME

# In the order in which they are looked for; each column is taken once.
NAMES = {
    "time": r"(?:date|datum|time|timestamp|zeit|buchungs\w*|valuta|created|day|tag|fecha)\b.*",
    "sent_asset": r"(?:sent|sell|out|from|sold)\W*(?:currency|asset|coin|unit|w[äa]hrung)",
    "received_asset": r"(?:received|buy|in|to|bought)\W*(?:currency|asset|coin|unit|w[äa]hrung)",
    "fee_asset": r"(?:fee|commission|geb[üu]hr\w*)\W*(?:currency|asset|coin|unit|w[äa]hrung)",
    "sent": r"(?:sent|sell|sold|out|outgoing|debit|paid out|soll|aus\w*|withdrawn)\b.*",
    "received": r"(?:received|buy|bought|in|incoming|credit|paid in|haben|ein\w*|deposited)\b.*",
    "fee": r".*\b(?:fees?|commission|kosten|geb[üu]hr\w*|entgelt)\b.*",
    "amount": r"(?:amount|betrag|change|quantity|qty|menge|umsatz|sum|summe|volume|anzahl)\b.*",
    "asset": r"(?:asset|coin|currency|symbol|token|ticker|w[äa]hrung|unit|commodity)\b.*",
    "value": r"(?:value|wert|gegenwert|worth|market value)\b.*",
    "hash": r"(?:tx|transaction)?\W*(?:hash|txid|tx id)\b.*",
    "counterparty": r"(?:address|counterparty|recipient|sender|adresse|to|from)\b.*",
    "type": r"(?:type|kind|side|operation|action|art|typ|vorgang|buchungsart|category)\b.*",
    "label": r"(?:label|tag|category|kategorie)\b.*",
    "note": r"(?:notes?|description|comment|memo|remark|verwendungszweck|text|notiz|details)\b.*",
}
JOINS = r"(?:order|trade|group|ref|reference)\W*(?:id|no|number|nr)?"
WORDS = (
    (r"buy|bought|kauf", "trade", known.IN),
    (r"sell|sold|verkauf", "trade", known.OUT),
    (r"deposit|einzahl|receive|incoming|gutschrift", "deposit", known.IN),
    (r"withdr|auszahl|send|sent|outgoing|lastschrift", "withdrawal", known.OUT),
    (r"stak|reward|interest|zins|earn|mining", "reward", known.IN),
    (r"airdrop", "airdrop", known.IN),
    (r"fee|geb[üu]hr|commission", "fee", known.OUT),
    (r"payment|zahlung|purchase", "payment", known.OUT),
    (r"transfer|umbuch", "transfer", known.OUT),
)
CLOCKS = (" %H:%M:%S", " %H:%M", "")
DAYS = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")
PATTERNS = tuple("|".join(day + clock for clock in CLOCKS) for day in DAYS)


def guess(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """As a mapping has it, but perhaps not all that one needs."""
    columns = columns_of(header)
    cells = {name: stands(rows, header.index(title)) for name, title in columns.items()}
    sign = sign_of(cells)
    unread = {"amount", "total", "sent", "received"}.difference(known.MOVED[sign])
    columns = {name: title for name, title in columns.items() if name not in unread}
    joins = next((title for title in header if matches(JOINS, title)), "")
    return {
        "columns": {name: title for name, title in columns.items() if has_amount(name, columns)},
        "sign": sign,
        "date": date_of(cells.get("time", ())),
        "decimal_mark": decimal_mark_of(cells),
        "joins": joins if joins not in columns.values() else "",
    }


def columns_of(header: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, pattern in NAMES.items():
        free = (title for title in header if title not in found.values())
        if title := next((title for title in free if matches(pattern, title)), None):
            found[name] = title
    return found


def matches(pattern: str, title: str) -> bool:
    return bool(re.fullmatch(pattern, title.strip().replace("_", " "), re.IGNORECASE))


def stands(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """What stands in a column, without its empty cells."""
    cells = (row[place].strip() for row in rows if place < len(row))
    return [cell for cell in cells if cell]


def has_amount(name: str, columns: Mapping[str, str]) -> bool:
    """A currency is only asked for where there is an amount of it."""
    amounts = [amount for amount, asset in known.ASSETS.items() if asset == name]
    in_columns = name == "asset" and {"sent", "received"} & columns.keys()
    return not amounts or bool(in_columns) or any(amount in columns for amount in amounts)


def sign_of(cells: Mapping[str, Sequence[str]]) -> str:
    if cells.keys() & {"sent", "received"} and "amount" not in cells:
        return known.IN_COLUMNS
    signed = any(cell.startswith("-") for cell in cells.get("amount", ()))
    return known.BY_WORD if "type" in cells and "amount" in cells and not signed else known.SIGNED


def decimal_mark_of(cells: Mapping[str, Sequence[str]]) -> str:
    amounts = [cell for name in known.ASSETS for cell in cells.get(name, ())]
    comma = any(DECIMAL_COMMA.fullmatch(cell) and not NUMBER.fullmatch(cell) for cell in amounts)
    return "," if comma else "."


def date_of(cells: Sequence[str]) -> str:
    """Empty where several ways would do, or none."""
    fitting = [date for date, fits in READS.items() if cells and all(map(fits, cells))]
    if set(fitting) & set(known.DATES):
        return fitting[0]
    return fitting[0] if len(fitting) == 1 else ""


def is_iso(cell: str) -> bool:
    return bool(TIME.fullmatch(cell) or re.fullmatch(r"\d{4}-\d\d-\d\d", cell, re.ASCII))


def is_number(least: int, most: int) -> Callable[[str], bool]:
    def fits(cell: str) -> bool:
        number = re.fullmatch(r"\d+(?:[.,]\d+)?", cell, re.ASCII)
        return bool(number) and least <= Decimal(cell.replace(",", ".")) < most

    return fits


def is_written(pattern: str) -> Callable[[str], bool]:
    def fits(cell: str) -> bool:
        return any(is_of(cell, each) for each in pattern.split("|"))

    return fits


def is_of(cell: str, pattern: str) -> bool:
    try:
        datetime.strptime(cell, pattern)  # noqa: DTZ007
    except ValueError:
        return False
    return True


READS: dict[str, Callable[[str], bool]] = {
    known.ISO: is_iso,
    known.EXCEL: is_number(30_000, 80_000),
    known.UNIX: is_number(900_000_000, 4_000_000_000),
    known.UNIX_MS: is_number(900_000_000_000, 4_000_000_000_000),
    **{pattern: is_written(pattern) for pattern in PATTERNS},
}


def word_guess(word: str) -> tuple[str, str]:
    """Our type, and the direction; of a word that says nothing, `auto` and none."""
    for pattern, kind, direction in WORDS:
        if re.search(pattern, word, re.IGNORECASE):
            return kind, direction
    return known.AUTO, ""
