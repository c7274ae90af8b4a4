"""What the texts say, held against the kit."""

import re
from concurrent.futures import Future
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from session_policy.__main__ import main
from sqlalchemy import create_engine

from tests.kit.apps.letters import Letter, create_app, db, fill

ROOT = Path(__file__).parents[3]
POLICIES = ("policy.md", "policy.ru.md")
CODE = re.compile(r"^```python\n(def work.*?)^```$", re.MULTILINE | re.DOTALL)
BEFORE, AFTER = 0, 1
URL = "postgresql+psycopg://"


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_table_has_each_option(name, capsys):
    with pytest.raises(SystemExit):
        main(["probe", "--help"])
    text = (ROOT / "diagnosis/kit" / name).read_text()
    named = re.findall(r"^\| (`--.+?) \|", text, re.MULTILINE)

    options = re.findall(r"^  (--[\w-]+)", capsys.readouterr().out, re.MULTILINE)
    assert sorted(re.findall(r"--[\w-]+", " ".join(named))) == sorted(options)


@pytest.fixture
def app():
    engine = create_engine(URL)
    fill(engine)
    engine.dispose()
    return create_app(URL)


class Worker:
    """A thread with the code of a page. It locks no table in the end."""

    def __init__(self, app, page, which):
        code = CODE.findall((ROOT / "docs/diagnosis" / page).read_text())[which]
        self.jobs = Queue()
        names = {"app": app, "jobs": self.jobs}
        exec(code, names)
        Thread(target=names["work"], daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.do(roll_back)

    def do(self, job):
        answer = Future()
        self.jobs.put((job, (1,), answer))
        return answer.result(10)


def roll_back(_key):
    db.session.rollback()


def write_and_flush(key):
    db.session.get(Letter, key).address = "sent"
    db.session.flush()


def write(key):
    with db.session.begin():
        db.session.get(Letter, key).address = "sent"
    return key


def fail(key):
    db.session.get(Letter, key).address = "sent"
    raise ValueError(key)


@pytest.mark.parametrize("page", POLICIES)
def test_thread_as_it_was_keeps_its_session(app, page):
    with Worker(app, page, BEFORE) as worker:
        worker.do(write_and_flush)
        app.policy.check()
        told = [str(report) for report in app.policy.reports]

    assert len(told) == 1
    assert re.match(r"uncommitted: Thread-\d+ \(work\) is idle, and the change made at ", told[0])


@pytest.mark.parametrize("page", POLICIES)
def test_thread_as_it_should_be_ends_each_job(app, page):
    with Worker(app, page, AFTER) as worker:
        with pytest.raises(ValueError, match="1"):
            worker.do(fail)

        assert worker.do(write) == 1
        app.policy.check()
        assert app.policy.reports == []
