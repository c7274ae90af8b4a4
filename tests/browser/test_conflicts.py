"""Somebody else saved the same row after its editor was opened."""

import pytest
from playwright.sync_api import Page, expect

from contacts.models import Address
from ledgers.models import User
from tests.browser.site import Complaints, Site, everywhere, extremes
from tests.factories import make_address, make_contact, make_label, make_transaction
from transactions.models import Transaction


@pytest.fixture(autouse=True)
def answers_409(complaints: Complaints) -> None:
    complaints.meant.add("status of 409")


def write(tx: Transaction, by: User, **values: str) -> None:
    """As somebody else, elsewhere."""
    Transaction.objects.write(tx.pk, expected_version=current(tx).version, by=by, **values)


def current(tx: Transaction) -> Transaction:
    return Transaction.objects.get(pk=tx.pk)


def write_in_vain(site: Site, tx: Transaction, ben: User) -> None:
    """Mine, after an editor of the row saw an older one than Ben's."""
    site.open()
    site.edit(tx, "note").fill("paid to Maria")
    write(tx, ben, note="paid to Ben")
    site.send()
    expect(site.editor).to_contain_text("Changed while you were writing")


@everywhere
def test_both_texts_are_shown_and_mine_may_replace_theirs(site: Site, annotator: User) -> None:
    tx = make_transaction(site.ledger, note="paid")

    write_in_vain(site, tx, annotator)
    expect(site.editor.locator(".theirs")).to_contain_text("ben")
    expect(site.editor.locator(".theirs")).to_contain_text("paid to Ben")
    expect(site.editor.locator("textarea")).to_have_value("paid to Maria")
    assert current(tx).note == "paid to Ben"
    site.editor.locator("textarea").fill("paid to both")
    site.editor.get_by_role("button", name="Save mine instead").click()

    expect(site.row(tx)).to_contain_text("paid to both")
    assert current(tx).note == "paid to both"


@extremes
def test_keeping_theirs_changes_nothing_and_shows_it(site: Site, annotator: User) -> None:
    tx = make_transaction(site.ledger, note="paid")

    write_in_vain(site, tx, annotator)
    site.editor.get_by_role("link", name="Keep ben’s").click()

    expect(site.editor).to_have_count(0)
    expect(site.row(tx)).to_contain_text("paid to Ben")
    assert (current(tx).note, current(tx).version) == ("paid to Ben", 2)


def test_mine_meets_a_newer_one_again(site: Site, annotator: User) -> None:
    tx = make_transaction(site.ledger, note="paid")

    write_in_vain(site, tx, annotator)
    write(tx, annotator, note="paid to Ben, twice")
    site.editor.get_by_role("button", name="Save mine instead").click()

    expect(site.editor.locator(".theirs")).to_contain_text("paid to Ben, twice")
    expect(site.editor.locator("textarea")).to_have_value("paid to Maria")
    assert current(tx).note == "paid to Ben, twice"


def test_type_that_was_corrected_meanwhile_is_shown(site: Site, annotator: User) -> None:
    tx = make_transaction(site.ledger, type="deposit")

    site.page.goto(tx.get_absolute_url())
    site.edit(tx, "type")
    site.editor.get_by_label("Gift").check()
    write(tx, annotator, type="income")
    site.send()
    expect(site.editor.locator(".theirs")).to_contain_text("Income")
    expect(site.editor.get_by_label("Gift")).to_be_checked()
    site.editor.get_by_role("button", name="Save mine instead").click()

    expect(site.page.locator("h1")).to_contain_text("Gift")


@extremes
def test_address_that_was_named_meanwhile_is_shown(site: Site, annotator: User) -> None:
    address = make_address(site.ledger)
    tx = make_transaction(site.ledger, counterparty=address)

    site.open()
    site.edit(tx, "contact").fill("Maria")
    theirs = make_contact(site.ledger, "Marie")
    Address.objects.write(address.pk, expected_version=1, by=annotator, contact=theirs)
    site.send()
    expect(site.editor.locator(".theirs")).to_contain_text("Marie")
    expect(site.editor.locator("#contact-name")).to_have_value("Maria")
    site.editor.get_by_role("button", name="Save mine instead").click()

    expect(site.row(tx).locator(".who .name")).to_have_text("Maria")


def test_labels_of_two_people_are_both_kept(site: Site, page: Page) -> None:
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "labels").fill("mine")
    tx.relabel(add=[make_label(site.ledger, "theirs").pk], remove=[])
    site.save()

    expect(site.chips(tx)).to_have_text(["mine", "theirs"])
