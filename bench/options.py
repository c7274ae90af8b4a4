"""Measures the pages beside a Flask application on the same tables: bench/README.md."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

PARTS = {
    "pages": "one client: first page, each filter, page 2, middle, last, by turns with Flask",
    "load": "16 clients (wrk): requests a second, by turns with Flask",
    "writes": "a label edit: the save, and the list that it leads to, by turns with Flask",
    "size": "1,000,000 rows against 50,000; 5 million in the database against 1; renaming",
    "sql": "database time of the page against SQL written by hand, statement by statement",
    "filters": "all pairs and triples of filters on four pages: the worst ten",
    "work": "history, views, review, spam, pictures against the plain list; 50 rules over all rows",
    "browser": "Chromium: first page on a desktop and a phone, editors among 200 rows",
    "memory": "memory of each process after 1,000 and after N requests; sizes of indexes",
    "imports": "a file into a ledger of a million, again, and a plain COPY of its rows",
}


@dataclass(frozen=True)
class Options:
    """`rounds` are turns of both, `seconds` what one turn of load or all of a search may take."""

    parts: Sequence[str]
    small: bool = False
    rounds: int = 5
    seconds: float = 10
    requests: int = 100_000


def parse(args: Sequence[str]) -> Options:
    said = "\n".join(f"  {name:9} {what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description=f"{__doc__}\n\nparts (all, where none is named):\n{said}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="part")
    parser.add_argument("--small", action="store_true", help="a twentieth of the rows, to try")
    parser.add_argument("--rounds", type=int, default=5, help="turns of both (5)")
    parser.add_argument("--seconds", type=float, default=10, help="of one turn under load (10)")
    parser.add_argument("--requests", type=int, default=100_000, help="in “memory” (100,000)")
    given = parser.parse_args(args)
    if unknown := [name for name in given.parts if name not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}. There are: {', '.join(PARTS)}")
    # In their own order, each once, whatever the order they were named in.
    given.parts = [name for name in PARTS if name in given.parts or not given.parts]
    return Options(**vars(given))
