from typing import TYPE_CHECKING, Self

from django.db.models.functions import Lower

from contacts.chains import ChainAddress
from ledgers.models import Ledger
from live.versions import VersionedQuerySet

if TYPE_CHECKING:
    from contacts.models import Address, Contact  # noqa: F401


class ContactQuerySet(VersionedQuerySet["Contact"]):
    def by_name(self) -> Self:
        return self.order_by(Lower("name"), "pk")


class AddressQuerySet(VersionedQuerySet["Address"]):
    def nobodys(self) -> Self:
        return self.filter(contact__isnull=True, wallet__isnull=True)

    def somebodys(self) -> Self:
        return self.exclude(contact__isnull=True, wallet__isnull=True)

    def known(self, ledger: Ledger, found: ChainAddress) -> "Address | None":
        """The row of that address, however it was spelled."""
        rows = self.select_related("contact", "wallet")
        return rows.filter(ledger=ledger, normalised=found.normalised).first()
