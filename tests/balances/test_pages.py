"""The page of a wallet's balance, and what people state of it."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from balances.models import StatedBalance
from balances.presentation import HEIGHT, Scale, path
from balances.queries.running import COLUMNS, Running
from history.models import Entry
from ledgers.models import Ledger, Role
from tests.factories import (
    NOON,
    coin,
    make_balance,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Asset, Transaction
from transactions.queries import listing as queries

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
DAY = timedelta(days=1)


def text(response: Any) -> str:
    page = html.unescape(re.sub("<[^>]+>", " ", response.content.decode()))
    return " ".join(page.split())


def page_of(ledger: Ledger, what: str = "") -> str:
    return reverse("wallet_balance", args=[ledger.slug, ledger.wallets.get().pk]) + what


def given(**more: Any) -> dict[str, Any]:
    values = {"at": "2026-05-06T12:00:00", "asset": "ETH", "amount": "3", "note": "", "version": 1}
    return values | more


@pytest.fixture
def below(ledger: Ledger) -> Ledger:
    """1 in, 3 out a day later, 5 in on the fourth day."""
    make_transaction(ledger, received=("1", "ETH"), occurred_at=NOON)
    make_transaction(ledger, sent=("3", "ETH"), type="other", occurred_at=NOON + DAY)
    make_transaction(ledger, received=("5", "ETH"), occurred_at=NOON + 3 * DAY)
    return ledger


# --- The picture ---


def test_path_goes_through_every_balance(below: Ledger) -> None:
    wallet, eth = below.wallets.get(), coin(below, "ETH")
    running = Running(wallet, eth, NOON, NOON + 4 * DAY)
    scale = Scale.of([running.highest, running.lowest])

    drawn = path(running, scale)

    one, two, last = (scale.y(Decimal(n)) for n in (1, -2, 3))
    zero, fourth = scale.y(Decimal(0)), COLUMNS // 4
    steps = f"H0.5V{one}H{fourth}.5V{two}H{3 * fourth}.5V{last}"
    assert drawn == f"M0 {zero}V{zero}{steps}H{COLUMNS}V{zero}"
    assert 0 < last < one < zero < two < HEIGHT


def test_a_column_of_many_moments_is_a_line_from_lowest_to_highest(below: Ledger) -> None:
    running = Running(below.wallets.get(), coin(below, "ETH"), NOON, NOON + 3000 * DAY)
    scale = Scale.of([running.highest, running.lowest])

    low, high = scale.y(Decimal(-2)), scale.y(Decimal(3))

    assert f"H0.5V{low}V{high}V{high}H{COLUMNS}" in path(running, scale)


def test_page_has_every_number_and_leads_to_where_something_is_missing(
    client: Client, below: Ledger
) -> None:
    page = client.get(page_of(below))
    said, markup = text(page), html.unescape(page.content.decode())

    row = below.transactions.get(sent_amount=3)
    rows = f"/keller/transactions/?wallet={row.wallet_id}&hidden=all&asset=ETH"
    where = f"{rows}&until=2026-05-05&size=200#t{row.pk}"
    assert "Below zero from 5 May 2026, 12:00:00 until 7 May 2026, 12:00:00" in said
    assert markup.count(f'href="{where}"') == 2  # in the picture and beside it
    assert f'id="t{row.pk}"' in client.get(where).content.decode()
    assert re.findall(r"<b>(\S+)</b></td>", markup) == ["1", "−2", "3"]
    assert "was below zero" in said
    assert f'href="{rows}&since=2026-05-05&until=2026-05-05"' in markup


def test_picture_is_small_however_much_has_moved(client: Client, ledger: Ledger) -> None:
    wallet, eth = make_wallet(ledger), coin(ledger, "ETH")
    made = []
    for n in range(600):
        part, amount = ("received", "2.5") if n % 3 else ("sent", "5")
        moved = {f"{part}_amount": Decimal(amount), f"{part}_asset": eth}
        of = {"ledger": ledger, "wallet": wallet, "type": "other"}
        made.append(Transaction(**of, **moved, occurred_at=NOON + n * timedelta(hours=1)))
    Transaction.objects.bulk_create(made)

    found = re.search(
        r'<svg class="picture.*?"below-it"', client.get(page_of(ledger)).content.decode(), re.S
    )

    assert found
    assert found[0].count("<circle") == 20  # of the first holes
    assert len(found[0].encode()) < 20_000


def test_days_are_chosen_and_what_cannot_be_understood_is_said(
    client: Client, below: Ledger
) -> None:
    eth = coin(below, "ETH").pk
    some = text(client.get(page_of(below, "?since=2026-05-05&until=2026-05-06")))
    wrong = text(client.get(page_of(below, "?since=2026-05-06&until=2026-05-05")))
    other = text(client.get(page_of(below, "?asset=999999")))

    assert "highest 1 ETH · lowest −2 ETH" in some
    assert "The last day is before the first one." in wrong
    assert "highest" not in wrong + other
    assert "Select a valid choice" in other
    assert "highest 3 ETH" in text(client.get(page_of(below, f"?asset={eth}")))


def test_a_large_ledger_gets_its_picture_after_the_page(
    client: Client, below: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large enough for this test."""
    monkeypatch.setattr(queries, "MAX_COUNT", 1)

    page = client.get(page_of(below, "?since=2026-05-05")).content.decode()
    url = page_of(below, "figures/?since=2026-05-05")
    part, whole = client.get(url, headers=PARTIAL).content.decode(), client.get(url)

    assert f'hx-get="{url}"' in page
    assert ("<path" in page, "<path" in part) == (False, True)
    assert "<html" not in part
    assert "lowest −2 ETH" in text(whole)


@pytest.mark.parametrize("count", [1, 4])
def test_page_takes_the_same_number_of_queries_for_any_number_of_rows(
    client: Client, ledger: Ledger, django_assert_num_queries: Any, count: int
) -> None:
    for n in range(count):
        make_transaction(ledger, sent=("1", "ETH"), type="other", occurred_at=NOON + n * DAY)
        make_transaction(ledger, received=("1", f"COIN{n}"), occurred_at=NOON + n * DAY)
        make_balance(ledger, at=NOON + n * DAY)
    client.get(page_of(ledger))

    with django_assert_num_queries(17):
        client.get(page_of(ledger))


def test_page_of_a_wallet_without_rows_says_so(client: Client, ledger: Ledger) -> None:
    make_wallet(ledger)

    assert "Nothing has moved yet" in text(client.get(page_of(ledger)))


# --- What people state ---


def test_difference_is_named_with_the_days_that_it_came_between(
    client: Client, below: Ledger
) -> None:
    """It fits, then 2 are missing, twice; then it fits again."""
    for n, amount in ((1, "-2"), (2, "0"), (4, "5"), (5, "3")):
        make_balance(below, at=NOON + n * DAY, amount=Decimal(amount))

    said, markup = text(page := client.get(page_of(below))), page.content.decode()

    assert said.count("fits") == 2
    assert said.count("+2 ETH came between 5 May 2026 and 6 May 2026") == 2
    assert html.unescape(markup).count("&since=2026-05-05&until=2026-05-06") == 2


def test_balance_is_stated_and_the_history_tells_of_it(client: Client, below: Ledger) -> None:
    url = page_of(below, "new/")

    assert client.get(url).status_code == 200
    assert (
        client.post(url, given(amount="3.000000000000000000000000000000000001")).status_code == 303
    )

    row = StatedBalance.objects.get()
    entry = Entry.objects.get(kind="balance")
    assert row.amount == Decimal("3.000000000000000000000000000000000001")
    assert (entry.deed, entry.writer, entry.object_id) == ("created", "ana", row.pk)
    assert "stated balance" in text(client.get("/keller/history/"))


def test_who_states_another_balance_is_led_to_it(client: Client, below: Ledger) -> None:
    url, htmx = page_of(below, "new/"), {"HX-Request": "true", "HX-Request-Type": "partial"}
    shown = {"next": f"{page_of(below)}?asset={Asset.objects.get(symbol='ETH').pk}"}

    same = client.post(url, given(asset="ETH") | shown)
    other = client.post(url, given(asset="XMR") | shown)
    part = client.post(url, given(asset="XMR", amount="2") | shown, headers=htmx)

    to = f"{page_of(below)}?asset={Asset.objects.get(symbol='XMR').pk}"
    assert (same.status_code, same.headers["Location"]) == (303, shown["next"])
    assert (other.status_code, other.headers["Location"]) == (303, to)
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, to)


def test_time_in_the_hour_of_a_clock_change_is_said(client: Client, below: Ledger) -> None:
    Ledger.objects.update(time_zone="Europe/Berlin")

    said = [
        [str(each) for each in page.context["messages"]]
        for at in ("2026-10-25T02:30", "2026-10-25T03:30")
        for page in [client.post(page_of(below, "new/"), given(at=at), follow=True)]
    ]

    assert len(said[0]) == 1
    assert "this time came twice" in said[0][0]
    assert said[1] == []


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "much"}, {"amount": ""}, {"asset": ""}, {"at": "yesterday"}, {"amount": "1e999"}],
)
def test_what_is_no_balance_is_refused(client: Client, below: Ledger, wrong: Any) -> None:
    assert client.post(page_of(below, "new/"), given(**wrong)).status_code == 422
    assert not StatedBalance.objects.exists()


def test_errors_stand_at_their_fields(client: Client, below: Ledger) -> None:
    page = client.post(page_of(below, "new/"), given(asset="", amount="")).content.decode()

    names = ("asset", "amount")
    described = r'name="(\w+)"[^>]*aria-describedby="(\w+)"[^>]*>\s*<div id="(\w+)" role="alert">'
    assert re.findall(described, page) == [(n, f"id_{n}_error", f"id_{n}_error") for n in names]
    assert page.count("This field is required.") == 2


def test_nobodys_statement_is_overwritten(client: Client, below: Ledger) -> None:
    row = make_balance(below, amount=Decimal("4.5"))
    below.stated_balances.filter(pk=row.pk).update(amount=Decimal("4.25"))
    url = reverse("stated_balance", args=["keller", row.pk])

    conflict = client.post(url, given(amount="7"))
    gone = client.post(f"{url}removed/", {"version": 1}, follow=True)

    assert (conflict.status_code, "4.25" in text(conflict)) == (409, True)
    assert "changed in the meantime" in text(gone)
    assert StatedBalance.objects.get().amount == Decimal("4.25")
    assert client.post(url, given(amount="7", version=2)).status_code == 303
    assert StatedBalance.objects.get().amount == 7


def test_deleted_statement_comes_back_by_the_history(client: Client, below: Ledger) -> None:
    row = make_balance(below, note="of the bank")

    client.post(reverse("stated_balance_removed", args=["keller", row.pk]), {"version": 1})
    assert not StatedBalance.objects.exists()
    entry = Entry.objects.get(kind="balance", deed="removed")
    client.post(reverse("entry_reverted", args=["keller", entry.pk]))

    assert StatedBalance.objects.get().note == "of the bank"


def test_viewer_compares_and_states_nothing(below: Ledger) -> None:
    make_balance(below)
    viewer = Client()
    viewer.force_login(make_member(below, make_user(), Role.VIEWER).user)

    page = viewer.get(page_of(below)).content.decode()

    assert "Stated balances" in page
    assert "/balances/" not in page
    assert "balance/new/" not in page


@pytest.mark.parametrize("amount", ["1e78", "-1e78", "0." + "0" * 36 + "1"])
def test_database_takes_no_other_balance(below: Ledger, amount: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_balance(below, amount=Decimal(amount))
