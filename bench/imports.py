"""How fast a file comes in, against a plain COPY of the same rows into equal tables.

    python bench/imports.py [--base 1000000] [--rows 1000000] [--format etherscan|koinly]

Makes a ledger of `--base` transactions and imports into it, each time in a process of its own, a
tenth of the rows, a file of `--rows` lines, and once more the same file. Then it copies the very
rows that were made into tables with the same columns, indexes, checks and as many rows before.
Prints seconds, rows a second, their ratio and the peak memory of each import; and how long a page
and a label edit take before the first import, during it, and beside two processes that only keep
the processor busy, as an import and its connection do.
"""

import argparse
import os
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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from imports.models import ImportBatch  # noqa: E402
from ledgers.models import Ledger  # noqa: E402

from pages import Pages, Site, server, session_of  # noqa: E402  (isort: skip)

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
import sys
import time
import django
django.setup()
from imports.pipeline.importer import Import, import_file
from ledgers.models import Ledger
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
    slug: str, file: Path, wallet: str, meanwhile: Callable[[], None] = a_while
) -> tuple[float, int, int, int]:
    """Seconds, lines imported and known already, peak memory in MB."""
    command = [sys.executable, "-c", IMPORT, slug, str(file), wallet]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            meanwhile()
        assert process.stdout
        assert process.returncode == 0
        seconds, *counts = process.stdout.read().split()
    new, known, memory = map(int, counts)
    return float(seconds), new, known, memory


class Timings:
    """Of a page and a label edit, by turns, a few times a second."""

    def __init__(self, pages: Pages) -> None:
        self.acts = {"first page": pages.page, "label edit": pages.edit}
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

    def report(self) -> None:
        for name, times in self.spent.items():
            usual = median(next(iter(times.values())))
            said = (
                f"{when} {median(some):.0f} ms ({median(some) / usual:.1f} times)"
                for when, some in times.items()
            )
            print(f"{name}: {', '.join(said)}")


def small_import(ledger: Ledger, options: argparse.Namespace, timings: Timings) -> int:
    """A tenth of the rows, while pages are asked for; the peak memory."""
    with written(options.format, options.rows // 10, OTHER) as file:
        timings.beside("before", 0)
        _s, _new, _known, memory = imported(
            ledger.slug, file, "Small", partial(timings.take, "meanwhile")
        )
        timings.beside("beside two busy processes", 2)
    return memory


@contextmanager
def written(kind: str, count: int, own: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.writelines(f"{line}\n" for line in lines(kind, count, own))
        file.flush()
        yield Path(file.name)


def copied(batch: int) -> float:
    """Seconds of a plain COPY of the batch's rows into tables that have all others."""
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
        for table in TABLES:
            cursor.execute(f"DROP TABLE bench_{table}")
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", choices=HEADERS, default="etherscan")
    options = parser.parse_args()
    slug = f"bench-{os.getpid()}"
    call_command("demo", transactions=options.base, ledger=slug, verbosity=0)
    ledger = Ledger.objects.get(slug=slug)
    with server() as connected:
        timings = Timings(Pages(Site(connected, session_of(ledger)), ledger))
        small = small_import(ledger, options, timings)
    with written(options.format, options.rows, OWN) as file:
        seconds, new, _known, memory = imported(slug, file, "Bench")
        again, _new, known, memory_again = imported(slug, file, "Bench")
    assert new == known == options.rows
    plain = copied(ImportBatch.objects.filter(ledger=ledger, imported=new).latest("pk").pk)
    rates = {"import": seconds, "again": again, "plain COPY": plain}
    for name, spent in rates.items():
        print(f"{name:12} {spent:8.1f} s {options.rows / spent:10,.0f} rows/s")
    print(f"import / COPY {plain / seconds:.2f}, again / first {seconds / again:.1f} times as fast")
    print(f"peak memory {memory} MB, again {memory_again} MB, with a tenth of the rows {small} MB")
    timings.report()


if __name__ == "__main__":
    main()
