"""What can be imported, for whoever has an account: it is the same in every ledger."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from formats import FORMATS
from formats.catalogue import sources
from txproject.http import partial

PAGE = "imports/sources.html"


def source_list(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "")[:200].strip()
    found = sources(query)
    context = {"q": query, "sources": found, "formats": len(FORMATS)}
    return render(request, f"{PAGE}#sources" if partial(request) else PAGE, context)
