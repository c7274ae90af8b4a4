"""./dev diagnose --by-hand, and --judge: the tree for one's own application.

Its questions are those of docs/diagnosis/questions.md, and stand nowhere else.
"""

import re
import sys
from pathlib import Path

from diagnosis.answers import Malformed, read
from diagnosis.verdict import Ask, Verdict, judge

DOCS = Path(__file__).parents[1] / "docs" / "diagnosis"
PAGE = DOCS / "questions.md"
QUESTION = re.compile(r"^## (\d+\. .*? \(`(\w+)`\)\n.*?)(?=^## |\Z)", re.M | re.S)
USAGE = "./dev diagnose --judge FILE: the file with the answers to ./dev diagnose --by-hand"


def questions(page: Path = PAGE) -> dict[str, str]:
    return {what: text.strip() for text, what in QUESTION.findall(page.read_text("utf-8"))}


def by_hand(args: list[str]) -> int:
    match args:
        case ["--by-hand"]:
            print(PAGE.read_text("utf-8"), end="")
            return 0
        case ["--judge", file]:
            return judged(Path(file))
    print(USAGE, file=sys.stderr)
    return 2


def judged(file: Path) -> int:
    try:
        found = judge(read(file))
    except Malformed as error:
        print(f"{file}: {error}", file=sys.stderr)
        return 2
    print(told(found))
    return 0


def told(found: Verdict | Ask) -> str:
    if isinstance(found, Ask):
        return f"Not decided yet. Look at this next.\n\n{questions()[found.what]}"
    return f"{found.family}: {found.text}"
