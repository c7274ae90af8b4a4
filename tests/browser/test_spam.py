"""Spam: marked from a row, counted and shown in its place, taken back; other pages follow."""

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site
from tests.factories import make_address, make_token, make_transaction
from transactions.models import SpamMark
from transactions.queries import listing


def test_what_an_address_sends_is_hidden_revealed_and_shown_again(site: Site) -> None:
    address = make_address(site.ledger)
    first, second = (make_transaction(site.ledger, counterparty=address) for _ in range(2))
    kept = make_transaction(site.ledger)

    with site.page.context.new_page() as other:
        watching = Site(other, site.ledger)
        watching.open()
        watching.shows(kept, second, first)
        site.open()
        site.see(first)
        site.page.locator("#transaction").get_by_role("link", name="Spam").click()
        site.page.get_by_role("button", name="Mark as spam").click()
        expect(site.page.get_by_text("2 transactions hidden")).to_be_visible()

        watching.shows(kept)
        expect(other.locator(".spam-note")).to_contain_text("2 hidden as spam")
        other.get_by_role("link", name="Show them here").click()
        watching.shows(kept, second, first)
        other.get_by_role("link", name="Hide them").click()
        watching.shows(kept)

        site.open()
        site.page.locator(".spam-note").get_by_role("link", name="Spam").click()
        mark = site.page.locator(f"#spam-{SpamMark.objects.get().pk}")
        expect(mark).to_contain_text(address.shown)
        expect(mark).to_contain_text("2 transactions")
        mark.get_by_role("button", name="No spam").click()
        expect(mark).to_have_count(0)
        watching.shows(kept, second, first)
        expect(other.locator(".spam-note")).to_have_count(0)

        site.page.get_by_role("button", name="Undo").click()
        expect(site.page.locator("li[id^=spam-]")).to_have_count(1)
        watching.shows(kept)


def test_proposals_of_a_large_ledger_come_after_the_page_and_follow(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_COUNT", 0)
    proposed = site.page.locator("#spam-proposals li")
    make_transaction(site.ledger, received=("1", make_token(site.ledger, "LONE")))

    site.page.goto(f"/{site.ledger.slug}/spam/")
    expect(proposed).to_have_count(1)
    make_transaction(site.ledger, received=("1", make_token(site.ledger, "ALONE")))
    expect(proposed).to_have_count(2)

    proposed.first.get_by_role("button", name="Mark as spam").click()
    expect(site.page.get_by_role("button", name="Undo")).to_be_visible()
    expect(proposed).to_have_count(1)
    expect(site.page.get_by_role("button", name="Undo")).to_be_visible()
