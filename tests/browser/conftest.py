"""A real Chromium against the live server. One for all tests, with a fresh page for each."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ledgers.models import Ledger
from tests.browser.chromium import CHROMIUM, SHELL, launch
from tests.browser.site import SCREENS, Complaints, Site
from tests.server import Server, served

HERE = Path(__file__).parent
PATIENCE = 20_000  # ms, for machines that have other things to do


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For the package, not for the session: its event loop would be in the way of other tests."""
    if not (SHELL or CHROMIUM):
        pytest.skip("there is no chromium on PATH")
    expect.set_options(timeout=PATIENCE)
    # Playwright's loop runs in this thread, which Django would take for asynchronous code.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with launch(playwright.chromium) as browser:
            yield browser


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the browser complains of at any time fails the test."""
    complaints = Complaints()
    yield complaints
    assert complaints.unexpected() == []


@pytest.fixture(scope="package")
def server(django_db_setup: None) -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture(scope="package")
def contexts(browser: Browser, server: Server) -> Callable[[str], BrowserContext]:
    """One for each screen: making one takes Chromium longer than most tests take."""

    @cache
    def context(screen: str) -> BrowserContext:
        context = browser.new_context(base_url=server.url, **SCREENS[screen])
        context.set_default_timeout(PATIENCE)
        return context

    return context


@pytest.fixture(scope="package")
def tabs() -> dict[str, Page]:
    """The page of each screen: a renderer of its own costs as much as the page that it shows."""
    return {}


@pytest.fixture
def page(
    request: pytest.FixtureRequest,
    contexts: Callable[[str], BrowserContext],
    tabs: dict[str, Page],
    complaints: Complaints,
    server: Server,
    transactional_db: None,
) -> Iterator[Page]:
    """An empty one, where nobody is logged in. It shows none of them when its rows go.

    The next test has it too, unless this one closes it.
    """
    screen = getattr(request, "param", "desktop")
    if screen not in tabs or tabs[screen].is_closed():
        tabs[screen] = contexts(screen).new_page()
    page = tabs[screen]
    page.set_viewport_size(SCREENS[screen]["viewport"])
    with complaints.heard(page):
        yield page
        if not page.is_closed():
            leave(page)
    server.rest()  # nobody asks for rows that are being deleted
    contexts(screen).clear_cookies()


def leave(page: Page) -> None:
    page.unroute_all(behavior="ignoreErrors")
    page.goto("/healthz")  # of the same origin: its process, and what it has compiled, stay
    page.mouse.move(0, 0)


@pytest.fixture
def site(page: Page, client: Client, ledger: Ledger, server: Server, tabs: dict[str, Page]) -> Site:
    """The ledger's pages as its owner sees them."""
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": server.url}
    page.context.add_cookies([cookie])
    screen = next(name for name, tab in tabs.items() if tab is page)
    return Site(page, ledger, SCREENS[screen].get("java_script_enabled", True))
