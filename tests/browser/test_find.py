"""Words in the search field: completed by keyboard, applied by Enter, shown as pills."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.site import Complaints, Site, extremes, held, intercept, on
from tests.factories import make_label, make_transaction, make_wallet


@on("desktop")
def test_words_are_completed_by_keyboard(site: Site) -> None:
    tax = make_label(site.ledger, "pre paid tax")
    wanted = make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Kraken"), labels=[tax])
    make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Cold"))
    site.open()
    field = site.page.get_by_role("combobox", name=re.compile("Address, hash"))

    site.page.keyboard.press("/")
    # Tab takes nothing that was offered for fewer letters, which is the same here.
    with site.page.expect_response(re.compile("q=lab$")):
        site.page.keyboard.type("lab")
    expect(site.options).to_have_count(1)
    expect(field).to_have_attribute("aria-expanded", "true")
    site.page.keyboard.press("Tab")
    expect(field).to_have_value("label:")
    expect(site.options).to_have_count(2)
    site.page.keyboard.type("tax")
    expect(site.options).to_have_count(1)
    site.page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", re.compile("."))
    site.page.keyboard.press("Enter")
    expect(field).to_have_value('label:"pre paid tax" ')
    site.page.keyboard.type("krak")
    expect(site.options).to_have_text(["wallet:Kraken"])
    site.page.keyboard.press("Escape")
    expect(site.options).to_have_count(0)
    expect(field).to_be_focused()
    for _ in "krak":
        site.page.keyboard.press("Backspace")
    site.page.keyboard.type("wallet:kraken")
    site.page.keyboard.press("Enter")

    site.shows(wanted)
    expect(site.pills).to_have_text(["Wallet Kraken", "Label pre paid tax"])


def typed(site: Site, words: str) -> Locator:
    site.open()
    site.page.keyboard.press("/")
    site.page.keyboard.type(words)
    return site.page.get_by_role("combobox", name=re.compile("Address, hash"))


@on("desktop")
def test_what_is_marked_stays_marked_when_its_list_comes(site: Site) -> None:
    make_transaction(site.ledger, labels=[make_label(site.ledger, "pre paid tax")])
    field = typed(site, "label:")
    expect(site.options).to_have_count(2)

    with held(site.page, re.compile("suggest/words/.*tax")):
        site.page.keyboard.type("tax")
        site.page.keyboard.press("ArrowUp")
        expect(field).to_have_attribute("aria-activedescendant", re.compile("."))
    expect(site.options).to_have_count(1)
    site.page.keyboard.press("Enter")

    expect(field).to_have_value('label:"pre paid tax" ')


@on("desktop")
def test_what_is_offered_for_other_words_is_not_taken(site: Site) -> None:
    make_transaction(site.ledger, labels=[make_label(site.ledger, "pre paid tax")])
    field = typed(site, "l")
    expect(site.options.first).to_contain_text("label:")

    with held(site.page, re.compile("suggest/words/.*pre")):
        site.page.keyboard.type("abel:pre")
        site.page.keyboard.press("Tab")
        expect(field).not_to_be_focused()

    expect(field).to_have_value("label:pre")


@on("desktop")
def test_nothing_is_offered_where_its_list_does_not_come(
    site: Site, complaints: Complaints
) -> None:
    complaints.meant = {"ERR_FAILED"}
    make_transaction(site.ledger)
    typed(site, "l")
    expect(site.options.first).to_contain_text("label:")

    intercept(site.page, re.compile("suggest/words/.*la"), lambda route: route.abort())
    site.page.keyboard.type("a")

    expect(site.options).to_have_count(0)


@extremes
def test_words_are_searched_and_what_is_wrong_is_said(site: Site) -> None:
    wanted = make_transaction(site.ledger, type="gift", received=("7", "ETH"))
    make_transaction(site.ledger, type="fee", received=("7", "ETH"))
    site.open("?type=gift")

    site.page.locator("#q").fill("amount:>6 lable:x")
    site.page.locator("#q").press("Enter")
    expect(site.page.locator("#q-wrong")).to_contain_text("did you mean label:")
    expect(site.rows).to_have_count(0)
    site.page.locator("#q").fill("amount:>6")
    site.page.locator("#q").press("Enter")

    site.shows(wanted)
    expect(site.pills).to_have_text(["Type Gift", "More than 6"])
    expect(site.page.locator("#q")).to_have_value("")
