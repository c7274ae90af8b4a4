"""Saved views: made under a slug that nobody has, put in order, deleted, and undoing that."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ledgers.models import Ledger, Role, User, numbered
from ledgers.undo import CannotUndo, undoes
from transactions.models import SavedView
from transactions.models.saved_view import RESERVED_SLUGS, SLUG_ONCE, SavedViewQuerySet

SLUG_LENGTH = 50  # there is room for a number behind it


def make(view: SavedView, by: User) -> None:
    """At the end of its list."""
    last = SavedView.objects.beside(view).aggregate(last=Max("place"))["last"] or 0
    view.place, view.edited_at, view.edited_by = last + 1, timezone.now(), by
    for slug in free_slugs(view.ledger, view.name):
        view.slug = slug
        try:
            with transaction.atomic():
                view.save(force_insert=True)
        except IntegrityError as error:
            if SLUG_ONCE not in str(error):
                raise
        else:
            return


def free_slugs(ledger: Ledger, name: str) -> Iterator[str]:
    """Of all views, also those that one does not see: a URL leads to one of them."""
    taken = {*RESERVED_SLUGS, *ledger.views.values_list("slug", flat=True)}
    base = slugify(name, allow_unicode=True)[:SLUG_LENGTH].strip("-_") or "view"
    return (slug for n in count() if (slug := numbered(base, n)) not in taken)


def move(view: SavedView, step: int) -> None:
    """Among those that it is listed with. All are locked, in one order, so that two people who
    move them at once do so one after the other."""
    with transaction.atomic():
        locked = SavedView.objects.beside(view).select_for_update(no_key=True).order_by("pk")
        rows = sorted(locked, key=lambda row: (row.place, row.pk))
        at = next((n for n, row in enumerate(rows) if row.pk == view.pk), None)
        if at is None:
            return
        rows.insert(max(0, at + step), rows.pop(at))
        for place, row in enumerate(rows, 1):
            if row.place != place:
                SavedView.objects.filter(pk=row.pk).update(place=place)


def delete(view: SavedView, by: User) -> dict[str, Any]:
    """It stays in the database, so that it can come back. Returns what the undo takes."""
    now = timezone.now()
    alive = SavedView.objects.alive().filter(pk=view.pk)
    alive.update(deleted_at=now, edited_at=now, edited_by=by)
    return {"pk": view.pk}


@undoes("shared view deleted")
def undelete_shared(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    return undelete(ledger.views.filter(pk=done["pk"], owner=None), by)


@undoes("view deleted", Role.VIEWER)
def undelete_own(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    return undelete(ledger.views.filter(pk=done["pk"], owner=by), by)


def undelete(rows: SavedViewQuerySet, by: User) -> str:
    deleted = rows.exclude(deleted_at=None).order_by()
    try:
        with transaction.atomic():
            n = deleted.update(deleted_at=None, edited_at=timezone.now(), edited_by=by)
    except IntegrityError:
        raise CannotUndo(_("There is another view of this name now.")) from None
    if not n:
        raise CannotUndo(_("The view is not there any more."))
    return _("The view is back.")
