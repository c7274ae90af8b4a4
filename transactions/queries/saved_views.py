"""What a URL of the list says, in one spelling; and how many rows it lists."""

from django.http import QueryDict

from ledgers.models import Ledger
from transactions.filter_types import SEVERAL
from transactions.filters import EVERY_FILTER
from transactions.models import SavedView
from transactions.queries.columns import in_query
from transactions.queries.listing import SORTS, Listing, page_size


def normalised(query: QueryDict) -> str:
    """Without the page, what says nothing, and what is unknown."""
    found = QueryDict(mutable=True)
    for name, one in EVERY_FILTER.items():
        given = [value for value in query.getlist(name) if value]
        if name.endswith("_not") and not found.get(name.removesuffix("_not")):
            continue
        found.setlist(name, sorted(set(given)) if isinstance(one, SEVERAL) else given[-1:])
    if (sort := query.get("sort", "")) in SORTS[1:]:
        found["sort"] = sort
    if (size := page_size(query)) != page_size(QueryDict()):
        found["size"] = str(size)
    if columns := in_query(query):
        found["columns"] = ",".join(columns)
    return found.urlencode(safe=",")


def counted(ledger: Ledger, view: SavedView) -> int | None:
    """Up to one more than the list counts; None where its filter cannot be used any more."""
    listing = Listing.of(ledger, QueryDict(view.query))
    return listing.counted(listing.rows) if listing.filter.is_valid() else None
