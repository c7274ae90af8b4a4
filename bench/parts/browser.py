"""Chromium, cold cache: first page on a desktop and on a phone; editors among 200 rows.

By the browser's own entries: paints, layout shifts, tasks of more than 50 ms (what of them is above
it is the blocking time), for each press the time until the next paint, and until the editor that it
asks for is painted. A phone is taken for four times slower, 150 ms and 1.6 Mbit/s away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.client import Client, list_url
from bench.results import verdict
from bench.running import Bench
from bench.shape import LARGE
from tests.browser.chromium import launch

ROWS, EDITORS = 200, 16
SOON = 100  # ms from a press to the next paint
SHORTEST = 16  # ms, as below; of what is painted sooner a browser says nothing
QUIET = 1_000  # ms after the page has come, in which nothing else may hold it up
DESKTOP: dict[str, Any] = {"viewport": {"width": 1350, "height": 940}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
    "has_touch": True,
}
SLOWER = 4
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 204_800,
    "uploadThroughput": 84_480,
}
MOST_KB = {"document": 25, "stylesheet + script": 100}  # as sent
OBSERVE = """
    window.seen = {paint: 0, largest: 0, shift: 0, blocked: 0, presses: {}, opened: []};
    const watch = (type, note, more = {}) => new PerformanceObserver(
        (list) => list.getEntries().forEach(note)
    ).observe({type, buffered: true, ...more});
    watch("paint", (e) => { if (e.name === "first-contentful-paint") seen.paint = e.startTime; });
    watch("largest-contentful-paint", (e) => { seen.largest = e.startTime; });
    watch("layout-shift", (e) => { if (!e.hadRecentInput) seen.shift += e.value; });
    watch("longtask", (e) => { seen.blocked += e.duration - 50; });
    watch("event", (e) => {
        const longest = seen.presses[e.interactionId] ?? 0;
        if (e.interactionId) seen.presses[e.interactionId] = Math.max(longest, e.duration);
    }, {durationThreshold: 16});
    let pressed = 0;
    addEventListener("pointerdown", (event) => { pressed = event.timeStamp; }, true);
    new MutationObserver(() => {
        if (!pressed || !document.querySelector(".editor")) return;
        const since = pressed;
        pressed = 0;
        requestAnimationFrame(() => setTimeout(() => seen.opened.push(performance.now() - since)));
    }).observe(document, {childList: true, subtree: true});
"""


@dataclass
class Load:
    seen: dict[str, Any]
    sent: dict[str, int] = field(default_factory=dict)  # bytes, by the kind of what was sent


def run(bench: Bench) -> None:
    for _ in range(50):  # both processes have answered it
        bench.ours.get(list_url(LARGE))
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for name, screen in (("desktop", DESKTOP), ("phone", PHONE)):
            loads = [load(browser, bench.ours, screen) for _ in range(bench.options.rounds)]
            say(bench, name, loads)
        presses = [edit(browser, bench.ours) for _ in range(bench.options.rounds)]
        browser.close()
    longest = median(max(times) for times, _opened in presses)
    usual, until = (median(time for each in presses for time in each[which]) for which in (0, 1))
    said = f"{ROWS} rows, {EDITORS} editors: {until:.0f} ms from a press until it is painted"
    bench.results.say(f"{said}; {usual:.0f} until the next paint")
    bench.results.say(f"the longest {longest:.0f}, at most {SOON} {verdict(longest, SOON)}")
    bench.results.facts["presses"] = presses


def say(bench: Bench, name: str, loads: list[Load]) -> None:
    names = {"paint": "first paint", "largest": "largest", "blocked": "blocked"}
    times = (f"{said} {median(a.seen[it] for a in loads):.0f} ms" for it, said in names.items())
    shifts = max(a.seen["shift"] for a in loads)
    bench.results.say(f"{name}: {', '.join(times)}, layout shift {shifts:.3f}")
    for kinds, most in MOST_KB.items():
        kilobytes = (
            max(sum(a.sent.get(kind, 0) for kind in kinds.split(" + ")) for a in loads) / 1e3
        )
        said = f"{name}: {kinds} {kilobytes:.0f} KB, at most {most}"
        bench.results.say(f"{said} {verdict(kilobytes, most)}")
    bench.results.facts[name] = [{"seen": each.seen, "sent": each.sent} for each in loads]


@contextmanager
def page_of(browser: Browser, client: Client, screen: dict[str, Any]) -> Iterator[Page]:
    """In a context of its own, so that nothing is cached. Cookies of the whole site: without them
    the page's stream is refused, and a page that asks again and again is measured."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{client.port}", **screen)
    cookies = client.cookies.items()
    context.add_cookies(
        [{"name": n, "value": v, "domain": "127.0.0.1", "path": "/"} for n, v in cookies]
    )
    context.add_init_script(OBSERVE)
    try:
        yield context.new_page()
    finally:
        context.close()


def opened(page: Page, url: str) -> None:
    """From a page of the same site, which loads nothing: starting a process of the browser is not
    what is measured."""
    page.goto("/healthz")
    page.goto(url)
    page.locator("#live-status[data-state=live]").wait_for(state="attached")
    page.wait_for_timeout(QUIET)


def load(browser: Browser, client: Client, screen: dict[str, Any]) -> Load:
    with page_of(browser, client, screen) as page:
        sent: dict[str, int] = {}
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        kinds: dict[str, str] = {}
        devtools.on(
            "Network.responseReceived",
            lambda event: kinds.update({event["requestId"]: event["type"].lower()}),
        )

        def done(event: dict[str, Any]) -> None:
            kind = kinds.get(event["requestId"], "")
            sent[kind] = sent.get(kind, 0) + int(event["encodedDataLength"])

        devtools.on("Network.loadingFinished", done)
        if screen is PHONE:
            devtools.send("Network.emulateNetworkConditions", SLOW_4G)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        opened(page, list_url(LARGE))
        return Load(page.evaluate("seen"), sent)


def edit(browser: Browser, client: Client) -> tuple[list[float], list[float]]:
    """Milliseconds until the next paint of each press, on what opens an editor and on Escape, and
    until each editor was painted."""
    with page_of(browser, client, DESKTOP) as page:
        opened(page, list_url(LARGE, size=ROWS))
        page.evaluate("seen.presses = {}; seen.opened = []")
        editor = page.locator(".editor")
        for n in range(EDITORS):
            row = page.locator(".tx tbody tr").nth(2 + n * (ROWS // EDITORS - 1))
            row.hover()
            row.locator(".edit[data-key=l], .edit[data-key=n]").nth(n % 2).click()
            editor.wait_for()
            page.keyboard.press("Escape")
            editor.wait_for(state="detached")
        page.wait_for_timeout(QUIET)  # entries come afterwards
        seen = page.evaluate("seen")
        presses = list(seen["presses"].values())
        assert len(presses) <= 2 * EDITORS, presses
        return presses + [SHORTEST] * (2 * EDITORS - len(presses)), seen["opened"]
