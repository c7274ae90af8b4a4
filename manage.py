#!/usr/bin/env python3
"""Django's command line, which says what to do about a database that cannot be used."""

import os
import sys
import threading


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    threading.excepthook = explain_in_thread
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except Exception as error:
        if not explained(error):
            raise
        sys.exit(3)


def explain_in_thread(args: threading.ExceptHookArgs) -> None:
    """runserver does its work in a thread."""
    if args.exc_value and explained(args.exc_value):
        os._exit(1)  # 3 would make its reloader start again, for ever
    threading.__excepthook__(args)


def explained(error: BaseException) -> bool:
    from txproject.database import remedy

    if text := remedy(error):
        sys.stderr.write(f"{text}\n")
    return bool(text)


if __name__ == "__main__":
    main()
