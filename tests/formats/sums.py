"""What a file gained and lost of each asset, as our readers see it, to be compared with sums that
a test makes of the file without them."""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.imports.helpers import entries_of

SAMPLES = Path(os.environ.get("TXPROJECT_SAMPLES") or "missing")
sampled = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TXPROJECT_SAMPLES is not set")


def gained(text: str, **options: Any) -> Counter:
    """Received less what was sent and paid."""
    sums: Counter[str] = Counter()
    for entry in entries_of(text, **options):
        for part, sign in ((entry.received, 1), (entry.sent, -1), (entry.fee, -1)):
            if part:
                sums[part.asset.symbol] += sign * part.amount
    return sums


def summed(pairs: Any) -> Counter:
    """Of an asset and what it gained, as text."""
    sums: Counter[str] = Counter()
    for asset, amount in pairs:
        sums[asset] += Decimal(amount)
    return sums
