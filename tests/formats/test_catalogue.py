from pathlib import Path

import pytest
from django.test import Client

from formats import FORMATS
from formats.catalogue import as_markdown, sources

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "formats.md"


def test_document_is_what_the_readers_say():
    assert DOCUMENT.read_text() == as_markdown(), "python manage.py list_formats > docs/formats.md"


def test_every_format_is_listed_once():
    listed = [kind.name for source in sources() for kind in source.kinds]

    assert sorted(listed) == sorted(each.name for each in FORMATS)
    assert len({source.site for source in sources()}) == len(sources())


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kraken ledgers", ["Kraken ledgers"]),
        ("LEDGERS kraken", ["Kraken ledgers"]),
        ("nowhere", []),
    ],
)
def test_sources_are_found_by_all_words(query, titles):
    assert [kind.title for source in sources(query) for kind in source.kinds] == titles


@pytest.mark.django_db
def test_page_is_searched_and_asks_for_a_login(client: Client):
    assert Client().get("/formats/").status_code == 302

    assert "Koinly universal template" in client.get("/formats/").content.decode()
    found = client.get("/formats/?q=kraken+ledgers").content.decode()
    assert "Kraken ledgers" in found
    assert "Koinly universal template" not in found
    assert "There is none of that name" in client.get("/formats/?q=%3Cb%3E").content.decode()
