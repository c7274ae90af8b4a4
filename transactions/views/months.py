from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format

from ledgers.access import LedgerRequest, ledger_view
from transactions.presentation import Amount, amount, signed
from transactions.queries.listing import Listing, Total
from transactions.queries.months import Months, months, symbols
from transactions.views.listing import changed
from txproject.http import alone, partial

# Drawn at the most, and at the least.
MOST, LEAST = 120, 12
# Of the picture: a month is so wide, the whole so high.
WIDTH, HEIGHT, PAD = 10, 1000, 40
# To choose from, the most used first.
SYMBOLS = 12


@dataclass(frozen=True, slots=True)
class ShownMonth:
    place: int
    name: str
    url: str
    n: int
    received: Amount
    sent: Amount
    fee: Amount
    net: Amount


@ledger_view()
def transaction_months(request: LedgerRequest) -> HttpResponse:
    """Of however many rows, from a snapshot of its own; as a page for those without scripts."""
    listing = Listing.of(request.ledger, request.GET)
    rows = listing.filter.fitting
    found, wanted = offered(listing, symbols(rows)), request.GET.get("bars")
    chosen = wanted if wanted in found else found[0] if found else None
    path = request.path
    context = {
        "symbols": [
            (each, changed(path, request.GET, bars=each), each == chosen)
            for each in found[:SYMBOLS]
        ],
        "here": request.get_full_path(),
        "list_url": changed(list_url(request), request.GET, bars=None),
        "chosen": chosen,
        "alone": alone(request),
    }
    if chosen is not None:
        of = months(rows, request.ledger, chosen)
        context |= bars(request, of, chosen, listing.filter.asked)
    if partial(request):
        return render(request, "transactions/months.jinja", context, using="jinja")
    return render(request, "transactions/months.html", context)


def offered(listing: Listing, found: list[str]) -> list[str]:
    """Those that the filter asks for, if it asks for some: their rows move others too."""
    form = listing.filter.form
    wanted = form.cleaned_data.get("asset") if listing.filter.is_valid() else None
    if not wanted or listing.filter.negated("asset"):
        return found
    return [each for each in found if each in wanted]


def list_url(request: LedgerRequest) -> str:
    return reverse("transaction_list", args=[request.ledger.slug])


def bars(request: LedgerRequest, of: Months, symbol: str, asked: dict[str, Any]) -> dict[str, Any]:
    last = max(of)
    first = min(max(min(of), later(last, 1 - MOST)), later(last, 1 - LEAST))
    drawn = [each for each in sorted(of) if each >= first]
    count = apart(first, last) + 1
    top = max(of[each].received for each in drawn)
    bottom = max(of[each].sent for each in drawn)
    zero = height(top, top + bottom)
    return {
        "columns": count,
        "width": count * WIDTH,
        "height": HEIGHT,
        "zero": zero,
        "most_in": amount(top, symbol, "+"),
        "most_out": amount(bottom, symbol, "−"),
        "ins": path(of, drawn, first, zero, "received", -1, top + bottom),
        "outs": path(of, drawn, first, zero, "sent", 1, top + bottom),
        "names": [name(later(first, (count - 1) * n // 4)) for n in range(5)],
        "months": [shown(request, of[each], each, apart(first, each), asked) for each in drawn],
        "earlier": len(of) - len(drawn),
    }


def path(
    of: Months, drawn: list[date], first: date, zero: int, part: str, way: int, whole: Decimal
) -> str:
    """A bar for each month, upwards or downwards."""
    found = []
    for each in drawn:
        if value := getattr(of[each], part):
            x, y = apart(first, each) * WIDTH + 1, zero + way * (height(value, whole) - PAD)
            found.append(f"M{x} {zero}V{y}h{WIDTH - 2}V{zero}z")
    return "".join(found)


def height(value: Decimal, whole: Decimal) -> int:
    return PAD + (round(value / whole * (HEIGHT - 2 * PAD)) if whole else 0)


def shown(
    request: LedgerRequest, total: Total, month: date, place: int, asked: dict[str, Any]
) -> ShownMonth:
    """It leads to its rows: where the filter begins or ends within the month, to what is left."""
    since = max(month, asked.get("since", month))
    until = min(last := last_day(month), asked.get("until", last))
    days = {"since": since.isoformat(), "until": until.isoformat()}
    return ShownMonth(
        place=place + 1,
        name=name(month),
        url=changed(list_url(request), request.GET, page=None, bars=None, **days),
        n=total.n,
        received=amount(total.received, total.symbol, "+"),
        sent=amount(total.sent, total.symbol, "−"),
        fee=amount(total.fee, total.symbol, "−"),
        net=signed(total.net, total.symbol),
    )


def name(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def apart(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def later(month: date, by: int) -> date:
    """The first of the months that there are."""
    n = max(12, month.year * 12 + month.month - 1 + by)
    return date(n // 12, n % 12 + 1, 1)


def last_day(month: date) -> date:
    latest = month == date(9999, 12, 1)  # no month comes after it
    return date.max if latest else later(month, 1) - timedelta(days=1)
