"""What is said in Python and templates, collected into locale/ and compiled there.

In place of Django's own, which needs the programs of GNU gettext and does not know Jinja2.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize
from jinja2.ext import babel_extract

from txproject.language import LOCALE_DIR

PLACES = (
    *(
        "accounts",
        "backups",
        "balances",
        "contacts",
        "demo",
        "formats",
        "history",
        "imports",
        "launcher",
        "ledgers",
        "live",
        "templates",
    ),
    *("rules", "transactions", "txproject"),
)
LEFT_OUT = {"migrations"}
TEMPLATES = {".html", ".txt"}
FUNCTIONS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
JINJA = {"newstyle_gettext": "true", "trim_blocks": "true"}


class Command(BaseCommand):
    help = "Update locale/ from the sources, and compile it."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        for language in dict(settings.LANGUAGES).keys() - {"en"}:
            catalog = catalog_of(language)
            template = collected()
            template.creation_date = catalog.creation_date  # the history has it
            catalog.update(template, no_fuzzy_matching=True)
            with path_of(language, "po").open("wb") as po, path_of(language, "mo").open("wb") as mo:
                write_po(po, catalog, width=100, ignore_obsolete=True, include_lineno=False)
                write_mo(mo, catalog)
            lacking = sum(not translated(message.string) for message in catalog if message.id)
            self.stdout.write(f"{language}: {len(catalog)} messages, {lacking} not translated")


def path_of(language: str, kind: str) -> Path:
    return LOCALE_DIR / language / "LC_MESSAGES" / f"django.{kind}"


def catalog_of(language: str) -> Catalog:
    with path_of(language, "po").open("rb") as file:
        return read_po(file, language)


def translated(string: Any) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def collected() -> Catalog:
    catalog = Catalog()
    for place in PLACES:
        for path in sorted((LOCALE_DIR.parent / place).rglob("*.*")):
            if LEFT_OUT.isdisjoint(path.parts):
                name = str(path.relative_to(LOCALE_DIR.parent))
                for message, context in messages_in(path):
                    catalog.add(message, locations=[(name, 0)], context=context)
    return catalog


def messages_in(path: Path) -> Iterator[tuple[Any, str | None]]:
    python = dict.fromkeys((".py", *TEMPLATES), "python")
    method: Any = (python | {".jinja": babel_extract}).get(path.suffix)
    if method:
        text = as_python(path) if path.suffix in TEMPLATES else path.read_text()
        found = extract(method, BytesIO(text.encode()), FUNCTIONS, options=JINJA)
        for _line, message, _comments, context in found:
            yield message, context


def as_python(path: Path) -> str:
    """Of a template of Django's: calls in what is otherwise noise."""
    return "\n".join(map(str.lstrip, templatize(path.read_text(), path.name).splitlines()))
