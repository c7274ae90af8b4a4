"""A table that no format knows: mapped, looked at, saved, imported, and known from then on."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.site import Complaints, Site, everywhere
from tests.browser.test_imports import asked, choose, go_on, work
from transactions.models import Transaction

TABLE = (
    "Buchungstag;Vorgang;Betrag;Währung\n"
    "31.01.2024;Kauf;1.234,56;EUR\n"
    "01.02.2024;Auszahlung;-0,5;BTC\n"
)


@everywhere
def test_columns_are_mapped_looked_at_and_saved(
    site: Site, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.meant.add("status of 422")
    file = tmp_path / "bank.csv"
    file.write_text(TABLE)
    page = site.page

    choose(site, Locator.click, file)
    work()
    page.reload()
    page.get_by_role("link", name="Map the columns").first.click()
    expect(page.get_by_label("Time", exact=True)).to_have_value("Buchungstag")
    page.get_by_label("Asset of the amount", exact=True).select_option("")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("say which column has the currency, or which it is")).to_be_visible()
    page.get_by_label("Asset of the amount", exact=True).select_option("Währung")
    page.get_by_label("Kauf", exact=True).select_option("Deposit")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("row", name=re.compile("Deposit.*1234.56.EUR"))).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("Withdrawal.*0.5.BTC"))).to_have_count(1)
    page.get_by_label("Name", exact=True).fill("My bank")
    page.get_by_role("button", name="Save").click()
    asked(page)
    work()
    page.reload()
    expect(page.get_by_text("Read as My bank.")).to_be_visible()
    page.get_by_role("button", name="Import 2 rows into My bank").click()
    asked(page)
    work()
    go_on(site)

    assert Transaction.objects.count() == 2
    page.goto(f"/{site.ledger.slug}/imports/mappings/")
    page.get_by_role("link", name="Delete My bank").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No mappings yet")).to_be_visible()
