"""Working through the list without a mouse."""

from playwright.sync_api import Locator, expect

from tests.browser.site import Site, held, on
from tests.factories import make_address, make_label, make_transaction, make_wallet
from transactions.models import Transaction


def opens(site: Site, tx: Transaction) -> Locator:
    return site.row(tx).locator(".open")


def press(site: Site, *keys: str) -> None:
    for key in keys:
        site.page.keyboard.press(key)


def test_j_and_k_go_through_the_rows_and_enter_opens_one(site: Site) -> None:
    last, middle, first = (make_transaction(site.ledger) for _ in range(3))

    site.open()
    for key, row in [("j", first), ("j", middle), ("j", last), ("j", last), ("k", middle)]:
        press(site, key)
        expect(opens(site, row)).to_be_focused()
    press(site, "Enter")

    site.page.wait_for_url(f"**{middle.get_absolute_url()}**")


def type_in_russian(site: Site, key: str, code: str, **held: bool) -> None:
    """What a keyboard sends that is switched to Cyrillic letters."""
    site.page.evaluate(
        """([key, code, held]) => (document.activeElement ?? document.body).dispatchEvent(
            new KeyboardEvent("keydown", { key, code, ...held, bubbles: true, cancelable: true })
        )""",
        [key, code, held],
    )


def test_letters_are_those_on_the_keys_whatever_alphabet_they_write(site: Site) -> None:
    tx = make_transaction(site.ledger, counterparty=make_address(site.ledger))

    site.open()
    type_in_russian(site, "о", "KeyJ")
    expect(opens(site, tx)).to_be_focused()
    type_in_russian(site, "т", "KeyN")
    expect(site.row(tx).locator("#note")).to_be_focused()
    press(site, "Escape")
    type_in_russian(site, "л", "KeyK", ctrlKey=True)
    expect(site.page.locator("#palette input")).to_be_focused()

    site.page.goto(f"/{site.ledger.slug}/unidentified/")
    type_in_russian(site, "с", "KeyC")
    expect(site.page.locator("#panel input.form-control")).to_be_focused()


def test_letters_open_the_rows_editors_and_escape_leaves_them(site: Site) -> None:
    tx = make_transaction(site.ledger, counterparty=make_address(site.ledger))
    make_transaction(site.ledger)

    site.open()
    press(site, "j", "j")
    for key, what, field in [
        ("l", "labels", "#label-new"),
        ("c", "contact", "#contact-name"),
        ("n", "note", "#note"),
        ("t", "type", "[value=deposit]"),
    ]:
        press(site, key)
        expect(site.row(tx).locator(field)).to_be_focused()
        press(site, "Escape")
        expect(site.editor).to_have_count(0)
        expect(site.opener(tx, what)).to_be_focused()


def test_letter_opens_the_editor_of_the_transactions_own_page(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.page.goto(tx.get_absolute_url())
    press(site, "n")

    expect(site.editor.locator("#note")).to_be_focused()


def test_row_is_labelled_noted_and_hidden_without_a_mouse(site: Site) -> None:
    make_label(site.ledger, "savings")
    tx, other = make_transaction(site.ledger), make_transaction(site.ledger)

    site.open()
    press(site, "j", "j", "l")
    expect(site.options).to_have_count(1)
    press(site, "ArrowDown", "Enter")
    expect(site.editor.locator(".choose .chip")).to_have_text(["savings"])
    press(site, "Enter")
    expect(site.chips(tx)).to_have_text(["savings"])
    press(site, "h")
    site.shows(other)

    press(site, "n")
    expect(site.row(other).locator("#note")).to_be_focused()


def test_what_is_typed_before_an_editor_has_come_is_in_its_field(site: Site) -> None:
    make_label(site.ledger, "hint")
    tx = make_transaction(site.ledger, note="paid")

    site.open()
    press(site, "j")
    for what, field, found in (("contact", "#contact-name", "hint"), ("note", "#note", "paidhint")):
        with held(site.page, f"**/{what}/"):
            press(site, what[0])
            site.page.keyboard.type("hint")
        expect(site.row(tx).locator(field)).to_have_value(found)
        press(site, "Escape")
        expect(site.editor).to_have_count(0)

    with held(site.page, "**/labels/"):
        press(site, "l")
        site.page.keyboard.type("hint")
        press(site, "Enter", "Enter")
    expect(site.chips(tx)).to_have_text(["hint"])
    assert not Transaction.objects.filter(hidden=True).exists()


def test_tab_goes_on_through_an_editor(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.open()
    site.edit(tx, "note").fill("mine")
    press(site, "Tab")
    expect(site.editor.get_by_role("button", name="Save")).to_be_focused()
    press(site, "Enter")

    expect(site.row(tx)).to_contain_text("mine")


def test_slash_goes_to_the_search_and_escape_leaves_it(site: Site) -> None:
    make_transaction(site.ledger)
    search = site.page.locator("#q")

    site.open()
    press(site, "/")
    expect(search).to_be_focused()
    press(site, "j", "l", "?")
    expect(search).to_have_value("jl?")
    press(site, "Escape")

    expect(search).not_to_be_focused()


def test_f_opens_the_filter_and_its_keys_choose(site: Site) -> None:
    found = make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Kraken"))
    make_transaction(site.ledger, wallet=make_wallet(site.ledger, "Ledger Nano"))

    site.open()
    press(site, "f")
    expect(site.page.get_by_placeholder("Find a wallet")).to_be_focused()
    press(site, "Escape")
    expect(site.page.get_by_placeholder("Find a wallet")).to_be_hidden()
    press(site, "f")
    expect(site.page.get_by_placeholder("Find a wallet")).to_be_focused()
    site.page.keyboard.type("kra")
    press(site, "Enter")

    site.shows(found)


def test_question_mark_shows_the_keys(site: Site) -> None:
    make_transaction(site.ledger)
    keys = site.page.get_by_role("dialog", name="Keys")

    site.open()
    press(site, "?")
    expect(keys).to_be_visible()
    press(site, "Escape")

    expect(keys).to_be_hidden()


@on("desktop")
def test_u_takes_an_edit_in_place_back_and_not_what_was_done_before_it(site: Site) -> None:
    noted, hidden = make_transaction(site.ledger, note="rent"), make_transaction(site.ledger)
    site.open()
    press(site, "j", "h")
    expect(site.page.get_by_text("no longer fits the filter")).to_be_visible()
    site.edit(noted, "note").fill("rent for May")
    site.save()
    expect(site.row(noted)).to_contain_text("rent for May")

    site.page.keyboard.press("u")

    expect(site.page.get_by_text("Taken back: ")).to_be_visible()
    noted.refresh_from_db()
    hidden.refresh_from_db()
    assert (noted.note, hidden.hidden) == ("rent", True)


@on("desktop")
def test_u_says_where_there_is_nothing_to_undo(site: Site) -> None:
    tx = make_transaction(site.ledger)
    site.open()
    site.page.keyboard.press("u")
    expect(site.page.get_by_text("Nothing to undo here.")).to_be_visible()

    site.page.keyboard.press("j")
    site.page.keyboard.press("h")
    expect(site.page.get_by_text("no longer fits the filter")).to_be_visible()
    site.page.keyboard.press("u")

    expect(site.row(tx)).to_be_visible()
