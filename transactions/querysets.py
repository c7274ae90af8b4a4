from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Prefetch

from live.versions import VersionedQuerySet

if TYPE_CHECKING:
    from transactions.models.transaction import Transaction  # noqa: F401

SHOWN_WITH = (
    "wallet",
    "sent_asset",
    "received_asset",
    "fee_asset",
    "contact",
    "counterparty__contact",
    "counterparty__wallet",
)


class TransactionQuerySet(VersionedQuerySet["Transaction"]):
    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def latest_first(self) -> Self:
        return self.order_by("-occurred_at", "-pk")

    def for_list(self) -> Self:
        """With all that a row shows; anything more raises instead of sending a query per row."""
        from transactions.models import Label

        labels = Label.objects.all().fetch_mode(models.FETCH_RAISE)
        return (
            self.select_related(*SHOWN_WITH)
            .prefetch_related(Prefetch("labels", queryset=labels))
            .fetch_mode(models.FETCH_RAISE)
        )
