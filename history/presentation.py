"""Entries as they are read. Formatted here, before the template's loop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from history.models import Entry
from history.queries import last_since
from history.roles import role_of
from ledgers.models import Ledger, Membership
from live.writers import Way
from txproject.localized import full_day, number

MODELS = {
    Entry.Kind.TRANSACTION: "transactions.Transaction",
    Entry.Kind.LABEL: "transactions.Label",
    Entry.Kind.CONTACT: "contacts.Contact",
    Entry.Kind.ADDRESS: "contacts.Address",
    Entry.Kind.WALLET: "contacts.Wallet",
    Entry.Kind.BALANCE: "balances.StatedBalance",
    Entry.Kind.MEMBERSHIP: "ledgers.Membership",
    Entry.Kind.REVIEW: "transactions.Transaction",
    Entry.Kind.RULE: "rules.Rule",
    Entry.Kind.SPAM: "transactions.SpamMark",
}
PAGES = {
    Entry.Kind.TRANSACTION: "transaction_detail",
    Entry.Kind.REVIEW: "transaction_detail",
    Entry.Kind.CONTACT: "contact",
    Entry.Kind.RULE: "rule",
}
# Of the row, and nobody's doing.
OWN = {"created_at", "normalised", "family"}
LABEL = "label"

type Rows = dict[tuple[str, int], Any]


def model_of(kind: str) -> type[models.Model]:
    return apps.get_model(MODELS[Entry.Kind(kind)])


@dataclass(slots=True)
class ShownChange:
    field: str
    was: str
    became: str


@dataclass(slots=True)
class ShownEntry:
    key: int
    kind: str
    name: str
    deed: str
    url: str
    changes: list[ShownChange]
    # "" where whoever reads may not take it back.
    revert_url: str


@dataclass(slots=True)
class ShownAct:
    """What was done at once, as far as it is on this page."""

    key: str
    at: datetime
    who: str
    way: str
    url: str
    entries: list[ShownEntry]
    revert_url: str


@dataclass(slots=True)
class Clash:
    """What was to be taken back and has been changed since, in both texts."""

    entry: ShownEntry
    by: str
    at: datetime | None
    fields: list[ShownChange]


class Presenter:
    """With `of_row` entries are of one row, and no others of their act are taken back."""

    def __init__(self, ledger: Ledger, membership: Membership, of_row: bool = False) -> None:
        self.ledger, self.membership = ledger, membership
        self.act_reverted = "act_of_row_reverted" if of_row else "act_reverted"

    def acts(self, entries: list[Entry], there: Rows) -> list[ShownAct]:
        return [self.act(list(of), there) for _act, of in groupby(entries, lambda e: e.act)]

    def act(self, entries: list[Entry], there: Rows) -> ShownAct:
        first = entries[0]
        shown = [self.entry(each, there) for each in entries]
        several = len(shown) > 1 and all(each.revert_url for each in shown)
        return ShownAct(
            key=f"act-{first.act}",
            at=timezone.localtime(first.at),
            who=first.writer,
            way=str(Way(first.way).label),
            url=f"{self.reverse('history')}?act={first.pk}",
            entries=shown,
            revert_url=self.reverse(self.act_reverted, first.pk) if several else "",
        )

    def entry(self, entry: Entry, there: Rows) -> ShownEntry:
        row = there.get((entry.kind, entry.object_id))
        role = role_of(entry)
        may = role is not None and self.membership.may(role)
        return ShownEntry(
            key=entry.pk,
            kind=entry.get_kind_display(),
            name=entry.name or (str(row) if row else number_of(entry)),
            deed=entry.get_deed_display(),
            url=self.url(entry, row),
            changes=[change for change in changes(entry) if change.was != change.became],
            revert_url=self.reverse("entry_reverted", entry.pk) if may else "",
        )

    def url(self, entry: Entry, row: Any) -> str:
        page = PAGES.get(Entry.Kind(entry.kind))
        if row is None or page is None or getattr(row, "deleted_at", None):
            return ""
        return self.reverse(page, entry.object_id)

    def reverse(self, name: str, *args: int) -> str:
        return reverse(name, args=[self.ledger.slug, *args])

    def clashes(self, entries: list[Entry]) -> list[Clash]:
        there = rows_there(entries)
        return [self.clash(each, there) for each in entries]

    def clash(self, entry: Entry, there: Rows) -> Clash:
        row, since = there.get((entry.kind, entry.object_id)), last_since(entry)
        now = [
            ShownChange(change.field, change.was, now_of(entry, row, name))
            for name, change in zip(names(entry), changes(entry), strict=True)
        ]
        return Clash(
            self.entry(entry, there),
            by=since.writer if since else "",
            at=timezone.localtime(since.at) if since else None,
            fields=now,
        )


def number_of(entry: Entry) -> str:
    return _("no. %(number)d") % {"number": entry.object_id}


def rows_there(entries: Iterable[Entry]) -> Rows:
    """What they tell of, as far as it is still there: a query for each kind."""
    keys: dict[str, set[int]] = {}
    for entry in entries:
        keys.setdefault(entry.kind, set()).add(entry.object_id)
    return {
        (kind, pk): row
        for kind, of_kind in keys.items()
        for pk, row in model_of(kind)._default_manager.in_bulk(of_kind).items()
    }


def now_of(entry: Entry, row: Any, name: str) -> str:
    """What stands there now."""
    if row is None:
        return _("deleted")
    if name == LABEL:
        return ", ".join(str(label) for label in row.labels.all())
    try:
        value = getattr(row, name)
    except ObjectDoesNotExist:  # a rule may name what is gone
        return _("deleted")
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, list):
        return ", ".join(labels(value))
    return text(entry.kind, name, value.isoformat() if isinstance(value, datetime) else value)


def labels(keys: list[int]) -> Iterator[str]:
    """Those that a rule names, some of which may be gone."""
    there = model_of(Entry.Kind.LABEL)._default_manager.in_bulk(keys)
    return (str(there.get(key, _("deleted"))) for key in sorted(keys))


def names(entry: Entry) -> list[str]:
    """Of its fields, in the order of the model."""
    return [name for name in fields(entry.kind) if name in entry.changes and name not in OWN]


def changes(entry: Entry) -> list[ShownChange]:
    return [change(entry, name) for name in names(entry)]


def change(entry: Entry, name: str) -> ShownChange:
    was, became = (text(entry.kind, name, value) for value in entry.changes[name])
    return ShownChange(title(entry.kind, name), was, became)


@cache
def fields(kind: str) -> list[str]:
    return [*(field.name for field in model_of(kind)._meta.concrete_fields), LABEL]


def title(kind: str, name: str) -> str:
    if name == LABEL:
        return _("label")
    return str(model_of(kind)._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def text(kind: str, name: str, value: Any) -> str:
    """As the reader's language writes it; nothing for what was empty."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return str(value["name"] or value["id"])
    if isinstance(value, list):
        return ", ".join(text(kind, name, each) for each in value)
    field: Any = model_of(kind)._meta.get_field(name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        return moment(parse_datetime(value))
    if isinstance(field, models.DecimalField):
        return number(f"{Decimal(value):f}")
    return str(value)


def moment(at: datetime | None) -> str:
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{full_day(local)}, {local:%H:%M:%S}"
