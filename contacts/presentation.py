"""Wallets as they are shown. Formatted here, before the template's loop."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.chains import family, short
from contacts.models import Wallet
from contacts.queries.wallets import Balance, Holding
from ledgers.models import Ledger
from transactions.presentation import Amount, amount, format_day

FIRST = 4
ICONS = {"chain": "link", "exchange": "building-bank", "other": "wallet"}


@dataclass(frozen=True, slots=True)
class ShownBalance:
    symbol: str
    title: str
    amount: Amount
    below: bool
    rows_url: str


@dataclass(slots=True)
class Card:
    wallet: Wallet
    icon: str
    about: str
    address: str
    more_addresses: int
    last: str
    imported: str
    url: str
    rows_url: str
    n: int | None = None
    balances: list[ShownBalance] = field(default_factory=list)

    @property
    def first(self) -> list[ShownBalance]:
        return self.balances if len(self.balances) == FIRST + 1 else self.balances[:FIRST]

    @property
    def rest(self) -> list[ShownBalance]:
        return self.balances[len(self.first) :]

    @property
    def below(self) -> list[ShownBalance]:
        return [balance for balance in self.balances if balance.below]


def card(ledger: Ledger, wallet: Any, holding: Holding | None) -> Card:
    rows = reverse("transaction_list", args=[ledger.slug])
    n = wallet.addresses_n or 0
    shown = Card(
        wallet=wallet,
        icon=ICONS[wallet.kind],
        about=about(wallet),
        address=short(wallet.address["shown"]) if wallet.kind == Wallet.Kind.CHAIN and n else "",
        more_addresses=n - 1,
        last=format_day(wallet.last) if wallet.last else "",
        imported=ago(wallet.imported) if wallet.imported else "",
        url=reverse("wallet", args=[ledger.slug, wallet.pk]),
        rows_url=f"{rows}?{urlencode({'wallet': wallet.pk, 'hidden': 'all'})}",
    )
    if holding:
        shown.n = holding.n
        shown.balances = [balance(shown.rows_url, each) for each in holding.balances]
    return shown


def about(wallet: Any) -> str:
    """Its kind, with the chain of its address; an exchange has many, none of which says much."""
    kind, n = wallet.get_kind_display(), wallet.addresses_n or 0
    if not n:
        return str(kind)
    if wallet.kind != Wallet.Kind.CHAIN:
        return f"{kind}, " + ngettext("%(n)s address", "%(n)s addresses", n) % {"n": n}
    name = wallet.address["family"]
    return f"{kind}, {family(name).symbol if name == 'evm' else family(name).name}"


def balance(rows_url: str, of: Balance) -> ShownBalance:
    asset = of.asset
    return ShownBalance(
        symbol=asset.symbol,
        title=" · ".join(filter(None, (asset.name, asset.chain, asset.contract))),
        amount=amount(of.amount, asset.symbol, "−" if of.amount < 0 else ""),
        below=of.amount < 0,
        rows_url=f"{rows_url}&{urlencode({'asset': asset.symbol})}",
    )


def ago(at: datetime) -> str:
    """Today with its time, else the day."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return _("today, %(time)s") % {"time": f"{local:%H:%M}"}
    return format_day(at)
