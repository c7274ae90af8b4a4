import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.core.paginator import Paginator

VARIANTS: dict[str, Callable[[], None]] = {}
CACHED = 2  # seconds
state = local()


class Variant(AppConfig):
    name = "tests.freshness.variants"
    label = "variant"

    def ready(self) -> None:
        from launcher import prepare

        prepare.run_checks = lambda **_: []  # it would refuse to serve most of them
        VARIANTS[settings.VARIANT]()


def variant(patch: Callable[[], None]) -> Callable[[], None]:
    VARIANTS[patch.__name__] = patch
    return patch


@contextmanager
def no_snapshot() -> Iterator[None]:
    yield


@variant
def counted_and_read_apart() -> None:
    """Each statement of a page sees another moment."""
    from ledgers import access

    access.snapshot = no_snapshot


@variant
def read_committed_paginator() -> None:
    """Django's Paginator counts, then cuts the page off at that count."""
    from transactions.queries.listing import Pages

    counted_and_read_apart()

    def read(self: Pages) -> list[int]:
        rows = self.listing.ordered().values_list("pk", flat=True)
        page = Paginator(rows, self.listing.size).get_page(self.number)
        self.count, self.more = page.paginator.count, page.has_next()
        return list(page.object_list)

    Pages.read = read


@variant
def rows_in_a_local_cache() -> None:
    """LocMemCache: each process has one of its own."""
    from transactions.views import listing

    fresh = listing.in_order

    def in_order(ids: list[int], reader: int) -> list[Any]:
        found = cache.get_many([str(pk) for pk in ids])
        missing = [pk for pk in ids if str(pk) not in found]
        new = {str(row.pk): row for row in fresh(missing, reader)}
        cache.set_many(new, CACHED)
        return [(found | new)[str(pk)] for pk in ids]

    listing.in_order = in_order


@variant
def evaluated_queryset() -> None:
    """A queryset that lives as long as its module keeps what it found first."""
    from transactions.queries.listing import Listing

    fresh, found = Listing.ids, {}

    def ids(self: Listing, *args: Any, **kwargs: Any) -> list[int]:
        key = self.filter.ledger.pk, self.query.urlencode(), args
        return (
            found.setdefault(key, None)
            or found.update({key: fresh(self, *args, **kwargs)})
            or found[key]
        )

    Listing.ids = ids


def keep(module: Any, name: str, key: Callable[[Any], Any]) -> None:
    """What a function finds, past its request."""
    fresh = getattr(module, name)

    def kept(of: Any) -> Any:
        return cache.get_or_set(str(hash(str(key(of)))), lambda: fresh(of), CACHED)

    setattr(module, name, kept)


@variant
def history_in_a_local_cache() -> None:
    from history import views

    keep(views, "page_of", lambda rows: rows.query)


@variant
def balances_in_a_local_cache() -> None:
    from balances import views

    keep(views, "held_or_stated", lambda wallet: wallet.pk)


@variant
def autocommit_off() -> None:
    """AUTOCOMMIT False and connections that last: see settings.py."""


@variant
def bare_save() -> None:
    """The row is read, changed and written back as a whole, whatever others did meanwhile."""
    from live.versions import VersionedQuerySet

    def write(self: Any, pk: int, expected_version: int, by: Any, **values: Any) -> None:
        row = self.get(pk=pk)
        time.sleep(0.05)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()

    VersionedQuerySet.write = write


@variant
def stock_admin() -> None:
    """Django's own admin writes back all that its form showed."""
    from live.admin import OptimisticLockAdmin

    OptimisticLockAdmin.save_model = admin.ModelAdmin.save_model


class ReadsFromStandby:
    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "standby" if getattr(state, "reading", False) else None


@variant
def standby() -> None:
    """What a page shows is read from a standby that is a second behind."""
    from ledgers import access

    @contextmanager
    def reading() -> Iterator[None]:
        state.reading = True
        try:
            yield
        finally:
            state.reading = False

    access.snapshot = reading


@variant
def joins_a_call_in_flight() -> None:
    """Who asks while others' call is in flight gets its result, which is older than his request."""
    from live.coalescing import Coalescer

    fresh = Coalescer.__call__

    def call(self: Any, key: Any, caller: int, read: Any) -> Any:
        def late(callers: Any) -> Any:
            found = read(callers)
            time.sleep(0.05)  # so that somebody asks meanwhile
            return found

        return self.in_flight.get(key) or fresh(self, key, caller, late)

    Coalescer.__call__ = call


@variant
def lost_resync() -> None:
    """A listener that was disconnected goes on as if nothing had happened meanwhile."""
    from live.hub import Hub

    first = Hub.connected

    def connected(self: Hub, xmax: int) -> None:
        if not getattr(self, "was_here", False):
            self.was_here = True
            first(self, xmax)
        self.listening = True

    Hub.connected = connected
