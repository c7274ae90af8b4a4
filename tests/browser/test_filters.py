"""Finding transactions: by the menus, the search, the pills; and the URL carries it all."""

from datetime import timedelta

from playwright.sync_api import expect

from contacts.models import Contact, Wallet
from tests.browser.site import Site, everywhere, extremes
from tests.factories import NOON, make_address, make_contact, make_transaction, make_wallet

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


@everywhere
def test_menus_filter_and_the_url_carries_it(site: Site) -> None:
    kraken, other = make_wallet(site.ledger, "Kraken"), make_wallet(site.ledger, "Ledger Nano")
    wanted = make_transaction(site.ledger, wallet=kraken, type="reward", received=("1", "ETH"))
    btc = make_transaction(site.ledger, wallet=kraken, type="reward", received=("1", "BTC"))
    deposit = make_transaction(site.ledger, wallet=kraken, type="deposit")
    make_transaction(site.ledger, wallet=other, type="reward")

    site.open()
    site.choose("Wallet", "Kraken")
    site.shows(deposit, btc, wanted)
    site.choose("Type", "Reward")
    site.shows(btc, wanted)
    site.choose("Asset", "ETH")
    site.shows(wanted)
    expect(site.pills).to_have_text(["Wallet Kraken", "Type Reward", "Asset ETH"])
    assert site.query == {"wallet": [str(kraken.pk)], "type": ["reward"], "asset": ["ETH"]}

    site.page.reload()
    site.shows(wanted)
    site.page.go_back()
    if site.page.locator(".menu-page").count():  # where it was chosen without scripts
        site.page.go_back()
    site.shows(btc, wanted)


@extremes
def test_menu_takes_several_or_leaves_them_out(site: Site) -> None:
    gift = make_transaction(site.ledger, type="gift")
    fee = make_transaction(site.ledger, type="fee")
    loss = make_transaction(site.ledger, type="loss")

    site.open()
    site.choose("Type", "Gift", "Fee")
    site.shows(fee, gift)
    site.choose("Type", none_of=True)

    site.shows(loss)
    expect(site.pills).to_have_text(["Type not Gift or Fee"])


@extremes
def test_address_is_found_by_its_beginning_in_any_case(site: Site) -> None:
    address = make_address(site.ledger, ADDRESS)
    theirs = make_transaction(site.ledger, counterparty=address)
    own = make_transaction(site.ledger, own_address=address)
    make_transaction(site.ledger, counterparty=make_address(site.ledger))

    site.open()
    for text in (ADDRESS[:8].upper(), ADDRESS.lower()):
        with site.menu("More") as menu:
            menu.get_by_label("Address, whole or its beginning").fill(text)
        expect(site.pills).to_have_text([f"Address {text}"])

        site.shows(own, theirs)


def test_search_finds_addresses_notes_and_hashes(site: Site) -> None:
    found = make_transaction(
        site.ledger,
        counterparty=make_address(site.ledger, ADDRESS),
        note="Monthly plan",
        group_key=f"0xfeed{0:060}",
    )
    make_transaction(site.ledger)

    site.open()
    for text in (ADDRESS[:6].lower(), "monthly", "0xFEED"):
        site.page.get_by_label("Address, hash").fill(text)
        site.page.keyboard.press("Enter")
        expect(site.pills).to_have_text([f"Text {text}"])

        site.shows(found)
        assert site.query == {"q": [text]}


def test_dates_amounts_and_hidden_are_filters_too(site: Site) -> None:
    make_transaction(site.ledger, occurred_at=NOON - timedelta(days=1), hidden=True)
    make_transaction(site.ledger, received=("2", "ETH"), hidden=True)
    found = make_transaction(site.ledger, hidden=True)
    make_transaction(site.ledger)

    site.open()
    with site.menu("Date") as menu:
        menu.get_by_label("From").fill("2026-05-04")
    with site.menu("More") as menu:
        menu.get_by_label("to", exact=True).fill("1.5")
        menu.get_by_text("only hidden").click()

    site.shows(found)
    expect(site.pills).to_have_text(["From 4 May 2026", "At most 1.5", "Hidden only hidden"])


def test_pills_are_dropped_one_by_one_or_all_at_once(site: Site) -> None:
    gift = make_transaction(site.ledger, type="gift")
    btc = make_transaction(site.ledger, type="gift", received=("1", "BTC"))
    fee = make_transaction(site.ledger, type="fee", received=("1", "BTC"))

    site.open("?type=gift&asset=BTC")
    site.page.get_by_role("link", name="Drop the filter Type").click()
    site.shows(fee, btc)
    site.page.locator(".pills").get_by_role("link", name="Clear all").click()

    site.shows(fee, btc, gift)
    assert site.query == {}


def test_search_in_a_menu_takes_the_only_one_left(site: Site) -> None:
    found = make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Kraken"))
    make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Ledger Nano"))

    site.open()
    site.page.locator("details.filter > summary").first.click()
    expect(site.page.get_by_role("searchbox", name="Find a wallet")).to_be_focused()
    site.page.keyboard.type("krak")
    expect(site.page.get_by_label("Ledger Nano")).to_be_hidden()
    site.page.keyboard.press("Enter")

    site.shows(found)
    assert site.page.url.endswith(f"?wallet={found.wallet_id}")


def test_menu_offers_what_is_there_when_it_is_opened(site: Site) -> None:
    """Also what has come since the page was loaded, and while it is open; what is chosen stays."""
    gift = make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Kraken"), type="gift")
    make_transaction(site.ledger, wallet=make_wallet(site.ledger), type="fee")
    menu = site.page.locator("details.filter").first

    site.open()
    expect(site.page.locator("#live-status")).to_have_attribute("data-state", "live")
    other = make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Bitstamp"))
    menu.locator("summary").click()
    menu.get_by_label("Bitstamp").check()
    make_wallet(site.ledger, "Ledger Nano")
    expect(menu.get_by_label("Ledger Nano")).to_be_visible()
    Wallet.objects.filter(pk=gift.wallet_id).update(name="Kraken Pro")
    expect(menu.get_by_label("Kraken Pro")).to_be_visible()
    expect(menu.get_by_label("Bitstamp")).to_be_checked()
    menu.get_by_label("Kraken Pro").check()
    menu.get_by_role("button", name="Apply").click()

    site.shows(other, gift)


def test_menu_that_is_not_opened_keeps_what_is_chosen_in_it(site: Site) -> None:
    kraken = make_wallet(site.ledger, "Kraken")
    found = make_transaction(site.ledger, wallet=kraken, type="gift")
    make_transaction(site.ledger, wallet=kraken, type="fee")
    make_transaction(site.ledger, wallet=make_wallet(site.ledger), type="gift")

    site.open(f"?wallet={kraken.pk}")
    site.choose("Type", "Gift")

    site.shows(found)
    expect(site.pills).to_have_text(["Wallet Kraken", "Type Gift"])


def test_name_in_a_pill_follows(site: Site) -> None:
    contact = make_contact(site.ledger, "Maria")
    make_transaction(site.ledger, contact=contact)

    site.open(f"?contact={contact.pk}")
    expect(site.page.locator("#live-status")).to_have_attribute("data-state", "live")
    Contact.objects.filter(pk=contact.pk).update(name="Maria Keller")

    expect(site.pills).to_have_text(["Contact Maria Keller"])


def test_filter_that_cannot_be_used_shows_why_and_no_rows(site: Site) -> None:
    make_transaction(site.ledger)

    site.open()
    with site.menu("More") as menu:
        menu.get_by_label("Amount from").fill("much")

    expect(site.page.get_by_role("heading", name="This filter cannot be used")).to_be_visible()
    expect(site.page.locator(".bad")).to_contain_text("At least “much”")
    expect(site.rows).to_have_count(0)
