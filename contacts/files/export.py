"""The address book as CSV, which `import_contacts` reads again."""

import csv
import io
from collections.abc import Iterator

from django.db.models.functions import Lower

from contacts.models import Contact
from ledgers.models import Ledger
from transactions.queries.export import harmless

COLUMNS = ("name", "chain", "address", "note")


def as_csv(ledger: Ledger) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    contacts = ledger.contacts.order_by(Lower("name"), "pk").prefetch_related("addresses")
    for contact in contacts:
        writer.writerows(map(harmless, line) for line in lines(contact))
    return text.getvalue()


def lines(contact: Contact) -> Iterator[tuple[str, str, str, str]]:
    """One for the contact, where that says more than its addresses do, and one for each."""
    addresses = sorted(contact.addresses.all(), key=lambda address: address.normalised)
    if contact.note or not addresses:
        yield contact.name, "", "", contact.note
    for address in addresses:
        yield contact.name, address.family, address.shown, address.note
