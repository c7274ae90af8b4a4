"""Marks of spam in the archive of their ledger, and which rows each hides. Who marked is told by
the history."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Address
from imports.archive.fields import Fields
from imports.archive.lines import CHUNK, lines_of, many, number_in, row_at
from ledgers.models import Ledger
from transactions.models import Asset, SpamMark, SpamRow

TOKEN = ("symbol", "chain", "contract")


def marks_of(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for mark in ledger.spam.select_related("address", "asset").order_by("pk").iterator(CHUNK):
        of = {name: getattr(mark.asset, name, "") for name in TOKEN}
        if mark.address:
            of["chain"] = mark.address.family
        yield {
            "address": mark.address and mark.address.shown,
            **of,
            "created_at": mark.created_at,
        }


def hidden_by_marks(ledger: Ledger) -> Iterator[dict[str, Any]]:
    hidden = SpamRow.objects.filter(ledger=ledger)
    if not hidden.exists():
        return
    marks, lines = numbers_of_marks(ledger), lines_of(ledger)
    found = hidden.order_by("transaction", "mark").values_list("mark", "transaction")
    for mark, row in found.iterator(CHUNK):
        if number := number_in(lines, row):
            yield {"mark": marks[mark], "transaction": number}


def numbers_of_marks(ledger: Ledger) -> dict[int, int]:
    keys = ledger.spam.order_by("pk").values_list("pk", flat=True)
    return {pk: number for number, pk in enumerate(keys, 1)}


def restore_marks(ledger: Ledger, lines: Iterator[Fields]) -> int:
    """A new mark hides what it finds: of that, all that was shown is shown again."""
    count = many(marks(ledger, lines))
    SpamRow.objects.filter(ledger=ledger).delete()
    return count


def marks(ledger: Ledger, lines: Iterator[Fields]) -> Iterator[SpamMark]:
    for line in lines:
        when = line.moment("created_at")
        yield SpamMark(ledger=ledger, created_at=when, **marked(ledger, line))


def marked(ledger: Ledger, line: Fields) -> dict[str, Address | Asset]:
    if line.values["address"] is not None:
        of = line.address()._asdict()
        shown = {"shown": of.pop("shown")}
        return {"address": ledger.addresses.get_or_create(**of, defaults=shown)[0]}
    asset = ledger.assets.filter(**{name: line.text(name) for name in TOKEN}).first()
    if asset is None:
        line.refuse("symbol", _("there is no “%s” in the archive") % line.text("symbol"))
    return {"asset": asset}


def restore_hidden(ledger: Ledger, lines: Iterator[Fields]) -> int:
    return many(hidden_rows(ledger, lines))


def hidden_rows(ledger: Ledger, lines: Iterator[Fields]) -> Iterator[SpamRow]:
    keys, rows = {n: pk for pk, n in numbers_of_marks(ledger).items()}, lines_of(ledger)
    for line in lines:
        number = line.count("mark")
        if number not in keys:
            line.refuse("mark", _("there is no mark of spam in line %d") % number)
        row = row_at(line, "transaction", rows)
        yield SpamRow(ledger=ledger, mark_id=keys[number], transaction_id=row)
