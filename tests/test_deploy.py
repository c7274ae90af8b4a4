"""What containers and systemd run is one set of commands, and the image holds what they import."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT: Path = settings.BASE_DIR
DEPLOY = ROOT / "deploy"
UNITS = [*sorted((DEPLOY / "systemd").glob("*.service")), DEPLOY / "patroni.service"]
OPTIONS = ["--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5"]

PATRONI = Path("/opt/patroni/bin/python")
SECONDS = """
import sys
import yaml
sys.path.insert(0, sys.argv[1])
from patroni_soon import Config
seconds = yaml.safe_load(open(sys.argv[1] + "/patroni.yml"))["bootstrap"]["dcs"]
Config._validate_and_adjust_timeouts(Config.__new__(Config), seconds)
print(seconds["ttl"], seconds["loop_wait"], seconds["retry_timeout"])
"""


def started(unit: str) -> list[str]:
    """Without the virtual environment."""
    text = (ROOT / "deploy" / "systemd" / unit).read_text()
    (command,) = re.findall(r"^ExecStart=\S+/bin/(.+)$", text, re.MULTILINE)
    return shlex.split(command)


def test_pages_are_served_by_one_command() -> None:
    (line,) = re.findall(r"^CMD (\[.+\])$", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    of_unit = started("txproject-web.service")

    in_container = [part.strip(' "') for part in line.strip("[]").split(",")]

    assert [part for part in in_container if part not in ("--host", "0.0.0.0")] == of_unit
    assert in_container[:2] == ["uvicorn", "txproject.asgi:application"]
    assert in_container[-4:] == OPTIONS


def test_pages_are_asked_for_their_health_as_the_image_says() -> None:
    """Podman leaves it out of images that it builds, and the proxy waits for it."""
    (asked,) = re.findall(r'("from urllib.+")', (ROOT / "Containerfile").read_text())

    assert f"[CMD, python, -c, {asked}]" in (ROOT / "compose.yaml").read_text()


def test_worker_is_one_command() -> None:
    assert started("txproject-worker.service") == ["python", "manage.py", "run_worker"]
    assert "command: [python, manage.py, run_worker]" in (ROOT / "compose.yaml").read_text()


def test_secrets_are_no_arguments() -> None:
    """Those of a program are seen by everybody on the machine; `export` is none."""
    text = (ROOT / "docs" / "operating.md").read_text()
    words_before = re.findall(r"(\S+) \$\(cat /etc/txproject.env\)", text)

    assert words_before == ["(export"]


def test_image_holds_every_app_and_no_data() -> None:
    """All but what is named is left out."""
    lines = (ROOT / ".containerignore").read_text().splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    ours = {Path(config.path) for config in apps.get_app_configs()}

    assert lines[0] == "*"
    assert {path.name for path in ours if path.parent == ROOT} <= taken
    assert {"launcher", "locale", "static", "templates", "manage.py"} <= taken
    assert not {".data", ".env", ".git", ".venv"} & taken
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()


def test_session_over_tls_is_of_this_host_alone() -> None:
    names = ("NAME", "SECURE", "PATH", "DOMAIN")
    told = ", ".join(f"settings.SESSION_COOKIE_{name}" for name in names)
    code = f"from django.conf import settings; print({told})"
    more = {"HTTPS": "1", "DJANGO_SETTINGS_MODULE": "txproject.settings", "SECRET_KEY": "x" * 50}

    found = subprocess.check_output(
        [sys.executable, "-c", code], env=os.environ | more, cwd=ROOT, text=True
    )

    assert found == "__Host-sessionid True / None\n"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_has_no_faults(unit: Path, tmp_path: Path) -> None:
    """With programs that are there in the place of ours."""
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"/opt/\S+/bin/\S+", "/bin/true", unit.read_text()))

    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)

    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


@pytest.mark.skipif(not shutil.which("haproxy"), reason="there is no HAProxy here")
def test_haproxy_takes_its_file(tmp_path: Path) -> None:
    """With addresses in the place of names, and no certificate."""
    text = re.sub(r"^.*ssl crt.*$", "", (DEPLOY / "haproxy.cfg").read_text(), flags=re.MULTILINE)
    copy = tmp_path / "haproxy.cfg"
    copy.write_text(re.sub(r" (web|db)\d:", " 127.0.0.1:", text))

    done = subprocess.run(["haproxy", "-c", "-f", copy], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


@pytest.mark.skipif(not shutil.which("keepalived"), reason="there is no keepalived here")
def test_keepalived_takes_its_file() -> None:
    """The interface may be another here."""
    command = ["keepalived", "-t", "-f", DEPLOY / "keepalived.conf"]

    done = subprocess.run(command, capture_output=True, text=True)

    assert [line for line in done.stderr.splitlines() if "interface" not in line] == []


@pytest.mark.skipif(not PATRONI.exists(), reason="there is no Patroni here")
def test_patroni_takes_its_seconds() -> None:
    """Below its own floor, and not against its rule."""
    command = [PATRONI, "-c", SECONDS, DEPLOY]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.stdout.split() == ["9", "1", "4"], done.stderr


def test_nobody_reads_an_old_primary_when_there_is_a_new_one() -> None:
    """HAProxy ends the connections to it, and it gives up, before its key is another's."""
    patroni = (DEPLOY / "patroni.yml").read_text()
    haproxy = (DEPLOY / "haproxy.cfg").read_text().partition("listen primary")[2]

    def seconds(name: str, text: str) -> float:
        number, thousandth = re.findall(rf"\b{name}:? (\d+)(ms)?", text)[0]
        return int(number) / (1000 if thousandth else 1)

    ttl, loop = seconds("ttl", patroni), seconds("loop_wait", patroni)
    check = seconds("inter", haproxy) + seconds("timeout check", haproxy)

    assert loop + 2 * seconds("retry_timeout", patroni) <= ttl
    assert seconds("fall", haproxy) * check < ttl - loop
    assert "on-marked-down shutdown-sessions" in haproxy
    assert "connection reject unless { nbsrv(primary) eq 1 }" in haproxy
