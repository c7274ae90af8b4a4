"""Real files, where they are at hand, and what each asset gained and lost."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from formats.parsing.records import RowError
from tests.imports.helpers import lines_of

SAMPLES = Path(os.environ.get("TXPROJECT_SAMPLES") or "missing")
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TXPROJECT_SAMPLES names no folder")


def wrong(text: str) -> list[str]:
    """The columns of the lines that were not understood."""
    return [line.column for line in lines_of(text) if isinstance(line, RowError)]


def added(changes: Iterable[tuple[str, Decimal | str]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for symbol, change in changes:
        sums[symbol] += Decimal(change)
    return {symbol: change for symbol, change in sums.items() if change}


def gained(built: Iterable[Any]) -> dict[str, Decimal]:
    """Received less sent less fees, per symbol."""
    return added(
        (part.asset.symbol, part.amount * sign)
        for each in built
        for part, sign in ((each.entry.received, 1), (each.entry.sent, -1), (each.entry.fee, -1))
        if part
    )


def rows_of(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines(), delimiter=delimiter))


def sample(name: str) -> str:
    return (SAMPLES / name).read_text("utf-8-sig")
