"""Saved views of a ledger in its archive: what they filter by is named, as the rows have other keys
where they come in again."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from imports.archive.fields import Fields
from ledgers.models import Ledger
from transactions.find.vocabulary import BUT, NO_LABEL
from transactions.forms.saved_views import LONGEST, NAME_LENGTH
from transactions.models import SavedView
from transactions.models.saved_view import RESERVED_SLUGS
from transactions.queries.saved_views import normalised

# Filters whose values are keys of rows that have a name; `batch` is the number of an import.
NAMED = {"wallet": "wallets", "contact": "contacts", "label": "labels"}
NUMBERED = "batch"
# A key that no row has: a filter by what is gone finds nothing, here as there.
GONE = "0"
SLUG, SLUG_LENGTH = re.compile(r"[-\w]+"), 60

type Names = dict[str, dict[str, str]]


def names_of(ledger: Ledger, imports: dict[int, int]) -> Names:
    """By filter what each key is called."""
    named = {
        name: {str(pk): text for pk, text in getattr(ledger, rows).values_list("pk", "name")}
        for name, rows in NAMED.items()
    }
    named["label"][NO_LABEL] = ""  # no label is called so
    named |= {name + BUT: known for name, known in named.items()}
    return named | {NUMBERED: {str(pk): str(number) for pk, number in imports.items()}}


def shared_views(ledger: Ledger, imports: dict[int, int]) -> Iterator[dict[str, Any]]:
    views = list(ledger.views.alive().filter(owner=None).order_by("place", "pk"))
    names = names_of(ledger, imports) if views else {}
    for view in views:
        yield {"name": view.name, "slug": view.slug, "query": named(view.query, names)}


def named(query: str, names: Names) -> dict[str, list[Any]]:
    return {
        name: sorted(map(names[name].get, values), key=str) if name in names else values
        for name, values in QueryDict(query).lists()
    }


def restore_views(ledger: Ledger, lines: Iterator[Fields]) -> int:
    keys, place = keys_of(ledger), 0
    for place, line in enumerate(lines, 1):
        name, slug = line.text("name", NAME_LENGTH, empty=False), slug_of(line)
        query = query_of(line, keys)
        SavedView.objects.create(ledger=ledger, name=name, slug=slug, query=query, place=place)
    return place


def keys_of(ledger: Ledger) -> Names:
    """By filter the key of each name, in a ledger that has just been filled."""
    batches = ledger.batches.order_by("pk").values_list("pk", flat=True)
    names = names_of(ledger, dict(zip(batches, range(1, len(batches) + 1), strict=True)))
    return {name: {text: key for key, text in of.items()} for name, of in names.items()}


def slug_of(line: Fields) -> str:
    slug = line.text("slug", SLUG_LENGTH, empty=False)
    if slug in RESERVED_SLUGS or not SLUG.fullmatch(slug):
        line.refuse("slug", _("this cannot stand in a URL"))
    return slug


def query_of(line: Fields, keys: Names) -> str:
    """Of what is not known here nothing is dropped: without it the view would show more."""
    query = QueryDict(mutable=True)
    for name, values in line.json("query", dict).items():
        if not isinstance(values, list):
            line.refuse("query", _("this is not what stands here"))
        query.setlist(name, [key_of(line, name, value, keys) for value in values])
    text = normalised(query)
    if QueryDict(text).keys() != query.keys() or len(text) > LONGEST:
        line.refuse("query", _("this is not what stands here"))
    return text


def key_of(line: Fields, name: str, value: Any, keys: Names) -> str:
    if value is None and name in keys:
        return GONE
    if not isinstance(value, str):
        line.refuse("query", _("this is not what stands here"))
    if name in keys and value not in keys[name]:
        line.refuse("query", _("there is no “%s” in the archive") % value)
    return keys[name][value] if name in keys else value
