"""What the rows of an import point at: assets, addresses and labels of the ledger, made when
they are missing. Each is asked for once per import."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from contacts.chains import AddressError, ChainAddress, normalise
from contacts.models import Address, Wallet
from formats.parsing.records import (
    AssetRef,
    BuiltTransaction,
    Entry,
    Hint,
    ImportFailed,
    Remark,
)
from ledgers.models import Ledger
from transactions.models import Asset, Label

LABELS = """
    SELECT wanted, label.id FROM unnest(%s::text[]) AS wanted
    JOIN transactions_label AS label ON label.ledger_id = %s AND lower(label.name) = lower(wanted)
"""


class Targets:
    def __init__(self, ledger: Ledger, wallet: Wallet | None = None) -> None:
        self.ledger, self.wallet = ledger, wallet
        # Addresses that somebody named otherwise than the file.
        self.remarks: list[Remark] = []
        self._assets: dict[AssetRef, int] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._addresses: dict[str, Address] = {}
        self._labels: dict[str, int] = {}

    def wallet_of(self, built: BuiltTransaction) -> int:
        assert self.wallet
        return self.wallet.pk

    def contact(self, name: str) -> int | None:
        return None

    def prepare(self, built: Iterable[BuiltTransaction]) -> None:
        """Everything that these transactions point at, with a few queries."""
        self._prepare([each.entry for each in built])

    def _prepare(self, entries: list[Entry]) -> None:
        assets: dict[AssetRef, None] = {}
        texts: dict[tuple[str, str], None] = {}
        own: dict[tuple[str, str], None] = {}
        labels: dict[str, None] = {}
        for entry in entries:
            for part in (entry.sent, entry.received, entry.fee):
                if part and part.asset not in self._assets:
                    assets[part.asset] = None
            texts[entry.chain, entry.counterparty] = None
            own[entry.own_chain or entry.chain, entry.own_address] = None
            if entry.labels:
                labels |= dict.fromkeys(entry.labels)
        self._prepare_assets(assets)
        self._prepare_addresses([text for text in texts | own if text not in self._texts])
        for chain, text in own:
            if text:
                self._own(chain, text)
        self._prepare_labels([name for name in labels if name not in self._labels])

    def asset(self, ref: AssetRef) -> int:
        return self._assets[ref]

    def address(self, chain: str, text: str) -> Address | None:
        """None where the source names none, or something that is no address."""
        return self._addresses.get(self._texts[chain, text])

    def label(self, name: str) -> int:
        return self._labels[name]

    def _own(self, chain: str, text: str) -> None:
        """An own address becomes the wallet's if it is nobody's yet."""
        address = self.address(chain, text)
        if address is None:
            raise ImportFailed(
                _("“%s” is not an address.") % text, Hint("owner_address", {"0x…": ""})
            )
        if self.wallet and address.wallet_id != self.wallet.pk:
            self._claim(address)

    def _claim(self, address: Address) -> None:
        free = Address.objects.filter(pk=address.pk, contact=None, wallet=None)
        if free.update(wallet=self.wallet):
            address.wallet = self.wallet
            return
        address = Address.objects.select_related("contact", "wallet").get(pk=address.pk)
        names: dict[str, Any] = {"address": address.shown, "wallet": self.wallet}
        names["owner"] = address.wallet
        if address.wallet:
            message = _("%(address)s is an address of the wallet “%(owner)s”, not of “%(wallet)s”.")
            raise ImportFailed(message % names, Hint("wallet", {address.wallet.name: ""}))
        else:
            names["owner"] = address.contact
            message = _(
                "%(address)s is an address of the contact “%(owner)s”,"
                " so it cannot be the own address of “%(wallet)s”. If it is yours, take it from"
                " the contact first, on its page."
            )
        raise ImportFailed(message % names)

    def _prepare_assets(self, refs: dict[AssetRef, None]) -> None:
        if not refs:
            return
        wanted = {ref.identity: ref for ref in refs}
        rows = [
            Asset(
                ledger=self.ledger,
                symbol=ref.symbol,
                name=ref.name,
                chain=ref.chain,
                contract=ref.contract,
            )
            for _key, ref in sorted(wanted.items())
        ]
        Asset.objects.bulk_create(rows, ignore_conflicts=True)
        found: Any = self.ledger.assets.all()
        coins = found.filter(contract="", symbol__in=[ref.symbol for ref in refs])
        tokens = found.filter(contract__in={ref.contract for ref in refs} - {""})
        made = {
            AssetRef(each.symbol, each.name, each.chain, each.contract).identity: each
            for each in (*coins, *tokens)
        }
        self._assets |= {ref: made[ref.identity].pk for ref in refs}
        for key, ref in wanted.items():
            self._name(made[key], ref)

    def _name(self, token: Asset, ref: AssetRef) -> None:
        """A token that was known by its contract alone gets the symbol that another file tells."""
        if token.symbol == token.contract != "" and ref.symbol != ref.contract:
            nameless = Asset.objects.filter(pk=token.pk, symbol=token.contract)
            nameless.update(symbol=ref.symbol, name=ref.name)

    def _prepare_addresses(self, wanted: list[tuple[str, str]]) -> None:
        found: dict[str, ChainAddress] = {}
        for chain, text in wanted:
            address = recognised(chain, text)
            self._texts[chain, text] = address.normalised if address else ""
            if address and address.normalised not in self._addresses:
                found[address.normalised] = address
        if not found:
            return
        rows = [
            Address(ledger=self.ledger, family=each.family, shown=each.shown, normalised=key)
            for key, each in sorted(found.items())
        ]
        Address.objects.bulk_create(rows, ignore_conflicts=True)
        for row in self.ledger.addresses.filter(normalised__in=list(found)):
            self._addresses[row.normalised] = row

    def _prepare_labels(self, names: list[str]) -> None:
        if not names:
            return
        rows = [Label(ledger=self.ledger, name=name) for name in sorted(names)]
        Label.objects.bulk_create(rows, ignore_conflicts=True)
        with connection.cursor() as cursor:
            cursor.execute(LABELS, [names, self.ledger.pk])
            self._labels.update(cursor.fetchall())


def recognised(chain: str, text: str) -> ChainAddress | None:
    """What an export gives as an address is not always one: masked, or a name."""
    try:
        return normalise(text, chain or None, strict=False) if text else None
    except AddressError:
        return None
