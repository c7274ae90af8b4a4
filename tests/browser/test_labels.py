"""Labels of a row: typed with suggestions, new ones made on the fly."""

import re

from playwright.sync_api import expect

from tests.browser.site import Complaints, Site, everywhere, extremes
from tests.factories import make_label, make_transaction
from transactions.models import Label, Transaction

TOO_LONG = "long" * 26  # 104 characters, of which 100 fit


def names(tx: Transaction) -> list[str]:
    return sorted(tx.labels.values_list("name", flat=True))


@everywhere
def test_label_is_written_on_a_row(site: Site) -> None:
    tx = make_transaction(site.ledger, labels=[make_label(site.ledger, "tax 2026")])

    site.open()
    site.edit(tx, "labels").fill("savings")
    site.save()

    expect(site.chips(tx)).to_have_text(["savings", "tax 2026"])
    site.page.reload()
    expect(site.chips(tx)).to_have_text(["savings", "tax 2026"])


def test_enter_adds_the_suggestion_then_saves_and_gives_the_focus_back(site: Site) -> None:
    savings = make_label(site.ledger, "savings")
    tx = make_transaction(site.ledger)
    make_transaction(site.ledger, labels=[savings])

    site.open()
    site.edit(tx, "labels").press_sequentially("sav")
    expect(site.options).to_have_text([re.compile(r"savings\s*1"), "New label “sav”"])
    site.page.keyboard.press("Enter")
    expect(site.editor.locator(".choose .chip")).to_have_text(["savings"])
    site.page.keyboard.press("Enter")

    expect(site.editor).to_have_count(0)
    expect(site.chips(tx)).to_have_text(["savings"])
    expect(site.opener(tx, "labels")).to_be_focused()


def test_new_label_is_made_on_the_fly(site: Site) -> None:
    make_label(site.ledger, "savings")
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "labels").press_sequentially("sav")
    expect(site.options).to_have_count(2)
    site.page.keyboard.press("ArrowDown")
    site.page.keyboard.press("Enter")
    expect(site.editor.locator(".choose .chip")).to_have_text(["sav"])
    site.save()

    expect(site.chips(tx)).to_have_text(["sav"])
    assert list(Label.objects.values_list("name", flat=True)) == ["sav", "savings"]


def test_names_with_commas_between_them_are_a_label_each(site: Site) -> None:
    rent = make_label(site.ledger, "rent")
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "labels").press_sequentially("trip, rent")
    expect(site.options).to_have_text(["New label “trip, rent”"])
    site.page.keyboard.press("Enter")
    expect(site.editor.locator(".choose .chip")).to_have_text(["trip", "rent"])
    site.page.keyboard.press("Enter")

    expect(site.chips(tx)).to_have_text(["rent", "trip"])
    assert rent in tx.labels.all()


def test_enter_twice_at_once_adds_and_saves(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "labels").press_sequentially("quick")
    site.page.keyboard.press("Enter")
    site.page.keyboard.press("Enter")

    expect(site.chips(tx)).to_have_text(["quick"])
    expect(site.editor).to_have_count(0)


def test_backspace_and_the_cross_remove_labels(site: Site) -> None:
    labels = [make_label(site.ledger, name) for name in ("one", "three", "two")]
    tx = make_transaction(site.ledger, labels=labels)

    site.open()
    site.edit(tx, "labels")
    expect(site.editor.locator(".choose .chip")).to_have_count(3)
    site.page.keyboard.press("Backspace")
    site.page.get_by_role("button", name="Remove one").click()
    site.page.keyboard.press("Enter")

    expect(site.chips(tx)).to_have_text(["three"])
    assert names(tx) == ["three"]


def test_escape_leaves_and_saves_nothing(site: Site) -> None:
    tx = make_transaction(site.ledger, labels=[make_label(site.ledger, "savings")])

    site.open()
    site.edit(tx, "labels").press_sequentially("new")
    site.page.keyboard.press("Enter")
    expect(site.editor.locator(".choose .chip")).to_have_count(2)
    site.page.keyboard.press("Escape")

    expect(site.editor).to_have_count(0)
    expect(site.opener(tx, "labels")).to_be_focused()
    assert names(tx) == ["savings"]


@extremes
def test_label_that_is_too_long_is_said_and_kept(site: Site, complaints: Complaints) -> None:
    complaints.meant.add("status of 422")
    tx = make_transaction(site.ledger)

    site.open()
    field = site.edit(tx, "labels")
    field.fill(TOO_LONG)
    site.send()

    expect(site.editor.get_by_role("alert")).to_contain_text("is longer than 100 characters")
    form = site.editor.locator("form")
    kept = form.evaluate("form => new FormData(form).getAll('new').filter(Boolean)")
    assert kept == [TOO_LONG]
    assert names(tx) == []


@extremes
def test_row_that_no_longer_fits_leaves_and_a_message_says_so(site: Site) -> None:
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open("?label=none")
    site.shows(other, tx)
    site.edit(tx, "labels").fill("savings")
    site.save()

    site.shows(other)
    expect(site.page.get_by_role("status")).to_contain_text("no longer fits the filter")
