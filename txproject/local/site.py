"""What the site needs before it can serve: tables, static files and, at first, a demo ledger."""

import hashlib
import io
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connections

from txproject.environ import data_folder, private_file


def prepare() -> None:
    """Leaves no connection open: server processes are forked after this."""
    if not apps.ready:
        django.setup()
    say("Migrating the database")
    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()
    say(login())
    connections.close_all()


def say(text: str) -> None:
    print(text, flush=True)


def collect_static_files() -> None:
    """Only when they have changed: it takes longer than all the rest."""
    stamp = Path(settings.STATIC_ROOT) / "collected"
    now = fingerprint()
    if not stamp.exists() or stamp.read_text() != now:
        say("Collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(now)


def fingerprint() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list(None):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def login() -> str:
    """Whom one can log in as; the first time the demo ledger and its user are made."""
    users = get_user_model()._default_manager
    file = data_folder() / "login"
    if not users.exists() and "demo" in get_commands():
        say("Making a demo ledger")
        file.unlink(missing_ok=True)
        return private_file(file, made_by_demo())
    if file.exists() and still_works(said := file.read_text()):
        return said
    names = users.filter(is_active=True, is_superuser=True).values_list("username", flat=True)[:5]
    return f"user: {', '.join(names) or 'none; ./dev manage createsuperuser makes one'}"


def made_by_demo() -> str:
    output = io.StringIO()
    call_command("demo", stdout=output)
    return output.getvalue().strip()


def still_works(said: str) -> bool:
    facts = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    user = get_user_model()._default_manager.filter(username=facts.get("user")).first()
    return bool(user and user.is_active and user.check_password(facts.get("password")))
