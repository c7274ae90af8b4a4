"""What a real Chromium shows: after a link back to the page, and after its Back button."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import TimeoutError, sync_playwright

from diagnosis.lab.server import KEY, NEW, Site

CHROMIUM = shutil.which("chromium")
ARGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Pages are kept for Back in spite of no-store, as Chrome does.
    "--enable-features=CacheControlNoStoreEnterBackForwardCache"
    ":level/restore-unless-http-only-cookie-change",
]
PATIENCE = 1500  # ms
OFF = ["--disable-back-forward-cache"]  # Playwright's


@contextmanager
def browsing(site: Site, look: str) -> Iterator[Callable[[], float]]:
    """A person has looked at the page, and at another one since; then comes back to it."""
    args = [*ARGS, "--no-sandbox"] if os.geteuid() == 0 else ARGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=args, ignore_default_args=OFF
        )
        page = browser.new_page(base_url=f"http://127.0.0.1:{site.port}")
        page.goto("/")
        page.get_by_text("About").click()
        yield lambda: is_old(page, look)
        browser.close()


def is_old(page, look: str) -> float:
    """Waits for the change, as a restored page may ask again only after it is shown."""
    if look == "back":
        page.go_back(wait_until="commit")
    else:
        page.get_by_text("Transactions").click()
    old = 0.0
    try:
        page.locator(f"#t{KEY} .label", has_text=NEW).wait_for(timeout=PATIENCE)
    except TimeoutError:
        old = 1.0
    page.get_by_text("About").click()
    page.get_by_text("Transactions").wait_for()
    return old
