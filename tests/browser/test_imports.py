"""From a file that is dropped to its rows, and back: on a screen or a phone, with or without
scripts."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.site import SCREENS, Site, on
from tests.formats.test_etherscan import ME, TOKENS, token
from tests.imports.helpers import run
from tests.imports.test_marks import EXPLORER
from tests.imports.uploads import koinly, work_off, zipped
from tests.live.helpers import elsewhere
from transactions.models import Transaction

DROP = """([name, content]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
  data.items.add(new File([bytes], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


type Press = Callable[[Locator], None]

IMPORT = re.compile(r"/imports/\d+/$")


def by_keyboard(target: Locator) -> None:
    """From wherever the focus is, by the keys that everybody has."""
    expect(target).to_be_visible()
    keys = target.page.keyboard
    for _ in range(60):
        if target.evaluate("(it) => it === document.activeElement"):
            break
        keys.press("Tab")
    keys.press("Space" if target.get_attribute("type") == "checkbox" else "Enter")


PRESS: dict[str, Press] = {"pointer": Locator.click, "keyboard": by_keyboard}


@pytest.fixture
def press(request: Any) -> Press:
    return PRESS[request.param]


def ways(*screens: str) -> pytest.MarkDecorator:
    """On these screens by pointer, and by keyboard."""
    some = [*((screen, "pointer") for screen in screens), ("desktop", "keyboard")]
    return pytest.mark.parametrize(("page", "press"), some, indirect=True)


def work() -> None:
    elsewhere(work_off)


def go_on(site: Site) -> None:
    """To the import that it has become: with scripts the page does so by itself."""
    if site.scripts:
        site.page.wait_for_url(IMPORT)
    else:
        site.page.reload()


def asked(page: Page) -> None:
    """A job is queued: before that a worker would find nothing to do."""
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def choose(site: Site, press: Press, path: Path) -> None:
    site.page.goto(f"/{site.ledger.slug}/imports/new/")
    site.page.get_by_label("Files of your exchange").set_input_files(path)
    press(site.page.get_by_role("button", name="Look at them"))
    expect(site.page.locator("h1")).to_contain_text(path.name)


@ways(*SCREENS)
def test_file_is_looked_at_confirmed_and_undone(site: Site, press: Press, tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    file.write_text(koinly("1.5", "0.25"))
    page = site.page

    choose(site, press, file)
    work()
    page.reload()
    expect(page.get_by_role("row", name=re.compile("BTC.*1.75"))).to_have_count(1)
    press(page.get_by_role("button", name="Import 2 rows into Koinly"))
    asked(page)
    work()
    go_on(site)
    expect(page.get_by_role("link", name="Show 2 transactions")).to_be_visible()
    press(page.get_by_role("link", name="Undo the import"))
    press(page.get_by_role("button", name="Undo the import"))
    expect(page.get_by_text("2 rows were taken out.")).to_be_visible()
    assert not Transaction.objects.alive().exists()
    press(page.get_by_role("button", name="Bring its rows back"))
    expect(page.get_by_text("2 rows are back.")).to_be_visible()
    assert Transaction.objects.alive().count() == 2


@on("desktop")
def test_dropped_files_are_uploaded_and_the_page_follows(site: Site) -> None:
    archive = zipped({f"{n}.csv": koinly(n, day=n) for n in range(1, 6)})
    site.open()

    site.page.evaluate(DROP, ["all.zip", base64.b64encode(archive).decode()])
    expect(site.page.locator("h1")).to_contain_text("all.zip")
    site.page.goto(f"/{site.ledger.slug}/imports/")
    expect(site.page.locator(".uploads li")).to_have_count(1)
    work()

    expect(site.page.locator(".uploads li")).to_have_count(5)
    site.page.get_by_role("button", name="Import 5 files").click()
    expect(site.page.get_by_text("5 files are being imported.")).to_be_visible()
    work()
    expect(site.page.locator(".imports tbody tr")).to_have_count(5)
    assert Transaction.objects.count() == 5


@on("desktop")
def test_page_goes_on_to_the_import_that_it_has_become(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    file.write_text(koinly("1.5", "0.25"))

    choose(site, Locator.click, file)
    work()
    site.page.get_by_role("button", name="Import 2 rows into Koinly").click()
    asked(site.page)
    work()
    go_on(site)

    expect(site.page.get_by_role("link", name="Show 2 transactions")).to_be_visible()


@ways("desktop", "phone-without-scripts")
def test_wrong_rows_are_named_and_left_out(site: Site, press: Press, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(koinly("1", "x"))
    page = site.page

    choose(site, press, file)
    work()
    page.reload()
    expect(page.get_by_text("“x” is not a number")).to_be_visible()
    expect(page.get_by_role("button", name="Import")).to_have_count(0)
    press(page.get_by_label("Leave out the rows that are not understood"))
    press(page.get_by_role("button", name="Check it again"))
    asked(page)
    work()
    page.reload()
    press(page.get_by_role("button", name="Import 1 row"))
    asked(page)
    work()
    go_on(site)

    expect(page.get_by_role("link", name="Show 1 transaction")).to_be_visible()


@ways("desktop", "phone-without-scripts")
def test_file_that_was_imported_before_says_so(site: Site, press: Press, tmp_path: Path) -> None:
    run(site.ledger, koinly("1"), wallet="Kraken")
    file = tmp_path / "again.csv"
    file.write_text(koinly("1"))

    choose(site, press, file)
    work()
    site.page.reload()

    expect(site.page.get_by_text("Nothing in it is new.")).to_be_visible()
    expect(site.page.get_by_text("This very file was imported on")).to_be_visible()


@ways("desktop", "phone-without-scripts")
def test_option_that_a_file_needs_is_asked_for(site: Site, press: Press, tmp_path: Path) -> None:
    file = tmp_path / "explorer.csv"
    file.write_text(f"{TOKENS}\n{token()}\n")
    page = site.page

    choose(site, press, file)
    work()
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="cannot be read")).to_be_visible()
    page.get_by_label("Whose addresses").fill(ME)
    press(page.get_by_role("button", name="Check it again"))
    asked(page)
    work()
    page.reload()
    press(page.get_by_role("button", name="Import 1 row"))
    asked(page)
    work()
    go_on(site)

    expect(page.get_by_role("link", name="Show 1 transaction")).to_be_visible()


@ways(*SCREENS)
def test_what_a_resaved_file_needs_is_offered(site: Site, press: Press, tmp_path: Path) -> None:
    file = tmp_path / "resaved.csv"
    file.write_text(EXPLORER)
    page = site.page

    choose(site, press, file)
    work()
    page.reload()
    press(page.get_by_role("button", name=f"0x{'b' * 40}"))
    asked(page)
    work()
    page.reload()
    press(page.get_by_role("button", name="comma: 1.234,56"))
    asked(page)
    work()
    page.reload()

    expect(page.get_by_role("button", name="Import 1 row")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(r"ETH\W.*\b0\.5\b", re.DOTALL))).to_be_visible()


@ways("phone-without-scripts")
def test_archive_of_five_files_is_imported(site: Site, press: Press, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    file.write_bytes(zipped({f"{n}.csv": koinly(n, day=n) for n in range(1, 6)}))
    page = site.page

    choose(site, press, file)
    page.goto(f"/{site.ledger.slug}/imports/")  # that of the upload goes on by itself
    work()
    page.reload()
    press(page.get_by_role("button", name="Import 5 files"))
    expect(page.get_by_text("5 files are being imported.")).to_be_visible()
    work()
    page.reload()

    expect(page.locator(".imports tbody tr")).to_have_count(5)
    assert Transaction.objects.count() == 5
