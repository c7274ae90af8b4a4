from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import within_ledger
from imports.models.batch import ImportBatch
from imports.triggers import changes
from ledgers.models import Ledger
from live.triggers import announcements
from txproject.text import visible

KEPT_FOR = timedelta(hours=24)


def in_a_day() -> Any:
    return timezone.now() + KEPT_FOR


class Upload(models.Model):
    """A file on its way in: looked at, shown, imported when a person confirms it.

    `revision` counts the changes of its options; a check of an older revision is void. `checked`
    is what the last check found, and `rows` are, deflated, the state of every row and the byte of
    the file where it begins.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        QUEUED = "queued", _("about to be imported")
        IMPORTING = "importing", _("being imported")
        IMPORTED = "imported", _("imported")
        UNPACKED = "unpacked", _("unpacked")
        REFUSED = "refused", _("cannot be read")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    # Those of which a job is under way, or is to begin.
    ACTIVE = (State.WAITING, State.CHECKING, State.QUEUED, State.IMPORTING)
    # Those that nothing is left to do with: an archive is its files then.
    OVER = (State.IMPORTED, State.UNPACKED)

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="uploads", db_index=False
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("uploaded by"),
        null=True,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, default=in_a_day)
    file_name = models.TextField(_("file"))
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    revision = models.PositiveIntegerField(default=1)
    options = models.JSONField(_("options"), default=dict)
    checked = models.JSONField(_("found"), null=True)
    rows = models.BinaryField(null=True)
    problem = models.TextField(_("what stands in the way"), blank=True)
    # Of the job under way: how far it is, from 0 to 1, and since when.
    fraction = models.FloatField(default=0)
    lines_read = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    job = models.BigIntegerField(null=True)
    batch = models.OneToOneField(
        ImportBatch, models.SET_NULL, null=True, related_name="upload", db_constraint=False
    )

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        triggers = changes(
            "to_jsonb(o) - 'fraction' - 'lines_read' = to_jsonb(n) - 'fraction' - 'lines_read'"
        )
        constraints = [within_ledger("upload_within_ledger")]

    def __str__(self) -> str:
        return visible(self.file_name)

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE


class UploadBlock(models.Model):
    """A part of an uploaded file, deflated: so every worker on every machine can read it."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="+", db_index=False
    )
    upload = models.ForeignKey(
        Upload,
        models.CASCADE,
        verbose_name=_("upload"),
        related_name="blocks",
        db_constraint=False,
        db_index=False,
    )
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["number"]
        verbose_name = _("part of an uploaded file")
        verbose_name_plural = _("parts of an uploaded file")
        triggers = announcements()
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="upload_block_once")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}, {self.number}"
