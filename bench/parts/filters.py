"""All pairs and triples of filters, with frequent and rare values, on four pages: the worst ten, as
times of the unfiltered first page."""

import time
from collections.abc import Iterator
from itertools import combinations, product
from random import Random
from statistics import median

from bench import shape
from bench.client import Client, list_url
from bench.results import Figures, Line, short
from bench.running import Bench
from bench.servers import our_server
from bench.shape import LARGE, SLUGS

AT_MOST = 3
WORST = 10
# Of one statement, so that the search ends; what takes longer is an error, and among the worst.
LONGEST = 10  # seconds
# A search may take so many times --seconds.
SEARCH = 60

type Query = dict[str, object]


def values() -> dict[str, list[Query]]:
    """What each filter may be set to."""
    found = {
        name: [{name: value} for value in both.values()]
        for name, both in shape.filters(SLUGS[LARGE]).items()
    }
    for name in ("wallet", "type", "asset", "contact", "label"):
        found[name] += [one | {f"{name}_not": 1} for one in found[name][:1]]
    found["label"].append({"label": "none"})
    return found


def queries() -> Iterator[Query]:
    """Single ones and pairs first, then the triples in no order, but always the same one."""
    of = values()
    for several in (1, 2, 3):
        found = [
            {name: value for one in chosen for name, value in one.items()}
            for names in combinations(of, several)
            for chosen in product(*(of[name] for name in names))
        ]
        if several == 3:
            Random(1).shuffle(found)
        yield from found


def run(bench: Bench) -> None:
    options = f"-c statement_timeout={LONGEST * 1000}"
    server = our_server(bench.place, bench.shape.name, bench.conninfo, PGOPTIONS=options)
    bench.stop_servers()  # ours has a data folder that only one can serve
    with server as running:
        search(bench, Client(running.port, bench.place.password).logged_in())


def search(bench: Bench, client: Client) -> None:
    plain = list_url(LARGE)
    usual = median(client.ms(plain) for _ in range(11))
    deadline = time.monotonic() + bench.options.seconds * SEARCH
    wanted, tried, found = list(queries()), 0, []
    for query in wanted:
        if time.monotonic() > deadline:
            break
        tried += 1
        found += [(taken(client, url), url) for url in pages(query)]
    said = f"{tried:,} of {len(wanted):,} combinations tried, {len(found):,} pages"
    over = sum(ms > AT_MOST * usual for ms, _ in found)
    bench.results.say(f"{said}; {over:,} above {AT_MOST} × the first page ({short(usual)} ms)")
    for url in worst(client, found):
        again = [[taken(client, url) for _ in range(3)] for _ in range(bench.options.rounds)]
        first = [[client.ms(plain) for _ in range(3)] for _ in range(bench.options.rounds)]
        name = url.partition("?")[2]
        line = Line("filters", name, "ms", Figures(again), Figures(first), AT_MOST)
        bench.results.add(line)


def worst(client: Client, found: list[tuple[float, str]]) -> list[str]:
    """Of those that seemed slow: once may have been by chance."""
    seemed = [url for _, url in sorted(found, reverse=True)[: 3 * WORST]]
    again = {url: median(taken(client, url) for _ in range(3)) for url in seemed}
    return sorted(seemed, key=lambda url: -again[url])[:WORST]


def pages(query: Query) -> list[str]:
    """The first, the second, the one in the middle and the last, as far as there are so many."""
    last = pages_of(query)
    numbers: list[object] = sorted({1, min(2, last), max(1, last // 2)})
    return [list_url(LARGE, **query, page=n) for n in [*numbers, *["last"] * (last > 1)]]


def pages_of(query: Query) -> int:
    """As the page itself counts, up to its limit."""
    from django.http import QueryDict

    from ledgers.models import Ledger
    from transactions.queries.listing import Listing

    text = list_url(LARGE, **query).partition("?")[2]
    listing = Listing.of(Ledger.objects.get(slug=LARGE), QueryDict(text))
    return max(1, -(-listing.counted(listing.rows) // listing.size))


def taken(client: Client, url: str) -> float:
    answer = client.ask(url)
    return answer.seconds * 1000 if answer.status == 200 else LONGEST * 1000
