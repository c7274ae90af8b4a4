"""Open pages that ask at once share a reading, and none of them gets one that had begun before."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from threading import Event, Thread
from time import monotonic
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from ledgers.access import together
from ledgers.models import Membership, Role
from live.together import Together
from tests.factories import make_ledger, make_member, make_transaction, make_user
from tests.live.helpers import elsewhere, is_waited_for

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
        finally:
            connections.close_all()

    def until_it_waits(self) -> None:
        """For the reading of somebody else."""
        self.until(lambda: {("together.py", "__call__"), ("threading.py", "wait")} <= self.calls())

    def until(self, so: Callable[[], bool]) -> None:
        """An AssertionError if the answer comes before, or nothing happens."""
        deadline = monotonic() + PATIENCE
        while not so():
            assert not self.answer.done(), self.answer.result()
            assert monotonic() < deadline
            wait([self.answer], timeout=0.01)

    def calls(self) -> set[tuple[str, str]]:
        """File and function of each of its frames."""
        found = set()
        frame = sys._current_frames().get(self.ident or 0)
        while frame:
            found.add((frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_name))
            frame = frame.f_back
        return found


@pytest.fixture
def readings() -> list[int]:
    return []


def test_who_comes_meanwhile_waits_for_the_next_reading_together(readings: list[int]) -> None:
    shared: Together[int] = Together()
    begun, go_on = Event(), Event()

    def read() -> int:
        readings.append(len(readings) + 1)
        begun.set()
        go_on.wait(PATIENCE)
        return len(readings)

    first = Asker(lambda: shared("page", read))
    begun.wait(PATIENCE)
    others = [Asker(lambda: shared("page", read)) for _ in range(3)]
    for each in others:
        each.until_it_waits()
    go_on.set()

    assert first.answer.result(PATIENCE) == 1
    assert [each.answer.result(PATIENCE) for each in others] == [2, 2, 2]
    assert (readings, shared.waiting, shared.under_way) == ([1, 2], {}, {})


def test_another_page_is_another_reading() -> None:
    shared: Together[str] = Together()

    assert shared("one", lambda: shared("other", lambda: "read")) == "read"


def test_error_is_everybodys_and_the_next_reading_is_new() -> None:
    shared: Together[str] = Together()

    def fail() -> str:
        raise ValueError("of all")

    with pytest.raises(ValueError, match="of all"):
        shared("page", fail)

    assert shared("page", lambda: "read") == "read"


class House:
    """A ledger whose readings can be held up."""

    lock: psycopg.Connection[Any]

    def __init__(self) -> None:
        self.ledger = make_ledger(owner=make_user("ana"), slug="house")
        self.clients = {"ana": self.client("ana")}
        make_transaction(self.ledger, note="first")

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(Membership.objects.get(user__username=name).user)
        return client

    def member(self, name: str, role: Role = Role.OWNER) -> None:
        make_member(self.ledger, make_user(name), role)
        self.clients[name] = self.client(name)

    def ask(self, name: str) -> Asker:
        url = f"/{self.ledger.slug}/transactions/"
        return Asker(lambda: self.clients[name].get(url, headers=PART))

    def held_up(self, name: str) -> Asker:
        """Its reading has begun and waits for a lock."""
        asker = self.ask(name)
        asker.until(lambda: is_waited_for(self.lock))
        return asker


@pytest.fixture
def house(transactional_db: None) -> House:
    return House()


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
    answer: HttpResponse = asker.answer.result(PATIENCE)
    assert answer.status_code == 200
    return answer.text


def test_members_who_ask_at_once_see_what_was_written_before_they_asked(
    house: House, lock: psycopg.Connection[Any]
) -> None:
    house.member("ben")
    house.member("cleo")
    first = house.held_up("ana")
    elsewhere(make_transaction, house.ledger, note="second")
    others = [house.ask("ben"), house.ask("cleo")]
    for each in others:
        each.until_it_waits()
    lock.rollback()

    assert "second" not in shown(first)
    assert all("first" in shown(each) and "second" in shown(each) for each in others)
    assert (together.waiting, together.under_way) == ({}, {})


def test_each_gets_a_token_of_his_own(house: House, lock: psycopg.Connection[Any]) -> None:
    for name in ("ben", "cleo"):
        house.member(name)
        house.clients[name].get("/house/transactions/new/")
    first, others = house.held_up("ana"), [house.ask("ben"), house.ask("cleo")]
    for each in others:
        each.until_it_waits()
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
    for name in ("ben", "cleo", "dora"):
        house.member(name)
    first = house.held_up("ana")
    others = [house.ask(name) for name in ("ben", "cleo", "dora")]
    for each in others:
        each.until_it_waits()
    elsewhere(Membership.objects.filter(user__username="ben").delete)
    elsewhere(Membership.objects.filter(user__username="cleo").update, role=Role.VIEWER)
    lock.rollback()

    assert "bulk" in shown(first)
    assert others[0].answer.result(PATIENCE).status_code == 404
    assert 'id="row-act"' not in shown(others[1])
    assert 'id="row-act"' in shown(others[2])


def test_roles_do_not_share(house: House, lock: psycopg.Connection[Any]) -> None:
    house.member("ben", Role.VIEWER)
    owner, viewer = house.held_up("ana"), house.ask("ben")
    lock.rollback()

    assert ('id="row-act"' in shown(owner), 'id="row-act"' in shown(viewer)) == (True, False)
