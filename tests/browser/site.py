"""The pages as a person handles them: on a screen or a phone, with scripts or without."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from re import Pattern
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Route, expect

from ledgers.models import Ledger
from transactions.models import Transaction

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}
PLAIN = {"java_script_enabled": False}
PROBE = re.compile(r"\?probe$")
SCREENS = {
    "desktop": DESKTOP,
    "phone": PHONE,
    "desktop-without-scripts": DESKTOP | PLAIN,
    "phone-without-scripts": PHONE | PLAIN,
}


def on(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", names, indirect=True)


everywhere = on(*SCREENS)
extremes = on("desktop", "phone-without-scripts")
on_both_widths = on("desktop", "phone")


@dataclass
class Complaints:
    """Errors of scripts and of the console; a breach of the content security policy is one.

    Chromium also complains of each answer from 400 on: a test says which of them are `meant`.
    """

    said: list[str] = field(default_factory=list)
    meant: set[str] = field(default_factory=set)

    @contextmanager
    def heard(self, page: Page) -> Iterator[None]:
        listeners = {"pageerror": self.fail, "console": self.hear}
        for event, listener in listeners.items():
            page.on(event, listener)
        yield
        for event, listener in listeners.items():
            page.remove_listener(event, listener)

    def fail(self, error: Error) -> None:
        self.said.append(str(error))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(f"{message.text} {message.location['url']}")

    def expect_logout(self) -> None:
        """A page that is left may be asking for what is new just then, or opening its stream."""
        self.meant |= {"status of 401", "status of 403"}

    def unexpected(self) -> list[str]:
        return [text for text in self.said if not any(meant in text for meant in self.meant)]


@dataclass
class Site:
    page: Page
    ledger: Ledger
    scripts: bool = True

    def open(self, query: str = "") -> None:
        self.page.goto(f"/{self.ledger.slug}/transactions/{query}")

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)

    @property
    def rows(self) -> Locator:
        return self.page.locator(".tx tbody tr")

    @property
    def pills(self) -> Locator:
        return self.page.locator(".pill > span")

    @property
    def editor(self) -> Locator:
        return self.page.locator(".editor")

    @property
    def options(self) -> Locator:
        return self.page.get_by_role("option")

    @property
    def alert(self) -> Locator:
        return self.page.locator("#alerts .msg")

    def row(self, tx: Transaction) -> Locator:
        return self.page.locator(f"#t{tx.pk}")

    def chips(self, tx: Transaction) -> Locator:
        return self.row(tx).locator(".chips .chip")

    def opener(self, tx: Transaction, what: str) -> Locator:
        return self.page.locator(f"#t{tx.pk}-{what}")

    def press(self, tx: Transaction, what: str) -> None:
        """As a person does: what can be done to a row of the list is there under the pointer."""
        if self.page.locator(".tx").count():
            self.row(tx).hover(position={"x": 20, "y": 10})
        self.opener(tx, what).click()

    def shows(self, *transactions: Transaction) -> None:
        expect(self.rows).to_have_count(len(transactions))
        for n, tx in enumerate(transactions):
            expect(self.rows.nth(n)).to_have_id(f"t{tx.pk}")

    @contextmanager
    def menu(self, name: str) -> Iterator[Locator]:
        """A menu of the filter; what was chosen in it is applied."""
        sheet = self.page.get_by_role("button", name="Filters")
        narrow = sheet.is_visible()
        if narrow:
            sheet.click()
        title = self.page.locator(f"summary > span:text-is('{name}')")
        menu = self.page.locator("details.filter", has=title)
        menu.locator("summary").click()
        yield menu
        if (whole := self.page.locator(".menu-page")).count():
            return whole.get_by_role("button", name="Show transactions").click()
        menu = self.page if narrow else menu
        menu.get_by_role("button", name="Show transactions" if narrow else "Apply").click()

    def choose(self, name: str, *values: str, none_of: bool = False) -> None:
        with self.menu(name) as menu:
            if values and not menu.locator("[data-find]").is_visible():  # no script reads them here
                menu.get_by_role("link", name="Choose").click()
                menu = self.page.locator(".menu-page")
            for value in values:
                menu.get_by_label(value, exact=True).check()
            if none_of:
                menu.get_by_text("is none of").click()

    def see(self, tx: Transaction) -> None:
        """The transaction's own page."""
        self.row(tx).locator(".open").click()
        expect(self.page.locator("h1")).to_contain_text(tx.get_type_display())

    def edit(self, tx: Transaction, what: str) -> Locator:
        """Opens an editor of the row, or of the transaction's own page; the field is given."""
        self.press(tx, what)
        field = self.editor.locator(":focus")
        field.evaluate("field => field.dataset.first = ''")
        return self.editor.locator("[data-first]")

    def save(self) -> None:
        """Sends what the editor holds, which is accepted."""
        self.send()
        expect(self.editor).to_have_count(0)

    def send(self) -> None:
        self.editor.get_by_role("button", name="Save").click()


def intercept(page: Page, url: str | Pattern[str], handler: Callable[[Route], object]) -> None:
    """`page.route`, once Chromium asks: requests that follow at once may still pass. An empty page
    has none under way."""
    asked: list[Route] = []
    page.route(url, handler)
    if page.url == "about:blank":
        return
    page.route(PROBE, lambda route: (asked.append(route), route.fulfill()))
    while not asked:
        page.evaluate("fetch('?probe')")
    page.unroute(PROBE)


@contextmanager
def held(page: Page, url: str | Pattern[str], method: str = "GET") -> Iterator[list[Route]]:
    """Requests are on their way until the end of the block."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route) if route.request.method == method else route.fallback()

    intercept(page, url, hold)
    yield waiting
    for route in waiting:
        route.continue_()
    page.unroute(url, hold)
