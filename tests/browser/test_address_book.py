"""The address book as a person handles it: with and without scripts, on a screen and a phone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from contacts.models import Address, Contact
from tests.browser.site import (
    SCREENS,
    Complaints,
    Site,
    everywhere,
    extremes,
    held,
    on,
    on_both_widths,
)
from tests.factories import make_address, make_contact, make_transaction
from transactions.models import Transaction

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"
BITCOIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
desktops = on("desktop", "desktop-without-scripts")
pytestmark = pytest.mark.browser


def visit(site: Site, path: str) -> None:
    site.page.goto(f"/{site.ledger.slug}/{path}")


def no_wider_than_the_screen(page: Page) -> None:
    wide, screen = page.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
    assert wide <= screen


def make_strangers(site: Site, n: int) -> list[Address]:
    """The first one with most transactions."""
    made = [make_address(site.ledger) for _ in range(n)]
    for number, address in enumerate(made):
        for _ in range(n - number):
            make_transaction(site.ledger, counterparty=address)
    return made


@on("phone", "phone-without-scripts")
def test_rows_of_a_contact_are_selected_on_a_phone(site: Site) -> None:
    maria = make_contact(site.ledger, "Maria")
    tx = make_transaction(site.ledger, counterparty=make_address(site.ledger, contact=maria))
    visit(site, f"contacts/{maria.pk}/")
    expect(site.row(tx).get_by_role("checkbox")).to_be_hidden()

    site.page.get_by_role("link", name="Select").click()
    site.row(tx).get_by_role("checkbox").check()
    site.page.get_by_role("form", name="Selected transactions").get_by_text("Hide").click()
    expect(site.page.get_by_label("the 1 selected transaction")).to_be_checked()
    site.page.get_by_role("button", name="Change them").click()

    expect(site.page.get_by_text("1 transaction is hidden.")).to_be_visible()


def name_of(site: Site, tx: Transaction) -> Locator:
    return site.row(tx).locator(".who .name")


@everywhere
def test_contact_made_from_a_row_gets_a_second_address_and_both_chains_carry_the_name(
    site: Site,
) -> None:
    evm = make_transaction(site.ledger, counterparty=make_address(site.ledger, EVM))
    bitcoin = make_transaction(site.ledger, counterparty=make_address(site.ledger, BITCOIN))
    site.open()

    site.press(evm, "contact")
    site.page.locator("[name=contact_name]").fill("Maria Keller")
    site.page.get_by_role("button", name="Save").click()
    expect(name_of(site, evm)).to_have_text("Maria Keller")
    visit(site, "contacts/")
    site.page.get_by_role("link", name="Maria Keller").click()
    site.page.get_by_role("link", name="Add address").click()
    site.page.get_by_label("Address", exact=True).fill(BITCOIN.upper())
    site.editor.get_by_role("button", name="Add").click()

    expect(site.page.locator(".its-addresses li")).to_have_count(2)
    no_wider_than_the_screen(site.page)
    expect(name_of(site, bitcoin)).to_have_text("Maria Keller")
    site.open()
    for tx in (evm, bitcoin):
        expect(name_of(site, tx)).to_have_text("Maria Keller")


@everywhere
def test_two_contacts_are_merged_and_two_again(site: Site) -> None:
    maria, mary = make_contact(site.ledger, "Maria"), make_contact(site.ledger, "Mary")
    for contact in (maria, mary):
        address = make_address(site.ledger, contact=contact)
        make_transaction(site.ledger, counterparty=address)
    visit(site, f"contacts/{maria.pk}/")

    site.page.get_by_role("link", name="Merge").click()
    site.page.locator("[name=contact_name]").fill("Mary")
    no_wider_than_the_screen(site.page)
    site.page.get_by_role("button", name="Merge").click()

    expect(site.page.locator(".msg")).to_contain_text("Mary is Maria now.")
    expect(site.page.locator(".its-addresses li")).to_have_count(2)
    expect(site.rows).to_have_count(2)
    no_wider_than_the_screen(site.page)
    site.page.get_by_role("button", name="Undo").click()
    expect(site.page.locator(".msg")).to_contain_text("two contacts again")
    expect(site.page.locator(".its-addresses li")).to_have_count(1)
    assert Address.objects.filter(contact=mary).count() == 1


@everywhere
def test_name_is_edited_in_place(site: Site) -> None:
    maria = make_contact(site.ledger, "Maria")
    visit(site, f"contacts/{maria.pk}/")

    site.page.get_by_label("Edit the name").click()
    site.page.locator("[name=contact_name]").fill("Maria Keller")
    site.page.get_by_role("button", name="Save").click()

    expect(site.page.locator("h1")).to_contain_text("Maria Keller")


@desktops
def test_two_people_who_rename_one_contact_see_both_names(
    site: Site, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("complaints").meant.add("409")
    maria = make_contact(site.ledger, "Maria")
    visit(site, f"contacts/{maria.pk}/")
    site.page.get_by_label("Edit the name").click()
    field = site.page.locator("input[name=contact_name]")
    field.fill("Mine")
    Contact.objects.write(maria.pk, expected_version=1, by=None, name="Theirs")

    site.page.get_by_role("button", name="Save").click()

    expect(site.page.locator(".theirs")).to_contain_text("Theirs")
    expect(field).to_have_value("Mine")
    site.page.get_by_role("button", name="Save mine instead").click()
    expect(site.page.locator("h1")).to_contain_text("Mine")


@on("desktop")
def test_ten_addresses_are_named_by_keyboard_alone(site: Site) -> None:
    strangers = make_strangers(site, 11)
    visit(site, "unidentified/")
    keyboard, panel = site.page.keyboard, site.page.locator("#panel")

    keyboard.press("c")
    for n, address in enumerate(strangers[:10]):
        expect(panel).to_have_attribute("data-at", str(address.pk))
        expect(site.page.locator(f"#who-{address.pk}")).to_be_focused()
        keyboard.type(f"Person {n}")
        keyboard.press("Enter")

    expect(panel).to_have_attribute("data-at", str(strangers[10].pk))
    expect(site.page.locator(".strangers tbody tr")).to_have_count(1)
    named = Address.objects.filter(contact__isnull=False).order_by("pk")
    assert [address.contact.name for address in named if address.contact] == [
        f"Person {n}" for n in range(10)
    ]


@on("desktop")
def test_keys_go_through_the_list_and_hide(site: Site) -> None:
    first, second, third = make_strangers(site, 3)
    visit(site, "unidentified/")
    keyboard, panel = site.page.keyboard, site.page.locator("#panel")

    keyboard.press("j")
    keyboard.press("j")
    expect(panel).to_have_attribute("data-at", str(third.pk))
    keyboard.press("k")
    expect(panel).to_have_attribute("data-at", str(second.pk))
    keyboard.press("h")

    expect(site.page.locator(".strangers tbody tr")).to_have_count(2)
    expect(panel).to_have_attribute("data-at", str(third.pk))
    expect(site.page.locator(f"#a{third.pk} .open")).to_be_focused()
    site.page.get_by_role("button", name="Undo").click()
    expect(site.page.locator(".strangers tbody tr")).to_have_count(3)
    assert first.contact is None


@on("desktop")
def test_letters_typed_while_a_panel_is_on_its_way_do_nothing(site: Site) -> None:
    """What is sent is always for the address that is shown."""
    second = make_strangers(site, 2)[1]
    visit(site, "unidentified/")

    with held(site.page, re.compile(r"/unidentified/\d+/\?")):
        site.page.keyboard.press("j")
        expect(site.page.locator("#panel")).to_have_class(re.compile("busy"))
        site.page.keyboard.press("h")

    expect(site.page.locator("#panel")).to_have_attribute("data-at", str(second.pk))
    assert not Transaction.objects.filter(hidden=True).exists()


@on_both_widths
def test_name_that_is_written_in_the_panel_is_not_lost_by_going_on(site: Site) -> None:
    """It is saved, or left with Esc, before anything else takes its place."""
    first, second = make_strangers(site, 2)
    visit(site, "unidentified/")
    panel, field = site.page.locator("#panel"), site.page.locator(f"#who-{first.pk}")
    field.press_sequentially("Mar")

    for going_on in (
        site.page.locator(f"#a{second.pk}"),
        site.page.get_by_role("link", name="Skip", exact=True),
        site.page.get_by_role("button", name="Hide as spam"),
    ):
        going_on.click()
        expect(site.alert).to_contain_text("Not saved yet")
        expect(field).to_be_focused()
        expect(field).to_have_value("Mar")
        site.alert.get_by_role("button").click()
    with site.page.expect_event("dialog") as asked:
        site.page.evaluate("setTimeout(() => location.reload())")
    asked.value.dismiss()
    expect(panel).to_have_attribute("data-at", str(first.pk))
    assert not Transaction.objects.filter(hidden=True).exists()

    field.press("Escape")
    expect(field).to_have_value("")
    site.page.locator(f"#a{second.pk}").click()
    expect(panel).to_have_attribute("data-at", str(second.pk))


@on("desktop")
def test_name_that_is_refused_is_not_lost_by_going_on(site: Site, complaints: Complaints) -> None:
    complaints.meant = {"422"}
    first, second = make_strangers(site, 2)
    visit(site, "unidentified/")
    field = site.page.locator(f"#who-{first.pk}")
    field.fill("a\u202eb")
    field.press("Enter")
    expect(site.page.locator("#panel [role=alert]")).to_be_visible()

    site.page.locator(f"#a{second.pk}").click()

    expect(site.alert).to_contain_text("Not saved yet")
    expect(field).to_have_value("a\u202eb")
    field.press("Escape")
    expect(site.page.locator("#panel [role=alert]")).to_have_count(0)
    expect(field).to_have_value("")


@on("desktop")
def test_name_that_is_refused_outlives_the_next_change(site: Site, complaints: Complaints) -> None:
    complaints.meant = {"422"}
    first, *_others = make_strangers(site, 2)
    visit(site, "unidentified/")
    field = site.page.locator(f"#who-{first.pk}")
    field.fill("a\u202eb")
    field.press("Enter")
    expect(site.page.locator("#panel [role=alert]")).to_be_visible()
    expect(field).to_be_focused()

    third = make_address(site.ledger)
    make_transaction(site.ledger, counterparty=third)
    expect(site.page.locator(f"#a{third.pk}")).to_be_visible()

    expect(site.page.locator("#panel [role=alert]")).to_be_visible()
    expect(field).to_have_value("a\u202eb")


@on(*(screen for screen in SCREENS if screen != "desktop"))
def test_addresses_are_named_one_after_another_on_any_screen(site: Site) -> None:
    strangers = make_strangers(site, 3)
    visit(site, "unidentified/")
    no_wider_than_the_screen(site.page)

    for n, address in enumerate(strangers):
        site.page.locator(f"#who-{address.pk}").fill(f"Person {n}")
        site.page.get_by_role("button", name="Save, next").click()

    expect(site.page.get_by_text("Nobody is left")).to_be_visible()
    assert Contact.objects.count() == len(strangers)


@extremes
def test_address_is_named_on_a_page_of_its_own(site: Site) -> None:
    first, _second = make_strangers(site, 2)
    visit(site, f"unidentified/{first.pk}/")

    site.page.locator(f"#who-{first.pk}").fill("Maria")
    site.page.get_by_role("button", name="Save, next").click()

    expect(site.page.get_by_role("heading", name="Unidentified")).to_be_visible()
    expect(site.page.locator(".strangers tbody tr")).to_have_count(1)
    assert Contact.objects.get().name == "Maria"


@on_both_widths
def test_button_stays_under_the_finger_when_suggestions_come(site: Site) -> None:
    first, second = make_strangers(site, 2)
    tx = site.ledger.transactions.filter(counterparty=second).get()
    button = site.page.get_by_role("button", name="Save")
    visit(site, "unidentified/")

    press_while_they_come(site, site.page.locator(f"#who-{first.pk}"), button)
    expect(site.page.locator("#panel")).to_have_attribute("data-at", str(second.pk))

    make_contact(site.ledger, "Anna")
    site.open()
    field = site.edit(tx, "contact")
    expect(site.options).to_have_count(2)
    press_while_they_come(site, field, button)
    expect(name_of(site, tx)).to_have_text("Maria")

    press_while_they_come(site, site.edit(tx, "labels"), button)  # there are none yet
    expect(site.chips(tx)).to_have_text(["Maria"])


def press_while_they_come(site: Site, field: Locator, button: Locator) -> None:
    with held(site.page, re.compile("suggest/")):
        field.fill("Maria")
        button.hover()
        site.page.mouse.down()
    expect(site.options).to_have_count(1)
    site.page.mouse.up()


@everywhere
def test_pages_of_long_values_are_no_wider_than_the_screen(site: Site) -> None:
    contact = make_contact(site.ledger, "W" * 200, note="i" * 3000)
    long = ("9" * 40 + "." + "9" * 36, "LONGSYMBOL" * 4)
    addresses = [
        make_address(site.ledger, EVM, contact=contact, note="n" * 500),
        make_address(site.ledger, BITCOIN),
    ]
    for address in addresses:
        make_transaction(site.ledger, counterparty=address, received=long)

    for path in ("contacts/", f"contacts/{contact.pk}/", f"contacts/{contact.pk}/delete/"):
        visit(site, path)
        no_wider_than_the_screen(site.page)
    visit(site, "unidentified/")
    no_wider_than_the_screen(site.page)
