from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Wallet, within_ledger
from imports.triggers import changes
from ledgers.models import Ledger
from live.triggers import announcements
from txproject.text import visible

# The format family of our own export, in which a row that came from no file has a line as well.
OWN_FAMILY = "txproject"


def own_key(ledger: UUID, transaction: int) -> bytes:
    """32 bytes that name a transaction which came from no file: its ledger's UUID and its number,
    so that they are told from every SHA-256 by the zeros between."""
    return ledger.bytes + transaction.to_bytes(16)


class ImportBatch(models.Model):
    """One file that was imported."""

    class Way(models.TextChoices):
        PAGE = "page", _("in the browser")
        COMMAND = "command", _("by command")

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="batches", db_index=False
    )
    # None where its rows are of several.
    wallet = models.ForeignKey(
        Wallet,
        models.RESTRICT,
        verbose_name=_("wallet"),
        null=True,
        blank=True,
        related_name="batches",
        db_constraint=False,
        db_index=False,
    )
    file_name = models.TextField(_("file"))
    sha256 = models.CharField("SHA-256", max_length=64)
    format = models.CharField(_("format"), max_length=50)
    header = models.JSONField(_("columns"), default=list)
    imported_at = models.DateTimeField(_("imported"), auto_now_add=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("imported by"),
        null=True,
        blank=True,
        related_name="+",
    )
    lines = models.PositiveIntegerField(_("lines"))
    imported = models.PositiveIntegerField(_("lines imported"))
    duplicates = models.PositiveIntegerField(_("lines known already"))
    skipped = models.PositiveIntegerField(_("lines skipped"))
    errors = models.PositiveIntegerField(_("lines with an error"))
    transactions = models.PositiveIntegerField(_("transactions made"))
    size = models.PositiveBigIntegerField(_("bytes"), null=True)
    way = models.CharField(_("how"), max_length=10, choices=Way, default=Way.COMMAND)
    seconds = models.FloatField(_("duration in seconds"), null=True)
    remarks = models.PositiveIntegerField(_("remarks"), default=0)
    # Of each line that was not taken as written, by line: JSON Lines, deflated.
    report = models.BinaryField(null=True, editable=False)
    # Who did it on the site that the ledger was archived on.
    imported_by_name = models.CharField(max_length=150, blank=True, editable=False)
    # The lines that were known already, deflated: they stay when the import that brought them goes.
    known_lines = models.BinaryField(null=True, editable=False)
    # Names the file as it was read, so that the same is not read again; empty where it must be.
    reading = models.CharField(max_length=64, blank=True, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("undone by"),
        null=True,
        blank=True,
        related_name="+",
    )
    # Of the job that takes many rows out, or brings them back; and what stood in its way.
    job = models.BigIntegerField(null=True, editable=False)
    # How far it is, from 0 to 1, and since when.
    fraction = models.FloatField(default=0, editable=False)
    began_at = models.DateTimeField(null=True, editable=False)
    problem = models.TextField(blank=True, editable=False)

    class Meta:
        db_table = "transactions_importbatch"  # where it began
        ordering = ["-imported_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        triggers = changes("n.fraction > o.fraction AND n.job = o.job")
        constraints = [
            within_ledger("batch_within_ledger"),
            models.CheckConstraint(
                condition=models.Q(
                    lines=models.F("imported")
                    + models.F("duplicates")
                    + models.F("skipped")
                    + models.F("errors")
                ),
                name="batch_lines_accounted_for",
            ),
        ]
        indexes = [models.Index(fields=["ledger", "wallet", "-imported_at"], name="batch_wallet")]

    def __str__(self) -> str:
        return f"{visible(self.file_name)} ({self.format})"


class SourceLine(models.Model):
    """A line of an imported file: what it said, and what it became part of.

    `key` is the SHA-256 of what identifies the line within its wallet and format family; deleted
    transactions keep theirs, so that a line which a person has deleted does not come back.
    """

    # That the ledger exists is said by the wallet's own key, which carries it.
    ledger = models.ForeignKey(
        Ledger,
        models.CASCADE,
        verbose_name=_("ledger"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    wallet = models.ForeignKey(
        Wallet,
        models.RESTRICT,
        verbose_name=_("wallet"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    transaction = models.ForeignKey(
        "transactions.Transaction",
        models.CASCADE,
        verbose_name=_("transaction"),
        related_name="source_lines",
        db_constraint=False,
        db_index=False,
    )
    family = models.CharField(_("format family"), max_length=50)
    key = models.BinaryField(max_length=32)
    line = models.PositiveIntegerField(_("line"))
    cells = models.JSONField(_("cells"))

    class Meta:
        db_table = "transactions_sourceline"
        ordering = ["line", "pk"]
        verbose_name = _("source line")
        verbose_name_plural = _("source lines")
        triggers = announcements()
        constraints = [
            models.UniqueConstraint(fields=["wallet", "family", "key"], name="line_imported_once")
        ]
        indexes = [models.Index(fields=["transaction"], name="line_of_transaction")]

    def __str__(self) -> str:
        return f"{self.family}, line {self.line}"
