"""Wallets, labels and settings as a person handles them, with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from contacts.models import Wallet
from ledgers.models import Role, User
from tests.browser.site import Complaints, Site, everywhere, extremes, on
from tests.factories import make_address, make_contact, make_label, make_transaction, make_wallet
from transactions.models import Label

pytestmark = pytest.mark.browser
MINE = "0x" + "ab" * 20


def visit(site: Site, where: str) -> Page:
    site.page.goto(f"/{site.ledger.slug}/{where}/")
    return site.page


def fits(page: Page) -> bool:
    """Nothing is wider than the screen."""
    if not page.viewport_size:
        return False
    width = page.evaluate("document.documentElement.scrollWidth")
    return bool(width <= page.viewport_size["width"])


def act(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}\\b")).click()


def open_menu(page: Page, name: str, entry: str) -> None:
    page.locator(".wallet-card", has_text=name).locator("summary.glyph").click()
    page.get_by_role("link", name=entry).click()


@everywhere
def test_wallet_is_made_renamed_and_given_an_address(
    site: Site, page: Page, complaints: Complaints
) -> None:
    complaints.meant.add("status of 422")
    make_address(site.ledger, MINE, contact=make_contact(site.ledger, "Maria"))
    visit(site, "wallets")

    page.get_by_role("link", name="New wallet").click()
    page.get_by_label("Name", exact=True).fill("Ledger Nano")
    page.get_by_label("on-chain").check()
    act(page, "Save")
    expect(page.locator(".wallet-card h2")).to_have_text("Ledger Nano")

    open_menu(page, "Ledger Nano", "Name and kind")
    page.get_by_label("Name", exact=True).fill("Cold storage")
    act(page, "Save")
    expect(page.locator(".wallet-card h2")).to_have_text("Cold storage")

    open_menu(page, "Cold storage", "Own addresses")
    page.get_by_label("Add own addresses").fill(MINE)
    act(page, "Add")
    expect(page.locator(".error")).to_contain_text("a contact’s already: Maria")
    page.get_by_label("Add own addresses").fill("0x" + "cd" * 20)
    act(page, "Add")
    expect(page.locator(".wallet-card")).to_contain_text("0xCDCD…cdcd", ignore_case=True)
    assert fits(page)
    assert Wallet.objects.get().addresses.count() == 1


@extremes
def test_balances_below_zero_are_said(site: Site, page: Page) -> None:
    binance = make_wallet(site.ledger, "Binance", kind="exchange")
    amount = "9" * 70 + ".123456789"
    make_transaction(site.ledger, wallet=binance, sent=(amount, "USDT"), type="withdrawal")

    visit(site, "wallets")

    expect(page.locator(".warned")).to_contain_text("Binance is at −9,999,999")
    expect(page.locator(".below .said")).to_have_text("below zero")
    assert fits(page)


@everywhere
def test_label_is_renamed_merged_and_deleted(
    site: Site, page: Page, complaints: Complaints
) -> None:
    complaints.meant.add("status of 422")
    rent, flat = make_label(site.ledger, "rent"), make_label(site.ledger, "flat")
    for labels in ([rent], [rent, flat]):
        make_transaction(site.ledger, labels=labels)
    visit(site, "labels")

    page.get_by_role("link", name="Name and colour of rent").click()
    page.get_by_label("Name", exact=True).fill("flat")
    page.get_by_label("teal").check()
    act(page, "Save")
    expect(page.locator(".error")).to_contain_text("There is a label “flat” already")
    assert fits(page)
    page.get_by_label("Name", exact=True).fill("lodging")
    act(page, "Save")
    expect(page.locator(".label-row .chip.teal")).to_have_text("lodging")

    page.get_by_role("link", name="Merge lodging").click()
    page.get_by_label("Merge “lodging” into").select_option("flat")
    act(page, "Merge")
    expect(page.locator(".label-row")).to_have_count(1)
    expect(page.locator(".label-row")).to_contain_text("2 transactions")

    page.get_by_role("link", name="Delete flat").click()
    expect(page.locator(".editor")).to_contain_text("2 transactions lose it.")
    act(page, "Delete")
    expect(page.locator("h2")).to_have_text("No labels yet")


@extremes
def test_label_that_somebody_renamed_meanwhile_shows_both(
    site: Site, page: Page, complaints: Complaints, annotator: User
) -> None:
    complaints.meant.add("status of 409")
    label = make_label(site.ledger, "as it was")
    visit(site, "labels")
    page.get_by_role("link", name="Name and colour of as it was").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("as it was")
    Label.objects.write(label.pk, expected_version=1, by=annotator, name="by Ben")

    page.get_by_label("Name", exact=True).fill("by Ana")
    act(page, "Save")
    expect(page.locator(".theirs")).to_contain_text("by Ben, gray")
    expect(page.locator("#label-name")).to_have_value("by Ana")
    page.get_by_role("link", name="Keep ben’s").click()

    expect(page.locator(".label-row .chip")).to_have_text("by Ben")


@extremes
def test_owner_adds_a_member_and_opens_another_ledger(
    site: Site, page: Page, django_user_model: type[User]
) -> None:
    django_user_model.objects.create_user("dora")
    visit(site, "transactions")
    page.locator(".ledger-menu summary").click()
    page.get_by_role("link", name="Ledger settings").click()
    page.get_by_label("Add somebody").fill("dora")
    page.get_by_label("Role", exact=True).select_option("editor")
    act(page, "Add")
    expect(page.locator(".member")).to_have_count(2)
    assert site.ledger.memberships.get(user__username="dora").role == Role.EDITOR
    assert fits(page)

    page.locator(".ledger-menu summary").click()
    page.get_by_role("link", name="New ledger").click()
    page.get_by_label("Name", exact=True).fill("Studio")
    act(page, "Make the ledger")

    expect(page).to_have_url(f"{page.url.split('/studio')[0]}/studio/transactions/")
    expect(page.locator(".ledger-menu summary")).to_contain_text("Studio")


@on("desktop")
def test_focus_is_not_lost_with_what_is_done(site: Site, page: Page) -> None:
    """It goes back to what opened the editor, or on to what stands in its place."""
    kraken, nano = make_wallet(site.ledger, "Kraken"), make_wallet(site.ledger, "Nano")
    first, last = make_label(site.ledger, "first"), make_label(site.ledger, "last")
    maria = make_contact(site.ledger, "Maria")

    visit(site, "wallets")
    for wallet, then in (
        (kraken, page.get_by_role("link", name="Nano")),
        (nano, page.locator("main")),
    ):
        page.locator(f"#w{wallet.pk} summary.glyph").press("Enter")
        page.get_by_role("button", name="Archive").press("Enter")
        expect(page.locator(f"#w{wallet.pk}")).to_have_count(0)
        expect(then).to_be_focused()

    visit(site, "labels")
    for label, then in (
        (first, page.locator(f"#l{last.pk} a").first),
        (last, page.locator("main")),
    ):
        page.locator(f"#l{label.pk}-remove").press("Enter")
        page.get_by_role("button", name="Delete", exact=True).press("Enter")
        expect(page.locator(f"#l{label.pk}")).to_have_count(0)
        expect(then).to_be_focused()

    visit(site, f"contacts/{maria.pk}")
    opener = page.locator("#contact-note")
    for key in ("Escape", "Enter"):
        opener.press("Enter")
        page.get_by_role("textbox", name="Note").fill("met in May" if key == "Enter" else "")
        page.keyboard.press(key)
        expect(site.editor).to_have_count(0)
        expect(opener).to_be_focused()
