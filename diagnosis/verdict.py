"""The decision tree: from what was observed on a live system to the family of the cause.

A pure function. `judge` gives a verdict, or names what has to be looked at next; who collects the
evidence (lab/evidence.py, or a person with psql, curl and the probe) need not know the tree. None
is an answer that nobody could give.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    "query": "Every statement is answered rightly, and together they are wrong, as each is of"
    " another moment.",
    "order": "Pages are cut from an order that is not total.",
    "browser": "The server's answer is right, and the browser shows one that it has kept.",
    AGAIN: "What was seen does not tell. Ask again, best right after a change.",
    NOTHING: "Nothing was old or wrong in this way of serving it.",
}
# What the SELECT that the page sent for an old place gives when it is sent again: on the page's
# connection, on a fresh one; and what the ORM's object has.
SIGNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "kept": {"fresh": ("",), "connection": ("", "ended")},
    "elsewhere": {"fresh": ("old",)},
    "snapshot": {"fresh": ("new",), "connection": ("old",)},
    "identity": {"fresh": ("new",), "connection": ("new",), "orm": ("old",)},
}
PLACES = ("row", "choice")
type Answer = bool | None


@dataclass(frozen=True)
class Verdict:
    family: str
    among: frozenset[str] = frozenset()  # what is left, where it cannot be told

    @property
    def text(self) -> str:
        left = f" Left are: {', '.join(sorted(self.among))}." if self.among else ""
        return MEANING[self.family] + left


@dataclass(frozen=True)
class Ask:
    """What has to be looked at next."""

    what: str


def judge(evidence: Mapping[str, Any]) -> Verdict | Ask:
    try:
        found = families(Evidence(evidence))
    except Unasked as need:
        return Ask(need.what)
    return Verdict(found.pop()) if len(found) == 1 else Verdict(AGAIN, frozenset(found))


class Unasked(Exception):
    def __init__(self, what: str) -> None:
        self.what = what


class Evidence(dict[str, Any]):
    def __missing__(self, what: str) -> Any:
        raise Unasked(what)


def families(seen: Evidence) -> set[str]:
    """All that may be the cause."""
    is_committed = part(seen["committed"], "after 1 s")
    found: set[str] = set()
    for answer, branch in ((True, committed), (False, not_committed)):
        if is_committed in (answer, None):
            found |= branch(seen)
    return found


def committed(seen: Evidence) -> set[str]:
    """The first fault that was seen; if none was, those that could not be looked for."""
    unseen = {NOTHING}
    for answer, may_be in faults(seen):
        if answer:
            return may_be
        if answer is None:
            unseen |= may_be
    return unseen


def faults(seen: Evidence) -> Iterator[tuple[Answer, set[str]]]:
    yield known(part(seen["committed"], "at once"), lambda at_once: not at_once), {"uncommitted"}
    for pages in ("pages", "past"):
        places = places_of(seen[pages])
        yield any_of(map(is_old, places)), of_places(places)
    browser = seen["browser"]
    yield known(browser, lambda shown: any_of(map(old, shown.values()))), {"browser"}
    for look, what, family in (
        ("busy", "lost", "lost"),
        ("walk", "wrong", "order"),
        ("import", "disagree", "query"),
    ):
        yield known(part(seen[look], what), lambda number: number > 0), {family}


def not_committed(seen: Evidence) -> set[str]:
    """Who has written and is idle holds it. A session that has not written may hold it unflushed:
    then the next commit of another function brings it."""
    idle = seen["idle"]
    if (
        known(idle, lambda each: any_of(part(session, "wrote") for session in each))
        or seen["later"]
    ):
        return {"uncommitted"}
    return {"lost"} if idle == [] and seen["later"] is False else {"uncommitted", "lost"}


def places_of(pages: list[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    if pages is None:
        return [{}]
    return [page[place] or {} for page in pages for place in PLACES if place in page]


def is_old(place: Mapping[str, Any]) -> Answer:
    return old(place.get("shown"))


def old(shown: str | None) -> Answer:
    return None if shown is None else shown != "new"


def of_places(places: list[Mapping[str, Any]]) -> set[str]:
    """What all that are old have in common; all that they may be, if that is nothing."""
    sure = [place for place in places if is_old(place)]
    each = [of_place(place) for place in sure or places]
    return set(SIGNS).intersection(*each) or set().union(*each)


def of_place(place: Mapping[str, Any]) -> set[str]:
    fits = {
        family
        for family, signs in SIGNS.items()
        if all(place.get(name) in (None, *values) for name, values in signs.items())
    }
    return fits or set(SIGNS)


def part(answer: Mapping[str, Any] | None, name: str) -> Any:
    return known(answer, lambda parts: parts[name])


def known(answer: Any, then: Callable[[Any], Any]) -> Any:
    return None if answer is None else then(answer)


def any_of(answers: Iterable[Answer]) -> Answer:
    found = set(answers)
    return True if True in found else None if None in found else False
