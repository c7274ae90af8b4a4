from django.contrib import admin

from ledgers.admin import EDITED, LedgerRowAdmin, OfLedger
from live.admin import ReadOnly
from rules.models import Rule


@admin.register(Rule)
class RuleAdmin(ReadOnly, LedgerRowAdmin):
    """Made and changed on the pages of rules."""

    list_display = ("name", "ledger", "enabled", "deleted_at")
    list_select_related = ("ledger",)
    list_filter = (OfLedger,)
    search_fields = ("name",)
    ordering = ("ledger", "place", "pk")
    fields = ("ledger", "name", "enabled", "query", "type", "hides", "note", "deleted_at", *EDITED)
