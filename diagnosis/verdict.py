"""The decision tree: from what was observed on a live system to the family of the cause.

A pure function. `judge` gives a verdict, or names what has to be looked at next; who collects the
evidence (lab/evidence.py, or a person with psql, curl and the probe) need not know the tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AGAIN, NOTHING = "ask again", "nothing"
MEANING = {
    "uncommitted": "The change is not committed, or only after the answer: its transaction is left"
    " open until some other function commits in the same session.",
    "lost": "The change was acknowledged and rolled back: it will never be there.",
    "identity": "The database gives the new value; an object in a session that outlives its"
    " request keeps the old one.",
    "snapshot": "The page's transaction began before the change and has not ended: it sees the"
    " moment at which it began.",
    "kept": "The page does not ask: its value is kept in Python, in a cache or in a cookie.",
    "elsewhere": "The page asks, but not where the change was made: a standby, or a copy.",
    "query": "Every statement is answered rightly, and together they are wrong: no total order, or"
    " statements of different moments.",
    "browser": "The server's answer is right, and the browser shows one that it has kept.",
    AGAIN: "What was seen does not tell. Ask again, best right after a change.",
    NOTHING: "Nothing was old or wrong in this way of serving it.",
}


@dataclass(frozen=True)
class Verdict:
    family: str

    @property
    def text(self) -> str:
        return MEANING[self.family]


@dataclass(frozen=True)
class Ask:
    """What has to be looked at next."""

    what: str


def judge(evidence: Mapping[str, Any]) -> Verdict | Ask:
    try:
        return Verdict(decided(Evidence(evidence)))
    except Unknown as need:
        return Ask(need.what)


class Unknown(Exception):
    def __init__(self, what: str) -> None:
        self.what = what


class Evidence(dict[str, Any]):
    def __missing__(self, what: str) -> Any:
        raise Unknown(what)


def decided(seen: Evidence) -> str:
    if not seen["committed"]["after 1 s"]:
        return not_committed(seen)
    if not seen["committed"]["at once"]:
        return "uncommitted"
    for pages in ("pages", "past"):
        if old := [place for page in seen[pages] for place in old_places(page)]:
            return agreed([of_place(place) for place in old])
    if "old" in seen["browser"].values():
        return "browser"
    if seen["busy"]["lost"]:
        return "lost"
    return "query" if seen["walk"]["wrong"] or seen["import"]["disagree"] else NOTHING


def not_committed(seen: Evidence) -> str:
    """Who has written and is idle holds it. A session that has not written may hold it unflushed:
    then the next commit of another function brings it."""
    if any(session["wrote"] for session in seen["idle"]) or seen["later"]:
        return "uncommitted"
    return AGAIN if seen["idle"] else "lost"


def old_places(page: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return [page[place] for place in ("row", "choice") if page[place]["shown"] != "new"]


def of_place(place: Mapping[str, str]) -> str:
    """By what the SELECT that the page sent for this place gives when it is sent again."""
    connection, fresh = place["connection"], place["fresh"]
    if not fresh and connection in ("", "ended"):
        return "kept"
    if fresh == "old":
        return "elsewhere"
    if (fresh, connection) == ("new", "old"):
        return "snapshot"
    if (fresh, connection, place["orm"]) == ("new", "new", "old"):
        return "identity"
    return AGAIN


def agreed(families: list[str]) -> str:
    found = set(families) - {AGAIN}
    return found.pop() if len(found) == 1 else AGAIN
