"""Where rows came from: to be read, never to be written by hand."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django.models import ProcrastinateJob

from imports.models import FormatMapping, ImportBatch, SourceLine
from ledgers.admin import LedgerRowAdmin, OfLedger, link_to
from live.admin import ReadOnly
from transactions.models import Transaction

# What a job was about is shown by the upload; its own pages would be of no use here.
admin.site.unregister(ProcrastinateJob)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnly, LedgerRowAdmin):
    list_display = (
        *("file_name", "ledger", "wallet", "format", "imported_at", "imported_by"),
        *("lines", "imported", "duplicates", "skipped", "errors", "rows_link"),
    )
    list_select_related = ("ledger", "wallet", "imported_by")
    list_filter = (OfLedger, "format")
    search_fields = ("file_name", "^sha256", "wallet__name")
    ordering = ("-imported_at", "-pk")
    fields = (
        *("ledger", "wallet", "file_name", "sha256", "format", "header"),
        *("imported_at", "imported_by", "lines", "imported", "duplicates", "skipped", "errors"),
        *("transactions", "rows_link"),
    )
    readonly_fields = ("rows_link",)

    @admin.display(description=gettext_lazy("rows"))
    def rows_link(self, obj: ImportBatch) -> SafeString:
        return link_to(Transaction, obj.transactions, ledger=obj.ledger_id, batch=obj.pk)


@admin.register(FormatMapping)
class FormatMappingAdmin(ReadOnly, LedgerRowAdmin):
    list_display = ("name", "ledger", "created_at", "created_by", "edited_at", "edited_by")
    list_select_related = ("ledger", "created_by", "edited_by")
    list_filter = (OfLedger,)
    search_fields = ("name",)
    ordering = ("ledger", "name", "pk")
    fields = ("ledger", "name", "mapping", "created_at", "created_by", "edited_at", "edited_by")


@admin.register(SourceLine)
class SourceLineAdmin(ReadOnly, LedgerRowAdmin):
    list_display = ("family", "line", "ledger", "wallet", "transaction")
    list_select_related = ("ledger", "wallet", "transaction")
    list_filter = (OfLedger,)
    # The primary key's order: any other would sort a million rows.
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("ledger", "wallet", "transaction", "family", "line", "cells", "key_hex")
    readonly_fields = ("key_hex",)

    @admin.display(description="SHA-256")
    def key_hex(self, obj: SourceLine) -> str:
        return bytes(obj.key).hex()
