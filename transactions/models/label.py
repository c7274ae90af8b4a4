import zlib
from collections.abc import Iterable

import pgtrigger
from django.db import IntegrityError, models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from contacts.models import within_ledger
from history.triggers import Recorded
from ledgers.models import Ledger
from ledgers.naming import named
from live.triggers import announcements
from live.versions import Versioned, VersionedQuerySet
from live.writers import TELL, writer
from transactions.triggers.review import news_of_labels
from txproject.prepared import prepared_rows
from txproject.text import visible


def colour(name: str) -> str:
    """A new label's colour: always the same for one name, spread over all but gray."""
    colours = [colour for colour in Label.Colour.values if colour != Label.Colour.GRAY]
    return colours[zlib.crc32(name.lower().encode()) % len(colours)]


LABEL = Recorded("label", ("name", "colour"), name="{row}.name")


class Label(Versioned):
    class Colour(models.TextChoices):
        BLUE = "blue", _("blue")
        TEAL = "teal", _("teal")
        GREEN = "green", _("green")
        LIME = "lime", _("lime")
        YELLOW = "yellow", _("yellow")
        ORANGE = "orange", _("orange")
        RED = "red", _("red")
        PINK = "pink", _("pink")
        PURPLE = "purple", _("purple")
        GRAY = "gray", _("gray")

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="labels", db_index=False
    )
    name = models.CharField(_("name"), max_length=100)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, default=Colour.GRAY)

    objects = VersionedQuerySet["Label"].as_manager()

    class Meta(Versioned.Meta):
        ordering = [Lower("name"), "pk"]
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        triggers = [*Versioned.Meta.triggers, *announcements(), *LABEL.triggers()]
        constraints = [
            within_ledger("label_within_ledger"),
            models.UniqueConstraint("ledger", Lower("name"), name="label_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="label_named"),
        ]

    def __str__(self) -> str:
        return visible(self.name)

    @staticmethod
    def named(ledger_id: int, names: Iterable[str]) -> list["Label"]:
        """The labels of these names, in any case; new ones where there are none. All are locked."""
        in_order = sorted(names, key=str.lower)  # so that two never wait for each other
        return [named(Label, ledger_id, name, colour=colour(name)) for name in in_order]


# A change of the transaction.
LABELLED = Recorded(
    "transaction",
    references={"label": ("transactions_label", "name")},
    object="transaction_id",
    deeds=dict.fromkeys((pgtrigger.Insert, pgtrigger.Delete), "changed"),
)


class TransactionLabel(models.Model):
    """One label on one transaction. Adding and removing commute, so there is no version."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="+", db_index=False
    )
    transaction = models.ForeignKey(
        "Transaction",
        models.CASCADE,
        verbose_name=_("transaction"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    label = models.ForeignKey(
        Label,
        models.CASCADE,
        verbose_name=_("label"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # Rows that were labelled at once share it, so that it can be undone at once.
    added_at = models.DateTimeField(_("added"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("label of a transaction")
        verbose_name_plural = _("labels of transactions")
        triggers = [*announcements(), *LABELLED.triggers(), *news_of_labels()]
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "label"], name="label_once_per_transaction"
            )
        ]
        indexes = [models.Index(fields=["label", "transaction"], name="transactions_of_label")]

    def __str__(self) -> str:
        return f"{self.transaction_id}: {self.label}"


class Gone(IntegrityError):
    """What the foreign key says too late: the ledger has no such label, or no longer."""


# One statement for all of it, so that it needs no BEGIN and COMMIT. Parts without anything to do
# are left out, and with them what triggers do where nothing has changed.
KNOWN = """
    WITH of AS (
        SELECT id, hidden FROM transactions_transaction
        WHERE ledger_id = %s AND id = %s AND (deleted_at IS NULL OR %s)
    ), chosen AS (
        SELECT id FROM transactions_label WHERE ledger_id = %s AND id = ANY(%s::bigint[])
    ), known AS (SELECT FROM of WHERE (SELECT count(*) FROM chosen) = %s)
"""
REMOVED = """, removed AS (
        DELETE FROM transactions_transactionlabel USING known
        WHERE transaction_id = %s AND label_id = ANY(%s::bigint[])
    )
"""
ADDED = """, added AS (
        INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id)
        SELECT %s, %s, id FROM chosen, known ORDER BY id
        ON CONFLICT DO NOTHING
    )
"""

SAID = f" {TELL}, hidden, EXISTS (SELECT FROM known) FROM of"  # noqa: S608 (our own text)


def relabel(
    ledger: int, row: int, add: set[int], remove: set[int], deleted: bool = False
) -> bool | None:
    """Of a transaction of the ledger, a `deleted` one too if that is said, by keys: whether it is
    hidden. Nothing is done where it is not there, which is None, or where a label to add is not,
    which is Gone."""
    text, values = KNOWN, [ledger, row, deleted, ledger, list(add), len(add)]
    if remove:
        text += REMOVED
        values += [row, list(remove)]
    if add:
        text += ADDED
        values += [ledger, row]
    # Triggers run after the statement, so they know who wrote.
    for _told, hidden, known in prepared_rows(text + SAID, [*values, writer.get()]):
        if not known:
            raise Gone
        return bool(hidden)
    return None
