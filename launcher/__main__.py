"""./dev run | test | freshness | bench | manage … | backup | restore | psql … | stop"""

import os
import sys
from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured

from launcher.accounts import LauncherError
from launcher.server import PrivateServer
from txproject.database import from_url, libpq_environment, private_server, remedy
from txproject.environ import BASE_DIR, data_folder, env_secret
from txproject.language import gettext as _

HELP = _("""./dev run          serve on http://127.0.0.1:8000 (HOST, PORT)
./dev test …       all checks and tests; the rest of the line is pytest's
./dev freshness …  drive a server of its own and check that nothing it shows is old
                   (--seconds 60 --faults)
./dev bench …      how fast the pages are, beside Flask on the same tables (--help: its parts)
./dev manage …     python manage.py …, with the same database
./dev backup [FILE]  all of the database in one file, which is restored on trial first
./dev restore FILE   and back (--replace: in the place of what is there)
./dev psql …       psql on the same database
./dev pg_dump …    pg_dump of it
./dev diagnose     why a Flask page goes stale, each cause measured (--quick: a part)
./dev stop         end a ./dev run and its PostgreSQL

DATABASE_URL names a PostgreSQL of your own, TXPROJECT_DATA another data folder.""")


def run() -> int:
    from launcher.run import run

    return run()


def test(args: list[str]) -> int:
    from launcher.testing import check

    return check(args)


def freshness(args: list[str]) -> int:
    """In a process of its own, as the tests are no part of the site."""
    os.execv(sys.executable, [sys.executable, "-m", "tests.freshness", *args])


def bench(args: list[str]) -> int:
    os.execv(sys.executable, [sys.executable, "-m", "bench", *args])


def manage(args: list[str]) -> int:
    if not env_secret("DATABASE_URL", ""):
        PrivateServer(data_folder()).join(across_exec=True)
    os.execv(sys.executable, [sys.executable, str(BASE_DIR / "manage.py"), *args])


def backup(args: list[str]) -> int:
    return manage(["backup", *args])


def restore(args: list[str]) -> int:
    return manage(["restore", *args])


def psql(args: list[str]) -> int:
    return client("psql", args)


def pg_dump(args: list[str]) -> int:
    return client("pg_dump", args)


def client(program: str, args: list[str]) -> int:
    """The wheel brings them, and they talk to older servers too."""
    from launcher.programs import wheel_package, wheel_programs

    if url := env_secret("DATABASE_URL", ""):
        where = from_url(url)
    else:
        server = PrivateServer(data_folder())
        server.join(across_exec=True)
        where = private_server(server.data / "postgres")
    folders = [str(folder) for folder in wheel_programs(wheel_package())]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])
    os.environ |= libpq_environment(where)
    os.execvp(program, [program, *args])


def diagnose(args: list[str]) -> int:
    from diagnosis.launch import diagnose

    return diagnose(args)


def stop() -> int:
    from launcher.run import stop_run

    stopped = [stop_run(data_folder()), PrivateServer(data_folder()).stop()]
    print(_("Stopped.") if any(stopped) else _("Nothing is running."))
    return 0


ASKING = {"help", "-h", "--help"}
ALONE: dict[str, Callable[[], int]] = {"run": run, "stop": stop}
COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "test": test,
    "freshness": freshness,
    "bench": bench,
    "manage": manage,
    "backup": backup,
    "restore": restore,
    "psql": psql,
    "pg_dump": pg_dump,
    "diagnose": diagnose,
}


def started(name: str, args: list[str]) -> int:
    if command := COMMANDS.get(name):
        return command(args)
    if name in ALONE and not args:
        return ALONE[name]()
    if name in ALONE and not ASKING.intersection(args):
        names = {"command": f"./dev {name}", "given": " ".join(args)}
        print(_("%(command)s takes no arguments: %(given)s") % names, file=sys.stderr)
        return 2
    print(HELP)
    return 0 if ASKING.intersection([name, *args]) else 2


def main() -> int:
    name, *args = sys.argv[1:] or [""]
    try:
        return started(name, args)
    except (LauncherError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not (text := remedy(error)):
            raise
        print(text, file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
