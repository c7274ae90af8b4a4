"""Deciding about pairs of one transfer, and taking a decision back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledgers.models import Ledger, Role, User
from ledgers.undo import CannotUndo, undoes
from transactions.models import TransferPair
from transactions.queries.transfers import Proposal, Proposed, proposals
from txproject.localized import grouped

# Of a pair that gave way: its ends, and when and by whom it was accepted.
type Gone = tuple[int, int, str, int | None]


class CannotDecide(Exception):
    """The pair is not what it was when it was shown; the message says why."""


def decide(ledger: Ledger, sent: int, received: int, state: str, by: User) -> dict[str, Any]:
    """Returns what `undecide` takes."""
    proposal = next(iter(proposals(ledger, [sent])), None)
    if proposal is None or proposal.received != received:
        raise CannotDecide(_("The pair is not proposed any more: its rows have changed."))
    try:
        with transaction.atomic():
            gone = make_way([proposal]) if state == TransferPair.State.ACCEPTED else []
            (pair,) = TransferPair.objects.bulk_create(
                [decision(ledger, proposal, state, timezone.now(), by)]
            )
    except IntegrityError:
        message = _("Somebody has decided about one of the two rows in this moment.")
        raise CannotDecide(message) from None
    return {"pair": pair.pk, "gone": gone}


def decision(
    ledger: Ledger, proposal: Proposal, state: str, at: datetime, by: User
) -> TransferPair:
    return TransferPair(
        ledger=ledger,
        sent_id=proposal.sent,
        received_id=proposal.received,
        state=state,
        decided_at=at,
        decided_by=by,
    )


def make_way(found: Iterable[Proposal]) -> list[Gone]:
    """What was accepted once and does not stand any more gives way to what is accepted now. Returns
    what `bring_back` takes."""
    ends = [pk for proposal in found for pk in (proposal.sent, proposal.received)]
    accepted = TransferPair.objects.filter(state=TransferPair.State.ACCEPTED).with_any(ends)
    standing = TransferPair.objects.standing().with_any(ends)
    fallen = accepted.exclude(pk__in=standing.values("pk"))
    gone = fallen.values_list("sent", "received", "decided_at", "decided_by")
    told: list[Gone] = [(sent, received, at.isoformat(), by) for sent, received, at, by in gone]
    fallen.delete()
    return told


def bring_back(ledger: Ledger, gone: Iterable[Gone]) -> None:
    """As far as its rows are there, and in no other pair."""
    there = set(ledger.transactions.filter(pk__in=ends_of(gone)).values_list("pk", flat=True))
    known = User.objects.in_bulk({by for _sent, _received, _at, by in gone if by})
    TransferPair.objects.bulk_create(
        (
            TransferPair(
                ledger=ledger,
                sent_id=sent,
                received_id=received,
                state=TransferPair.State.ACCEPTED,
                decided_at=datetime.fromisoformat(at),
                decided_by=known.get(by or 0),
            )
            for sent, received, at, by in gone
            if {sent, received} <= there
        ),
        ignore_conflicts=True,
    )


def ends_of(gone: Iterable[Gone]) -> list[int]:
    return [pk for sent, received, _at, _by in gone for pk in (sent, received)]


def accept_certain(ledger: Ledger, by: User) -> tuple[int, dict[str, Any]]:
    """All that a first page calls certain: how many, and what `undecide_all` takes. Where somebody
    else has just decided, his decision stays."""
    now, certain = timezone.now(), Proposed(ledger, QueryDict()).certain
    state = TransferPair.State.ACCEPTED
    made = [decision(ledger, proposal, state, now, by) for proposal in certain]
    with transaction.atomic():
        gone = make_way(certain)
        TransferPair.objects.bulk_create(made, ignore_conflicts=True)
        n = accepted_at(ledger, now, by.pk).count()
    return n, {"at": now.isoformat(), "by": by.pk, "gone": gone}


def accepted_at(ledger: Ledger, at: datetime, by: int) -> Any:
    state = TransferPair.State.ACCEPTED
    return ledger.transfers.filter(state=state, decided_at=at, decided_by=by)


def take_back(ledger: Ledger, pair: int) -> None:
    if not ledger.transfers.filter(pk=pair).delete()[0]:
        raise CannotUndo(_("Somebody has taken the decision back already."))


@undoes("transfer", Role.EDITOR)
def undecide(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    with transaction.atomic():
        take_back(ledger, done["pair"])
        bring_back(ledger, done.get("gone", ()))
    return _("The decision is taken back.")


@undoes("transfers", Role.EDITOR)
def undecide_all(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    with transaction.atomic():
        n, _of = accepted_at(ledger, datetime.fromisoformat(done["at"]), done["by"]).delete()
        bring_back(ledger, done.get("gone", ()))
    text = ngettext(
        "%(n)s transfer is two transactions again.",
        "%(n)s transfers are two transactions each again.",
        n,
    )
    return text % {"n": grouped(n)}
