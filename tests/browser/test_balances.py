"""The picture of a balance, its numbers at the pointer, and what people state beside it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Complaints, Site, extremes, held, on, on_both_widths
from tests.browser.test_wallets_labels import act, fits, visit
from tests.factories import NOON, make_transaction, make_wallet
from transactions.queries import listing

DAY = timedelta(days=1)
SHIFTS = """
    () => new Promise((done) => new PerformanceObserver((list) =>
        done(list.getEntries().reduce((sum, { value }) => sum + value, 0))
    ).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 100))
"""
# From now on, also of what somebody has asked for by a click.
WATCH = """
    () => {
      window.shifts = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))
        .observe({ type: "layout-shift" });
    }
"""
WATCHED = """
    () => new Promise((done) =>
      setTimeout(() => done(shifts.reduce((sum, value) => sum + value, 0)), 100))
"""


def below(site: Site) -> None:
    wallet = make_wallet(site.ledger, "Kraken")
    tiny = "0.000000000000000000000000000000000001"
    for n, (part, amount) in enumerate([("received", "1"), ("sent", "3"), ("received", tiny)]):
        moved = {part: (amount, "ETH")}
        make_transaction(
            site.ledger, wallet=wallet, occurred_at=NOON + n * DAY, type="other", **moved
        )


@extremes
def test_balance_is_seen_stated_and_leads_to_its_rows(
    site: Site, page: Page, complaints: Complaints
) -> None:
    below(site)
    visit(site, "wallets")

    page.get_by_role("link", name="Kraken", exact=True).click()
    expect(page.locator("svg.picture path").first).to_be_attached()
    assert fits(page)
    page.get_by_text("As a table").click()
    last = page.locator(".points [data-place]").last
    expect(last).to_contain_text("−1.999999999999999999999999999999999999")
    assert fits(page)

    page.get_by_role("link", name="State a balance").click()
    page.get_by_label("Time").fill("2026-05-05T20:00:00")
    page.get_by_role("textbox", name="Balance").fill("1")
    act(page, "Save")
    expect(page.locator(".stated-table .differs")).to_contain_text("+3 ETH")

    page.get_by_role("link", name="Show the row before which something is missing").click()
    taker = site.ledger.transactions.get(sent_amount=3)
    expect(page.locator("tr:target")).to_have_id(f"t{taker.pk}")
    expect(site.rows).to_have_count(2)


@on("desktop")
def test_pointer_says_what_the_table_has(site: Site, page: Page, complaints: Complaints) -> None:
    below(site)
    wallet = site.ledger.wallets.get()
    visit(site, f"wallets/{wallet.pk}/balance")
    picture, reading = page.locator("svg.picture"), page.locator(".reading")
    box = picture.bounding_box()
    assert box
    assert page.evaluate(SHIFTS) < 0.01

    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    expect(reading).to_contain_text("5 May 2026, 12:00:00 Balance −2")
    page.mouse.move(box["x"] + 2, box["y"] + 20)
    expect(reading).to_have_text("0")
    page.mouse.move(5, 5)
    expect(reading).to_contain_text("6 May 2026")
    assert picture.bounding_box() == box
    make_transaction(site.ledger, wallet=wallet, received=("2", "ETH"), occurred_at=NOON)
    expect(reading).to_contain_text("0.00000000")  # nobody has loaded the page again

    site.open()
    page.get_by_text("In and out by month").click()
    months = page.locator(".months-of svg.picture")
    box = months.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 20)
    expect(page.locator(".months-of .reading")).to_contain_text("May 2026 In +3")
    make_transaction(site.ledger, wallet=wallet, received=("5", "ETH"), occurred_at=NOON)
    expect(page.locator(".months-of .reading")).to_contain_text("up to +8")


@on("desktop")
def test_page_that_readers_without_scripts_are_led_to_follows_and_stays_a_page(
    site: Site, page: Page
) -> None:
    below(site)
    wallet = site.ledger.wallets.get()
    visit(site, f"wallets/{wallet.pk}/balance/figures")

    for amount, left in (("2", "0.00000000"), ("3", "3.00000000")):
        make_transaction(site.ledger, wallet=wallet, received=(amount, "ETH"), occurred_at=NOON)
        expect(page.locator(".reading")).to_contain_text(left)
        expect(page.get_by_role("heading", level=1)).to_have_text("Kraken")


@on_both_widths
def test_pictures_that_come_after_their_page_move_nothing(
    site: Site, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_COUNT", 0)
    below(site)
    picture = page.locator("svg.picture")

    with held(page, re.compile("/balance/figures/")):
        visit(site, f"wallets/{site.ledger.wallets.get().pk}/balance")
        page.evaluate(WATCH)
    expect(picture).to_be_visible()
    assert page.evaluate(WATCHED) < 0.02

    with held(page, re.compile("/months/")):
        site.open()
        page.get_by_text("In and out by month").click()
        expect(page.locator(".months-of .waiting")).to_be_visible()
        expect(page.locator("#totals[hx-trigger=load]")).to_have_count(0)
        page.evaluate(WATCH)
    expect(picture).to_be_visible()
    assert page.evaluate(WATCHED) < 0.02
    assert fits(page)
    page.locator(".all-totals summary").click()
    expect(page.locator(".all-totals table")).to_be_visible()
