"""Balances that were stated, beside those that the transactions come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from balances.models import StatedBalance
from balances.queries.running import Held, assets_of, found
from balances.queries.statements import FILED, STATED
from contacts.models import Wallet
from formats import FORMATS
from transactions.models import Asset

# Typed by hand, of one asset.
MOST = 200
STATING = {each.name: each for each in FORMATS if each.states}


@dataclass(frozen=True, slots=True)
class Compared:
    """A balance that a person stated. Where it differs: since when, and the statement before that,
    which did not differ so."""

    row: StatedBalance
    computed: Decimal
    first: datetime
    before: datetime | None

    @property
    def difference(self) -> Decimal:
        """What there is more than the transactions come to."""
        return self.row.amount - self.computed


@dataclass(frozen=True, slots=True)
class Filed:
    """What the imported files state: on how many days, and where it begins to differ otherwise."""

    days: int
    differences: list["Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """From that day on a file states something else than the transactions come to, or, where the
    difference is 0, the same again."""

    at: datetime
    stated: Decimal
    computed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.stated - self.computed


def compared(wallet: Wallet, asset: Asset) -> list[Compared]:
    """The latest ones that people stated, in the order of their times."""
    rows = StatedBalance.objects.filter(ledger=wallet.ledger_id, wallet=wallet, asset=asset)
    latest = list(rows.order_by("-at", "-pk")[:MOST])[::-1]
    computed = dict(found(STATED, wallet, asset=asset.pk)) if latest else {}
    done: list[Compared] = []
    for row in latest:
        done.append(beside(row, computed[row.pk], done[-1] if done else None))
    return done


def beside(row: StatedBalance, computed: Decimal, last: Compared | None) -> Compared:
    """A difference is as old as the first of those that are the same."""
    if last and last.difference == row.amount - computed:
        return Compared(row, computed, last.first, last.before)
    return Compared(row, computed, row.at, last.row.at if last else None)


def held_or_stated(wallet: Wallet) -> list[Held]:
    """The assets that it has had, and those that somebody has only stated a balance of."""
    held = assets_of(wallet)
    rows = StatedBalance.objects.filter(ledger=wallet.ledger_id, wallet=wallet)
    others = rows.exclude(asset__in=[each.asset.pk for each in held]).order_by()
    keys = list(others.values_list("asset", flat=True).distinct())
    none = (Decimal(0), Decimal(0), 0)
    return held + [Held(asset, *none) for asset in Asset.objects.filter(pk__in=keys)]


def filed(wallet: Wallet, asset: Asset) -> Filed:
    """Of the files whose lines say what they leave. The lines are kept with their rows, so this
    follows imports, and what is undone of them, by itself."""
    batches = list(stating(wallet, asset))
    if not batches:
        return Filed(0, [])
    names = ("batches", "assets", "balances", "parts", "mains", "codes")
    columns = dict(zip(names, map(list, zip(*batches, strict=True)), strict=True))
    zone = wallet.ledger.time_zone
    rows = found(FILED, wallet, asset=asset.pk, zone=zone, **columns)
    differences = [Difference(*row[:3]) for row in rows if row[4]]
    return Filed(rows[-1][3] if rows else 0, differences)


def stating(wallet: Wallet, asset: Asset) -> Iterator[tuple[Any, ...]]:
    """Of each import the places of the columns, and the pattern of the asset's names."""
    batches = wallet.batches.filter(undone_at=None, format__in=STATING)
    for pk, name, header in batches.values_list("pk", "format", "header"):
        kind = STATING[name]
        columns, states = kind.match(header), kind.states
        assert states
        if columns and states.balance in columns.index:
            places = [columns.index.get(name) for name in states[:3]]
            yield pk, *places, states.main, f"^{kind.codes(asset.symbol)}$"
