"""What the parts share: the two servers, started when they are first asked for, and who asks."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

from bench.client import Client
from bench.database import Place
from bench.options import Options
from bench.results import Results
from bench.servers import Server, flask_server, our_server
from bench.shape import Shape


@dataclass
class Bench:
    options: Options
    place: Place
    shape: Shape
    conninfo: str
    results: Results
    stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def stop_servers(self) -> None:
        """Whoever asks for them next gets new ones."""
        self.stack.close()
        for name in ("our_server", "flask_server", "ours", "flask"):
            self.__dict__.pop(name, None)

    @cached_property
    def our_server(self) -> Server:
        return self.stack.enter_context(our_server(self.place, self.shape.name, self.conninfo))

    @cached_property
    def flask_server(self) -> Server:
        """After ours, which collects the static files that both name."""
        port = self.our_server.port
        assert port
        server = flask_server(self.place, self.shape.name, self.conninfo)
        return self.stack.enter_context(server)

    @cached_property
    def ours(self) -> Client:
        return Client(self.our_server.port, self.place.password).logged_in()

    @cached_property
    def flask(self) -> Client:
        return Client(self.flask_server.port, self.place.password).logged_in()
