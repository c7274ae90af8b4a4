"""Saved views and columns, as a person handles them: with scripts and without, on both widths."""

import re

from playwright.sync_api import Locator, expect

from ledgers.models import User
from tests.browser.site import Site, everywhere, extremes, on, on_both_widths
from tests.factories import make_address, make_transaction, make_view
from tests.live.helpers import elsewhere
from transactions.models import SavedView


def menu(site: Site, name: str) -> Locator:
    site.page.locator("summary", has_text=re.compile(rf"^\s*{name}\s*$")).click()
    return site.page.locator("details[open] > .panel")


def heads(site: Site) -> list[str]:
    found = site.page.locator(".tx th:not(.select)")
    return [text.strip() for text in found.all_text_contents()]


@everywhere
def test_list_is_saved_under_a_name_and_opened_again(site: Site) -> None:
    gift = make_transaction(site.ledger, type="gift")
    deposit = make_transaction(site.ledger)

    site.open("?type=gift")
    menu(site, "Views").get_by_role("link", name="Save this list as a view").click()
    site.page.get_by_label("Name").fill("Presents")
    site.page.get_by_role("button", name="Save").click()
    expect(site.page.locator("#view-bar b")).to_have_text("Presents")
    site.shows(gift)
    site.open()
    site.shows(deposit, gift)
    opened = menu(site, "Views")
    if opened.get_by_role("link", name="Presents").count() == 0 and not scripted(site):
        opened.get_by_role("link", name="All views").click()
    site.page.get_by_role("link", name="Presents").first.click()

    site.shows(gift)
    assert site.query == {"type": ["gift"], "view": ["presents"]}


def scripted(site: Site) -> bool:
    return bool(site.page.evaluate("matchMedia('(scripting: enabled)').matches"))


def test_menu_is_opened_by_its_key_and_counts(site: Site) -> None:
    for _ in range(3):
        make_transaction(site.ledger, type="gift")
    make_view(site.ledger, "Gifts", query="type=gift")

    site.open()
    site.page.keyboard.press("v")
    entry = site.page.locator(".views .entry").first
    expect(entry).to_have_text("Gifts3")
    elsewhere(lambda ledger: make_transaction(ledger, type="gift"), site.ledger)
    expect(entry).to_have_text("Gifts4")
    elsewhere(lambda ledger: make_view(ledger, "Losses", query="type=loss"), site.ledger)

    expect(site.page.locator(".views .entry").nth(1)).to_have_text("Losses0")
    site.page.keyboard.press("Escape")
    expect(site.page.locator(".views-menu > summary")).to_be_focused()


@extremes
def test_changed_filter_is_saved_to_the_view(site: Site) -> None:
    make_transaction(site.ledger, type="gift")
    loss = make_transaction(site.ledger, type="loss")
    view = make_view(site.ledger, "Odd ones", query="type=gift")

    site.page.goto(f"/{site.ledger.slug}/views/{view.slug}/")
    site.choose("Type", "Loss")
    expect(site.page.locator("#view-bar")).to_contain_text("changed, not saved")
    site.page.get_by_role("button", name="Save to “Odd ones”").click()

    expect(site.page.locator("#view-bar")).not_to_contain_text("changed")
    expect(site.row(loss)).to_be_visible()
    view.refresh_from_db()
    assert view.query == "type=gift&type=loss"


def test_bar_follows_what_others_save(site: Site) -> None:
    make_transaction(site.ledger, type="gift")
    view = make_view(site.ledger, "Odd ones", query="type=gift")
    site.page.goto(f"/{site.ledger.slug}/views/{view.slug}/")
    expect(site.page.locator("#live-status")).to_have_attribute("data-state", "live")

    elsewhere(lambda _: SavedView.objects.update(name="Even ones", query=""), site.ledger)

    expect(site.page.get_by_role("button", name="Save to “Even ones”")).to_be_visible()


@everywhere
def test_views_are_put_in_order_renamed_deleted_and_brought_back(site: Site) -> None:
    for name in ("one", "two"):
        make_view(site.ledger, name)
    names = site.page.locator(".view-row .open")

    site.page.goto(f"/{site.ledger.slug}/views/")
    site.page.get_by_role("button", name="two: up").click()
    expect(names).to_have_text(["two", "one"])
    site.page.get_by_role("link", name="Edit two").click()
    site.page.get_by_label("Name").fill("three")
    site.page.get_by_role("button", name="Save").click()
    if site.page.locator(".crumbs").get_by_role("link", name="Back").count():
        site.page.go_back()
    expect(names).to_have_text(["three", "one"])
    site.page.get_by_role("button", name="Delete three").click()
    expect(names).to_have_text(["one"])
    site.page.get_by_role("button", name="Undo").click()

    expect(names).to_have_text(["three", "one"])


@extremes
def test_ledger_begins_with_a_view(site: Site) -> None:
    make_transaction(site.ledger)
    gift = make_transaction(site.ledger, type="gift")
    make_view(site.ledger, "Gifts", query="type=gift")

    site.page.goto(f"/{site.ledger.slug}/views/")
    site.page.get_by_role("button", name="Begin the ledger with Gifts").click()
    expect(site.page.locator("[aria-pressed=true].btn")).to_have_count(1)
    site.page.goto("/")

    site.shows(gift)


@everywhere
def test_columns_are_hidden_shown_and_moved(site: Site) -> None:
    make_transaction(site.ledger, tx_hash="0xfeed", note="here")

    site.open("?type=deposit")
    panel = menu(site, "Columns")
    if not scripted(site):
        panel.get_by_role("link", name="Choose columns").click()
        panel = site.page.locator(".menu-page")
    panel.get_by_label("Fee", exact=True).uncheck()
    panel.get_by_label("Hash", exact=True).check()
    for _ in range(3):
        site.page.get_by_role("button", name="Hash: further to the left").click()
    site.page.get_by_role("button", name="Show", exact=True).click()

    expect(site.page.locator(".tx.rearranged")).to_be_visible()
    assert heads(site)[0] == "Time"
    assert "Fee" not in heads(site)
    assert heads(site).index("Hash") < heads(site).index("Counterparty")
    assert site.query["type"] == ["deposit"]
    expect(site.rows.first).to_contain_text("0xfeed")


@extremes
def test_reader_keeps_his_columns(site: Site, user: User) -> None:
    make_transaction(site.ledger, tx_hash="0xfeed")

    site.open("?columns=time,hash,labels")
    panel = menu(site, "Columns")
    if not scripted(site):
        panel.get_by_role("link", name="Choose columns").click()
    site.page.get_by_role("button", name="Always show me these").click()
    expect(site.page.locator(".tx.rearranged")).to_be_visible()
    assert "columns" not in site.query
    assert heads(site) == ["Time", "Hash", "Labels, note"]
    user.refresh_from_db()
    assert user.columns == "time,hash,labels"


@on_both_widths
def test_editors_open_over_any_column_within_the_window(site: Site) -> None:
    """At either edge."""
    tx = make_transaction(site.ledger, counterparty=make_address(site.ledger))
    most = "who,time,hash,group,address,source,labels,type,out,in,fee"

    for order in ("labels,type,time,who", most):
        site.open(f"?columns={order}")
        for what in ("labels", "note", "contact"):
            site.row(tx).hover()
            expect(site.edit(tx, what)).to_be_focused()
            box = site.editor.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= site.page.viewport_size["width"]
            site.page.keyboard.press("Escape")


@on("desktop")
def test_row_that_others_change_is_right_in_every_column(site: Site) -> None:
    tx = make_transaction(site.ledger)
    site.open("?columns=edited,time,hash,value")
    expect(site.page.locator("#live-status")).to_have_attribute("data-state", "live")

    def change(_: object) -> None:
        type(tx).objects.filter(pk=tx.pk).update(
            tx_hash="0xbeef", value_amount="12.5", value_currency="CHF"
        )

    elsewhere(change, site.ledger)

    expect(site.row(tx).locator(".hash")).to_contain_text("0xbeef")
    expect(site.row(tx).locator(".value")).to_contain_text("12.5")
    expect(site.row(tx).locator(".edited")).not_to_be_empty()
