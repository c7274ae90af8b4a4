"""What the log says, and what it must not: nothing that people or files have written.

An exception's own text quotes values, so only its class, its place and what the database calls the
fault are told; of exceptions that speak of code or of getting to the database, their text too.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

from watch.seen import current

SPEAK_OF_CODE = (AttributeError, ImportError, NameError, TypeError, ImproperlyConfigured)
BEFORE = "\nwhich led to:\n"
DEEPEST = 10


class Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        found = fields(record)
        head = [found.pop(name) for name in ("time", "level", "logger")]
        message, error = found.pop("message"), found.pop("error", "")
        more = [f"{name}={value}" for name, value in found.items() if value is not None]
        line = one_line(" ".join([*head, message, *more]))
        return f"{line}\n{error}" if error else line


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields(record))


def fields(record: logging.LogRecord) -> dict[str, Any]:
    seen = current.get()
    found = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": said(record),
        "request_id": seen.id if seen else None,
        **getattr(record, "fields", {}),
    }
    if record.exc_info and record.exc_info[1]:
        found["error"] = traced(record.exc_info[1])
    return found


def said(record: logging.LogRecord) -> str:
    """Django's messages about a request have its path, and may have the page that it came from."""
    if request := getattr(record, "request", None):
        match = getattr(request, "resolver_match", None)
        return f"{getattr(record, 'status_code', '')} {match.view_name if match else 'no view'}"
    if record.name == "asyncio":  # quotes the exception after its first line
        return record.getMessage().partition("\n")[0]
    return record.getMessage().strip()


def traced(error: BaseException) -> str:
    """Causes first, as Python prints them."""
    told: list[str] = []
    link: BaseException | None = error
    while link and len(told) < DEEPEST:
        told.insert(0, f"{''.join(traceback.format_tb(link.__traceback__))}{named(link)}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return BEFORE.join(told)


def named(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, psycopg.Error) and error.sqlstate:
        where = filter(None, (error.diag.table_name, error.diag.constraint_name))
        return " ".join([name, error.sqlstate, *where])
    speaks = isinstance(error, (*SPEAK_OF_CODE, psycopg.OperationalError))
    return f"{name}: {one_line(str(error).strip())}" if speaks else name


def one_line(text: str) -> str:
    """What a terminal would act on, or a reader take for another line, is written as its code."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
