"""Note, type and hiding, on a row and on the transaction's own page."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site, extremes, on, on_both_widths
from tests.factories import make_transaction
from transactions.models import Transaction


def note(tx: Transaction) -> str:
    return Transaction.objects.get(pk=tx.pk).note


@extremes
def test_note_is_written_on_a_row(site: Site) -> None:
    tx = make_transaction(site.ledger, note="old")

    site.open()
    site.edit(tx, "note").fill("for the rent")
    site.save()

    expect(site.row(tx)).to_contain_text("for the rent")
    assert note(tx) == "for the rent"


def test_enter_saves_a_note_and_shift_enter_makes_a_line(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "note").press_sequentially("one")
    site.page.keyboard.press("Shift+Enter")
    site.page.keyboard.type("two")
    site.page.keyboard.press("Enter")

    expect(site.editor).to_have_count(0)
    expect(site.opener(tx, "note")).to_be_focused()
    assert note(tx) == "one\ntwo"


def test_escape_leaves_a_note_as_it_was(site: Site) -> None:
    tx = make_transaction(site.ledger, note="old")

    site.open()
    site.edit(tx, "note").fill("new")
    site.page.keyboard.press("Escape")

    expect(site.editor).to_have_count(0)
    expect(site.opener(tx, "note")).to_be_focused()
    assert note(tx) == "old"


@pytest.mark.parametrize("what", ["labels", "contact", "note"])
def test_editor_leaves_the_style_of_other_rows(site: Site, what: str) -> None:
    """Else it opens late among many rows: some selectors, `tr:has(.editor) td` or `:hover > *` for
    example, have a browser style each of them anew."""
    rows = [make_transaction(site.ledger) for _ in range(40)]
    row, *_ = rows

    site.open()
    browser = site.page.context.browser
    assert browser
    browser.start_tracing(page=site.page, categories=["devtools.timeline"])
    try:
        site.edit(row, what)
        site.page.keyboard.press("Escape")
        expect(site.editor).to_have_count(0)
    finally:
        trace = browser.stop_tracing()
    events = json.loads(trace)["traceEvents"]
    styled = [each["args"]["elementCount"] for each in events if each["name"] == "UpdateLayoutTree"]

    cells = site.page.locator(".tx td").count()
    assert 0 < max(styled) < cells


def test_another_editor_does_not_close_one_that_is_not_saved(site: Site) -> None:
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open()
    field = site.edit(tx, "note")
    field.fill("unsaved")
    site.press(other, "labels")

    expect(site.alert).to_contain_text("Not saved yet")
    expect(field).to_have_value("unsaved")
    expect(field).to_be_focused()


@on("desktop", "desktop-without-scripts")
def test_type_is_corrected_on_a_row(site: Site) -> None:
    tx = make_transaction(site.ledger, type="deposit")

    site.open()
    site.edit(tx, "type")
    site.editor.get_by_label("Gift").check()
    site.save()

    expect(site.row(tx).locator(".kind")).to_have_text("Gift")


@on("desktop", "phone", "phone-without-scripts")
def test_transactions_own_page_edits_all_of_it(site: Site) -> None:
    tx = make_transaction(site.ledger, type="deposit")

    site.page.goto(tx.get_absolute_url())
    site.edit(tx, "type")
    site.editor.get_by_label("Gift").check()
    site.save()
    expect(site.page.locator("h1")).to_contain_text("Gift")
    site.edit(tx, "note").fill("from Maria")
    site.save()
    site.edit(tx, "labels").fill("birthday")
    site.save()

    side = site.page.locator(".side-column")
    expect(side.locator(".note")).to_have_text("from Maria")
    expect(side.locator(".chip")).to_have_text(["birthday"])


def test_hash_is_copied_twice_in_a_row(site: Site) -> None:
    tx = make_transaction(site.ledger, tx_hash="0x" + "a" * 64)
    site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    site.page.goto(tx.get_absolute_url())
    button = site.page.get_by_label("Copy the hash")

    button.click()
    expect(button).to_have_text("Copied")
    button.click()

    expect(button.locator("svg")).to_be_visible()
    site.page.wait_for_timeout(1600)  # the second one’s word has gone as well
    expect(button).to_have_text("")
    assert site.page.evaluate("navigator.clipboard.readText()") == tx.tx_hash


def test_what_the_browser_does_not_let_be_copied_is_said(site: Site) -> None:
    tx = make_transaction(site.ledger, tx_hash="0x" + "a" * 64)
    site.page.goto(tx.get_absolute_url())
    site.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")

    site.page.get_by_label("Copy the hash").click()

    expect(site.alert).to_contain_text("Not copied")


@on("desktop", "desktop-without-scripts")
def test_hidden_row_leaves_and_comes_back(site: Site) -> None:
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open()
    site.press(tx, "hide")
    site.shows(other)
    expect(site.page.get_by_role("status")).to_contain_text("Hidden.")
    site.open("?hidden=only")
    site.shows(tx)
    site.press(tx, "hide")

    expect(site.rows).to_have_count(0)
    expect(site.page.get_by_role("status")).to_contain_text("Shown again.")
    site.open()
    site.shows(other, tx)


@on_both_widths
def test_transactions_own_page_hides_and_shows_it(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.page.goto(tx.get_absolute_url())
    site.page.get_by_role("button", name="Hide").click()
    expect(site.page.get_by_role("status")).to_contain_text("Hidden.")
    site.page.get_by_role("button", name="Show again").click()

    expect(site.page.get_by_role("button", name="Hide")).to_be_visible()
    assert not Transaction.objects.get(pk=tx.pk).hidden


@on("desktop")
def test_page_needs_one_style_sheet_and_one_script(site: Site) -> None:
    site.open()

    expect(site.page.locator("link[rel=stylesheet]")).to_have_count(1)
    expect(site.page.locator("script")).to_have_count(1)
