"""How often what is looked at is wrong: a page that is old a second after a change and after
calls of another function, or whatever else the variant's `look` says."""

import time

from diagnosis.app.variants import find
from diagnosis.lab.browser import browsing
from diagnosis.lab.looks import LOOKS
from diagnosis.lab.server import NEW, PAGE, READS, Run, Site, serving

WHEN = ("at once", "after 1 s", "after 1 call", "after 12 calls")


def measured(run: Run) -> dict:
    look = find(run.variant).look
    with serving(run) as site:
        site.warm(run.layout)
        if look in LOOKS:
            found = LOOKS[look](site)
        elif look == "page":
            found = phases(site, lambda: old(site))
        else:
            with browsing(site) as restored:
                found = phases(site, lambda: restored[look](NEW))
    return {**vars(run), "look": look, **found}


def phases(site: Site, is_old) -> dict:
    result: dict = {"answer": site.change()}
    result["at once"] = is_old()
    time.sleep(1)
    result["committed"] = site.committed(NEW)
    result["after 1 s"] = is_old()
    site.others(0, 1)
    result["after 1 call"] = is_old()
    site.others(1, 12)
    result["after 12 calls"] = is_old()
    result["committed at last"] = site.committed(NEW)
    result["session"] = site.ask(PAGE, probe="|new|old").probe.get("session", "")
    return result


def old(site: Site) -> float:
    """The share of pages, of those that came, without the change in its row and its choice."""
    came = site.pages(PAGE, READS)
    right = [page for page in came if all(page.shows(NEW))]
    return round(1 - len(right) / len(came), 2) if came else -1.0
