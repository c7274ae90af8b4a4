"""Every page in a language that puts each message in brackets: what stands outside of them was
said by nobody’s catalogue."""

import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from django.test import Client
from django.urls import reverse

from contacts.chains import EVM_CHAINS, FAMILIES
from formats import FORMATS
from ledgers.models import Ledger, User
from tests.factories import make_transaction
from tests.ledgers.test_access import OF_LEDGER, OWN_PAGES, needed, path_of
from txproject.management.commands.makemessages import collected

OPEN, CLOSE = "⟦", "⟧"
# What a browser shows or says of an element, besides the text in it.
SAID = {"title", "aria-label", "placeholder", "alt", "label"}
SILENT = {"script", "style", "kbd", "pre", "code", "bdi"}
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = re.compile(
    # What the factories write, and what has one name in every language.
    r"(?:Wallet|Contact|label|mapping|user|view|(?:by )?rule|Ledger) ?\d+|Keller family|\bana?\b"
    r"|export\.csv|koinly"
    r"|txproject|UUID|SHA-256|CSV|XLSX|JSON Lines|JSON|TOML|ZIP|UTC|English|Русский|Esc|Alt|Unix"
    r"|[A-Z]\w+(?:/[\w+-]+)+|0x[\w…]+|\b[A-Z]{2,5}\b|(?:/\w+)+/|https?://\S+|[a-z]+(?:-[a-z]+)+\b"
    r"|\b(?:Day|Sum|Date|(?:Sent|Received) (?:Amount|Currency)|deposit|ethereum|much|nothing)\b"
    # Django's own.
    r"|\bbytes\b|Enter a number\."
    r"|\b(?:January|February|March|April|May|June|July|August)\b"
    r"|\b(?:September|October|November|December)\b"
)


class Page(HTMLParser):
    """Words that are not in brackets. These go through the markup of a message."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.silent = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        for name, value in attributes:
            spoken = name in SAID or (name.startswith("data-") and " " in (value or ""))
            if spoken and value and tag != "meta":
                self.hear(value, 0)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.depth = self.hear(data, self.depth)

    def hear(self, text: str, depth: int) -> int:
        outside = []
        for char in text:
            depth += (char == OPEN) - (char == CLOSE)
            outside.append(char if depth == 0 and char != CLOSE else " ")
        left = re.sub(NAMES, " ", "".join(outside))
        self.found += [text.strip()] * bool(WORD.search(left))
        return depth


def untranslated(html: str) -> list[str]:
    page = Page()
    page.feed(html)
    assert page.depth == 0, "a message is cut off"
    return page.found


@pytest.fixture
def brackets(settings: Any, tmp_path: Path) -> str:
    """The header of a browser that asks for them."""
    catalog = Catalog("en_GB")
    for message in collected():
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            texts = tuple(f"{OPEN}{text}{CLOSE}" for text in ids)
            string = texts if len(texts) > 1 else texts[0]
            catalog.add(message.id, string, context=message.context)
    folder = tmp_path / "en_GB" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("en-gb", "Русский")]
    return "en-gb"


def names_of_others() -> set[str]:
    families = {str(family.name) for family in FAMILIES.values()}
    return {each.site for each in FORMATS} | {*EVM_CHAINS} | families


def paths(ledger: Ledger) -> Iterator[str]:
    yield from ("/", "/new/", "/new/archive/", "/login/", "/nowhere/")
    yield from map(reverse, OWN_PAGES)
    for name in OF_LEDGER:
        if needed(name, "GET"):
            yield path_of(name, ledger)
    transactions = f"/{ledger.slug}/transactions/"
    for query in ("?select=1", "?min=much", "?q=nothing", "?type=trade&type_not=1&hidden=all"):
        yield transactions + query


def test_every_page_says_nothing_that_cannot_be_translated(
    client: Client, ledger: Ledger, brackets: str, settings: Any
) -> None:
    for n in range(3):
        make_transaction(ledger, sent=("1", "ETH"), fee=("2", "ETH"), tx_hash="0x" + f"{n}" * 64)
    known = names_of_others()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = math.inf  # the pages, not the way to them
    found = set()

    for path in paths(ledger):
        response = client.get(path, headers={"Accept-Language": brackets}, follow=True)
        if response.headers["Content-Type"].startswith("text/html"):
            found |= {(path, text) for text in untranslated(response.text) if text not in known}

    assert sorted(found) == []


def test_admin_says_nothing_of_ours_that_cannot_be_translated(
    client: Client, ledger: Ledger, user: User, brackets: str
) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    tx = make_transaction(ledger)

    page = client.get(
        f"/admin/transactions/transaction/{tx.pk}/change/", headers={"Accept-Language": brackets}
    ).text

    of_django = {"Date:", "Time:"}
    labels = re.findall(r"<label[^>]*>([^<]*)</label>", page)
    assert len(labels) > 10
    assert [label for label in labels if not {label[0], label} & {OPEN, *of_django}] == []


def test_text_that_is_in_no_catalogue_is_found() -> None:
    assert untranslated(f"<p>{OPEN}All{CLOSE}</p><p>Some</p>") == ["Some"]
    assert untranslated(f"<p title='Some'>{OPEN}the <b>whole</b> text{CLOSE}</p>") == ["Some"]
