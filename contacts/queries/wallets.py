"""What the wallets of a ledger hold."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from contacts.models import Address, Wallet
from imports.models import ImportBatch
from ledgers.models import Ledger
from transactions.models import Asset, Transaction
from transactions.models.transaction import ASSET_FIELDS, PARTS


@dataclass
class Balance:
    asset: Asset
    n: int = 0
    amount: Decimal = Decimal(0)


@dataclass
class Holding:
    """What a wallet holds by its transactions, hidden ones too; the most used assets first."""

    n: int = 0
    balances: list[Balance] = field(default_factory=list)

    def sort(self) -> None:
        """What is below zero needs a person; what is all gone need not be seen."""
        self.balances.sort(
            key=lambda b: (b.amount >= 0, not b.amount, -b.n, b.asset.symbol, b.asset.pk)
        )


def holdings(wallets: Iterable[Wallet], ledger: Ledger) -> dict[int, Holding]:
    """By wallet: received − sent − fee per asset, exact, of however many transactions.

    One query: rows that move the same assets are added up by the database, the few sums that are
    left by us.
    """
    keys = ("wallet", *ASSET_FIELDS)
    rows = ledger.transactions.alive().filter(wallet__in=[wallet.pk for wallet in wallets])
    sums = {part: Sum(f"{part}_amount") for part in PARTS}
    lines = list(rows.order_by().values(*keys).annotate(n=Count("pk"), **sums))
    assets = Asset.objects.in_bulk({pk for line in lines for key in keys[1:] if (pk := line[key])})
    found = {wallet.pk: Holding() for wallet in wallets}
    balances: dict[tuple[int, int], Balance] = {}
    for line in lines:
        found[line["wallet"]].n += line["n"]
        for asset, change in changes(line).items():
            balance = balances.setdefault((line["wallet"], asset), Balance(assets[asset]))
            balance.amount += change
            balance.n += line["n"]
    for (wallet, _asset), balance in balances.items():
        found[wallet].balances.append(balance)
    for holding in found.values():
        holding.sort()
    return found


def changes(line: dict[str, Any]) -> dict[int, Decimal]:
    """By asset, what the rows that were added up changed."""
    changed: dict[int, Decimal] = {}
    for part in PARTS:
        if asset := line[f"{part}_asset"]:
            change = line[part] if part == "received" else -line[part]
            changed[asset] = changed.get(asset, Decimal(0)) + change
    return changed


def for_page(wallets: QuerySet[Wallet]) -> QuerySet[Any]:
    """With the first of its addresses and their number, its last transaction and last import."""
    of_wallet = {"ledger": OuterRef("ledger"), "wallet": OuterRef("pk")}
    addresses = Address.objects.filter(**of_wallet).order_by("pk")
    number = addresses.order_by().values("wallet").annotate(n=Count("pk")).values("n")
    latest = Transaction.objects.filter(**of_wallet).alive().latest_first()
    imported = ImportBatch.objects.filter(**of_wallet).order_by("-imported_at", "-pk")
    return wallets.annotate(
        address=Subquery(addresses.values(it=JSONObject(family="family", shown="shown"))[:1]),
        addresses_n=Subquery(number, output_field=IntegerField()),
        last=Subquery(latest.values("occurred_at")[:1]),
        imported=Subquery(imported.values("imported_at")[:1]),
    ).order_by(F("name"), "pk")
