from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models, transaction
from django.db.models import Func, Prefetch, Q
from django.db.models.functions import Greatest, Least, Upper
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Address, Contact, Wallet, within_ledger
from history.triggers import Recorded
from imports.models import ImportBatch
from ledgers.models import Ledger
from live.triggers import announcements
from live.versions import Versioned, VersionedQuerySet
from transactions.triggers.month_counts import counts_of_transactions
from transactions.triggers.note_words import words_of_notes
from transactions.triggers.review import news_of_transactions
from transactions.triggers.spam import IS_BY_MARK, of_transactions
from txproject.localized import full_day

from .asset import Asset
from .label import Label, TransactionLabel, relabel

AMOUNT_BOUND = Decimal("1e78")
AMOUNT_SCALE = 36
PARTS = ("sent", "received", "fee")
ASSET_FIELDS = tuple(f"{part}_asset" for part in PARTS)
AMOUNTS = ("sent_amount", "received_amount")


class TransactionType(models.TextChoices):
    DEPOSIT = "deposit", _("Deposit")
    WITHDRAWAL = "withdrawal", _("Withdrawal")
    TRADE = "trade", _("Trade")
    TRANSFER = "transfer", _("Transfer")
    REWARD = "reward", _("Reward")
    AIRDROP = "airdrop", _("Airdrop")
    INCOME = "income", _("Income")
    PAYMENT = "payment", _("Payment")
    GIFT = "gift", _("Gift")
    FEE = "fee", _("Fee")
    LOSS = "loss", _("Loss")
    OTHER = "other", _("Other")


class Status(models.TextChoices):
    OK = "ok", _("Done")
    FAILED = "failed", _("Failed")


def amount_field(name: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(name, null=True, blank=True)


def asset_field(name: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        Asset,
        models.RESTRICT,
        verbose_name=name,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


def optional(to: type[models.Model], name: Any, related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        to,
        models.SET_NULL,
        verbose_name=name,
        null=True,
        blank=True,
        related_name=related_name,
        db_constraint=False,
        db_index=False,
    )


def exact(field: str) -> Q:
    """At least 0, below 10^78, at most 36 decimals; NaN and infinity compare above the bound."""
    decimals = Func(field, function="scale", output_field=models.IntegerField())
    bounded = Q(**{f"{field}__gte": 0, f"{field}__lt": AMOUNT_BOUND})
    return Q(**{f"{field}__isnull": True}) | (bounded & Q(LessThanOrEqual(decimals, AMOUNT_SCALE)))


def together(amount: str, other: Q) -> Q:
    missing = Q(**{f"{amount}__isnull": True})
    return (missing & other) | (~missing & ~other)


def part_constraints() -> list[models.CheckConstraint]:
    constraints = []
    for part in PARTS:
        amount, no_asset = f"{part}_amount", Q(**{f"{part}_asset__isnull": True})
        constraints += [
            models.CheckConstraint(condition=exact(amount), name=f"{part}_exact"),
            models.CheckConstraint(condition=together(amount, no_asset), name=f"{part}_whole"),
        ]
    return constraints


# Of what was sent and received: that one of them is at least so much, or at most.
MOST, LEAST = (end(*AMOUNTS) for end in (Greatest, Least))


def newest_first(
    name: str, *fields: str, only: Q | None = None, include: Sequence[str] = ()
) -> models.Index:
    """What a page with this filter reads: the ledger's rows, latest first, in a total order.

    Rows that are only counted or skipped are not read at all, with what says that they are listed.
    """
    return models.Index(
        fields=["ledger", *fields, "-occurred_at", "-id"],
        name=f"transaction_{name}",
        condition=only,
        include=include or None,
    )


def note_words() -> Func:
    """What a note is found by: its words, each of them once more with its ledger before it
    (“=7=rent”, as no word begins), so that notes of other ledgers are not read, and once more with
    the ledger and the month (“=7@24290=rent”), for pages of a list in the order of time."""
    words = SearchVectorField()
    return Func(
        *("note", "ledger", "occurred_at"), function="transaction_note_words", output_field=words
    )


# Tells whether a row is listed.
LISTED = ("hidden", "deleted_at")
# What others it is combined with.
COMBINED = ("type", "wallet", *ASSET_FIELDS)
# All that rows are filtered by, found and put in order with, but labels and words.
FILTERED = (
    *(*AMOUNTS, *LISTED, "occurred_at", "id"),
    *("contact", "counterparty", "own_address", *COMBINED),
)
SHOWN_WITH = (
    "wallet",
    *ASSET_FIELDS,
    "contact",
    "counterparty__contact",
    "counterparty__wallet",
)


ASSET, ADDRESS = ("transactions_asset", "symbol"), ("contacts_address", "shown")
BATCH = ("transactions_importbatch", "file_name")
RECORDED = Recorded(
    "transaction",
    (
        *("occurred_at", "type", "status", *(f"{part}_amount" for part in PARTS)),
        *("value_amount", "value_currency", "tx_hash", "group_key"),
        *("note", "hidden", "created_at", "deleted_at"),
    ),
    {
        "wallet": ("contacts_wallet", "name"),
        **dict.fromkeys(ASSET_FIELDS, ASSET),
        "own_address": ADDRESS,
        "counterparty": ADDRESS,
        "contact": ("contacts_contact", "name"),
        "batch": BATCH,
        "undone_import": BATCH,
    },
    told_elsewhere=IS_BY_MARK,
)


class TransactionQuerySet(VersionedQuerySet["Transaction"]):
    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        """By a person; what goes with an import is not deleted for good."""
        return self.filter(deleted_at__isnull=False, undone_import__isnull=True)

    def latest_first(self) -> Self:
        return self.order_by("-occurred_at", "-pk")

    def for_list(self) -> Self:
        """With all that a row shows; anything more raises instead of sending a query per row."""
        labels = Label.objects.all().fetch_mode(models.FETCH_RAISE)
        return (
            self.select_related(*SHOWN_WITH)
            .prefetch_related(Prefetch("labels", queryset=labels))
            .fetch_mode(models.FETCH_RAISE)
        )


class Transaction(Versioned):
    """One movement of a wallet: what went out, what came in, what it cost."""

    # That the ledger exists is said by the wallet's own key, which carries it.
    ledger = models.ForeignKey(
        Ledger,
        models.CASCADE,
        verbose_name=_("ledger"),
        related_name="transactions",
        db_constraint=False,
        db_index=False,
    )
    wallet = models.ForeignKey(
        Wallet,
        models.RESTRICT,
        verbose_name=_("wallet"),
        related_name="transactions",
        db_constraint=False,
        db_index=False,
    )
    own_address = optional(Address, _("own address"), "+")
    occurred_at = models.DateTimeField(_("time"))
    type = models.CharField(_("type"), max_length=12, choices=TransactionType)
    sent_amount = amount_field(_("sent"))
    sent_asset = asset_field(_("sent asset"))
    received_amount = amount_field(_("received"))
    received_asset = asset_field(_("received asset"))
    fee_amount = amount_field(_("fee"))
    fee_asset = asset_field(_("fee asset"))
    # As the source says it, never computed.
    value_amount = models.DecimalField(_("stated value"), null=True, blank=True)
    value_currency = models.CharField(_("currency of the stated value"), max_length=20, blank=True)
    tx_hash = models.TextField(_("hash"), blank=True)
    # What ties the rows of one transaction together: the hash, the source's reference, or
    # account and second.
    group_key = models.TextField(_("group"), blank=True)
    counterparty = optional(Address, _("counterparty"), "+")
    # Overrides the contact of the counterparty's address.
    contact = optional(Contact, _("contact of this transaction only"), "+")
    labels = models.ManyToManyField(
        Label,
        through=TransactionLabel,
        verbose_name=_("labels"),
        related_name="transactions",
        blank=True,
    )
    note = models.TextField(_("note"), blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.OK)
    hidden = models.BooleanField(_("hidden"), default=False)
    batch = models.ForeignKey(
        ImportBatch,
        models.RESTRICT,
        verbose_name=_("import"),
        null=True,
        blank=True,
        related_name="rows",
        db_constraint=False,
        db_index=False,
    )
    # The import that was undone, and the row with it: it is deleted then, but by nobody.
    undone_import = models.ForeignKey(
        ImportBatch,
        models.RESTRICT,
        verbose_name=_("import that was undone"),
        null=True,
        blank=True,
        editable=False,
        related_name="undone_rows",
        db_constraint=False,
        db_index=False,
    )
    # Of one line of a file, a further fee and the other end of a transfer are of the row that has
    # the line: they go with it, and come back with it.
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        verbose_name=_("row of the same line"),
        null=True,
        blank=True,
        editable=False,
        related_name="children",
        db_constraint=False,
        db_index=False,
    )
    # Of the form that it was written with: sent twice, it is written once.
    form_key = models.UUIDField(_("key of its form"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = TransactionQuerySet.as_manager()

    class Meta(Versioned.Meta):
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        triggers = [
            *Versioned.Meta.triggers,
            *announcements(),
            *RECORDED.triggers(),
            *news_of_transactions(),
            *of_transactions(),
            *counts_of_transactions(),
            *words_of_notes(),
        ]
        constraints = [
            within_ledger("transaction_within_ledger"),
            *part_constraints(),
            models.CheckConstraint(
                condition=Q(sent_amount__isnull=False)
                | Q(received_amount__isnull=False)
                | Q(fee_amount__isnull=False),
                name="transaction_moves_something",
            ),
            models.CheckConstraint(
                condition=Q(status="ok")
                | Q(status="failed", sent_amount__isnull=True, received_amount__isnull=True),
                name="transaction_failed_moved_nothing",
            ),
            models.CheckConstraint(
                condition=Q(undone_import__isnull=True) | Q(deleted_at__isnull=False),
                name="transaction_undone_is_deleted",
            ),
            models.UniqueConstraint(
                fields=["form_key"],
                condition=Q(form_key__isnull=False),
                name="transaction_once_per_form",
            ),
            models.CheckConstraint(condition=exact("value_amount"), name="value_exact"),
            models.CheckConstraint(
                condition=together("value_amount", Q(value_currency="")), name="value_whole"
            ),
            models.CheckConstraint(
                condition=Q(type__in=TransactionType.values), name="transaction_type"
            ),
        ]
        indexes = [
            *Versioned.Meta.indexes,
            newest_first("time", only=Q(deleted_at=None), include=["hidden"]),
            # These have what they are combined with: only rows that fit all of it are read.
            newest_first(
                "type", "type", only=Q(deleted_at=None), include=["hidden", "wallet", *ASSET_FIELDS]
            ),
            # Of deleted rows too: PostgreSQL looks for them when what they name is deleted.
            newest_first("wallet", "wallet", include=[*LISTED, "type", *ASSET_FIELDS]),
            newest_first("sent", "sent_asset", only=Q(sent_asset__isnull=False), include=LISTED),
            newest_first(
                "received", "received_asset", only=Q(received_asset__isnull=False), include=LISTED
            ),
            newest_first("fee", "fee_asset", only=Q(fee_asset__isnull=False), include=LISTED),
            newest_first(
                "counterparty",
                "counterparty",
                only=Q(counterparty__isnull=False),
                include=[*LISTED, "contact", *COMBINED, *AMOUNTS],
            ),
            newest_first(
                "own",
                "own_address",
                only=Q(own_address__isnull=False),
                include=[*LISTED, "contact", *COMBINED, *AMOUNTS],
            ),
            newest_first(
                "contact",
                "contact",
                only=Q(contact__isnull=False),
                include=[*LISTED, *COMBINED],
            ),
            # What Unidentified counts: shown, with a counterparty, without a contact of its own.
            models.Index(
                fields=["ledger", "counterparty"],
                include=["id"],
                name="transaction_nameless",
                condition=Q(
                    counterparty__isnull=False,
                    contact__isnull=True,
                    deleted_at__isnull=True,
                    hidden=False,
                ),
            ),
            # Of all rows, as statistics of an expression are.
            # An amount finds tens of thousands of rows all over the table: with all that they are
            # filtered by, none of them is read for it.
            models.Index("ledger", MOST, name="transaction_most", include=FILTERED),
            models.Index("ledger", LEAST, name="transaction_least", include=FILTERED),
            newest_first("failed", only=Q(status="failed"), include=LISTED),
            newest_first("hidden", only=Q(hidden=True), include=["deleted_at"]),
            newest_first("deleted", only=Q(deleted_at__isnull=False)),
            models.Index(
                fields=["ledger", "batch"],
                name="transaction_batch",
                condition=Q(batch__isnull=False),
            ),
            models.Index(
                fields=["ledger", "undone_import"],
                name="transaction_undone",
                condition=Q(undone_import__isnull=False),
            ),
            models.Index(
                fields=["ledger", "parent"],
                name="transaction_parent",
                condition=Q(parent__isnull=False),
            ),
            # Of all rows: PostgreSQL uses no statistics of an expression in a partial index, and
            # would take a key for one in two hundred rows.
            models.Index(
                "ledger", OpClass(Upper("group_key"), "text_pattern_ops"), name="transaction_group"
            ),
            # Each month of a list reads what waits for being sorted in: at most 64 kB.
            GinIndex(
                note_words(),
                name="transaction_note",
                condition=~Q(note=""),
                gin_pending_list_limit=64,
            ),
        ]

    def __str__(self) -> str:
        local = timezone.localtime(self.occurred_at)
        return f"{self.get_type_display()}, {full_day(local)}, {local:%H:%M:%S}"

    def get_absolute_url(self) -> str:
        return reverse("transaction_detail", args=[self.ledger.slug, self.pk])

    def relabel(
        self,
        add: Iterable[int],
        remove: Iterable[int],
        new: Iterable[str] = (),
        deleted: bool = True,
    ) -> None:
        """Labels by their keys, and new ones by their names. Adding and removing commute with what
        others do to the same row meanwhile. Gone if one to add is not, or no longer, there;
        DoesNotExist if the row is not, or is deleted and may not be."""
        add, remove = set(add), set(remove)
        with transaction.atomic() if new else nullcontext():
            if new:
                add |= {label.pk for label in Label.named(self.ledger_id, new)}
            hidden = relabel(self.ledger_id, self.pk, add, remove - add, deleted)
            if hidden is None:
                raise Transaction.DoesNotExist
        self.hidden = hidden
