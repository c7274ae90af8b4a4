"""A standby of the laboratory's own PostgreSQL that is some seconds behind, until stdin ends.

Run by the product's interpreter, which knows where PostgreSQL's programs are.
"""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from diagnosis.launch import private_server
from launcher.accounts import Account, server_account
from launcher.programs import Programs, find_programs
from launcher.server import PATIENCE

BEHIND = "4s"
NOWHERE = subprocess.DEVNULL


def main() -> int:
    server = private_server()
    server.join()
    place = (server.data / "postgres").resolve()
    account = server_account(place)
    programs = find_programs(place, account)
    copy = place / "standby"
    shutil.rmtree(copy, ignore_errors=True)
    backup(copy, programs, account, server.conninfo())
    process = start(copy, programs, account, BEHIND)
    try:
        wait_for(make_conninfo(server.conninfo(), host=str(copy), port="5432"))
        print(copy, flush=True)
        sys.stdin.read()
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()
        shutil.rmtree(copy, ignore_errors=True)
    return 0


def backup(copy: Path, programs: Programs, account: Account, conninfo: str) -> None:
    where = make_conninfo("", **{**conninfo_to_dict(conninfo), "dbname": "replication"})
    options = ["-D", copy, "-d", where, "-R", "-X", "stream", "-c", "fast"]
    done, output = account.run([programs["pg_basebackup"], *options])
    if not done:
        sys.exit(output)


def start(copy: Path, programs: Programs, account: Account, behind: str) -> subprocess.Popen[str]:
    options = {
        "recovery_min_apply_delay": behind,
        "unix_socket_directories": str(copy),
        "listen_addresses": "",
        "port": "5432",
    }
    command = [programs["postgres"], "-D", copy, *(f"-c{k}={v}" for k, v in options.items())]
    return account.start(command, stdin=NOWHERE, stdout=NOWHERE, stderr=NOWHERE)


def wait_for(conninfo: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(conninfo, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


if __name__ == "__main__":
    raise SystemExit(main())
