"""What the tests of other trackers' files have in common."""

import csv
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.imports.helpers import built_of, shape

SAMPLES = Path(os.environ.get("TXPROJECT_SAMPLES") or "missing")
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TXPROJECT_SAMPLES names no folder")


def placed(text: str | bytes, **options: Any) -> list[tuple[str, ...]]:
    """Each transaction with its wallet."""
    return [
        (built.place.name if built.place else "", *shape(built.entry))
        for built in built_of(text, **options)
    ]


def sums_of(text: str | bytes, **options: Any) -> dict[str, Decimal]:
    """What each asset gained or lost."""
    moves: list[tuple[str, Decimal]] = []
    for built in built_of(text, **options):
        for part, sign in (
            (built.entry.received, 1),
            (built.entry.sent, -1),
            (built.entry.fee, -1),
        ):
            if part:
                moves.append((part.asset.contract or part.asset.symbol, sign * part.amount))
    return added(moves)


def added(moves: list[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for asset, amount in moves:
        sums[asset] = sums.get(asset, Decimal(0)) + amount
    return {asset: amount for asset, amount in sums.items() if amount}


def raw_rows(path: Path) -> Iterator[list[str]]:
    """The data lines of a sample, without our code."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def number(text: str) -> Decimal:
    return Decimal(text if text not in ("", "-") else "0")
