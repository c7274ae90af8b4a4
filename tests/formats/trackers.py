"""What the tests of other trackers' files have in common."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.imports.helpers import built_of, shape


def placed(text: str | bytes, **options: Any) -> list[tuple[str, ...]]:
    """Each transaction with its wallet."""
    return [
        (built.place.name if built.place else "", *shape(built.entry))
        for built in built_of(text, **options)
    ]


def raw_rows(path: Path) -> Iterator[list[str]]:
    """The data lines of a sample, without our code."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def number(text: str) -> Decimal:
    return Decimal(text if text not in ("", "-") else "0")
