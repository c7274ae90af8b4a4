"""How commands end: the exit status, and what they say."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from formats.parsing.records import Hint, ImportFailed
from imports.console import refusal, write_report
from ledgers.models import Ledger

DONE, REFUSED, UNUSABLE, NO_DATABASE, INTERRUPTED = 0, 1, 2, 3, 130


@contextmanager
def ending(setting: str = "DATABASE_URL") -> Iterator[None]:
    """What cannot be used, and a database that is not there, in words and by their status.
    `setting` is what says where that is."""
    try:
        yield
    except ImportFailed as error:
        raise CommandError(refusal(error), returncode=UNUSABLE) from None
    except (OperationalError, InterfaceError) as error:
        if not out_of_reach(error):
            raise
        raise unreachable(error, setting) from None


def unreachable(error: Exception, setting: str = "DATABASE_URL") -> CommandError:
    message = _("The database cannot be reached: %(reason)s. Is it running, and %(setting)s right?")
    names = {"reason": str(error).strip().partition("\n")[0], "setting": setting}
    return CommandError(message % names, returncode=NO_DATABASE)


def out_of_reach(error: Exception) -> bool:
    """No connection, or one that broke: what a server answers has a code of another class."""
    code = getattr(error.__cause__, "sqlstate", None) or "08"
    return isinstance(error, OperationalError | InterfaceError) and code[:2] in ("08", "57")


@contextmanager
def writing(path: str) -> Iterator[None]:
    """A file that cannot be written is named; - is standard output, and what is kept of it is
    written too. Who reads a pipe may have seen enough."""
    try:
        yield
        if path == "-":
            sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(UNUSABLE)
    except OSError as error:
        message = _("%(path)s cannot be written: %(reason)s. Name another file, or none.")
        names = {"path": path, "reason": error.strerror}
        raise CommandError(message % names, returncode=UNUSABLE) from None


def find_ledger(slug: str) -> Ledger:
    ledger = Ledger.objects.filter(slug=slug).first()
    if ledger is None:
        slugs = dict(Ledger.objects.values_list("slug", "name"))
        if not slugs:
            raise ImportFailed(_("There is no ledger yet: log in, and make one in the menu."))
        message = _("There is no ledger “%s”.") % slug
        raise ImportFailed(message, Hint("ledger", slugs))
    return ledger


def add_report(parser: CommandParser) -> None:
    help_text = _("what was done as JSON, to a file or to standard output (-)")
    parser.add_argument("--report", default="", metavar="PATH", help=help_text)


def report(place: str, output: OutputWrapper, done: dict[str, Any]) -> None:
    text = json.dumps(done, indent=2, ensure_ascii=False)
    if place == "-":
        output.write(text)
    elif place:
        with writing(place):
            write_report(Path(place), text)


def refuse_both(file: str, place: str) -> None:
    if file == place == "-":
        message = _("The file and its report cannot both go to standard output: name a file.")
        raise CommandError(message, returncode=UNUSABLE)
