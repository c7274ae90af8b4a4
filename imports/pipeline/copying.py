"""Rows as the text that COPY reads: made here, so that the database copies one block of them while
Python makes the next."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

NULL = r"\N"
SPECIAL = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

type Cell = str | int | bool | Decimal | datetime | bytes | None


def block(rows: Iterable[Iterable[Cell]]) -> bytes:
    return "".join("\t".join(map(written, row)) + "\n" for row in rows).encode()


def written(cell: Cell) -> str:
    if cell is None:
        return NULL
    if isinstance(cell, str):
        return cell.translate(SPECIAL)
    if isinstance(cell, bytes):
        return rf"\\x{cell.hex()}"
    return str(cell)


def copy(model: Any, columns: tuple[str, ...], rows: bytes) -> None:
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    errors = connection.wrap_database_errors
    with connection.cursor() as cursor, errors, cursor.copy(statement) as stream:
        stream.write(rows)
