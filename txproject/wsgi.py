"""For servers that speak WSGI, and for the pages of ours, which speaks ASGI (asgi.py)."""

import codecs
import os
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import get_resolver
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

pages: Any = get_wsgi_application()


def compile_all() -> None:
    """URLs and templates, before the first request: of a hundred open pages that come back at once
    to a new process, each would compile them for itself."""
    get_resolver().url_patterns  # noqa: B018 (imports the views)
    folder = settings.BASE_DIR / "templates"
    for engine, pattern in (("django", "*.html"), ("jinja", "*.jinja")):
        for path in folder.rglob(pattern):
            engines[engine].get_template(path.relative_to(folder).as_posix())


compile_all()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    answer: Iterable[bytes] = pages(readable(environ), start_response)
    return answer


def readable(environ: WSGIEnvironment) -> WSGIEnvironment:
    """With a type of its content that is understood, else with none: no form was sent.

    Django reads it, and decodes by it, while it makes the request: whatever fails there is
    answered by nobody. Other codecs make halves of pairs, which PostgreSQL does not store.
    """
    if is_utf8(environ.get("CONTENT_TYPE", "")):
        return environ
    return {**environ, "CONTENT_TYPE": "application/octet-stream"}


def is_utf8(content_type: str) -> bool:
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name == "utf-8"
    except LookupError:  # no such codec: Django passes over it
        return True
    except ValueError:
        return False
