from typing import TYPE_CHECKING, Self

from django.db.models.functions import Lower

from contacts.chains import ChainAddress
from ledgers.models import Ledger
from live.versions import VersionedQuerySet

if TYPE_CHECKING:
    from contacts.models import Address, Contact


class ContactQuerySet(VersionedQuerySet["Contact"]):
    def by_name(self) -> Self:
        return self.order_by(Lower("name"), "pk")

    def named(self, ledger: Ledger, name: str) -> "Contact":
        """The contact of that name, in any case; a new one if there is none."""
        new = self.model(ledger=ledger, name=name)
        self.bulk_create([new], ignore_conflicts=True)
        return self.get(ledger=ledger, name__iexact=name)


class AddressQuerySet(VersionedQuerySet["Address"]):
    def nobodys(self) -> Self:
        return self.filter(contact__isnull=True, wallet__isnull=True)

    def somebodys(self) -> Self:
        return self.exclude(contact__isnull=True, wallet__isnull=True)

    def known(self, ledger: Ledger, found: ChainAddress) -> "Address | None":
        """The row of that address, however it was spelled."""
        rows = self.select_related("contact", "wallet")
        return rows.filter(ledger=ledger, normalised=found.normalised).first()
