"""Whom a transaction was with: every transaction of an address, or one only."""

from playwright.sync_api import Locator, expect

from contacts.models import Address, Contact
from tests.browser.site import Site, everywhere, extremes
from tests.factories import make_address, make_contact, make_transaction
from transactions.models import Transaction


def make_two(site: Site, address: Address) -> list[Transaction]:
    return [make_transaction(site.ledger, counterparty=address) for _ in range(2)]


def name(site: Site, tx: Transaction) -> Locator:
    return site.row(tx).locator(".who .name")


@everywhere
def test_new_contact_names_every_row_of_its_address(site: Site) -> None:
    first, second = make_two(site, make_address(site.ledger))
    stranger = make_transaction(site.ledger, counterparty=make_address(site.ledger))

    site.open()
    site.edit(second, "contact").fill("Maria Keller")
    site.save()
    expect(site.page.locator("b.name")).to_have_text(["Maria Keller", "Maria Keller"])
    expect(name(site, stranger)).to_contain_text("0x")

    site.page.reload()
    expect(name(site, first)).to_have_text("Maria Keller")
    site.see(second)
    site.page.go_back()
    expect(site.page.locator("b.name")).to_have_text(["Maria Keller", "Maria Keller"])


@extremes
def test_contact_of_this_transaction_only_names_one_row(site: Site) -> None:
    first, second = make_two(site, make_address(site.ledger))

    site.open()
    field = site.edit(second, "contact")
    site.editor.get_by_label("only this transaction").check()
    field.fill("Maria Keller")
    site.save()

    expect(name(site, second)).to_have_text("Maria Keller")
    expect(name(site, first)).to_contain_text("0x")


def test_enter_takes_the_suggestion_and_saves(site: Site) -> None:
    maria = make_contact(site.ledger, "Maria Keller")
    first, second = make_two(site, make_address(site.ledger))

    site.open()
    site.edit(second, "contact").press_sequentially("mar")
    expect(site.options).to_contain_text(["Maria Keller", "New contact “mar”"])
    site.page.keyboard.press("Enter")

    expect(name(site, first)).to_have_text("Maria Keller")
    expect(site.opener(second, "contact")).to_be_focused()
    assert list(Contact.objects.all()) == [maria]


@extremes
def test_transactions_own_page_names_and_unnames_an_address(site: Site) -> None:
    tx, _other = make_two(site, make_address(site.ledger))

    site.page.goto(tx.get_absolute_url())
    site.edit(tx, "contact").fill("Maria Keller")
    site.save()
    expect(site.page.locator("h1")).to_contain_text("Maria Keller")
    site.edit(tx, "contact").fill("")
    site.save()

    expect(site.page.locator(".side-column")).to_contain_text("nobody named yet")
    assert not Address.objects.filter(contact__isnull=False).exists()
