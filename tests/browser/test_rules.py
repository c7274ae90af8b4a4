"""A rule as a person makes it of what he has just done, and sees what it would do."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Page, expect

from live.writers import Way, writing
from rules.models import Rule
from tests.browser.site import Site, on, on_both_widths
from tests.browser.test_history import fits
from tests.browser.test_live import is_live
from tests.factories import make_rule, make_transaction
from transactions.models import Transaction

pytestmark = pytest.mark.browser


def work() -> None:
    call_command("run_worker", "--once", "--concurrency=1")
    connections.close_all()


@on_both_widths
def test_bulk_edit_becomes_a_rule(site: Site, page: Page) -> None:
    with writing(Way.IMPORT):
        rows = [make_transaction(site.ledger, type="gift") for _ in range(2)]
    where = f"/{site.ledger.slug}/transactions/"
    page.goto(f"{where}bulk/?row={rows[0].pk}&next={where}%3Ftype=gift")
    page.get_by_label("Label", exact=True).fill("present")
    page.get_by_role("button", name="Change them").click()

    page.locator(".msg").get_by_role("link", name="Do this from now on, too").click()
    expect(page.get_by_label("Labels to add")).to_have_value("present")
    assert fits(page)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("It would change 1 transaction")).to_be_visible()
    expect(page.locator(".would ins")).to_have_text("present")
    assert fits(page)


@on("desktop")
def test_filter_of_a_rule_is_completed_as_one_types(site: Site, page: Page) -> None:
    make_transaction(site.ledger, type="gift")
    page.goto(f"/{site.ledger.slug}/rules/new/")
    field = page.get_by_role("combobox", name="When a transaction fits")

    field.press_sequentially("type:gi")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["Gift"])
    field.press("Tab")
    expect(field).to_have_value(re.compile("^type:gift ?$"))
    page.get_by_label("Name", exact=True).fill("Gifts")
    page.get_by_label("Labels to add").fill("present")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("It would change")).to_be_visible()
    assert Rule.objects.get().query == "type=gift"


@on("desktop")
def test_open_page_of_a_rule_follows_what_the_worker_does(site: Site, page: Page) -> None:
    with writing(Way.IMPORT):
        tx = make_transaction(site.ledger)
    rule = make_rule(site.ledger)
    page.goto(f"/{site.ledger.slug}/rules/{rule.pk}/")
    page.get_by_role("button", name="Change them").click()
    is_live(page)
    expect(page.locator(".under-way")).to_be_visible()

    with ThreadPoolExecutor(1) as thread:  # beside Playwright's loop
        thread.submit(work).result()

    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    assert Transaction.objects.get(pk=tx.pk).note == rule.note
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".effects").get_by_text("taken back")).to_be_visible()
    assert Transaction.objects.get(pk=tx.pk).note == ""
