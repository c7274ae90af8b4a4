from playwright.sync_api import Page, expect

from ledgers.models import Ledger
from tests.browser.site import Complaints, extremes


@extremes
def test_login_refuses_accepts_and_ends(page: Page, ledger: Ledger, complaints: Complaints) -> None:
    complaints.expect_logout()
    where = f"/{ledger.slug}/transactions/?type=gift"

    page.goto(where)
    for password in ("wrong", "secret"):
        page.get_by_label("User name").fill("ana")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in", exact=True).click()
        if password == "wrong":
            expect(page.get_by_role("alert")).to_have_text("User name and password do not match.")
    page.wait_for_url(f"**{where}")
    page.get_by_text("theme, language, log out").locator("xpath=..").click()
    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
