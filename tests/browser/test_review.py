"""Reviewing by the keyboard, and the palette."""

import re

from playwright.sync_api import expect

from history.models import Entry
from tests.browser.site import Site, held, on
from tests.browser.test_keys import opens, press
from tests.factories import make_contact, make_transaction, make_view
from transactions.models import NewRow, Transaction


def test_r_reviews_row_after_row_and_u_takes_the_last_one_back(site: Site) -> None:
    last, middle, first = (make_transaction(site.ledger) for _ in range(3))
    count = site.page.locator("#news")

    site.open("?review=new")
    expect(count).to_have_text(re.compile(r"^\s*3\s+new\s*$"))
    press(site, "j", "r")
    site.shows(middle, last)
    expect(opens(site, middle)).to_be_focused()
    expect(count).to_have_text(re.compile(r"^\s*2\s+new\s*$"))
    press(site, "r")
    site.shows(last)
    expect(opens(site, last)).to_be_focused()
    press(site, "u")
    site.shows(middle, last)
    assert not NewRow.objects.filter(transaction=first).exists()

    # In the list of all rows it stays, and the next one has the focus.
    site.open()
    press(site, "j", "j", "r")
    expect(site.row(middle).locator(".fresh")).to_have_count(0)
    expect(opens(site, last)).to_be_focused()
    # What another one writes is new again by itself.
    Transaction.objects.filter(pk=first.pk).update(note="by SQL")
    expect(site.row(first).locator(".fresh")).to_have_text("changed")

    press(site, "x", "r")
    expect(site.page.get_by_text("the 1 selected transaction")).to_be_visible()
    site.page.get_by_role("button", name="Change them").click()
    expect(site.row(last).locator(".fresh")).to_have_count(0)
    ways = Entry.objects.filter(kind=Entry.Kind.REVIEW).order_by("pk").values_list("way", flat=True)
    assert list(ways) == ["page", "page", "undo", "page", "bulk"]


def test_keys_do_not_wait_for_the_timer_of_htmx(site: Site) -> None:
    """It would be the browser that sends the form, and the page would come anew."""
    last, first = (make_transaction(site.ledger) for _ in range(2))
    site.page.add_init_script("""
        const wait = window.setTimeout;
        window.setTimeout = (act, ms = 60_000, ...more) => wait(act, ms, ...more);
    """)
    site.open()
    press(site, "j", "r")
    expect(site.row(first).locator(".fresh")).to_have_count(0)
    expect(opens(site, last)).to_be_focused()
    site.page.close()  # with its script


def test_a_row_that_is_made_anew_keeps_the_focus(site: Site) -> None:
    last, first = (make_transaction(site.ledger) for _ in range(2))
    site.open()
    press(site, "j", "j")
    expect(opens(site, last)).to_be_focused()
    # What differs in its very element is not changed in place.
    opens(site, last).evaluate("""(link) => {
        const other = document.createElement("button");
        other.className = "open";
        link.replaceWith(other);
        other.focus();
    }""")
    Transaction.objects.filter(pk=first.pk).update(note="by SQL")
    expect(site.row(first)).to_contain_text("by SQL")
    expect(site.row(last).locator("a.open")).to_be_focused()


def test_palette_goes_anywhere_by_typing(site: Site) -> None:
    tx = make_transaction(site.ledger)
    contact = make_contact(site.ledger, "Blue Harbor")
    make_view(site.ledger, "Bluebell", query="type=gift")
    dialog = site.page.get_by_role("dialog", name="Go to")
    field = dialog.get_by_role("combobox")
    marked = dialog.locator("[aria-selected=true]")

    site.open()
    press(site, "j", "Control+k")
    expect(field).to_be_focused()
    expect(dialog.get_by_role("option", name="Transactions page", exact=True)).to_be_visible()
    press(site, "Escape")
    expect(dialog).to_be_hidden()
    expect(opens(site, tx)).to_be_focused()

    press(site, "Control+k")
    site.page.keyboard.type("blu")
    expect(dialog.get_by_role("option")).to_have_count(2)
    expect(marked).to_contain_text("Bluebell")
    press(site, "ArrowDown")
    expect(marked).to_contain_text("Blue Harbor")
    expect(field).to_have_attribute("aria-activedescendant", marked.get_attribute("id") or "")
    press(site, "Enter")
    site.page.wait_for_url(f"**/contacts/{contact.pk}/")

    # Faster than any answer comes.
    press(site, "Control+k")
    site.page.keyboard.type("bluebell")
    press(site, "Enter")
    site.page.wait_for_url("**type=gift**")


def test_what_is_chosen_in_the_palette_stands_when_the_list_comes_again(site: Site) -> None:
    contact = make_contact(site.ledger, "Blue Harbor")
    make_view(site.ledger, "Bluebell", query="type=gift")
    site.open()
    press(site, "Control+k")
    site.page.keyboard.type("bl")
    expect(site.page.get_by_role("dialog").get_by_role("option")).to_have_count(2)

    last = re.compile("q=blu$")
    with held(site.page, last), site.page.expect_request(last):
        site.page.keyboard.type("u")
        press(site, "ArrowDown", "Enter")

    site.page.wait_for_url(f"**/contacts/{contact.pk}/")


@on("phone-without-scripts")
def test_row_is_reviewed_and_anything_found_without_scripts(site: Site) -> None:
    tx = make_transaction(site.ledger)
    contact = make_contact(site.ledger, "Blue Harbor")

    site.open("?review=new")
    button = site.page.locator(f"#t{tx.pk}-review")
    button.click()
    expect(site.page.locator(".fresh")).to_have_count(0)
    assert not NewRow.objects.exists()

    site.page.get_by_role("link", name="Go to").click()
    field = site.page.locator("[name=q]:visible").first
    field.fill("harbor")
    field.press("Enter")
    site.page.get_by_role("link", name="Blue Harbor").click()
    site.page.wait_for_url(f"**/contacts/{contact.pk}/")
