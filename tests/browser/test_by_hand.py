"""A transaction written by hand, with what is suggested while one types."""

from playwright.sync_api import APIResponse, Route, expect

from tests.browser.site import Site, everywhere, intercept, on, on_both_widths
from tests.factories import coin, make_contact, make_label, make_wallet
from transactions.models import Transaction


def start(site: Site) -> None:
    make_wallet(site.ledger, "Cash")
    site.page.goto(f"/{site.ledger.slug}/transactions/new/")
    site.page.get_by_label("Wallet").select_option("Cash")


@on_both_widths
def test_asset_contact_and_labels_are_chosen_by_keyboard(site: Site) -> None:
    coin(site.ledger, "ETH")
    make_contact(site.ledger, "Maria Keller")
    make_label(site.ledger, "savings")
    start(site)
    page, keys = site.page, site.page.keyboard
    fields = page.locator(".by-hand-fields")

    page.get_by_label("In", exact=True).fill("1.5")
    keys.press("Tab")
    keys.type("et")
    expect(fields.locator(".received_asset [role=option]")).to_contain_text(
        ["ETH", "New coin “et”"]
    )
    expect(fields.locator("[role=option]")).to_have_count(2)
    keys.press("Enter")
    expect(fields.locator(".received_asset input")).to_have_value("ETH")
    fields.locator(".contact_name input").focus()
    keys.type("mar")
    expect(fields.locator("[role=option]")).to_contain_text(["Maria Keller", "New contact “mar”"])
    keys.press("Enter")
    keys.press("Tab")
    keys.type("sav")
    expect(fields.locator("[role=option]")).to_contain_text(["savings", "New label “sav”"])
    keys.press("Enter")
    page.get_by_label("Note", exact=True).fill("by hand")
    page.get_by_role("button", name="Add the transaction").click()

    expect(page.locator("h1")).to_contain_text("Maria Keller")
    expect(page.locator(".chip")).to_contain_text(["savings"])
    row = Transaction.objects.get()
    assert (str(row.contact), row.note) == ("Maria Keller", "by hand")
    assert row.received_asset == coin(site.ledger, "ETH")


@everywhere
def test_new_coin_contact_and_label_are_written_as_text(site: Site) -> None:
    start(site)
    fields = site.page.locator(".by-hand-fields")

    fields.locator(".sent_amount input").fill("2")
    fields.locator(".sent_asset input").fill("XMR")
    fields.locator(".contact_name input").fill("Rent Ltd")
    fields.locator(".labels input.form-control").fill("home,")
    site.page.get_by_label("Note", exact=True).fill("first")
    site.page.get_by_role("button", name="Add the transaction").click()

    expect(site.page.locator("h1")).to_contain_text("Rent Ltd")
    row = Transaction.objects.get()
    assert str(row.sent_asset) == "XMR"
    assert [label.name for label in row.labels.all()] == ["home"]


@on("desktop")
def test_second_click_does_not_add_it_twice(site: Site) -> None:
    """The answer to the first takes its time."""
    start(site)
    page, answers = site.page, list[tuple[Route, APIResponse]]()

    def answer_later(route: Route) -> None:
        answers.append((route, route.fetch(max_redirects=0)))

    intercept(page, "**/new/", answer_later)
    page.locator(".sent_amount input").fill("2")
    page.locator(".sent_asset input").fill("XMR")
    # By the page itself: Playwright would wait for what the first click leads to.
    page.evaluate(
        """() => {
            const button = document.querySelector(".by-hand button.main");
            for (const wait of [0, 500]) setTimeout(() => button.click(), wait);
        }"""
    )
    page.wait_for_timeout(1000)
    for route, answer in answers:
        route.fulfill(response=answer)

    expect(page.locator("h1")).to_contain_text("Deposit")
    assert Transaction.objects.count() == 1
