"""The history as a person reads it, and takes something back."""

import pytest
from playwright.sync_api import Page, expect

from ledgers.models import User
from live.writers import Way, writing
from tests.browser.site import Complaints, Site, everywhere, on
from tests.browser.test_live import is_live
from tests.factories import make_label, make_transaction
from transactions.models import Transaction

pytestmark = pytest.mark.browser


def fits(page: Page) -> bool:
    width = page.evaluate("document.documentElement.scrollWidth")
    return bool(width <= (page.viewport_size or {"width": 0})["width"])


@everywhere
def test_change_is_taken_back_on_the_page_of_its_row(site: Site, page: Page, user: User) -> None:
    tx = make_transaction(site.ledger, note="as it was")
    with writing(Way.PAGE, user):
        Transaction.objects.filter(pk=tx.pk).update(note="a mistake")
    page.goto(f"/{site.ledger.slug}/transactions/{tx.pk}/")
    last = page.locator(".history > li").first

    expect(last.locator("del")).to_have_text("as it was")
    expect(last.locator("ins")).to_have_text("a mistake")
    assert fits(page)
    last.get_by_role("button", name="Take back").click()

    expect(last.locator("ins")).to_have_text("as it was")
    assert Transaction.objects.get(pk=tx.pk).note == "as it was"
    page.get_by_role("link", name="All of its history").click()
    expect(page.locator(".history > li")).to_have_count(3)
    assert fits(page)


@everywhere
def test_what_was_written_since_stays(site: Site, page: Page, complaints: Complaints) -> None:
    complaints.meant.add("409")
    rows = Transaction.objects.filter(pk=make_transaction(site.ledger, note="first").pk)
    rows.update(note="second text")
    rows.update(note="third text")
    page.goto(f"/{site.ledger.slug}/history/?kind=transaction")

    page.get_by_role("button", name="Take back").nth(1).click()
    expect(page.get_by_role("heading", name="Changed since")).to_be_visible()
    expect(page.get_by_text("third")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="Leave it").click()

    expect(page.locator(".history")).to_be_visible()
    assert rows.get().note == "third text"


@on("desktop")
def test_open_history_follows_the_database(site: Site, page: Page) -> None:
    page.goto(f"/{site.ledger.slug}/history/?kind=label")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    is_live(page)

    make_label(site.ledger, "written meanwhile")

    expect(page.locator(".history").get_by_text("written meanwhile").first).to_be_visible()
