"""The application as it is served: uvicorn, its LISTEN connection and its streams, in a thread."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import uvicorn

from launcher.locks import locked
from launcher.prepare import collect_static_files
from txproject.environ import data_folder

# As they are served: joined, and named by their content. The application looks once what is there.
with locked(data_folder() / "static-of-tests"):
    collect_static_files()

from txproject.asgi import application

USUAL = gc.get_threshold()


class Started(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """The process is that of the tests, many of whose threads leave their connections to the
        garbage collector: a server's threads last, and it is asked for less there."""
        await super().startup(sockets)
        gc.set_threshold(*USUAL)


class Server:
    """It has connections of its own: rows for it need `transactional_db`."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=1)
        self.uvicorn = Started(config)

    def run(self) -> None:
        asyncio.run(self.serve())

    async def serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.uvicorn.serve(sockets=[self.listener])

    def rest(self) -> None:
        """Until every request that somebody has made is answered."""

        async def answered() -> None:
            while tasks := self.uvicorn.server_state.tasks:
                await asyncio.wait(tasks)

        asyncio.run_coroutine_threadsafe(answered(), self.loop).result(timeout=20)


@contextmanager
def served() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        server = Server(listener)
        running = pool.submit(server.run)
        try:
            yield server
        finally:
            server.uvicorn.should_exit = True
            running.result()
