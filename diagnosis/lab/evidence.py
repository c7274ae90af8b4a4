"""Collects, on a running variant, what one could observe on a live system; nothing else."""

import time
from collections import Counter
from collections.abc import Callable

from diagnosis.lab.browser import browsing
from diagnosis.lab.looks import others_read, rows_come, walk
from diagnosis.lab.server import KEY, NEW, OLD, PAGE, Answer, Run, Site, serving
from diagnosis.verdict import Ask, judge
from tests.browser.chromium import CHROMIUM

ASKED = 24
PAST = "by psql"


def collected(run: Run) -> dict:
    """A change, what is seen of it at once and a second later, and what the tree asks for then."""
    with serving(run) as site:
        site.warm(run.layout)
        with site.store.watching(KEY) as psql:
            seen: dict = {"answer": site.change()}
            at_once = psql() == NEW
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
    return site.store.idle()


def later(site: Site, run: Run) -> bool:
    site.others(0, 12)
    return site.committed()


def pages(site: Site, run: Run) -> list[dict]:
    return probed(site, NEW, OLD)


def past(site: Site, run: Run) -> list[dict]:
    """The same after a change that was made past the application."""
    site.store.write(KEY, PAST)
    return probed(site, PAST, NEW)


def probed(site: Site, new: str, old: str) -> list[dict]:
    """What was seen on several pages, each kind once with how often."""
    asked = site.pages(PAGE, ASKED, f"{KEY}|{new}|{old}")
    found = Counter(observed(page, new) for page in asked)
    return [
        {"times": n, "selects": selects, "row": dict(row), "choice": dict(choice)}
        for (selects, row, choice), n in found.items()
    ]


def observed(page: Answer, new: str) -> tuple:
    places = []
    for place, shows in zip(("row", "choice"), page.shows(new), strict=True):
        shown = {"shown": "new" if shows else "old"} | page.probe[place]
        places.append(tuple(sorted(shown.items())))
    return page.probe["selects"], *places


def busy(site: Site, run: Run) -> dict:
    found = others_read(site)
    return {"lost": found["lost"], "refused": found["refused"]}


def walked(site: Site, run: Run) -> dict:
    return {"wrong": walk(site)["at once"]}


def imported(site: Site, run: Run) -> dict:
    return {"disagree": rows_come(site)["disagree"]}


LOOK: dict[str, Callable[[Site, Run], object]] = {
    "browser": browser,
    "idle": idle,
    "later": later,
    "pages": pages,
    "past": past,
    "busy": busy,
    "walk": walked,
    "import": imported,
}
