from django.contrib import admin

from ledgers.admin import EDITED, LedgerRowAdmin, OfLedger
from live.admin import ReadOnly
from transactions.models import SavedView


@admin.register(SavedView)
class SavedViewAdmin(ReadOnly, LedgerRowAdmin):
    """Made and changed on the pages of views."""

    list_display = ("name", "ledger", "owner", "deleted_at")
    list_select_related = ("ledger", "owner")
    list_filter = (OfLedger,)
    search_fields = ("name",)
    ordering = ("ledger", "place", "pk")
    fields = ("ledger", "owner", "name", "slug", "query", "deleted_at", *EDITED)
