"""What can be imported: the formats by the site that writes them, as people look for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from formats import FORMATS, AnyFormat


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: what it is called, and how one gets it."""

    title: str
    how: str
    name: str
    documentation: str


@dataclass(frozen=True, slots=True)
class Source:
    site: str
    kinds: list[Kind] = field(default_factory=list)


def sources(query: str = "", among: Sequence[AnyFormat] = FORMATS) -> list[Source]:
    """By name, those that have all words of the query in their site, titles or names."""
    words = query.lower().split()
    found = sorted((each for each in among if fits(each, words)), key=order)
    by_site = groupby(found, key=lambda each: each.site)
    return [Source(site, [kind_of(each) for each in some]) for site, some in by_site]


def fits(each: AnyFormat, words: list[str]) -> bool:
    text = f"{each.site} {each.title} {each.name}".lower()
    return all(word in text for word in words)


def order(each: AnyFormat) -> tuple[str, ...]:
    return each.site.lower(), each.site, str(each.title)


def kind_of(each: AnyFormat) -> Kind:
    how: Any = each.how
    return Kind(str(each.title), str(how), each.name, each.documentation)


def as_markdown() -> str:
    """The whole list, as it stands in docs/formats.md."""
    head = (
        "# Formats\n\n"
        "What can be imported, made from the readers by `python manage.py list_formats`. A kind of"
        " file whose columns were read up, not taken from a real file, is marked *from"
        " documentation*.\n"
    )
    return head + "".join(map(section, sources()))


def section(source: Source) -> str:
    rows = "".join(row(kind) for kind in source.kinds)
    return f"\n## {source.site}\n\n| File | How to get it | `--format` |\n|---|---|---|\n{rows}"


def row(kind: Kind) -> str:
    read_up = f" ([from documentation]({kind.documentation}))" if kind.documentation else ""
    return f"| {kind.title}{read_up} | {kind.how} | `{kind.name}` |\n"
