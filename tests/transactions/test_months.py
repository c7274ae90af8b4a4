"""What came in and went out by month."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from ledgers.models import Ledger
from tests.factories import make_pair, make_transaction, make_wallet
from transactions.queries import months as queries
from transactions.queries.listing import totals
from transactions.views.months import HEIGHT, PAD, last_day, later

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
MONTHS = "/keller/transactions/months/"


def text(response: Any) -> str:
    return " ".join(re.sub("<[^>]+>", " ", response.content.decode()).split())


def table(response: Any) -> list[list[str]]:
    """The cells of its rows, without spaces."""
    rows = re.findall(r"<tr role=\"row\" data-place.*?</tr>", response.content.decode(), re.S)
    cells = [re.findall(r"<td.*?>(.*?)</td>", row, re.S) for row in rows]
    return [["".join(re.sub("<[^>]+>", "", cell).split()) for cell in row] for row in cells]


@pytest.fixture
def berlin(ledger: Ledger) -> Ledger:
    Ledger.objects.filter(pk=ledger.pk).update(time_zone="Europe/Berlin")
    return ledger


def test_months_equal_an_independent_sum(client: Client, berlin: Ledger) -> None:
    """To the last digit, in the months of the ledger's zone."""
    zone, expected = ZoneInfo("Europe/Berlin"), defaultdict(Decimal)
    for n in range(40):
        at = datetime(2025, 11, 30, 23, 15, tzinfo=UTC) + n * timedelta(days=5, minutes=45)
        part = ("received", "sent", "fee")[n % 3]
        amount = Decimal(f"{n}.{'0' * 35}{n % 9 + 1}")
        make_transaction(berlin, occurred_at=at, type="other", **{part: (amount, "ETH")})
        expected[f"{at.astimezone(zone):%B%Y}", part] += amount

    rows = table(client.get(MONTHS))

    found = {
        (row[0], part): Decimal(cell.strip("+−").removesuffix("ETH"))
        for row in rows
        for part, cell in zip(("received", "sent", "fee"), row[1:4], strict=True)
        if cell
    }
    assert found == expected
    assert len(rows) == len({month for month, _part in expected}) > 5


def test_asset_of_the_filter_is_shown_and_the_most_used_first(
    client: Client, ledger: Ledger
) -> None:
    for n in range(3):
        make_transaction(ledger, sent=("2", "EUR"), received=(n + 1, "ETH"), type="trade")
    make_transaction(ledger, sent=("7", "EUR"), type="payment")

    assert table(client.get(MONTHS))[0][2] == "−13EUR"
    assert table(client.get(f"{MONTHS}?bars=ETH"))[0][1] == "+6ETH"
    assert table(client.get(f"{MONTHS}?asset=ETH"))[0][1] == "+6ETH"
    assert table(client.get(f"{MONTHS}?asset=ETH&bars=EUR"))[0][1] == "+6ETH"
    assert table(client.get(f"{MONTHS}?asset=ETH&asset_not=on&bars=x"))[0][2] == "−7EUR"
    assert "Nothing has moved" in text(client.get(f"{MONTHS}?until=nonsense"))


def test_transfer_within_the_rows_is_neither_in_nor_out(client: Client, ledger: Ledger) -> None:
    """As in the totals, even where its ends are in two months."""
    left = make_transaction(
        ledger, sent=("5", "BTC"), type="withdrawal", occurred_at="2026-01-31T23:00:00Z"
    )
    at = {"wallet": make_wallet(ledger), "occurred_at": "2026-02-01T01:00:00Z"}
    came = make_transaction(ledger, received=("4.9", "BTC"), **at)
    make_transaction(ledger, received=("1", "BTC"), occurred_at="2026-02-03T01:00:00Z")
    make_pair(ledger, left, came)

    both = table(client.get(MONTHS))
    one = table(client.get(f"{MONTHS}?type=deposit"))
    alone = table(client.get(f"{MONTHS}?until=2026-01-31"))

    assert [row[:4] for row in both] == [
        ["February2026", "+1BTC", "", ""],
        ["January2026", "", "", "−0.1BTC"],
    ]
    assert one[0][1] == "+1BTC"
    assert alone[0][2] == "−5BTC"


def test_bars_are_as_high_as_what_moved(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, received=("3", "ETH"), occurred_at="2026-03-05T00:00:00Z")
    make_transaction(ledger, sent=("1", "ETH"), type="other", occurred_at="2026-05-05T00:00:00Z")

    page = client.get(MONTHS, headers=PARTIAL).content.decode()

    whole = HEIGHT - 2 * PAD
    zero = PAD + 3 * whole // 4
    # The last of twelve months, and two before it.
    assert f'class="in" d="M91 {zero}V{PAD}h8V{zero}z"' in page
    assert f'class="out" d="M111 {zero}V{HEIGHT - PAD}h8V{zero}z"' in page
    assert page.count("data-place") == 2
    assert "<html" not in page


def test_month_leads_to_its_rows_and_list_to_its_months(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, occurred_at="2026-02-05T00:00:00Z")

    page = client.get(f"{MONTHS}?type=deposit&page=2").content.decode()
    listed = client.get("/keller/transactions/?type=deposit").content.decode()

    rows = "/keller/transactions/?type=deposit&amp;since=2026-02-01&amp;until=2026-02-28"
    assert f'href="{rows}"' in page
    assert 'hx-get="/keller/transactions/months/?type=deposit"' in listed


def test_month_that_the_filter_cuts_off_leads_to_what_is_left_of_it(
    client: Client, ledger: Ledger
) -> None:
    for day in ("2026-02-05", "2026-02-15", "2026-03-05", "2026-03-15"):
        make_transaction(ledger, occurred_at=f"{day}T12:00:00Z")

    page = client.get(f"{MONTHS}?since=2026-02-10&until=2026-03-10")

    months = page.context["months"]
    listed = [client.get(month.url).context["pages"].count for month in months]
    assert listed == [month.n for month in months] == [1, 1]


def test_ten_years_are_drawn_and_first_and_last_month_are_months(
    client: Client, ledger: Ledger
) -> None:
    for year in ("0001", "2010", "2024", "9999"):
        make_transaction(ledger, occurred_at=f"{year}-01-02T00:00:00Z")

    assert len(table(client.get(MONTHS))) == 1
    assert len(table(client.get(f"{MONTHS}?until=2024-12-31"))) == 1
    assert "last ten years" in text(client.get(MONTHS))
    assert len(table(client.get(f"{MONTHS}?until=0001-12-31"))) == 1
    assert later(date(1, 3, 1), -11) == date(1, 1, 1)
    assert last_day(date(9999, 12, 1)) == date(9999, 12, 31)


@pytest.mark.parametrize("count", [1, 4])
def test_months_take_the_same_number_of_queries(
    client: Client, ledger: Ledger, django_assert_num_queries: Any, count: int
) -> None:
    for n in range(count):
        make_transaction(ledger, received=("1", f"COIN{n}"), occurred_at=f"2026-0{n + 1}-05T00:00Z")
    client.get(MONTHS)

    with django_assert_num_queries(12):
        client.get(MONTHS)


def test_sums_of_months_are_the_totals(ledger: Ledger) -> None:
    for n in range(6):
        make_transaction(ledger, received=(n, "ETH"), occurred_at=f"2026-0{n + 1}-05T00:00Z")

    rows = ledger.transactions.all()
    found = queries.months(rows, ledger, "ETH").values()
    (total,) = totals(rows)

    assert queries.symbols(rows) == ["ETH"]
    assert sum(each.received for each in found) == total.received == 15
    assert sum(each.n for each in found) == total.n == 6
