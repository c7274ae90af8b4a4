"""Several rows at once, with a message that undoes it."""

from playwright.sync_api import Locator, expect

from ledgers.models import Ledger
from tests.browser.site import Site, everywhere, on
from tests.factories import make_transaction
from transactions.models import Transaction


def labels(ledger: Ledger) -> list[list[str]]:
    rows = ledger.transactions.order_by("pk")
    return [list(row.labels.values_list("name", flat=True)) for row in rows]


def select(site: Site, *transactions: Transaction) -> Locator:
    """On a phone the boxes are there once one has asked for them. Gives the bar."""
    switch = site.page.get_by_role("link", name="Select")
    if switch.is_visible():
        switch.click()
        expect(site.page.get_by_role("link", name="Done")).to_be_visible()
    for tx in transactions:
        site.row(tx).get_by_role("checkbox").check()
    return site.page.get_by_role("form", name="Selected transactions")


@everywhere
def test_selected_rows_are_labelled_and_it_is_undone(site: Site) -> None:
    first, second, _third = (make_transaction(site.ledger) for _ in range(3))

    site.open()
    bar = select(site, first, second)
    bar.get_by_role("button", name="Label").click()
    expect(site.page.get_by_label("the 2 selected transactions")).to_be_checked()
    site.page.get_by_role("combobox", name="Label", exact=True).fill("rent")
    site.page.get_by_role("button", name="Change them").click()

    expect(site.row(first)).to_contain_text("rent")
    assert labels(site.ledger) == [["rent"], ["rent"], []]
    site.page.get_by_role("button", name="Undo").click()
    expect(site.row(first)).not_to_contain_text("rent")
    assert labels(site.ledger) == [[], [], []]


def test_u_takes_a_bulk_edit_back(site: Site) -> None:
    """Beside the button stands the way to a rule that does the same."""
    tx = make_transaction(site.ledger)

    site.open()
    select(site, tx).get_by_role("button", name="Label").click()
    site.page.get_by_role("combobox", name="Label", exact=True).fill("rent")
    site.page.get_by_role("button", name="Change them").click()
    expect(site.row(tx)).to_contain_text("rent")
    site.page.keyboard.press("u")

    expect(site.page.get_by_text("The label is off 1 transaction.")).to_be_visible()
    assert labels(site.ledger) == [[]]


@on("desktop")
def test_name_that_is_typed_chooses_what_is_done_with_it(site: Site) -> None:
    tx = make_transaction(site.ledger)
    site.open()
    select(site, tx).get_by_role("button", name="Label").click()
    expect(site.page.get_by_role("combobox", name="Label", exact=True)).to_be_focused()

    site.page.get_by_role("combobox", name="Contact", exact=True).fill("Ana")
    expect(site.page.get_by_label("Say whom they were with")).to_be_checked()
    site.page.keyboard.press("Enter")

    expect(site.row(tx)).to_contain_text("Ana")


@on("phone", "phone-without-scripts")
def test_all_rows_that_fit_are_changed_on_a_phone(site: Site) -> None:
    gifts = [make_transaction(site.ledger, type="gift") for _ in range(2)]
    other = make_transaction(site.ledger)

    site.open("?type=gift")
    select(site).get_by_role("link", name="All 2").click()
    expect(site.page.get_by_label("all 2 transactions that fit the filter")).to_be_checked()
    site.page.get_by_label("Hide them").check()
    site.page.get_by_role("button", name="Change them").click()

    expect(site.page.get_by_text("2 transactions are hidden.")).to_be_visible()
    assert set(site.ledger.transactions.filter(hidden=True)) == set(gifts)
    assert not Transaction.objects.get(pk=other.pk).hidden


@on("phone", "phone-without-scripts")
def test_a_card_is_opened_unless_it_is_being_selected(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.open()
    expect(site.row(tx).get_by_role("checkbox")).to_be_hidden()
    select(site)
    site.row(tx).click(position={"x": 200, "y": 30})
    expect(site.row(tx).get_by_role("checkbox")).to_be_checked()

    site.page.get_by_role("link", name="Done").click()
    expect(site.row(tx).get_by_role("checkbox")).to_be_hidden()
    site.row(tx).click(position={"x": 200, "y": 30})
    expect(site.page.locator("h1")).to_contain_text("Deposit")


def test_bar_says_how_many_are_selected(site: Site) -> None:
    rows = [make_transaction(site.ledger) for _ in range(3)]

    site.open()
    bar = select(site, rows[0])
    expect(bar).to_contain_text("1 selected")
    site.page.get_by_label("Select all rows of this page").check()
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Select none").click()
    expect(bar).to_be_hidden()


def test_box_in_the_head_says_whether_all_rows_are_selected(site: Site) -> None:
    first, second = make_transaction(site.ledger), make_transaction(site.ledger)
    site.open()
    head = site.page.get_by_label("Select all rows of this page")

    head.check()
    site.row(first).get_by_role("checkbox").uncheck()
    expect(head).to_be_checked(indeterminate=True)
    site.row(second).get_by_role("checkbox").uncheck()
    expect(head).not_to_be_checked()

    select(site, first, second)
    expect(head).to_be_checked()
    site.page.get_by_role("button", name="Select none").click()
    expect(head).not_to_be_checked()
