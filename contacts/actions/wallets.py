"""What is done to wallets and to the addresses that are their own."""

from django.utils import timezone

from contacts.chains import ChainAddress
from contacts.models import Address, Wallet
from ledgers.models import User


class AddressTaken(Exception):
    """The address is somebody else's."""

    def __init__(self, address: Address) -> None:
        self.address = address


def add_own_address(wallet: Wallet, found: ChainAddress, by: User) -> None:
    """Make it the wallet's own, however many try at once; AddressTaken if it is somebody else's."""
    stamp = {"edited_at": timezone.now(), "edited_by": by}
    new = Address(ledger_id=wallet.ledger_id, **found._asdict(), **stamp)
    Address.objects.bulk_create([new], ignore_conflicts=True)
    same = Address.objects.filter(ledger=wallet.ledger_id, normalised=found.normalised)
    if same.unassigned().update(wallet=wallet, **stamp):
        return
    address = same.select_related("contact", "wallet").get()
    if address.wallet_id != wallet.pk:
        raise AddressTaken(address)


def remove_own_address(wallet: Wallet, address: Address, by: User) -> bool:
    """Whether it was the wallet's own until now. Its transactions keep it, as nobody's."""
    mine = Address.objects.filter(pk=address.pk, wallet=wallet)
    return bool(mine.update(wallet=None, edited_at=timezone.now(), edited_by=by))


def set_archived(wallet: Wallet, archived: bool, by: User) -> None:
    """Two people who archive the same wallet agree; so there is no version to compare."""
    now = timezone.now()
    changed = Wallet.objects.filter(pk=wallet.pk, archived_at__isnull=archived)
    changed.update(archived_at=now if archived else None, edited_at=now, edited_by=by)
