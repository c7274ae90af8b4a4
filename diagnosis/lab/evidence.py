"""Collects, on a running variant, what one could observe on a live system; nothing else."""

import time
from collections import Counter
from collections.abc import Callable

from diagnosis.lab.browser import CHROMIUM, browsing
from diagnosis.lab.looks import others_read, rows_come, walk
from diagnosis.lab.server import KEY, NEW, OLD, PAGE, Run, Site, serving
from diagnosis.verdict import Ask, judge

ASKED = 24
PROBE = f"{KEY}|{NEW}|{OLD}"


def collected(run: Run) -> dict:
    """A change, what is seen of it at once and a second later, and what the tree asks for then."""
    with serving(run) as site:
        site.warm(run.layout)
        seen: dict = {"answer": site.change()}
        at_once = site.committed()
        time.sleep(1)
        seen["committed"] = {"at once": at_once, "after 1 s": site.committed()}
        while isinstance(need := judge(seen), Ask):
            seen[need.what] = LOOK[need.what](site, run)
    return seen


def browser(site: Site, run: Run) -> dict[str, str]:
    """With a change of its own, as the tabs have to be open before. An idle connection of a
    browser stops a sync worker: there it is not looked at."""
    if not CHROMIUM or run.layout != "threads":
        return {}
    with browsing(site) as restored:
        site.change("in the browser")
        shown = {look: is_old("in the browser") for look, is_old in restored.items()}
    return {look: "old" if old else "new" for look, old in shown.items()}


def idle(site: Site, run: Run) -> list[dict]:
    return [{"wrote": each["wrote"], "last": each["last"][:60]} for each in site.store.idle()]


def later(site: Site, run: Run) -> bool:
    site.others(0, 12)
    return site.committed()


def pages(site: Site, run: Run) -> list[dict]:
    """What was seen on several pages, each kind once with how often."""
    found = Counter(observed(page) for page in site.pages(PAGE, ASKED, PROBE))
    return [
        {"times": n, "selects": selects, "row": dict(row), "choice": dict(choice)}
        for (selects, row, choice), n in found.items()
    ]


def observed(page) -> tuple:
    places = []
    for place, shows in zip(("row", "choice"), page.shows(NEW), strict=True):
        shown = {"shown": "new" if shows else "old"} | page.probe[place]
        places.append(tuple(sorted(shown.items())))
    return page.probe["selects"], *places


def busy(site: Site, run: Run) -> dict:
    found = others_read(site)
    return {"lost": found["lost"], "refused": found["refused"]}


def torn(look: Callable[[Site], dict]) -> Callable[[Site, Run], dict]:
    return lambda site, run: {"wrong": look(site)["at once"]}


LOOK: dict[str, Callable[[Site, Run], object]] = {
    "browser": browser,
    "idle": idle,
    "later": later,
    "pages": pages,
    "busy": busy,
    "walk": torn(walk),
    "import": torn(rows_come),
}
