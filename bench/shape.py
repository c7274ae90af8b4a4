"""How large the database is, who is in it, and which values of its filters are frequent or rare."""

from dataclasses import dataclass
from datetime import date, timedelta

START, YEARS = date(2020, 1, 1), 6
USER = "bench"
ASSETS, LABELS, CONTACTS, WALLETS = 400, 40, 300, 7


@dataclass(frozen=True)
class Shape:
    """`total` transactions over `ledgers`: one of `large`, `medium` and `small` rows, and others.

    With `alone` there is nothing but the rows of the large one, the very same.
    """

    total: int = 5_000_000
    ledgers: int = 1_000
    large: int = 1_000_000
    medium: int = 50_000
    small: int = 2_000
    addresses: int = 50_000
    alone: bool = False

    @classmethod
    def of(cls, twentieth: bool, alone: bool = False) -> "Shape":
        if twentieth:
            return cls(250_000, 50, 50_000, addresses=2_500, alone=alone)
        return cls(alone=alone)

    @property
    def name(self) -> str:
        """Of its database."""
        return f"bench_{self.large if self.alone else self.total}"


LARGE, MEDIUM, SMALL = "large", "medium", "small"
SLUGS = {LARGE: 1, MEDIUM: 2, SMALL: 3}  # ids of the ledgers
OTHERS = 4  # the first id of all others


def wallet(ledger: int, k: int) -> int:
    return ledger * 10 + k


def asset(ledger: int, k: int) -> int:
    return ledger * 1000 + k


def label(ledger: int, k: int) -> int:
    return ledger * 100 + k


def contact(ledger: int, k: int) -> int:
    return ledger * 1000 + k


def address(ledger: int, k: int) -> int:
    return ledger * 100_000 + k


def symbol(k: int) -> str:
    return ("BTC", "ETH", "USDC", "EUR", "SOL")[k] if k < 5 else f"T{k:03}"


def filters(ledger: int, few_addresses: bool = False) -> dict[str, dict[str, object]]:
    """For each filter of the page a frequent and a rare value."""
    old = START + timedelta(days=60)
    recent = START + timedelta(days=365 * YEARS - 60)
    return {
        "wallet": {"frequent": wallet(ledger, 0), "rare": wallet(ledger, WALLETS - 1)},
        "type": {"frequent": "trade", "rare": "loss"},
        "asset": {"frequent": "BTC", "rare": symbol(ASSETS - 1)},
        "contact": {"frequent": contact(ledger, 0), "rare": contact(ledger, CONTACTS - 1)},
        "label": {"frequent": label(ledger, 0), "rare": label(ledger, LABELS - 1)},
        "address": {"frequent": "0xabcd0", "rare": "0xabcd1"},
        "since": {"frequent": START + timedelta(days=365), "rare": recent},
        "until": {"frequent": recent, "rare": old},
        "min": {"frequent": "0.01", "rare": "990"},
        "max": {"frequent": "100", "rare": "0.00000001"},
        "q": {"frequent": "invoice", "rare": "quartz"},
        "status": {"rare": "failed"},
        "hidden": {"frequent": "all", "rare": "only"},
        "transfers": {"frequent": "once"},
    }
