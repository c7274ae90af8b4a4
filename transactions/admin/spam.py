from django.contrib import admin

from ledgers.admin import LedgerRowAdmin, OfLedger
from live.admin import ReadOnly
from transactions.models import SpamMark


@admin.register(SpamMark)
class SpamMarkAdmin(ReadOnly, LedgerRowAdmin):
    """Marked and taken back on the page of spam."""

    list_display = ("id", "ledger", "address", "asset", "created_at", "marked_by")
    list_select_related = ("ledger", "address", "asset", "marked_by")
    list_filter = (OfLedger,)
    ordering = ("-pk",)
    fields = ("ledger", "address", "asset", "created_at", "marked_by")
