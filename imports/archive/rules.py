"""Rules of a ledger in its archive: labels and contacts are named. A rule that names what is gone
names nothing that is there, here as there, and is not used."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from imports.archive.fields import Fields
from imports.archive.views import GONE, Names, keys_of, named, names_of, query_of
from ledgers.models import Ledger
from rules.models import Rule
from transactions.forms.editors import NAME_LENGTH, NOTE_LENGTH
from transactions.models import TransactionType

SAME = ("name", "enabled", "type", "hides", "note", "appends")


def rules_of(ledger: Ledger, imports: dict[int, int]) -> Iterator[dict[str, Any]]:
    rules = list(ledger.rules.alive().order_by("place", "pk"))
    names = names_of(ledger, imports) if rules else {}
    for rule in rules:
        yield {
            **{name: getattr(rule, name) for name in SAME},
            "query": named(rule.query, names),
            "adds": [names["label"].get(str(pk)) for pk in rule.adds],
            "takes": [names["label"].get(str(pk)) for pk in rule.takes],
            "contact": [names["contact"].get(str(rule.contact_id))] if rule.contact_id else [],
        }


def restore_rules(ledger: Ledger, lines: Iterator[Fields]) -> int:
    keys, place = keys_of(ledger), 0
    for place, line in enumerate(lines, 1):
        contacts = keys_in(line, "contact", keys)
        Rule.objects.create(
            ledger=ledger,
            place=place,
            name=line.text("name", NAME_LENGTH, empty=False),
            enabled=line.flag("enabled"),
            query=query_of(line, keys),
            adds=keys_in(line, "adds", keys, "label"),
            takes=keys_in(line, "takes", keys, "label"),
            contact_id=contacts[0] if contacts else None,
            type=line.one_of("type", ("", *TransactionType.values)),
            hides=line.flag("hides"),
            note=line.text("note", NOTE_LENGTH),
            appends=line.flag("appends"),
        )
    return place


def keys_in(line: Fields, field: str, keys: Names, kind: str = "contact") -> list[int]:
    """Of the rows that the field names, those that are gone by a key that no row has."""
    found = []
    for name in line.json(field, list):
        if name is not None and (not isinstance(name, str) or name not in keys[kind]):
            line.refuse(field, _("there is no “%s” in the archive") % name)
        found.append(int(GONE if name is None else keys[kind][name]))
    return found
