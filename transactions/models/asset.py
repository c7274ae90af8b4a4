from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models import within_ledger
from ledgers.models import Ledger
from live.triggers import announcements
from txproject.text import visible


class Asset(models.Model):
    """A coin, one per symbol, or a token, one per contract.

    A spoofed token may carry any symbol, so the contract tells tokens apart. Of the ledger, not
    global: one user's import must not name another user's tokens.
    """

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="assets", db_index=False
    )
    symbol = models.TextField(_("symbol"))
    name = models.TextField(_("name"), blank=True)
    chain = models.CharField(_("chain"), max_length=50, blank=True)
    contract = models.TextField(_("contract"), blank=True)

    class Meta:
        ordering = ["symbol", "pk"]
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        triggers = announcements()
        constraints = [
            within_ledger("asset_within_ledger"),
            models.UniqueConstraint(
                fields=["ledger", "symbol"], name="coin_once", condition=Q(contract="")
            ),
            models.UniqueConstraint(
                fields=["ledger", "chain", "contract"],
                name="token_once",
                condition=~Q(contract=""),
            ),
            models.CheckConstraint(
                condition=Q(chain="", contract="") | (~Q(chain="") & ~Q(contract="")),
                name="asset_coin_or_token",
            ),
        ]
        indexes = [models.Index(fields=["ledger", "symbol"], name="asset_symbol")]

    def __str__(self) -> str:
        return visible(self.symbol)
