"""Open pages that ask at once share a reading, and none of them gets one that had begun before."""

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

from ledgers.access import together
from ledgers.models import Membership, Role, User
from live.together import Together
from tests.factories import make_ledger, make_member, make_transaction, make_user
from tests.live.helpers import elsewhere, is_waited_for
from tests.server import Server

PART = {"HX-Request": "true", "HX-Request-Type": "partial", "Live": "all"}
PATIENCE = 20


class Asker(Thread):
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
        deadline = monotonic() + PATIENCE
        while not so():
            assert not self.answer.done(), self.answer.result()
            assert monotonic() < deadline
            wait([self.answer], timeout=0.01)


def wait_for(shared: Together[Any], askers: set[int]) -> None:
    """Until these wait for the next reading."""
    deadline = monotonic() + PATIENCE
    while askers not in [reading.askers for reading in shared.waiting.values()]:
        assert monotonic() < deadline
        sleep(0.01)


@pytest.fixture
def readings() -> list[set[int]]:
    return []


def test_who_comes_meanwhile_waits_for_the_next_reading_together(readings: list[set[int]]) -> None:
    shared: Together[int] = Together()
    begun, go_on = Event(), Event()

    def read(askers: set[int]) -> int:
        readings.append(askers)
        begun.set()
        go_on.wait(PATIENCE)
        return len(readings)

    first = Asker(lambda: shared("page", 0, read).result(PATIENCE))
    begun.wait(PATIENCE)
    others = [Asker(lambda n=n: shared("page", n, read).result(PATIENCE)) for n in (1, 2, 3)]
    wait_for(shared, {1, 2, 3})
    go_on.set()

    assert first.answer.result(PATIENCE) == 1
    assert [each.answer.result(PATIENCE) for each in others] == [2, 2, 2]
    assert (readings, shared.waiting, shared.under_way) == ([{0}, {1, 2, 3}], {}, {})


def test_another_page_is_another_reading() -> None:
    shared: Together[str] = Together()

    def read(_: set[int]) -> str:
        return shared("other", 1, lambda _: "read").result()

    assert shared("one", 1, read).result() == "read"


def test_error_is_everybodys_and_the_next_reading_is_new() -> None:
    shared: Together[str] = Together()
    begun, go_on = Event(), Event()

    def fail(_: set[int]) -> str:
        begun.set()
        go_on.wait(PATIENCE)
        raise ValueError("of all")

    under_way = Asker(lambda: shared("page", 0, fail))
    begun.wait(PATIENCE)
    others = [Asker(lambda n=n: shared("page", n, fail).result(PATIENCE)) for n in (1, 2)]
    wait_for(shared, {1, 2})
    go_on.set()

    for each in (under_way, *others):
        with pytest.raises(ValueError, match="of all"):
            each.answer.result(PATIENCE)
    assert shared("page", 1, lambda _: "read").result() == "read"


class House:
    """A ledger at the running server, whose readings can be held up."""

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

    def ask(self, name: str) -> Asker:
        cookies = self.clients[name].cookies.output(header="", attrs=[], sep=";").strip()
        url = f"{self.server.url}/{self.ledger.slug}/transactions/"
        return Asker(
            lambda: urlopen(Request(url, headers=PART | {"Cookie": cookies})).read().decode()
        )

    def held_up(self, name: str) -> Asker:
        """Its reading has begun and waits for a lock."""
        asker = self.ask(name)
        asker.until(lambda: is_waited_for(self.lock))
        return asker

    def waiting(self, *names: str) -> list[Asker]:
        """They ask, and wait for somebody's reading to end; then the first of them reads."""
        asking = [self.ask(names[0])]
        asking[0].until(lambda: bool(together.waiting))
        asking += [self.ask(name) for name in names[1:]]
        wait_for(together, {*User.objects.filter(username__in=names).values_list("pk", flat=True)})
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


def shown(asker: Asker) -> str:
    return str(asker.answer.result(PATIENCE))


def test_members_who_ask_at_once_see_what_was_written_before_they_asked(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    house.member("ben")
    house.member("cleo")
    first = house.held_up("ana")
    elsewhere(make_transaction, house.ledger, note="second")
    others = house.waiting("ben", "cleo")
    lock.rollback()

    assert "second" not in shown(first)
    assert all("first" in shown(each) and "second" in shown(each) for each in others)
    assert (together.waiting, together.under_way) == ({}, {})


def test_each_gets_a_token_of_his_own(house: House, lock: psycopg.Connection[Any]) -> None:
    for name in ("ben", "cleo"):
        house.member(name)
        house.clients[name].get("/house/contacts/new/")
    first, others = house.held_up("ana"), house.waiting("ben", "cleo")
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
    first = house.held_up("ana")
    dora, ben, cleo, eve = house.waiting("dora", "ben", "cleo", "eve")
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


def test_roles_do_not_share(house: House, lock: psycopg.Connection[Any]) -> None:
    house.member("ben", Role.VIEWER)
    owner, viewer = house.held_up("ana"), house.ask("ben")
    lock.rollback()

    assert ('id="row-act"' in shown(owner), 'id="row-act"' in shown(viewer)) == (True, False)


def test_reading_that_fails_is_an_error_for_all_of_its_askers(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    house.member("ben")
    house.member("cleo")
    first, others = house.held_up("ana"), house.waiting("ben", "cleo")
    cut_off(lock)
    others[0].until(lambda: is_waited_for(lock))
    cut_off(lock)

    assert failure(first) == 500
    assert sorted(map(failure, others)) == [500, 503]


def cut_off(holder: psycopg.Connection[Any]) -> None:
    """Who waits for a lock of this session loses the database."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute(waiting, [holder.info.backend_pid])
        for (pid,) in cursor.fetchall():
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def failure(asker: Asker) -> int:
    with pytest.raises(HTTPError) as caught:
        asker.answer.result(PATIENCE)
    return caught.value.code
