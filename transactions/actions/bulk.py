"""One act on many rows, and how it is undone.

The moment of the act tells its rows: see contacts/actions/contacts.py.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from contacts.models import Contact
from history.actions import CannotRevert, revert
from history.models import Entry
from ledgers.models import Ledger, User
from ledgers.undo import CannotUndo, undoes
from transactions.models import Label, Transaction, TransactionLabel
from transactions.search import keys_sql, with_keys
from txproject.localized import grouped

type Rows = QuerySet[Transaction]
type Done = tuple[int, dict[str, Any]]

ATTACH = """
    INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id, added_at)
    SELECT %s, rows.pk, %s, %s FROM ({rows}) AS rows
    ON CONFLICT DO NOTHING
"""
# What the history knows by which acts; None where there was nothing to do.
ACT = "SELECT nullif(current_setting('txproject.act', true), '')::bigint, now()"


def add_label(rows: Rows, label: Label, _by: User) -> Done:
    """The number of rows that did not have the label, and what `undo_label` takes."""
    now = timezone.now()
    sql, params = keys_sql(rows.order_by())
    with connection.cursor() as cursor:
        cursor.execute(ATTACH.format(rows=sql), [label.ledger_id, label.pk, now, *params])
        n = cursor.rowcount
    return n, {"label": label.pk, "at": now.isoformat()}


@undoes("labelled")
def undo_label(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    at = datetime.fromisoformat(done["at"])
    added = TransactionLabel.objects.filter(ledger=ledger, label=done["label"], added_at=at)
    n, _of = added.delete()
    text = ngettext(
        "The label is off %(n)s transaction.", "The label is off %(n)s transactions.", n
    )
    return text % {"n": grouped(n)}


def take_label(rows: Rows, label: Label) -> Done:
    """The number of rows that had the label."""
    with transaction.atomic():
        among = rows.order_by().values("pk")
        n, _of = TransactionLabel.objects.filter(label=label, transaction__in=among).delete()
        return n, act()


def set_type(rows: Rows, type: str, by: User) -> Done:
    with transaction.atomic():
        others = rows.exclude(type=type).order_by()
        n = others.update(type=type, edited_at=timezone.now(), edited_by=by)
        return n, act()


@undoes("changed")
def undo_change(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    """By the history. What has been written since stays."""
    at = datetime.fromisoformat(done["at"])
    entries = Entry.objects.filter(ledger=ledger, at=at, act=done["act"])
    try:
        n = revert(entries, ledger.memberships.get(user=by), whole=True, others=True)
    except CannotRevert as reason:
        raise CannotUndo(str(reason)) from None
    text = ngettext("%(n)s transaction is as it was.", "%(n)s transactions are as they were.", n)
    return text % {"n": grouped(n)}


def act() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(ACT)
        number, at = cursor.fetchone()
    return {"act": number, "at": at.isoformat()}


def set_contact(rows: Rows, contact: Contact, by: User) -> Done:
    """The contact for just these rows. What each had before is told by a moment of its own."""
    now, before, n = timezone.now(), [], 0
    with transaction.atomic():
        # What is written may make others fit that did not.
        rows = rows.filter(with_keys(list(rows.order_by().values_list("pk", flat=True))))
        others = rows.exclude(contact=contact) if contact else rows
        earlier = others.order_by("contact").values_list("contact", flat=True).distinct()
        for step, had in enumerate(list(earlier)):
            at = now + timedelta(microseconds=step)
            same = others.filter(contact=had) if had else others.filter(contact__isnull=True)
            n += same.order_by().update(contact=contact, edited_at=at, edited_by=by)
            before.append((had, at.isoformat()))
    return n, {"before": before, "contact": contact.pk}


@undoes("named")
def undo_contact(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    stamp, n = {"edited_at": timezone.now(), "edited_by": by}, 0
    with transaction.atomic():
        for had, at in done["before"]:
            named = ledger.transactions.filter(
                contact=done["contact"], edited_at=datetime.fromisoformat(at)
            )
            n += named.update(contact=ledger.contacts.filter(pk=had).first(), **stamp)
    text = ngettext("%(n)s transaction is as it was.", "%(n)s transactions are as they were.", n)
    return text % {"n": grouped(n)}


def set_hidden(rows: Rows, hidden: bool, by: User) -> Done:
    now = timezone.now()
    changed = rows.filter(hidden=not hidden).order_by()
    n = changed.update(hidden=hidden, edited_at=now, edited_by=by)
    return n, {"at": now.isoformat(), "hidden": hidden}


@undoes("bulk hidden")
def undo_hidden(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    at, hidden = datetime.fromisoformat(done["at"]), done["hidden"]
    rows = ledger.transactions.filter(edited_at=at, hidden=hidden)
    n = rows.update(hidden=not hidden, edited_at=timezone.now(), edited_by=by)
    text = ngettext("%(n)s transaction is as it was.", "%(n)s transactions are as they were.", n)
    return text % {"n": grouped(n)}


def message(what: str, n: int, whom: str) -> str:
    """What was done, for the message."""
    numbers = {"n": grouped(n), "whom": whom}
    if what == "label":
        text = ngettext(
            "“%(whom)s” is on %(n)s more transaction.",
            "“%(whom)s” is on %(n)s more transactions.",
            n,
        )
    elif what == "unlabel":
        text = ngettext(
            "“%(whom)s” is off %(n)s transaction.", "“%(whom)s” is off %(n)s transactions.", n
        )
    elif what == "type":
        text = ngettext(
            "%(n)s transaction has the type “%(whom)s” now.",
            "%(n)s transactions have the type “%(whom)s” now.",
            n,
        )
    elif what == "contact":
        text = ngettext(
            "%(n)s transaction is with %(whom)s now.",
            "%(n)s transactions are with %(whom)s now.",
            n,
        )
    elif what == "hide":
        text = ngettext("%(n)s transaction is hidden.", "%(n)s transactions are hidden.", n)
    else:
        text = ngettext(
            "%(n)s transaction is shown again.", "%(n)s transactions are shown again.", n
        )
    return text % numbers
