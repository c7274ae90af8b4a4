"""The results as Markdown."""

import importlib.metadata
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from diagnosis.app.variants import find
from diagnosis.django import COUNTERPARTS
from diagnosis.lab.matrix import HEADS, OTHERS, is_lost, is_wrong, matches, rank, ranked
from diagnosis.lab.measure import WHEN

PACKAGES = ("Flask", "Flask-SQLAlchemy", "SQLAlchemy", "Flask-Caching", "psycopg", "gunicorn")
PROGRAMS = ("mariadbd", "chromium")  # where they are
LAYOUT = {
    "one": "one sync worker",
    "several": "three sync workers",
    "threads": "one worker with four threads",
}
COLUMNS = [
    *("variant", "server", *WHEN, "remove()", "expire_all()", "committed, at last"),
    *("reads through", "all that was seen"),
]


def versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    with create_engine("postgresql+psycopg://").connect() as connection:
        found["PostgreSQL"] = connection.scalar(text("SHOW server_version"))
    found |= {name: said for name in PROGRAMS if (said := version_of(name))}
    today = datetime.now(UTC).date().isoformat()
    return {"date": today, "Python": platform.python_version(), **found}


def version_of(program: str) -> str:
    if not (path := shutil.which(program)):
        return ""
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return re.search(r"[0-9][0-9.]+", done.stdout)[0]


def lines(titles: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [titles, ["---"] * len(titles), *rows])


def share(row: dict, when: str) -> str:
    old = row.get(when)
    if row.get("answer", 303) != 303:
        return "–"  # it was not acknowledged
    return "–" if old is None else "error" if old < 0 else f"{old:.0%}"


def symptoms(rows: list[dict]) -> str:
    return lines(COLUMNS, [symptom(row) for row in rows if "after 1 s" in row])


def symptom(row: dict) -> list[str]:
    answered = "" if row["answer"] == 303 else f" (the change is answered with {row['answer']})"
    return [
        row["variant"] + answered,
        row["layout"],
        *(share(row, when) for when in WHEN),
        *(share(row.get(head, {}), "after 1 s") for head in HEADS[1:]),
        f"{word(row['committed'])}, {word(row['committed at last'])}",
        row["session"],
        "yes" if matches(row) else "",
    ]


def looks(rows: list[dict]) -> str:
    titles = ["variant", "server", "looked at", "wrong", "in detail"]
    details = ("quiet", "moving", "disagree", "missing", "lost", "refused")
    return lines(
        titles,
        [
            [
                *(row["variant"], row["layout"], row["look"], share(row, "at once")),
                ", ".join(f"{name} {row[name]:g}" for name in details if name in row),
            ]
            for row in rows
            if "after 1 s" not in row
        ],
    )


def ranking(rows: list[dict]) -> str:
    found = ranked(rows)
    ranks = sorted({rank(matching) for _, matching in found})
    titles = ["rank", "variant", "family", "reads through", "in", "what was done wrong"]
    cells = [
        [
            *(str(ranks.index(rank(matching)) + 1), name, find(name).family),
            *(matching[0]["session"], ", ".join(row["layout"] for row in matching)),
            " ".join(find(name).__doc__.split()),
        ]
        for name, matching in found
    ]
    return lines(titles, cells)


def lost(rows: list[dict]) -> str:
    found = {row["variant"]: [] for row in rows if is_lost(row)}
    for row in rows:
        if is_lost(row):
            found[row["variant"]].append(f"{row['store']} {row['layout']}")
    return "\n".join(f"- **{name}** ({', '.join(where)})" for name, where in found.items())


def word(yes: bool) -> str:
    return "yes" if yes else "no"


def markdown(rows: list[dict], skipped: list[str], known: dict[str, str], seconds: float) -> str:
    here = [row for row in rows if row["store"] == "postgresql"]
    wrong = {row["variant"] for row in here if is_wrong(row) and find(row["variant"]).family}
    parts = [
        "# Symptoms of each variant",
        "Made by `./dev diagnose --markdown docs/diagnosis/matrix.md`; not edited.",
        ", ".join(f"{name} {version}" for name, version in known.items())
        + f"; {len(rows)} rows, {seconds:.0f} seconds.",
        *skipped,
        "Shares of pages that do not show the change in its row and among its choices: at once,"
        " a second after the change, after one and after twelve calls of another function that"
        " writes; then, a second after the change, with `db.session.remove()` and with"
        " `db.session.expire_all()` at the head of the view. Committed: a second after the change,"
        " and after the twelve calls. Reads through: whether the page's ORM queries go through"
        " `db.session`. Servers: "
        + "; ".join(f"{name}: {text}" for name, text in LAYOUT.items())
        + ".",
        f"{len(wrong)} variants show an old or wrong page on PostgreSQL.",
        "## What matches all that was seen",
        "Old a second after the change; right after twelve calls of another function; neither"
        " attempt at the head of the view halved it. First those whose page reads through"
        " `db.session`, which the attempts were made on; then in how many layouts. Of equal rank,"
        " nothing that was seen tells which is likelier.",
        ranking(here),
        "## PostgreSQL",
        symptoms(here),
        "## Other ways of looking",
        "`walk`: all pages one after the other, quiet and while rows move; `import`: pages while"
        " rows are imported; `busy`: labels set while others read, the share of acknowledged"
        " ones that were lost.",
        looks(rows),
        "## Lost, not late",
        lost(rows),
    ]
    for store in OTHERS:
        if there := [row for row in rows if row["store"] == store]:
            parts += [f"## {store}", symptoms(there)]
    return "\n\n".join(parts) + "\n"


def counterparts() -> int:
    titles = ["variant", "what would bring it back", "what rules it out", "tests that fail"]
    rows = [
        [name, each.returns, each.ruled_out, ", ".join(f"`{test}`" for test in each.tests)]
        for name, each in COUNTERPARTS.items()
    ]
    print(lines(titles, rows))
    return 0
