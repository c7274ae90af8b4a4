"""What is translated is complete, and fits what it is a translation of."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings

from txproject.language import LOCALE_DIR
from txproject.management.commands.makemessages import PLACES, catalog_of, collected, path_of

GLOSSARY = LOCALE_DIR.parent / "docs" / "glossary.ru.md"
PLACEHOLDER = re.compile(r"%%?\(\w+\)[sd]|%[sdg]|\{\w+\}|</?\w+>|%%")
SAID_BY_PROGRAM = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def russian() -> Catalog:
    return catalog_of("ru")


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def translations(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each form of a translation with what it translates, in the plural if there is one."""
    for message in catalog:
        if message.id:
            for text in forms(message.string):
                yield forms(message.id)[-1], text


def test_messages_are_collected_wherever_there_are_some() -> None:
    root = LOCALE_DIR.parent
    says = {
        path.relative_to(root).parts[0]
        for app in apps.get_app_configs()
        if Path(app.path).is_relative_to(root) and ".venv" not in app.path
        for path in Path(app.path).rglob("*.py")
        if "import gettext" in path.read_text()
    }

    assert says - set(PLACES) == set()
    assert len(says) > 8


@pytest.mark.slow
def test_every_message_is_translated(russian: Catalog) -> None:
    known = {(message.id, message.context) for message in russian if message.id}
    said = {(message.id, message.context) for message in collected() if message.id}

    assert [id for id, text in translations(russian) if not text] == []
    assert [message.id for message in russian if message.fuzzy and message.id] == []
    assert said - known == set(), "./dev manage makemessages"
    assert known - said == set(), "./dev manage makemessages"


def test_what_is_compiled_is_what_is_written(russian: Catalog) -> None:
    compiled, written = BytesIO(), BytesIO()
    write_mo(compiled, russian)
    write_po(written, russian, width=100, ignore_obsolete=True, include_lineno=False)

    assert path_of("ru", "mo").read_bytes() == compiled.getvalue(), "./dev manage makemessages"
    assert path_of("ru", "po").read_bytes() == written.getvalue(), "./dev manage makemessages"


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def test_placeholders_and_markup_are_those_of_the_original(russian: Catalog) -> None:
    """Also where the original's singular leaves the number out: the Russian one is of 21, too."""
    other = [
        (original, text)
        for original, text in translations(russian)
        if placeholders(text) != placeholders(original)
    ]

    assert other == []
    assert [error for message in russian for error in message.check(russian)] == []


def test_plurals_have_the_three_forms_of_russian(russian: Catalog) -> None:
    plural = [message for message in russian if isinstance(message.id, tuple)]

    assert {len(message.string) for message in plural} == {3}
    assert len(plural) > 50


def glossary() -> list[tuple[str, list[str]]]:
    rows = [line.split("|") for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")]
    return [(row[1].strip(), re.split(r",\s*", row[3].strip())) for row in rows[1:]]


@pytest.mark.parametrize(("term", "stems"), glossary(), ids=[term for term, _stems in glossary()])
def test_terms_are_those_of_the_glossary(russian: Catalog, term: str, stems: list[str]) -> None:
    """Names of other programs and their menus stay as they are."""
    named = re.compile(rf"(?<![\w-])({term}|{term}e?s|{term[:-1]}ies)(?![\w-])", re.IGNORECASE)
    otherwise = [
        (text, translated)
        for text, translated in translations(russian)
        if named.search(SAID_BY_PROGRAM.sub("", text))
        and not named.search(translated)
        and not any(stem in translated.lower() for stem in stems)
    ]

    assert otherwise == []


def test_languages_have_a_catalogue_each() -> None:
    assert {"en", *(path.name for path in LOCALE_DIR.iterdir())} == set(dict(settings.LANGUAGES))


def test_catalogue_that_lacks_a_message_is_found(russian: Catalog) -> None:
    text = path_of("ru", "po").read_bytes().replace('"Сохранено."'.encode(), b'""')

    lacking = read_po(BytesIO(text), "ru")

    assert [id for id, text in translations(lacking) if not text] == ["Saved."]
