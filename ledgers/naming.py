"""Rows that are known by their name."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower


def named[M: models.Model](model: type[M], ledger_id: int, name: str, **new: Any) -> M:
    """The row of that name in a ledger, in any case; one with the values `new` if there is none.

    It is locked: nobody deletes it before the transaction has ended. Names are compared by the
    database, as its unique constraint does.
    """
    rows = model._default_manager.annotate(key=Lower("name"))
    same = rows.filter(ledger=ledger_id, key=Lower(models.Value(name)))
    while True:
        made = model(ledger_id=ledger_id, name=name, **new)
        model._default_manager.bulk_create([made], ignore_conflicts=True)
        if found := same.select_for_update(no_key=True).first():
            return found
