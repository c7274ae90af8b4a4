from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledgers.admin import EDITED, LedgerRowAdmin, OfLedger, link_to
from transactions.models import Asset, Label, Transaction


@admin.register(Asset)
class AssetAdmin(LedgerRowAdmin):
    fields = ("ledger", "symbol", "name", "chain", "contract")
    list_display = ("symbol", "name", "ledger", "chain", "contract")
    list_select_related = ("ledger",)
    list_filter = (OfLedger, ("contract", admin.EmptyFieldListFilter))
    search_fields = ("symbol", "name", "^contract")
    autocomplete_fields = ("ledger",)


@admin.register(Label)
class LabelAdmin(LedgerRowAdmin):
    fields = ("ledger", "name", "colour", "labelled", *EDITED)
    readonly_fields = ("labelled", *EDITED)
    list_display = ("name", "ledger", "colour", "edited_at", "edited_by")
    list_select_related = ("ledger", "edited_by")
    list_filter = (OfLedger, "colour")
    search_fields = ("name",)
    autocomplete_fields = ("ledger",)

    @admin.display(description=gettext_lazy("transactions"))
    def labelled(self, obj: Label) -> str:
        text = _("Transactions with “%s”") % obj
        return link_to(Transaction, text, ledger=obj.ledger_id, label=obj.pk)
