#!/usr/bin/env python3
"""Django's command line, which says how to get a database when there is none."""

import os
import sys
import threading

HINT = """
The database cannot be reached. ./dev run or ./dev manage … start the private one;
DATABASE_URL names another.
"""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    # runserver does its work in a thread.
    report = threading.excepthook

    def explain(args: threading.ExceptHookArgs) -> None:
        if isinstance(args.exc_value, OperationalError) and not is_from_server(args.exc_value):
            unreachable(args.exc_value)
            os._exit(3)
        report(args)

    threading.excepthook = explain
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if is_from_server(error):
            raise
        unreachable(error)
        sys.exit(3)


def is_from_server(error: BaseException) -> bool:
    """The server's own errors have a code, those of getting there have none."""
    return bool(getattr(error.__cause__, "sqlstate", None))


def unreachable(error: BaseException) -> None:
    sys.stderr.write(f"{error}\n{HINT}")


if __name__ == "__main__":
    main()
