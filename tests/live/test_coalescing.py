"""Open pages that ask at once share a call, and none of them gets one that had begun before."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest
from django.db import connection
from django.test import Client

from ledgers.access import coalescer
from ledgers.models import Membership, Role, User
from live.coalescing import Coalescer
from tests.factories import make_ledger, make_member, make_transaction, make_user
from tests.live.helpers import elsewhere, is_waited_for
from tests.server import Server

pytestmark = pytest.mark.slow

HEADERS = {"HX-Request": "true", "HX-Request-Type": "partial", "Live": "all"}
TIMEOUT = 20


class Caller(Thread):
    """One who asks, in a thread of its own."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.ask, self.answer = ask, Future[Any]()
        self.start()

    def run(self) -> None:
        try:
            self.answer.set_result(self.ask())
        except BaseException as error:
            self.answer.set_exception(error)

    def until(self, so: Callable[[], bool]) -> None:
        """An AssertionError if the answer comes before, or nothing happens."""
        deadline = monotonic() + TIMEOUT
        while not so():
            assert not self.answer.done(), self.answer.result()
            assert monotonic() < deadline
            wait([self.answer], timeout=0.01)


def wait_for(coalescer: Coalescer[Any], callers: set[int]) -> None:
    """Until these wait for the next call."""
    deadline = monotonic() + TIMEOUT
    while callers not in [call.callers for call in coalescer.pending.values()]:
        assert monotonic() < deadline
        sleep(0.01)


@pytest.fixture
def calls() -> list[set[int]]:
    return []


def test_a_request_during_a_call_waits_for_the_next_call(calls: list[set[int]]) -> None:
    coalescer: Coalescer[int] = Coalescer()
    begun, go_on = Event(), Event()

    def read(callers: set[int]) -> int:
        calls.append(callers)
        begun.set()
        go_on.wait(TIMEOUT)
        return len(calls)

    first = Caller(lambda: coalescer("page", 0, read).result(TIMEOUT))
    begun.wait(TIMEOUT)
    others = [Caller(lambda n=n: coalescer("page", n, read).result(TIMEOUT)) for n in (1, 2, 3)]
    wait_for(coalescer, {1, 2, 3})
    go_on.set()

    assert first.answer.result(TIMEOUT) == 1
    assert [each.answer.result(TIMEOUT) for each in others] == [2, 2, 2]
    assert (calls, coalescer.pending, coalescer.in_flight) == ([{0}, {1, 2, 3}], {}, {})


def test_another_page_is_another_call() -> None:
    coalescer: Coalescer[str] = Coalescer()

    def read(_: set[int]) -> str:
        return coalescer("other", 1, lambda _: "read").result()

    assert coalescer("one", 1, read).result() == "read"


def test_an_error_reaches_every_caller_and_the_next_call_is_new() -> None:
    coalescer: Coalescer[str] = Coalescer()
    begun, go_on = Event(), Event()

    def fail(_: set[int]) -> str:
        begun.set()
        go_on.wait(TIMEOUT)
        raise ValueError("of all")

    in_flight = Caller(lambda: coalescer("page", 0, fail))
    begun.wait(TIMEOUT)
    others = [Caller(lambda n=n: coalescer("page", n, fail).result(TIMEOUT)) for n in (1, 2)]
    wait_for(coalescer, {1, 2})
    go_on.set()

    for each in (in_flight, *others):
        with pytest.raises(ValueError, match="of all"):
            each.answer.result(TIMEOUT)
    assert coalescer("page", 1, lambda _: "read").result() == "read"


class House:
    """A ledger at the running server, whose calls can be held up."""

    lock: psycopg.Connection[Any]

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ledger = make_ledger(owner=make_user("ana"), slug="house")
        self.clients = {"ana": self.client("ana")}
        make_transaction(self.ledger, note="first")

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client

    def member(self, name: str, role: Role = Role.OWNER) -> None:
        make_member(self.ledger, make_user(name), role)
        self.clients[name] = self.client(name)

    def ask(self, name: str) -> Caller:
        cookies = self.clients[name].cookies.output(header="", attrs=[], sep=";").strip()
        url = f"{self.server.url}/{self.ledger.slug}/transactions/"
        return Caller(
            lambda: urlopen(Request(url, headers=HEADERS | {"Cookie": cookies})).read().decode()
        )

    def in_flight(self, name: str) -> Caller:
        """Its call has begun and waits for a lock."""
        caller = self.ask(name)
        caller.until(lambda: is_waited_for(self.lock))
        return caller

    def pending(self, *names: str) -> list[Caller]:
        """They ask, and wait for somebody's call to end; then the first of them reads."""
        asking = [self.ask(names[0])]
        asking[0].until(lambda: bool(coalescer.pending))
        asking += [self.ask(name) for name in names[1:]]
        wait_for(coalescer, {*User.objects.filter(username__in=names).values_list("pk", flat=True)})
        return asking


@pytest.fixture
def house(server: Server, transactional_db: None) -> Iterator[House]:
    yield House(server)
    server.rest()


@pytest.fixture
def lock(house: House) -> Iterator[psycopg.Connection[Any]]:
    """Nobody reads labels until it is closed."""
    settings = connection.get_connection_params()
    del settings["cursor_factory"], settings["context"]
    with psycopg.connect(**settings) as other:
        other.execute("LOCK TABLE transactions_label")
        house.lock = other
        yield other


def shown(caller: Caller) -> str:
    return str(caller.answer.result(TIMEOUT))


def test_members_who_ask_at_once_see_what_was_written_before_they_asked(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    house.member("ben")
    house.member("cleo")
    first = house.in_flight("ana")
    elsewhere(make_transaction, house.ledger, note="second")
    others = house.pending("ben", "cleo")
    lock.rollback()

    assert "second" not in shown(first)
    assert all("first" in shown(each) and "second" in shown(each) for each in others)
    assert (coalescer.pending, coalescer.in_flight) == ({}, {})


def test_each_gets_a_token_of_his_own(house: House, lock: psycopg.Connection[Any]) -> None:
    for name in ("ben", "cleo"):
        house.member(name)
        house.clients[name].get("/house/contacts/new/")
    first, others = house.in_flight("ana"), house.pending("ben", "cleo")
    lock.rollback()
    shown(first)

    tokens = [token_of(shown(each)) for each in others]
    assert len(set(tokens)) == 2
    for name, token in zip(("ben", "cleo"), tokens, strict=True):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = house.clients[name].cookies
        url = f"/house/transactions/{house.ledger.transactions.get().pk}/hidden/"
        answer = strict.post(url, {"csrfmiddlewaretoken": token, "hidden": "1"})
        assert answer.status_code == 303


def token_of(page: str) -> str:
    return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


def test_who_is_removed_while_he_waits_gets_nothing(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    for name in ("ben", "cleo", "dora", "eve"):
        house.member(name)
    first = house.in_flight("ana")
    dora, ben, cleo, eve = house.pending("dora", "ben", "cleo", "eve")
    elsewhere(Membership.objects.filter(user__username="ben").delete)
    elsewhere(Membership.objects.filter(user__username="cleo").update, role=Role.VIEWER)
    elsewhere(User.objects.filter(username="eve").update, is_active=False)
    lock.rollback()

    assert "bulk" in shown(first)
    with pytest.raises(HTTPError, match="404"):
        shown(ben)
    assert 'id="row-act"' not in shown(cleo)
    assert 'id="row-act"' in shown(dora)
    with pytest.raises(HTTPError, match="401"):
        shown(eve)


def test_roles_are_not_coalesced(house: House, lock: psycopg.Connection[Any]) -> None:
    house.member("ben", Role.VIEWER)
    owner, viewer = house.in_flight("ana"), house.ask("ben")
    lock.rollback()

    assert ('id="row-act"' in shown(owner), 'id="row-act"' in shown(viewer)) == (True, False)


def test_languages_are_not_coalesced(house: House, lock: psycopg.Connection[Any]) -> None:
    house.member("ben")
    house.member("cleo")
    User.objects.filter(username="cleo").update(language="ru")
    house.in_flight("ana")
    (english,) = house.pending("ben")
    russian = house.ask("cleo")
    russian.until(lambda: waiting_for(lock) == 2 or has_callers(2))
    lock.rollback()

    assert ("Times in" in shown(english), "Время:" in shown(english)) == (True, False)
    assert ("Times in" in shown(russian), "Время:" in shown(russian)) == (False, True)


def test_readers_with_other_columns_are_not_coalesced(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    house.member("ben")
    house.member("cleo")
    User.objects.filter(username="cleo").update(columns="time,hash")
    house.in_flight("ana")
    (usual,) = house.pending("ben")
    own = house.ask("cleo")
    own.until(lambda: waiting_for(lock) == 2 or has_callers(2))
    lock.rollback()

    assert ('class="fee"' in shown(usual), 'class="hash"' in shown(usual)) == (True, False)
    assert ('class="fee"' in shown(own), 'class="hash"' in shown(own)) == (False, True)


def has_callers(n: int) -> bool:
    return any(len(call.callers) == n for call in coalescer.pending.values())


def waiting_for(holder: psycopg.Connection[Any]) -> int:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute(waiting, [holder.info.backend_pid])
        return int(cursor.fetchone()[0])


def test_a_call_that_fails_is_an_error_for_all_of_its_callers(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    house.member("ben")
    house.member("cleo")
    first, others = house.in_flight("ana"), house.pending("ben", "cleo")
    cut_off(lock)
    others[0].until(lambda: is_waited_for(lock))
    cut_off(lock)

    assert failure(first) == 500
    assert sorted(map(failure, others)) == [500, 503]


def cut_off(holder: psycopg.Connection[Any]) -> None:
    """Who waits for a lock of this session loses the database."""
    pending = "SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute(pending, [holder.info.backend_pid])
        for (pid,) in cursor.fetchall():
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def failure(caller: Caller) -> int:
    with pytest.raises(HTTPError) as caught:
        caller.answer.result(TIMEOUT)
    return caught.value.code
