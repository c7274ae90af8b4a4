from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from contacts.models import within_ledger
from ledgers.models import Ledger
from live.triggers import announcements
from live.versions import Versioned, VersionedQuerySet
from txproject.text import visible


class FormatMapping(Versioned):
    """How tables with this header are read, as a person of the ledger has said."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="mappings", db_index=False
    )
    # A batch keeps it as its format, after `mapping:`.
    name = models.CharField(_("name"), max_length=40)
    mapping = models.JSONField(_("how it is read"), default=dict)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        related_name="+",
    )

    objects = VersionedQuerySet["FormatMapping"].as_manager()

    class Meta(Versioned.Meta):
        ordering = [Lower("name"), "pk"]
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        triggers = [*Versioned.Meta.triggers, *announcements()]
        constraints = [
            within_ledger("mapping_within_ledger"),
            models.UniqueConstraint("ledger", Lower("name"), name="mapping_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="mapping_named"),
        ]

    def __str__(self) -> str:
        return visible(self.name)
