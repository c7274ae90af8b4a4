"""What was found: its family, in the words of docs/diagnosis/families.md, and where."""

from dataclasses import dataclass

from session_policy.places import Place

DOCS = "docs/diagnosis/families.md"
MEANING = {
    "uncommitted": "the change is not committed when the answer leaves",
    "lost": "the change was acknowledged and rolled back",
    "identity": "objects of a session that outlives its request keep old values",
    "snapshot": "a transaction that goes on shows the moment at which it began",
    "kept": "the page shows what was kept in Python, a cache or a cookie",
    "elsewhere": "the page asks, but not where the change was made",
    "query": "statements of different moments",
    "order": "a page is cut from an order that is not total",
    "browser": "the browser may show an answer that it has kept",
}


def link(family: str) -> str:
    return f"{DOCS}#{family}"


@dataclass(frozen=True)
class Report:
    family: str
    what: str
    places: tuple[Place, ...]

    @property
    def about(self) -> tuple[object, ...]:
        """Two that agree in this are of one fault."""
        return self.family, self.places or self.what

    def __str__(self) -> str:
        return f"{self.family}: {self.what}. See {link(self.family)}"
