"""How the commands end: the exit status, and what they say."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from psycopg import OperationalError

from backups.server import Refused
from imports.management.ending import NO_DATABASE, UNUSABLE


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
        reason = str(error).strip().partition("\n")[0]
        message = _("The database cannot be reached: %s. Is it running, and DATABASE_URL right?")
        raise CommandError(message % reason, returncode=NO_DATABASE) from None
