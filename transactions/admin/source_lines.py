"""The lines of files that a transaction was made of."""

from itertools import zip_longest
from typing import Any

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from imports.models import SourceLine
from live.admin import ReadOnly


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
