"""Streams to open pages, at the server as it is deployed."""

import asyncio
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from ledgers.models import Ledger, Role, User
from live.asgi import Message
from live.hub import Stream
from live.listener import NAME
from live.stream import send_events
from tests.factories import make_label, make_ledger, make_member, make_user
from tests.server import Server
from txproject.asgi import streams

# Those that answer pages.
THREADS = settings.WEB_THREADS
FAR = 10**18  # no transaction has come so far
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class OpenStream:
    sock: socket.socket
    rest: bytes = field(default=b"")

    def status(self) -> int:
        return int(self.until(b"\r\n\r\n").split()[1])

    def event(self) -> str:
        return self.until(b"data:\n\n").partition(b"event: ")[2].split()[0].decode()

    def until(self, end: bytes) -> bytes:
        while end not in self.rest:
            more = self.sock.recv(4096)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        found, _, self.rest = self.rest.partition(end)
        return found

    def ended(self) -> bool:
        """Reads on until the server has event its last word."""
        while b"\r\n0\r\n\r\n" not in b"\r\n" + self.rest:
            self.rest += self.sock.recv(4096)
        return True


type Open = Callable[..., OpenStream]


@pytest.fixture
def open_stream(server: Server, transactional_db: None) -> Iterator[Open]:
    socks: list[socket.socket] = []

    def opened(
        client: Client, ledger: Ledger, method: str = "GET", snapshot: str = ""
    ) -> OpenStream:
        address = urlsplit(server.url)
        sock = socket.create_connection((address.hostname, address.port), timeout=15)
        socks.append(sock)
        cookies = client.cookies.output(header="", attrs=[], sep=";").strip()
        query = f"?snapshot={snapshot}" if snapshot else ""
        request = f"{method} /live/{ledger.slug}/{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        sock.sendall(f"{request}Cookie: {cookies}\r\n\r\n".encode())
        return OpenStream(sock)

    yield opened
    for sock in socks:
        sock.close()
    server.rest()


@pytest.fixture
def stream(open_stream: Open, client: Client, ledger: Ledger) -> OpenStream:
    """That of the ledger's owner, told that it is up."""
    stream = open_stream(client, ledger)
    assert stream.status() == 200
    while (event := stream.event()) == "away":  # the server is about to listen
        pass
    assert event == "resync"
    return stream


def test_stream_says_that_its_ledger_has_changed_and_nothing_else(
    stream: OpenStream, ledger: Ledger
) -> None:
    make_label(make_ledger(), "of somebody else")
    make_label(ledger, "secret")

    while (event := stream.event()) == "resync":  # the server has begun to listen anew
        pass
    assert event == "change"  # and its data is empty
    assert b"secret" not in stream.rest


def test_who_is_no_member_gets_no_stream(open_stream: Open, ledger: Ledger) -> None:
    other_user = Client()
    other_user.force_login(make_user())

    assert open_stream(other_user, ledger).status() == 403
    assert open_stream(Client(), ledger).status() == 403


def test_one_user_opens_so_many_streams_and_others_theirs(
    open_stream: Open, client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "most", 2)
    other = Client()
    other.force_login(make_member(ledger, make_user(), Role.VIEWER).user)

    found = [open_stream(client, ledger).status() for _ in range(3)]

    assert found == [200, 200, 429]
    assert open_stream(other, ledger).status() == 200


def test_stream_is_get_only(open_stream: Open, client: Client, ledger: Ledger) -> None:
    assert open_stream(client, ledger, method="POST").status() == 403
    assert open_stream(client, ledger, method="HEAD").status() == 403


def test_stream_that_expires_with_an_event_to_send_sends_it_and_ends() -> None:
    stream = Stream(ledger=1, user=1, session="", expires=monotonic())
    stream.push("change")
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    asyncio.run(asyncio.wait_for(send_events(stream, send), 5))

    assert sent == [b"", b"event: change\ndata:\n\n", b""]


def test_without_an_asgi_server_there_is_no_stream(client: Client, ledger: Ledger) -> None:
    assert client.get(f"/live/{ledger.slug}/").status_code == 503


def test_stream_of_a_removed_member_ends_within_a_second(
    stream: OpenStream, open_stream: Open, ledger: Ledger
) -> None:
    ben = make_user("ben")
    member = make_member(ledger, ben, Role.VIEWER)
    bens = Client()
    bens.force_login(ben)
    his = open_stream(bens, ledger)
    assert (his.status(), his.event()) == (200, "resync")

    ledger.remove(member)
    start = monotonic()

    assert his.ended()
    assert monotonic() - start < 1
    assert open_stream(bens, ledger).status() == 403
    assert stream.event() == "change"


@pytest.mark.parametrize("how", ["logout", "deactivated"])
def test_stream_ends_with_the_session(
    stream: OpenStream, client: Client, user: User, how: str
) -> None:
    if how == "logout":
        client.post("/logout/")
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)

    assert stream.event() == "change"  # so that the page asks, and is sent away
    assert stream.ended()


def test_listener_that_was_disconnected_reconnects_and_sends_resync(
    stream: OpenStream, open_stream: Open, client: Client, ledger: Ledger
) -> None:
    """What was missed meanwhile nobody knows: every page asks again."""
    page = snapshot_of_page(client, ledger)
    make_ledger()  # a transaction since
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [NAME],
        )
        assert cursor.rowcount == 1

    while (event := stream.event()) != "resync":
        assert event == "away"
    assert open_stream(client, ledger, snapshot=page).event() == "resync"
    make_label(ledger)
    assert stream.event() == "change"


def snapshot_of_page(client: Client, ledger: Ledger) -> str:
    page = client.get(f"/{ledger.slug}/transactions/").content.decode()
    found = re.search('data-snapshot="([0-9:,]+)"', page)
    assert found
    return found[1]


def test_page_that_has_missed_nothing_is_told_so(
    stream: OpenStream, open_stream: Open, client: Client, ledger: Ledger
) -> None:
    make_label(ledger)
    assert stream.event() == "change"  # heard by the server
    page = snapshot_of_page(client, ledger)
    make_label(make_ledger(), "of somebody else")
    event = open_stream(client, ledger, snapshot=page).event()

    start = monotonic()
    while event == "resync" and monotonic() < start + 20:
        # Another test's transaction is older than the server, which knows nothing of that time.
        other = open_stream(client, ledger, snapshot=snapshot_of_page(client, ledger))
        event = other.event()
        other.sock.close()
    assert event == "current"


def test_change_between_a_page_and_its_stream_is_not_missed(
    stream: OpenStream, open_stream: Open, client: Client, ledger: Ledger
) -> None:
    page = snapshot_of_page(client, ledger)
    make_label(ledger)
    assert stream.event() == "change"

    assert open_stream(client, ledger, snapshot=page).event() == "resync"


def test_change_that_was_not_committed_when_the_page_was_read_is_not_missed(
    stream: OpenStream, open_stream: Open, client: Client, ledger: Ledger
) -> None:
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        make_label(ledger)
        other.submit(make_ledger).result()  # begun later, and committed before
        page = other.submit(snapshot_of_page, client, ledger).result()
    assert stream.event() == "change"

    assert open_stream(client, ledger, snapshot=page).event() == "resync"


@pytest.mark.parametrize("snapshot", ["0:0:", "x", "-1:2:", "9" * 30 + ":1:", "1:2:3,,,"])
def test_snapshot_that_is_of_no_page_asks_again(
    open_stream: Open, stream: OpenStream, client: Client, ledger: Ledger, snapshot: str
) -> None:
    assert open_stream(client, ledger, snapshot=snapshot).event() == "resync"


@pytest.mark.parametrize("payload", ["what, 1x,,", "9" * 5000])
def test_unknown_payloads_are_taken_for_a_change(
    stream: OpenStream, open_stream: Open, client: Client, ledger: Ledger, payload: str
) -> None:
    """By somebody whose transaction nobody knows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('txproject', %s)", [payload])

    assert stream.event() == "change"
    assert open_stream(client, ledger, snapshot=f"{FAR}:{FAR}:").event() == "resync"


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_streams_hold_no_connection(
    stream: OpenStream, open_stream: Open, client: Client, ledger: Ledger
) -> None:
    before = connections()

    for _ in range(THREADS * 2):
        other = open_stream(client, ledger)
        assert (other.status(), other.event()) == (200, "resync")

    assert connections() - before <= THREADS
