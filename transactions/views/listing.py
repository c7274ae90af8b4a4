from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from transactions.active_filters import Menu, menu, pills
from transactions.filters import EVERY_FILTER, TransactionFilter, choices_of
from transactions.menus import MENUS
from transactions.presentation import Presenter, shown_total
from transactions.queries.columns import COLUMNS, MORE, USUAL, shown_columns
from transactions.queries.keyset import pages_of
from transactions.queries.listing import MAX_COUNT, SIZES, Listing, Pages
from transactions.queries.rows import in_order, more_of
from transactions.views.bar import bar_of
from txproject.http import alone, displayed_ids, partial, path_of

TOTALS = 4
# Of so many assets the totals are in the list itself; of all, on a page of their own.
MOST_TOTALS = 50
# What the form of the filter shows; whatever else is on goes with it.
FIELDS = {
    *("q", "address", "since", "until", "min", "max"),
    *("status", "review", "transfers", "hidden"),
    *(name + end for name in MENUS for end in ("", "_not")),
}


@ledger_view()
def transaction_list(request: LedgerRequest) -> HttpResponse:
    listing = Listing.of(request.ledger, request.GET)
    if listing.filter.has_words:  # words are a way to write parameters
        return redirect(changed(request.path, listing.filter.data))
    pages = pages_of(listing)
    pages.hold(listing, displayed_ids(request))
    columns = shown_columns(request.GET, request.user.columns)
    presenter = Presenter(request.ledger, request.get_full_path())
    if not MORE.isdisjoint(columns):
        presenter.more = more_of(pages.ids)
    context = frame(request, listing)
    context |= {
        "groups": presenter.groups(in_order(pages.ids, request.ledger.reader)),
        "columns": [COLUMNS[name] for name in columns],
        "rearranged": columns != USUAL,
        "bar": bar_of(request, request.path),
        "views_url": path_of("view_menu", request.ledger.slug),
        "words_url": path_of("search_words", request.ledger.slug),
        "suggest_words_url": path_of("suggest_words", request.ledger.slug),
        "carried": carried(request.GET),
        "columns_url": path_of("transaction_columns", request.ledger.slug),
        "months_url": changed(path_of("transaction_months", request.ledger.slug), request.GET),
        "menus": [menu_of(request, listing, name) for name in MENUS],
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "of": pages.count if pages.capped or not context["filtered"] else listing.in_ledger,
        "pages": pages,
        "pager": pager(request, pages),
        "exports": exports(request),
        **selection(request, pages),
        "sorts": sorts(request, listing),
        "sizes": [(size, link(request, size=size, page=None)) for size in SIZES],
        **counts(request, listing, pages),
        **spam(request, listing),
    }
    if partial(request):
        return render(request, "transactions/region.jinja", context, using="jinja")
    return render(request, "transactions/list.html", context)


@ledger_view()
def filter_menu(request: LedgerRequest, menu: str) -> HttpResponse:
    """What a menu offers now; as a page of its own for those without scripts."""
    if menu not in MENUS:
        raise Http404
    filters = TransactionFilter(request.GET, request.ledger)
    choices = {"name": menu, "choices": filters.offered(menu), "chosen": filters.given(menu)}
    if partial(request):
        return render(request, "transactions/choices.jinja", choices, using="jinja")
    context = choices | {
        "menu": menu_of(request, Listing(filters, request.GET), menu),
        "list_url": (path := path_of("transaction_list", request.ledger.slug)),
        "back": changed(path, request.GET),
        "kept": kept(request.GET, {menu, f"{menu}_not", "page"}),
    }
    return render(request, "transactions/menu.html", context)


@ledger_view()
def transaction_totals(request: LedgerRequest) -> HttpResponse:
    """Exact count and totals of however many rows, from a snapshot of their own."""
    listing = Listing.of(request.ledger, request.GET)
    exact = {"count": listing.rows.order_by().count(), "capped": False}
    found = {"of": listing.in_ledger, "totals_url": request.get_full_path()}
    afterwards = not alone(request)
    of = totals(listing, whole=not afterwards)
    context = frame(request, listing) | exact | of | found | {"afterwards": afterwards}
    if partial(request):
        return render(request, "transactions/totals.jinja", context, using="jinja")
    return render(request, "transactions/totals.html", context)


def frame(request: LedgerRequest, listing: Listing) -> dict[str, Any]:
    shown = pills(listing.filter, request.path, request.GET)
    return {
        "form": listing.filter.form,
        "choices_of": choices_of,
        "pills": shown,
        "used": {pill.menu for pill in shown},
        "filtered": bool(shown),
        "next": request.get_full_path(),
        "list_url": request.path,
        "size": listing.size,
        "sort": listing.sort,
    }


def menu_of(request: LedgerRequest, listing: Listing, name: str) -> Menu:
    url = path_of("transaction_filter", request.ledger.slug, name)
    return menu(listing.filter, name, url, request.GET)


def totals(listing: Listing, whole: bool = False) -> dict[str, Any]:
    found = listing.totals
    shown = [shown_total(total) for total in (found if whole else found[:MOST_TOTALS])]
    return {
        "totals": shown[:TOTALS],
        "more_totals": shown[TOTALS:],
        "assets": len(found),
        "shortened": len(found) > len(shown),
    }


def counts(request: LedgerRequest, listing: Listing, pages: Pages) -> dict[str, Any]:
    """Exact count and totals, or where to get them once the rows are there."""
    where = path_of("transaction_totals", request.ledger.slug)
    of = {
        "count": min(pages.count, MAX_COUNT),
        "capped": pages.capped,
        "later": pages.summed_later,
        "totals_url": f"{where}?{request.GET.urlencode()}",
    }
    return of if pages.summed_later else of | totals(listing)


def spam(request: LedgerRequest, listing: Listing) -> dict[str, Any]:
    """How much of what fits is hidden as spam, and how it is shown in its place, or not."""
    shown = request.GET.get("hidden") == "with-spam"
    url = link(request, hidden=None if shown else "with-spam", page=None)
    return {"spam": listing.filter.spam(MAX_COUNT), "spam_shown": shown, "spam_url": url}


def link(request: LedgerRequest, **changes: Any) -> str:
    """This page with other parameters; None leaves one out."""
    return changed(request.path, request.GET, **changes)


def selection(request: LedgerRequest, pages: Pages) -> dict[str, Any]:
    """Whether rows are being selected, on phones, and the way there, or back from there."""
    asked = request.GET.get("select")
    may = request.membership.may(Role.ANNOTATOR)
    url = link(request, select=None if asked else 1)
    return {"selecting": bool(asked and may and pages.ids), "select_url": url}


def changed(path: str, query: QueryDict, **changes: Any) -> str:
    new = {name: [] if value is None else [str(value)] for name, value in changes.items()}
    text = urlencode(dict(query.lists()) | new, doseq=True)
    return f"{path}?{text}" if text else path


def kept(query: QueryDict, but: set[str]) -> list[tuple[str, str]]:
    """What a form that has fields of its own sends along."""
    named = [(name, values) for name, values in query.lists() if name not in but]
    return [(name, value) for name, values in named for value in values]


def carried(query: QueryDict) -> list[tuple[str, str]]:
    return kept(query, {name for name in query if name in FIELDS or name not in EVERY_FILTER})


def exports(request: LedgerRequest) -> list[tuple[str, str]]:
    """What the rows can be had as, and where."""
    path = path_of("transaction_export", request.ledger.slug)
    kinds: list[tuple[Any, dict[str, str]]] = [
        (_("CSV, every field"), {"as": "csv"}),
        (_("CSV, with the cells of the imported files"), {"as": "csv", "cells": "1"}),
        (_("Excel (XLSX)"), {"as": "xlsx"}),
        (_("JSON Lines"), {"as": "jsonl"}),
        (_("CSV for Koinly"), {"as": "koinly.csv"}),
    ]
    query, without = request.GET, dict.fromkeys(("page", "size", "columns", "view"))
    return [(label, changed(path, query, **without, **more)) for label, more in kinds]


def pager(request: LedgerRequest, pages: Pages) -> dict[str, Any]:
    def to(number: int | str | None) -> str | None:
        return None if number is None else link(request, page=None if number == 1 else number)

    around = [] if pages.capped else window(pages.number, pages.last)
    return {
        "previous": to(pages.previous),
        "next": to(pages.next),
        "first": to(1),
        "last": to("last" if pages.capped else pages.last),
        "pages": [(number, to(number)) for number in around],
    }


def window(number: int, last: int) -> list[int | None]:
    """1 … 7 8 9 … 20; None is a gap."""
    near = sorted({1, last, *range(max(1, number - 1), min(last, number + 1) + 1)})
    shown: list[int | None] = []
    for before, page in zip([0, *near], near, strict=False):
        shown += [None] * (page - before > 1) + [page]
    return shown


def sorts(request: LedgerRequest, listing: Listing) -> dict[str, Any]:
    """For each column that sorts: where its heading leads, and which way it sorts now."""
    columns = {}
    for name in ("time", "amount"):
        current = listing.sort.removeprefix("-") == name
        other = name if current and listing.sort.startswith("-") else f"-{name}"
        columns[name] = {
            "url": link(request, sort=None if other == "-time" else other, page=None),
            "direction": current and ("descending" if listing.sort[0] == "-" else "ascending"),
        }
    if not listing.one_asset:
        del columns["amount"]
    return columns
