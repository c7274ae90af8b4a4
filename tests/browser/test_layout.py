"""No page is wider than the window, whatever stands on it, and its rows stay where they are."""

import math
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from ledgers.models import Ledger
from tests.browser.site import Complaints, Site, on_both_widths
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_user,
    make_wallet,
)
from tests.ledgers.test_access import OF_LEDGER, OWN_PAGES, needed, path_of
from transactions.models import Transaction

WIDTHS = (1280, 390)
DIGITS = "9" * 78 + "." + "9" * 36
WORD = "Donaudampfschifffahrt" * 9  # 189 characters without a place to break


def make_long_row(ledger: Ledger, **kw: object) -> Transaction:
    """As long as the database takes it, or nearly."""
    wallet = ledger.wallets.first() or make_wallet(ledger, WORD)
    contact = ledger.contacts.first() or make_contact(ledger, WORD)
    address = make_address(ledger, contact=contact)
    return make_transaction(
        ledger,
        **{
            "wallet": wallet,
            "own_address": make_address(ledger, wallet=wallet),
            "sent": (DIGITS, "W" * 40),
            "received": (DIGITS, "ETH"),
            "fee": (DIGITS, "ETH"),
            "counterparty": address,
            "labels": [make_label(ledger, f"{n}{WORD}"[:100]) for n in range(3)],
            "note": f"{WORD} {WORD}",
            "tx_hash": "0x" + "a" * 64,
            "group_key": "0x" + "a" * 64,
        }
        | kw,
    )


def too_wide(page: Page, *paths: str) -> list[tuple[str, int, int]]:
    """Pages that scroll sideways: path, width of the window and of the page in it, px."""
    found = []
    for path in paths:
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.scrollingElement.scrollWidth")
            found += [(path, width, wide)] * (wide > width)
    return found


def is_page(response: HttpResponse) -> bool:
    """Neither a download nor a fragment."""
    return response.headers["Content-Type"].startswith("text/html") and b"<html" in response.content


def test_long_values_fit(site: Site) -> None:
    tx = make_long_row(site.ledger)
    own, root = tx.get_absolute_url(), f"/{site.ledger.slug}/transactions/"
    editors = [f"{own}{what}/" for what in ("labels", "note", "contact", "type")]
    filtered = f"{root}?wallet={tx.wallet_id}&asset=ETH&asset={'W' * 40}&q={WORD}"

    balance = f"/{site.ledger.slug}/wallets/{tx.wallet_id}/balance/"
    sums = [f"{root}totals/", f"{root}months/", balance]

    wide = too_wide(site.page, root, *sums, f"{root}?asset=ETH", filtered, own, *editors)

    assert wide == []


def test_every_url_fits(site: Site, client: Client, settings: Any) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = math.inf  # the pages, not the way to them
    make_long_row(site.ledger)
    paths = [path_of(name, site.ledger) for name in OF_LEDGER if needed(name, "GET")]
    paths += [path for path in map(reverse, OWN_PAGES) if client.get(path).status_code == 200]

    assert too_wide(site.page, *(path for path in paths if is_page(client.get(path)))) == []


TOPS = "[...document.querySelectorAll('.tx tbody')].map((row) => row.getBoundingClientRect().top)"
LOADED = "document.fonts.ready.then(() => true)"
# Whether this machine has what stands in for our fonts until they have come: that is taken then.
WITHOUT_OURS = """
    async () => {
      for (const name of ["--sans", "--mono"]) {
        const fonts = getComputedStyle(document.documentElement).getPropertyValue(name).split(",");
        document.documentElement.style.setProperty(name, fonts.slice(1).join());
      }
      const standing_in = [...document.fonts].filter(({ family }) => family.includes("fallback"));
      await Promise.allSettled(standing_in.map((face) => face.load()));
      return standing_in.every(({ status }) => status === "loaded");
    }
"""


@on_both_widths
def test_rows_stay_where_they_are_when_the_fonts_come(site: Site) -> None:
    for n in range(1, 9):
        make_transaction(
            site.ledger,
            wallet=make_wallet(site.ledger, f"Kraken {n}"),
            counterparty=make_address(site.ledger),
            received=(f"{n}.123456", "ETH"),
            fee=(f"0.{n}0029224205", "BTC"),
            labels=[make_label(site.ledger, f"Rent {n}")] * (n % 2),
            tx_hash=f"0x{n}" + "b" * 63,
        )
    site.page.goto(f"/{site.ledger.slug}/transactions/")
    assert site.page.evaluate(LOADED)
    afterwards = site.page.evaluate(TOPS)

    if not site.page.evaluate(WITHOUT_OURS):
        pytest.skip("none of the fonts that stand in for ours is here")

    assert site.page.evaluate(TOPS) == afterwards
    assert len(afterwards) == 8


def test_empty_and_refusing_pages_fit(site: Site, complaints: Complaints) -> None:
    complaints.meant |= {"status of 403", "status of 404"}
    empty = f"/{site.ledger.slug}/transactions/"
    theirs = make_ledger(owner=make_user("zoe"), name=WORD[:100])

    wide = too_wide(
        site.page, empty, f"{empty}?min=much", f"/{theirs.slug}/transactions/", f"/{WORD}/"
    )
    site.page.context.clear_cookies()

    assert wide + too_wide(site.page, "/login/") == []


@on_both_widths
def test_editors_over_a_row_stay_in_the_window(site: Site) -> None:
    tx = make_long_row(site.ledger, counterparty=make_address(site.ledger))

    site.open()
    for what in ("labels", "note", "contact"):
        expect(site.edit(tx, what)).to_be_focused()
        box = site.editor.bounding_box()

        assert box["x"] >= 0
        assert box["x"] + box["width"] <= site.page.viewport_size["width"]
        site.page.keyboard.press("Escape")
