"""One client, by turns with Flask: the pages of the large ledger."""

import re

from bench import shape
from bench.client import Client, list_url
from bench.results import Line, by_turns
from bench.running import Bench
from bench.shape import LARGE, SLUGS
from launcher.accounts import LauncherError

PART = "pages"
AT_MOST = 0.8


def frequent(slug: str, *names: str) -> dict[str, object]:
    values = shape.filters(SLUGS[slug])
    return {name: values[name]["frequent"] for name in names}


def urls(slug: str, rows: int) -> dict[str, str]:
    """The middle page is one of 50 rows, counted from the beginning."""
    single = ("wallet", "type", "asset", "contact", "label")
    return {
        "first page": list_url(slug),
        **{name: list_url(slug, **frequent(slug, name)) for name in single},
        "page 2": list_url(slug, page=2),
        "middle page": list_url(slug, page=rows // 100),
        "last page": list_url(slug, page="last"),
    }


def three(slug: str) -> str:
    return list_url(slug, **frequent(slug, "wallet", "type", "asset"))


def run(bench: Bench) -> None:
    pages = urls(LARGE, bench.shape.large)
    for name, url in pages.items():
        compare(bench, name, url, AT_MOST)
    compare(bench, "wallet + type + asset", three(LARGE), None)
    say_bytes(bench, pages["first page"])


def compare(bench: Bench, name: str, url: str, limit: float | None) -> Line:
    must_show_the_same(bench, url)
    sides = [lambda side=side: side.ms(url) for side in (bench.ours, bench.flask)]
    ours, flask = by_turns(sides, bench.options.rounds)
    line = Line(PART, name, "ms", ours, flask, limit)
    bench.results.add(line)
    return line


def say_bytes(bench: Bench, url: str) -> None:
    def size(client: Client, **headers: str) -> str:
        return f"{len(client.get(url, **headers).body) / 1024:.0f} KB"

    compressed = {"Accept-Encoding": "gzip, br, zstd"}
    bench.results.say(
        f"HTML of the first page: {size(bench.ours)}, as a browser asks for it"
        f" {size(bench.ours, **compressed)}; Flask {size(bench.flask)}, never compressed"
    )


def must_show_the_same(bench: Bench, url: str) -> None:
    ours, flask = (shown(side.get(url).text) for side in (bench.ours, bench.flask))
    if not ours or ours != flask:
        raise LauncherError(f"{url} shows {len(ours)} rows, the Flask page {len(flask)} or others.")


def shown(html: str) -> list[str]:
    return re.findall(r'<tr role="row" id="t(\d+)"', html)
