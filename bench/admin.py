"""How long the admin's lists take for a small and for a large ledger of one database.

    python manage.py demo
    python manage.py demo --transactions 1000000 --ledger big
    python bench/admin.py [--small demo] [--large big] [--rounds 21]

Gives the large ledger as many addresses as it has transactions, if it has fewer, then asks the
lists of Transaction and Address as a superuser, in this process, without middleware's network:
small and large by turns. Prints medians in ms and the number of queries.
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

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from ledgers.models import Ledger, User  # noqa: E402

AT_MOST = 3.0  # times as long as for the small ledger
ADDRESSES = """
    INSERT INTO contacts_address (ledger_id, family, shown, normalised, note, version)
    SELECT %s, 'evm', a, a, '', 1
    FROM (SELECT '0x' || lpad(md5(n::text), 40, '0') AS a FROM generate_series(1, %s) AS n) AS new
    ON CONFLICT DO NOTHING
"""
LISTS = {
    "transactions": "/admin/transactions/transaction/?ledger={}",
    "transactions, page 15": "/admin/transactions/transaction/?ledger={}&p=15",
    "transactions, a type": "/admin/transactions/transaction/?ledger={}&type__exact=trade",
    "transactions, a search": "/admin/transactions/transaction/?ledger={}&q=rent",
    "addresses": "/admin/contacts/address/?ledger={}",
    "addresses, a beginning": "/admin/contacts/address/?ledger={}&q=0x00000000abc",
}
LIMITED = ("transactions", "addresses")
EVERY = {
    "transactions of all": "/admin/transactions/transaction/",
    "addresses of all": "/admin/contacts/address/",
    "source lines of all": "/admin/transactions/sourceline/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--small", default="demo")
    parser.add_argument("--large", default="big")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    small, large = (Ledger.objects.get(slug=slug) for slug in (options.small, options.large))
    prepare(large)
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.filter(is_superuser=True).earliest("pk"))
    print(f"{'':26} {'small':>8} {'large':>8} {'ratio':>6} queries")
    for name, url in LISTS.items():
        urls = [url.format(small.pk), url.format(large.pk)]
        times, queries = measured(client, urls, options.rounds)
        ratio = median(times[1]) / median(times[0])
        verdict = "" if name not in LIMITED else "ok" if ratio <= AT_MOST else "too slow"
        figures = f"{median(times[0]):8.1f} {median(times[1]):8.1f} {ratio:6.2f}"
        print(f"{name:26} {figures} {queries[0]:3} {queries[1]:3} {verdict}")
    for name, url in EVERY.items():
        times, queries = measured(client, [url], options.rounds)
        print(f"{name:26} {'':8} {median(times[0]):8.1f} {'':6} {queries[0]:7}")


def prepare(large: Ledger) -> None:
    with connection.cursor() as cursor:
        missing = large.transactions.count() - large.addresses.count()
        if missing > 0:
            cursor.execute(ADDRESSES, [large.pk, missing])
        cursor.execute("VACUUM ANALYZE")
    print(f"{large.transactions.count():,} transactions, {large.addresses.count():,} addresses")


def measured(client: Client, urls: list[str], rounds: int) -> tuple[list[list[float]], list[int]]:
    """By turns; the first two rounds warm up."""
    times: list[list[float]] = [[] for _ in urls]
    queries = [0 for _ in urls]
    for turn in range(rounds + 2):
        for which in range(len(urls)) if turn % 2 else reversed(range(len(urls))):
            start = time.perf_counter()
            response = client.get(urls[which])
            if turn > 1:
                times[which].append((time.perf_counter() - start) * 1000)
            assert response.status_code == 200, f"{urls[which]}: {response.status_code}"
    for which, url in enumerate(urls):
        with CaptureQueriesContext(connection) as sent:
            client.get(url)
        queries[which] = len(sent)
    return times, queries


if __name__ == "__main__":
    main()
