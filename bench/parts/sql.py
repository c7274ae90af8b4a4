"""The database's part of the first page: its statements, sent again one by one, by turns with what
one would write by hand for the same content."""

import json
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from bench.client import list_url
from bench.handwritten import statements
from bench.results import Line, by_turns, verdict
from bench.running import Bench
from bench.shape import LARGE, USER

AT_MOST, MOST_STATEMENTS = 1.3, 12

type Statement = tuple[str, Any, bool]  # the last: whether it is prepared


def run(bench: Bench) -> None:
    ours, html, session = captured(list_url(LARGE))
    by_hand = statements(session, LARGE, menus='class="choice"' in html)
    spent: list[list[float]] = [[] for _ in ours]
    sides = [lambda: replayed(ours, spent), lambda: replayed(by_hand)]
    line = Line("sql", "first page", "ms", *by_turns(sides, bench.options.rounds), AT_MOST)
    bench.results.add(line)
    kept = verdict(len(ours), MOST_STATEMENTS)
    said = f"{len(ours)} statements, at most {MOST_STATEMENTS} {kept}; {len(by_hand)} by hand"
    bench.results.say(said)
    bench.results.say("ms in all, of it to plan and to execute, by EXPLAIN:")
    by_time = sorted(zip(spent, ours, strict=True), key=lambda each: -median(each[0]))
    bench.results.say("(what is prepared is planned no more after some times)")
    facts = bench.results.facts.setdefault("sql", [])
    for times, (sql, params, prepared) in by_time:
        planning, execution = explained(sql, params)
        of = {"ms": median(times), "planning": planning, "execution": execution}
        facts.append({**of, "prepared": prepared, "sql": sql})
        spoken = " ".join(f"{ms:7.2f}" for ms in of.values())
        bench.results.say(f"{spoken} {'prepared' if prepared else '':9} {excerpt(sql)}")


def explained(sql: str, params: Any) -> tuple[float, float]:
    """ms that PostgreSQL says it took to plan it and to execute it."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for _ in range(5):
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            ((said,),) = cursor.fetchall()
            plan = json.loads(said)[0] if isinstance(said, str) else said[0]
            found.append((plan["Planning Time"], plan["Execution Time"]))
    return tuple(median(times) for times in zip(*found, strict=True))


def captured(url: str) -> tuple[list[Statement], str, str]:
    """What a request of this page sends, what comes of it, and the session that it is of."""
    from django.db import connection
    from django.test import Client

    from ledgers.models import User
    from txproject.prepared import PreparedCursor

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(username=USER))
    client.get(url)  # connections, compiled templates
    found: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params, isinstance(context["cursor"].cursor, PreparedCursor)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        html = client.get(url).content.decode()
    return found, html, client.cookies["sessionid"].value


def replayed(given: Sequence[Statement], spent: list[list[float]] | None = None) -> float:
    """ms until the last row of each is here; nothing is made of them."""
    from django.db import connection

    from txproject.prepared import prepared_rows

    total = 0.0
    with connection.cursor() as cursor:
        for n, (sql, params, prepared) in enumerate(given):
            begin = time.perf_counter()
            if prepared:
                prepared_rows(sql, params)
            else:
                cursor.execute(sql, params)
            taken = (time.perf_counter() - begin) * 1000
            total += taken
            if spent is not None:
                spent[n].append(taken)
    return total


def excerpt(sql: str) -> str:
    """What it asks for is told by its tables and conditions."""
    _, _, rest = " ".join(sql.replace('"', "").split()).partition(" FROM ")
    text = rest or sql
    for table in ("transactions_", "contacts_", "ledgers_"):
        text = text.replace(table, "")
    return text if len(text) <= 110 else f"{text[:70]} … {text[-37:]}"
