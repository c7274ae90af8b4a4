"""What people work through a large ledger with: its history, saved views, review, spam and
pictures, each by turns with the plain list; and fifty rules over all of its rows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from bench import shape
from bench.client import PARTIAL, list_url
from bench.results import Line, by_turns, verdict
from bench.running import Bench
from bench.shape import LARGE, SLUGS

AT_MOST, RULES, SECONDS = 3, 50, 60
VIEWS = 20
# Entries of the history for each row of the ledger: ten million of a million.
TOLD = 10
TELL = """
    INSERT INTO history_entry
        (ledger_id, at, act, way, writer, deed, kind, object_id, name, changes)
    SELECT ledger_id, occurred_at + n * interval '1 day', id * %(told)s + n, 'page',
        'writer ' || id %% 5, 'changed', 'transaction', id, '',
        jsonb_build_object('note', jsonb_build_array('', 'note ' || n))
    FROM transactions_transaction, generate_series(1, %(told)s) AS n
    WHERE ledger_id = %(ledger)s ORDER BY id, n
"""


def run(bench: Bench) -> None:
    key = SLUGS[LARGE]
    tell(key)
    make_views(key)
    plain = list_url(LARGE)
    for name, (url, headers) in pages(key).items():
        sides = [lambda url=url, h=headers: bench.ours.ms(url, **h), lambda: bench.ours.ms(plain)]
        found = by_turns(sides, bench.options.rounds)
        limit = None if headers else AT_MOST  # of pages; what comes after them is only told
        bench.results.add(Line("work", f"{name} / plain list", "ms", *found, limit))
    bench.stop_servers()  # which would be told of each row
    rules(bench, key)


def pages(key: int) -> dict[str, tuple[str, dict[str, str]]]:
    around, rows = f"/{LARGE}", list_url(LARGE)
    writer = urlencode({"writer": "writer 1"})
    found = {
        "history": f"{around}/history/",
        "history of one writer": f"{around}/history/?{writer}",
        "views": f"{around}/views/",
        "new": list_url(LARGE, review="new"),
        "reviewed": list_url(LARGE, review="reviewed"),
        "spam": f"{around}/spam/",
        "rules": f"{around}/rules/",
    }
    wallet = shape.wallet(key, 0)
    afterwards = {
        "picture of a balance": f"{around}/wallets/{wallet}/balance/figures/",
        "bars of months": f"{rows}months/",
        "what looks like spam": f"{around}/spam/?proposals=1",
    }
    return {name: (url, {}) for name, url in found.items()} | {
        name: (url, PARTIAL) for name, url in afterwards.items()
    }


def tell(key: int) -> None:
    """Once: whoever measures again finds it told."""
    from django.db import connection

    from history.models import Entry

    if Entry.objects.filter(ledger=key, writer="writer 1").exists():
        return
    print("Telling the history of the ledger; this takes some minutes, once", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(TELL, {"told": TOLD, "ledger": key})
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE history_entry")


def make_views(key: int) -> None:
    from transactions.models import SavedView

    for n in range(VIEWS):
        query = urlencode({"label": shape.label(key, n)})
        named = {"name": f"View {n}", "slug": f"view-{n}"}
        SavedView.objects.get_or_create(ledger_id=key, query=query, defaults=named)


def rules(bench: Bench, key: int) -> None:
    """Written and taken back with the transaction that they are in."""
    from ledgers.models import Ledger
    from rules.actions import acting, apply

    ledger = Ledger.objects.get(pk=key)
    with rolled_back():
        fifty = [make_rule(ledger, n) for n in range(RULES)]
        begin, changed = time.perf_counter(), 0
        with acting(None):
            for rule in fifty:
                changed += apply(rule, None)
        seconds = time.perf_counter() - begin
    said = f"{RULES} rules over {bench.shape.large:,} rows: {changed:,} changes in {seconds:.1f} s"
    bench.results.say(f"{said}, at most {SECONDS} {verdict(seconds, SECONDS)}")
    bench.results.facts["rules"] = {"seconds": seconds, "changed": changed}


def make_rule(ledger: Any, n: int) -> Any:
    """Most look for an address, as people's do; some for a type, an asset or a word."""
    from rules.models import Rule

    key, kind = ledger.pk, n % 10
    filters = {
        0: {"type": "fee", "asset": shape.symbol(n)},
        1: {"q": "quartz"},
        2: {"asset": shape.symbol(n + 5)},
        3: {"contact": shape.contact(key, n)},
    }
    query = filters.get(kind, {"address": f"0xabcd{n}"})
    label = shape.label(key, n % shape.LABELS)
    return Rule.objects.create(
        ledger=ledger, name=f"Rule {n}", place=n, query=urlencode(query), adds=[label]
    )


@contextmanager
def rolled_back() -> Iterator[None]:
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
