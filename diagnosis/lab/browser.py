"""What a real Chromium shows: after a link back to the page, and after its Back button."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from diagnosis.lab.server import KEY, Site
from tests.browser.chromium import launch_keeping_pages

PATIENCE = 1500  # ms
type IsOld = Callable[[str], float]  # given the value that should be there


@contextmanager
def browsing(site: Site) -> Iterator[dict[str, IsOld]]:
    """A person has looked at the page, and at another one since; then comes back to it by a link
    or by the Back button, each in a browser of its own."""
    with sync_playwright() as playwright:
        browser = launch_keeping_pages(playwright.chromium)
        yield {"link": visited(browser, site, follow), "back": visited(browser, site, go_back)}
        browser.close()


def visited(browser: Browser, site: Site, again: Callable[[Page], None]) -> IsOld:
    page = browser.new_context(base_url=f"http://127.0.0.1:{site.port}").new_page()
    page.goto("/")
    page.get_by_text("About").click()
    page.get_by_text("Transactions").wait_for()
    return lambda value: is_old(page, again, value)


def follow(page: Page) -> None:
    page.get_by_text("Transactions").click()


def go_back(page: Page) -> None:
    page.go_back(wait_until="commit")


def is_old(page: Page, again: Callable[[Page], None], value: str) -> float:
    """Waits for the change, as a restored page may ask again only after it is shown."""
    again(page)
    old = 0.0
    try:
        page.locator(f"#t{KEY} .label", has_text=value).wait_for(timeout=PATIENCE)
    except TimeoutError:
        old = 1.0
    page.get_by_text("About").click()
    page.get_by_text("Transactions").wait_for()
    return old
