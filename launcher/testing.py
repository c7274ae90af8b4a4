"""./dev test: every check, and the tests. All are run; the first failure decides the status.

./dev test --quick leaves out what drives whole servers (the browser, the laboratory, the checker
with its broken variants, the launcher, backups), what asks for pages or commits, and what is marked
as slow.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from launcher.folders import make_data_folder
from launcher.locks import locked
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR, data_folder, env_secret

PROGRAMS = Path(sys.executable).parent
# Of the tests; each has a database of its own. `-n 0` is one process, for a debugger. One more than
# two cores: a browser and a server wait for each other most of the time.
WORKERS = "3"
QUICK_WORKERS = "2"  # they wait for nothing
# As tests/conftest.py groups and sorts them.
BY_MODULE = ("--dist", "loadscope", "--no-loadscope-reorder")
PRODUCTION = {
    "ALLOWED_HOSTS": "ledger.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://ledger.example.org",
    "DEBUG": "0",
    "HTTPS": "1",
    "SECRET_KEY": secrets.token_urlsafe(50),
}


def check(pytest_args: list[str]) -> int:
    data = data_folder()
    make_data_folder(data)
    # Hundreds of processes are started: each would compile Django and all else again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Two at once would take each other's test database away.
    with locked(data / "test"):
        if not env_secret("DATABASE_URL", ""):
            server = PrivateServer(data)
            server.join()
        chromium = install_chromium()
        failed = [name for name, passed in results(pytest_args) if not passed]
        # Three processes on a busy machine can be too slow for a browser: alone it has to pass.
        alone = "pytest" in failed and passes("pytest, what failed, alone", ALONE)
        if alone:
            failed.remove("pytest")
    print(summary(failed, chromium, alone), flush=True)
    return 1 if failed else 0


ALONE = ["pytest", "--last-failed", "--last-failed-no-failures", "none", "-n", "0"]
QUICK = "--quick"
# Whole servers, and folders of which nothing would remain.
LEFT_OUT = (
    *("backups", "browser", "freshness", "kit", "launcher"),
    *("accounts", "admin", "demo", "history", "hostile", "rules"),
)
# Rewriting the asserts of all modules takes longer than many tests; what fails is run again, alone,
# and then says what it compared.
PLAIN = "--assert=plain"


def results(args: list[str]) -> Iterable[tuple[str, bool]]:
    """The tests run while the checks do, which take a core for some seconds; what each has
    printed stands together."""
    workers = QUICK_WORKERS if QUICK in args else WORKERS
    tests = ["pytest", "-n", workers, *BY_MODULE, *selected(args)]
    with ThreadPoolExecutor(1) as pool:
        checks = pool.submit(lambda: [(name, *outcome(command)) for name, command in steps()])
        passed = passes("pytest, while the other checks run", tests)
        for name, of_check, printed in checks.result():
            print(f"=== {name}\n{printed}", end="", flush=True)
            yield name, of_check
    yield "pytest", passed


def selected(args: list[str]) -> list[str]:
    if QUICK not in args:
        return args
    left = [f"--ignore=tests/{folder}" for folder in LEFT_OUT]
    return [*left, PLAIN, "-m", "not slow", *(arg for arg in args if arg != QUICK)]


def steps() -> Iterable[tuple[str, list[str]]]:
    templates = sorted(str(path) for path in BASE_DIR.glob("templates/**/*.html"))
    yield "ruff check", ["ruff", "check"]
    yield "ruff format", ["ruff", "format", "--check"]
    yield "djade", ["djade", "--check", "--target-version", "6.1", *templates]
    yield "djangofmt", ["djangofmt", "--check", *templates]
    yield "import-linter", ["lint-imports", "--no-cache"]
    yield "mypy", ["mypy", "."]
    yield "manage.py check --deploy", manage("check", "--deploy", "--fail-level", "WARNING")
    yield "manage.py makemigrations --check", manage("makemigrations", "--check", "--dry-run")


def manage(*args: str) -> list[str]:
    return ["python", "manage.py", *args]


def passes(name: str, command: list[str]) -> bool:
    print(f"=== {name}", flush=True)
    program = str(PROGRAMS / command[0])
    return subprocess.run([program, *command[1:]], cwd=BASE_DIR, check=False).returncode == 0


def outcome(command: list[str]) -> tuple[bool, str]:
    """Whether it passed, and what it printed."""
    done = subprocess.run(
        [str(PROGRAMS / command[0]), *command[1:]],
        cwd=BASE_DIR,
        env={**os.environ, **(PRODUCTION if "--deploy" in command else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout


# For tests: a real browser, and a real pooler before the listener.
DEBIAN = ("chromium", "chromium-headless-shell", "pgbouncer")


def install_chromium() -> bool:
    """Whether there is one for the browser tests. Ubuntu's package is a snap, so Debian only."""
    debian = Path("/etc/debian_version").exists() and "ID=debian" in os_release()
    if not all(map(shutil.which, DEBIAN)) and debian and os.geteuid() == 0:
        print(f"=== apt-get install {' '.join(DEBIAN)}", flush=True)
        install = f"apt-get update -qq && apt-get install -qq -y {' '.join(DEBIAN)}"
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["/bin/sh", "-c", install], env=environment, check=False)
    return bool(shutil.which("chromium"))


def os_release() -> list[str]:
    path = Path("/etc/os-release")
    return path.read_text().splitlines() if path.exists() else []


def summary(failed: list[str], chromium: bool, alone: bool) -> str:
    lines = [] if chromium else ["No chromium here: the browser tests were skipped."]
    if alone:
        lines.append("Some tests failed beside others, and passed alone: they are named above.")
    return "\n".join([*lines, f"Failed: {', '.join(failed)}" if failed else "All checks passed."])
