"""Mappings of tables in the archive of their ledger. What an import is of a mapping names it, so it
is read by itself again."""

from collections.abc import Iterator
from typing import Any

from formats.mapping import BadMapping, Mapping
from formats.mapping.fields import NAME_LENGTH
from imports.archive.fields import Fields
from imports.models import FormatMapping
from ledgers.models import Ledger


def mappings_of(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for row in ledger.mappings.order_by("pk"):
        yield {"name": row.name, "mapping": row.mapping, "created_at": row.created_at}


def restore_mappings(ledger: Ledger, lines: Iterator[Fields]) -> int:
    return len([restored(ledger, line) for line in lines])


def restored(ledger: Ledger, line: Fields) -> FormatMapping:
    row = FormatMapping(
        ledger=ledger,
        name=line.text("name", NAME_LENGTH, empty=False),
        mapping=said(line),
        created_at=line.moment("created_at"),
    )
    row.save_base(raw=True, force_insert=True)  # its time is not now, as of every new row
    return row


def said(line: Fields) -> dict[str, Any]:
    """One that is not understood would stand in the way of every file of the ledger."""
    values: dict[str, Any] = line.json("mapping", dict)
    try:
        Mapping.of(values | {"name": line.text("name")})
    except BadMapping as error:
        line.refuse("mapping", str(error))
    return values
