from django.http import HttpResponse

from ledgers.access import LedgerRequest, ledger_view
from live.stream import authorize


@ledger_view()
def stream(request: LedgerRequest) -> HttpResponse:
    """Authorizes the stream that says when the ledger has changed."""
    return authorize(request, request.ledger.pk, request.user.pk)
