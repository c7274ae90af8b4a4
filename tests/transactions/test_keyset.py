from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers.models import Ledger
from tests.factories import (
    NOON,
    make_address,
    make_ends,
    make_keller,
    make_ledger,
    make_pair,
    make_transaction,
)
from tests.transactions.pages import check_pages, count_to, page
from tests.transactions.rows import make_rows
from transactions import search
from transactions.models import Transaction
from transactions.queries import finding, keyset, next_rows
from transactions.queries import listing as listings
from transactions.queries.keyset import KeysetPages, LinkedPages, Place, pages_of
from transactions.queries.listing import Listing, totals

SIZE = 4
# Filters that no one index has together, and all ways to fit that are tried in another way.
COMBINED = [
    "label={label}&asset=BTC",
    "label={label}&label={other}&min=3",
    "label=none&hidden=all",
    "label=none&label={label}&hidden=all",
    "label={label}&label_not=1&max=40",
    "contact={contact}&q=zoe",
    "contact={contact}&contact_not=1&wallet={wallet}",
    "contact={contact}&wallet={wallet}&wallet={cold}",
    "wallet={wallet}&wallet_not=1&min=2",
    "wallet={wallet}&asset=BTC&asset_not=1",
    "type=deposit&type_not=1&hidden=all",
    "type=deposit&note=for",
    "type=transfer&hidden=all",
    "type=transfer&type_not=1&hidden=all",
    "type=transfer&type=deposit&hidden=all",
    "asset=BTC&min=2&max=50",
    "asset=BTC&max=10&label={label}",
    "min=2&max=50&label={label}",
    "asset=BTC&above=2&below=50",
    "asset=BTC&asset_not=1&min=2",
    "hidden=only&asset=BTC",
    "hidden=only&wallet={wallet}",
    "status=failed&wallet={wallet}",
    "address=0xfee&max=90",
    "contact={contact}&max=9&q=zoe",
    "hash=0xabc&hidden=all",
    "note=zoe&wallet={wallet}",
    "q=zoe&transfers=once",
    "q=zoe&asset=BTC",
    "q=zoe&label={label}",
    "q=zoe&label={label}&address=0xfee",
    "q=for&hidden=only",
    "contact={contact}&type=deposit",
    "contact={contact}&address=0xfee",
    "contact={contact}&address=0xfee&label={label}&hidden=all",
    "contact={contact}&contact_not=1&address=0xfed",
    "q=zoe&note_but=nobody",
    "q=zoe&review=new",
    "q=zoe&since=2020-01-01&until=2030-01-01",
    "transfers=once&hidden=all",
]
# How many are tried first and at most, what it may cost to seek instead, of how many of one filter
# the others are tried, how many of one are put in order at once and where too few are found, how
# many are read beyond those that are wanted, how many of what is put in order are tried first and
# at most, how many may have words that are looked up (see test_by_month.py), of which amounts there
# are few, and how many addresses are sent.
USUAL = {
    (next_rows, "TRIED"): 3,
    (next_rows, "MOST_TRIED"): 10_000,
    (next_rows, "MORE_TRIED"): 10_000,
    (next_rows, "CHEAP"): 0,
    (finding, "RARE"): 0,
    (next_rows, "FEW_ALONE"): -1,
    (next_rows, "MORE_ALONE"): -1,
    (next_rows, "SPARE"): 0,
    (next_rows, "FIRST_OF_FEW"): 3,
    (next_rows, "MOST_OF_FEW"): 10_000,
    (next_rows, "FEW_LABELLED"): 10_000,
    (next_rows, "MOST_LOOKED_UP"): 10_000,
    (next_rows, "OF_CONTACT_AMONG"): -1,
    (next_rows, "LABELLED_FOR_ONE"): 2,
    (next_rows, "RARE_WORDS"): 0,
    (next_rows, "MOST_COUNTED"): -1,
    (finding, "FEW_AMOUNTS"): -1,
    (search, "MOST_SENT"): 1_000,
}
LITTLE = {(next_rows, "MOST_TRIED"): 5, (next_rows, "MORE_TRIED"): 5}
PUT_IN_ORDER = {(next_rows, "FEW_ALONE"): 10_000}
RARE_WORDS = {(next_rows, "RARE_WORDS"): 2}
WAYS: dict[str, dict[tuple[Any, str], int]] = {
    "tried": {(next_rows, "TRIED"): 7, (search, "MOST_SENT"): 0},
    "put in order": PUT_IN_ORDER | RARE_WORDS,
    "put in order, labels looked up": {
        **PUT_IN_ORDER,
        (next_rows, "FEW_LABELLED"): -1,
        (next_rows, "MOST_LOOKED_UP"): 7,
    },
    "put in order if few are found": {
        **LITTLE,
        (next_rows, "MORE_ALONE"): 10_000,
        (next_rows, "MOST_OF_FEW"): 7,
    },
    "sought if few fit": {**LITTLE, (search, "MOST_SENT"): 0},
    "sought": {(next_rows, "CHEAP"): 5_000, (finding, "FEW_AMOUNTS"): 20_000},
    "tried on what is rare": {**LITTLE, (next_rows, "CHEAP"): 5_000, (finding, "RARE"): 5_000},
}


# What is found by an amount or an address.
IN_INDEXES = [
    "min=2&max=50",
    "max=9&wallet={wallet}&type=deposit",
    "min=2&type=deposit&type_not=1&since=2020-01-01",
    "max=9&asset=BTC&asset_not=1&hidden=all",
    "max=9&contact={contact}",
    "min=2&contact={contact}&contact_not=1",
    "min=2&address=0xfee",
    "address=0xfee&wallet={wallet}&type=deposit&asset=BTC",
    "address=0xfee&contact={contact}&hidden=all",
]


@pytest.fixture(scope="module")
def made(for_module: Callable[..., dict[str, int]]) -> dict[str, int]:
    return for_module(make)


def make() -> dict[str, int]:
    """A ledger of more rows than are counted, some of one moment."""
    ledger = make_keller()
    things = make_rows(ledger, 48, lambda n: timedelta(hours=n * 7 % 13), lambda n: n % 5 == 2)
    wallet, cold, contact = things["wallet"], things["cold"], things["contact"]
    stranger = make_address(ledger, f"0x{'fed':0<40}")
    for n in range(9):
        of = {"wallet": wallet if n % 2 else cold, "counterparty": stranger}
        make_transaction(ledger, fee=("0.1", "ETH"), type="other", status="failed", **of)
    # One amount is within the bounds and in the asset, the other is not.
    for sent, received in (("1", "100"), ("5", "100"), ("30", "7")):
        of = {"wallet": wallet, "type": "trade", "labels": [things["label"]]}
        make_transaction(ledger, sent=(sent, "EUR"), received=(received, "BTC"), **of)
        make_transaction(ledger, received=(received, "EUR"), fee=("0.1", "BTC"), **of)
    both = {"contact": contact, "note": "for Zoe"}
    for _ in range(5):
        make_pair(ledger, *make_ends(ledger, **both))
    make_transaction(make_ledger(slug="other"), note="for Zoe")
    return {name: thing.pk for name, thing in things.items()}


@pytest.fixture
def given(made: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    count_to(10, monkeypatch)
    monkeypatch.setattr(next_rows, "TRIED", 7)
    monkeypatch.setattr(finding, "FEW_AMOUNTS", -1)
    monkeypatch.setattr(finding, "RARE", 0)
    monkeypatch.setattr(listings, "SIZES", (SIZE,))
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "sort", "few"),
    [
        *zip(WAYS, cycle(("-time", "time")), cycle((0, 20)), strict=False),
    ],
)
def test_pages_that_are_linked_have_each_row_once_in_the_order_of_the_list(
    ledger: Ledger,
    given: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    sort: str,
    few: int,
) -> None:
    """In both directions, so in the other order too."""
    count_to(few, monkeypatch)
    for place, value in {**USUAL, **WAYS[way]}.items():
        monkeypatch.setattr(*place, value)
    by_place = 0

    for each in COMBINED:
        query = f"{each}&sort={sort}".format(**given)
        assert check_pages(ledger, query) != [], each
        by_place += isinstance(page(ledger, query, 1), KeysetPages)
    assert by_place


def test_a_page_goes_on_from_its_row_whatever_came_or_went(
    ledger: Ledger, given: dict[str, int]
) -> None:
    query = "wallet={wallet}&min=2".format(**given)
    first = page(ledger, query, 1)
    second = page(ledger, query, first.next)

    for n in range(3):
        make_transaction(
            ledger,
            wallet_id=given["wallet"],
            received=(str(n + 5), "BTC"),
            occurred_at=NOON + timedelta(days=5),
        )
    Transaction.objects.filter(pk=first.ids[-1]).delete()

    assert page(ledger, query, first.next).ids == second.ids
    assert page(ledger, query, second.previous).ids != first.ids


def test_a_page_before_the_second_is_the_first(ledger: Ledger, given: dict[str, int]) -> None:
    query = "wallet={wallet}&min=2".format(**given)
    third = page(ledger, query, page(ledger, query, page(ledger, query, 1).next).next)
    back = page(ledger, query, third.previous)

    Transaction.objects.filter(pk__in=page(ledger, query, 1).ids).delete()
    start = page(ledger, query, third.previous)

    assert (third.number, back.number, back.previous) == (3, 2, 1)
    # Nothing comes before it now: the first page, and as full as any.
    assert (start.number, start.previous, len(start.ids)) == (1, None, SIZE)


@pytest.mark.parametrize("behind", ["3.after.0.1", "-3.after.0.1", "3.after.-62135596800000000.1"])
def test_behind_the_end_is_the_last_page(
    ledger: Ledger, given: dict[str, int], behind: str
) -> None:
    query = "wallet={wallet}&min=2".format(**given)

    pages = page(ledger, query, behind)

    assert pages.ids == page(ledger, query, "last").ids
    assert (pages.number, pages.next) == (-1, None)


@pytest.mark.parametrize(
    "text",
    ["3", "3.after", "3.after.x.1", "3.after.1.-1", "3.beside.1.1", "3.after.999999999999999999.1"],
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert Place.of(text) is None


def test_place_is_written_as_it_is_read() -> None:
    place = Place(-2, True, (NOON.replace(year=1931, microsecond=7), 42))

    assert Place.of(str(place)) == place


def test_rows_that_somebody_looks_at_stay_and_the_next_page_goes_on_behind_them(
    ledger: Ledger, given: dict[str, int]
) -> None:
    query = "wallet={wallet}&min=2".format(**given)
    before = page(ledger, query, 1)
    for _ in range(3):
        make_transaction(
            ledger,
            wallet_id=given["wallet"],
            received=("5", "BTC"),
            occurred_at=NOON + timedelta(days=5),
        )

    now = page(ledger, query, 1)
    now.hold(now.listing, before.ids)  # type: ignore[arg-type]

    assert (now.new, now.ids) == (3, before.ids)
    assert page(ledger, query, now.next).ids == page(ledger, query, before.next).ids


@pytest.mark.parametrize("query", ["label={label}", "contact={contact}"])
def test_pages_of_one_label_or_contact_are_counted_and_go_on_from_their_rows(
    ledger: Ledger, given: dict[str, int], query: str
) -> None:
    query = query.format(**given)
    first, last = page(ledger, query, 1), page(ledger, query, "last")

    assert (first.number, first.first_row, first.last_row, first.capped) == (1, 1, SIZE, True)
    assert str(first.next).startswith("2.after.")
    assert str(last.previous).startswith("-2.before.")
    assert page(ledger, query, first.next).count > 10
    assert len(check_pages(ledger, query)) > 10


@pytest.mark.parametrize("query", ["label={label}", "contact={contact}"])
def test_pages_of_a_label_that_is_not_found_near_are_sought(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(next_rows, "TRIED", 1)
    monkeypatch.setattr(next_rows, "MOST_TRIED", 1)
    query = query.format(**given)

    rows = check_pages(ledger, query)
    count_to(len(rows), monkeypatch)
    # Few are left now, and known by their keys.
    monkeypatch.setattr(listings, "MAX_COUNT", 10)
    monkeypatch.setattr(keyset, "MAX_COUNT", 10)

    assert check_pages(ledger, query) == rows


def test_pages_that_go_on_in_a_list_that_has_become_short_are_numbered(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "label={label}".format(**given)
    second = page(ledger, query, 1).next
    Transaction.objects.filter(pk__in=page(ledger, query, "last").ids).delete()
    rows = page(ledger, query, 1).ids + page(ledger, query, 2).ids
    Transaction.objects.filter(labels=given["label"]).exclude(pk__in=rows[:7]).delete()

    pages = page(ledger, query, second)

    assert (pages.count, pages.number, pages.ids) == (7, 2, rows[4:7])


def test_rows_of_few_along_are_all_found(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many are tried at once where what is asked for is frequent."""
    for place, value in {**USUAL, (next_rows, "TRIED"): 12}.items():
        monkeypatch.setattr(*place, value)
    count_to(20, monkeypatch)
    query = "contact_not=1&contact={contact}&label={other}&label_not=1&wallet={cold}"
    for n in range(7):
        make_transaction(ledger, wallet_id=given["cold"], received=(str(n + 1), "BTC"))

    rows = check_pages(ledger, query.format(**given))

    assert len(rows) > 12


@pytest.mark.parametrize(
    "query",
    [
        "contact={contact}&contact_not=1&wallet={cold}",
        "contact={contact}&label={label}&wallet={wallet}",
        "contact={contact}&wallet={wallet}&transfers=once",
    ],
)
def test_rows_of_few_along_are_counted(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for place, value in {**USUAL, (next_rows, "TRIED"): 1_000}.items():
        monkeypatch.setattr(*place, value)
    query = query.format(**given)

    rows = check_pages(ledger, query)
    first = page(ledger, query, 1)

    assert len(rows) > SIZE
    assert (first.ids, first.count) == (rows[:SIZE], len(rows))


def test_pages_of_a_label_that_few_rows_have_are_numbered(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "label={label}".format(**given)
    rows = check_pages(ledger, query)
    count_to(len(rows), monkeypatch)

    pages = page(ledger, query, 2)

    assert (pages.count, pages.previous, pages.next) == (len(rows), 1, 3)


def test_few_rows_or_few_filters_are_counted(ledger: Ledger, given: dict[str, int]) -> None:
    for query in ("", "label={label}", "wallet={wallet}&asset=BTC", "asset=BTC&min=2&sort=amount"):
        assert not isinstance(page(ledger, query.format(**given), 1), KeysetPages), query


def test_list_that_was_not_counted_says_so_and_gets_its_number_afterwards(
    client: Client, ledger: Ledger, given: dict[str, int]
) -> None:
    query = "wallet={wallet}&min=2&size=4".format(**given)
    url = f"/{ledger.slug}/transactions/?{query}"

    first = client.get(url).content.decode()
    second = client.get(f"{url}&page={page(ledger, query, 1).next}").content.decode()

    assert "<b>4+</b>" in first
    assert "<b>8+</b>" in second
    assert 'hx-trigger="load"' in first
    assert "page=2.after." in first
    assert 'rel="prev"' in second
    assert "page=3.after." in second


TABLE = "transactions_transaction"
OTHER_INDEXES = f"""
    SELECT indexrelid::regclass::text FROM pg_index
    LEFT JOIN pg_constraint ON conindid = indexrelid
    WHERE indrelid = '{TABLE}'::regclass AND conindid IS NULL
        AND indexrelid::regclass::text NOT IN
            ('transaction_most', 'transaction_least', 'transaction_counterparty', 'transaction_own')
"""


AT_ADDRESS = 'AND "transactions_transaction"."counterparty_id" = '


@pytest.mark.parametrize("number", [1, "last"])
@pytest.mark.parametrize("query", ["address=0xfee&max=90", "contact={contact}&max=90"])
def test_rows_of_the_filter_that_few_fit_are_put_in_order(
    given: dict[str, int],
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    number: object,
) -> None:
    monkeypatch.setattr(finding, "PUT_IN_ORDER", ("address", "contact"))
    monkeypatch.setattr(listings, "SIZES", (8,))
    url = QueryDict(f"{query}&size=8&page={number}".format(**given))

    with CaptureQueriesContext(connection) as asked:
        pages = pages_of(Listing.of(ledger, url))

    listing = Listing.of(ledger, url)
    rows = list(listing.ordered(rows=listing.filter.rows).values_list("pk", flat=True))
    assert pages.ids == (rows[:8] if number == 1 else rows[-8:])
    read = [each["sql"] for each in asked.captured_queries if "SELECT array(" in each["sql"]]
    assert any(AT_ADDRESS in sql for sql in read)


LABELLED = "(SELECT occurred_at, pk FROM few WHERE"
WITH_MORE = (
    *("", "&label={other}", "&q=0xabc", "&note_but=nobody", "&min=3", "&hidden=all", "&sort=time"),
    *("&since=2020-01-01", "&type_not=1&type=other"),
)


@pytest.mark.parametrize("among", [20, 45])
@pytest.mark.parametrize("more", WITH_MORE)
def test_rows_of_a_frequent_contact_with_a_label_are_put_in_order(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch, more: str, among: int
) -> None:
    for place, value in {**USUAL, (next_rows, "OF_CONTACT_AMONG"): among}.items():
        monkeypatch.setattr(*place, value)
    count_to(2, monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE transactions_transaction, transactions_transactionlabel")

    with CaptureQueriesContext(connection) as asked:
        rows = check_pages(ledger, f"contact={{contact}}&label={{label}}{more}".format(**given))

    assert len(rows) > SIZE
    assert any(LABELLED in each["sql"] for each in asked.captured_queries)


def test_row_with_the_address_at_both_ends_is_listed_once(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_rows, "FIRST_OF_FEW", 1)
    here = make_address(ledger, f"0x{'abc':0<40}")
    for n in range(6):
        at = NOON + timedelta(hours=n)
        make_transaction(
            ledger, occurred_at=at, counterparty=here, own_address=here, note=f"rent {n}"
        )

    assert len(check_pages(ledger, "address=0xabc&note=rent")) == 6


@pytest.mark.parametrize(("most", "is_enough"), [(10_000, True), (4, False)])
def test_no_more_are_put_in_order_than_may_fit(
    given: dict[str, int],
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    is_enough: bool,
) -> None:
    for name, value in {"FIRST_OF_FEW": 2, "MOST_OF_FEW": most}.items():
        monkeypatch.setattr(next_rows, name, value)
    monkeypatch.setattr(listings, "SIZES", (8,))

    pages = pages_of(Listing.of(ledger, QueryDict("address=0xfee&hash=0xabcd&size=8")))

    assert isinstance(pages, KeysetPages) is is_enough


@pytest.mark.parametrize("query", IN_INDEXES)
def test_amounts_and_addresses_are_combined_without_reading_the_table(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """With other indexes PostgreSQL would read so few rows from the table."""
    monkeypatch.setattr(finding, "RARE", 3_000)
    parts = Listing.of(ledger, QueryDict(query.format(**given))).finding.parts
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(OTHER_INDEXES)
        cursor.execute(f"DROP INDEX {', '.join(name for (name,) in cursor.fetchall())}")
        cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT transaction_within_ledger CASCADE")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")

    plans = [part.order_by().values("occurred_at", "pk").explain() for part in parts]

    assert all("Index Only Scan using transaction_" in plan for plan in plans), plans


def test_ends_of_transfers_and_an_address_are_looked_up_once_for_a_list(
    given: dict[str, int], ledger: Ledger
) -> None:
    query = "type=deposit&address=0xfee&label={label}".format(**given)

    with CaptureQueriesContext(connection) as asked:
        assert page(ledger, query, 1).ids
        assert page(ledger, query, 1).ids

    found = [each["sql"] for each in asked.captured_queries]
    assert sum('FROM "transactions_transferpair"' in sql for sql in found) == 2
    assert sum('FROM "contacts_address"' in sql for sql in found) == 2


@pytest.mark.parametrize("some", [search.SOME, 0])
def test_totals_of_few_rows_have_both_ends_of_transfers(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch, some: int
) -> None:
    """By their keys, where transfers are few enough to be named, and by the filters."""
    count_to(1_000, monkeypatch)
    monkeypatch.setattr(search, "SOME", some)
    named = 0

    for each in ("q=zoe", "note=for", "contact={contact}&min=2", "type=transfer", "asset=BTC", ""):
        query = f"{each}&transfers=once&hidden=all".format(**given)
        listing = Listing.of(ledger, QueryDict(query))
        page(ledger, query, 1)
        named += listing.finding.few_summed is not None

        assert listing.totals == totals(listing.finding.summed) != [], each

    assert bool(named) is bool(some)


def test_what_one_filter_finds_rarely_is_sought_by_it_at_once(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "RARE", 10)
    query = "contact={contact}&min=2&address=0xfed".format(**given)

    with CaptureQueriesContext(connection) as asked:
        pages = page(ledger, query, 1)

    listing = Listing.of(ledger, QueryDict(query))
    assert listing.finding.rare == {"address"}
    assert pages.ids == list(listing.ordered(rows=listing.filter.rows).values_list("pk", flat=True))
    assert not any(f"OFFSET {next_rows.TRIED}" in each["sql"] for each in asked.captured_queries)


def test_a_list_that_was_tried_to_its_end_is_counted_by_that(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_rows, "CHEAP", 0)
    monkeypatch.setattr(next_rows, "TRIED", 5)
    monkeypatch.setattr(listings, "SIZES", (8,))
    query = QueryDict("status=failed&wallet={wallet}&size=8".format(**given))
    listing = Listing.of(ledger, query)

    with CaptureQueriesContext(connection) as asked:
        pages = pages_of(listing)

    rows = Listing.of(ledger, query).filter.rows
    assert type(pages) is LinkedPages
    assert pages.count == len(pages.ids) == len(rows) == 4
    assert set(pages.ids) == {row.pk for row in rows}
    assert not any("array_agg" in each["sql"] for each in asked.captured_queries)


def test_what_an_index_has_is_not_tried_again_on_its_rows(
    given: dict[str, int], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, value in {**USUAL, **PUT_IN_ORDER}.items():
        monkeypatch.setattr(*place, value)

    with CaptureQueriesContext(connection) as asked:
        pages = page(ledger, "address=0xfee&asset=BTC&note=zoe", 1)

    in_order, *tried = [
        each["sql"].partition(" WHERE ")[2] for each in asked if "occurred_at" in each["sql"]
    ]
    assert pages.ids
    assert '"counterparty_id" =' in in_order
    assert '"sent_asset_id" IN' in in_order
    assert '"note"' in tried[0]
    assert not any(f'"{column}" ' in tried[0] for column in ("counterparty_id", "sent_asset_id"))
