from django.contrib import admin

from balances.models import StatedBalance
from ledgers.admin import EDITED, LedgerRowAdmin, OfLedger


@admin.register(StatedBalance)
class StatedBalanceAdmin(LedgerRowAdmin):
    fields = ("ledger", "wallet", "asset", "at", "amount", "note", "created_at", *EDITED)
    readonly_fields = ("created_at", *EDITED)
    list_display = ("id", "ledger", "wallet", "asset", "at", "amount")
    list_select_related = ("ledger", "wallet", "asset")
    list_filter = (OfLedger,)
    ordering = ("-pk",)
    autocomplete_fields = ("ledger", "wallet", "asset")
