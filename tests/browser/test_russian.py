"""Every page in Russian on a phone: all of it Russian, nothing wider than the window or cut off."""

import math
import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import Page, expect

from accounts.views.mail_address import SALT
from formats import FORMATS
from ledgers.models import Ledger, User
from tests.accounts.test_login import LOCMEM
from tests.browser.site import PHONE, Complaints, Site, on, on_both_widths
from tests.browser.test_layout import is_page
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_ends,
    make_label,
    make_transaction,
    make_upload,
    make_wallet,
)
from tests.ledgers.test_access import OF_LEDGER, OWN_PAGES, needed, path_of
from transactions.models import MonthCount

# Text that does not fit its box, where nothing says so by an ellipsis; and what the window cuts.
CUT = """() => [...document.querySelectorAll(
  "button, .btn, summary, label, h1, h2, h3, th, td, dt, dd, p, .chip, nav a, .sub, legend")]
  .filter((box) => box.checkVisibility() && box.textContent.trim())
  .filter((box) => {
    const style = getComputedStyle(box);
    const hides = style.overflowX !== "visible" && style.textOverflow !== "ellipsis";
    const { left, right, width } = box.getBoundingClientRect();
    const outside = width > 1 && (left < -1 || right > innerWidth + 1);
    return hides && box.scrollWidth > box.clientWidth + 1 && width > 1
      || outside && !box.closest("[popover], .visually-hidden, .skip, [tabindex]");
  }).map((box) => box.textContent.trim().replace(/\\s+/g, " "))"""
# Lines of the count that reach into the summary beside it.
OVERLAPPING = """() => {
  const count = document.createRange();
  count.selectNodeContents(document.querySelector(".totals .count"));
  const { left, bottom } = document.querySelector(".all-totals summary").getBoundingClientRect();
  return [...count.getClientRects()].filter((line) => line.right > left && line.top < bottom);
}"""
# What stands in the page for a person to read; not what he or a file has written.
WORDS = """() => {
  const words = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: of, data } = texts.currentNode;
    const names = "[name=format] option, [name=chain] option, .mono, .amount, bdi, [lang=en]";
    const silent = "script, style, template, kbd, code, pre, " + names;
    if (data.trim() && !of.closest(silent)) words.push(data.trim());
  }
  const said = ["title", "aria-label", "placeholder"];
  for (const name of said)
    for (const of of document.querySelectorAll(`[${name}]`)) words.push(of.getAttribute(name));
  return words;
}"""
LATIN = re.compile(r"[A-Za-z][A-Za-z’']+")
NAMES = re.compile(
    r"(?:Wallet|Contact|label|mapping|user|view|rule|Ledger) \d+|Keller family|ana?\b"
    r"|export\.csv|koinly|by rule \d+"
    r"|txproject|UUID|SHA-256|CSV|TSV|XLSX|Excel|JSON Lines|JSON|TOML|ZIP|gzip|UTC|English|Esc|Alt"
    r"|Ctrl K|Unix|Koinly universal template|Koinly"
    r"|Kraken|Cold|Bitcoin|BIP-329|rotki|Safe|EVM|MB|dmy|mdy|HH:MM|Day|Sum"
    r"|(?:Sent|Received) (?:Amount|Currency)|Date|name, chain, address, note|--dry-run"
    r"|\w+:[\w-]+|[0-9a-f]{32}|./dev manage demo"
    r"|0x[\w…]+|[A-Z]\w+(?:/[\w+-]+)+|\b[A-Z]{2,5}\b|/[\w/-]*/|%[a-zA-Z]"
)


@pytest.fixture
def russian(site: Site, user: User) -> Site:
    User.objects.filter(pk=user.pk).update(language="ru")
    return site


def paths_of(ledger: Ledger, client: Client) -> list[str]:
    """The sources are left to a test of their own: their menus have English names."""
    paths = [path_of(name, ledger) for name in OF_LEDGER if needed(name, "GET")]
    own = map(reverse, sorted(set(OWN_PAGES) - {"source_list"}))
    paths += [path for path in own if client.get(path).status_code == 200]
    return [path for path in paths if is_page(client.get(path))]


def fill(ledger: Ledger) -> None:
    named = make_address(ledger, contact=make_contact(ledger))
    unnamed = make_address(ledger)
    make_wallet(ledger, kind="exchange")
    make_ends(ledger)
    for n, counterparty in enumerate((named, unnamed, None)):
        make_transaction(
            ledger,
            sent=("1234567.123456789123", "ETH"),
            received=("0.5", "BTC"),
            fee=("0.001", "ETH"),
            type="trade",
            counterparty=counterparty,
            labels=[make_label(ledger)] if n else (),
            tx_hash="0x" + f"{n // 2}" * 64,
            group_key="0x" + f"{n // 2}" * 64,
        )


def english(page: Page) -> list[str]:
    texts = page.evaluate(WORDS)
    return [text for text in texts if LATIN.search(NAMES.sub(" ", text))]


@on("phone")
def test_every_page_is_russian_and_fits_a_phone(
    russian: Site, client: Client, settings: Any
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = math.inf  # the pages, not the way to them
    settings.MAILERS = LOCMEM
    fill(russian.ledger)
    page, found = russian.page, []

    for path in paths_of(russian.ledger, client):
        page.goto(path)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        found += [(path, "wide", wide)] * (wide > PHONE["viewport"]["width"])
        found += [(path, "cut", text) for text in page.evaluate(CUT)]
        found += [(path, "English", text) for text in english(page)]

    assert found == []


@on("phone")
def test_list_of_formats_fits_and_names_them_in_russian(russian: Site) -> None:
    russian.page.goto("/formats/")

    titles = russian.page.locator(".sources td:first-of-type").all_inner_texts()
    wide = russian.page.evaluate("document.scrollingElement.scrollWidth")
    cyrillic = re.compile("[а-я]")
    assert len(titles) == len(FORMATS)
    assert [title for title in titles if not cyrillic.search(title)] == []
    assert wide <= PHONE["viewport"]["width"]


@on("phone")
def test_checked_file_fits(russian: Site) -> None:
    with translation.override("ru"):
        made = make_upload(russian.ledger)

    russian.page.goto(f"/{russian.ledger.slug}/imports/uploads/{made.pk}/")

    button = russian.page.get_by_role("button", name="Импортировать 1 строку")
    expect(button).to_contain_text("Koinly: универсальный шаблон")
    expect(russian.page.locator(".adds")).to_contain_text("1,5")
    assert russian.page.evaluate("document.scrollingElement.scrollWidth") == 390


@on("phone")
def test_refusing_pages_fit_and_are_russian(russian: Site, complaints: Complaints) -> None:
    complaints.meant |= {"status of 404"}
    empty = f"/{russian.ledger.slug}/transactions/"
    found = []

    for path in (empty, f"{empty}?min=%3F", f"{empty}?q=%3F", "/%3F/"):
        russian.page.goto(path)
        found += [(path, text) for text in russian.page.evaluate(CUT) + english(russian.page)]

    assert found == []


@on("phone")
def test_links_of_a_mail_address_fit_and_are_russian(
    russian: Site, complaints: Complaints, user: User, settings: Any
) -> None:
    settings.MAILERS = LOCMEM
    complaints.meant |= {"status of 404"}
    address = f"{'я' * 60}@{'ж' * 60}.рф"
    token = signing.dumps([user.pk, user.email, address], salt=SALT)
    found = []

    for link in (token, "expired"):
        russian.page.goto(reverse("mail_address_confirmed", args=[link]))
        found += russian.page.evaluate(CUT) + english(russian.page)
        assert russian.page.evaluate("document.scrollingElement.scrollWidth") == 390

    assert found == []


@on_both_widths
def test_language_is_switched_in_the_menu_and_back(site: Site) -> None:
    site.open()
    heading = site.page.locator("h1")

    site.page.locator(".user-menu summary").click()
    site.page.get_by_role("button", name="Русский").click()
    expect(heading).to_have_text("Транзакции")
    expect(site.page.locator("html")).to_have_attribute("lang", "ru")

    site.page.locator(".user-menu summary").click()
    site.page.get_by_role("button", name="English").click()
    expect(heading).to_have_text("Transactions")


@on("phone-without-scripts")
def test_language_is_switched_without_scripts(site: Site) -> None:
    site.open()

    site.page.locator(".user-menu summary").click()
    site.page.get_by_role("button", name="Русский").click()

    expect(site.page.locator("h1")).to_have_text("Транзакции")


def test_open_page_follows_in_its_language(russian: Site) -> None:
    """What comes in by itself is in the language of the page that it comes into."""
    russian.open()
    expect(russian.page.locator(".blank h2")).to_have_text("Транзакций пока нет")

    make_transaction(russian.ledger)

    expect(russian.page.locator(".tx .kind")).to_have_text("Пополнение")
    expect(russian.page.locator("#live-status span")).to_have_text("На связи")


def test_count_does_not_run_under_the_summary_of_totals(russian: Site) -> None:
    make_transaction(russian.ledger, type="gift", received=("1", "ETH"))
    MonthCount.objects.create(ledger=russian.ledger, month=NOON, n=10_000)

    russian.page.set_viewport_size({"width": 390, "height": 844})
    russian.open("?type=gift")

    expect(russian.page.locator(".totals .count")).to_contain_text("из более чем")
    assert russian.page.evaluate(OVERLAPPING) == []


def test_message_of_a_script_is_russian(russian: Site) -> None:
    tx = make_transaction(russian.ledger)
    russian.open()
    russian.edit(tx, "note").fill("слово")

    russian.page.get_by_role("button", name="Скрыть").first.dispatch_event("click")

    expect(russian.alert).to_contain_text("Ещё не сохранено.")


def test_what_is_cut_or_english_is_found(page: Page) -> None:
    box = "overflow:hidden;white-space:nowrap;width:60px"
    page.set_content(f"<button style='{box}'>Слишком длинно для кнопки</button><p>Some text</p>")

    assert page.evaluate(CUT) == ["Слишком длинно для кнопки"]
    assert english(page) == ["Some text"]
