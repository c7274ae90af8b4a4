from django.http import HttpResponse

from ledgers.access import LedgerRequest, ledger_view
from live.stream import admit


@ledger_view()
def line(request: LedgerRequest) -> HttpResponse:
    """The door to the line that says when the ledger has changed."""
    return admit(request, request.ledger.pk, request.user.pk)
