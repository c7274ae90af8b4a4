"""What pages refer to within themselves is there: hints and errors that are read out with their
field, lists that it offers, forms that a button sends. And what is gone to by a name has one."""

import re

import pytest
from django.conf import settings
from django.test import Client

from ledgers.models import Ledger
from tests.factories import make_transaction
from tests.ledgers.test_access import OF_LEDGER, needed, path_of

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = re.compile(r'\s(aria-describedby|aria-labelledby|for|form|list)="([^"]+)"')


def lacking(page: str) -> list[tuple[str, str]]:
    there = set(re.findall(r'\sid="([^"]+)"', page))
    return [
        (attribute, name)
        for attribute, names in NAMED.findall(page)
        for name in names.split()
        if name not in there
    ]


def nameless(page: str) -> list[str]:
    """The page itself, and its tables."""
    head = [] if "<h1" in page else ["h1"]
    return head + [table for table in re.findall("<table[^>]*>", page) if "aria-label" not in table]


@pytest.mark.parametrize("name", [name for name in OF_LEDGER if needed(name, "GET")])
def test_pages_refer_to_what_is_there(client: Client, ledger: Ledger, name: str) -> None:
    make_transaction(ledger, received=("1", "ETH"))
    answer = client.get(path_of(name, ledger))

    is_page = answer.headers["Content-Type"].startswith("text/html")
    if is_page and b"<html" in (content := answer.content):
        assert lacking(content.decode()) == []
        assert nameless(content.decode()) == []


def test_keys_go_through_all_that_htmx_takes() -> None:
    """What sends something by another attribute would be none of htmx's in a page that has come."""
    templates = settings.BASE_DIR / "templates"
    texts = [path.read_text() for path in templates.rglob("*") if path.is_file()]
    used = {
        name for text in texts for name in re.findall(r"(?<![\w-])(?:data-)?hx-([a-z:-]+)", text)
    }
    sends = {"get", "post", "put", "patch", "delete", "query", "action", "boost", "boost:inherited"}
    selected = re.search(r'"(\[hx-.*?)"', (settings.BASE_DIR / "static/js/keys.js").read_text())
    assert selected

    taken = set(re.findall(r"\[hx-([a-z]+)\]", selected[1]))

    assert used & sends == taken
    assert not any(name.startswith("on") for name in used)
