"""Memory of each server process after 1,000 requests and after many; what the indexes take."""

from itertools import cycle

from bench.parts import pages
from bench.parts.load import driven
from bench.results import Figures, Line
from bench.running import Bench
from bench.servers import Server
from bench.shape import LARGE

AT_MOST = 1.05
FIRST = 1_000
SOON = 1  # s of each page: these are requests of all of them, as the others are
# Not so many that their answers come after wrk has stopped counting.
CLIENTS = 4
INDEXES = """
    SELECT s.relname, s.indexrelname, pg_relation_size(s.indexrelid), s.idx_scan,
        pg_relation_size(s.relid), c.reltuples
    FROM pg_stat_user_indexes AS s JOIN pg_class AS c ON c.oid = s.relid
    WHERE s.relname IN ('transactions_transaction', 'transactions_transactionlabel')
    ORDER BY 1, 3 DESC
"""


def run(bench: Bench) -> None:
    bench.stop_servers()  # new processes
    client = bench.ours
    urls = cycle(pages.urls(LARGE, bench.shape.large).values())
    begun, done = memory(bench.our_server), 0
    after = []
    wanted = bench.options.requests
    for goal, seconds in ((min(FIRST, wanted // 2), SOON), (wanted, bench.options.seconds)):
        while done < goal:
            to = client.port, client.cookie, next(urls), seconds
            done += driven(*to, CLIENTS, least=0)[1]
        after.append((done, memory(bench.our_server)))
    (few, first), (many, last) = after
    for n, (start, before, now) in enumerate(zip(begun, first, last, strict=True), start=1):
        name = f"process {n} after {many:,} / {few:,} requests; {start:.0f} at first"
        bench.results.add(
            Line("memory", name, "MB", Figures([[now]]), Figures([[before]]), AT_MOST)
        )
    indexes(bench)


def memory(server: Server) -> list[float]:
    return [worker.memory_info().rss / 1e6 for worker in server.workers]


def indexes(bench: Bench) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        found = cursor.fetchall()
    for table in dict.fromkeys(row[0] for row in found):
        of = [row for row in found if row[0] == table]
        millions = of[0][5] / 1e6
        said = f"{table}: {of[0][4] / 1e6 / millions:.0f} MB for a million rows; its indexes:"
        bench.results.say(said)
        for _, name, size, scans, _, _ in of:
            bench.results.say(f"{size / 1e6 / millions:7.1f} MB  {name}, used {scans:,} times")
    names = ("table", "index", "bytes", "scans", "bytes of the table", "rows")
    bench.results.facts["indexes"] = [dict(zip(names, row, strict=True)) for row in found]
