"""Serves an application as in production: in several processes, or in threads that last."""

import multiprocessing
import pickle
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from session_policy.changes import Refused

HOST = "127.0.0.1"
# Workers know nothing of the test's own process.
IS_FORKING = "forkserver" in multiprocessing.get_all_start_methods()
clean: Any = multiprocessing.get_context("forkserver" if IS_FORKING else "spawn")
if IS_FORKING:
    clean.set_forkserver_preload([__name__])


class Silent(WSGIRequestHandler):
    def log_request(self, *_args: Any) -> None:
        pass


class Threads(BaseWSGIServer):
    """Each thread answers many requests, so that what it keeps is seen."""

    multithread = True

    def __init__(self, threads: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pool = ThreadPoolExecutor(threads)

    def process_request(self, *request: Any) -> None:
        self.pool.submit(self.answer, *request)

    def answer(self, request: Any, address: Any) -> None:
        try:
            self.finish_request(request, address)
        finally:
            self.shutdown_request(request)


@contextmanager
def served(create_app: Callable[[], Flask], workers: int = 1, threads: int = 1) -> Iterator[str]:
    """Its address. The application is made in each worker, as gunicorn does."""
    may_be_sent(create_app)
    with socket.create_server((HOST, 0), backlog=64) as listener:
        processes = [started(create_app, listener, threads) for _ in range(workers)]
        try:
            for _process, ready in processes:
                wait_for(ready)
            yield f"http://{HOST}:{listener.getsockname()[1]}/"
        finally:
            for process, _ready in processes:
                process.terminate()
                process.join()


def started(*args: Any) -> tuple[BaseProcess, Connection]:
    """A worker, and what says that it has made the application, or ends with it."""
    ready, tell = clean.Pipe(duplex=False)
    with tell:
        process = clean.Process(target=serve, args=(*args, tell), daemon=True)
        process.start()
    return process, ready


def wait_for(ready: Connection) -> None:
    with ready:
        try:
            ready.recv()
        except EOFError as error:
            raise Refused(
                "The application was not made in another process: see its traceback."
            ) from error


def may_be_sent(create_app: object) -> None:
    try:
        pickle.dumps(create_app)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise Refused(
            "fresh_app has to be a function of a module, or functools.partial of one: another"
            f" process imports it ({error})."
        ) from error


def serve(
    create_app: Callable[[], Flask], listener: socket.socket, threads: int, tell: Connection
) -> None:
    place = (HOST, 0, create_app(), Silent)
    tell.send("ready")
    if threads > 1:
        Threads(threads, *place, fd=listener.fileno()).serve_forever()
    BaseWSGIServer(*place, fd=listener.fileno()).serve_forever()
