"""Which part of which balance a URL asks for; and a balance as a person states it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balances.models import StatedBalance
from history.filters import began, day_field
from ledgers.editing import EditForm
from ledgers.models import Ledger
from transactions.forms.by_hand import (
    PLAIN,
    MomentField,
    asset_field,
    asset_named,
    asset_text,
    known_time,
    normalised,
    saved_asset,
)
from transactions.forms.editors import NOTE_LENGTH
from transactions.models import Asset
from transactions.models.transaction import AMOUNT_SCALE
from txproject.localized import NumberField, number

DAY = timedelta(days=1)


class RangeForm(forms.Form):
    asset = forms.ModelChoiceField(Asset.objects.none(), required=False, widget=forms.HiddenInput)
    since = day_field(gettext_lazy("From"))
    until = day_field(gettext_lazy("Until"))

    def __init__(self, data: Any, ledger: Ledger) -> None:
        super().__init__(data)
        self.fields["asset"].queryset = ledger.assets.all()  # type: ignore[attr-defined]

    def clean(self) -> None:
        since, until = (self.cleaned_data.get(name) for name in ("since", "until"))
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))

    def within(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """Whole days, as they are asked for; else from the first moment to the last."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        start = began(since or timezone.localdate(first))
        end = began(until or timezone.localdate(last)) + DAY
        return (start, max(end, start + DAY)) if since else (min(start, end - DAY), end)


class StatedBalanceForm(EditForm[StatedBalance]):
    at = MomentField(label=gettext_lazy("Time"))
    asset = asset_field()
    amount = NumberField(
        label=gettext_lazy("Balance"),
        max_digits=78 + AMOUNT_SCALE,
        decimal_places=AMOUNT_SCALE,
        widget=forms.TextInput(attrs=PLAIN["attrs"] | {"inputmode": "decimal"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.TextInput(attrs=PLAIN["attrs"]),
    )

    def __init__(self, row: StatedBalance, data: Any = None) -> None:
        super().__init__(row, data)
        self.fields["asset"].required = True

    @staticmethod
    def initial_values(row: StatedBalance) -> dict[str, Any]:
        asset = row.asset if row.asset_id else None
        amount = None if row.amount is None else number(f"{row.amount:f}")
        return {"at": row.at, "asset": asset_text(asset), "amount": amount, "note": row.note}

    def display_value(self, name: str, value: Any) -> Any:
        field = self.fields[name]
        return field.widget.format_value(field.prepare_value(value)) or "—"

    def clean_at(self) -> datetime:
        return known_time(self.cleaned_data["at"], self.row.at if self.row.pk else None)

    def clean_asset(self) -> Asset:
        return asset_named(self.row.ledger, self.cleaned_data["asset"].strip())

    def save(self, by: Any) -> None:
        self.cleaned_data["asset"] = saved_asset(self.cleaned_data["asset"])
        self.cleaned_data["amount"] = normalised(self.cleaned_data["amount"])
        super().save(by)

    def refuse_taken(self) -> None:
        self.add_error(None, _("The asset is not there any more."))
