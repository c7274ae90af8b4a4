"""What is to be looked at. A row is *new* from when it came in until somebody reviews it, and again
when it was changed by anything but a person on a page. Rows that are not here are reviewed."""

from typing import Any

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger
from live.triggers import announcements
from transactions.triggers.review import told_reviews

from .transaction import Transaction

MAX_NEW = 1000


class NewRowQuerySet(models.QuerySet["NewRow"]):
    def of(self, ledger: Ledger) -> "NewRowQuerySet":
        """As whoever asks sees it."""
        return self.filter(ledger=ledger, reader=ledger.reader)


class Xid(models.Field):  # type: ignore[type-arg]
    """A transaction of PostgreSQL, as its snapshots name it."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class NewRow(models.Model):
    """One transaction that waits for its review. Its own key says which state of the transaction
    waits: a change since has another key, so that nobody reviews what he has not seen.

    Rows come by triggers (transactions/triggers/review.py). A transaction that goes takes them
    along, by its trigger: a foreign key would be checked for each row of an import.
    """

    class Why(models.TextChoices):
        CAME = "came", _("new")
        CHANGED = "changed", _("changed")
        MARKED = "marked", _("marked as new")

    ledger = models.ForeignKey(
        Ledger,
        models.CASCADE,
        verbose_name=_("ledger"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    transaction = models.ForeignKey(
        Transaction,
        models.DO_NOTHING,
        verbose_name=_("transaction"),
        related_name="new_rows",
        db_constraint=False,
        db_index=False,
    )
    # The user's key where each person reviews for himself, 0 where one reviews for all.
    reader = models.BigIntegerField(_("person"), default=0, db_default=0)
    why = models.CharField(_("reason"), max_length=7, choices=Why)
    since = models.DateTimeField(_("since"), db_default=TransactionNow())
    # By which transaction it was written: keys of one that still runs are lower than what is shown.
    xact = Xid(editable=False, db_default=Func(function="pg_current_xact_id", output_field=Xid()))
    # Whether the list shows the transaction: kept here, so that counting reads nothing else.
    listed = models.BooleanField(_("listed"), default=True)

    objects = NewRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("new transaction")
        verbose_name_plural = _("new transactions")
        triggers = [*announcements(), *told_reviews()]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "reader"], name="new_once_per_reader")
        ]
        indexes = [
            models.Index(
                fields=["ledger", "reader"],
                include=["transaction"],
                name="new_listed",
                condition=models.Q(listed=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id}: {self.get_why_display()}"
