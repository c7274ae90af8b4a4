"""The way in that servers take: the test client makes its requests itself, past it."""

from typing import Any

from django.test.client import ClientHandler

from txproject.wsgi import readable


class Door(ClientHandler):
    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=False)

    def __call__(self, environ: dict[str, Any]) -> Any:
        return super().__call__(readable(environ))
