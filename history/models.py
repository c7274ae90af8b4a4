import json
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Self

from django.db import connection, models
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger, User
from live.triggers import announcements
from live.writers import Way

PLACE = Tuple("at", "pk")
# Nobody who undoes without a look means members and rules,
WRITTEN_AT_ONCE = ("transaction", "label", "contact", "address")
# or what was done longer ago.
JUST = timedelta(minutes=10)
# Amounts as they were written, to the last digit.
Exact: Any = partial(json.JSONDecoder, parse_float=Decimal)


def latest_first(name: str, *fields: str, only: models.Q | None = None) -> models.Index:
    return models.Index(fields=[*fields, "-at", "-id"], name=f"history_{name}", condition=only)


# Each name once, by a look into the index for each.
WRITERS = """
    WITH RECURSIVE found (writer) AS (
        (SELECT writer FROM history_entry WHERE ledger_id = %(ledger)s ORDER BY writer LIMIT 1)
        UNION ALL
        SELECT (SELECT writer FROM history_entry
            WHERE ledger_id = %(ledger)s AND writer > found.writer ORDER BY writer LIMIT 1)
        FROM found WHERE writer IS NOT NULL
    ) SELECT writer FROM found WHERE writer IS NOT NULL
"""


class EntryQuerySet(models.QuerySet["Entry"]):
    def latest_first(self) -> Self:
        return self.order_by("-at", "-pk")

    def before(self, entry: "Entry") -> Self:
        """Those that come after it where the latest is first."""
        return self.filter(TupleLessThan(PLACE, (entry.at, entry.pk)))

    def of_act(self, entry: "Entry") -> Self:
        """All of the same act, and of its ledger."""
        return self.filter(ledger=entry.ledger_id, at=entry.at, act=entry.act)

    def just_done(self, ledger: Ledger, user: User) -> "Entry | None":
        """Of what a person has last done on a page, if it is not long ago."""
        mine = self.filter(ledger=ledger, writer=user.username, by=user)
        last = mine.latest_first().first()
        if last is None or last.at < timezone.now() - JUST:
            return None
        on_page = last.way in (Way.PAGE, Way.BULK) and last.kind in WRITTEN_AT_ONCE
        return last if on_page else None

    def writers(self, ledger: int) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(WRITERS, {"ledger": ledger})
            return [name for (name,) in cursor.fetchall()]


class Entry(models.Model):
    """One row that was written: by whom, by which way, what it was and what it became.

    Written by triggers (history/triggers.py), and by an archive of a ledger for what was before.
    What it tells is never changed. It names what it is about by key and by name, since that may be
    gone; the key is another one when lines of an undone import come back (pipeline/undo.py).
    """

    class Kind(models.TextChoices):
        TRANSACTION = "transaction", _("transaction")
        LABEL = "label", _("label")
        CONTACT = "contact", _("contact")
        ADDRESS = "address", _("address")
        WALLET = "wallet", _("wallet")
        BALANCE = "balance", _("stated balance")
        MEMBERSHIP = "membership", _("membership")
        REVIEW = "review", _("review")
        RULE = "rule", _("rule")
        SPAM = "spam", _("spam")

    class Deed(models.TextChoices):
        CREATED = "created", _("added")
        CHANGED = "changed", _("changed")
        REMOVED = "removed", _("deleted")
        REVIEWED = "reviewed", _("reviewed")
        RENEWED = "renewed", _("new again")

    ledger = models.ForeignKey(
        Ledger,
        models.DO_NOTHING,  # by Django: a trigger of the ledger does it
        verbose_name=_("ledger"),
        related_name="history",
        db_constraint=False,
        db_index=False,
    )
    at = models.DateTimeField(_("time"))
    # What one transaction of the database did, has one number.
    act = models.BigIntegerField(_("act"))
    way = models.CharField(_("way"), max_length=10, choices=Way)
    by = models.ForeignKey(
        User,
        models.DO_NOTHING,
        verbose_name=_("person"),
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # The user's name at that time; of SQL, the role of the database.
    writer = models.TextField(_("name of who wrote"))
    deed = models.CharField(_("what was done"), max_length=10, choices=Deed)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    object_id = models.BigIntegerField(_("key"))
    name = models.TextField(_("name"))
    # Of a contact and of an address: on whose page it is told.
    contact_id = models.BigIntegerField(_("contact"), null=True)
    # {field: [what it was, what it became]}; rows that are pointed at as {"id": …, "name": …}.
    changes = models.JSONField(_("changes"), decoder=Exact)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the history")
        verbose_name_plural = _("history")
        triggers = announcements()
        indexes = [
            # Entries of an act have one time, so this finds them too.
            latest_first("time", "ledger"),
            latest_first("writer", "ledger", "writer"),
            # A row has few entries: they are sorted when they are read.
            models.Index(fields=["object_id"], name="history_object"),
            latest_first("contact", "ledger", "contact_id", only=~models.Q(contact_id=None)),
            # Most entries are of transactions, on a page: these need no index of their own.
            latest_first("kind", "ledger", "kind", only=~models.Q(kind="transaction")),
            latest_first("way", "ledger", "way", only=~models.Q(way__in=["page", "bulk"])),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.writer}: {self.kind} {self.object_id}"

    @property
    def is_brought(self) -> bool:
        """By an archive, with an act of a number below zero: it is told, and not taken back."""
        return self.act < 0
