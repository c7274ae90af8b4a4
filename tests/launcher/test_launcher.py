import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg
import pytest

from launcher.accounts import LauncherError
from launcher.cluster import is_alive
from launcher.locks import locked
from launcher.run import bind
from launcher.server import PrivateServer
from tests.launcher.conftest import PATIENCE, Place, kill, launched, remove, wait_until
from txproject.environ import BASE_DIR, private_file

# Idle processes notice that their postmaster is gone, this one does not.
BUSY = b"SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_cold_start_has_a_utf8_database_and_ends_with_its_user(empty: Place) -> None:
    user = empty.start_user().joined()

    assert empty.ask("SELECT current_database()") == "txproject"
    assert (
        empty.ask(
            "SELECT upper('müller') || pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        )
        == "MÜLLERUTF8"
    )
    user.end()
    empty.wait_until_empty()


def test_cold_start_of_four_at_once_makes_one_server(empty: Place) -> None:
    users = [empty.start_user() for _ in range(4)]

    for user in users:
        user.joined()

    assert len([p for p in empty.processes() if "-D" in (p.info["cmdline"] or ())]) == 1
    for user in users[:3]:
        user.kill()
    assert empty.ask("SELECT 1") == 1
    users[3].end()
    empty.wait_until_empty()


def test_first_start_killed_in_the_middle_starts_afresh(empty: Place) -> None:
    user = empty.start_user()

    def half_made() -> list[Path]:
        return list(empty.data.glob("postgres/cluster.new*/PG_VERSION"))

    wait_until(lambda: bool(half_made()))
    keeper = empty.keeper()
    user.kill()
    kill(keeper)

    empty.start_user().joined().end()

    assert half_made() == []


def test_user_killed_leaves_nothing_running(place: Place) -> None:
    user = place.start_user().joined()
    keeper = place.keeper()

    user.kill()

    place.wait_until_empty()
    wait_until(lambda: not is_alive(keeper))


def test_keeper_killed_next_start_takes_the_server_over(place: Place) -> None:
    first = place.start_user().joined()
    server = place.postmaster()
    kill(place.keeper())

    second = place.start_user().joined()

    assert place.postmaster() == server
    first.end()
    assert place.ask("SELECT 1") == 1
    second.end()
    place.wait_until_empty()


def test_postmaster_killed_comes_back_with_every_row(place: Place) -> None:
    user = place.start_user().joined()
    place.tell("CREATE TABLE IF NOT EXISTS kept AS SELECT generate_series(1, 1000)")

    kill(place.postmaster())
    other = place.start_user().joined()

    assert place.ask("SELECT count(*) FROM kept") == 1000
    user.end()
    other.end()
    place.wait_until_empty()


def test_everything_killed_next_start_works(place: Place) -> None:
    user = place.start_user().joined()
    busy = psycopg.connect(place.server.conninfo())
    busy.pgconn.send_query(BUSY)
    server = place.postmaster()
    for process in (user.process, place.keeper(), server):
        process.kill()

    place.start_user().joined().end()

    busy.close()
    place.wait_until_empty()


def test_stale_pid_file_with_a_number_in_use_does_not_keep_it_from_starting(place: Place) -> None:
    owner = (place.folder / "cluster").stat()
    stranger = subprocess.Popen(["sleep", "60"], user=owner.st_uid)
    lines = [str(stranger.pid), str(place.folder / "cluster"), "1", "5432", "", "", "", "ready"]
    for name in ("cluster/postmaster.pid", ".s.PGSQL.5432.lock"):
        (place.folder / name).write_text("\n".join(lines))

    place.start_user().joined().end()

    place.wait_until_empty()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_socket_path_too_long_for_the_system_still_starts(around: Path) -> None:
    data = around.joinpath(*["a-folder-with-a-long-name"] * 5, "data")
    user = Place(data).start_user().joined()
    folder = Path(Place(data).ask("SHOW unix_socket_directories"))

    assert Place(data).ask("SELECT 1") == 1
    assert folder.stat().st_mode & 0o077 == 0
    user.end()
    remove(data)
    assert not folder.exists()


@as_root
def test_root_runs_the_server_as_another_user(place: Place) -> None:
    user = place.start_user().joined()

    assert place.postmaster().uids().real not in (0, -1)
    assert place.ask("SELECT 1") == 1
    user.end()
    place.wait_until_empty()


@as_root
def test_closed_home_of_root_moves_the_server_where_its_user_can_reach_it(around: Path) -> None:
    home = around / "home"
    home.mkdir(mode=0o700)
    place = Place(home / "data")
    user = place.start_user().joined()

    assert place.ask("SELECT 1") == 1
    assert not place.folder.is_relative_to(home)
    assert place.folder.stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o777 == 0o700
    user.end()
    place.wait_until_empty()
    remove(place.data)


def test_secret_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty password of the database after a power cut would open nothing."""
    on_disk: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: on_disk.append(os.fstat(number).st_size))

    def named(fresh: Path, path: Path) -> None:
        assert on_disk == [6]
        fresh.rename(path)

    monkeypatch.setattr(os, "link", named)

    assert private_file(tmp_path / "password", "secret") == "secret"


def test_password_is_asked_of_everybody(place: Place) -> None:
    user = place.start_user().joined()

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(place.server.conninfo(), password="guess")

    user.end()
    place.wait_until_empty()


def test_stop_ends_the_server_in_spite_of_its_users(place: Place) -> None:
    user = place.start_user().joined()

    assert PrivateServer(place.data).stop()
    assert place.processes() == []
    assert not PrivateServer(place.data).stop()
    user.end()


@pytest.mark.parametrize("given", ["--help", "-h", "now"])
def test_stop_with_an_argument_stops_nothing(place: Place, given: str) -> None:
    user = place.start_user().joined()

    ended = launched("stop", given, TXPROJECT_DATA=str(place.data))

    assert place.ask("SELECT 1") == 1
    assert ended.returncode == (2 if given == "now" else 0)
    user.end()
    place.wait_until_empty()


def test_run_says_that_it_takes_no_arguments(around: Path) -> None:
    ended = launched("run", "--port", "9000", TXPROJECT_DATA=str(around))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "./dev run takes no arguments: --port 9000\n"


@pytest.mark.parametrize("args", [["run", "--help"], ["stop", "-h"], ["--help"]])
def test_help_says_what_there_is(around: Path, args: list[str]) -> None:
    ended = launched(*args, TXPROJECT_DATA=str(around / "data"))

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "./dev stop" in ended.stdout
    assert not (around / "data").exists()


def test_cluster_of_a_missing_major_version_is_named(place: Place) -> None:
    version = place.folder / "cluster/PG_VERSION"
    made_by = version.read_text()
    version.write_text("9\n")

    with pytest.raises(LauncherError, match="was made by PostgreSQL 9"):
        PrivateServer(place.data).join()

    version.write_text(made_by)


WRONG = {
    ("nowhere.invalid", 8000): "HOST=nowhere.invalid PORT=8000: ",
    ("203.0.113.9", 8000): "HOST=203.0.113.9 PORT=8000: Cannot assign requested address.",
}


@pytest.mark.parametrize("place", WRONG)
def test_place_that_cannot_be_served_is_named(place: tuple[str, int]) -> None:
    with pytest.raises(LauncherError, match=WRONG[place]):
        bind(*place)


def test_data_folder_that_is_a_file_is_named(around: Path) -> None:
    (around / "data").write_text("")

    ended = launched("run", TXPROJECT_DATA=str(around / "data"), PORT="0")

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (
        f"{around}/data cannot be the data folder: Not a directory. TXPROJECT_DATA names another.\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="where nobody makes a folder")
@pytest.mark.parametrize("command", ["run", "manage"])
@pytest.mark.parametrize("folder", ["/proc", "/proc/foo"])
def test_data_folder_that_nobody_can_make_is_named(command: str, folder: str) -> None:
    ended = launched(command, TXPROJECT_DATA=folder, PORT="0")

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"{folder} cannot be the data folder: ")
    assert ended.stderr.count("\n") == 1


UNUSABLE = {
    ("PORT", "99999"): "PORT is not a whole number from 0 to 65535.",  # modulo 65,536 another one
    ("PORT", "-1"): "PORT is not a whole number from 0 to 65535.",
    ("WEB_CONCURRENCY", "0"): "WEB_CONCURRENCY is not a whole number from 1 to 1000.",
    ("WEB_CONCURRENCY", "x"): "WEB_CONCURRENCY is not a whole number from 1 to 1000.",
}


@pytest.mark.parametrize(("name", "value"), UNUSABLE)
def test_number_that_cannot_be_used_is_refused_before_anything_starts(
    around: Path, name: str, value: str
) -> None:
    ended = launched("run", TXPROJECT_DATA=str(around), **{"PORT": "0", name: value})

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == f"{UNUSABLE[name, value]}\n"


@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN])
def test_run_ends_at_a_sigint_before_it_serves(around: Path, before: signal.Handlers) -> None:
    """In the background, too, where shells have SIGINT ignored."""
    own = {"TXPROJECT_DATA": str(around), "DATABASE_URL": "", "PORT": "0"}
    with locked(around / "postgres.lock"):
        run = subprocess.Popen(
            [sys.executable, "-P", "-m", "launcher", "run"],
            env=os.environ | own | {"PYTHONPATH": str(BASE_DIR)},
            stdout=subprocess.PIPE,
            preexec_fn=partial(signal.signal, signal.SIGINT, before),
        )
        try:
            run.stdout.readline()
            run.send_signal(signal.SIGINT)

            assert run.wait(PATIENCE) == 130
        finally:
            run.kill()
