"""Rows as they are shown. Formatted here, before the template's loop: tags in a loop are slow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, QuerySet
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.chains import short
from contacts.models import Address, Contact, Wallet
from ledgers.models import Ledger
from transactions.models import (
    Asset,
    Label,
    Status,
    Transaction,
    TransactionType,
    TransferPair,
)
from transactions.queries.listing import Total
from transactions.queries.suspects import suspects

HEAD_DECIMALS = 8
MAX_SHOWN_COUNT = 1000
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


def amount(value: Decimal, symbol: str, sign: str = "") -> Amount:
    """Nothing is rounded away; a zero has no sign."""
    text = f"{abs(value):f}"
    whole, _point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    head = f"{int(whole):,}" + (f".{decimals[:HEAD_DECIMALS]}" if decimals else "")
    return Amount(sign if value else "", head, decimals[HEAD_DECIMALS:], symbol)


def part(value: Decimal | None, asset: Asset | None, sign: str = "") -> Amount | None:
    return None if value is None or asset is None else amount(value, asset.symbol, sign)


def signed(value: Decimal, symbol: str) -> Amount:
    return amount(value, symbol, "+" if value > 0 else "−")


def format_day(at: datetime) -> str:
    """A day in the ledger's zone."""
    return formats.date_format(timezone.localtime(at), "j M Y")


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
    row: Transaction, seen: dict[int, int], suspects: dict[int, str] | None = None
) -> Counterparty:
    address: Address | None = row.counterparty
    contact: Contact | None = row.contact or (address.contact if address else None)
    wallet: Wallet | None = address.wallet if address else None
    shown = Counterparty()
    if address:
        shown.full, shown.short = address.shown, short(address.shown)
    if contact:
        shown.name = contact.name
    elif wallet:
        shown.name, shown.own_wallet = wallet.name, True
    elif address:
        shown.warning = (suspects or {}).get(address.pk, "")
        shown.known_count = "" if shown.warning else count_text(seen.get(address.pk, 0))
    return shown


def count_text(n: int) -> str:
    if n > MAX_SHOWN_COUNT:
        return _("more than %(n)s transactions") % {"n": f"{MAX_SHOWN_COUNT:,}"}
    return ngettext("%(n)s transaction", "%(n)s transactions", n) % {"n": f"{n:,}"}


@dataclass(slots=True)
class OtherEnd:
    """The other end of the transfer that a row is an end of."""

    pair: int
    id: int
    wallet: str
    missing: Amount | None
    is_to: bool


@dataclass(slots=True)
class Row:
    """A transaction as text. Times are in the ledger's zone."""

    id: int
    key: str
    version: int
    base: str
    next: str
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
    labels: Sequence[Label]
    more_labels: int
    note: str
    transfer: OtherEnd | None = None
    position: str = ""

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
    def other_url(self) -> str:
        return f"{self.base}{self.transfer.id}/?next={self.next}" if self.transfer else ""

    def link(self, what: str) -> str:
        return f"{self.base}{self.id}/{what}?next={self.next}"


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
    seen: dict[int, int] = field(default_factory=dict)
    suspects: dict[int, str] = field(default_factory=dict)
    transfers: dict[int, OtherEnd] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base = reverse("transaction_list", args=[self.ledger.slug])
        self.next = quote(self.next, safe="/")

    def row(self, tx: Transaction) -> Row:
        local = timezone.localtime(tx.occurred_at)
        labels = list(tx.labels.all())
        transfer = self.transfers.get(tx.pk)
        type_ = TransactionType.TRANSFER.value if transfer else tx.type
        return Row(
            id=tx.pk,
            key=f"t{tx.pk}",
            version=tx.version,
            base=self.base,
            next=self.next,
            day=formats.date_format(local, "j M"),
            year=f"{local:%Y}",
            clock=f"{local:%H:%M}",
            seconds=f"{local::%S}",
            datetime_iso=local.isoformat(),
            type=type_,
            type_label=str(TYPES[type_]),
            icon="x" if tx.status == Status.FAILED else ICONS[type_],
            wallet=tx.wallet.name,
            sent=part(tx.sent_amount, tx.sent_asset, "−"),
            received=part(tx.received_amount, tx.received_asset, "+"),
            fee=part(tx.fee_amount, tx.fee_asset),
            failed=tx.status == Status.FAILED,
            hidden=tx.hidden,
            counterparty=counterparty(tx, self.seen, self.suspects),
            labels=labels[:CHIPS],
            more_labels=len(labels[CHIPS:]),
            note=" ".join(tx.note[:NOTE_LENGTH].split()),
            transfer=transfer,
        )

    def rows(self, transactions: list[Transaction]) -> list[Row]:
        self.transfers = other_ends(transactions)
        return [self.row(tx) for tx in transactions]

    def groups(self, transactions: list[Transaction]) -> list[Group]:
        """In the order given, but rows of one group and moment stand together."""
        self.transfers = other_ends(transactions)
        self.seen = occurrences_of_unnamed(transactions)
        known = [tx.counterparty for tx in transactions if tx.counterparty]
        self.suspects = {pk: str(found) for pk, found in suspects(self.ledger, known).items()}
        sizes = group_sizes(transactions)
        groups: dict[Any, Group] = {}
        for tx in transactions:
            own = (tx.group_key, tx.occurred_at) if tx.group_key else tx.pk
            groups.setdefault(own, Group()).rows.append(row := self.row(tx))
            size = sizes.get(tx.group_key, 1)
            if size > 1:
                at = groups[own].size
                row.position = _("%(at)s of %(size)s") % {"at": at, "size": size}
        return list(groups.values())


def other_ends(transactions: Iterable[Transaction]) -> dict[int, OtherEnd]:
    """For those that are an end of a transfer, the other one. One query."""
    pairs = TransferPair.objects.standing().with_any([tx.pk for tx in transactions])
    found = {}
    for pair in pairs.select_related("sent__wallet", "sent__sent_asset", "received__wallet"):
        sent, received = pair.sent, pair.received
        lost = missing(sent, received)
        found[sent.pk] = OtherEnd(pair.pk, received.pk, received.wallet.name, lost, is_to=True)
        found[received.pk] = OtherEnd(pair.pk, sent.pk, sent.wallet.name, lost, is_to=False)
    return found


def missing(sent: Transaction, received: Transaction) -> Amount | None:
    """What was sent and did not arrive."""
    lost = (sent.sent_amount or Decimal(0)) - (received.received_amount or Decimal(0))
    return part(lost, sent.sent_asset) if lost else None


def occurrences_of_unnamed(transactions: Iterable[Transaction]) -> dict[int, int]:
    """How often each unnamed counterparty occurs, counted up to one more than MAX_SHOWN_COUNT."""
    return times(
        tx.counterparty_id
        for tx in transactions
        if (at := tx.counterparty) and at.contact_id is None and at.wallet_id is None
    )


def times(addresses: Iterable[int | None]) -> dict[int, int]:
    """How often each address is the counterparty, counted up to one more than MAX_SHOWN_COUNT."""
    if not (wanted := {pk for pk in addresses if pk}):
        return {}
    with_it = Transaction.objects.alive().filter(
        ledger=OuterRef("ledger"), counterparty=OuterRef("pk")
    )
    counted = Address.objects.filter(pk__in=wanted).annotate(n=capped_count(with_it))
    return dict(counted.values_list("pk", "n"))


def group_sizes(transactions: Iterable[Transaction]) -> dict[str, int]:
    """How many rows each group has, counted up to one more than MAX_SHOWN_COUNT."""
    one_of_each = {tx.group_key: tx.pk for tx in transactions if tx.group_key}
    if not one_of_each:
        return {}
    members = Transaction.objects.alive().filter(
        ledger=OuterRef("ledger"), group_key__iexact=OuterRef("group_key")
    )
    counted = Transaction.objects.filter(pk__in=one_of_each.values()).annotate(
        n=capped_count(members)
    )
    return dict(counted.values_list("group_key", "n"))


def capped_count(rows: QuerySet[Transaction]) -> Func:
    """Their number, at most MAX_SHOWN_COUNT + 1, as a part of a query."""
    ids = ArraySubquery(rows.values("pk")[: MAX_SHOWN_COUNT + 1])
    return Func(ids, function="cardinality", output_field=IntegerField())
