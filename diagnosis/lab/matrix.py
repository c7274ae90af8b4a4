"""Which runs there are, and what their results say together."""

from collections.abc import Iterable

from diagnosis.app.variants import RIGHT, VARIANTS, find
from diagnosis.lab.server import LAYOUTS, Run
from tests.browser.chromium import CHROMIUM

HEADS = ("", "remove", "expire_all")
QUICK = ("second_registry", "page_session", "held_snapshot", "cache_cleared_elsewhere")
OTHERS = ("sqlite", "mariadb")
BROWSER = ("link", "back")
# What an attempt has to leave of the share of old pages to have been no help.
NO_HELP = 0.5


def quick() -> list[Run]:
    return [Run(name, "one", head) for name in ("right", *QUICK) for head in HEADS]


def complete() -> list[Run]:
    names = [*RIGHT, *VARIANTS]
    runs = [Run(n, layout, head) for n in names for layout in LAYOUTS for head in heads(n)]
    runs += [Run(n, "one", "", store) for store in OTHERS for n in names]
    runs += [Run("default_isolation", "one", head, "mariadb") for head in HEADS[1:]]
    return [run for run in runs if fits(run)]


def heads(name: str) -> tuple[str, ...]:
    """The attempts were made where one page, asked for again, is old."""
    return HEADS if find(name).look in ("page", *BROWSER) else HEADS[:1]


def fits(run: Run) -> bool:
    """Whether the variant can be run there. What a browser keeps does not depend on the server;
    and it opens connections ahead, each of which would stop a sync worker."""
    variant = find(run.variant)
    if variant.look in BROWSER:
        return (run.store, run.layout) == ("postgresql", "threads")
    dialect = {"mariadb": "mysql"}.get(run.store, run.store)
    seen = variant.look == "page" or run.store == "postgresql"
    return seen and variant.only in ("", dialect)


def needs(run: Run) -> set[str]:
    variant = find(run.variant)
    return {
        *([variant.needs] if variant.needs else []),
        *(["mariadb"] if run.store == "mariadb" else []),
        *(["chromium"] if variant.look in BROWSER and not CHROMIUM else []),
    }


def key(result: dict) -> tuple[str, str, str]:
    return result["variant"], result["store"], result["layout"]


def joined(results: Iterable[dict]) -> list[dict]:
    """The results of a variant in a layout as one, with those of both attempts beside it."""
    found: dict[tuple, dict] = {}
    for result in results:
        heads = found.setdefault(key(result), {})
        heads[result["head"]] = result
    return [
        heads[""] | {head: heads[head] for head in HEADS[1:] if head in heads}
        for heads in found.values()
        if "" in heads
    ]


def is_wrong(row: dict) -> bool:
    return any(row.get(when, 0) > 0 for when in ("at once", "after 1 s"))


def matches(row: dict) -> bool:
    """All that was seen: old a second after the change, right after calls of another function,
    and neither attempt at the head of the view was any help."""
    old = row.get("after 1 s", 0)
    attempts = [row[head].get("after 1 s", 0) for head in HEADS[1:] if head in row]
    return (
        old > 0
        and row["after 12 calls"] == 0
        and len(attempts) == 2
        and all(left >= NO_HELP * old for left in attempts)
    )


def is_lost(row: dict) -> bool:
    return row.get("lost", 0) > 0 or (row.get("answer") == 303 and not row["committed at last"])


def ranked(rows: list[dict]) -> list[tuple[str, list[dict]]]:
    """Those that match. First whose page reads through db.session, which is what the attempts
    were made on; then in how many layouts. Of what is left nothing tells which is likelier."""
    found: dict[str, list[dict]] = {}
    for row in rows:
        if row["look"] == "page" and matches(row):
            found.setdefault(row["variant"], []).append(row)
    return sorted(found.items(), key=lambda each: (*rank(each[1]), each[0]))


def rank(matching: list[dict]) -> tuple[bool, int]:
    own = all(row["session"] == "db.session" for row in matching)
    return not own, -len(matching)
