from typing import TYPE_CHECKING, Self

from live.versions import VersionedQuerySet

if TYPE_CHECKING:
    pass


class TransactionQuerySet(VersionedQuerySet["Transaction"]):
    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def latest_first(self) -> Self:
        return self.order_by("-occurred_at", "-id")
