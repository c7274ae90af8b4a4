"""Pages of a list as one comes to them, and whether each row is on one of them."""

from itertools import chain

import pytest
from django.http import QueryDict

from ledgers.models import Ledger
from transactions import search
from transactions.queries import keyset
from transactions.queries import listing as listings
from transactions.queries.keyset import pages_of
from transactions.queries.listing import Listing, Pages


def count_to(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FEW", most)
    for module in (keyset, listings):
        monkeypatch.setattr(module, "MAX_COUNT", most)


def page(ledger: Ledger, query: str, number: object) -> Pages:
    """Of the smallest size."""
    size = listings.SIZES[0]
    return pages_of(Listing.of(ledger, QueryDict(f"{query}&size={size}&page={number}")))


def linked(ledger: Ledger, query: str, number: object, way: str) -> list[list[int]]:
    """The rows of each page, as one comes to it by the links."""
    found = []
    while number is not None and len(found) < 30:
        pages = page(ledger, query, number)
        found.append(pages.ids)
        number = getattr(pages, way)
    return found


def check_pages(ledger: Ledger, query: str) -> list[int]:
    """From both ends each row is on one page, in the order of the list, and pages are full. The
    rows."""
    listing = Listing.of(ledger, QueryDict(query))
    rows = list(listing.ordered(rows=listing.filter.rows).values_list("pk", flat=True))

    forwards = linked(ledger, query, 1, "next")
    backwards = linked(ledger, query, "last", "previous")

    assert list(chain.from_iterable(forwards)) == rows, query
    assert {len(ids) for ids in forwards[:-1]} <= {listings.SIZES[0]}, query
    assert list(chain.from_iterable(reversed(backwards))) == rows, query
    return rows
