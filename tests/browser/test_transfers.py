"""Pairs of one transfer as a person decides them, with and without scripts."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.site import Site, everywhere, on
from tests.factories import NOON, make_ends
from transactions.models import TransferPair

pytestmark = pytest.mark.browser


def opened(site: Site, query: str = "") -> Locator:
    site.page.goto(f"/{site.ledger.slug}/transfers/{query}")
    return site.page.locator(".pairs > li")


def fits(page: Page) -> bool:
    width = page.evaluate("document.documentElement.scrollWidth")
    return bool(width <= (page.viewport_size or {"width": 0})["width"])


@everywhere
def test_pairs_are_accepted_refused_and_taken_back(site: Site, page: Page) -> None:
    make_ends(site.ledger)
    make_ends(site.ledger, received=("0.499", "BTC"), occurred_at=NOON.replace(month=3))
    pairs = opened(site)
    expect(pairs).to_have_count(2)
    assert fits(page)

    pairs.nth(1).get_by_role("button", name="Accept").click()
    expect(pairs).to_have_count(1)
    pairs.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("Nothing to pair")).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    expect(pairs).to_have_count(1)
    page.get_by_role("button", name="Accept the certain one (1)").click()
    expect(pairs).to_have_count(0)
    page.get_by_role("link", name="Accepted").click()
    expect(pairs).to_have_count(2)
    pairs.first.get_by_role("button", name="Take back").click()
    expect(pairs).to_have_count(1)

    assert TransferPair.objects.get().state == "accepted"
    assert fits(page)


@on("desktop")
def test_pairs_are_decided_by_keys(site: Site, page: Page) -> None:
    ends = [make_ends(site.ledger, occurred_at=NOON.replace(month=n)) for n in (4, 3, 2)]
    pairs = opened(site)
    keys = page.keyboard

    keys.press("j")
    expect(pairs.first.locator(".open")).to_be_focused()
    keys.press("a")
    expect(pairs).to_have_count(2)
    expect(pairs.first.locator(".open")).to_be_focused()
    keys.press("j")
    keys.press("r")
    expect(pairs).to_have_count(1)

    decided = dict(TransferPair.objects.values_list("sent", "state"))
    assert decided == {ends[0][0].pk: "accepted", ends[2][0].pk: "refused"}


@on("desktop")
def test_page_follows_what_others_decide(site: Site, page: Page) -> None:
    sent, received = make_ends(site.ledger)
    pairs = opened(site)
    expect(pairs).to_have_count(1)

    TransferPair.objects.create(
        ledger=site.ledger, sent=sent, received=received, state="refused", decided_at=NOON
    )

    expect(pairs).to_have_count(0)


@everywhere
def test_list_leads_from_one_end_to_the_other(site: Site, page: Page) -> None:
    sent, received = make_ends(site.ledger)
    TransferPair.objects.create(
        ledger=site.ledger, sent=sent, received=received, state="accepted", decided_at=NOON
    )
    site.open()

    site.row(sent).get_by_role("link", name="the other end").click()

    expect(page.get_by_role("heading", name="Transfer from Kraken", exact=True)).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Not one transfer").click()
    expect(page.get_by_role("heading", name="Deposit")).to_be_visible()
