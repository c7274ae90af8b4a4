"""What is done to the address book and to the transactions at once, and how it is undone.

Everything that one act changes carries the act's own `edited_at`, to the microsecond. So what
undo needs is that moment and a few keys, however many rows there were, and what somebody has
changed since is told by another moment and left as it is.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.chains import short
from contacts.models import Address, Contact
from ledgers.models import Ledger, User
from ledgers.undo import CannotUndo, undoes
from live.versions import Conflict
from transactions.models import Transaction

BETWEEN_NOTES = "\n\n"


def merge(kept: Contact, other: Contact, by: User) -> dict[str, Any]:
    """All that is `other`'s becomes `kept`'s. Returns what `unmerge` takes."""
    with transaction.atomic():
        both = Contact.objects.select_for_update().order_by("pk").in_bulk([kept.pk, other.pk])
        if len(both) < 2:
            raise Conflict
        kept, other = both[kept.pk], both[other.pk]
        now = timezone.now()
        stamp = {"edited_at": now, "edited_by": by}
        addresses = other.addresses.update(contact=kept, **stamp)
        own = Transaction.objects.filter(ledger=kept.ledger_id, contact=other)
        rows = own.update(contact=kept, **stamp)
        note = BETWEEN_NOTES.join(filter(None, (kept.note, other.note)))
        Contact.objects.write(kept.pk, expected_version=kept.version, by=by, note=note)
        Contact.objects.filter(pk=other.pk).delete()
    return {
        "kept": kept.pk,
        "version": kept.version + 1,
        "own_note": len(kept.note),
        "other": other.pk,
        "seen": other.version,
        "name": other.name,
        "other_note": len(other.note),
        "created": other.created_at.isoformat(),
        "addresses": addresses,
        "rows": rows,
        "at": now.isoformat(),
    }


@undoes("merge")
def unmerge(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    with transaction.atomic():
        kept = ledger.contacts.select_for_update().filter(pk=done["kept"]).first()
        if kept is None or kept.version != done["version"]:
            raise CannotUndo(_("The contact was changed in the meantime."))
        length = done["other_note"]
        other = recreate(ledger, done, kept.note[-length:] if length else "", by)
        moved = {"contact": kept, "edited_at": datetime.fromisoformat(done["at"])}
        stamp = {"contact": other, "edited_at": timezone.now(), "edited_by": by}
        back = ledger.addresses.filter(**moved).update(**stamp)
        rows = ledger.transactions.filter(**moved).update(**stamp)
        note = kept.note[: done["own_note"]]
        Contact.objects.write(kept.pk, expected_version=kept.version, by=by, note=note)
    message = _("%(other)s and %(kept)s are two contacts again.") % {"other": other, "kept": kept}
    stay = done["addresses"] - back, done.get("rows", rows) - rows
    return " ".join([message, *stay_with(kept, *stay)])


def recreate(ledger: Ledger, done: dict[str, Any], note: str, by: User) -> Contact:
    """The contact that is no more, with the key that it had, so that its links work."""
    try:
        with transaction.atomic():
            other = Contact(pk=done["other"], ledger=ledger, name=done["name"], note=note)
            other.version = done.get("seen", 0) + 1  # what has been open since then is older
            other.edited_at, other.edited_by = timezone.now(), by
            other.save(force_insert=True)
            Contact.objects.filter(pk=other.pk).update(created_at=done["created"])
    except IntegrityError:
        message = _("There is a contact “%(name)s” again in the meantime.")
        raise CannotUndo(message % {"name": done["name"]}) from None
    return other


def stay_with(kept: Contact, addresses: int, rows: int) -> Iterator[str]:
    """What was changed since."""
    if addresses:
        text = ngettext(
            "%(n)s address was changed since and stays with %(kept)s.",
            "%(n)s addresses were changed since and stay with %(kept)s.",
            addresses,
        )
        yield text % {"n": addresses, "kept": kept}
    if rows:
        text = ngettext(
            "%(n)s transaction was changed since and stays with %(kept)s.",
            "%(n)s transactions were changed since and stay with %(kept)s.",
            rows,
        )
        yield text % {"n": rows, "kept": kept}


def transactions_of(contact: Contact) -> QuerySet[Transaction]:
    """Every transaction that shows this contact, hidden ones too."""
    through = list(contact.addresses.values_list("pk", flat=True))
    shown = Q(contact=contact) | Q(contact__isnull=True, counterparty__in=through)
    return Transaction.objects.alive().filter(shown, ledger=contact.ledger_id)


def remove(contact: Contact, seen: int, by: User) -> dict[str, Any]:
    """Delete it. Returns what `restore` takes."""
    now = timezone.now()
    with transaction.atomic():
        if not Contact.objects.select_for_update().filter(pk=contact.pk, version=seen).exists():
            raise Conflict
        stamp = {"contact": None, "edited_at": now, "edited_by": by}
        addresses = contact.addresses.update(**stamp)
        own = Transaction.objects.filter(ledger=contact.ledger_id, contact=contact)
        rows = own.update(**stamp)
        Contact.objects.filter(pk=contact.pk).delete()
    return {
        "other": contact.pk,
        "seen": seen,
        "name": contact.name,
        "note": contact.note,
        "created": contact.created_at.isoformat(),
        "addresses": addresses,
        "rows": rows,
        "at": now.isoformat(),
    }


@undoes("contact")
def restore(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    """The contact, with all that was its own and is nobody's still."""
    with transaction.atomic():
        contact = recreate(ledger, done, done["note"], by)
        left = {"contact": None, "edited_at": datetime.fromisoformat(done["at"])}
        stamp = {"contact": contact, "edited_at": timezone.now(), "edited_by": by}
        back = ledger.addresses.unassigned().filter(**left).update(**stamp)
        rows = ledger.transactions.filter(**left).update(**stamp) if done["rows"] else 0
    message = _("%(name)s is back.") % {"name": contact}
    return " ".join([message, *stay(done["addresses"] - back, done["rows"] - rows)])


def stay(addresses: int, rows: int) -> Iterator[str]:
    """What was changed since."""
    if addresses:
        text = ngettext(
            "%(n)s address was changed since and stays as it is.",
            "%(n)s addresses were changed since and stay as they are.",
            addresses,
        )
        yield text % {"n": addresses}
    if rows:
        text = ngettext(
            "%(n)s transaction was changed since and stays as it is.",
            "%(n)s transactions were changed since and stay as they are.",
            rows,
        )
        yield text % {"n": rows}


def unassign(address: Address, seen: int, by: User) -> dict[str, Any]:
    """Take an address away from its contact. Returns what `reassign` takes."""
    Address.objects.write(address.pk, expected_version=seen, by=by, contact=None)
    return {"address": address.pk, "version": seen + 1, "contact": address.contact_id}


@undoes("address")
def reassign(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    """The address, to the contact that it had before, or to none."""
    contact = ledger.contacts.filter(pk=done["contact"]).first()
    address = ledger.addresses.filter(pk=done["address"]).first()
    if address is None or (done["contact"] and contact is None):
        raise CannotUndo(_("The contact is not there any more."))
    try:
        Address.objects.write(address.pk, expected_version=done["version"], by=by, contact=contact)
    except Conflict:
        raise CannotUndo(_("The address was changed in the meantime.")) from None
    names = {"address": short(address.shown), "name": contact}
    return _("%(address)s is %(name)s’s again.") % names if contact else _("Nobody’s again.")
