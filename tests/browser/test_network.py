"""Nothing written is lost while requests are on their way, are refused or never arrive."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from ledgers.models import Membership, Role, Session
from tests.browser.site import Complaints, Site, held, intercept, on
from tests.browser.test_live import is_live
from tests.factories import (
    make_address,
    make_label,
    make_transaction,
    make_wallet,
    some_address,
)
from transactions.models import Transaction


def asks_for(text: str) -> re.Pattern[str]:
    return re.compile(rf"/suggest/labels/\?q={text}$")


def test_note_on_its_way_stands_still_until_it_is_saved(site: Site) -> None:
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open()
    field = site.edit(tx, "note")
    field.fill("mine")
    with held(site.page, "**/note/**", "POST") as waiting:
        with site.page.expect_request("**/note/**"):
            site.page.keyboard.press("Enter")
        expect(site.editor.locator("form")).to_have_attribute("aria-busy", "true")
        site.page.keyboard.type(" and more")
        site.page.keyboard.press("Enter")
        site.page.keyboard.press("Escape")
        site.press(other, "note")
        expect(site.alert).to_contain_text("Not saved yet")
        expect(field).to_have_value("mine")
        assert len(waiting) == 1

    expect(site.editor).to_have_count(0)
    expect(site.row(tx)).to_contain_text("mine")
    assert Transaction.objects.get(pk=tx.pk).version == 2


def test_list_that_arrives_late_leaves_what_is_being_written(site: Site) -> None:
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open()
    with held(site.page, "**/hidden/**", "POST"):
        site.press(other, "hide")
        field = site.edit(tx, "note")
        field.fill("half written")
    site.shows(tx)

    expect(field).to_have_value("half written")
    expect(field).to_be_focused()
    site.save()
    expect(site.row(tx)).to_contain_text("half written")


def test_hiding_another_row_does_not_lose_what_is_being_written(site: Site) -> None:
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open()
    field = site.edit(tx, "note")
    field.fill("half written")
    site.press(other, "hide")

    expect(site.alert).to_contain_text("Not saved yet")
    expect(field).to_have_value("half written")
    site.shows(other, tx)


def test_removing_an_address_does_not_lose_those_that_are_being_pasted(site: Site) -> None:
    wallet = make_wallet(site.ledger, "Nano")
    old = make_address(site.ledger, wallet=wallet)
    site.page.goto(f"/{site.ledger.slug}/wallets/")
    site.page.locator(".wallet-card summary.glyph").click()
    site.page.get_by_role("link", name="Own addresses").click()
    field, new = site.page.get_by_label("Add own addresses"), some_address()
    field.fill(new)

    site.page.get_by_role("button", name=f"Remove {old.shown}").click()

    expect(site.alert).to_contain_text("Not saved yet")
    expect(field).to_have_value(new)
    expect(field).to_be_focused()
    assert wallet.addresses.get() == old

    field.fill("")
    site.page.get_by_role("button", name=f"Remove {old.shown}").click()
    expect(site.page.get_by_text("is no longer an address of Nano")).to_be_visible()


def test_older_suggestions_never_replace_newer_ones(site: Site) -> None:
    make_label(site.ledger, "salary")
    make_label(site.ledger, "savings")
    tx = make_transaction(site.ledger)

    site.open()
    field = site.edit(tx, "labels")
    with held(site.page, asks_for("s")):
        field.press_sequentially("sav")
        expect(site.options).to_contain_text(["savings", "New label “sav”"])
    site.page.evaluate("fetch('/login/').then((answer) => answer.text())")

    expect(site.options).to_contain_text(["savings", "New label “sav”"])


def test_enter_waits_for_the_suggestions_of_what_was_typed(site: Site) -> None:
    make_label(site.ledger, "salary")
    make_label(site.ledger, "savings")
    tx = make_transaction(site.ledger)
    chosen = site.editor.locator(".choose .chip")

    site.open()
    field = site.edit(tx, "labels")
    field.press_sequentially("s")
    expect(site.options).to_contain_text(["salary", "savings", "New label “s”"])
    with held(site.page, asks_for("sav")):
        field.press_sequentially("av")
        site.page.keyboard.press("Enter")
        expect(chosen).to_have_count(0)

    expect(chosen).to_have_text(["savings"])


def lower_the_role(_page: Page, tx: Transaction) -> None:
    Membership.objects.filter(ledger=tx.ledger).update(role=Role.VIEWER)


def delete_the_row(_page: Page, tx: Transaction) -> None:
    Transaction.objects.filter(pk=tx.pk).update(deleted_at=timezone.now())


def break_the_server(page: Page, _tx: Transaction) -> None:
    intercept(
        page,
        "**/note/**",
        lambda route: route.fulfill(status=500, headers={"X-Request-ID": "0a1b2c3d"}),
    )


def cut_the_line(page: Page, _tx: Transaction) -> None:
    intercept(page, "**/note/**", lambda route: route.abort())


@pytest.mark.parametrize(
    ("mishap", "says"),
    [
        (lower_the_role, "your role in this ledger may not do this."),
        (delete_the_row, "this is not here any more."),
        (break_the_server, "the server answered 500. 0a1b2c3d"),
        (cut_the_line, "the server did not answer."),
    ],
)
def test_refused_note_is_said_and_kept(
    site: Site, complaints: Complaints, mishap: Callable[[Page, Transaction], None], says: str
) -> None:
    complaints.meant |= {
        "status of 403",
        "status of 404",
        "status of 500",
        "Failed to fetch",
        "net::ERR_FAILED",
    }
    tx = make_transaction(site.ledger)

    site.open()
    field = site.edit(tx, "note")
    field.fill("mine")
    mishap(site.page, tx)
    site.send()

    expect(site.alert).to_contain_text(f"Not saved: {says}")
    expect(field).to_have_value("mine")
    expect(field).to_be_editable()


def test_refused_note_can_be_saved_afterwards(site: Site, complaints: Complaints) -> None:
    complaints.meant.add("status of 500")
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "note").fill("mine")
    break_the_server(site.page, tx)
    site.send()
    expect(site.alert).to_be_visible()
    site.page.unroute("**/note/**")
    site.save()

    expect(site.row(tx)).to_contain_text("mine")


def test_editor_that_cannot_be_opened_is_said(site: Site, complaints: Complaints) -> None:
    complaints.meant.add("status of 404")
    tx = make_transaction(site.ledger)

    def delete_first(route: Route) -> None:
        """When it is asked for: before, the page would follow and the row be gone."""
        delete_the_row(site.page, tx)
        route.continue_()

    site.open()
    intercept(site.page, "**/note/**", delete_first)
    site.press(tx, "note")

    expect(site.alert).to_contain_text("Not shown: this is not here any more.")
    expect(site.editor).to_have_count(0)


def test_logged_out_meanwhile_leads_to_the_login_and_back(
    site: Site, complaints: Complaints
) -> None:
    # The stream ends with the session, and may ask again before the login page is there.
    complaints.meant |= {"status of 401", "status of 403"}
    tx = make_transaction(site.ledger)

    site.open("?type=deposit")
    site.edit(tx, "note").fill("mine")
    Session.objects.all().delete()
    site.send()
    site.page.wait_for_url("**/login/**")
    site.page.get_by_label("User name").fill("ana")
    site.page.get_by_label("Password").fill("secret")
    site.page.get_by_role("button", name="Log in", exact=True).click()

    site.shows(tx)
    assert site.query == {"type": ["deposit"]}


@on("desktop")
def test_login_page_is_no_list_of_labels(site: Site, complaints: Complaints) -> None:
    complaints.meant = {"401", "403", "ERR_", "Fetch"}
    make_label(site.ledger, "rent")
    tx = make_transaction(site.ledger)
    site.open()
    field = site.edit(tx, "labels")
    expect(site.options.first).to_be_visible()

    Session.objects.all().delete()
    field.press_sequentially("re")

    expect(site.options).to_have_count(0)
    expect(field).to_have_value("re")
    expect(site.page.locator("[name=login], [name=username], [name=password]")).to_have_count(0)


@on("desktop")
def test_name_that_is_being_written_stays_when_the_session_ends(
    site: Site, complaints: Complaints
) -> None:
    complaints.meant = {"401", "403", "ERR_", "Fetch"}
    make_transaction(site.ledger, counterparty=make_address(site.ledger))
    site.page.goto(f"/{site.ledger.slug}/unidentified/")
    is_live(site.page)
    field = site.page.get_by_role("combobox", name="Who is this?")
    field.press_sequentially("Mar")

    with site.page.expect_response(lambda response: response.status == 401):
        Session.objects.all().delete()

    expect(field).to_have_value("Mar")
    expect(site.page).to_have_url(re.compile("/unidentified/"))


@on("desktop")
def test_editor_that_comes_late_leaves_what_is_being_written(site: Site) -> None:
    """Both were asked for before either was there."""
    one, two = make_transaction(site.ledger), make_transaction(site.ledger)
    site.open()
    with held(site.page, f"**/{two.pk}/note/**"):
        with held(site.page, f"**/{one.pk}/note/**"):
            site.press(one, "note")
            site.press(two, "note")
        field = site.row(one).locator("textarea")
        field.press_sequentially("mine")

    expect(site.alert).to_be_visible()
    expect(field).to_have_value("mine")
    expect(site.editor).to_have_count(1)
