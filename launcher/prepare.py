"""What the site needs before it can serve: tables, static files and, at first, a demo ledger."""

import hashlib
import io
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connections, transaction

from launcher.accounts import LauncherError
from txproject import storage
from txproject.environ import data_folder, private_file
from txproject.language import gettext as _

HASH = "hash: "


def prepare() -> None:
    """Leaves no connection open: server processes are forked after this."""
    if not apps.ready:
        django.setup()
    if refused := run_checks(tags=["freshness"]):
        raise LauncherError("\n".join(map(str, refused)))
    say(_("Migrating the database"))
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
        say(_("Collecting static files"))
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(now)


def fingerprint() -> str:
    digest = hashlib.sha256(Path(storage.__file__).read_bytes())
    for finder in get_finders():
        for path, place in finder.list(None):
            found = Path(place.path(path)).stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def login() -> str:
    """Whom one can log in as; the first time the demo ledger and its user are made."""
    file = data_folder() / "login"
    users = get_user_model()._default_manager
    if not users.exists():
        say(_("Making a demo ledger"))
        return made_by_demo(file)
    if file.exists() and still_works(printed := file.read_text()):
        return without_hash(printed)
    names = users.filter(is_active=True, is_superuser=True).values_list("username", flat=True)[:5]
    return _("user: %s") % (", ".join(names) or _("none; ./dev manage createsuperuser makes one"))


def made_by_demo(file: Path) -> str:
    """Written down before it is committed: a password that nobody was told opens nothing."""
    output = io.StringIO()
    file.unlink(missing_ok=True)
    with transaction.atomic():
        call_command("demo", stdout=output)
        user = get_user_model()._default_manager.get()
        private_file(file, f"{output.getvalue()}{HASH}{user.password}\n")
    return output.getvalue().strip()


def still_works(printed: str) -> bool:
    """The password was not changed if its hash was not: checking it takes half a second."""
    hashed = printed.partition(HASH)[2].strip()
    return get_user_model()._default_manager.filter(is_active=True, password=hashed).exists()


def without_hash(printed: str) -> str:
    return printed.partition(HASH)[0].strip()
