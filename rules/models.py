from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact, within_ledger
from history.triggers import Recorded
from imports.models import ImportBatch
from imports.triggers import changes
from ledgers.models import Ledger
from live.triggers import announcements
from live.versions import RAISE_VERSION, Versioned, VersionedQuerySet
from transactions.models import TransactionType
from txproject.text import visible

LABEL = ("transactions_label", "name")
RECORDED = Recorded(
    "rule",
    (
        *("name", "enabled", "place", "query", "type", "hides", "note", "appends"),
        *("created_at", "deleted_at"),
    ),
    {"contact": ("contacts_contact", "name")},
    name="{row}.name",
    lists={"adds": LABEL, "takes": LABEL},
)
# What is edited: to move a rule is not to edit it, so whoever edits it meanwhile may save.
EDITED = (
    *("name", "enabled", "query", "adds", "takes", "contact", "type", "hides", "note", "appends"),
    "deleted_at",
)


class RuleQuerySet(VersionedQuerySet["Rule"]):
    def alive(self) -> Self:
        return self.filter(deleted_at=None)

    def on(self) -> Self:
        return self.alive().filter(enabled=True)


class Rule(Versioned):
    """When a transaction fits a filter of the list, something is written on it.

    Labels and the contact are named by key, as the filter names what it filters by. A rule that
    names what is gone is not used, and says so, rather than doing something else.
    """

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="rules", db_index=False
    )
    name = models.CharField(_("name"), max_length=100)
    enabled = models.BooleanField(_("on"), default=True)
    place = models.PositiveIntegerField(_("place"), default=0)
    query = models.TextField(_("filter"), blank=True)
    adds = ArrayField(
        models.BigIntegerField(), verbose_name=_("labels to add"), default=list, blank=True
    )
    takes = ArrayField(
        models.BigIntegerField(), verbose_name=_("labels to take off"), default=list, blank=True
    )
    contact = models.ForeignKey(
        Contact,
        models.DO_NOTHING,
        verbose_name=_("contact"),
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    type = models.CharField(_("type"), max_length=12, choices=TransactionType, blank=True)
    hides = models.BooleanField(_("hides"), default=False)
    note = models.TextField(_("note"), blank=True)
    # To what stands there, instead of replacing it.
    appends = models.BooleanField(_("adds to the note"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta(Versioned.Meta):
        ordering = ["place", "pk"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        triggers = [
            pgtrigger.Trigger(
                name="raise_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*EDITED),
                func=RAISE_VERSION,
            ),
            *announcements(),
            *RECORDED.triggers(),
        ]
        constraints = [
            within_ledger("rule_within_ledger"),
            models.UniqueConstraint(
                *("ledger", Lower("name")), name="rule_name_once", condition=Q(deleted_at=None)
            ),
            models.CheckConstraint(condition=~Q(name=""), name="rule_named"),
            models.CheckConstraint(
                condition=Q(type__in=["", *TransactionType.values]), name="rule_type"
            ),
        ]

    def __str__(self) -> str:
        return visible(self.name)

    def get_absolute_url(self) -> str:
        return reverse("rule", args=[self.ledger.slug, self.pk])

    @property
    def needs_editor(self) -> bool:
        """An annotator may make what only labels, names and notes."""
        return bool(self.type or self.hides)


class Run(models.Model):
    """A rule, or all that are on, applied to what is there, or what one did taken back: a job."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        CANCELLED = "cancelled", pgettext_lazy("rule", "cancelled")
        FAILED = "failed", _("failed")

    ACTIVE = (State.QUEUED, State.RUNNING)

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="rule_runs", db_index=False
    )
    # None for all that are on.
    rule = models.ForeignKey(
        Rule,
        models.CASCADE,
        verbose_name=_("rule"),
        null=True,
        related_name="runs",
        db_constraint=False,
    )
    # The key of what is taken back instead, and whether what was changed since is left.
    effect = models.BigIntegerField(null=True, editable=False)
    others = models.BooleanField(default=False, editable=False)
    # As it was shown: another one is not applied.
    version = models.PositiveBigIntegerField(_("version"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("asked for by"),
        null=True,
        related_name="+",
    )
    asked_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    problem = models.TextField(_("problem"), blank=True)
    # How far it is, from 0 to 1.
    fraction = models.FloatField(default=0, editable=False)
    job = models.BigIntegerField(null=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("run of rules")
        verbose_name_plural = _("runs of rules")
        triggers = changes("n.fraction > o.fraction AND n.state = o.state")
        constraints = [within_ledger("run_within_ledger")]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.get_state_display()}"

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def percent(self) -> int:
        return int(self.fraction * 100)

    def does_what(self, other: "Run") -> bool:
        """The same rule, as it was shown, or the same taken back."""
        names = ("rule_id", "version", "effect", "others")
        return all(getattr(self, name) == getattr(other, name) for name in names)


class Effect(models.Model):
    """What a rule did once: to what was there, or to the rows of an import. An act of its own in
    the history, by which it is taken back."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="effects", db_index=False
    )
    rule = models.ForeignKey(
        Rule,
        models.CASCADE,
        verbose_name=_("rule"),
        related_name="effects",
        db_constraint=False,
        db_index=False,
    )
    batch = models.ForeignKey(
        ImportBatch,
        models.CASCADE,
        verbose_name=_("import"),
        null=True,
        related_name="effects",
        db_constraint=False,
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("person"),
        null=True,
        related_name="+",
    )
    # As the entries of the history have them.
    at = models.DateTimeField(_("time"))
    act = models.BigIntegerField(_("act"))
    changed = models.PositiveIntegerField(_("transactions changed"))
    # The act that took it back, and when.
    back_act = models.BigIntegerField(null=True, editable=False)
    back_at = models.DateTimeField(_("taken back"), null=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("what a rule did")
        verbose_name_plural = _("what rules did")
        triggers = announcements()
        indexes = [
            models.Index(fields=["rule", "-id"], name="effects_of_rule"),
            models.Index(fields=["ledger", "-id"], name="effects_of_ledger"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.changed}"
