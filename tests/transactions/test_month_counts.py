"""How many rows a ledger lists of each month, by the database's own account."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import TruncMonth
from django.http import QueryDict
from django.utils import timezone

from ledgers.models import Ledger
from tests.factories import NOON, make_ledger, make_transaction
from transactions.models import MonthCount, Transaction
from transactions.queries import listing as listings
from transactions.queries.listing import Listing, Pages
from transactions.tasks import add_up_month_counts

pytestmark = pytest.mark.django_db

MONTH = timedelta(days=31)


def counted() -> dict[tuple[int, object], int]:
    of_ledgers = MonthCount.objects.values_list("ledger", "month", "n")
    found: Counter[tuple[int, object]] = Counter()
    for ledger, month, n in of_ledgers:
        found[ledger, month] += n
    return {key: n for key, n in found.items() if n}


def there() -> dict[tuple[int, object], int]:
    listed = Transaction.objects.alive().filter(hidden=False)
    months = listed.annotate(month=TruncMonth("occurred_at", tzinfo=timezone.UTC))
    return dict(Counter(months.values_list("ledger", "month").iterator()))


def test_whoever_writes(ledger: Ledger) -> None:
    other = make_ledger(slug="other")
    rows = [make_transaction(ledger, occurred_at=NOON + n * MONTH) for n in range(4)]
    make_transaction(ledger, occurred_at=NOON, hidden=True)
    make_transaction(other, occurred_at=NOON)
    assert counted() == there()
    assert len(counted()) == 5

    rows[0].occurred_at = NOON + MONTH
    rows[0].save()
    assert counted() == there()
    Transaction.objects.update(hidden=True)
    assert counted() == {}
    Transaction.objects.filter(ledger=ledger).update(hidden=False, occurred_at=NOON + MONTH / 2)
    assert counted() == there()
    Transaction.objects.filter(pk=rows[1].pk).update(deleted_at=NOON)
    assert counted() == there()
    Transaction.objects.filter(pk=rows[2].pk).delete()
    assert counted() == there() != {}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE transactions_transaction CASCADE")
    assert counted() == {}


def test_changes_that_move_no_row_add_no_line(ledger: Ledger) -> None:
    tx = make_transaction(ledger)

    Transaction.objects.filter(pk=tx.pk).update(note="rent", occurred_at=NOON + timedelta(hours=1))

    assert MonthCount.objects.count() == 1


def test_lines_of_a_month_are_added_up(ledger: Ledger) -> None:
    for n in range(4):
        make_transaction(ledger, occurred_at=NOON + n % 2 * MONTH)
    Transaction.objects.filter(ledger=ledger, occurred_at=NOON).update(hidden=True)
    MonthCount.objects.create(ledger_id=0, month=NOON, n=-3)  # of a ledger that is gone
    counts = counted()

    add_up_month_counts(timestamp=0)

    [line] = MonthCount.objects.all()
    assert counts[ledger.pk, line.month] == line.n == 2
    assert line.ledger_id == ledger.pk


@pytest.mark.parametrize("sort", ["-time", "time"])
def test_rows_are_skipped_by_months(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    midnight = NOON.replace(day=1, hour=0)
    for n in range(12):
        begin = midnight.replace(month=1 + n * 7 % 4)
        make_transaction(ledger, occurred_at=begin + n // 4 * MONTH / 3, hidden=n == 5)
    make_transaction(make_ledger(slug="other"))
    monkeypatch.setattr(listings, "MAX_COUNT", 5)
    monkeypatch.setattr(listings, "FAR", 0)

    listing = Listing.of(ledger, QueryDict(f"sort={sort}"))
    walked = list(listing.ordered().values_list("pk", flat=True))

    assert Pages(listing).count == 6  # more than 5
    for start in range(12):
        assert listing.ids(start, start + 3) == walked[start : start + 3], start
        backwards = walked[::-1][start : start + 3][::-1]
        assert listing.ids(start, start + 3, backwards=True) == backwards, start


def test_empty_fields_of_a_form_are_no_filter(ledger: Ledger) -> None:
    """As a browser without scripts sends them."""
    empty = "q=&wallet_not=&type_not=&since=&min=&status=&hidden="

    assert Listing.of(ledger, QueryDict(empty)).filter.is_plain
    assert [*Listing.of(ledger, QueryDict(f"{empty}&note=rent")).filter.asked] == ["note"]
    assert not Listing.of(ledger, QueryDict("since=yesterday")).filter.is_plain


def test_a_bound_of_nothing_is_a_filter(ledger: Ledger) -> None:
    make_transaction(ledger)
    make_transaction(ledger, fee=("1", "BTC"))

    assert Pages(Listing.of(ledger, QueryDict("min=0"))).count == 1
    assert Pages(Listing.of(ledger, QueryDict(""))).count == 2
