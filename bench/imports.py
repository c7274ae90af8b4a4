"""How fast a file comes in, against a plain COPY of the same rows into equal tables.

    python bench/imports.py [--base 1000000] [--rows 1000000] [--format etherscan|koinly]

Makes a ledger of `--base` transactions, imports a file of `--rows` lines into it in a process of
its own, once more the same file, and then copies the very rows that were made into tables with the
same columns, indexes, checks and as many rows before. Prints seconds, rows a second, their ratio
and the process's peak memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from imports.models import ImportBatch  # noqa: E402
from ledgers.models import Ledger  # noqa: E402

OWN = "0x" + "a" * 40
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
import django
django.setup()
from imports.pipeline.importer import Import, import_file
from ledgers.models import Ledger
job = Import(Ledger.objects.get(slug=sys.argv[1]), "Bench", create_wallet=True)
with open(sys.argv[2], "rb") as source:
    result = import_file(job, source, "bench.csv")
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(result.imported, result.duplicates, int(status["VmHWM"].split()[0]) // 1024)
"""


def lines(kind: str, count: int) -> Iterator[str]:
    rng = Random(count)
    yield HEADERS[kind]
    others = [f"0x{rng.randbytes(20).hex()}" for _ in range(5_000)]
    for n in range(count):
        hash, amount = f"0x{rng.randbytes(32).hex()}", f"{rng.random() * 10:.18f}"
        moment = 1_600_000_000 + n * 60
        if kind == "etherscan":
            other = others[int(len(others) * rng.random() ** 2)]
            sent = n % 2
            ends = (OWN, other) if sent else (other, OWN)
            moved = ("0", amount) if sent else (amount, "0")
            cells = (hash, n, moment, "", *ends, "", *moved, "1", "0.00042", "1", "1", "", "", "")
            yield ",".join(f'"{cell}"' for cell in cells)
        else:
            date = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))
            yield f"{date} UTC,,,{amount},BTC,0.0001,BTC,12.34,EUR,,row {n},{hash}"


def imported(slug: str, file: Path) -> tuple[float, int, int, int]:
    """Seconds, lines imported and known already, peak memory in MB."""
    begin = time.monotonic()
    command = [sys.executable, "-c", IMPORT, slug, str(file)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True)
    new, known, memory = map(int, done.stdout.split())
    return time.monotonic() - begin, new, known, memory


def copied(batch: int) -> float:
    """Seconds of a plain COPY of the batch's rows into tables that have all others."""
    spent = 0.0
    mine = {
        TABLES[0]: f"batch_id = {batch}",
        TABLES[1]: f"transaction_id IN (SELECT id FROM {TABLES[0]} WHERE batch_id = {batch})",
    }
    with connection.cursor() as cursor, tempfile.TemporaryFile() as file:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(
                f"INSERT INTO bench_{table} SELECT * FROM {table} WHERE ({mine[table]}) IS NOT TRUE"
            )
            cursor.execute(f"ANALYZE bench_{table}")
            file.seek(0)
            file.truncate()
            query = f"COPY (SELECT * FROM {table} WHERE {mine[table]} ORDER BY id) TO STDOUT"
            with cursor.copy(query) as out:
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
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.writelines(f"{line}\n" for line in lines(options.format, options.rows))
        file.flush()
        seconds, new, _known, memory = imported(slug, Path(file.name))
        again, _new, known, memory_again = imported(slug, Path(file.name))
    assert new == known == options.rows
    ledger = Ledger.objects.get(slug=slug)
    plain = copied(ImportBatch.objects.filter(ledger=ledger, imported=new).latest("pk").pk)
    rates = {"import": seconds, "again": again, "plain COPY": plain}
    for name, spent in rates.items():
        print(f"{name:12} {spent:8.1f} s {options.rows / spent:10,.0f} rows/s")
    print(f"import / COPY {plain / seconds:.2f}, again / first {seconds / again:.1f} times as fast")
    print(f"peak memory {memory} MB, again {memory_again} MB")


if __name__ == "__main__":
    main()
