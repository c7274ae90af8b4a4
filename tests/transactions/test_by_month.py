"""Lists of rows with words in their notes, which are read month by month."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from ledgers.models import Ledger
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_keller,
    make_label,
    make_transaction,
)
from tests.transactions.pages import check_pages, count_to, page
from transactions.models import Transaction
from transactions.note_search import month_of
from transactions.queries import by_month, finding, next_rows
from transactions.queries import listing as listings
from transactions.queries.by_month import part_of
from transactions.queries.keyset import KeysetPages, LinkedPages
from transactions.queries.listing import Listing

pytestmark = pytest.mark.django_db
SIZE = 7
BY_MONTH = "WITH ORDINALITY AS month"
QUERIES = [
    *("q=re&min=3", "q=rent+paid", "q=rent&label={label}", "q=rent&label={label}&label_not=1"),
    *("q=rent&asset=BTC&hidden=all", "q=rent&transfers=once", "note=re&label={label}"),
    *("q=rent&since=2024-02-01", "q=rent&since=2024-02-29&until=2024-03-01", "q=rent&type=deposit"),
    *("q=acme&label={label}", "q=acme+paid", "q=0xab", "q=rent&until=2020-01-01", "q=unheard"),
    *("note=!!!", "note=!!!&min=1", "q=!!!"),
]
KNOBS = (
    # The rows of the ledger in whose months those with the words are counted, the most that may be,
    # and of how many fit by their names.
    *((next_rows, "COUNTED"), (next_rows, "MOST_COUNTED"), (next_rows, "FEW_NAMED")),
    # In whose months a page is read at first; how many rows with the words may be, and in a month.
    *((by_month, "READ_FIRST"), (by_month, "MOST_READ"), (by_month, "MOST_IN_MONTH")),
    # Of which amounts there are few.
    (finding, "FEW_AMOUNTS"),
)
WAYS = {
    "all at once": (30, 100, 100, 1_000, 1_000, 1_000, -1),
    "some at first": (5, 100, 100, 5, 1_000, 1_000, 20_000),
    "indexes where few fit": (5, 100, 100, 5, 0, 1_000, -1),
    "indexes where months are full": (5, 100, 100, 5, 1_000, 5, -1),
    "one by one where many have names": (5, 100, -1, 5, 1_000, 1_000, -1),
    "one by one": (5, -1, 100, 5, 1_000, 1_000, -1),
}


@pytest.fixture(scope="module")
def made(for_module: Callable[..., dict[str, int]]) -> dict[str, int]:
    return for_module(make)


def make() -> dict[str, int]:
    """Rows at the ends of months, and in months that have nothing else."""
    ledger = make_keller()
    label, acme = make_label(ledger, "tax"), make_contact(ledger, "Acme")
    hers = make_address(ledger, f"0x{'fee':0<40}", contact=acme)
    begin = datetime(2024, 1, 31, 6, tzinfo=UTC)
    times = [begin + n * timedelta(hours=5) for n in range(10)]
    times += [begin + n * timedelta(days=9) for n in range(1, 12)]
    times += [NOON.replace(year=2022), NOON.replace(year=2024, month=9)]
    for n, at in enumerate(chain(times, times)):
        make_transaction(
            ledger,
            occurred_at=at,
            received=(str(n + 1), "BTC" if n % 3 else "EUR"),
            labels=[label] if n % 2 else [],
            note=("rent paid", "rents", "", "paid to Acme", "for rent")[n % 5],
            contact=acme if n % 7 == 1 else None,
            counterparty=hers if n % 6 == 2 else None,
            group_key="0xabcd" if n % 8 == 3 else "",
            hidden=n % 9 == 4 or at.year == 2022,
        )
    return {"label": label.pk}


@pytest.fixture
def given(made: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    count_to(0, monkeypatch)
    monkeypatch.setattr(finding, "FEW_AMOUNTS", -1)
    monkeypatch.setattr(next_rows, "FEW_ALONE", -1)
    monkeypatch.setattr(finding, "RARE", 0)
    monkeypatch.setattr(listings, "SIZES", (SIZE,))
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "zone"), [*((way, "UTC") for way in WAYS), ("some at first", "Pacific/Kiritimati")]
)
def test_pages_have_each_row_once_in_the_order_of_the_list(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch, way: str, zone: str
) -> None:
    ledger.timezone = zone
    ledger.save()
    for place, value in zip(KNOBS, WAYS[way], strict=True):
        monkeypatch.setattr(*place, value)

    with CaptureQueriesContext(connection) as asked:
        for query in QUERIES:
            for sort in ("-time", "time"):
                check_pages(ledger, f"{query}&sort={sort}".format(**given))

    assert any(BY_MONTH in each["sql"] for each in asked.captured_queries) is (way != "one by one")


def test_queries_find_some(ledger: Ledger, given: dict[str, int]) -> None:
    found = [len(Listing.of(ledger, QueryDict(q.format(**given))).filter.rows) for q in QUERIES]

    assert sum(n > SIZE for n in found) >= 10, found
    assert found[-5:] == [0] * 5


def test_months_are_read_until_the_page_is_full(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is older is not even looked at, however many it is."""
    for n in range(50):
        make_transaction(ledger, note=f"rent {n}", occurred_at=NOON.replace(year=2023))
    monkeypatch.setattr(next_rows, "COUNTED", 5)

    plan = read_rows(ledger, "q=rent&min=0", monkeypatch)

    assert isinstance(page(ledger, "q=rent&min=0", 1), KeysetPages)
    assert plan < Transaction.objects.filter(note__contains="rent").count() - 50


def read_rows(ledger: Ledger, query: str, monkeypatch: pytest.MonkeyPatch) -> int:
    with CaptureQueriesContext(connection) as asked:
        page(ledger, query, 1)
    statement = next(each["sql"] for each in asked.captured_queries if BY_MONTH in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT json) {statement.replace('%', '%%')}")
        return scanned(cursor.fetchone()[0][0]["Plan"])


def scanned(plan: dict[str, object]) -> int:
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    of_table = plan.get("Relation Name") == "transactions_transaction"
    rows = float(str(plan["Actual Rows"])) * int(str(plan["Actual Loops"])) if of_table else 0
    return int(rows) + sum(map(scanned, below))


def test_words_of_too_many_rows_are_not_looked_up(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_rows, "MOST_COUNTED", 1)

    with CaptureQueriesContext(connection) as asked:
        pages = page(ledger, "q=rent&min=0", 1)

    listing = Listing.of(ledger, QueryDict("q=rent&min=0"))
    assert pages.ids == list(listing.ordered().values_list("pk", flat=True)[:SIZE])
    assert not any(BY_MONTH in each["sql"] for each in asked.captured_queries)


def test_a_list_that_was_read_to_its_end_is_counted_by_that(
    ledger: Ledger, given: dict[str, int]
) -> None:
    query = "q=acme&min=2&max=16"
    n = len(Listing.of(ledger, QueryDict(query)).filter.rows)

    with CaptureQueriesContext(connection) as asked:
        pages = page(ledger, query, 1)

    assert 0 < n < SIZE
    assert (pages.count, len(pages.ids), type(pages)) == (n, n, LinkedPages)
    # They were counted once, and read once.
    assert sum("note_words" in each["sql"] for each in asked.captured_queries) == 2


@pytest.mark.parametrize(
    ("since", "until", "part"),
    [
        (datetime(2024, 4, 30, 18, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), 0.01),
        (datetime(2024, 4, 6, tzinfo=UTC), datetime(2024, 4, 19, tzinfo=UTC), 0.52),
        (datetime(2024, 4, 7, tzinfo=UTC), datetime(2024, 4, 14, tzinfo=UTC), 0.28),
        (datetime(2024, 4, 6, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), 1),
        (datetime(2024, 5, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), 0),
    ],
)
def test_month_that_dates_cut_counts_in_part(since: datetime, until: datetime, part: float) -> None:
    """Else few rows with the words, of few hours, would stand against those of the whole month."""
    ledger = (datetime(2024, 4, 6, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    april = month_of(datetime(2024, 4, 1, tzinfo=UTC))

    assert part_of(april, (since, until), ledger) == pytest.approx(part, abs=0.005)


def test_last_month_that_there_is_has_words_as_well(
    ledger: Ledger, given: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(9999, 12, 20, tzinfo=UTC)
    last = make_transaction(ledger, occurred_at=at, note="rent")
    for place, value in zip(KNOBS, WAYS["all at once"], strict=True):
        monkeypatch.setattr(*place, value)

    with CaptureQueriesContext(connection) as asked:
        assert page(ledger, "q=rent", 1).ids[0] == last.pk

    assert any(BY_MONTH in each["sql"] for each in asked)
