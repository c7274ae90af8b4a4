"""16 clients: requests a second, by turns with Flask. wrk drives them."""

import os
import re
import shutil
import subprocess
from functools import cache

from bench.parts import pages
from bench.results import Figures, Line
from bench.running import Bench
from bench.shape import LARGE
from launcher.accounts import LauncherError

CLIENTS = 16
AT_LEAST = 1.2


@cache
def wrk() -> str:
    found = shutil.which("wrk")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in ("update", "install wrk"):
            subprocess.run(["apt-get", "-y", "-qq", *command.split()], check=False)
        found = shutil.which("wrk")
    if not found:
        raise LauncherError("This needs wrk, as Debian and Homebrew have it: apt-get install wrk.")
    return found


def driven(
    port: int, cookie: str, url: str, seconds: float, clients: int = CLIENTS, least: int = CLIENTS
) -> tuple[float, int]:
    """Requests a second, and how many there were; with fewer than `least`, once more and longer."""
    options = ["-t1", f"-c{clients}", f"-d{round(seconds)}s", "--timeout", "60s"]
    headers = ["-H", f"Cookie: {cookie}"]
    command = [wrk(), *options, *headers, f"http://127.0.0.1:{port}{url}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if failed := re.search(r"(Non-2xx.*|Socket errors.*)", said):
        raise LauncherError(f"{url}: {failed[1]}")
    count = int(re.search(r"(\d+) requests in", said)[1])
    if count < least:
        return driven(port, cookie, url, 2 * seconds, clients, least)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), count


def run(bench: Bench) -> None:
    listed = pages.urls(LARGE, bench.shape.large)
    for name in ("first page", "wallet"):
        found = []
        for turn in range(bench.options.rounds):
            both = {}
            for client in (bench.ours, bench.flask)[:: 1 if turn % 2 else -1]:
                driven(client.port, client.cookie, listed[name], 1)
                seconds = bench.options.seconds
                both[client.port], _ = driven(client.port, client.cookie, listed[name], seconds)
            found.append((both[bench.ours.port], both[bench.flask.port]))
        ours, flask = (Figures([[rate] for rate in rates]) for rates in zip(*found, strict=True))
        said = f"{name}, {CLIENTS} clients"
        bench.results.add(Line("load", said, "requests/s", ours, flask, AT_LEAST, True))
