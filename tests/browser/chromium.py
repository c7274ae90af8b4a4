"""Which browser, and how it is started."""

import os
import shutil

from playwright.sync_api import Browser, BrowserType

# The shell has all of the engine and nothing of the window, and takes two thirds of the time.
SHELL = shutil.which("chromium-headless-shell")
CHROMIUM = shutil.which("chromium")
ARGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Pages are kept for Back in spite of no-store, as Chrome does; Playwright turns it off.
KEEPS_PAGES = (
    "--enable-features=CacheControlNoStoreEnterBackForwardCache"
    ":level/restore-unless-http-only-cookie-change"
)


def launch(kind: BrowserType) -> Browser:
    return kind.launch(executable_path=SHELL or CHROMIUM, args=sandboxed(ARGS))


def launch_keeping_pages(kind: BrowserType) -> Browser:
    off = ["--disable-back-forward-cache"]
    args = sandboxed([*ARGS, KEEPS_PAGES])
    return kind.launch(executable_path=CHROMIUM, args=args, ignore_default_args=off)


def sandboxed(args: list[str]) -> list[str]:
    """Chromium's sandbox does not work for root."""
    return [*args, "--no-sandbox"] if os.geteuid() == 0 else args
