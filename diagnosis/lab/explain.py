"""The tree in words: each question, how to ask it, its answer on what runs here, the verdict."""

import json
from pathlib import Path

from diagnosis.lab.evidence import PAST, collected
from diagnosis.lab.server import KEY, NEW, OLD, Run
from diagnosis.lab.stores import COMMITTED, IDLE
from diagnosis.verdict import Ask, Verdict, judge

QUESTIONS = {
    "committed": (
        "Is the change committed, as seen from psql, at once and a second after the answer?",
        COMMITTED.format(key=KEY),
    ),
    "idle": (
        "Which sessions of the application are idle in a transaction, and have they written?",
        IDLE["postgresql"].replace(":name", "'…'").strip() + ";",
    ),
    "later": (
        "Is it committed after twelve calls of another function that writes?",
        COMMITTED.format(key=KEY),
    ),
    "pages": (
        "Of 24 pages, as the server sends them: which are old? Does an old one send a SELECT that"
        " reads the value? What does that SELECT give when it is sent again on the same"
        " connection, on a fresh one to the same address, and what has the ORM's object?",
        f"curl -si -b COOKIES -H 'X-Probe: {KEY}|{NEW}|{OLD}' 'http://…/?wallet=A'"
        "   # with diagnosis/app/probe.py registered",
    ),
    "past": (
        "The same after a change that is made past the application, in psql: which pages are old,"
        " and what does their SELECT give?",
        f"UPDATE transaction SET label = '{PAST}' WHERE id = {KEY};",
    ),
    "browser": (
        "Does a browser show it that had the page open before: by a link, by Back?",
        "in the browser: page, change elsewhere, a link away, back; then compare with curl",
    ),
    "busy": (
        "Of twelve changes while others read pages: is an acknowledged one not committed?",
        COMMITTED.format(key="…"),
    ),
    "walk": (
        "All pages one after the other, also while rows are changed: is a row there twice, or"
        " never?",
        'for page in 1 2 3; do curl -s "http://…/?page=$page"; done   # compare the keys',
    ),
    "import": (
        "Pages while rows are imported in psql: do the count and the rows of one page disagree?",
        "INSERT INTO transaction …;   -- again and again, and curl meanwhile",
    ),
}
# What somebody who looks at his own application writes down.
FORM = {
    "committed": {"at once": True, "after 1 s": True},
    "idle": [{"wrote": False}],
    "later": False,
    "pages": [
        {
            place: {"shown": "old", "connection": "new", "fresh": "new", "orm": "old"}
            for place in ("row", "choice")
        }
    ],
    "past": [],
    "browser": {"link": "new", "back": "new"},
    "busy": {"lost": 0},
    "walk": {"wrong": 0},
    "import": {"disagree": 0},
}


def explain(run: Run) -> Verdict:
    seen = collected(run)
    for what, answer in seen.items():
        if what in QUESTIONS:
            print(asked(what), f"   {said(answer)}", "", sep="\n")
    return told(seen)


def told(seen: dict) -> Verdict:
    found = judge(seen)
    assert isinstance(found, Verdict)
    print(f"{found.family}: {found.text}")
    return found


def asked(what: str) -> str:
    question, how = QUESTIONS[what]
    return f"{what}: {question}\n" + "\n".join(f"   | {line}" for line in how.splitlines())


def said(answer) -> str:
    if isinstance(answer, list):
        return "\n   ".join(said(each) for each in answer) or "none"
    if isinstance(answer, dict):
        parts = (f"{name} ({said(value)})" if isinstance(value, dict) else f"{name} {said(value)}"
                 for name, value in answer.items())  # fmt: skip
        return ", ".join(parts) or "not looked at here"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer) if answer != "" else "–"


def by_hand() -> int:
    """For one's own application."""
    print("Change something that the page shows, and look at it in this order.\n")
    print(*(asked(what) for what in QUESTIONS), sep="\n\n")
    print("\nWrite down what was seen, as far as you have looked, and ask `./dev diagnose --judge")
    print("FILE`. A value is new, old, or empty where no SELECT of the page reads it; connection")
    print('is "ended" where the page had ended its transaction. The form:\n')
    print(json.dumps(FORM, indent=1))
    return 0


def judge_file(path: Path) -> int:
    seen = json.loads(path.read_text())
    found = judge(seen)
    if isinstance(found, Ask):
        print(f"Not decided yet. Look at this next.\n\n{asked(found.what)}")
    else:
        told(seen)
    return 0
