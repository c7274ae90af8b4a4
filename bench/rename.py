"""How long it takes to rename a contact with 100,000 transactions, and one with a single one.

    python bench/rename.py [--rounds 41]

Makes a ledger of its own in the database that DATABASE_URL names, takes it away again, and asks
the application as the browser does (in this process): the POST alone, by turns. Fails if the
medians differ by more than a fifth, if more than the contact's own row was changed, or if a page
does not show the new name on its next load.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from contacts.models import Contact  # noqa: E402
from ledgers.models import Ledger, User  # noqa: E402
from tests.factories import make_address, make_contact, make_transaction  # noqa: E402
from transactions.models import Transaction  # noqa: E402

MANY = 100_000
AT_MOST = 1.2


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=41)
    rounds = parser.parse_args().rounds
    settings.ALLOWED_HOSTS = ["testserver"]
    user = User.objects.create_user("bench of renaming")
    ledger = Ledger.objects.open_for(user, "Bench of renaming")
    try:
        print(report(ledger, user, rounds))
    finally:
        clean(ledger, user)


def report(ledger: Ledger, user: User, rounds: int) -> str:
    client = Client()
    client.force_login(user)
    few, many = (fill(ledger, name, n) for name, n in (("Few", 1), ("Many", MANY)))
    before = versions(ledger)
    times: dict[int, list[float]] = {few.pk: [], many.pk: []}
    for turn in range(rounds + 2):
        for contact in (few, many) if turn % 2 else (many, few):
            times[contact.pk].append(rename(client, ledger, contact, f"{contact.pk} {turn}"))
    assert versions(ledger) == before, "rows of transactions or addresses were changed"
    for page in ("transactions/", "contacts/", f"contacts/{many.pk}/"):
        html = client.get(f"/{ledger.slug}/{page}").content.decode()
        assert f"{many.pk} {rounds + 1}" in html, page
    one, all_of_them = (median(times[contact.pk][2:]) * 1000 for contact in (few, many))
    ratio = all_of_them / one
    line = f"1: {one:.2f} ms, {MANY:,}: {all_of_them:.2f} ms, ratio {ratio:.2f}"
    if ratio > AT_MOST:
        raise SystemExit(f"{line}: more than {AT_MOST}")
    return f"{line}, ok"


def fill(ledger: Ledger, name: str, n: int) -> Contact:
    contact = make_contact(ledger, name)
    first = make_transaction(ledger, counterparty=make_address(ledger, contact=contact))
    columns = [field.column for field in Transaction._meta.concrete_fields if not field.primary_key]
    named = ", ".join(f'"{column}"' for column in columns)
    table = Transaction._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({named}) SELECT {named} FROM "{table}",'
            " generate_series(2, %s) WHERE id = %s",
            [n, first.pk],
        )
        cursor.execute("ANALYZE")
    return contact


def rename(client: Client, ledger: Ledger, contact: Contact, name: str) -> float:
    version = Contact.objects.get(pk=contact.pk).version
    data = {"contact_name": name, "version": version}
    start = time.perf_counter()
    response = client.post(f"/{ledger.slug}/contacts/{contact.pk}/name/", data)
    taken = time.perf_counter() - start
    assert response.status_code == 303, response.status_code
    return taken


def versions(ledger: Ledger) -> tuple[object, ...]:
    """Would differ if any of them had been written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT sum(version) FROM transactions_transaction WHERE ledger_id = %s),"
            " (SELECT sum(version) FROM contacts_address WHERE ledger_id = %s)",
            [ledger.pk, ledger.pk],
        )
        return tuple(cursor.fetchone())


def clean(ledger: Ledger, user: User) -> None:
    Transaction.objects.filter(ledger=ledger).delete()
    ledger.delete()
    user.delete()


if __name__ == "__main__":
    main()
