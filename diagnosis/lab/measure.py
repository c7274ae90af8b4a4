"""How often a page is old: a second after a change, and after calls of another function."""

import time

from diagnosis.lab.server import Site, labels, serving

READS = 12
PAGE = "/?wallet=A"


def measured(name: str, layout: str, head: str = "") -> dict:
    with serving(name, layout, head) as site:
        site.pages(PAGE, 2 * READS)
        key, value = 57, "rent"
        result = {"variant": name, "layout": layout, "head": head}
        result["answer"] = site.ask(f"/label/{key}", {"label": value})[0]
        result["at once"] = old(site, key, value)
        time.sleep(1)
        result["committed"] = site.committed(key) == value
        result["after 1 s"] = old(site, key, value)
        others(site, 0, 1)
        result["after 1 call"] = old(site, key, value)
        others(site, 1, 12)
        result["after 12 calls"] = old(site, key, value)
        result["committed at last"] = site.committed(key) == value
    return result


def others(site: Site, start: int, stop: int) -> None:
    for n in range(start, stop):
        site.ask("/contact", {"address": f"a{n}", "name": f"Contact {n}"})


def old(site: Site, key: int, value: str) -> float:
    """The share of pages, of those that came, without the change in its row and its choice."""
    came = [body for status, body, _ in site.pages(PAGE, READS) if status == 200]
    right = [b for b in came if labels(b).get(key) == value and f"<option>{value}</option>" in b]
    return round(1 - len(right) / len(came), 2) if came else -1.0
