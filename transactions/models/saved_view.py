from typing import Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from contacts.models import within_ledger
from ledgers.models import Ledger, User
from live.triggers import announcements
from live.versions import RAISE_VERSION, Versioned, VersionedQuerySet
from txproject.text import visible

# What else stands where a view's own name does in its URL.
RESERVED_SLUGS = frozenset({"bar", "menu", "new"})
SLUG_ONCE = "view_slug_once"


def validate_slug_free(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is taken by the application."), params={"slug": slug})


class SavedViewQuerySet(VersionedQuerySet["SavedView"]):
    def alive(self) -> Self:
        return self.filter(deleted_at=None)

    def seen_by(self, user: User) -> Self:
        """Those of the ledger, and his own."""
        return self.alive().filter(Q(owner=None) | Q(owner=user))

    def beside(self, view: "SavedView") -> Self:
        """What it is listed with, itself among it."""
        return self.alive().filter(ledger=view.ledger_id, owner=view.owner_id)


class SavedView(Versioned):
    """A name for a URL of the list: its filters, sort, size of a page and columns."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="views", db_index=False
    )
    # Without one it is the ledger's, and all members have it.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=100)
    # Made of its first name, and stays: it stands in links.
    slug = models.SlugField(
        _("slug"), max_length=60, allow_unicode=True, validators=[validate_slug_free]
    )
    query = models.TextField(_("filter"), blank=True)
    place = models.PositiveIntegerField(_("place"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta(Versioned.Meta):
        ordering = ["place", "pk"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        triggers = [
            # To move a view is not to edit it: whoever edits it meanwhile may save.
            pgtrigger.Trigger(
                name="raise_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("owner", "name", "slug", "query", "deleted_at"),
                func=RAISE_VERSION,
            ),
            *announcements(),
        ]
        constraints = [
            within_ledger("view_within_ledger"),
            models.UniqueConstraint(fields=["ledger", "slug"], name=SLUG_ONCE),
            models.UniqueConstraint(
                *("ledger", "owner", Lower("name")),
                name="view_name_once",
                condition=Q(deleted_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(name=""), name="view_named"),
        ]

    def __str__(self) -> str:
        return visible(self.name)


class StartView(models.Model):
    """The view that a ledger begins with for one of its members."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="starts", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+"
    )
    view = models.ForeignKey(
        SavedView,
        models.CASCADE,
        verbose_name=_("saved view"),
        related_name="starts",
        db_constraint=False,
    )

    class Meta:
        verbose_name = _("start page")
        verbose_name_plural = _("start pages")
        triggers = announcements()
        constraints = [models.UniqueConstraint(fields=["ledger", "user"], name="start_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
