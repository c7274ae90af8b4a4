"""What the filters of the transactions page are made of."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, cast

import django_filters as df
from django import forms
from django.db.models import Q, QuerySet

from ledgers.models import Ledger
from transactions.find.meaning import AMOUNT
from transactions.models import Transaction
from transactions.search import any_of, keys
from txproject.localized import NumberField

type Rows = QuerySet[Transaction]


class SeveralFilter(df.MultipleChoiceFilter):
    """One of the chosen, or, where `<name>_not` stands in the URL, none of them.

    Each of the `conditions` takes the filter set and the chosen values; a row fits that fits any.
    """

    def __init__(self, *conditions: Callable[[Any, list[Any]], Q], **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)
        self.conditions = conditions

    def parts(self, value: list[Any]) -> list[Q]:
        return [condition(self.parent, value) for condition in self.conditions]

    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        if not value:
            return qs
        condition = reduce(or_, self.parts(value))
        return (
            qs.exclude(condition) if self.parent.negated(self.field_name) else qs.filter(condition)
        )


class WalletFilter(SeveralFilter):
    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        """Of all but the chosen those are taken that are left: an index has the rows of each, and
        would have to be read through where the chosen ones come first in it."""
        if not (value and self.parent.negated(self.field_name)):
            return super().filter(qs, value)
        return qs.filter(any_of("wallet", self.parent.asked_once(other_wallets, *value)))


def other_wallets(ledger: Ledger, *chosen: str) -> list[int]:
    return keys(ledger.wallets.exclude(any_of("pk", chosen)))


class AssetFilter(SeveralFilter):
    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        """Said once: PostgreSQL multiplies, and would expect a tenth of what there is."""
        return qs if self.parent.compared else super().filter(qs, value)


class TextFilter(df.CharFilter):
    """What a person may mean by it: an address, a hash, words of a note, a name."""

    def parts(self, text: str) -> list[Q]:
        return cast(list[Q], self.parent.meant(text).parts)

    def filter(self, qs: Rows, value: str) -> Rows:
        return qs.filter(reduce(or_, self.parts(value))) if value else qs


class ButFilter(SeveralFilter):
    """None of the chosen, beside a SeveralFilter that takes some."""

    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        return qs.exclude(reduce(or_, self.parts(value))) if value else qs


class TextsField(forms.CharField):
    """Each of the texts that stand in the URL."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> Any:
        texts = (super(TextsField, self).clean(text) for text in value or ())
        return [text for text in texts if text]


class WithoutFilter(df.Filter):
    """Leaves out what the text filter beside it would take, for each of the texts."""

    field_class = TextsField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(method="without", **kwargs)


# Of these any number of values can stand in the URL.
SEVERAL = (SeveralFilter, WithoutFilter)


class NegationFilter(df.BooleanFilter):
    """The `_not` beside a SeveralFilter, which reads it."""

    def __init__(self) -> None:
        super().__init__(widget=forms.CheckboxInput)

    def filter(self, qs: Rows, value: bool | None) -> Rows:
        return qs


class AmountFilter(df.Filter):
    field_class = NumberField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**AMOUNT, **kwargs)
