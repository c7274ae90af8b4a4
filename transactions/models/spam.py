from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models import Address, within_ledger
from history.triggers import Recorded
from ledgers.models import Ledger
from live.triggers import announcements
from transactions.triggers.spam import of_marks, of_spam_rows

from .asset import Asset

MARK = Recorded(
    "spam",
    ("created_at",),
    references={
        "address": ("contacts_address", "shown"),
        "asset": ("transactions_asset", "symbol"),
        "marked_by": ("ledgers_user", "username"),
    },
    name="coalesce((SELECT a.shown FROM contacts_address AS a WHERE a.id = {row}.address_id),"
    " (SELECT a.symbol FROM transactions_asset AS a WHERE a.id = {row}.asset_id), '')",
)


def marked(to: type[models.Model], name: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        to,
        models.CASCADE,
        verbose_name=name,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class SpamMark(models.Model):
    """An address or a token that somebody calls spam. What it sends is hidden (triggers.py).

    It is made and taken back, never changed, so there is no version.
    """

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="spam", db_index=False
    )
    address = marked(Address, _("address"))
    asset = marked(Asset, _("token"))
    created_at = models.DateTimeField(_("marked"), db_default=Now(), editable=False)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("marked by"),
        null=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        verbose_name = _("mark of spam")
        verbose_name_plural = _("marks of spam")
        triggers = [*announcements(), *MARK.triggers(), *of_marks()]
        constraints = [
            within_ledger("spam_within_ledger"),
            models.UniqueConstraint(fields=["ledger", "address"], name="spam_address_once"),
            models.UniqueConstraint(fields=["ledger", "asset"], name="spam_asset_once"),
            models.CheckConstraint(
                condition=Q(address__isnull=True) ^ Q(asset__isnull=True), name="spam_is_one"
            ),
        ]

    def __str__(self) -> str:
        return str(self.address or self.asset)


def goes_with(to: "type[models.Model] | str") -> "models.ForeignKey[Any, Any]":
    """By a foreign key of the database that carries the ledger."""
    return models.ForeignKey(
        to, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )


class SpamRow(models.Model):
    """A transaction that a mark has hidden. Written by triggers alone."""

    ledger = goes_with(Ledger)
    mark = goes_with(SpamMark)
    transaction = goes_with("Transaction")

    class Meta:
        verbose_name = _("transaction hidden as spam")
        verbose_name_plural = _("transactions hidden as spam")
        triggers = [*announcements(), *of_spam_rows()]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "mark"], name="spam_row_once")
        ]
        indexes = [models.Index(fields=["mark"], name="rows_of_spam_mark")]

    def __str__(self) -> str:
        return f"{self.transaction_id}: {self.mark_id}"


class SpamException(models.Model):
    """A transaction that a mark does not hide though it fits: a person has shown it, or it was not
    hidden by the mark when that went. It outlives the mark, which may come back under its key.
    Written by triggers alone."""

    ledger = goes_with(Ledger)
    mark = models.BigIntegerField()
    transaction = goes_with("Transaction")
    # Whether the mark has hidden it until it was shown, which may be taken back.
    shown = models.BooleanField()

    class Meta:
        verbose_name = _("transaction that is no spam")
        verbose_name_plural = _("transactions that are no spam")
        triggers = announcements()
        constraints = [
            models.UniqueConstraint(fields=["transaction", "mark"], name="spam_exception_once")
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id}: {self.mark}"
