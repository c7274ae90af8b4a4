import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from contacts.models import Address
from ledgers.models import Ledger, Role
from tests.factories import (
    NOON,
    coin,
    make_address,
    make_contact,
    make_label,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.queries import listing as listings
from transactions.queries.listing import Listing
from transactions.views import listing as views

STYLES = settings.BASE_DIR / "static" / "css"
# Columns have one for windows of usual, of small and of great width: see table.css.
WIDTHS = 3
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def shown(client: Client, ledger: Ledger, query: str = "", **kwargs: Any) -> str:
    return client.get(f"/{ledger.slug}/transactions/{query}", **kwargs).content.decode()


def make_rich_row(ledger: Ledger, n: int) -> None:
    """A row with everything that a row can have, in common with no other."""
    make_transaction(
        ledger,
        wallet=make_wallet(ledger),
        sent=("1.5", coin(ledger, f"OUT{n}")),
        received=("2.5", coin(ledger, f"IN{n}")),
        fee=("0.1", coin(ledger, f"FEE{n}")),
        own_address=make_address(ledger, wallet=make_wallet(ledger)),
        counterparty=make_address(ledger, contact=make_contact(ledger) if n % 2 else None),
        contact=None if n % 3 else make_contact(ledger),
        labels=[make_label(ledger), make_label(ledger)],
        group_key=f"0x{n % 20:064x}",
        note=f"note {n}",
    )


@pytest.mark.parametrize("item_count", [1, 50])
def test_list_sends_as_many_queries_with_one_row_as_with_fifty(
    client: Client, ledger: Ledger, item_count: int, django_assert_num_queries: Any
) -> None:
    for n in range(item_count):
        make_rich_row(ledger, n)

    with django_assert_num_queries(16):
        page = shown(client, ledger)

    assert page.count('class="open"') == item_count


def test_list_says_everything_of_a_row(client: Client, ledger: Ledger) -> None:
    make_transaction(
        ledger,
        wallet=make_wallet(ledger, "Kraken"),
        type="trade",
        sent=("2000", "EUR"),
        received=("0.021984370000000001", "BTC"),
        fee=("3.2", "USDT"),
        counterparty=make_address(ledger, contact=make_contact(ledger, "Maria <Keller>")),
        labels=[make_label(ledger, "savings")],
        note="Monthly plan",
    )

    page = shown(client, ledger)

    for text in ("Kraken", "Trade", "−2,000", "EUR", "+0.02198437", "3.2", "USDT", "savings"):
        assert text in page
    assert "0000000001" in page
    assert "Maria &lt;Keller&gt;" in page
    assert "Monthly plan" in page


def columns(page: str, role: str) -> list[str]:
    """The class of each column, in their order."""
    return re.findall(rf'<t[hd]\s+role="{role}"\s+class="(\w+)"', page)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OWNER])
def test_each_column_has_a_head_a_width_and_a_place_on_a_phone(ledger: Ledger, role: Role) -> None:
    make_transaction(ledger)
    member = Client()
    member.force_login(make_member(ledger, make_user("vera"), role).user)
    css = {name: (STYLES / f"{name}.css").read_text() for name in ("table", "phone")}

    page = shown(member, ledger).partition('class="tx')[2]

    heads, cells = columns(page, "columnheader"), columns(page, "cell")
    assert heads == cells
    assert len(cells) == len(set(cells)) > 5
    for name in set(cells) - {"select", "labels"}:  # the last column has the rest of the width
        assert css["table"].count(f".tx th.{name}") == WIDTHS, name
        assert re.search(rf"\.tx td(\.{name}\b|:is\([^)]*\.{name}\b)", css["phone"]), name


@pytest.mark.parametrize(
    ("text", "head", "tail"),
    [
        ("9" * 78, ",".join(["999"] * 26), ""),
        (f"0.{'0' * 35}1", "0.00000000", f"{'0' * 27}1"),
        ("9.1E-7", "0.00000091", ""),
        ("3067.671", "3,067.671", ""),
        ("1.500", "1.5", ""),
        ("0", "0", ""),
    ],
)
def test_amount_is_shown_to_its_last_digit(
    client: Client, ledger: Ledger, text: str, head: str, tail: str
) -> None:
    make_transaction(ledger, received=(text, "ETH"))

    page = shown(client, ledger)

    sign = "" if text == "0" else "+"
    assert f'<span class="head">{sign}{head}</span>' in page
    assert f"<i>{tail}</i>" in page if tail else "<i></i>" not in page


def test_time_is_shown_in_the_zone_of_the_ledger(client: Client, ledger: Ledger) -> None:
    ledger.time_zone = "Asia/Tokyo"
    ledger.save()
    make_transaction(ledger, occurred_at="2026-01-31T23:30:05Z")

    page = shown(client, ledger)

    assert "2026-02-01T08:30:05+09:00" in page


def test_totals_are_those_of_what_is_filtered(client: Client, ledger: Ledger) -> None:
    for amount in ("0.1", "0.2", "0.000000000000000000000000000000000001"):
        make_transaction(ledger, received=(amount, "ETH"), fee=("1", "BNB"))
    make_transaction(ledger, sent=("0.05", "ETH"), type="payment")
    make_transaction(ledger, received=("1000", "ETH"), type="gift", hidden=True)

    listing = Listing.of(ledger, Client().request().wsgi_request.GET)
    found = {
        t.symbol: (t.n, str(t.received), str(t.sent), str(t.fee))
        for t in listings.totals(listing.rows)
    }

    exact = "0.300000000000000000000000000000000001"
    assert found == {"ETH": (4, exact, "0.05", "0"), "BNB": (3, "0", "0", "3")}


def test_fragment_is_asked_for_and_nothing_else_is_sent(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, note="here it is")

    page, fragment = shown(client, ledger), shown(client, ledger, headers=PARTIAL)

    assert "<html" in page
    assert "<html" not in fragment
    assert fragment.strip().startswith("<section")
    assert "here it is" in fragment


def order(client: Client, ledger: Ledger, query: str) -> list[str]:
    page = shown(client, ledger, query)
    found = [(page.find(f"note {n}<"), str(n)) for n in range(1, 8)]
    return [n for at, n in sorted(found) if at >= 0]


@pytest.fixture
def seven(ledger: Ledger) -> None:
    """All at one moment, so that only the total order tells them apart."""
    for n in range(1, 8):
        make_transaction(ledger, note=f"note {n}", received=(n % 4, "ETH"))


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "7654321"),
        ("?sort=time", "1234567"),
        ("?asset=ETH&sort=-amount", "7362514"),
        ("?asset=ETH&sort=amount", "4152637"),
        ("?sort=amount", "7654321"),
        ("?sort=nonsense&size=x&page=x", "7654321"),
    ],
)
def test_order_is_total(client: Client, ledger: Ledger, query: str, expected: str) -> None:
    assert "".join(order(client, ledger, query)) == expected


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize("counted", [10_000, 3])
def test_pages_hold_each_row_once(
    client: Client, ledger: Ledger, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where there are more rows than are counted, and pages are counted from the end."""
    monkeypatch.setattr(listings, "MAX_COUNT", counted)
    monkeypatch.setattr(listings, "SIZES", (3,))
    monkeypatch.setattr(listings.Listing, "size", 3)

    forwards = [order(client, ledger, f"?page={n}") for n in (1, 2, 3)]
    last = order(client, ledger, "?page=last")
    beyond = order(client, ledger, "?page=99")

    assert forwards == [["7", "6", "5"], ["4", "3", "2"], ["1"]]
    assert last == beyond == (["1"] if counted > 7 else ["3", "2", "1"])


def test_page_of_a_deleted_row_does_not_show_it(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, note="gone", deleted_at=NOON)
    make_transaction(ledger, note="still there")

    page = shown(client, ledger)

    assert "gone" not in page
    assert "still there" in page


def test_rows_of_one_hash_stand_together(client: Client, ledger: Ledger) -> None:
    for n, key in enumerate("abab"):
        make_transaction(ledger, note=f"note {n + 1}", group_key=f"0x{key * 8}")

    assert order(client, ledger, "") == ["4", "2", "3", "1"]
    assert "2 of 2" in shown(client, ledger)


def test_empty_ledger_says_how_to_begin(client: Client, ledger: Ledger) -> None:
    page = shown(client, ledger)

    assert "No transactions yet" in page
    assert f"--ledger {ledger.slug}" in page


def test_filter_that_fits_nothing_says_so_and_offers_a_way_out(
    client: Client, ledger: Ledger
) -> None:
    make_transaction(ledger)

    page = shown(client, ledger, "?type=gift")

    assert "Nothing fits" in page
    assert f'href="/{ledger.slug}/transactions/"' in page


@pytest.mark.parametrize("amount", ["0.00000001", "20000000000000000000000", "1e5"])
def test_bound_is_shown_in_digits(client: Client, ledger: Ledger, amount: str) -> None:
    page = client.get(reverse("transaction_list", args=[ledger.slug]), {"min": amount})

    (pill,) = page.context["pills"]
    assert pill.text == f"{Decimal(amount):f}"


def test_filter_that_cannot_be_understood_shows_its_error_and_no_row(
    client: Client, ledger: Ledger
) -> None:
    make_transaction(ledger, note="not to be seen")

    page = shown(client, ledger, "?since=yesterday")

    assert "Enter a valid date." in page
    assert "not to be seen" not in page


def test_totals_of_many_assets_are_on_a_page_of_their_own(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_TOTALS", 2)
    for n in range(3):
        make_transaction(ledger, received=("1", f"T{n}"))
    link = reverse("transaction_totals", args=[ledger.slug]) + "?type=deposit"

    page = shown(client, ledger, "?type=deposit").split('class="panel" tabindex="0"')[1]
    alone = shown(client, ledger, "totals/?type=deposit")

    assert f'<a href="{link}">Totals of all 3 assets</a>' in page
    assert page.split("</table>")[0].count('role="rowheader"') == 2
    assert alone.count('role="rowheader"') == 3
    assert "Totals of all" not in alone


@pytest.mark.parametrize(
    ("most", "said"),
    [("MAX_COUNT", "<b>4+</b>"), ("MAX_SUMMED", "<b>4</b> <span>transactions</span>")],
)
def test_totals_of_more_rows_than_are_added_up_come_afterwards(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, most: str, said: str
) -> None:
    for _ in range(4):
        make_transaction(ledger, received=("0.25", "ETH"))
    monkeypatch.setattr(listings, most, 3)
    where = reverse("transaction_totals", args=[ledger.slug])

    page = shown(client, ledger, "?type=deposit")
    fragment = client.get(f"{where}?type=deposit", headers=PARTIAL).content.decode()
    alone = shown(client, ledger, "totals/?type=deposit")

    assert f'hx-get="{where}?type=deposit" hx-swap="outerHTML" hx-trigger="load"' in page
    assert f'<a href="{where}?type=deposit">' in page
    assert said in page
    assert "+1<" not in page
    assert "+1<" in fragment
    assert "<b>4</b>" in fragment
    # Boxes of each asset only once they are looked at; without scripts at once.
    assert "<template>" in fragment.split("<table")[0]
    assert "<table" in alone
    assert "<template>" not in alone


def test_detail_shows_everything(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(
        ledger,
        tx_hash="0xfeed",
        group_key="0xfeed",
        value_amount="3920.11",
        value_currency="USD",
        own_address=make_address(ledger),
        counterparty=make_address(ledger),
        note="a note",
        labels=[make_label(ledger, "liquidity")],
    )

    page = client.get(tx.get_absolute_url()).content.decode()

    assert tx.own_address is not None
    assert tx.counterparty is not None
    for text in ("0xfeed", "3,920.11", "USD", "a note", "liquidity", tx.own_address.shown):
        assert text in page
    assert tx.counterparty.shown in page


def test_everything_from_files_and_people_is_escaped_in_rows(
    client: Client, ledger: Ledger
) -> None:
    """In rows.jinja nothing is escaped by itself."""
    markup = "<x'>&\""
    wallet, contact = make_wallet(ledger, f"w{markup}"), make_contact(ledger, f"c{markup}")
    named, strange = make_address(ledger, contact=contact), make_address(ledger)
    for letter, address in (("n", named), ("a", strange)):
        Address.objects.filter(pk=address.pk).update(
            shown=f"{letter}{markup}", normalised=f"{letter}{markup}"
        )
    both = {
        "sent": ("1", coin(ledger, f"S{markup}")),
        "received": ("2", coin(ledger, f"R{markup}")),
    }
    labels = [make_label(ledger, f"l{markup}")]
    make_transaction(ledger, wallet=wallet, note=f"t{markup}", labels=labels, **both)
    for address in (make_address(ledger, wallet=wallet), named, strange):
        make_transaction(
            ledger, wallet=wallet, counterparty=address, fee=("1", coin(ledger, f"F{markup}"))
        )
    make_transaction(ledger, wallet=wallet, contact=contact, group_key=f"g{markup}")

    page = shown(client, ledger, f"?q=&x={quote(markup)}")

    assert page.count("data-version") == 5
    assert "<x" not in page
    for letter in "wcnaltSRF":
        assert f"{letter}&lt;x&#x27;&gt;&amp;&quot;" in page.replace("&#39;", "&#x27;"), letter
