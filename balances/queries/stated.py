"""Balances that were stated, beside those that the transactions come to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from balances.models import StatedBalance
from balances.queries.running import Held, assets_of, found
from balances.queries.statements import STATED
from contacts.models import Wallet
from transactions.models import Asset

# Typed by hand, of one asset.
MOST = 200


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
