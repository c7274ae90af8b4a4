"""Where rows came from: to be read, never to be written by hand."""

from itertools import zip_longest
from typing import Any

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from contacts.admin import link_to
from ledgers.admin import LedgerRowAdmin, OfLedger
from live.admin import ReadOnly
from transactions.models import ImportBatch, SourceLine, Transaction


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


class LinesOfTransaction(BaseInlineFormSet):  # type: ignore[type-arg]
    """Asked for by their ledger too, as the index has them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["queryset"] = kwargs["queryset"].filter(ledger=kwargs["instance"].ledger_id)
        super().__init__(*args, **kwargs)


class SourceLineInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = SourceLine
    formset = LinesOfTransaction
    fields = ("family", "line", "named_cells")
    readonly_fields = ("named_cells",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("transaction__batch")

    @admin.display(description=gettext_lazy("cells"))
    def named_cells(self, obj: SourceLine) -> SafeString:
        """As the file says it, under the names that its header has."""
        batch = obj.transaction.batch
        header = batch.header if batch else []
        named = zip_longest(header, obj.cells, fillvalue="")
        return format_html("{}", format_html_join("", "<div><b>{}</b> {}</div>", named))
