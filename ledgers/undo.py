"""Undo, through the message that says what was done.

Whoever does something that can be undone registers how, by a name, and offers it.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Ledger, Role, User
from live.writers import Way, writing
from txproject.http import next_url, see_other

SALT = "undo"

# Takes what the act has returned, and says what was undone.
type Undo = Callable[[Ledger, dict[str, Any], User], str]
UNDO: dict[str, tuple[Role, Undo]] = {}


class CannotUndo(Exception):
    """It cannot be undone any more; the message says why."""


def undoes(name: str, role: Role = Role.ANNOTATOR) -> Callable[[Undo], Undo]:
    """For members from the role on that may do what is undone."""

    def register(undo: Undo) -> Undo:
        UNDO[name] = role, undo
        return undo

    return register


def offer(
    request: LedgerRequest, text: str, what: str, done: dict[str, Any], rule_url: str = ""
) -> None:
    """Say what was done; the message's undo sends `done` back, signed, for this ledger. At
    `rule_url` the same is made a rule."""
    token = signing.dumps([request.ledger.pk, what, done], salt=SALT, compress=True)
    messages.success(request, text, extra_tags=f"{token} {rule_url}".strip())


@ledger_view(read=None, write=Role.VIEWER)
def undo(request: LedgerRequest) -> HttpResponse:
    try:
        ledger, what, done = signing.loads(request.POST.get("token", ""), salt=SALT)
        if ledger != request.ledger.pk:
            raise CannotUndo(_("It was done in another ledger."))
        role, undoing = UNDO[what]
        if not request.membership.may(role):
            raise PermissionDenied
        with writing(Way.UNDO, request.user):
            messages.success(request, undoing(request.ledger, done, request.user))
    except CannotUndo as reason:
        messages.error(request, _("Not undone. %(reason)s") % {"reason": reason})
    except signing.BadSignature:
        messages.error(request, _("Not undone. What was to be undone did not arrive whole."))
    return see_other(next_url(request, reverse("transaction_list", args=[request.ledger.slug])))
