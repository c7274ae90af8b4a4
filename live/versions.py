"""Optimistic concurrency: who saw which version, decided by the database's own statement."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Set for a transaction that changes rows without editing them: an import that is undone.
NOT_EDITED = "txproject.not_edited"
# psql and .update() raise the version too. A writer that does not say who it is is not taken for
# the one who wrote last.
RAISE_VERSION = f"""
    NEW.version := OLD.version + 1;
    IF NEW.edited_at IS NOT DISTINCT FROM OLD.edited_at
        AND coalesce(current_setting('{NOT_EDITED}', true), '') <> 'on'
    THEN
        NEW.edited_at := statement_timestamp();
        NEW.edited_by_id := NULL;
    END IF;
    RETURN NEW;
"""


class Conflict(Exception):
    """The row has a newer version than the one that the writer saw, or is gone."""


class VersionedQuerySet[M: models.Model](models.QuerySet[M]):
    def write(self, pk: int, expected_version: int, by: Any, **values: Any) -> None:
        """Update one row if it still has that version; raise Conflict otherwise."""
        stamp = {"edited_at": timezone.now(), "edited_by": by}
        if not self.filter(pk=pk, version=expected_version).update(**stamp, **values):
            raise Conflict


class Versioned(models.Model):
    version = models.PositiveBigIntegerField(_("version"), default=1, db_default=1, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("edited by"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["edited_by"],
                name="%(class)s_edited_by",
                condition=models.Q(edited_by__isnull=False),
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="raise_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*"),
                func=RAISE_VERSION,
            )
        ]

    def current(self) -> Self:
        """The row as the database has it now, or raise Conflict if it is gone."""
        row = type(self)._default_manager.filter(pk=self.pk).first()
        if row is None:
            raise Conflict
        return row
