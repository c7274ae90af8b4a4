"""All pairs and triples of filters, with frequent and rare values, on four pages: the worst ten, as
times of the unfiltered first page."""

import time
from collections.abc import Iterator
from itertools import combinations, product
from random import Random
from statistics import median, quantiles
from typing import TYPE_CHECKING

from bench import shape
from bench.client import Client, list_url
from bench.results import Figures, Line, short
from bench.running import Bench
from bench.servers import our_server
from bench.shape import LARGE, SLUGS

if TYPE_CHECKING:
    from transactions.queries.listing import Pages

AT_MOST = 3
# How often what took longer at once is asked for again, for its median.
AGAIN = 3
WORST = 10
# Requests before it begins, so that every thread of the server has had some.
WARM = 50
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
    # In the names of all contacts, which have most addresses, and of all labels.
    found["q"] += [{"q": "contact"}, {"q": "label"}]
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
    for _ in range(WARM):
        client.ask(plain)
    deadline = time.monotonic() + bench.options.seconds * SEARCH
    wanted, tried = list(queries()), 0
    found: list[tuple[float, str]] = []
    usual: list[float] = []
    for query in wanted:
        if time.monotonic() > deadline:
            break
        tried += 1
        usual.append(client.ms(plain))
        found += [(taken(client, url), url) for url in pages(query)]
    said = f"{tried:,} of {len(wanted):,} combinations tried, {len(found):,} pages"
    slow = [url for ms, url in found if ms > AT_MOST * median(usual)]
    times = {url: again(client, url) for url in slow}
    above = sorted(
        ((ms, url) for url, (ms, first) in times.items() if ms > AT_MOST * first), reverse=True
    )
    half, most, nearly_all = (
        quantiles([ms for ms, _ in found], n=100)[n - 1] for n in (50, 90, 99)
    )
    bench.results.say(
        f"{said}; {len(above):,} above {AT_MOST} × the first page ({short(median(usual))} ms), and "
        f"{len(slow):,} when they were asked for once; half in {short(half)}, nine of ten in "
        f"{short(most)}, 99 of 100 in {short(nearly_all)} ms"
    )
    bench.results.facts["filters"] = above
    rounds = range(bench.options.rounds)
    for _, url in above[:WORST]:
        ours = [[taken(client, url) for _ in range(AGAIN)] for _ in rounds]
        first = [[client.ms(plain) for _ in range(AGAIN)] for _ in rounds]
        name = url.partition("?")[2]
        bench.results.add(Line("filters", name, "ms", Figures(ours), Figures(first), AT_MOST))


def again(client: Client, url: str) -> tuple[float, float]:
    """Its time, and that of the first page by turns with it: once may have been by chance, and a
    machine has slower minutes."""
    both = [(taken(client, url), client.ms(list_url(LARGE))) for _ in range(AGAIN)]
    its, first = map(median, zip(*both, strict=True))
    return its, first


def pages(query: Query) -> list[str]:
    """The first, the second, one in the middle and the last, as far as there are so many, as the
    list links them."""
    first = pages_of(query)
    numbers: list[object] = []
    if isinstance(first.next, str):
        numbers = [1, first.next, middle(first.ids[0], pages_of(query, page="last").ids[-1])]
    elif first.last > 1:
        numbers = sorted({1, 2, first.last // 2 or 1})
    return [
        list_url(LARGE, **query, page=n) for n in [*(numbers or [1]), *["last"] * bool(numbers)]
    ]


def pages_of(query: Query, **more: object) -> "Pages":
    from django.http import QueryDict

    from ledgers.models import Ledger
    from transactions.queries import keyset
    from transactions.queries.listing import Listing

    text = list_url(LARGE, **query, **more).partition("?")[2]
    return keyset.pages_of(Listing.of(Ledger.objects.get(slug=LARGE), QueryDict(text)))


def middle(first: int, last: int) -> str:
    """The page that comes after half the time between the first row and the last one."""
    from transactions.models import Transaction
    from transactions.queries.keyset import Place

    latest, oldest = (Transaction.objects.get(pk=pk).occurred_at for pk in (first, last))
    return str(Place(100, False, (oldest + (latest - oldest) / 2, 1)))


def taken(client: Client, url: str) -> float:
    answer = client.ask(url)
    return answer.seconds * 1000 if answer.status == 200 else LONGEST * 1000
