"""The menus of the filter: on the list what is chosen, all that they offer when they are opened."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledgers.models import Ledger
from tests.factories import (
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from transactions.menus import MENUS

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
BOX = re.compile(r'<input type="checkbox" [^>]*name="(\w+)" value="([^"]*)"( checked)?')


def boxes(page: str) -> list[tuple[str, str, bool]]:
    return [
        (name, value, bool(checked)) for name, value, checked in BOX.findall(page) if name in MENUS
    ]


def menu(client: Client, ledger: Ledger, name: str, query: str = "", **kwargs: Any) -> str:
    url = reverse("transaction_filter", args=[ledger.slug, name])
    return client.get(f"{url}{query}", **kwargs).content.decode()


@pytest.fixture
def named(ledger: Ledger) -> dict[str, str]:
    """One of everything that is chosen from, and of another ledger."""
    for where in (make_ledger(), ledger):
        wallet, contact = make_wallet(where, "Kraken"), make_contact(where, "Maria")
        label = make_label(where, "rent")
        make_transaction(where, wallet=wallet, contact=contact, labels=[label], sent=("1", "ETH"))
    return {
        "wallet": str(wallet.pk),
        "type": "gift",
        "asset": "ETH",
        "contact": str(contact.pk),
        "label": str(label.pk),
    }


def test_list_has_no_choices_but_those_that_are_chosen(
    client: Client, ledger: Ledger, named: dict[str, str]
) -> None:
    make_wallet(ledger, "Another")
    url = f"/{ledger.slug}/transactions/"

    plain, chosen = client.get(url), client.get(url, named)

    assert boxes(plain.content.decode()) == []
    assert boxes(chosen.content.decode()) == [(name, named[name], True) for name in MENUS]


@pytest.mark.parametrize("name", MENUS)
def test_menu_offers_what_the_ledger_has(
    client: Client, ledger: Ledger, named: dict[str, str], name: str
) -> None:
    query = f"?{name}={named[name]}"

    fragment = menu(client, ledger, name, query, headers=PARTIAL)
    page = menu(client, ledger, name, query)

    found = boxes(fragment)
    assert boxes(page) == found
    assert (name, named[name], True) in found
    assert len(found) == {"type": 12, "label": 2}.get(name, 1)
    assert "<html" not in fragment
    assert "<html" in page


def test_menu_as_a_page_leads_back_with_all_other_filters(
    client: Client, ledger: Ledger, named: dict[str, str]
) -> None:
    query = f"?wallet={named['wallet']}&wallet_not=1&type=gift&type=fee&q=x&page=3"

    page = menu(client, ledger, "wallet", query)

    kept = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page)
    kept = [
        (name, value)
        for name, value in kept
        if name in ("wallet", "wallet_not", "type", "q", "page")
    ]
    assert kept == [("type", "gift"), ("type", "fee"), ("q", "x")]
    assert f'action="/{ledger.slug}/transactions/"' in page


def test_form_of_the_filter_sends_each_of_its_fields_once(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)
    query = "?q=x&address=0x&min=1&max=2&status=ok&review=new&transfers=once&hidden=all&note=y"

    page = client.get(f"/{ledger.slug}/transactions/{query}").content.decode()

    form = page.partition('id="filter"')[2].partition("</form>")[0]
    sent = re.findall(r'<input type="hidden" name="(\w+)"', form)
    shown = set(re.findall(r'<input (?!type="hidden")[^>]*name="(\w+)"', form))
    assert sent == ["note"]
    assert {"q", "min", "status", "review", "transfers", "hidden"} <= shown - set(sent)


def test_menu_of_nothing_is_not_there(client: Client, ledger: Ledger) -> None:
    url = reverse("transaction_filter", args=[ledger.slug, "wallet"])

    assert client.get(url.replace("wallet", "note")).status_code == 404


@pytest.mark.parametrize("name", MENUS)
def test_menu_takes_what_is_not_there_for_nothing(
    client: Client, ledger: Ledger, named: dict[str, str], name: str
) -> None:
    page = menu(client, ledger, name, f"?{name}=x&{name}=999999&{name}=%C2%B2", headers=PARTIAL)

    assert (name, "x", True) not in boxes(page)
    assert boxes(page)
