"""WSGI on threads, as the server asks for it."""

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from live.asgi import Message
from txproject import threads
from txproject.threads import FORM, Pages, whole_bodies_only


def scope(length: int | None = None) -> Message:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    named = {"method": "POST", "path": "/", "query_string": b"", "http_version": "1.1"}
    return {"type": "http", "headers": headers, **named}


def asked(app: Any, length: int, *pieces: Message) -> list[Message]:
    """What is sent, asked by who sends these pieces of a body of that length."""
    sent: list[Message] = []
    left = iter(pieces)

    async def receive() -> Message:
        return next(left)

    async def send(message: Message) -> None:
        sent.append(dict(message))

    asyncio.run(Pages(app, workers=1)(scope(length), whole_bodies_only(receive), send))
    return sent


def piece(body: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def stays() -> Message:
    """Of who asks for a page, and waits for it."""
    return await asyncio.Future()


def start(response: Any, start_response: Any) -> Any:
    start_response(f"{response.status_code} OK", list(response.items()))
    return response


def echo(environ: Any, start_response: Any) -> Any:
    return start(HttpResponse(environ["wsgi.input"].read()), start_response)


@pytest.mark.parametrize("length", [4, FORM + 1])
def test_body_is_read_whole_and_answered_in_one_piece(length: int) -> None:
    first, second = b"ab", b"c" * (length - 2)

    sent = asked(echo, length, piece(first, more=True), piece(second))

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 200
    assert (b"content-type", b"text/html; charset=utf-8") in sent[0]["headers"]
    assert sent[1] == {"type": "http.response.body", "body": first + second}


def test_stream_is_passed_on_as_it_comes() -> None:
    arrived = Event()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        assert arrived.is_set()
        yield b"second"

    def app(_environ: Any, start_response: Any) -> Any:
        return start(StreamingHttpResponse(pieces()), start_response)

    async def send(message: Message) -> None:
        sent.append(message.get("body"))
        if message.get("body") == b"first":
            arrived.set()

    sent: list[Any] = []
    asyncio.run(Pages(app, workers=1)(scope(), stays, send))

    assert sent == [None, b"first", b"second", b""]


def test_form_that_was_cut_off_is_not_answered() -> None:
    called = []

    def app(environ: Any, start_response: Any) -> Any:
        called.append(environ)
        return echo(environ, start_response)

    assert asked(app, 4, piece(b"ab", more=True), {"type": "http.disconnect"}) == []
    assert called == []


def test_response_is_closed_in_its_thread_before_the_answer_leaves() -> None:
    """It gives the database connection back."""
    closed = []

    class Response(HttpResponse):
        def close(self) -> None:
            closed.append(True)

    def app(_environ: Any, start_response: Any) -> Any:
        return start(Response(b"x"), start_response)

    asked(app, 0, piece(b""))

    assert closed == [True]


@pytest.mark.parametrize("length", [4, 2_000_000])
def test_form_takes_no_thread_before_it_is_there(length: int) -> None:
    """Whoever sends one is judged when it has come, and who sends none keeps nobody waiting."""
    came: list[bytes] = []
    called: list[list[bytes]] = []

    def app(environ: Any, start_response: Any) -> Any:
        called.append(list(came))
        return echo(environ, start_response)

    def pieces() -> Iterator[Message]:
        for body, more in ((b"a" * (length - 1), True), (b"b", False)):
            came.append(body[:1])
            yield piece(body, more=more)

    asked(app, length, *pieces())
    assert called == [[b"a", b"b"]]


@pytest.mark.parametrize("length", [4, FORM + 1])
def test_who_sends_nothing_more_is_not_waited_for(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.05)
    failed: list[BaseException] = []

    def app(environ: Any, start_response: Any) -> Any:
        try:
            return echo(environ, start_response)
        except OSError as error:
            failed.append(error)
            return start(HttpResponse(status=400), start_response)

    async def receive() -> Message:
        if not begun:
            begun.append(True)
            return piece(b"ab", more=True)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    begun: list[bool] = []
    sent: list[Message] = []
    pages = Pages(app, workers=1)
    asyncio.run(asyncio.wait_for(pages(scope(length), whole_bodies_only(receive), send), 10))

    assert len(failed) == len(sent) // 2 == (length > FORM)


def test_who_takes_nothing_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.05)
    closed = Event()

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"more"
        finally:
            closed.set()

    def app(_environ: Any, start_response: Any) -> Any:
        return start(StreamingHttpResponse(pieces()), start_response)

    async def send(message: Message) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(Pages(app, workers=1)(scope(), stays, send), 10))
    assert closed.is_set()


def test_who_has_gone_is_written_to_no_longer() -> None:
    """The server takes what is sent to him, and says nothing."""
    gone, closed = asyncio.Event(), Event()

    def pieces() -> Iterator[bytes]:
        try:
            for _ in range(10_000):
                yield b"more"
        finally:
            closed.set()

    def app(_environ: Any, start_response: Any) -> Any:
        return start(StreamingHttpResponse(pieces()), start_response)

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 10:
            gone.set()

    sent: list[Message] = []
    pages = Pages(app, workers=1)
    asyncio.run(asyncio.wait_for(pages(scope(), whole_bodies_only(receive), send), 30))

    assert closed.is_set()
    assert 10 <= len(sent) < 100
