from django.contrib import admin

from ledgers.admin import LedgerRowAdmin, OfLedger
from live.admin import ReadOnly
from transactions.models import TransferPair


@admin.register(TransferPair)
class TransferPairAdmin(ReadOnly, LedgerRowAdmin):
    """Decided and taken back on the page of transfers."""

    list_display = ("id", "ledger", "sent", "received", "state", "decided_at", "decided_by")
    list_select_related = ("ledger", "sent", "received", "decided_by")
    list_filter = (OfLedger, "state")
    ordering = ("-pk",)
    fields = ("ledger", "sent", "received", "state", "decided_at", "decided_by")
