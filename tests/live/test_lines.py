"""Lines to open pages, at the server as it is deployed."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from ledgers.models import Ledger, Role, User
from live.listener import NAME
from tests.factories import make_label, make_ledger, make_member, make_user
from tests.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class OpenLine:
    wire: socket.socket
    rest: bytes = field(default=b"")

    def status(self) -> int:
        return int(self.until(b"\r\n\r\n").split()[1])

    def event(self) -> str:
        return self.until(b"data:\n\n").partition(b"event: ")[2].split()[0].decode()

    def until(self, end: bytes) -> bytes:
        while end not in self.rest:
            more = self.wire.recv(4096)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        found, _, self.rest = self.rest.partition(end)
        return found

    def ended(self) -> bool:
        """Reads on until the server has said its last word."""
        while b"\r\n0\r\n\r\n" not in b"\r\n" + self.rest:
            self.rest += self.wire.recv(4096)
        return True


type Open = Callable[..., OpenLine]


@pytest.fixture
def open_line(server: Server, transactional_db: None) -> Iterator[Open]:
    wires: list[socket.socket] = []

    def opened(client: Client, ledger: Ledger, method: str = "GET") -> OpenLine:
        address = urlsplit(server.url)
        wire = socket.create_connection((address.hostname, address.port), timeout=15)
        wires.append(wire)
        cookies = client.cookies.output(header="", attrs=[], sep=";").strip()
        request = f"{method} /live/{ledger.slug}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        wire.sendall(f"{request}Cookie: {cookies}\r\n\r\n".encode())
        return OpenLine(wire)

    yield opened
    for wire in wires:
        wire.close()
    server.rest()


@pytest.fixture
def line(open_line: Open, client: Client, ledger: Ledger) -> OpenLine:
    """That of the ledger's owner, told that it is up."""
    line = open_line(client, ledger)
    assert line.status() == 200
    while line.event() != "resync":  # "away" while the server is about to listen
        pass
    return line


def test_line_says_that_its_ledger_has_changed_and_nothing_else(
    line: OpenLine, ledger: Ledger
) -> None:
    make_label(make_ledger(), "of somebody else")
    make_label(ledger, "secret")

    assert line.until(b"data:").endswith(b"event: change\n")
    assert b"secret" not in line.rest


def test_stranger_gets_no_line(open_line: Open, ledger: Ledger) -> None:
    stranger = Client()
    stranger.force_login(make_user())

    assert open_line(stranger, ledger).status() == 403
    assert open_line(Client(), ledger).status() == 403


def test_line_is_only_read(open_line: Open, client: Client, ledger: Ledger) -> None:
    assert open_line(client, ledger, method="POST").status() == 403
    assert open_line(client, ledger, method="HEAD").status() == 403


def test_without_a_server_that_holds_lines_there_is_none(client: Client, ledger: Ledger) -> None:
    assert client.get(f"/live/{ledger.slug}/").status_code == 503


def test_line_of_a_removed_member_ends_within_a_second(
    line: OpenLine, open_line: Open, ledger: Ledger
) -> None:
    ben = make_user("ben")
    member = make_member(ledger, ben, Role.VIEWER)
    bens = Client()
    bens.force_login(ben)
    his = open_line(bens, ledger)
    assert (his.status(), his.event()) == (200, "resync")

    ledger.remove(member)
    began = monotonic()

    assert his.ended()
    assert monotonic() - began < 1
    assert open_line(bens, ledger).status() == 403
    assert line.event() == "change"


@pytest.mark.parametrize("how", ["logout", "deactivated"])
def test_line_ends_with_the_session(line: OpenLine, client: Client, user: User, how: str) -> None:
    if how == "logout":
        client.post("/logout/")
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)

    assert line.ended()


def test_listener_that_was_cut_off_comes_back_and_says_so(line: OpenLine, ledger: Ledger) -> None:
    """What was missed meanwhile nobody knows: every page asks again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [NAME],
        )
        assert cursor.rowcount == 1

    while (said := line.event()) != "resync":
        assert said == "away"
    make_label(ledger)
    assert line.event() == "change"


@pytest.mark.parametrize("notice", ["what, 1x,,", "9" * 5000])
def test_notices_that_mean_nothing_are_taken_for_a_change(line: OpenLine, notice: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('txproject', %s)", [notice])

    assert line.event() == "change"


def test_lines_hold_no_connection(
    line: OpenLine, open_line: Open, client: Client, ledger: Ledger
) -> None:
    for _ in range(20):
        other = open_line(client, ledger)
        assert (other.status(), other.event()) == (200, "resync")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        # The one that listens, and those of threads that answer pages.
        assert cursor.fetchone()[0] <= 1 + 4
