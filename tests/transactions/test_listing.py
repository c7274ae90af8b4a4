from datetime import timedelta
from itertools import chain

import pytest
from django.http import QueryDict

from ledgers.models import Ledger
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_ends,
    make_label,
    make_ledger,
    make_pair,
    make_transaction,
    make_wallet,
)
from tests.transactions.rows import make_rows
from transactions import search
from transactions.models import Transaction, TransactionLabel
from transactions.queries import listing as listings
from transactions.queries.listing import Listing, Pages

SIZE = 25


@pytest.fixture
def newest_first(ledger: Ledger) -> list[int]:
    """60 labelled rows, some of one moment, not made in the order of time; and others."""
    label = make_label(ledger, "rent")
    rows = [
        make_transaction(ledger, occurred_at=NOON + timedelta(days=n * 7 % 20), labels=[label])
        for n in range(60)
    ]
    for day in range(30):
        make_transaction(ledger, occurred_at=NOON + timedelta(days=day))
    return [row.pk for row in sorted(rows, key=lambda row: (row.occurred_at, row.pk), reverse=True)]


def page(ledger: Ledger, query: str) -> list[int]:
    query += f"&size={SIZE}&label={ledger.labels.get().pk}"
    return Pages(Listing.of(ledger, QueryDict(query))).ids


@pytest.mark.slow
@pytest.mark.parametrize("counted", [10_000, 59])
def test_pages_are_cut_from_one_order_whether_or_not_all_are_counted(
    ledger: Ledger, newest_first: list[int], monkeypatch: pytest.MonkeyPatch, counted: int
) -> None:
    monkeypatch.setattr(listings, "MAX_COUNT", counted)

    forwards = [page(ledger, f"page={number}") for number in (1, 2, 3)]
    oldest = page(ledger, "sort=time&page=1")

    assert list(chain.from_iterable(forwards)) == newest_first
    assert oldest == newest_first[::-1][:SIZE]


@pytest.mark.slow
def test_last_page_is_read_from_the_end_where_nobody_knows_how_many_there_are(
    ledger: Ledger, newest_first: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "MAX_COUNT", 59)

    assert page(ledger, "page=last") == newest_first[-SIZE:]
    assert page(ledger, "page=-2") == newest_first[-2 * SIZE : -SIZE]
    assert page(ledger, "page=99") == newest_first[-SIZE:]


@pytest.mark.slow
def test_last_page_of_those_that_are_counted_holds_the_rest(
    ledger: Ledger, newest_first: list[int]
) -> None:
    assert page(ledger, "page=last") == newest_first[50:]
    assert page(ledger, "page=99") == newest_first[50:]


@pytest.mark.parametrize(
    "url",
    ["", "&hidden=all", "&hidden=only", "&wallet={wallet}", "&asset_not=1", "&transfers=once"],
)
@pytest.mark.parametrize("name", ["asset=BTC", "asset=BTC&asset=EUR", "contact={contact}"])
def test_rows_are_counted_in_parts_as_they_are_listed(ledger: Ledger, name: str, url: str) -> None:
    contact, wallet = make_contact(ledger, "Zoe"), make_wallet(ledger, "Main")
    hers = make_address(ledger, contact=contact)
    # Twice the same asset, a contact of its own and that of its address: to be counted once.
    make_transaction(ledger, wallet=wallet, sent=("1", "BTC"), fee=("0.1", "BTC"), contact=contact)
    make_transaction(ledger, received=("2", "BTC"), counterparty=hers)
    make_transaction(ledger, received=("3", "EUR"), counterparty=hers, contact=contact)
    make_transaction(ledger, sent=("4", "BTC"), counterparty=hers, hidden=True)
    make_transaction(ledger, sent=("5", "ETH"))
    query = QueryDict(f"{name}{url}".format(contact=contact.pk, wallet=wallet.pk))

    listing = Listing.of(ledger, query)

    assert listing.counted(listing.rows) == len(set(listing.rows.values_list("pk", flat=True))) > 0


FAR_AWAY = [
    *("label={label}", "label={label}&label={other}", "label=none", "label=none&label={label}"),
    *("label={label}&label_not=1", "label={label}&contact={contact}", "label={label}&q=zoe"),
    *("contact={contact}", "contact={contact}&contact_not=1", "contact={contact}&asset=BTC"),
    *("q=zoe", "q=zoe&wallet={wallet}", "contact={contact}&hidden=all", "label={label}&min=3"),
    *("contact={contact}&transfers=once", "label={label}&review=new", "asset=BTC&min=2&max=5"),
    *("asset=BTC&above=2&below=20", "min=3&max=9"),
    *("q=zoe&transfers=once", "label={label}&transfers=once", "contact={contact}&max=9"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("sort", "named"), [("-time", 0), ("time", 1_000)])
def test_far_pages_have_what_a_walk_through_all_rows_comes_to(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, sort: str, named: int
) -> None:
    things = make_rows(ledger, 24, lambda n: timedelta(days=n * 7 % 5), lambda n: n == 10)
    given = {name: thing.pk for name, thing in things.items()}
    # Of one pair both ends fit, of the other what was received.
    both = {"contact": things["contact"], "note": "for Zoe", "labels": [things["label"]]}
    pairs = [make_pair(ledger, *make_ends(ledger, **both)) for _ in range(2)]
    Transaction.objects.filter(pk=pairs[1].sent.pk).update(contact=None, note="")
    TransactionLabel.objects.filter(transaction=pairs[1].sent).delete()
    monkeypatch.setattr(search, "FEW", 0)  # nothing is told by its keys
    monkeypatch.setattr(search, "SOME", named)  # pairs that are told by their keys
    monkeypatch.setattr(listings, "FAR", 0)

    for query in FAR_AWAY:
        listing = Listing.of(ledger, QueryDict(f"{query}&sort={sort}".format(**given)))
        walked = list(listing.ordered().values_list("pk", flat=True))
        if "once" in query:
            received = [pair.received.pk for pair in pairs]
            assert [pk in walked for pk in received] == [False, True], query
        assert listing.ids(0, 2) == walked[:2] != [], query
        assert listing.ids(2, 30) == walked[2:], query
        assert listing.ids(1, 4, backwards=True) == walked[::-1][1:4][::-1], query


def test_rows_of_one_label_are_counted_without_those_that_are_not_listed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, other = make_label(ledger, "rent"), make_label(ledger, "tax")
    rows = [make_transaction(ledger, labels=[label]) for _ in range(3)]
    make_transaction(ledger, labels=[label], hidden=True)
    make_transaction(ledger, labels=[label], deleted_at=NOON)
    make_transaction(ledger, labels=[other])
    make_transaction(make_ledger(slug="other"), labels=[])
    query = QueryDict(f"label={label.pk}")

    monkeypatch.setattr(search, "FEW", 2)
    many = Listing.of(ledger, query).finding.found
    monkeypatch.setattr(search, "FEW", 3)
    few = Listing.of(ledger, query).finding.found

    assert [found.number for found in (many, few)] == [search.MANY.number, 3]
    assert few.keys == [row.pk for row in reversed(rows)]


@pytest.mark.parametrize("part", ["sent", "received", "fee"])
def test_one_index_tells_that_more_than_a_few_move_an_asset(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Of what is listed, which is counted where none of them does."""
    monkeypatch.setattr(search, "FEW", 2)
    others = {"sent", "received", "fee"} - {part}
    for _ in range(2):
        make_transaction(ledger, **{part: ("1", "BTC")})
        make_transaction(ledger, **{part: ("1", "BTC")}, hidden=True)
        make_transaction(ledger, **{part: ("1", "BTC")}, occurred_at=NOON + timedelta(days=1))
        make_transaction(ledger, **dict.fromkeys(others, ("1", "BTC")))
    of_a_day = Listing.of(ledger, QueryDict(f"asset=BTC&until={NOON.date()}"))
    of_all = Listing.of(ledger, QueryDict("asset=BTC"))

    assert of_a_day.finding.found is None
    assert of_a_day.counted(of_a_day.rows) == 4
    assert of_all.finding.found is search.MANY


@pytest.mark.slow
@pytest.mark.parametrize("number", [10**30, -(10**30)])
def test_page_that_is_farther_than_any_is_the_last(
    ledger: Ledger, newest_first: list[int], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(listings, "MAX_COUNT", 59)
    wallet = ledger.wallets.get().pk

    far, last = (
        Pages(Listing.of(ledger, QueryDict(f"wallet={wallet}&page={page}"))).ids
        for page in (number, "last")
    )

    assert far == last != []
