"""How fast a file comes in, against a plain COPY of the same rows into equal tables.

    python -m bench.importing BASE ROWS etherscan|koinly     (started by the part “imports”)

In the database that DATABASE_URL names: makes a ledger of BASE transactions and imports into it,
each time in a process of its own, a tenth of the rows, a file of ROWS lines, the same file, and the
same with a line more. Then it copies the very rows that were made into tables that have the same
columns, indexes, checks, foreign keys, triggers and as many rows before; and into tables without
the foreign keys and triggers. Its last line of output is JSON.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.client import Client, list_url  # noqa: E402
from bench.database import Place  # noqa: E402
from bench.editing import LabelEdit, edits  # noqa: E402
from bench.servers import our_server  # noqa: E402
from bench.shape import USER  # noqa: E402
from imports.models import ImportBatch  # noqa: E402
from ledgers.models import Ledger, User  # noqa: E402
from txproject.environ import BASE_DIR  # noqa: E402

SLUG = "imports"
ROUNDS = 15
OWN, OTHER = "0x" + "a" * 40, "0x" + "b" * 40
HEADERS = {
    "etherscan": (
        '"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To",'
        '"ContractAddress","Value_IN(ETH)","Value_OUT(ETH)","CurrentValue @ $1/Eth",'
        '"TxnFee(ETH)","TxnFee(USD)","Historical $Price/Eth","Status","ErrCode","Method"'
    ),
    "koinly": (
        "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,"
        "Fee Currency,Net Worth Amount,Net Worth Currency,Label,Description,TxHash"
    ),
}
TABLES = ("transactions_transaction", "transactions_sourceline")
IMPORT = """
import gc
import sys
import time
import django
django.setup()
from imports.pipeline.importer import Import, import_file
from ledgers.models import Ledger
gc.freeze()  # as worker and command do
job = Import(Ledger.objects.get(slug=sys.argv[1]), sys.argv[3], create_wallet=True)
begin = time.monotonic()
with open(sys.argv[2], "rb") as source:
    result = import_file(job, source, "bench.csv")
seconds = time.monotonic() - begin
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
memory = int(status["VmHWM"].split()[0]) // 1024
print(seconds, result.imported, result.duplicates, memory)
"""


def lines(kind: str, count: int, own: str) -> Iterator[str]:
    rng = Random(count)
    yield HEADERS[kind]
    others = [f"0x{rng.randbytes(20).hex()}" for _ in range(5_000)]
    for n in range(count):
        hash, amount = f"0x{rng.randbytes(32).hex()}", f"{rng.random() * 10:.18f}"
        moment = 1_600_000_000 + n * 60
        if kind == "etherscan":
            other = others[int(len(others) * rng.random() ** 2)]
            sent = n % 2
            ends = (own, other) if sent else (other, own)
            moved = ("0", amount) if sent else (amount, "0")
            cells = (hash, n, moment, "", *ends, "", *moved, "1", "0.00042", "1", "1", "", "", "")
            yield ",".join(f'"{cell}"' for cell in cells)
        else:
            date = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))
            yield f"{date} UTC,,,{amount},BTC,0.0001,BTC,12.34,EUR,,row {n},{hash}"


def a_while() -> None:
    time.sleep(0.05)


def imported(
    file: Path, wallet: str, meanwhile: Callable[[], None] = a_while
) -> tuple[float, int, int, int]:
    """Seconds, lines imported and known already, peak memory in MB."""
    command = [sys.executable, "-c", IMPORT, SLUG, str(file), wallet]
    env = {**os.environ, "PYTHONPATH": str(BASE_DIR)}
    with subprocess.Popen(
        command, env=env, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            meanwhile()
        assert process.stdout
        assert process.returncode == 0
        seconds, *counts = process.stdout.read().split()
    new, known, memory = map(int, counts)
    return float(seconds), new, known, memory


class Timings:
    """Of a page and a label edit, by turns, a few times a second."""

    def __init__(self, client: Client, edit: LabelEdit) -> None:
        self.acts = {"first page": lambda: client.get(list_url(SLUG)), "label edit": edit.save}
        self.spent: dict[str, dict[str, list[float]]] = {name: {} for name in self.acts}

    def take(self, when: str) -> None:
        for name, act in self.acts.items():
            time.sleep(0.1)
            begin = time.perf_counter()
            act()
            spent = 1000 * (time.perf_counter() - begin)
            self.spent[name].setdefault(when, []).append(spent)

    def beside(self, when: str, busy: int) -> None:
        loop = [sys.executable, "-c", "while True: pass"]
        processes = [subprocess.Popen(loop) for _ in range(busy)]
        for _ in range(ROUNDS):
            self.take(when)
        for process in processes:
            process.kill()
            process.wait()

    def said(self) -> Iterator[str]:
        for name, times in self.spent.items():
            usual = median(next(iter(times.values())))
            each = (
                f"{when} {median(some):.0f} ms ({median(some) / usual:.1f} times)"
                for when, some in times.items()
            )
            yield f"{name}: {', '.join(each)}"


def small_import(kind: str, rows: int, timings: Timings) -> int:
    """A tenth of the rows, while pages are asked for; the peak memory."""
    with written(kind, rows // 10, OTHER) as file:
        timings.beside("before", 0)
        _s, _new, _known, memory = imported(file, "Small", partial(timings.take, "meanwhile"))
        timings.beside("beside two busy processes", 2)
    return memory


@contextmanager
def written(kind: str, count: int, own: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.writelines(f"{line}\n" for line in lines(kind, count, own))
        file.flush()
        yield Path(file.name)


def copied(batch: int, same: bool) -> float:
    """Seconds of a plain COPY of the batch's rows into tables that have all others: the `same`
    tables, or without their foreign keys and triggers."""
    spent = 0.0
    mine = {
        TABLES[0]: f"rows.batch_id IS NOT DISTINCT FROM {batch}",
        TABLES[1]: f"EXISTS (SELECT FROM {TABLES[0]} AS t"
        f" WHERE t.id = rows.transaction_id AND t.batch_id = {batch})",
    }
    with connection.cursor() as cursor, tempfile.TemporaryFile() as file:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
            others = f"SELECT * FROM {table} AS rows WHERE NOT {mine[table]}"
            cursor.execute(f"INSERT INTO bench_{table} {others}")
            if same:
                for statement in constraints(cursor, table):
                    cursor.execute(statement)
                # What a trigger of the copy is about to write again.
                cursor.execute(
                    f"DELETE FROM transactions_newrow USING {TABLES[0]} AS t"
                    f" WHERE t.id = transaction_id AND t.batch_id = {batch}"
                )
            cursor.execute(f"ANALYZE bench_{table}")
            file.seek(0)
            file.truncate()
            chosen = f"SELECT * FROM {table} AS rows WHERE {mine[table]} ORDER BY id"
            with cursor.copy(f"COPY ({chosen}) TO STDOUT") as out:
                for block in out:
                    file.write(block)
            file.seek(0)
            begin = time.monotonic()
            with cursor.copy(f"COPY bench_{table} FROM STDIN") as into:
                while block := file.read(1 << 20):
                    into.write(block)
            spent += time.monotonic() - begin
        for table in reversed(TABLES):
            cursor.execute(f"DROP TABLE bench_{table}")
    return spent


def constraints(cursor: Any, table: str) -> list[str]:
    """What `LIKE` leaves out: foreign keys, to copies where there are some, and triggers."""
    cursor.execute(
        "SELECT 'ALTER TABLE bench_' || %(table)s || ' ADD ' || pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f' UNION ALL"
        " SELECT pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal",
        {"table": table},
    )
    found = [statement for (statement,) in cursor.fetchall()]
    for name in TABLES:
        found = [re.sub(rf"\b(?:public\.)?{name}\b", f"bench_{name}", each) for each in found]
    return found


def opened(base: int, password: str) -> Ledger:
    """A ledger of that many transactions, and somebody who can log in to it."""
    call_command("demo", transactions=base, ledger=SLUG, user=USER, verbosity=0)
    user = User.objects.get(username=USER)
    user.set_password(password)
    user.save(update_fields=["password"])
    return Ledger.objects.get(slug=SLUG)


def main(base: int, rows: int, kind: str) -> None:
    place = Place.joined()
    ledger = opened(base, place.password)
    with our_server(place, "imports", place.conninfo) as server:
        client = Client(server.port, place.password).logged_in()
        label = ledger.labels.get(name="to check").pk
        timings = Timings(client, edits([client], SLUG, label)[0])
        small = small_import(kind, rows, timings)
    with written(kind, rows, OWN) as file:
        seconds, new, _known, memory = imported(file, "Bench")
        again, _new, known, memory_again = imported(file, "Bench")
        with file.open("a") as more:
            more.write([*lines(kind, 1, OWN)][1])
        longer, one, most, _memory = imported(file, "Bench")
    assert new == known == most == rows
    assert one == 1
    batch = ImportBatch.objects.filter(ledger=ledger, imported=new).latest("pk").pk
    plain, bare = copied(batch, same=True), copied(batch, same=False)
    found = {
        "seconds": {
            "import": seconds,
            "again": again,
            "again with a line more": longer,
            "plain COPY": plain,
            "COPY without foreign keys and triggers": bare,
        },
        "memory": {"import": memory, "again": memory_again, "a tenth of the rows": small},
        "said": list(timings.said()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
