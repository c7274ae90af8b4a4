#!/usr/bin/env python3
"""Django's command line, which says how to get a database when there is none."""

import os
import sys
import threading


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    threading.excepthook = explain_in_thread
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError as error:
        if not explained(error):
            raise
        sys.exit(3)


def explain_in_thread(args: threading.ExceptHookArgs) -> None:
    """runserver does its work in a thread."""
    if explained(args.exc_value):
        os._exit(1)  # 3 would make its reloader start again, for ever
    threading.__excepthook__(args)


def explained(error: BaseException | None) -> bool:
    from txproject.database import UNREACHABLE, is_unreachable

    if is_unreachable(error):
        sys.stderr.write(f"{error}\n\n{UNREACHABLE}\n")
        return True
    return False


if __name__ == "__main__":
    main()
