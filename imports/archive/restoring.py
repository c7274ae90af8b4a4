"""A ledger from its archive: all of it or nothing, into a ledger that has nothing yet."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from contacts.models import Address, Contact, Wallet
from formats.parsing.records import ImportFailed, Remark, RowError, Skipped
from imports.archive.balances import restore_balances
from imports.archive.fields import Fields, is_word
from imports.archive.history import restore_history
from imports.archive.lines import lines_of, many, row_at
from imports.archive.mappings import restore_mappings
from imports.archive.parts import COUNTS, REPORT
from imports.archive.reading import Archive, opened
from imports.archive.reviews import restore_new
from imports.archive.rows import import_named, imports_of, restore_rows
from imports.archive.rules import restore_rules
from imports.archive.spam import restore_hidden, restore_marks
from imports.archive.views import restore_views
from imports.models import ImportBatch, SourceLine
from imports.pipeline.checking import Progress, no_progress
from imports.pipeline.deflated import packed
from imports.pipeline.known import packed as packed_keys
from imports.pipeline.report import KINDS, Said, by_line, of_kind
from ledgers.models import Ledger, ReviewsBy, User, validate_time_zone
from live.writers import Way, writing
from transactions.models import Asset, Label, TransferPair

NAME, LEDGER_NAME, LABEL = 200, 100, 100  # characters
SAID: dict[str, Any] = {"skipped": Skipped, "error": RowError, "remark": Remark}


@dataclass(slots=True)
class Restored:
    """How many rows of each part are there now."""

    ledger: Ledger
    rows: dict[str, int]


def empty_ledger(archive: Archive, by: User) -> Ledger:
    """Of the archive's name, for it to be restored into; its owner is whoever brings it."""
    return Ledger.objects.open_for(by, name_of(archive), zone_of(archive))


def restore(
    source: IO[bytes], slug: str, owner: User | None = None, limit: int | None = None
) -> Restored:
    """Into the ledger of that slug, which is made where there is none. One that is there keeps its
    name, and has to be empty."""
    with opened(source, limit) as archive, transaction.atomic(), writing(Way.IMPORT):
        named = {"name": name_of(archive)}
        ledger, new = Ledger.objects.get_or_create(slug=slug, defaults=named)
        if new and owner:
            ledger.add_owner(owner)
        return fill(ledger, archive)


def fill(ledger: Ledger, archive: Archive, progress: Progress = no_progress) -> Restored:
    """Locked against imports. ImportFailed if it is not empty, or the archive does not fit
    together."""
    ledger = Ledger.objects.select_for_update(no_key=True).get(pk=ledger.pk)
    refuse_filled(ledger)
    restored = Restored(ledger, {})
    Ledger.objects.filter(pk=ledger.pk).update(**settings_of(archive))
    for part, add in READERS.items():
        try:
            with transaction.atomic():
                restored.rows[part] = add(ledger, archive.lines(part, progress))
        except (IntegrityError, DataError) as error:
            message = _("%(part)s: what stands there does not fit together: %(reason)s.")
            names = {"part": part, "reason": reason(error)}
            raise ImportFailed(message % names) from None
    return restored


def settings_of(archive: Archive) -> dict[str, Any]:
    about, found = archive.about, {}
    if "reviews_by" in about.values:
        found["reviews_by"] = about.one_of("reviews_by", ReviewsBy.values)
    return {"time_zone": zone_of(archive), "keeps_files": about.flag("keeps_files"), **found}


def reason(error: DatabaseError) -> str:
    return str(error).strip().partition("\n")[0]


def refuse_filled(ledger: Ledger) -> None:
    parts: dict[str, Any] = {
        _("transactions"): ledger.transactions,
        _("imports"): ledger.batches,
        _("wallets"): ledger.wallets,
        _("contacts"): ledger.contacts,
        _("addresses"): ledger.addresses,
        _("labels"): ledger.labels,
        _("saved views"): ledger.views,
        _("stated balances"): ledger.stated_balances,
        _("rules"): ledger.rules,
        _("mappings"): ledger.mappings,
        _("marks of spam"): ledger.spam,
    }
    if there := [name for name, rows in parts.items() if rows.exists()]:
        message = _("The ledger “%(ledger)s” is not empty: it has %(parts)s. Take a new one.")
        raise ImportFailed(message % {"ledger": ledger.slug, "parts": ", ".join(there)})


def name_of(archive: Archive) -> str:
    return archive.about.text("name", LEDGER_NAME, empty=False)


def zone_of(archive: Archive) -> str:
    zone = archive.about.text("time_zone")
    try:
        validate_time_zone(zone)
    except ValidationError as error:
        archive.about.refuse("time_zone", " ".join(error.messages))
    return zone


def wallets(ledger: Ledger, lines: Iterator[Fields]) -> int:
    return many(
        Wallet(
            ledger=ledger,
            name=line.text("name", NAME, empty=False),
            kind=line.one_of("kind", Wallet.Kind.values),
            archived_at=line.optional_moment("archived_at"),
        )
        for line in lines
    )


def contacts(ledger: Ledger, lines: Iterator[Fields]) -> int:
    return many(
        Contact(
            ledger=ledger,
            name=line.text("name", NAME, empty=False),
            note=line.text("note"),
        )
        for line in lines
    )


def addresses(ledger: Ledger, lines: Iterator[Fields]) -> int:
    people = dict(ledger.contacts.values_list("name", "pk"))
    own = dict(ledger.wallets.values_list("name", "pk"))
    return many(
        Address(
            ledger=ledger,
            **line.address()._asdict(),
            note=line.text("note"),
            contact_id=referred(line, "contact", people),
            wallet_id=referred(line, "wallet", own),
        )
        for line in lines
    )


def referred(line: Fields, name: str, known: dict[str, int]) -> int | None:
    """The key of what the line names; None where it names nothing."""
    wanted = line.optional(name, NAME)
    if wanted and wanted not in known:
        line.refuse(name, _("there is no “%s” in the archive") % wanted)
    return known[wanted] if wanted else None


def labels(ledger: Ledger, lines: Iterator[Fields]) -> int:
    return many(
        Label(
            ledger=ledger,
            name=line.text("name", LABEL, empty=False),
            colour=line.one_of("colour", Label.Colour.values),
        )
        for line in lines
    )


def assets(ledger: Ledger, lines: Iterator[Fields]) -> int:
    return many(
        Asset(
            ledger=ledger,
            symbol=line.text("symbol"),
            name=line.text("name"),
            chain=line.text("chain", 50),
            contract=line.text("contract"),
        )
        for line in lines
    )


def imports(ledger: Ledger, lines: Iterator[Fields]) -> int:
    own, count = dict(ledger.wallets.values_list("name", "pk")), 0
    for count, line in enumerate(lines, 1):
        if line.count("number") != count:
            line.refuse("number", _("imports are numbered from 1 on"))
        batch = ImportBatch.objects.create(ledger=ledger, **import_of(line, own))
        when = {"imported_at": line.moment("imported_at")}  # not now, as of every new row
        ImportBatch.objects.filter(pk=batch.pk).update(**when)
    return count


def import_of(line: Fields, wallets: dict[str, int]) -> dict[str, Any]:
    size = None if line.values["size"] is None else line.count("size", 1 << 63)
    return {
        "wallet_id": referred(line, "wallet", wallets),
        "file_name": line.text("file_name"),
        "sha256": line.text("sha256", 64),
        "format": line.text("format", 50),
        "header": line.json("header", list),
        "size": size,
        "way": line.one_of("way", ImportBatch.Way.values),
        "seconds": line.number("seconds"),
        "imported_by_name": line.text("imported_by", 150),
        **report_in(line),
        **{name: line.count(name) for name in COUNTS},
    }


def report_in(line: Fields) -> dict[str, Any]:
    """As it stood in one line, in older archives: lists of what was said, in their order."""
    if REPORT not in line.values:
        return {}
    report = line.json(REPORT, dict)
    lists = {name: report.get(name, []) for name in KINDS}
    try:
        for name, said in lists.items():
            for each in said:
                check_said(KINDS[name], each)
        return {"report": by_line(lists), "remarks": len(lists["remarks"])}
    except TypeError:
        line.refuse(REPORT, _("this is not what stands here"))


def check_said(kind: str, said: Any) -> None:
    """TypeError where it is not what an import says of a line."""
    values = asdict(SAID[kind](**said))
    if not isinstance(values.pop("line"), int) or not all(map(is_word, values.values())):
        raise TypeError


def remarks(ledger: Ledger, lines: Iterator[Fields]) -> int:
    batches, total = imports_of(ledger), 0
    for pk, some in groupby(lines, lambda line: import_named(line, batches)):
        kinds: Counter[str] = Counter()
        report = packed(map(partial(said_in, kinds), some))
        ledger.batches.filter(pk=pk).update(report=report, remarks=kinds["remark"])
        total += kinds.total()
    return total


def said_in(kinds: Counter[str], line: Fields) -> Said:
    """Counted by its kind."""
    kind, said = line.one_of("kind", tuple(SAID)), line.json("said", dict)
    try:
        check_said(kind, said)
    except TypeError:
        line.refuse("said", _("this is not what stands here"))
    kinds[kind] += 1
    return of_kind(kind, said)


def known_rows(ledger: Ledger, lines: Iterator[Fields]) -> int:
    imports, rows, count = imports_of(ledger), lines_of(ledger), 0
    named = ((import_named(line, imports), row_at(line, "transaction", rows)) for line in lines)
    for batch, some in groupby(named, itemgetter(0)):
        known = [row for _batch, row in some]
        keys = SourceLine.objects.filter(transaction__in=known).values_list("pk", flat=True)
        of_batch = ImportBatch.objects.filter(pk=batch)
        of_batch.update(known_lines=packed_keys(array("Q", sorted(keys))))
        count += len(known)
    return count


def transfers(ledger: Ledger, lines: Iterator[Fields]) -> int:
    """Its rows came in the order of their lines."""
    rows = lines_of(ledger)
    return many(
        TransferPair(
            ledger=ledger,
            sent_id=row_at(line, "sent", rows),
            received_id=row_at(line, "received", rows),
            state=line.one_of("state", TransferPair.State.values),
            decided_at=line.moment("decided_at"),
        )
        for line in lines
    )


READERS: dict[str, Callable[[Ledger, Iterator[Fields]], int]] = {
    "wallets": wallets,
    "contacts": contacts,
    "addresses": addresses,
    "labels": labels,
    "assets": assets,
    "imports": imports,
    "remarks": remarks,
    "transactions": restore_rows,
    "known": known_rows,
    "transfers": transfers,
    "views": restore_views,
    "balances": restore_balances,
    "rules": restore_rules,
    "mappings": restore_mappings,
    "spam": restore_marks,
    "hidden_as_spam": restore_hidden,
    "new": restore_new,
    "history": restore_history,
}
