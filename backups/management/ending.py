"""How the commands end: the exit status, and what they say."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from psycopg import OperationalError

from backups.server import Refused
from imports.management.ending import UNUSABLE, unreachable


@contextmanager
def ending() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        raise CommandError(str(error), returncode=UNUSABLE) from None
    except OSError as error:
        text = f"{error.filename}: {error.strerror}"
        raise CommandError(text, returncode=UNUSABLE) from None
    except OperationalError as error:
        raise unreachable(error) from None
