"""Rules: applied, taken back; made, put in order, deleted, and undoing that."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.functions import TransactionNow
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from history.actions import revert
from history.models import Entry
from history.triggers import ACT
from imports.models import ImportBatch
from ledgers.models import Ledger, Membership, Role, User
from ledgers.undo import CannotUndo, undoes
from live.versions import NOT_EDITED
from live.writers import Way, writing
from rules.models import Effect, Rule, Run
from rules.queries import plan, usable
from rules.statements import Rows

SET = "SELECT set_config(%s, %s, true)"
NEW_ACT = "SELECT set_config(%s, nextval('history_entry_id_seq')::text, true)"
NOW = "SELECT coalesce(current_setting(%s, true), '')"


def apply(rule: Rule, by: User | None, batch: ImportBatch | None = None) -> int:
    """How many rows it has changed: of an import, or of all. Within acting()."""
    among: Rows | None = rule.ledger.transactions.alive().filter(batch=batch) if batch else None
    act = setting(NEW_ACT, ACT)
    n = plan(rule, among).write()
    if n:
        done = {"act": int(act), "at": TransactionNow(), "changed": n}
        Effect.objects.create(ledger=rule.ledger, rule=rule, by=by, batch=batch, **done)
    return n


def apply_to_import(ledger: Ledger, batch: ImportBatch, by: User | None) -> None:
    """To its new rows, within its transaction."""
    rules = usable(ledger)
    if rules:
        with acting(by):
            for rule in rules:
                apply(rule, by, batch)


@contextmanager
def acting(by: User | None) -> Iterator[None]:
    """What is written inside is written by rules: it raises versions, but edits nothing. Each rule
    takes an act of its own; afterwards that of the transaction goes on."""
    before = {name: setting(NOW, name) for name in (ACT, NOT_EDITED)}
    with writing(Way.RULE, by):
        setting(SET, NOT_EDITED, "on")
        yield
    for name, value in before.items():
        setting(SET, name, value)


def setting(statement: str, *values: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return str(cursor.fetchone()[0])


def queue(run: Run, task: Any) -> None:
    """Its job commits together with it. What it has to say is in the language spoken now."""
    with transaction.atomic():
        run.save(force_insert=True)
        run.job = task.defer(run=run.pk, language=get_language())
        run.save(update_fields=["job"])


def cancel(run: Run) -> bool:
    """Whether there was something to cancel. Nothing of it is written then."""
    with transaction.atomic():
        active = Run.objects.filter(pk=run.pk, state__in=Run.ACTIVE)
        cancelled = bool(active.update(state=Run.State.CANCELLED))
        if cancelled and run.job:
            app.job_manager.cancel_job_by_id(run.job, abort=True)
    return cancelled


def take_back(effect: Effect, member: Membership, others: bool, **how: Any) -> int:
    """All of it, by the rules of the history, which is told so that the rule may do it again."""
    entries = Entry.objects.filter(ledger=effect.ledger_id, at=effect.at, act=effect.act)
    with transaction.atomic():
        n = revert(entries, member, whole=True, others=others, **how)
        act = setting(NOW, ACT)
        back = {"back_act": int(act) if act else None, "back_at": timezone.now()}
        Effect.objects.filter(pk=effect.pk).update(**back)
    return n


def make(rule: Rule, by: User) -> None:
    """At the end of the list."""
    last = rule.ledger.rules.alive().aggregate(last=Max("place"))["last"] or 0
    rule.place, rule.edited_at, rule.edited_by = last + 1, timezone.now(), by
    rule.save(force_insert=True)


def move(rule: Rule, step: int) -> None:
    """All are locked, in one order, so that two people who move them at once do so one after the
    other."""
    with transaction.atomic():
        alive = Rule.objects.alive().filter(ledger=rule.ledger_id)
        locked = alive.select_for_update(no_key=True).order_by("pk")
        rules = sorted(locked, key=lambda each: (each.place, each.pk))
        at = next((n for n, each in enumerate(rules) if each.pk == rule.pk), None)
        if at is None:
            return
        rules.insert(max(0, at + step), rules.pop(at))
        for place, each in enumerate(rules, 1):
            if each.place != place:
                Rule.objects.filter(pk=each.pk).update(place=place)


def switch(rule: Rule, on: bool, by: User) -> None:
    """Two people who switch it off agree; so there is no version to compare."""
    other = Rule.objects.alive().filter(pk=rule.pk, enabled=not on)
    other.update(enabled=on, edited_at=timezone.now(), edited_by=by)


def delete(rule: Rule, by: User) -> dict[str, Any]:
    """It stays in the database, with what it did. Returns what the undo takes."""
    now = timezone.now()
    alive = Rule.objects.alive().filter(pk=rule.pk)
    alive.update(deleted_at=now, edited_at=now, edited_by=by)
    return {"pk": rule.pk}


@undoes("rule deleted")
def undelete(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    deleted = ledger.rules.exclude(deleted_at=None).filter(pk=done["pk"]).order_by()
    membership = Membership.objects.get(ledger=ledger, user=by)
    if any(rule.needs_editor for rule in deleted) and not membership.may(Role.EDITOR):
        raise PermissionDenied
    try:
        with transaction.atomic():
            n = deleted.update(deleted_at=None, edited_at=timezone.now(), edited_by=by)
    except IntegrityError:
        raise CannotUndo(_("There is another rule of this name now.")) from None
    if not n:
        raise CannotUndo(_("The rule is not there any more."))
    return _("The rule is back.")
