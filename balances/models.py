from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from contacts.models import Wallet, within_ledger
from history.triggers import Recorded
from ledgers.models import Ledger
from live.triggers import announcements
from live.versions import Versioned, VersionedQuerySet
from transactions.models import Asset
from transactions.models.transaction import AMOUNT_BOUND, AMOUNT_SCALE

BALANCE = Recorded(
    "balance",
    ("at", "amount", "note", "created_at"),
    {
        "wallet": ("contacts_wallet", "name"),
        "asset": ("transactions_asset", "symbol"),
    },
    name="coalesce((SELECT w.name FROM contacts_wallet AS w WHERE w.id = {row}.wallet_id), '')",
)
DECIMALS = Func(F("amount"), function="scale", output_field=models.IntegerField())


class StatedBalance(Versioned):
    """What somebody has read elsewhere that a wallet held at a moment, to compare with."""

    ledger = models.ForeignKey(
        Ledger,
        models.CASCADE,
        verbose_name=_("ledger"),
        related_name="stated_balances",
        db_index=False,
    )
    wallet = models.ForeignKey(
        Wallet,
        models.RESTRICT,
        verbose_name=_("wallet"),
        related_name="stated_balances",
        db_constraint=False,
        db_index=False,
    )
    asset = models.ForeignKey(
        Asset,
        models.RESTRICT,
        verbose_name=_("asset"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # All that happened until then is in it, this moment too.
    at = models.DateTimeField(_("time"))
    amount = models.DecimalField(_("balance"))
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = VersionedQuerySet["StatedBalance"].as_manager()

    class Meta(Versioned.Meta):
        ordering = ["at", "pk"]
        verbose_name = _("stated balance")
        verbose_name_plural = _("stated balances")
        triggers = [*Versioned.Meta.triggers, *announcements(), *BALANCE.triggers()]
        constraints = [
            within_ledger("balance_within_ledger"),
            # NaN and infinity compare above the bound.
            models.CheckConstraint(
                condition=Q(amount__gt=-AMOUNT_BOUND, amount__lt=AMOUNT_BOUND)
                & Q(LessThanOrEqual(DECIMALS, AMOUNT_SCALE)),
                name="balance_exact",
            ),
        ]
        indexes = [
            *Versioned.Meta.indexes,
            models.Index(fields=["ledger", "wallet", "asset", "at"], name="balance_place"),
            # PostgreSQL looks for them when their asset is deleted.
            models.Index(fields=["ledger", "asset"], name="balance_asset"),
        ]

    def __str__(self) -> str:
        return f"{self.asset}, {self.at:%Y-%m-%d %H:%M:%S}"
