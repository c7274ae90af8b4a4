"""What more rows cost: of the ledger, of the database, of a contact. Ours against ours; Flask is
only in the chart."""

from bench import shape
from bench.client import Client, list_url
from bench.database import made
from bench.parts import pages
from bench.results import Figures, Line, by_turns
from bench.running import Bench
from bench.servers import our_server
from bench.shape import CONTACTS, LARGE, MEDIUM, SLUGS, SMALL, Shape

# Rounds after which each thread of a new server has its connection and what it prepares.
WARM = 20
OF_LEDGER, OF_DATABASE, OF_CONTACT = 1.2, 1.1, 1.1


def run(bench: Bench) -> None:
    large, medium = (pages.urls(slug, rows(bench, slug)) for slug in (LARGE, MEDIUM))
    said = f"{bench.shape.large:,} / {bench.shape.medium:,} rows"
    for name in large:
        sides = [lambda url=url: bench.ours.ms(url) for url in (large[name], medium[name])]
        compare(bench, f"{said}: {name}", sides, OF_LEDGER)
    draw(bench)
    database(bench, large)
    renaming(bench)


def rows(bench: Bench, slug: str) -> int:
    return {LARGE: bench.shape.large, MEDIUM: bench.shape.medium, SMALL: bench.shape.small}[slug]


def compare(bench: Bench, name: str, sides: list, limit: float | None) -> list[Figures]:
    found = by_turns(sides, bench.options.rounds)
    bench.results.add(Line("size", name, "ms", *found, limit))
    return found


def draw(bench: Bench) -> None:
    slugs = sorted((SMALL, MEDIUM, LARGE), key=lambda slug: rows(bench, slug))
    series: dict[str, dict[str, list[float]]] = {}
    for slug in slugs:
        urls = pages.urls(slug, rows(bench, slug)) | {"wallet + type + asset": pages.three(slug)}
        for name in ("first page", "contact", "last page", "wallet + type + asset"):
            sides = [lambda c=c, url=urls[name]: c.ms(url) for c in (bench.ours, bench.flask)]
            for side, times in zip(("ours", "flask"), by_turns(sides, 1), strict=True):
                series.setdefault(name, {}).setdefault(side, []).append(times.median)
    sizes = [rows(bench, slug) for slug in slugs]
    bench.results.facts["size"] = {"sizes": sizes, "series": series}


def database(bench: Bench, urls: dict[str, str]) -> None:
    """The very same rows, with the others of the database and without, by two servers that have
    answered the same before."""
    alone = Shape.of(bench.options.small, alone=True)
    conninfo = made(bench.place, alone)
    bench.stop_servers()
    with our_server(bench.place, alone.name, conninfo) as server:
        client = Client(server.port, bench.place.password).logged_in()
        by_turns([lambda c=c: c.ms(urls["first page"]) for c in (bench.ours, client)], WARM)
        for name in ("first page", "wallet", "contact", "label", "last page"):
            sides = [lambda c=c, url=urls[name]: c.ms(url) for c in (bench.ours, client)]
            said = f"{bench.shape.total:,} / {alone.large:,} in the database: {name}"
            compare(bench, said, sides, OF_DATABASE)


def renaming(bench: Bench) -> None:
    """One contact of a ninth of all rows, and one of hardly any."""
    many, few = (shape.contact(SLUGS[LARGE], k) for k in (0, CONTACTS - 1))
    sides = [lambda pk=pk: renamed(bench.ours, pk) for pk in (many, few)]
    compare(bench, f"renaming a contact of {uses(many):,} / {uses(few):,} rows", sides, OF_CONTACT)


def uses(contact: int) -> int:
    from transactions.models import Transaction

    return Transaction.objects.filter(counterparty__contact=contact).count()


def renamed(client: Client, pk: int) -> float:
    from contacts.models import Contact

    row = Contact.objects.get(pk=pk)
    name = row.name.removesuffix(".") if row.name.endswith(".") else f"{row.name}."
    url = list_url(LARGE).replace("transactions", f"contacts/{pk}/name")
    answer = client.ask(url, {"contact_name": name, "version": row.version})
    assert answer.status == 303, f"{url}: {answer.status}"
    return answer.seconds * 1000
