"""The searches of docs/diagnosis/policy.md."""

import re
import subprocess
from pathlib import Path

import pytest

from txproject.environ import BASE_DIR

HITS = """
engine = create_engine(url)
db.session.flush(); db.session.commit()
sessions = scoped_session(sessionmaker(engine, autoflush=False), scopefunc=lambda: 1)
connection = engine.raw_connection()
app.app_context().push()
app.teardown_request(close)
try: save()
except ValueError: pass
ROWS = db.session.scalars(select(Row)).all()
choices = [(row.id, row.name) for row in ROWS]
cached = lru_cache(read)
session["rows"] = ROWS
SQLALCHEMY_BINDS = {}
query.order_by(Row.day).limit(50)
response.headers["Cache-Control"] = "max-age=300"
"""


def searches(page: str) -> list[str]:
    text = (BASE_DIR / "docs/diagnosis" / page).read_text()
    function = re.findall(r"^search\(\).*$", text, re.MULTILINE)[0]
    return [f"{function}\n{each}" for each in re.findall(r'^- \[ \] `(search ".*?")`', text, re.M)]


@pytest.mark.parametrize("page", ["policy.md", "policy.ru.md"])
def test_each_search_finds_what_is_the_applications(tmp_path: Path, page: str) -> None:
    for file in ("app.py", ".venv/lib/site-packages/library.py", "node_modules/gyp.py", "app.js"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(HITS)

    for search in searches(page):
        done = subprocess.run(search, shell=True, cwd=tmp_path, capture_output=True, text=True)
        assert {line.partition(":")[0] for line in done.stdout.splitlines()} == {"./app.py"}, search
    assert len(searches(page)) == 15
