"""Columns of the list: hidden, shown, in another order; those of a URL and those of a reader."""

import re
from typing import Any

import pytest
from django.test import Client

from contacts.models import Address
from ledgers.models import Ledger, Role, User
from tests.factories import (
    make_address,
    make_batch,
    make_contact,
    make_label,
    make_member,
    make_transaction,
    make_user,
)
from tests.transactions.test_list import STYLES, columns, make_rich_row
from transactions.models import Transaction
from transactions.queries.columns import COLUMNS, USUAL, moved

LIST = "/keller/transactions/"
MENU = f"{LIST}columns/"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
EVERY = ",".join(COLUMNS)


def shown(client: Client, query: str = "") -> str:
    return client.get(f"{LIST}{query}").content.decode()


def heads(page: str) -> list[str]:
    table = page.partition('class="tx')[2]
    return [name for name in columns(table, "columnheader") if name != "select"]


def cells(page: str) -> list[str]:
    """Of the first row."""
    row = page.partition('class="tx')[2].partition("<tbody")[2].partition("</tr>")[0]
    return [name for name in columns(row, "cell") if name != "select"]


def boxes(page: str) -> list[str]:
    return re.findall(r'id="column-(\w+)" name="columns"', page)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", USUAL),
        ("columns=", USUAL),
        ("columns=nonsense,<b>", USUAL),
        ("columns=time,out", ("time", "out")),
        ("columns=out&columns=time&columns=hash", ("out", "time", "hash")),
        ("columns=hash,hash,out", ("time", "hash", "out")),
        ("columns=labels,who,fee,in,out,type,time", USUAL[::-1]),
    ],
)
def test_url_says_which_columns_in_which_order(
    client: Client, ledger: Ledger, given: str, expected: tuple[str, ...]
) -> None:
    make_transaction(ledger)

    page = shown(client, f"?{given}")

    assert heads(page) == cells(page) == [*expected]
    assert ("tx rearranged" in page) is (expected != USUAL)


def test_columns_show_what_the_transaction_has(client: Client, ledger: Ledger) -> None:
    user = make_user("editor & <sons>")
    tx = make_transaction(
        ledger,
        batch=make_batch(ledger, file_name="kraken <2026>.csv"),
        value_amount="3920.11",
        value_currency="US<D>",
        tx_hash="0xfeed<x>",
        group_key="0xgroup<x>",
        own_address=make_address(ledger),
    )
    Address.objects.update(shown="0xown<x>")
    Transaction.objects.write(tx.pk, expected_version=1, by=user, note="edited")

    page = shown(client, f"?columns={EVERY}")

    assert "<x>" not in page.replace("<x>&", "")
    for text in ("kraken &lt;2026&gt;.csv", "3,920.11", "US&lt;D&gt;", "editor &amp; &lt;sons&gt;"):
        assert text in page
    for start in ("0xfeed", "0xgroup", "0xown"):
        assert f'title="{start}&lt;x&gt;"' in page
        assert f">{start}&lt;x&gt;<" in page


def test_row_by_hand_has_no_source_and_nobody_has_edited_it(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)

    page = shown(client, "?columns=source,imported,edited,value,hash,group,address")

    for name in ("source", "imported", "edited", "value", "hash", "group", "address"):
        assert re.search(rf'class="{name}"></td>', page.replace("\n", "")), name


@pytest.mark.parametrize("item_count", [1, 30])
@pytest.mark.parametrize(
    ("query", "queries"), [("", 16), ("?columns=time,in", 16), ("?columns=hash,value,edited", 17)]
)
def test_what_is_not_shown_is_not_read(
    client: Client,
    ledger: Ledger,
    item_count: int,
    query: str,
    queries: int,
    django_assert_num_queries: Any,
) -> None:
    for n in range(item_count):
        make_rich_row(ledger, n)

    with django_assert_num_queries(queries):
        page = shown(client, query)

    assert page.count('class="open"') == item_count


def test_usual_columns_say_it_as_before(client: Client, ledger: Ledger) -> None:
    """To name them in the URL makes no other table of them."""
    make_transaction(ledger, note="a note", labels=[make_label(ledger)])

    usual, named = (
        shown(client, query).rpartition("<tbody role")[2].partition('<div class="pager"')[0]
        for query in ("", f"?columns={','.join(USUAL)}")
    )

    assert re.sub(r"\?next=[^\"]*", "", named) == usual


def test_every_column_has_a_place_on_a_phone() -> None:
    css = (STYLES / "phone.css").read_text()

    for name in COLUMNS:
        assert re.search(rf"\.tx td(\.{name}\b|:is\([^)]*\.{name}\b)", css), name


def test_reader_keeps_his_own_in_all_ledgers(client: Client, ledger: Ledger, user: User) -> None:
    make_transaction(ledger)

    kept = client.post(MENU, {"columns": "time,hash,out", "next": f"{LIST}?type=deposit"})

    user.refresh_from_db()
    assert (kept.status_code, kept.headers["Location"]) == (303, f"{LIST}?type=deposit")
    assert user.columns == "time,hash,out"
    assert heads(shown(client)) == ["time", "hash", "out"]
    assert heads(shown(client, "?columns=in,time")) == ["in", "time"]
    other = Client()
    other.force_login(make_member(ledger, make_user("vera"), Role.VIEWER).user)
    assert heads(shown(other)) == [*USUAL]


@pytest.mark.parametrize("given", ["", "nonsense", ",".join(USUAL)])
def test_usual_ones_are_kept_as_none(client: Client, user: User, given: str) -> None:
    User.objects.filter(pk=user.pk).update(columns="time,hash")

    client.post(MENU, {"columns": given})

    user.refresh_from_db()
    assert user.columns == ""


def test_filters_sorting_and_pages_keep_the_columns(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)

    page = shown(client, "?columns=time&columns=hash&type=deposit")

    assert '<input type="hidden" name="columns" value="time,hash">' in page
    assert "?columns=time&amp;columns=hash&amp;type=deposit&amp;sort=time" in page
    assert "columns" not in re.findall(r'href="([^"]*)" download', page)[0]


def test_menu_moves_a_column_without_scripts(client: Client, ledger: Ledger) -> None:
    page = client.get(f"{MENU}?columns=time&columns=out&columns=hash&up=hash&type=gift").text
    assert boxes(page)[:4] == ["time", "hash", "out", "type"]
    assert '<input type="hidden" name="type" value="gift">' in page
    assert "<html" in page

    part = client.get(f"{MENU}?columns=time,out,hash&down=time", headers=PARTIAL).text
    assert boxes(part)[:3] == ["out", "time", "hash"]
    assert "<html" not in part


def test_menu_without_scripts_leads_back_to_all_columns_of_the_list(client: Client) -> None:
    page = client.get(f"{MENU}?columns=time&columns=out&columns=hash&up=hash")

    assert page.context["list_as_it_is"] == f"{LIST}?columns=time%2Cout%2Chash"


def test_menu_offers_every_column_and_ticks_those_that_are_shown(client: Client) -> None:
    page = client.get(f"{MENU}?columns=hash").text

    assert boxes(page) == [
        "time",
        "hash",
        *(name for name in COLUMNS if name not in {"time", "hash"}),
    ]
    ticked = re.findall(r'value="(\w+)" checked', page)
    assert ticked == ["time", "hash"]


def test_menu_offers_to_keep_what_is_not_kept_yet(client: Client, user: User) -> None:
    said = "Always show me these"
    assert said not in client.get(MENU).text
    assert said in client.get(f"{MENU}?columns=hash").text

    User.objects.filter(pk=user.pk).update(columns="time,hash")

    assert said not in client.get(f"{MENU}?columns=hash").text
    assert said in client.get(f"{MENU}?columns={','.join(USUAL)}").text


@pytest.mark.parametrize(
    ("name", "step", "expected"),
    [("a", -1, "abc"), ("a", 1, "bac"), ("c", 1, "abc"), ("b", -1, "bac"), ("x", 1, "abc")],
)
def test_column_moves_as_far_as_it_goes(name: str, step: int, expected: str) -> None:
    assert "".join(moved(tuple("abc"), name, step)) == expected


def test_contacts_page_keeps_the_usual_columns(client: Client, ledger: Ledger, user: User) -> None:
    User.objects.filter(pk=user.pk).update(columns="time,hash")
    contact = make_contact(ledger)
    make_transaction(ledger, contact=contact)

    page = client.get(f"/keller/contacts/{contact.pk}/?columns=hash").text

    assert heads(page) == [*USUAL]
