"""The history of a ledger in its archive, as it was told. Rows are numbered in it, as they have
other keys where they come in again; so rules know there, too, what a person has written. Not in it
is what it tells of members, and of transactions that are not in the archive."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from django.db.models import DecimalField, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from contacts.models import Address
from history.models import Entry
from history.presentation import changes, fields, model_of
from imports.archive.fields import Fields
from imports.archive.lines import CHUNK, lines_of, many, number_in
from imports.models import ImportBatch
from ledgers.models import Ledger
from live.writers import Way
from transactions.models import Transaction

Kind = Entry.Kind
KINDS = [kind for kind in Kind.values if kind != Kind.MEMBERSHIP]
SAME = ("at", "way", "writer", "deed", "kind", "name")
NAME, MOST = 150, 1 << 62  # characters, of an act
NUMBER = re.compile(r"-?[0-9]{1,100}(?:\.[0-9]{1,100})?")
GONE = 0  # a key that no row has
ROWS = "transaction"

type Keys = dict[str, Sequence[int]]
type Numbers = Callable[[str, Any], int | None]


def known_addresses(ledger: Ledger) -> QuerySet[Address]:
    """Those that somebody has named or written a note on; the rows bring the others."""
    return ledger.addresses.exclude(Q(contact=None) & Q(wallet=None) & Q(note=""))


def kept_imports(ledger: Ledger) -> QuerySet[ImportBatch]:
    """Those that stand, and those of which rows were kept when they were undone."""
    left = Transaction.objects.filter(batch=OuterRef("pk"), undone_import=None)
    return ledger.batches.filter(Q(undone_at=None) | Exists(left)).order_by("pk")


def keys_of(ledger: Ledger) -> Keys:
    """By the name of their table, of all rows but transactions in the order of their lines."""
    rows: dict[str, Any] = {
        "wallet": ledger.wallets.order_by("pk"),
        "contact": ledger.contacts.order_by("pk"),
        "address": known_addresses(ledger).order_by("pk"),
        "label": ledger.labels.order_by("pk"),
        "asset": ledger.assets.order_by("pk"),
        "importbatch": kept_imports(ledger),
        "statedbalance": ledger.stated_balances.order_by("pk"),
        "rule": ledger.rules.alive().order_by("place", "pk"),
        "spammark": ledger.spam.order_by("pk"),
    }
    return {name: list(of.values_list("pk", flat=True)) for name, of in rows.items()}


def table_of(kind: str, name: str) -> str:
    """Of the rows that a field names."""
    if name in ("label", "adds", "takes"):
        return "label"
    related: Any = getattr(model_of(kind)._meta.get_field(name), "related_model", None)
    return related._meta.model_name if related else ""


def entries_of(ledger: Ledger) -> Iterator[dict[str, Any]]:
    told = ledger.history.filter(kind__in=KINDS).order_by("pk")
    if not told.exists():
        return
    lines = lines_of(ledger)
    known = {
        table: {pk: number for number, pk in enumerate(keys, 1)}
        for table, keys in keys_of(ledger).items()
    }

    def number(table: str, key: Any) -> int | None:
        return number_in(lines, key) if table == ROWS else known.get(table, {}).get(key)

    for entry in told.iterator(CHUNK):
        table = str(model_of(entry.kind)._meta.model_name)
        row = number(table, entry.object_id)
        if row or table != ROWS:
            yield {
                **{name: getattr(entry, name) for name in SAME},
                "act": abs(entry.act),
                "row": row,
                "contact": number("contact", entry.contact_id),
                "changes": numbered(entry, number),
            }


def numbered(entry: Entry, number: Numbers) -> dict[str, Any]:
    if entry.kind == Kind.REVIEW:
        return {}  # what undo needs, and nobody else
    return {
        name: [portable(value, table_of(entry.kind, name), number) for value in both]
        for name, both in entry.changes.items()
    }


def portable(value: Any, table: str, number: Numbers) -> Any:
    if isinstance(value, list):
        return [portable(each, table, number) for each in value]
    if isinstance(value, dict):
        return {"id": number(table, value["id"]), "name": value["name"]}
    return f"{value:f}" if isinstance(value, Decimal) else value


def restore_history(ledger: Ledger, lines: Iterator[Fields]) -> int:
    keys: Keys = keys_of(ledger) | {ROWS: lines_of(ledger)}
    return many(restored(ledger, line, keys) for line in lines)


def restored(ledger: Ledger, line: Fields, keys: Keys) -> Entry:
    kind = line.one_of("kind", KINDS)
    table = str(model_of(kind)._meta.model_name)
    entry = Entry(
        ledger=ledger,
        at=line.moment("at"),
        act=-act_of(line),
        way=line.one_of("way", Way.values),
        writer=line.text("writer", NAME, empty=False),
        deed=line.one_of("deed", Entry.Deed.values),
        kind=kind,
        object_id=key_at(line, "row", line.values["row"], keys[table]) or GONE,
        name=line.text("name"),
        contact_id=key_at(line, "contact", line.values["contact"], keys["contact"]),
        changes=changes_in(line, kind, keys),
    )
    if not is_readable(entry):
        refuse(line)
    return entry


def act_of(line: Fields) -> int:
    """From one on: below zero it says that it came with an archive, and zero would not."""
    act = line.count("act", MOST)
    if not act:
        line.refuse("act", _("this is no count"))
    return act


def key_at(line: Fields, name: str, number: Any, keys: Sequence[int]) -> int | None:
    if number is None:
        return None
    if type(number) is not int or not 0 < number <= len(keys):
        line.refuse(name, _("there is no such line"))
    return keys[number - 1]


def changes_in(line: Fields, kind: str, keys: Keys) -> dict[str, list[Any]]:
    found = {}
    for name, both in line.json("changes", dict).items():
        if name not in fields(kind) or not isinstance(both, list) or len(both) != 2:
            refuse(line)
        of = keys.get(table_of(kind, name), [])
        found[name] = [keyed(line, value, of) for value in both]
    return found


def keyed(line: Fields, value: Any, keys: Sequence[int], in_list: bool = False) -> Any:
    if isinstance(value, dict) and value.keys() == {"id", "name"}:
        if not isinstance(value["name"], str | None):
            refuse(line)
        return value | {"id": key_at(line, "changes", value["id"], keys)}
    if isinstance(value, list) and not in_list:
        return [keyed(line, each, keys, in_list=True) for each in value]
    if in_list or isinstance(value, dict | list):
        refuse(line)
    return value


def is_readable(entry: Entry) -> bool:
    """A page could not be made of the others."""
    amounts = [value for field in amounts_of(entry.kind) for value in entry.changes.get(field, [])]
    if not all(value is None or NUMBER.fullmatch(str(value)) for value in amounts):
        return False
    try:
        changes(entry)
    except (TypeError, ValueError, ArithmeticError):
        return False
    return True


def amounts_of(kind: str) -> list[str]:
    of = model_of(kind)._meta.concrete_fields
    return [field.name for field in of if isinstance(field, DecimalField)]


def refuse(line: Fields) -> NoReturn:
    line.refuse("changes", _("this is not what stands here"))
