"""What the doctor says, and how it asks the database."""

from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass
class Finding:
    """One result: what was looked at, whether it is right, what was seen, what to do."""

    what: str
    right: bool
    seen: str
    remedy: str = ""


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
