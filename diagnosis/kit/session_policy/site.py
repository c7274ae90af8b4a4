"""Asks as a browser would: with cookies, and with the hidden fields of forms."""

import json
import re
from collections.abc import Mapping
from html import unescape
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from session_policy.changes import Refused

PATIENCE = 15  # seconds
INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""(\w+)\s*=\s*["']?([^"'\s>]*)""")


class Unfollowed(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """The answer to a form is what is looked at."""


class Answer:
    def __init__(self, status: int, kind: str, body: bytes, caching: str = "") -> None:
        self.status, self.kind, self.caching = status, kind, caching
        charset = kind.partition("charset=")[2].strip("\"' ") or "utf-8"
        self.text = body.decode(charset, "replace")

    def shows(self, text: str) -> bool:
        return any(text in each for each in self.texts())

    def says(self, text: str) -> bool:
        """And not as a part of a longer number or word."""
        word = re.compile(rf"(?<!\d){re.escape(text)}(?!\w)")
        return any(map(word.search, self.texts()))

    def texts(self) -> tuple[str, str, str]:
        return self.text, unescape(self.text), self.as_json()

    def as_json(self) -> str:
        if "json" not in self.kind:
            return ""
        return json.dumps(json.loads(self.text), ensure_ascii=False)

    def hidden(self) -> dict[str, str]:
        """As those of Flask-WTF against forged requests."""
        inputs = [dict(ATTRIBUTE.findall(each)) for each in INPUT.findall(self.text)]
        found = [each for each in inputs if each.get("type", "").lower() == "hidden"]
        return {each["name"]: unescape(each.get("value", "")) for each in found if "name" in each}


def answered(answer: Any) -> Answer:
    kind, caching = (answer.headers.get(name, "") for name in ("Content-Type", "Cache-Control"))
    return Answer(answer.status, kind, answer.read(), caching)


class Site:
    def __init__(self, url: str, cookie: str = "") -> None:
        self.url, self.cookie = url, cookie
        self.jar = CookieJar()
        cookies = HTTPCookieProcessor(self.jar)
        self.following, self.plain = build_opener(cookies), build_opener(cookies, Unfollowed())

    def get(self, url: str = "") -> Answer:
        return self.open(self.following, url or self.url)

    def post(self, url: str, fields: Mapping[str, str]) -> Answer:
        return self.open(self.plain, url, urlencode(fields).encode())

    def submit(self, url: str, fields: Mapping[str, str], form: str) -> Answer:
        """With what is hidden in the form."""
        answer = self.post(url, self.get(form).hidden() | dict(fields))
        if answer.status >= 400:
            raise Refused(f"POST {url} was answered {answer.status}: look at its fields.")
        return answer

    def open(self, opener: Any, url: str, data: bytes | None = None) -> Answer:
        address = quote(urljoin(self.url, url), safe="%/:=&?~#+!$,;'@()*[]")
        headers = {"Cookie": self.cookie} if self.cookie else {}
        try:
            with opener.open(Request(address, data, headers), timeout=PATIENCE) as answer:
                return answered(answer)
        except HTTPError as error:
            return answered(error)
        except (URLError, ValueError, OSError) as error:
            raise Refused(f"{address} cannot be asked: {error}") from error
