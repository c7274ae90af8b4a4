"""Names, and rows that are known by them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from txproject.text import code_point, unseen


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


def refuse_unseen(name: str, known: "models.QuerySet[Any] | models.Manager[Any]") -> None:
    """A person writes no characters that nobody can see; a name that a file has brought is known
    and may stay."""
    at = unseen(name)
    if at and not known.filter(name__iexact=name).exists():
        message = _("There is a character in it that nobody can see: %(code)s. Write it without.")
        raise ValidationError(message, params={"code": code_point(name[at[0]])})
