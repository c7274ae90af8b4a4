"""Taking back what the history tells: one entry, or all that was done at once.

The same rule as for an edit: what has been written since is not overwritten. To take back is to
write, and is in the history too.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from history.models import Entry, EntryQuerySet
from history.roles import role_of
from history.statements import Run
from ledgers.models import Ledger, Membership, Role
from live.writers import Way, writing

OF_IMPORT = gettext_lazy("What an import did is undone on the page of the import.")
BROUGHT = gettext_lazy("This came with an archive: it is told, and cannot be taken back.")
NOT_HERE = {
    Entry.Kind.REVIEW: gettext_lazy("A transaction is marked as new on its own page."),
}


class Conflicts(Exception):
    """What these entries tell of has been changed since."""

    def __init__(self, entries: list[Entry], others: int) -> None:
        self.entries, self.others = entries, others


class CannotRevert(Exception):
    """The message says why."""


def revert(
    entries: EntryQuerySet,
    member: Membership,
    whole: bool,
    others: bool = False,
    report: Callable[[float], None] = lambda _fraction: None,
) -> int:
    """How many entries were taken back. Conflicts, and none is, if something was changed since,
    unless only the `others` are asked for. PermissionDenied for too low a role.

    `whole`: they are all of their act, where one may have followed another.
    """
    found = list(entries.order_by("-pk"))
    refuse(found, member)
    done: set[int] = set()
    try:
        with transaction.atomic(), writing(Way.REVERT, member.user):
            Ledger.objects.select_for_update(no_key=True).get(pk=member.ledger_id)
            for run in runs(found):
                report(len(done) / len(found))
                done |= run.taken_back(member.user_id, whole)
            keep_an_owner(found, member.ledger)
            left = [entry for entry in found if entry.pk not in done]
            if left and not others:
                raise Conflicts(left, len(done))
    except IntegrityError as error:
        raise CannotRevert(reason(error)) from None
    return len(done)


def refuse(entries: Iterable[Entry], member: Membership) -> None:
    for entry in entries:
        role = role_of(entry)
        if role is None:
            raise CannotRevert(why_not(entry))
        if not member.may(role):
            raise PermissionDenied


def why_not(entry: Entry) -> Any:
    return BROUGHT if entry.is_brought else NOT_HERE.get(Entry.Kind(entry.kind), OF_IMPORT)


def runs(entries: Iterable[Entry]) -> Iterator[Run]:
    """Neighbours that are alike, as far as each is of another row."""
    run: Run | None = None
    for entry in entries:
        of = (entry.kind, entry.deed, tuple(entry.changes))
        if run is None or run.of != of or entry.object_id in run.rows:
            if run:
                yield run
            run = Run(of, [], set())
        run.ids.append(entry.pk)
        run.rows.add(entry.object_id)
    if run:
        yield run


def keep_an_owner(entries: list[Entry], ledger: Ledger) -> None:
    """The ledger is locked: whoever else takes an owner away waits."""
    of_members = any(entry.kind == Entry.Kind.MEMBERSHIP for entry in entries)
    if of_members and not ledger.memberships.filter(role=Role.OWNER).exists():
        raise CannotRevert(_("The ledger would have no owner."))


def reason(error: IntegrityError) -> str:
    if isinstance(error.__cause__, UniqueViolation):
        return _("There is another one of that name in the meantime.")
    if isinstance(error.__cause__, ForeignKeyViolation):
        return _("It is in use, or what it belongs to is not there any more.")
    return _("It does not fit what the row says otherwise.")
