"""The admin under our content security policy: what its scripts do, they may do."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from contacts.models import Contact
from ledgers.models import Ledger
from tests.browser.site import Complaints
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_user,
)
from tests.server import Server


@pytest.fixture
def root(page: Page, ledger: Ledger, server: Server) -> Page:
    client = Client()
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": server.url}
    page.context.add_cookies([cookie])
    return page


def test_transaction_is_edited_with_all_that_the_form_offers(root: Page, ledger: Ledger) -> None:
    make_contact(make_ledger(), "Maria elsewhere")
    maria, rent = make_contact(ledger, "Maria"), make_label(ledger, "rent")
    tx = make_transaction(ledger, counterparty=make_address(ledger), note="as it\nwas")

    root.goto(f"/admin/transactions/transaction/{tx.pk}/change/")
    root.locator(".field-contact .select2-selection").click()
    root.keyboard.type("mar")
    options = root.locator(".select2-results__option")
    expect(options).to_have_text(["Maria"])
    options.click()
    root.locator(".field-labels .select2-selection").click()
    root.keyboard.type("rent")
    expect(options).to_have_text(["rent"])
    options.click()
    root.locator("#calendarlink0").click()
    root.locator("#calendarbox0 td a", has_text="17").click()
    root.get_by_role("button", name="Save", exact=True).click()
    expect(root.locator(".messagelist .success")).to_be_visible()

    tx.refresh_from_db()
    assert (tx.contact, list(tx.labels.all()), tx.note) == (maria, [rent], "as it\nwas")
    assert (tx.occurred_at.day, tx.occurred_at.hour, tx.version) == (17, 12, 2)


def test_conflict_is_shown_and_decided(
    root: Page, ledger: Ledger, user: Any, complaints: Complaints
) -> None:
    complaints.meant.add("status of 409")
    contact = make_contact(ledger, "Maria")
    root.goto(f"/admin/contacts/contact/{contact.pk}/change/")
    Contact.objects.write(
        contact.pk, expected_version=1, by=user, note="theirs", name="Maria Keller"
    )

    root.get_by_label("Note:").fill("mine")
    root.get_by_role("button", name="Save", exact=True).click()
    expect(root.locator(".errornote")).to_contain_text("Nothing was saved: ana saved this row")
    expect(root.get_by_text("theirs")).to_be_visible()
    root.get_by_role("button", name="Save mine instead").click()
    expect(root.locator(".messagelist .success")).to_be_visible()

    contact.refresh_from_db()
    assert (contact.name, contact.note) == ("Maria Keller", "mine")


def test_selected_rows_are_labelled(root: Page, ledger: Ledger) -> None:
    rent = make_label(ledger, "rent")
    txs = [make_transaction(ledger) for _ in range(3)]

    root.goto(f"/admin/transactions/transaction/?ledger={ledger.pk}")
    root.locator("#action-toggle").check()
    expect(root.locator(".action-counter")).to_have_text("3 of 3 selected")
    root.get_by_label("Action:").select_option("label")
    root.get_by_role("button", name="Run").click()
    root.get_by_label("Label:").select_option("rent")
    root.get_by_role("button", name="Add this label").click()
    expect(root.locator(".messagelist .success")).to_be_visible()

    assert [list(tx.labels.all()) for tx in txs] == [[rent]] * 3
