from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger
from live.triggers import announcements

from .asset import Asset


def end(name: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        "Transaction",
        models.CASCADE,
        verbose_name=name,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class TransferPairQuerySet(models.QuerySet["TransferPair"]):
    def standing(self) -> Self:
        """Accepted, and both ends are there and are still what was accepted: one whose end is
        deleted, or was corrected to something else, does not count until it is back."""
        of_sent = Asset.objects.filter(pk=OuterRef("sent__sent_asset"))
        of_received = Asset.objects.filter(pk=OuterRef(OuterRef("received__received_asset")))
        # Mostly it is the same asset, and no symbol is read.
        same = Q(sent__sent_asset=F("received__received_asset"))
        alike = Q(Exists(of_sent.filter(symbol__in=of_received.values("symbol"))))
        return self.filter(
            ~Q(sent__wallet=F("received__wallet")),
            same | alike,
            state=TransferPair.State.ACCEPTED,
            sent__deleted_at=None,
            sent__received_asset=None,
            sent__sent_amount__gte=F("received__received_amount"),
            received__deleted_at=None,
            received__sent_asset=None,
        )

    def with_any(self, transactions: list[int]) -> Self:
        return self.filter(Q(sent__in=transactions) | Q(received__in=transactions))


class TransferPair(models.Model):
    """What a person decided about two transactions that may be the ends of one transfer.

    It is made and taken back, never changed, so there is no version.
    """

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="transfers", db_index=False
    )
    sent = end(_("what was sent"))
    received = end(_("what was received"))
    state = models.CharField(_("decision"), max_length=8, choices=State)
    # Those that were accepted at once share it, so that it can be undone at once.
    decided_at = models.DateTimeField(_("decided"), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("decided by"),
        null=True,
        editable=False,
        related_name="+",
    )

    objects = TransferPairQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair of one transfer")
        verbose_name_plural = _("pairs of one transfer")
        triggers = announcements()
        constraints = [
            models.UniqueConstraint(fields=["sent", "received"], name="pair_once"),
            models.UniqueConstraint(
                fields=["sent"], name="sent_in_one_transfer", condition=Q(state="accepted")
            ),
            models.UniqueConstraint(
                fields=["received"], name="received_in_one_transfer", condition=Q(state="accepted")
            ),
            models.CheckConstraint(condition=~Q(sent=F("received")), name="pair_of_two"),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "refused"]), name="pair_state"
            ),
        ]
        indexes = [
            models.Index(fields=["received"], name="pair_of_received"),
            models.Index(fields=["ledger", "state", "-id"], name="pair_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.sent_id} → {self.received_id}: {self.get_state_display()}"
