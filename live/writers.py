"""Who writes, and by which way: told to the database with what is written, where the triggers of
the history read it (history/triggers.py).

It is a setting of the transaction, set by the statement that writes, so it takes no round trip of
its own. Who tells nothing wrote SQL.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from txproject.prepared import PreparedCursor

SETTING = "txproject.writer"
TELL = f"SELECT set_config('{SETTING}', %s, true)"
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


class Way(TextChoices):
    PAGE = "page", _("page")
    BULK = "bulk", _("many at once")
    IMPORT = "import", _("import")
    RULE = "rule", _("rule")
    BOOK = "book", _("import of contacts")
    UNDO = "undo", _("undo")
    REVERT = "revert", _("taken back")
    ADMIN = "admin", _("administration")
    COMMAND = "command", _("command")
    SQL = "sql", _("SQL")


writer: ContextVar[str] = ContextVar("writer", default="")


@contextmanager
def writing(way: Way, by: Any = None) -> Iterator[None]:
    """What is written inside was written so, by that user. The innermost counts."""
    before = writer.set(f"{way}:{by.pk if by else ''}")
    try:
        if tell in connection.execute_wrappers:
            yield
        else:
            with connection.execute_wrapper(tell):
                yield
    finally:
        writer.reset(before)


def tell(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """A prepared statement can be no two: it tells by itself, if it writes."""
    cursor = context["cursor"]
    if not sql.lstrip().startswith(WRITES) or isinstance(cursor.cursor, PreparedCursor):
        return execute(sql, params, many, context)
    told = TELL % f"'{writer.get()}'"
    result = execute(f"{told}; {sql}", params, many, context)
    cursor.nextset()
    return result
