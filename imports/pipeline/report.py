"""What an import says of lines that it did not take as written. The database has it by line, each
with its kind; a report has the lists of each kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from heapq import merge
from operator import itemgetter
from typing import Any

from imports.models import ImportBatch
from imports.pipeline.deflated import packed, unpacked

# As a report calls the list, and as each item of it is called.
KINDS = {"skipped": "skipped", "errors": "error", "remarks": "remark"}

type Said = dict[str, Any]


class OneByOne(list[Said]):
    """A list to `json`, which asks for one item after the other; so a long one is never there."""

    def __init__(self, count: int, items: Callable[[], Iterator[Said]]) -> None:
        self._count, self._items = count, items

    def __iter__(self) -> Iterator[Said]:
        return self._items()

    def __len__(self) -> int:
        return self._count


def by_line(lists: Mapping[str, Iterable[Said]]) -> bytes:
    """As the database keeps them; each list is in the order of its lines."""
    rows = (map(partial(of_kind, KINDS[name]), some) for name, some in lists.items())
    return packed(merge(*rows, key=itemgetter("line")))


def of_kind(kind: str, said: Said) -> Said:
    return {"kind": kind} | said


def lines_of(batch: ImportBatch) -> Iterator[Said]:
    return unpacked(bytes(batch.report)) if batch.report else iter(())


def report_of(batch: ImportBatch) -> dict[str, OneByOne]:
    """The lists that have something."""
    counts = {name: getattr(batch, name) for name in KINDS}
    return {name: OneByOne(n, partial(said, batch, name)) for name, n in counts.items() if n}


def said(batch: ImportBatch, name: str) -> Iterator[Said]:
    for each in lines_of(batch):
        if each.pop("kind") == KINDS[name]:
            yield each
