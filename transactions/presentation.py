"""Rows as they are shown. Formatted here, before the template's loop: tags in a loop are slow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.chains import short
from ledgers.models import Ledger
from transactions.models import NewRow, Status, Transaction, TransactionType
from transactions.queries.listing import Total
from transactions.queries.rows import (
    MAX_SHOWN_COUNT,
    ListRow,
    MoreOfRow,
    ends_of_keys,
    group_sizes,
)
from transactions.queries.suspects import seen, suspects_among
from txproject.http import path_of
from txproject.localized import full_day, grouped, reader_marks, reader_months

HEAD_DECIMALS = 8
CHIPS = 2
# A line of the list shows less; the whole note is in its editor.
NOTE_LENGTH = 200
# get_type_display() makes this anew for every row.
TYPES = dict(TransactionType.choices)
ICONS = {
    "deposit": "arrow-down-left",
    "withdrawal": "arrow-up-right",
    "trade": "arrows-exchange",
    "transfer": "arrows-left-right",
    "reward": "award",
    "airdrop": "parachute",
    "income": "briefcase",
    "payment": "arrow-up-right",
    "gift": "gift",
    "fee": "receipt",
    "loss": "flame",
    "other": "circle-dotted",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in full: sign, up to eight decimals, and the rest of them."""

    sign: str
    head: str
    tail: str
    symbol: str


def amount(
    value: Decimal, symbol: str, sign: str = "", marks: dict[int, str] | None = None
) -> Amount:
    """Nothing is rounded away; a zero has no sign. `marks` are reader_marks(), asked for once."""
    text = f"{abs(value):f}"
    whole, _point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    head = f"{int(whole):,}" + (f".{decimals[:HEAD_DECIMALS]}" if decimals else "")
    head = head.translate(reader_marks() if marks is None else marks)
    return Amount(sign if value else "", head, decimals[HEAD_DECIMALS:], symbol)


def part(
    value: Decimal | None, symbol: str | None, sign: str = "", marks: dict[int, str] | None = None
) -> Amount | None:
    return None if value is None or symbol is None else amount(value, symbol, sign, marks)


def signed(value: Decimal, symbol: str) -> Amount:
    return amount(value, symbol, "+" if value > 0 else "−")


def format_day(at: datetime) -> str:
    """A day in the ledger's zone."""
    return full_day(timezone.localtime(at))


@dataclass(slots=True)
class ShownTotal:
    symbol: str
    name: str
    n: int
    received: Amount
    sent: Amount
    fee: Amount
    net: Amount


def shown_total(total: Total) -> ShownTotal:
    return ShownTotal(
        symbol=total.symbol,
        name=total.name,
        n=total.n,
        received=amount(total.received, total.symbol, "+"),
        sent=amount(total.sent, total.symbol, "−"),
        fee=amount(total.fee, total.symbol, "−"),
        net=signed(total.net, total.symbol),
    )


@dataclass(slots=True)
class Counterparty:
    """Whom a transaction was with: the contact's name first, else the address."""

    name: str = ""
    short: str = ""
    full: str = ""
    own_wallet: bool = False
    known_count: str = ""
    warning: str = ""

    @property
    def named(self) -> bool:
        return bool(self.name)


def counterparty(
    row: ListRow, seen: dict[int, tuple[int, bool]], suspects: dict[int, str]
) -> Counterparty:
    shown = Counterparty()
    if row.shown:
        shown.full, shown.short = row.shown, short(row.shown)
    if name := row.contact or row.named:
        shown.name = name
    elif row.own_wallet:
        shown.name, shown.own_wallet = row.own_wallet, True
    elif row.counterparty:
        shown.warning = suspects.get(row.counterparty, "")
        n = seen.get(row.counterparty, (0, False))[0]
        shown.known_count = "" if shown.warning else count_text(n)
    return shown


def count_text(n: int) -> str:
    if n > MAX_SHOWN_COUNT:
        return _("more than %(n)s transactions") % {"n": grouped(MAX_SHOWN_COUNT)}
    return ngettext("%(n)s transaction", "%(n)s transactions", n) % {"n": grouped(n)}


class Chip(NamedTuple):
    """A label."""

    colour: str
    name: str


@dataclass(slots=True)
class OtherEnd:
    """The other end of the transfer that a row is an end of."""

    pair: int
    id: int
    wallet: str
    missing: Amount | None
    is_to: bool


class New(NamedTuple):
    """That a row waits for its review, by the key of what waits."""

    key: int
    changed: bool

    @classmethod
    def of(cls, text: str | None) -> "New | None":
        if text is None:
            return None
        why, key = text.split(" ")
        return cls(int(key), why == NewRow.Why.CHANGED)


class Moment(NamedTuple):
    day: str
    clock: str


@dataclass(slots=True)
class More:
    """What only columns that are not the usual ones show of a row."""

    value: Amount | None
    hash: str
    group: str
    address: str
    source: str
    imported: Moment | None
    edited: Moment | None
    editor: str


@dataclass(slots=True)
class Row:
    """A transaction as text. Times are in the ledger's zone."""

    id: int
    key: str
    version: int
    base: str
    back: str
    day: str
    year: str
    clock: str
    seconds: str
    datetime_iso: str
    type: str
    type_label: str
    icon: str
    wallet: str
    sent: Amount | None
    received: Amount | None
    fee: Amount | None
    failed: bool
    hidden: bool
    counterparty: Counterparty
    labels: Sequence["Chip"]
    more_labels: int
    note: str
    transfer: OtherEnd | None = None
    position: str = ""
    more: More | None = None
    new: New | None = None

    @property
    def tone(self) -> str:
        """The colour of its tile."""
        if self.failed:
            return "failed"
        if self.type == TransactionType.TRANSFER or not (self.sent or self.received):
            return "neutral"
        return "both" if self.sent and self.received else "out" if self.sent else "in"

    @property
    def url(self) -> str:
        return self.link("")

    @property
    def labels_url(self) -> str:
        return self.link("labels/")

    @property
    def note_url(self) -> str:
        return self.link("note/")

    @property
    def contact_url(self) -> str:
        return self.link("contact/")

    @property
    def type_url(self) -> str:
        return self.link("type/")

    @property
    def hidden_url(self) -> str:
        return self.link("hidden/")

    @property
    def reviewed_url(self) -> str:
        return self.link("reviewed/")

    @property
    def other_url(self) -> str:
        return f"{self.base}{self.transfer.id}/{self.back}" if self.transfer else ""

    def link(self, what: str) -> str:
        return f"{self.base}{self.id}/{what}{self.back}"


@dataclass
class Group:
    """Rows of one hash or reference, one under the other."""

    rows: list[Row] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.rows)


@dataclass
class Presenter:
    """Makes rows of transactions that were read for a list.

    `next` is the page that the row's editors come back to.
    """

    ledger: Ledger
    next: str
    # Of each unnamed address how often it occurs, and whether it only ever sent dust.
    seen: dict[int, tuple[int, bool]] = field(default_factory=dict)
    suspects: dict[int, str] = field(default_factory=dict)
    transfers: dict[int, OtherEnd] = field(default_factory=dict)
    # Empty where only the usual columns are shown.
    more: dict[int, MoreOfRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base = path_of("transaction_list", self.ledger.slug)
        # Without it they come back to the list as a whole.
        self.back = "" if self.next == self.base else f"?next={quote(self.next, safe='/')}"
        self.types = {name: str(label) for name, label in TYPES.items()}
        # Each of them asks who is reading: once is enough.
        self.zone = timezone.get_current_timezone()
        self.marks, self.months = reader_marks(), reader_months()

    def row(self, tx: Transaction) -> Row:
        return self.shown(ListRow.of(tx))

    def shown(self, row: ListRow) -> Row:
        local = row.occurred_at.astimezone(self.zone)
        transfer = self.transfers.get(row.pk)
        type_ = TransactionType.TRANSFER.value if transfer else row.type
        failed = row.status == Status.FAILED
        return Row(
            id=row.pk,
            key=f"t{row.pk}",
            version=row.version,
            base=self.base,
            back=self.back,
            day=f"{local.day} {self.months[local.month - 1]}",
            year=f"{local.year:04}",
            clock=f"{local.hour:02}:{local.minute:02}",
            seconds=f":{local.second:02}",
            datetime_iso=local.isoformat(),
            type=type_,
            type_label=self.types[type_],
            icon="x" if failed else ICONS[type_],
            wallet=row.wallet,
            sent=part(row.sent_amount, row.sent_symbol, "−", self.marks),
            received=part(row.received_amount, row.received_symbol, "+", self.marks),
            fee=part(row.fee_amount, row.fee_symbol, "", self.marks),
            failed=failed,
            hidden=row.hidden,
            counterparty=counterparty(row, self.seen, self.suspects),
            labels=[Chip(*label.split(" ", 1)) for label in row.labels[:CHIPS]],
            more_labels=len(row.labels[CHIPS:]),
            note=" ".join(row.note[:NOTE_LENGTH].split()),
            transfer=transfer,
            more=self.shown_more(self.more[row.pk]) if self.more else None,
            new=New.of(row.new),
        )

    def shown_more(self, row: MoreOfRow) -> More:
        return More(
            value=part(row.value_amount, row.value_currency, "", self.marks),
            hash=row.tx_hash,
            group=row.group_key,
            address=row.own_address or "",
            source=row.file_name or "",
            imported=self.moment(row.imported_at),
            edited=self.moment(row.edited_at),
            editor=row.edited_by or "",
        )

    def moment(self, at: datetime | None) -> Moment | None:
        if at is None:
            return None
        local = at.astimezone(self.zone)
        day = f"{local.day} {self.months[local.month - 1]} {local.year:04}"
        return Moment(day, f"{local.hour:02}:{local.minute:02}")

    def rows(self, transactions: list[Transaction]) -> list[Row]:
        self.transfers = other_ends([tx.pk for tx in transactions])
        return [self.row(tx) for tx in transactions]

    def groups(self, rows: list[ListRow]) -> list[Group]:
        """In the order given, but rows of one group and moment stand together."""
        self.transfers = other_ends([row.pk for row in rows])
        self.look_at({row.unnamed: row.normalised or "" for row in rows if row.unnamed})
        sizes = group_sizes(rows)
        groups: dict[Any, Group] = {}
        for row in rows:
            own = (row.group_key, row.occurred_at) if row.group_key else row.pk
            groups.setdefault(own, Group()).rows.append(shown := self.shown(row))
            size = sizes.get(row.group_key, 1)
            if size > 1:
                at = groups[own].size
                shown.position = _("%(at)s of %(size)s") % {"at": at, "size": size}
        return list(groups.values())

    def look_at(self, unnamed: dict[int, str]) -> None:
        """How often unnamed addresses occur, and which of them are to be warned of."""
        if unnamed:
            self.seen = seen(unnamed)
            found = suspects_among(self.ledger, unnamed, self.seen)
            self.suspects = {pk: str(suspect) for pk, suspect in found.items()}


def other_ends(transactions: list[int]) -> dict[int, OtherEnd]:
    """For those that are an end of a transfer, the other one. One query."""
    found = {}
    pairs = ends_of_keys(ids=transactions) if transactions else ()
    for pk, sent, sender, amount, symbol, received, receiver, arrived in pairs:
        lost = part(amount - arrived, symbol) if amount != arrived else None
        found[sent] = OtherEnd(pk, received, receiver, lost, is_to=True)
        found[received] = OtherEnd(pk, sent, sender, lost, is_to=False)
    return found


def missing(sent: Transaction, received: Transaction) -> Amount | None:
    """What was sent and did not arrive."""
    lost = (sent.sent_amount or Decimal(0)) - (received.received_amount or Decimal(0))
    return part(lost, sent.sent_asset and sent.sent_asset.symbol) if lost else None
