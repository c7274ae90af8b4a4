"""Runs the commands on the first screen of docs/diagnosis.md, and puts their answers there.

They are asked of an application that has the functions of the page's own code: of what it shows
first, and from there on of what it shows next.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import scoped_session, sessionmaker
from werkzeug.serving import WSGIRequestHandler, make_server

from diagnosis.app.models import Contact, Transaction, db
from diagnosis.app.right import Application
from diagnosis.lab.server import seed
from diagnosis.lab.stores import postgresql

CODE = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
COMMANDS = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
PGURI = re.compile(r"^PGURI=.*$", re.M)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.M)
CHANCE = re.compile(r"^ *\d+ \| \d\d:\d\d:[\d.]+|(?<=session )\d+", re.M)  # of a process
KNOWN = (Contact, Transaction, contextmanager, scoped_session, sessionmaker)


class Shown(Application):
    """The right application, but for the functions of some code"""

    def __init__(self, code: str) -> None:
        self.code = code

    def start(self) -> None:
        names = {"db": db, "engine": self.engine, **{each.__name__: each for each in KNOWN}}
        exec(self.code, names)
        self.set_label, self.set_contact = names["set_label"], names["set_contact"]


class Quiet(WSGIRequestHandler):
    def log(self, *_args: object) -> None:
        pass


def first_screen(page: Path) -> int:
    """Leaves the page alone if nothing but chance would change."""
    text = page.read_text()
    now = replayed(text)
    if but_for_chance(now) != but_for_chance(text):
        page.write_text(now)
    return 0


def but_for_chance(text: str) -> str:
    """A process of more digits has a wider column."""
    return CHANCE.sub("", text).replace(" ", "").replace("-", "")


def replayed(page: str) -> str:
    before, after = CODE.findall(page)[:2]
    head, tail = page.split(after)
    with postgresql("first_screen") as store:
        seed(store)
        known = os.environ | {
            "DSN": store.url,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        setting = f'{PGURI.findall(page)[0]}; echo "$PGURI"'
        known["PGURI"] = said(setting, known).strip()
        return answered(head, before, known) + after + answered(tail, after, known)


def answered(part: str, code: str, known: dict[str, str]) -> str:
    with serving(code, known["DSN"]) as port:
        here = known | {"APP": f"http://127.0.0.1:{port}"}
        return COMMANDS.sub(lambda found: transcript(found[0], here), part)


def transcript(commands: str, environment: dict[str, str]) -> str:
    return "".join(f"$ {each}\n{said(each, environment)}" for each in COMMAND.findall(commands))


def said(command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(command, shell=True, env=environment, stdout=subprocess.PIPE, text=True)
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines() if line)


@contextmanager
def serving(code: str, url: str) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, Shown(code).create(url), request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
