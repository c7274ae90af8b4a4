"""One keep-alive connection of somebody who has logged in. The same for both applications."""

import http.client
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.shape import USER

IDLE = 2  # seconds
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Client:
    port: int
    password: str
    timeout: float = 120
    cookies: dict[str, str] = field(default_factory=dict)
    last: float = 0

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)

    def ask(self, url: str, data: object = None, **headers: str) -> Answer:
        """Until the last byte is there. Without Accept-Encoding: nothing is compressed."""
        sent = {"Cookie": self.cookie, "Accept-Encoding": "identity", **headers}
        body = None
        if data is not None:
            body = urlencode(data, doseq=True)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        self.wake()
        begin = time.perf_counter()
        self.connection.request("POST" if body is not None else "GET", url, body, sent)
        response = self.connection.getresponse()
        read = response.read()
        answer = Answer(response.status, response.headers, read, time.perf_counter() - begin)
        self.last = time.monotonic()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, value = re.match(r"([^=]+)=([^;]*)", cookie).groups()
            self.cookies[name] = value
        return answer

    def wake(self) -> None:
        """Servers close what is idle; that is no part of what is measured."""
        if time.monotonic() - self.last > IDLE:
            self.connection.close()
            self.connection.connect()

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, url: str, **headers: str) -> Answer:
        answer = self.ask(url, **headers)
        assert answer.status == 200, f"{url}: {answer.status}"
        return answer

    def ms(self, url: str, **headers: str) -> float:
        return self.get(url, **headers).seconds * 1000

    def logged_in(self) -> "Client":
        self.get("/login/")
        form = {"username": USER, "password": self.password}
        answer = self.ask("/login/", form)
        assert answer.status in (302, 303), f"login: {answer.status}"
        return self


def list_url(slug: str, **query: object) -> str:
    return f"/{slug}/transactions/" + (f"?{urlencode(query)}" if query else "")
